//! The SAM header (SAMv1 §1.3), as far as columns, regions and metadata need it.

mod oddities;

use thiserror::Error;

/// A reference sequence (`@SQ`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceSequence {
    /// `SN`.
    pub name: String,
    /// `LN`, in bases.
    pub length: u32,
}

/// A SAM header: its exact text, and what was read from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The header's bytes as they stand in the source, every line ended.
    pub text: Vec<u8>,
    /// In the order that `refID` counts (for BAM, the binary list).
    pub reference_sequences: Vec<ReferenceSequence>,
    /// `VN` of `@HD`.
    pub version: Option<String>,
    /// `SO` of `@HD`.
    pub sort_order: Option<String>,
    /// `ID` of every `@RG`, in order.
    pub read_groups: Vec<String>,
    /// What SAMv1 §1.3 forbids in fields that no column, region or order depends on: kept in `text`,
    /// and named here with line and reason.
    pub oddities: Vec<String>,
}

/// Why a SAM header cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseHeaderError {
    /// A line lacks `@`, a two-letter type, or a tab after it.
    #[error("header line {line} is not `@XX<TAB>...`: `{text}`")]
    InvalidLine {
        /// 1-based.
        line: usize,
        /// The line, shortened.
        text: String,
    },
    /// A field is not `XX:value`, or repeats.
    #[error("header line {line}: field `{field}` is not `XX:value` or stands twice")]
    InvalidField {
        /// 1-based.
        line: usize,
        /// The field.
        field: String,
    },
    /// `@HD` stands elsewhere than first.
    #[error("header line {line}: @HD must be the first line")]
    MisplacedHd {
        /// 1-based.
        line: usize,
    },
    /// A field that the record type needs is missing or malformed.
    #[error("header line {line}: {what}")]
    Missing {
        /// 1-based.
        line: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// Two lines of one type share a name.
    #[error("header line {line}: {kind} `{name}` is declared twice")]
    Duplicate {
        /// 1-based.
        line: usize,
        /// `@SQ`, `@RG` or `@PG`.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// The text is not UTF-8.
    #[error("header line {line} is not UTF-8")]
    NotUtf8 {
        /// 1-based.
        line: usize,
    },
}

impl Header {
    /// Reads a header's text. Keeps every byte of it; refuses what SAMv1 §1.3 forbids and a table
    /// could not represent.
    pub fn parse(text: &[u8]) -> Result<Self, ParseHeaderError> {
        let mut header = Self { text: text.to_vec(), ..Self::default() };
        let mut programs: Vec<String> = Vec::new();
        let mut names = std::collections::HashSet::new();
        let mut checks = oddities::Checks::default();
        for (i, raw) in text.split(|b| *b == b'\n').enumerate() {
            let line = i + 1;
            let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
            if raw.is_empty() {
                continue;
            }
            let content = std::str::from_utf8(raw).map_err(|_| ParseHeaderError::NotUtf8 { line })?;
            let kind =
                content.get(..3).filter(|k| is_record_type(k)).ok_or_else(|| invalid_line(line, content))?;
            if kind == "@CO" {
                continue;
            }
            let rest = content
                .get(3..)
                .and_then(|r| r.strip_prefix('\t'))
                .ok_or_else(|| invalid_line(line, content))?;
            let fields = parse_fields(rest, line)?;
            checks.push(kind, &fields, line);
            let get = |tag: &str| fields.iter().find(|(t, _)| *t == tag).map(|(_, v)| *v);
            match kind {
                "@HD" => header.set_version(line, get("VN"), get("SO"))?,
                "@SQ" => {
                    let reference_sequence = parse_reference_sequence(line, get("SN"), get("LN"))?;
                    if !names.insert(reference_sequence.name.clone()) {
                        let name = reference_sequence.name;
                        return Err(ParseHeaderError::Duplicate { line, kind: "@SQ", name });
                    }
                    header.reference_sequences.push(reference_sequence);
                }
                "@RG" => unique(line, "@RG", get("ID"), &mut header.read_groups)?,
                "@PG" => unique(line, "@PG", get("ID"), &mut programs)?,
                _ => {}
            }
        }
        header.oddities = checks.finish();
        Ok(header)
    }

    /// The names of the reference sequences, in order.
    pub fn names(&self) -> Vec<&str> {
        self.reference_sequences.iter().map(|r| r.name.as_str()).collect()
    }

    fn set_version(
        &mut self,
        line: usize,
        vn: Option<&str>,
        so: Option<&str>,
    ) -> Result<(), ParseHeaderError> {
        if line != 1 {
            return Err(ParseHeaderError::MisplacedHd { line });
        }
        let version = vn.ok_or(ParseHeaderError::Missing { line, what: "@HD has no VN" })?;
        let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        if !version.split_once('.').is_some_and(|(a, b)| digits(a) && digits(b)) {
            return Err(ParseHeaderError::Missing { line, what: "VN of @HD is not `number.number`" });
        }
        self.version = Some(version.to_owned());
        self.sort_order = so.map(str::to_owned);
        Ok(())
    }
}

fn is_record_type(kind: &str) -> bool {
    let b = kind.as_bytes();
    matches!(b, [b'@', x, y] if x.is_ascii_alphabetic() && y.is_ascii_alphabetic())
}

fn invalid_line(line: usize, content: &str) -> ParseHeaderError {
    ParseHeaderError::InvalidLine { line, text: content.chars().take(60).collect() }
}

fn parse_fields(rest: &str, line: usize) -> Result<Vec<(&str, &str)>, ParseHeaderError> {
    let mut fields: Vec<(&str, &str)> = Vec::new();
    for field in rest.split('\t') {
        let bad = || ParseHeaderError::InvalidField { line, field: field.to_owned() };
        let (tag, value) = field.split_once(':').ok_or_else(bad)?;
        let [x, y] = tag.as_bytes() else { return Err(bad()) };
        let is_tag = x.is_ascii_alphabetic() && y.is_ascii_alphanumeric();
        if !is_tag || value.is_empty() || fields.iter().any(|(t, _)| *t == tag) {
            return Err(bad());
        }
        fields.push((tag, value));
    }
    Ok(fields)
}

fn parse_reference_sequence(
    line: usize,
    sn: Option<&str>,
    ln: Option<&str>,
) -> Result<ReferenceSequence, ParseHeaderError> {
    let name = sn.ok_or(ParseHeaderError::Missing { line, what: "@SQ has no SN" })?;
    let length = ln.ok_or(ParseHeaderError::Missing { line, what: "@SQ has no LN" })?;
    let length = length.parse().ok().filter(|n| (1..=i32::MAX.unsigned_abs()).contains(n));
    let length =
        length.ok_or(ParseHeaderError::Missing { line, what: "LN of @SQ is not 1 to 2147483647" })?;
    if !is_reference_sequence_name(name.as_bytes()) {
        return Err(ParseHeaderError::Missing {
            line,
            what: "SN of @SQ has characters that SAMv1 §1.2.1 forbids",
        });
    }
    Ok(ReferenceSequence { name: name.to_owned(), length })
}

/// Whether a name may stand in `SN` and `RNAME` (SAMv1 §1.2.1).
pub fn is_reference_sequence_name(name: &[u8]) -> bool {
    let is_allowed = |b: u8| b.is_ascii_graphic() && !b"\\,\"`'()[]{}<>".contains(&b);
    name.first().is_some_and(|b| !matches!(b, b'*' | b'=')) && name.iter().all(|b| is_allowed(*b))
}

fn unique(
    line: usize,
    kind: &'static str,
    id: Option<&str>,
    seen: &mut Vec<String>,
) -> Result<(), ParseHeaderError> {
    let id = id.ok_or(ParseHeaderError::Missing { line, what: "@RG and @PG need an ID" })?;
    if seen.iter().any(|s| s == id) {
        return Err(ParseHeaderError::Duplicate { line, kind, name: id.to_owned() });
    }
    seen.push(id.to_owned());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_columns_need() {
        let text = b"@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:chr1\tLN:10\n@RG\tID:a\tSM:x\n@CO\tfree: text\n";
        let h = Header::parse(text).unwrap();
        assert_eq!(h.names(), ["chr1"]);
        assert_eq!(h.sort_order.as_deref(), Some("coordinate"));
        assert_eq!(h.read_groups, ["a"]);
        assert_eq!(h.text, text);
    }

    #[test]
    fn refuses_each_kind_of_fault() {
        let e = |text: &[u8]| Header::parse(text).unwrap_err();
        assert!(matches!(e(b"@SQ\tSN:a\tLN:1\n@HD\tVN:1.6\n"), ParseHeaderError::MisplacedHd { line: 2 }));
        assert!(matches!(e(b"@SQ\tSN:a\tLN:0\n"), ParseHeaderError::Missing { .. }));
        assert!(matches!(
            e(b"@SQ\tSN:a\tLN:1\n@SQ\tSN:a\tLN:1\n"),
            ParseHeaderError::Duplicate { line: 2, .. }
        ));
        assert!(matches!(e(b"@SQ SN:a\n"), ParseHeaderError::InvalidLine { .. }));
        assert!(matches!(e(b"@SQ\tSN:a\tSN:b\n"), ParseHeaderError::InvalidField { .. }));
        assert!(matches!(e(b"@HD\tVN:1.6\n@CO\t\xff\n"), ParseHeaderError::NotUtf8 { line: 2 }));
    }
}
