use std::fmt;

/// The first place where two texts differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// 1-based.
    pub line: usize,
    /// The 1-based tab-separated field, where both lines are there.
    pub field: Option<usize>,
    /// The expected field, or line where one is missing; nothing when the expected text ended.
    pub expected: Option<String>,
    /// What was there instead.
    pub got: Option<String>,
    /// The line that was expected, shortened.
    pub context: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(field) = self.field {
            write!(f, ", field {field}")?;
        }
        let side = |s: &Option<String>| s.as_ref().map_or("(no more lines)".to_owned(), |s| format!("`{s}`"));
        writeln!(f, " differs")?;
        writeln!(f, "  expected: {}", side(&self.expected))?;
        writeln!(f, "  got:      {}", side(&self.got))?;
        write!(f, "  in:       {}", self.context)
    }
}

/// Compares two texts line by line.
///
/// # Errors
///
/// The first difference.
pub fn compare_lines<E: AsRef<str>, G: AsRef<str>>(
    expected: impl IntoIterator<Item = E>,
    got: impl IntoIterator<Item = G>,
) -> Result<(), Difference> {
    let (mut expected, mut got) = (expected.into_iter(), got.into_iter());
    for line in 1.. {
        match (expected.next(), got.next()) {
            (None, None) => break,
            (e, g) if e.as_ref().map(AsRef::as_ref) == g.as_ref().map(AsRef::as_ref) => {}
            (e, g) => {
                return Err(difference(line, e.as_ref().map(AsRef::as_ref), g.as_ref().map(AsRef::as_ref)));
            }
        }
    }
    Ok(())
}

fn difference(line: usize, expected: Option<&str>, got: Option<&str>) -> Difference {
    let context = short(expected.or(got).unwrap_or_default(), 400);
    if let (Some(e), Some(g)) = (expected, got) {
        let (mut e, mut g) = (e.split('\t'), g.split('\t'));
        for field in 1.. {
            let pair = (e.next(), g.next());
            if pair.0 != pair.1 {
                let side = |s: Option<&str>| Some(s.map_or("(no more fields)".to_owned(), |s| short(s, 200)));
                let (expected, got) = (side(pair.0), side(pair.1));
                return Difference { line, field: Some(field), expected, got, context };
            }
        }
    }
    let side = |s: Option<&str>| s.map(|s| short(s, 200));
    Difference { line, field: None, expected: side(expected), got: side(got), context }
}

fn short(text: &str, n: usize) -> String {
    let mut short: String = text.chars().take(n).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_first_difference() {
        assert_eq!(compare_lines(["a\tb"], ["a\tb"]), Ok(()));
        let d = compare_lines(["x", "a\tb\tc"], ["x", "a\tB\tc"]).unwrap_err();
        assert_eq!((d.line, d.field, d.got.as_deref()), (2, Some(2), Some("B")));
        let d = compare_lines(["x"], ["x", "y"]).unwrap_err();
        assert_eq!((d.line, d.expected, d.got.as_deref()), (2, None, Some("y")));
        let d = compare_lines(["x\ty"], ["x"]).unwrap_err();
        assert!(d.to_string().contains("no more fields"));
    }
}
