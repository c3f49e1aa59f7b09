use std::fmt;

use thiserror::Error;

use crate::formats::vcf::line::LineError;

/// Why a VCF line has no BCF record that keeps all of it (VCF 4.3 §6.3).
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum EncodeError {
    #[error(transparent)]
    Line(#[from] LineError),
    #[error("contig `{0}` is not declared in the header, and BCF needs that: add ##contig=<ID={0}>")]
    Contig(String),
    #[error(
        "{part} `{id}` is not declared in the header, and BCF needs that: add ##{part}=<ID={id},{}Description=\"...\">",
        part.fields()
    )]
    Undeclared { part: Part, id: String },
    #[error("{part}{} has `{value}`, which is {need}", named(.id))]
    Value { part: Part, id: String, value: String, need: Need },
    #[error("FORMAT `{0}` is declared as Type=Flag, of which samples have no values")]
    FormatFlag(String),
    #[error("FORMAT is `.`, but sample {sample} has `{value}`")]
    NoFormat { sample: usize, value: String },
    #[error("sample {0} has more values than FORMAT has keys")]
    ExtraValues(usize),
    #[error("there are more of {0} than BCF can count")]
    TooMany(Part),
    #[error("the record is longer than BCF can tell")]
    TooLong,
    #[error("the line has the character `{}`, which has a meaning of its own in BCF", .0.escape_ascii())]
    Character(u8),
}

impl EncodeError {
    #[cold]
    pub(super) fn value(part: Part, id: &[u8], value: &[u8], need: Need) -> Self {
        Self::Value { part, id: shown(id), value: shown(value), need }
    }

    #[cold]
    pub(super) fn undeclared(part: Part, id: &[u8]) -> Self {
        Self::Undeclared { part, id: shown(id) }
    }
}

/// Text for messages, shortened.
pub(super) fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).chars().take(60).collect()
}

fn named(id: &str) -> String {
    if id.is_empty() { String::new() } else { format!(" {id}") }
}

/// A column of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Alt,
    Qual,
    Filter,
    Info,
    Format,
    Sample,
}

impl Part {
    /// What its header lines have besides.
    fn fields(self) -> &'static str {
        if self == Self::Filter { "" } else { "Number=...,Type=...," }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alt => "ALT",
            Self::Qual => "QUAL",
            Self::Filter => "FILTER",
            Self::Info => "INFO",
            Self::Format => "FORMAT",
            Self::Sample => "samples",
        })
    }
}

/// What a value should have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Integer,
    Float,
    Genotype,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Integer => "no integer from -2147483640 to 2147483647, as its Type demands",
            Self::Float => "no number that 32 bits can hold, as its Type demands",
            Self::Genotype => {
                "no genotype: alleles are numbers up to 1073741822 or `.`, with `/` or `|` between"
            }
        })
    }
}
