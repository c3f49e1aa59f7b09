//! The VCF header (VCF 4.1–4.5 §1.4), as far as columns, regions and metadata need it.

mod edit;
mod oddities;
mod parser;
pub mod reserved;
mod strings;
pub mod structured;

use std::collections::{BTreeMap, HashMap};

use thiserror::Error;

/// How many values a key holds (`Number`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Exactly this many.
    Count(u32),
    /// One for each alternate allele (`A`).
    Alternates,
    /// One for each allele (`R`).
    Alleles,
    /// One for each genotype (`G`).
    Genotypes,
    /// Unknown or unbounded (`.`), and the counts that VCF 4.4 and later add (`LA`, `LR`, `LG`, `P`, `M`).
    Unknown,
}

impl Number {
    /// Reads `Number` as written.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "A" => Self::Alternates,
            "R" => Self::Alleles,
            "G" => Self::Genotypes,
            "." | "LA" | "LR" | "LG" | "P" | "M" => Self::Unknown,
            count => Self::Count(count.parse().ok()?),
        })
    }
}

/// What kind of value a key holds (`Type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// 32-bit signed integer.
    Integer,
    /// 32-bit IEEE 754.
    Float,
    /// Present or absent.
    Flag,
    /// One character.
    Character,
    /// Text.
    String,
}

impl Type {
    /// Reads `Type` as written.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "Integer" => Self::Integer,
            "Float" => Self::Float,
            "Flag" => Self::Flag,
            "Character" => Self::Character,
            "String" => Self::String,
            _ => return None,
        })
    }
}

/// An `INFO` or `FORMAT` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// `ID`, with its case.
    pub id: String,
    /// `Number`.
    pub number: Number,
    /// `Number` as written.
    pub number_text: String,
    /// `Type`.
    pub kind: Type,
    /// `Description`, unescaped quotes removed.
    pub description: String,
}

/// A `contig` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contig {
    /// `ID`.
    pub name: String,
    /// `length`, in bases, where given.
    pub length: Option<u64>,
}

/// A VCF header: its exact text, and what was read from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The header's bytes as they stand in the source, `#CHROM` line included, every line ended.
    pub text: Vec<u8>,
    /// What follows `fileformat=`, such as `VCFv4.3`.
    pub version: String,
    /// In the order of the header; `CHROM` of BCF counts otherwise where lines have an `IDX`.
    pub contigs: Vec<Contig>,
    /// `INFO` lines in order, the first of each id.
    pub infos: Vec<Definition>,
    /// `FORMAT` lines in order, the first of each id.
    pub formats: Vec<Definition>,
    /// `FILTER` ids in order.
    pub filters: Vec<String>,
    /// Sample names in order.
    pub samples: Vec<String>,
    /// Whether the `#CHROM` line has a `FORMAT` column.
    pub has_format: bool,
    /// The dictionary of strings by `IDX` (VCF §6.2.1): `FILTER`, `INFO` and `FORMAT` ids.
    pub strings: BTreeMap<usize, String>,
    /// The dictionary of contigs by `IDX` (VCF §6.2.2).
    pub contig_strings: BTreeMap<usize, String>,
    /// What lines break of the specification, each with its line; all of them are kept in `text`.
    pub oddities: Vec<String>,
}

/// Why a VCF header cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseHeaderError {
    /// The first line is not `##fileformat=VCFv4.x`.
    #[error("the first line is not `##fileformat=VCFv4.x`: `{text}`")]
    NoFileFormat {
        /// The line, shortened.
        text: String,
    },
    /// A line is neither `##...` nor the `#CHROM` line.
    #[error("header line {line} is neither `##...` nor the `#CHROM` line: `{text}`")]
    InvalidLine {
        /// 1-based.
        line: usize,
        /// The line, shortened.
        text: String,
    },
    /// The text ends before the `#CHROM` line.
    #[error("the header has no `#CHROM` line")]
    NoChromLine,
    /// The `#CHROM` line lacks a column or names it differently.
    #[error(
        "header line {line}: the `#CHROM` line must read `#CHROM POS ID REF ALT QUAL FILTER INFO [FORMAT sample...]`, separated by tabs"
    )]
    InvalidChromLine {
        /// 1-based.
        line: usize,
    },
    /// Two samples share a name.
    #[error("header line {line}: sample `{name}` stands twice")]
    DuplicateSample {
        /// 1-based.
        line: usize,
        /// The name.
        name: String,
    },
    /// The text is not UTF-8.
    #[error("header line {line} is not UTF-8")]
    NotUtf8 {
        /// 1-based.
        line: usize,
    },
    /// An `IDX` is out of range.
    #[error("header line {line}: IDX={idx} is too large")]
    InvalidIdx {
        /// 1-based.
        line: usize,
        /// The value.
        idx: usize,
    },
}

impl Header {
    /// Reads a header's text, from `##fileformat` to the `#CHROM` line.
    ///
    /// Definitions that cannot be understood are kept in [`Header::text`] and named in
    /// [`Header::oddities`]; their keys then count as undeclared.
    pub fn parse(text: &[u8]) -> Result<Self, ParseHeaderError> {
        parser::parse(text)
    }

    /// The names of the contigs, in order.
    pub fn names(&self) -> Vec<&str> {
        self.contigs.iter().map(|c| c.name.as_str()).collect()
    }

    /// Of each contig, the number that records of BCF have for it: its place in the dictionary of contigs
    /// (VCF 4.3 §6.2.2), 0-based. Nothing where a later contig took its `IDX`.
    pub fn contig_numbers(&self) -> Vec<Option<usize>> {
        let numbers: HashMap<&str, usize> =
            self.contig_strings.iter().map(|(number, name)| (name.as_str(), *number)).collect();
        self.contigs.iter().map(|contig| numbers.get(contig.name.as_str()).copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"##fileformat=VCFv4.3\n##contig=<ID=20,length=62435964>\n\
        ##INFO=<ID=AF,Number=A,Type=Float,Description=\"a, \\\"b\\\" > c\">\n\
        ##INFO=<ID=XX,Number=q,Type=Float,Description=\"\">\n\
        ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">\n\
        #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1\ts2\n";

    #[test]
    fn reads_what_columns_need() {
        let h = Header::parse(TEXT).unwrap();
        assert_eq!(h.version, "VCFv4.3");
        assert_eq!(h.contigs, [Contig { name: "20".into(), length: Some(62_435_964) }]);
        assert_eq!(h.infos.len(), 1);
        assert_eq!(h.infos[0].description, "a, \"b\" > c");
        assert_eq!(h.infos[0].number, Number::Alternates);
        assert_eq!(h.samples, ["s1", "s2"]);
        assert_eq!(h.oddities, ["line 4: INFO `XX` has a Number that VCF does not know"]);
        let strings: Vec<_> = h.strings.iter().map(|(idx, id)| (*idx, id.as_str())).collect();
        assert_eq!(strings, [(0, "PASS"), (1, "AF"), (2, "XX"), (3, "GT")]);
    }

    #[test]
    fn idx_places_strings() {
        let text = b"##fileformat=VCFv4.2\n##INFO=<ID=B,Number=1,Type=Integer,Description=\"\",IDX=3>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
        let h = Header::parse(text).unwrap();
        let strings: Vec<_> = h.strings.into_iter().collect();
        assert_eq!(strings, [(0, "PASS".to_owned()), (3, "B".to_owned())]);
    }

    #[test]
    fn a_large_idx_takes_no_room() {
        let text = b"##fileformat=VCFv4.2\n##contig=<ID=a,IDX=16777216>\n##contig=<ID=b>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
        let h = Header::parse(text).unwrap();
        let strings: Vec<_> = h.contig_strings.into_iter().collect();
        assert_eq!(strings, [(16_777_216, "a".to_owned()), (16_777_217, "b".to_owned())]);
        let text = String::from_utf8_lossy(text).replace("16777216", "16777217");
        let error = Header::parse(text.as_bytes()).unwrap_err();
        assert_eq!(error, ParseHeaderError::InvalidIdx { line: 2, idx: 16_777_217 });
    }

    /// With a search for each line this would take hours.
    #[test]
    fn half_a_million_contigs_are_read() {
        let lines: String = (0..500_000).map(|n| format!("##contig=<ID=scaffold{n},length={n}>\n")).collect();
        let columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
        let h = Header::parse(format!("##fileformat=VCFv4.3\n{lines}{columns}").as_bytes()).unwrap();
        assert_eq!((h.contigs.len(), h.contig_strings.len()), (500_000, 500_000));
        assert_eq!(h.oddities, [""; 0]);
    }

    #[test]
    fn a_name_may_have_brackets() {
        let text = b"##fileformat=VCFv4.2\n##contig=<ID=<1>,length=9,IDX=0>\n##contig=<ID=<b>>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
        let h = Header::parse(text).unwrap();
        assert_eq!(h.names(), ["<1>", "<b>"]);
        assert_eq!(h.contigs[0].length, Some(9));
    }

    #[test]
    fn refuses_each_kind_of_fault() {
        let e = |text: &[u8]| Header::parse(text).unwrap_err();
        assert!(matches!(e(b"#CHROM\n"), ParseHeaderError::NoFileFormat { .. }));
        assert!(matches!(
            e(b"##fileformat=VCFv4.3\n"),
            ParseHeaderError::InvalidLine { .. } | ParseHeaderError::NoChromLine
        ));
        assert!(matches!(
            e(b"##fileformat=VCFv4.3\n#CHROM\tPOS\n"),
            ParseHeaderError::InvalidChromLine { line: 2 }
        ));
        let twice = b"##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\ta\n";
        assert!(matches!(e(twice), ParseHeaderError::DuplicateSample { .. }));
    }
}
