use std::path::Path;

use crate::{OutputFormat, sinks};

/// Every output format, one line each. The command line, the documentation and the conformance suite
/// derive from it.
pub static SINKS: &[&dyn OutputFormat] = &[
    &sinks::parquet::Parquet,
    &sinks::arrow::ArrowFile,
    &sinks::arrow::ArrowStream,
    &sinks::sqlite::Sqlite,
    &sinks::csv::Csv,
    &sinks::tsv::Tsv,
    &sinks::jsonl::JsonLines,
    &sinks::table::Table,
];

/// The format of that name.
pub fn by_name(name: &str) -> Option<&'static dyn OutputFormat> {
    SINKS.iter().find(|f| f.spec().name == name).copied()
}

/// The format that a path's ending names; the longest ending wins.
pub fn by_path(path: &str) -> Option<&'static dyn OutputFormat> {
    let name = Path::new(path).file_name()?.to_str()?.to_ascii_lowercase();
    let matching = |f: &&dyn OutputFormat| {
        f.spec().suffixes.iter().filter(|s| name.ends_with(**s)).map(|s| s.len()).max()
    };
    SINKS.iter().filter_map(|f| Some((matching(f)?, *f))).max_by_key(|(len, _)| *len).map(|(_, f)| f)
}
