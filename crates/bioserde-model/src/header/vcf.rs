use std::fmt;

use bioserde_core::vcf::{self, structured};
use serde::{Deserialize, Serialize};

use super::{HeaderError, LineEnd, check_read_back, utf8};

/// The header of VCF or BCF (VCF 4.3 §1.4, §1.5), every line in order.
///
/// Its text comes back byte for byte. It is a plain value: whoever edits it may check it with
/// [`VcfHeader::to_header`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VcfHeader {
    /// How lines end. One that ends otherwise is [`VcfHeaderLine::Raw`].
    pub line_end: LineEnd,
    /// In order, without the `#CHROM` line.
    pub lines: Vec<VcfHeaderLine>,
    /// The names of the samples in order; nothing where the `#CHROM` line has no `FORMAT` either.
    pub samples: Option<Vec<String>>,
    /// Whether the `#CHROM` line lacks its end: the file ends there.
    #[serde(default, rename = "unended")]
    pub is_unended: bool,
}

/// A line of a VCF header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VcfHeaderLine {
    /// `##key=<key=value,...>`
    Structured(StructuredLine),
    /// `##key=value`
    Unstructured(UnstructuredLine),
    /// Any other line, its end included.
    Raw(String),
}

/// A line `##key=<key=value,...>` (VCF 4.3 §1.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StructuredLine {
    /// Such as `INFO`.
    pub key: String,
    /// In order.
    pub fields: Vec<VcfHeaderField>,
}

/// A line `##key=value` (VCF 4.3 §1.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnstructuredLine {
    /// Such as `fileformat`.
    pub key: String,
    /// What follows the first `=`.
    pub value: String,
}

/// A field `key=value` of a structured line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VcfHeaderField {
    /// With the spaces around it, where there are any.
    pub key: String,
    /// As it is written, without the quotes around it; in quotes `\"` and `\\` are escapes.
    pub value: String,
    /// Whether the value stands in quotes.
    #[serde(rename = "quoted")]
    pub is_quoted: bool,
}

impl StructuredLine {
    /// The first value of a key, its escapes undone.
    pub fn get(&self, key: &str) -> Option<String> {
        self.fields.iter().find(|field| field.key.trim() == key).map(VcfHeaderField::text)
    }
}

impl VcfHeaderField {
    /// The value, with `\"` and `\\` undone if it stands in quotes.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.value.len());
        let mut chars = self.value.chars().peekable();
        while let Some(c) = chars.next() {
            let escaped = chars.next_if(|next| c == '\\' && self.is_quoted && matches!(next, '"' | '\\'));
            text.push(escaped.unwrap_or(c));
        }
        text
    }
}

const COLUMNS: &str = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO";

impl VcfHeader {
    /// Reads a header's text, from the first line to the `#CHROM` line; another line that is no header
    /// line stays as it is.
    ///
    /// # Errors
    ///
    /// The last line is not the `#CHROM` line.
    pub fn from_text(text: &str) -> Result<Self, HeaderError> {
        let is_unended = !text.ends_with('\n');
        let lines = text.strip_suffix('\n').unwrap_or(text);
        let (meta, columns) = text.split_at(lines.rfind('\n').map_or(0, |at| at + 1));
        let line_end = LineEnd::of(if is_unended { meta } else { columns });
        let columns = if is_unended { Some(columns) } else { line_end.strip(columns) };
        let columns = columns.and_then(|line| line.strip_prefix(COLUMNS));
        let samples = samples(columns.ok_or(HeaderError::Columns)?)?;
        let line = |line: &str| {
            let parsed = line_end.strip(line).and_then(parse_line);
            parsed.unwrap_or_else(|| VcfHeaderLine::Raw(line.to_owned()))
        };
        Ok(Self { line_end, lines: meta.split_inclusive('\n').map(line).collect(), samples, is_unended })
    }

    /// The text, as it was read.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            text.push_str(&line.to_string());
            if !matches!(line, VcfHeaderLine::Raw(_)) {
                text.push_str(self.line_end.as_str());
            }
        }
        text.push_str(COLUMNS);
        if let Some(samples) = &self.samples {
            text.push_str("\tFORMAT");
            text.extend(samples.iter().flat_map(|sample| ["\t", sample]));
        }
        if !self.is_unended {
            text.push_str(self.line_end.as_str());
        }
        text
    }

    /// The structured lines of one key, such as `INFO`.
    pub fn structured(&self, key: &str) -> impl Iterator<Item = &StructuredLine> {
        self.lines.iter().filter_map(move |line| match line {
            VcfHeaderLine::Structured(line) if line.key == key => Some(line),
            _ => None,
        })
    }

    /// The header that readers and writers use.
    ///
    /// # Errors
    ///
    /// A line or a sample that would be another one when it is read, or what VCF forbids.
    pub fn to_header(&self) -> Result<vcf::Header, HeaderError> {
        let text = self.to_text();
        let again = Self::from_text(&text)?;
        check_read_back(&self.lines, &again.lines)?;
        if again != *self {
            return Err(HeaderError::Columns);
        }
        Ok(vcf::Header::parse(text.as_bytes())?)
    }
}

/// What follows the fixed columns.
fn samples(columns: &str) -> Result<Option<Vec<String>>, HeaderError> {
    if columns.is_empty() {
        return Ok(None);
    }
    let names = columns.strip_prefix("\tFORMAT").ok_or(HeaderError::Columns)?;
    let mut names = names.split('\t');
    if names.next() != Some("") || columns.contains(['\n', '\r']) {
        return Err(HeaderError::Columns);
    }
    Ok(Some(names.map(str::to_owned).collect()))
}

impl TryFrom<&vcf::Header> for VcfHeader {
    type Error = HeaderError;

    fn try_from(header: &vcf::Header) -> Result<Self, HeaderError> {
        Self::from_text(utf8(&header.text)?)
    }
}

impl fmt::Display for VcfHeaderLine {
    /// The line without its end, unless it is raw.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Structured(StructuredLine { key, fields }) => {
                write!(f, "##{key}=<")?;
                for (i, VcfHeaderField { key, value, is_quoted }) in fields.iter().enumerate() {
                    let (comma, quote) = (if i > 0 { "," } else { "" }, if *is_quoted { "\"" } else { "" });
                    write!(f, "{comma}{key}={quote}{value}{quote}")?;
                }
                f.write_str(">")
            }
            Self::Unstructured(UnstructuredLine { key, value }) => write!(f, "##{key}={value}"),
            Self::Raw(line) => f.write_str(line),
        }
    }
}

fn parse_line(line: &str) -> Option<VcfHeaderLine> {
    let (key, value) = line.strip_prefix("##")?.split_once('=')?;
    let key = key.to_owned();
    let fields = structured::parse(value).ok().filter(|s| s.oddities.is_empty() && !s.fields.is_empty());
    Some(match fields {
        Some(structured) => {
            let field = |field: structured::Field<'_>| VcfHeaderField {
                key: field.written_key.to_owned(),
                value: field.written_value.to_owned(),
                is_quoted: field.is_quoted,
            };
            let fields = structured.fields.into_iter().map(field).collect();
            VcfHeaderLine::Structured(StructuredLine { key, fields })
        }
        None => VcfHeaderLine::Unstructured(UnstructuredLine { key, value: value.to_owned() }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "##fileformat=VCFv4.3\n##INFO=<ID=a, D=\"b, \\\"c\\\" \\n\">\n##INFO=<ID=b\n\
        ##META=<ID=A,Values=[b, c]>\n##odd\n##x=<a,b=c>\n##y=<>\n##z=1\r\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts 1\n";

    #[test]
    fn every_line_has_its_place() {
        let header = VcfHeader::from_text(TEXT).unwrap();
        let unstructured = |key: &str, value: &str| {
            VcfHeaderLine::Unstructured(UnstructuredLine { key: key.to_owned(), value: value.to_owned() })
        };
        let [format, VcfHeaderLine::Structured(info), broken, VcfHeaderLine::Structured(meta), others @ ..] =
            header.lines.as_slice()
        else {
            panic!()
        };
        assert_eq!(
            (format, broken),
            (&unstructured("fileformat", "VCFv4.3"), &unstructured("INFO", "<ID=b"))
        );
        assert_eq!(info.get("D").as_deref(), Some(r#"b, "c" \n"#));
        assert_eq!(info.fields[1].value, r#"b, \"c\" \n"#);
        assert_eq!(meta.get("Values").as_deref(), Some("[b, c]"));
        let raw = |line: &str| VcfHeaderLine::Raw(line.to_owned());
        let expected =
            [raw("##odd\n"), unstructured("x", "<a,b=c>"), unstructured("y", "<>"), raw("##z=1\r\n")];
        assert_eq!(others, expected);
        assert_eq!(header.samples, Some(vec!["s 1".to_owned()]));
        assert_eq!(header.to_text(), TEXT);
    }

    #[test]
    fn texts_come_back_whatever_their_ends() {
        let start = "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO";
        for rest in ["\n", "\r\n", "\tFORMAT\n", "\tFORMAT\t\n", "\tFORMAT\ta\tb\r\n", "", "\tFORMAT\ta"] {
            let text = format!("{start}{rest}");
            assert_eq!(VcfHeader::from_text(&text).unwrap().to_text(), text);
        }
        for rest in ["\r", "\tx\n", "\tFORMAT2\n", "\n\n", "\tFORMAT\ta\nb\n", "\tFORMAT\ta\r\r\n"] {
            assert_eq!(
                VcfHeader::from_text(&format!("{start}{rest}")),
                Err(HeaderError::Columns),
                "{rest:?}"
            );
        }
    }

    #[test]
    fn a_line_that_would_be_another_is_refused() {
        let mut header = VcfHeader::from_text(TEXT).unwrap();
        assert!(header.to_header().is_ok());
        let VcfHeaderLine::Structured(info) = &mut header.lines[1] else { panic!() };
        info.fields[1].value = "a \" quote".to_owned();
        assert!(matches!(header.to_header().unwrap_err(), HeaderError::NotReadBack { line: 2, .. }));
        header.lines.truncate(1);
        assert!(header.to_header().is_ok());
        header.samples = Some(vec!["a\tb".to_owned()]);
        assert_eq!(header.to_header().unwrap_err(), HeaderError::Columns);
    }
}
