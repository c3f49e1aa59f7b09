use std::fmt;

use crate::error::excerpt;
use crate::{Endpoint, Error, ErrorKind};

/// A format of the reply (htsget §"Query parameters"), or one of the table formats that bioserde adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Alignments, the default of reads.
    Bam,
    /// Alignments, compressed by reference.
    Cram,
    /// Variants as text in BGZF, the default of variants.
    Vcf,
    /// Variants, binary.
    Bcf,
    /// The slice as a table (extension).
    Parquet,
    /// The slice as an Arrow IPC file (extension).
    Arrow,
    /// The slice as a SQLite database (extension).
    Sqlite,
    /// The slice as comma-separated values (extension).
    Csv,
    /// The slice as JSON Lines (extension).
    Jsonl,
}

struct Row {
    format: Format,
    name: &'static str,
    /// The only endpoint of a format of the specification; none for an extension, which both have.
    endpoint: Option<Endpoint>,
    media_type: &'static str,
    suffix: &'static str,
}

const fn row(
    format: Format,
    name: &'static str,
    endpoint: Option<Endpoint>,
    media_type: &'static str,
    suffix: &'static str,
) -> Row {
    Row { format, name, endpoint, media_type, suffix }
}

const READS: Option<Endpoint> = Some(Endpoint::Reads);
const VARIANTS: Option<Endpoint> = Some(Endpoint::Variants);

/// In the order of the variants of [`Format`].
static FORMATS: [Row; 9] = [
    row(Format::Bam, "BAM", READS, "application/vnd.ga4gh.bam", ".bam"),
    row(Format::Cram, "CRAM", READS, "application/vnd.ga4gh.cram", ".cram"),
    row(Format::Vcf, "VCF", VARIANTS, "application/vnd.ga4gh.vcf", ".vcf.gz"),
    row(Format::Bcf, "BCF", VARIANTS, "application/vnd.ga4gh.bcf", ".bcf"),
    row(Format::Parquet, "PARQUET", None, "application/vnd.apache.parquet", ".parquet"),
    row(Format::Arrow, "ARROW", None, "application/vnd.apache.arrow.file", ".arrow"),
    row(Format::Sqlite, "SQLITE", None, "application/vnd.sqlite3", ".sqlite"),
    row(Format::Csv, "CSV", None, "text/csv; charset=utf-8", ".csv"),
    row(Format::Jsonl, "JSONL", None, "application/x-ndjson", ".jsonl"),
];

impl Format {
    /// Reads the `format` of a request to `endpoint`, in any case of letters.
    ///
    /// A format of the other endpoint and an unknown one are `UnsupportedFormat`.
    pub fn parse(endpoint: Endpoint, text: &str) -> Result<Self, Error> {
        let format = Self::from_name(text).filter(|format| format.is_served_by(endpoint));
        format.ok_or_else(|| {
            let known: Vec<_> = Self::of(endpoint).map(Self::name).collect();
            let message = format!("`format` is `{}`, which {endpoint} do not have", excerpt(text));
            Error::new(ErrorKind::UnsupportedFormat, message)
                .with_hint(format!("ask for one of {}", known.join(", ")))
        })
    }

    /// The format of a name in any case of letters, or nothing.
    pub fn from_name(name: &str) -> Option<Self> {
        FORMATS.iter().find(|row| row.name.eq_ignore_ascii_case(name)).map(|row| row.format)
    }

    /// The formats that an endpoint can be asked for, those of the specification first.
    pub fn of(endpoint: Endpoint) -> impl Iterator<Item = Self> {
        FORMATS.iter().map(|row| row.format).filter(move |format| format.is_served_by(endpoint))
    }

    /// Whether a request to the endpoint may name the format.
    pub fn is_served_by(self, endpoint: Endpoint) -> bool {
        self.row().endpoint.is_none_or(|own| own == endpoint)
    }

    /// Whether the format is one of bioserde's additions to the specification.
    pub fn is_extension(self) -> bool {
        self.row().endpoint.is_none()
    }

    /// The name in tickets and requests: upper case.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The media type of the data.
    pub fn media_type(self) -> &'static str {
        self.row().media_type
    }

    /// The usual ending of a file's name, with the dot.
    pub fn suffix(self) -> &'static str {
        self.row().suffix
    }

    fn row(self) -> &'static Row {
        let [bam, cram, vcf, bcf, parquet, arrow, sqlite, csv, jsonl] = &FORMATS;
        match self {
            Self::Bam => bam,
            Self::Cram => cram,
            Self::Vcf => vcf,
            Self::Bcf => bcf,
            Self::Parquet => parquet,
            Self::Arrow => arrow,
            Self::Sqlite => sqlite,
            Self::Csv => csv,
            Self::Jsonl => jsonl,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        for row in &FORMATS {
            assert_eq!(row.format.name(), row.name);
        }
    }

    #[test]
    fn p1_formats_and_defaults_of_each_endpoint() {
        let core = |endpoint| Format::of(endpoint).filter(|f| !f.is_extension()).collect::<Vec<_>>();
        assert_eq!(core(Endpoint::Reads), [Format::Bam, Format::Cram]);
        assert_eq!(core(Endpoint::Variants), [Format::Vcf, Format::Bcf]);
        for endpoint in [Endpoint::Reads, Endpoint::Variants] {
            assert_eq!(core(endpoint).first(), Some(&endpoint.default_format()));
        }
    }

    #[test]
    fn p1_format_is_read_in_any_case() {
        for text in ["bam", "Bam", "BAM"] {
            assert_eq!(Format::parse(Endpoint::Reads, text).unwrap(), Format::Bam);
        }
    }

    #[test]
    fn p1_other_formats_are_unsupported() {
        let pairs = [(Endpoint::Reads, "VCF"), (Endpoint::Variants, "bam"), (Endpoint::Reads, "SAM")];
        for (endpoint, text) in pairs.into_iter().chain([(Endpoint::Reads, "")]) {
            let error = Format::parse(endpoint, text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnsupportedFormat, "{text}");
            assert!(error.hint().unwrap().contains(endpoint.default_format().name()));
        }
    }

    #[test]
    fn table_formats_are_an_extension_of_both_endpoints() {
        for text in ["parquet", "arrow", "sqlite", "csv", "jsonl"] {
            for endpoint in [Endpoint::Reads, Endpoint::Variants] {
                assert!(Format::parse(endpoint, text).unwrap().is_extension());
            }
        }
    }
}
