use thiserror::Error;

/// Why a BCF record has no VCF line (VCF 4.3 §6.3).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum RecordError {
    #[error("{part} {fault}")]
    Part { part: Part, fault: Fault },
    #[error("CHROM {0} is not in the header's dictionary of contigs")]
    Chrom(i32),
    #[error("POS {0} is below -1")]
    Pos(i32),
    #[error("the record has {found} samples, but the header has {expected}")]
    SampleCount { found: usize, expected: usize },
    #[error("{bytes} bytes follow {after}, where the record should end")]
    TrailingBytes { bytes: usize, after: &'static str },
}

/// A part of a record.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum Part {
    #[error("the fixed part")]
    Fixed,
    #[error("ID")]
    Id,
    #[error("allele {0}")]
    Allele(u16),
    #[error("FILTER")]
    Filter,
    #[error("the key of INFO field {0}")]
    InfoKey(u16),
    #[error("INFO {0}")]
    Info(Box<str>),
    #[error("the key of FORMAT field {0}")]
    FormatKey(u8),
    #[error("FORMAT {0}")]
    Format(Box<str>),
}

/// What is wrong with a part.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum Fault {
    #[error("reaches beyond the record's end")]
    Short,
    #[error("has type {0}; the types are 0, 1, 2, 3, 5 and 7")]
    UnknownType(u8),
    #[error("has a length that is not one non-negative integer")]
    Length,
    #[error("is not one integer")]
    NotAnInteger,
    #[error("is not a vector of integers")]
    NotIntegers,
    #[error("is not text")]
    NotText,
    #[error("is empty")]
    Empty,
    #[error("has key {0}, which is not in the header's dictionary of strings")]
    UnknownKey(i32),
    #[error("has a value that VCF 4.3 §6.3.3 reserves")]
    Reserved,
    #[error("has the negative genotype code {0}")]
    NegativeAllele(i32),
    #[error("has the character `{}`, which would end it in VCF text", .0.escape_ascii())]
    Character(u8),
}

impl Fault {
    pub(crate) fn of(self, part: Part) -> RecordError {
        RecordError::Part { part, fault: self }
    }
}
