use std::fmt;

/// The names most like `wanted`, nearest first, at most three, and only those that a slip of the
/// hand (or a `chr` too many or too few) explains.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let limit = 1 + wanted.chars().count() / 3;
    let mut ranked: Vec<(usize, &str)> =
        names.into_iter().map(|name| (distance(wanted, name), name)).filter(|(d, _)| *d <= limit).collect();
    ranked.sort_by_key(|(d, _)| *d);
    ranked.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Levenshtein's distance without regard to case; a `chr` prefix on one side alone costs nothing.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    let bare = |s: &str| s.strip_prefix("chr").unwrap_or(s).to_owned();
    if bare(&a) == bare(&b) {
        return 0;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut previous = i;
        let mut left = i + 1;
        for (y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let replace = previous + usize::from(x != *y);
            previous = *cell;
            left = replace.min(previous + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Names that may have been meant, as the end of a message; nothing where there are none.
#[derive(Clone, Copy, Debug)]
pub struct DidYouMean<'a>(pub &'a [String]);

impl fmt::Display for DidYouMean<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().enumerate() {
            let before = match i {
                0 => "; did you mean ",
                _ if i + 1 == self.0.len() => " or ",
                _ => ", ",
            };
            write!(f, "{before}`{name}`")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_missing_prefixes() {
        let names = ["chr1", "chr2", "chrX", "HLA-A*01:01:01:01"];
        assert_eq!(nearest("1", names), ["chr1"]);
        assert_eq!(nearest("chrx", names)[0], "chrX");
        assert_eq!(nearest("HLA-A*01:01:01:02", names), ["HLA-A*01:01:01:01"]);
        assert!(nearest("scaffold_99", names).is_empty());
    }

    #[test]
    fn distance_is_levenshtein() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
