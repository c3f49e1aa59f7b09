//! The grammar of structured header lines: `<key=value,key="quoted, value">` (VCF 4.1–4.5 §1.2, §1.4).

use std::borrow::Cow;

/// One `key=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Without the spaces around it.
    pub key: &'a str,
    /// Without its quotes, and with `\"` and `\\` unescaped.
    pub value: Cow<'a, str>,
    /// Whether the value stands in quotes.
    pub is_quoted: bool,
    /// The key with the spaces around it.
    pub written_key: &'a str,
    /// The value without its quotes, its escapes untouched.
    pub written_value: &'a str,
}

/// What stands between `<` and `>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Structured<'a> {
    /// In order.
    pub fields: Vec<Field<'a>>,
    /// What breaks the grammar and can be passed over.
    pub oddities: Vec<String>,
}

impl Structured<'_> {
    /// The first value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.field(key).map(|f| f.value.as_ref())
    }

    /// The first field with a key.
    pub fn field(&self, key: &str) -> Option<&Field<'_>> {
        self.fields.iter().find(|f| f.key == key)
    }
}

/// Why a line cannot be split.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the line {what}")]
pub struct Broken {
    /// The `ID`, where it stands before the fault.
    pub id: Option<String>,
    /// What is wrong, as the end of a sentence about the line.
    pub what: String,
}

/// Splits `<key=value,...>` into its fields.
///
/// # Errors
///
/// Brackets or quotes do not close: then nobody can say where fields end.
pub fn parse(value: &str) -> Result<Structured<'_>, Broken> {
    let mut structured = Structured::default();
    match fill(&mut structured, value) {
        Ok(()) => Ok(structured),
        Err(what) => Err(Broken { id: structured.get("ID").map(str::to_owned), what }),
    }
}

fn fill<'a>(structured: &mut Structured<'a>, value: &'a str) -> Result<(), String> {
    let mut rest = value.strip_prefix('<').ok_or("does not begin with `<`")?;
    loop {
        let end = rest.find(['=', ',', '>']).ok_or("has no `>` at its end")?;
        let (key, after) = rest.split_at(end);
        let after = match after.strip_prefix('=') {
            Some(after) => {
                let (field, after) = parse_field(key, after)?;
                structured.fields.push(field);
                after
            }
            None => {
                let place = structured
                    .fields
                    .last()
                    .map(|f| format!(" after the value of {}", f.key))
                    .unwrap_or_default();
                structured.oddities.push(format!("has `{key}` without `=`{place}"));
                after
            }
        };
        if let Some(next) = after.strip_prefix(',') {
            rest = next;
        } else {
            let more = after.strip_prefix('>').ok_or("has no `>` at its end")?;
            if !more.is_empty() {
                structured.oddities.push(format!("goes on after its `>` with `{}`", shorten(more)));
            }
            return Ok(());
        }
    }
}

/// Reads a value, and gives what follows it: `,`, `>` or nothing.
fn parse_field<'a>(written_key: &'a str, text: &'a str) -> Result<(Field<'a>, &'a str), String> {
    let key = written_key.trim();
    if let Some(quoted) = text.strip_prefix('"') {
        let (value, after) =
            parse_quoted(quoted).ok_or_else(|| format!("has no quote at the end of {key}"))?;
        if !after.is_empty() && !after.starts_with([',', '>']) {
            return Err(format!(
                "has `{}` after the quotes of {key}, in which `\"` must be written `\\\"`",
                shorten(after)
            ));
        }
        let written_value = quoted.get(..quoted.len() - after.len() - 1).unwrap_or_default();
        return Ok((Field { key, value, is_quoted: true, written_key, written_value }, after));
    }
    // VCF 4.3 §1.4.8: the values of META are a list of their own.
    let end = match text.strip_prefix('[').filter(|_| key == "Values") {
        Some(list) => list.find(']').map(|i| i + 2),
        None => unquoted_len(text),
    };
    let end = end.ok_or_else(|| match text.contains('>') {
        true => format!("has brackets in {key} that do not close"),
        false => "has no `>` at its end".to_owned(),
    })?;
    let (value, after) = text.split_at_checked(end).ok_or("has no `>` at its end")?;
    let field =
        Field { key, value: Cow::Borrowed(value), is_quoted: false, written_key, written_value: value };
    Ok((field, after))
}

/// The length of a value without quotes, which may have brackets in pairs: htslib writes
/// `##contig=<ID=<1>,IDX=0>` for a contig of an assembly file (VCF §1.6.1, `CHROM`).
fn unquoted_len(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (i, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' | ',' if depth == 0 => return Some(i),
            '>' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn parse_quoted(quoted: &str) -> Option<(Cow<'_, str>, &str)> {
    let end = quoted.find(['"', '\\'])?;
    let (plain, rest) = quoted.split_at(end);
    if let Some(after) = rest.strip_prefix('"') {
        return Some((Cow::Borrowed(plain), after));
    }
    let mut text = plain.to_owned();
    let mut chars = rest.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => return Some((Cow::Owned(text), rest.get(i + 1..)?)),
            '\\' => match chars.next()?.1 {
                c @ ('"' | '\\') => text.push(c),
                c => text.extend(['\\', c]),
            },
            c => text.push(c),
        }
    }
    None
}

/// As much of a text as a message can bear.
pub(super) fn shorten(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(40) {
        Some((end, _)) => Cow::Owned(format!("{}...", text.get(..end).unwrap_or(text))),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<(String, String)> {
        let structured = parse(text).unwrap();
        assert_eq!(structured.oddities, [""; 0], "{text}");
        structured.fields.iter().map(|f| (f.key.to_owned(), f.value.clone().into_owned())).collect()
    }

    fn pairs<const N: usize>(expected: [(&str, &str); N]) -> Vec<(String, String)> {
        expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into()
    }

    #[test]
    fn values_may_hold_commas_and_brackets() {
        assert_eq!(fields(r#"<ID=a,D="b, \"c\" > \\ \n">"#), pairs([("ID", "a"), ("D", r#"b, "c" > \ \n"#)]));
        assert_eq!(fields("<ID=<1>,IDX=0>"), pairs([("ID", "<1>"), ("IDX", "0")]));
        assert_eq!(
            fields("<ID=a,Values=[b, c],X=d>"),
            pairs([("ID", "a"), ("Values", "[b, c]"), ("X", "d")])
        );
        assert_eq!(fields("<ID=a=b;c\"d>"), pairs([("ID", "a=b;c\"d")]));
    }

    #[test]
    fn fields_tell_how_they_are_written() {
        let structured = parse(r#"<ID=a, D="b \"c\" \n">"#).unwrap();
        let written = structured.fields.iter().map(|f| (f.written_key, f.written_value, f.is_quoted));
        assert!(written.eq([("ID", "a", false), (" D", r#"b \"c\" \n"#, true)]));
    }

    #[test]
    fn what_does_not_close_is_refused() {
        for (text, what) in [
            ("ID=a", "does not begin with `<`"),
            ("<ID=a", "has no `>` at its end"),
            ("<", "has no `>` at its end"),
            ("<ID=a,D=\"b\"", "has no `>` at its end"),
            ("<ID=a,D=\"b>", "has no quote at the end of D"),
            ("<ID=a,D=\"b\\\">", "has no quote at the end of D"),
            ("<ID=a<b,D=c>", "has brackets in ID that do not close"),
            ("<ID=a,Values=[b>", "has brackets in Values that do not close"),
            ("<ID=a,D=\"b \"c\">", "has `c\">` after the quotes of D, in which `\"` must be written `\\\"`"),
        ] {
            assert_eq!(parse(text).unwrap_err().what, what, "{text}");
        }
    }

    #[test]
    fn a_broken_line_is_known_by_its_id() {
        assert_eq!(parse("<ID=a,D=\"b>").unwrap_err().id.as_deref(), Some("a"));
        assert_eq!(parse("<D=\"b,ID=a>").unwrap_err().id, None);
    }

    #[test]
    fn what_can_be_passed_over_is_named() {
        for (text, what) in [
            ("<ID=a,b,c=d>", "has `b` without `=` after the value of ID"),
            ("<ID=a,>", "has `` without `=` after the value of ID"),
            ("<ID=a>b>", "goes on after its `>` with `b>`"),
        ] {
            let structured = parse(text).unwrap();
            assert_eq!(structured.oddities, [what], "{text}");
            assert_eq!(structured.get("ID"), Some("a"));
        }
    }
}
