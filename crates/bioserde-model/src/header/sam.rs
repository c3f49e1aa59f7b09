use std::fmt;

use bioserde_core::sam;
use serde::{Deserialize, Serialize};

use super::{HeaderError, LineEnd, check_read_back, utf8};

/// The header of SAM, BAM or CRAM (SAMv1 §1.3), every line in order.
///
/// Its text comes back byte for byte. It is a plain value: whoever edits it may check it with
/// [`SamHeader::to_header`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamHeader {
    /// How lines end. One that ends otherwise is [`SamHeaderLine::Raw`].
    pub line_end: LineEnd,
    /// In order.
    pub lines: Vec<SamHeaderLine>,
    /// The reference sequences of BAM (SAMv1 §4.2), where they are not those of the `@SQ` lines.
    pub reference_sequences: Option<Vec<ReferenceSequence>>,
}

/// A line of a SAM header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SamHeaderLine {
    /// `@HD`, `@SQ`, `@RG`, `@PG` and other types, with fields.
    Record(SamHeaderRecord),
    /// The text of a `@CO` line.
    Comment(String),
    /// Any other line, its end included.
    Raw(String),
}

/// A header line that has fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamHeaderRecord {
    /// The two characters after `@`.
    #[serde(rename = "type")]
    pub record_type: String,
    /// In order.
    pub fields: Vec<SamHeaderField>,
}

/// A field `TAG:VALUE` of a header line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamHeaderField {
    /// Two characters.
    pub tag: String,
    /// What follows the colon.
    pub value: String,
}

/// A reference sequence of BAM's binary list (SAMv1 §4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceSequence {
    /// `name`.
    pub name: String,
    /// `l_ref`, in bases.
    pub length: u32,
}

impl SamHeaderRecord {
    /// The first value of a tag.
    pub fn get(&self, tag: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.tag == tag).map(|field| field.value.as_str())
    }
}

impl SamHeader {
    /// Reads a header's text; a line that is no header line stays as it is.
    pub fn from_text(text: &str) -> Self {
        let line_end = LineEnd::of(text.split_inclusive('\n').next().unwrap_or_default());
        let line = |line: &str| {
            let parsed = line_end.strip(line).and_then(parse_line);
            parsed.unwrap_or_else(|| SamHeaderLine::Raw(line.to_owned()))
        };
        let lines = text.split_inclusive('\n').map(line).collect();
        Self { line_end, lines, reference_sequences: None }
    }

    /// The text, as it was read.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            text.push_str(&line.to_string());
            if !matches!(line, SamHeaderLine::Raw(_)) {
                text.push_str(self.line_end.as_str());
            }
        }
        text
    }

    /// The lines of one type that have fields, such as `SQ`.
    pub fn records(&self, record_type: &str) -> impl Iterator<Item = &SamHeaderRecord> {
        self.lines.iter().filter_map(move |line| match line {
            SamHeaderLine::Record(record) if record.record_type == record_type => Some(record),
            _ => None,
        })
    }

    /// The header that readers and writers use.
    ///
    /// # Errors
    ///
    /// A line that would be another one when it is read, or what SAMv1 §1.3 forbids.
    pub fn to_header(&self) -> Result<sam::Header, HeaderError> {
        let text = self.to_text();
        check_read_back(&self.lines, &Self::from_text(&text).lines)?;
        let mut header = sam::Header::parse(text.as_bytes())?;
        if let Some(list) = &self.reference_sequences {
            let reference_sequence =
                |r: &ReferenceSequence| sam::ReferenceSequence { name: r.name.clone(), length: r.length };
            header.reference_sequences = list.iter().map(reference_sequence).collect();
        }
        Ok(header)
    }

    /// Whether the `@SQ` lines list these reference sequences.
    fn lists(&self, reference_sequences: &[sam::ReferenceSequence]) -> bool {
        let in_text = self.records("SQ").map(|r| (r.get("SN"), r.get("LN").and_then(|n| n.parse().ok())));
        in_text.eq(reference_sequences.iter().map(|r| (Some(r.name.as_str()), Some(r.length))))
    }
}

impl TryFrom<&sam::Header> for SamHeader {
    type Error = HeaderError;

    fn try_from(header: &sam::Header) -> Result<Self, HeaderError> {
        let mut model = Self::from_text(utf8(&header.text)?);
        if !model.lists(&header.reference_sequences) {
            let list = header.reference_sequences.iter();
            let list = list.map(|r| ReferenceSequence { name: r.name.clone(), length: r.length });
            model.reference_sequences = Some(list.collect());
        }
        Ok(model)
    }
}

impl fmt::Display for SamHeaderLine {
    /// The line without its end, unless it is raw.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(SamHeaderRecord { record_type, fields }) => {
                write!(f, "@{record_type}")?;
                fields.iter().try_for_each(|field| write!(f, "\t{}:{}", field.tag, field.value))
            }
            Self::Comment(text) => write!(f, "@CO\t{text}"),
            Self::Raw(line) => f.write_str(line),
        }
    }
}

fn parse_line(line: &str) -> Option<SamHeaderLine> {
    if let Some(comment) = line.strip_prefix("@CO\t") {
        return Some(SamHeaderLine::Comment(comment.to_owned()));
    }
    let mut parts = line.strip_prefix('@')?.split('\t');
    let record_type = parts.next().filter(|t| t.len() == 2 && t.is_ascii())?.to_owned();
    let field = |part: &str| {
        let (tag, value) = part.split_once(':').filter(|(tag, _)| tag.len() == 2 && tag.is_ascii())?;
        Some(SamHeaderField { tag: tag.to_owned(), value: value.to_owned() })
    };
    let fields = parts.map(field).collect::<Option<Vec<_>>>().filter(|fields| !fields.is_empty())?;
    Some(SamHeaderLine::Record(SamHeaderRecord { record_type, fields }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:a\tLN:9\tUR:http://x/y\n@xy\tab:\n@CO\tfree\ttext\n\
        @CO\n@SQ SN:b\n\n@RG\tID:r\r\n";

    #[test]
    fn every_line_has_its_place() {
        let header = SamHeader::from_text(TEXT);
        let raw = |line: &str| SamHeaderLine::Raw(line.to_owned());
        let [hd, sq, xy, comment, others @ ..] = header.lines.as_slice() else { panic!() };
        assert_eq!(others, [raw("@CO\n"), raw("@SQ SN:b\n"), raw("\n"), raw("@RG\tID:r\r\n")]);
        assert_eq!(*comment, SamHeaderLine::Comment("free\ttext".to_owned()));
        assert!(matches!((hd, xy), (SamHeaderLine::Record(_), SamHeaderLine::Record(_))));
        let SamHeaderLine::Record(sq) = sq else { panic!() };
        assert_eq!((sq.get("UR"), sq.get("M5")), (Some("http://x/y"), None));
        assert_eq!(header.to_text(), TEXT);
    }

    #[test]
    fn texts_come_back_whatever_their_ends() {
        let crlf = TEXT.replace('\n', "\r\n");
        for text in ["", "\n", "@HD", "@HD\tVN:1.6", "@HD\tVN:1.6\r", TEXT, &crlf, crlf.trim_end()] {
            assert_eq!(SamHeader::from_text(text).to_text(), text);
        }
    }

    #[test]
    fn the_list_of_bam_is_kept_where_it_differs() {
        let mut header = sam::Header::parse(b"@HD\tVN:1.6\n").unwrap();
        assert_eq!(SamHeader::try_from(&header).unwrap().reference_sequences, None);
        header.reference_sequences = vec![sam::ReferenceSequence { name: "a".to_owned(), length: 9 }];
        let model = SamHeader::try_from(&header).unwrap();
        assert_eq!(model.reference_sequences.as_deref().map(<[_]>::len), Some(1));
        assert_eq!(model.to_header().unwrap(), header);
        let same = sam::Header::parse(b"@SQ\tSN:a\tLN:9\n").unwrap();
        assert_eq!(SamHeader::try_from(&same).unwrap().reference_sequences, None);
    }

    #[test]
    fn a_line_that_would_be_another_is_refused() {
        let mut header = SamHeader::from_text("@HD\tVN:1.6\n@CO\ta\n");
        header.lines[1] = SamHeaderLine::Comment("a\n@CO\tb".to_owned());
        let text = "@CO\ta\n@CO\tb".to_owned();
        assert_eq!(header.to_header().unwrap_err(), HeaderError::NotReadBack { line: 2, text });
        header.lines[1] = SamHeaderLine::Raw("@CO\tb\n".to_owned());
        assert!(header.to_header().is_err());
    }
}
