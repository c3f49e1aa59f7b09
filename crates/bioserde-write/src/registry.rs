use std::path::Path;

use crate::OutputFormat::{self, Records, Table};
use crate::sinks;

/// Every output format, one line each. The command line, the documentation and the conformance suite
/// derive from it.
pub static SINKS: &[OutputFormat] = &[
    Table(&sinks::parquet::Parquet),
    Table(&sinks::arrow::ArrowFile),
    Table(&sinks::arrow::ArrowStream),
    Table(&sinks::sqlite::Sqlite),
    Table(&sinks::csv::Csv),
    Table(&sinks::tsv::Tsv),
    Table(&sinks::jsonl::JsonLines),
    Table(&sinks::table::Table),
    Records(&sinks::bam::BAM),
    Records(&sinks::cram::Cram),
    Records(&sinks::sam::SAM),
    Records(&sinks::sam::SAM_GZ),
    Records(&sinks::vcf::VCF),
    Records(&sinks::vcf::VCF_GZ),
    Records(&sinks::bcf::BCF),
];

/// The format of that name.
pub fn by_name(name: &str) -> Option<OutputFormat> {
    SINKS.iter().find(|f| f.spec().name == name).copied()
}

/// The format that a path's ending names; the longest ending wins.
pub fn by_path(path: &str) -> Option<OutputFormat> {
    let name = Path::new(path).file_name()?.to_str()?.to_ascii_lowercase();
    let matching =
        |f: &OutputFormat| f.spec().suffixes.iter().filter(|s| name.ends_with(**s)).map(|s| s.len()).max();
    SINKS.iter().filter_map(|f| Some((matching(f)?, *f))).max_by_key(|(len, _)| *len).map(|(_, f)| f)
}
