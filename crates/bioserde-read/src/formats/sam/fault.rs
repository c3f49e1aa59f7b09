use std::fmt;

use thiserror::Error;

/// Why a line is no alignment (SAMv1 §1.4, §1.5): the field, its value shortened, the reason.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum LineError {
    #[error("the line has {found} tab-separated fields; an alignment has 11 or more")]
    TooFewFields { found: usize },
    #[error("QNAME `{value}` {fault}")]
    Qname { value: Excerpt, fault: QnameFault },
    #[error("FLAG `{value}` {fault}")]
    Flag { value: Excerpt, fault: IntegerFault },
    #[error("RNAME `{value}` {fault}")]
    Rname { value: Excerpt, fault: ReferenceFault },
    #[error("POS `{value}` {fault}")]
    Pos { value: Excerpt, fault: IntegerFault },
    #[error("MAPQ `{value}` {fault}")]
    Mapq { value: Excerpt, fault: IntegerFault },
    #[error("CIGAR `{value}` {fault}")]
    Cigar { value: Excerpt, fault: CigarFault },
    #[error("RNEXT `{value}` {fault}")]
    Rnext { value: Excerpt, fault: ReferenceFault },
    #[error("PNEXT `{value}` {fault}")]
    Pnext { value: Excerpt, fault: IntegerFault },
    #[error("TLEN `{value}` {fault}")]
    Tlen { value: Excerpt, fault: IntegerFault },
    #[error("SEQ `{value}` {fault}")]
    Seq { value: Excerpt, fault: SeqFault },
    #[error("QUAL `{value}` {fault}")]
    Qual { value: Excerpt, fault: QualFault },
    #[error("optional field `{value}` {fault}")]
    Tag { value: Excerpt, fault: TagFault },
    #[error("the alignment takes {size} bytes in BAM; a record has at most 2147483647")]
    TooLong { size: usize },
}

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum QnameFault {
    #[error("has {0} characters; 1 to 254 are possible")]
    Length(usize),
    #[error("has a character that is not one of [!-?A-~]")]
    Character,
}

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum IntegerFault {
    #[error("is empty")]
    Empty,
    #[error("is not a decimal integer")]
    NotDecimal,
    #[error("starts with 0, which could mean octal")]
    LeadingZero,
    #[error("is not {min} to {max}")]
    OutOfRange { min: i64, max: i64 },
}

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum ReferenceFault {
    #[error("is empty; `*` stands for none")]
    Empty,
    #[error("is not the SN of an @SQ line of the header")]
    NotInHeader,
}

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum CigarFault {
    #[error("is empty; `*` stands for none")]
    Empty,
    #[error("has an operation without a length")]
    NoLength,
    #[error("ends with a length without an operation")]
    NoOperation,
    #[error("has an operation that is not one of MIDNSHP=X")]
    Operation,
    #[error("has a length of 268435456 or more")]
    Length,
    #[error("has an H that is neither its first nor its last operation")]
    InnerHardClip,
    #[error("has an S with more than H between it and the ends")]
    InnerSoftClip,
    #[error("describes {cigar} bases, but SEQ has {seq}")]
    SeqLength { cigar: u64, seq: usize },
    #[error("has more than 65535 operations over {0} bases of the reference; BAM has room for 268435455")]
    Span(u64),
}

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum SeqFault {
    #[error("is empty; `*` stands for none")]
    Empty,
    #[error("has a character that is not one of [A-Za-z=.]")]
    Character,
}

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum QualFault {
    #[error("has {qual} characters, but SEQ has {seq}")]
    SeqLength { qual: usize, seq: usize },
    #[error("is there, but SEQ is `*`")]
    WithoutSeq,
    #[error("has a character that is not one of [!-~]")]
    Character,
}

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum TagFault {
    #[error("is not `TAG:TYPE:VALUE`")]
    Syntax,
    #[error("has a tag that is not [A-Za-z][A-Za-z0-9]")]
    Name,
    #[error("repeats a tag of this line")]
    Duplicate,
    #[error("has a type that is not one of A, i, f, Z, H, B")]
    Type,
    #[error("is of type A, but its value is not one character of [!-~]")]
    Character,
    #[error("has a value that {0}")]
    Integer(IntegerFault),
    #[error("has a value that is not a decimal number such as -1.5e3")]
    Float,
    #[error("has a value beyond what 32-bit floats hold")]
    FloatRange,
    #[error("has a character that is not one of [ !-~]")]
    Text,
    #[error("is of type H, but its value is not pairs of [0-9A-F]")]
    Hex,
    #[error("is there, but the more than 65535 operations of CIGAR need this tag in BAM")]
    LongCigar,
    #[error("is an array whose type is not one of c, C, s, S, i, I, f")]
    Subtype,
}

/// The beginning of a field, fit for a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt(String);

impl Excerpt {
    const LENGTH: usize = 40;

    pub(super) fn new(field: &[u8]) -> Self {
        let shown = field.get(..Self::LENGTH).unwrap_or(field);
        let more = if shown.len() < field.len() { "..." } else { "" };
        Self(format!("{}{more}", shown.escape_ascii()))
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_field_value_and_reason() {
        let fault = IntegerFault::OutOfRange { min: 0, max: 255 };
        let error = LineError::Mapq { value: Excerpt::new(b"256"), fault };
        assert_eq!(error.to_string(), "MAPQ `256` is not 0 to 255");
        let long = Excerpt::new(&[b'A'; 41]).to_string();
        assert_eq!(long, format!("{}...", "A".repeat(40)));
        assert_eq!(Excerpt::new(b"a\x7f\xff").to_string(), "a\\x7f\\xff");
    }
}
