//! Tables with damage at random places give rows or a precise error: no panic, no memory beyond reason.
//!
//! `BIOSERDE_DAMAGE_CASES` asks for more cases of a format. A process that dies leaves the case in the
//! folder that `BIOSERDE_DAMAGE_FOLDER` names.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bioserde_read::{Input, Options};
use bioserde_storage::Source;
use bioserde_table::TableReader;
use bioserde_testkit::Random;

use crate::program::{convert, root};

/// No case is near it: a loop over a number that the file tells would be.
const SLOW: Duration = Duration::from_secs(20);

#[test]
fn damaged_parquet_is_refused_or_read() {
    damage_all("parquet", &[&[], &["--compression", "none"]]);
}

#[test]
fn damaged_arrow_files_are_refused_or_read() {
    damage_all("arrow", &[&[], &["--compression", "none"]]);
}

#[test]
fn damaged_arrow_streams_are_refused_or_read() {
    damage_all("arrows", &[&[], &["--compression", "none"]]);
}

#[test]
fn damaged_databases_are_refused_or_read() {
    damage_all("sqlite", &[&[]]);
}

#[test]
fn damaged_json_lines_are_refused_or_read() {
    damage_all("jsonl", &[&[]]);
}

/// Tables of a format, small enough that damage hits something.
fn tables(ending: &str, options: &[&[&str]]) -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let mut tables = Vec::new();
    for (input, region) in [("reads.bam", "chr1:1-200000"), ("calls.vcf.gz", "chr1:1-60000")] {
        for (i, given) in options.iter().enumerate() {
            let path = folder.path().join(format!("{input}.{i}.{ending}"));
            let args = [&["--region", region], *given].concat();
            convert(&root().join("tests/data").join(input), &path, &args).ok();
            tables.push(fs::read(path).unwrap());
        }
    }
    tables
}

fn damage_all(ending: &str, options: &[&[&str]]) {
    let cases = std::env::var("BIOSERDE_DAMAGE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let named = std::env::var_os("BIOSERDE_DAMAGE_FOLDER").map(PathBuf::from);
    let temporary = tempfile::tempdir().unwrap();
    let folder = named.unwrap_or_else(|| temporary.path().to_owned());
    let tables = tables(ending, options);
    let path = folder.join(format!("damaged.{ending}"));
    let header_from = root().join("tests/data");
    let mut said = BTreeMap::<String, u32>::new();
    for case in 0..cases {
        let mut random = Random::new(case);
        let which = random.index(tables.len());
        let header = if which < options.len() { "reads.bam" } else { "calls.vcf.gz" };
        fs::write(&path, damaged(&tables[which], &mut random)).unwrap();
        let start = Instant::now();
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
            [read_table(&path), read_records(&path, &header_from.join(header))]
        }));
        let outcome = outcome.unwrap_or_else(|_| panic!("case {case} of {ending}: a panic"));
        assert!(start.elapsed() < SLOW, "case {case} of {ending} took {:?}", start.elapsed());
        for error in outcome.into_iter().filter_map(Result::err) {
            assert!(error.starts_with(path.to_str().unwrap()), "case {case} of {ending}: {error}");
            let error = error.replace(path.to_str().unwrap(), "").replace(|c: char| c.is_ascii_digit(), "0");
            *said.entry(error).or_default() += 1;
        }
    }
    assert!(!said.is_empty(), "no damage was noticed");
    if std::env::var_os("BIOSERDE_DAMAGE_CASES").is_some() {
        for (error, times) in said {
            println!("{times:6} {error}");
        }
    }
}

/// Bytes changed, cut off, taken out, or put in again.
fn damaged(file: &[u8], random: &mut Random) -> Vec<u8> {
    let mut out = file.to_vec();
    for _ in 0..=random.below(3) {
        // What a file says of itself stands at its start and its end.
        let at = match random.below(3) {
            0 => random.index(out.len().min(600)),
            1 => out.len() - 1 - random.index(out.len().min(4000)),
            _ => random.index(out.len()),
        };
        let end = (at + 1 + random.index(8)).min(out.len());
        match random.below(8) {
            0..=2 => out[at] ^= 1 << random.below(8),
            3 => out[at..end].fill(0xff),
            4 => out[at..end].fill(0),
            5 => {
                let bytes = random.next_u64().to_le_bytes();
                out[at..end].iter_mut().zip(bytes).for_each(|(to, byte)| *to = byte);
            }
            6 if random.one_in(4) => out.truncate(at.max(1)),
            6 => {
                out.drain(at..end);
            }
            _ => {
                let again = out[at..end].to_vec();
                out.splice(at..at, again);
            }
        }
        if out.len() < 16 {
            break;
        }
    }
    out
}

/// The rows of what is a table; messages with their causes.
fn read_table(path: &Path) -> Result<usize, String> {
    let source = Arc::new(Source::open(path.to_str().unwrap()).map_err(chain)?);
    let mut reader = TableReader::open(&source).map_err(chain)?;
    let mut rows = 0;
    while let Some(part) = reader.next_part().map_err(chain)? {
        rows += part.batch().map_err(chain)?.num_rows();
    }
    Ok(rows)
}

fn read_records(path: &Path, header_from: &Path) -> Result<usize, String> {
    let mut options = Options::default();
    if path.extension().is_some_and(|e| e == "jsonl") {
        options.opening.header_from = Some(header_from.to_owned());
    }
    let input = Input::open(path.to_str().unwrap(), &options).map_err(chain)?;
    let mut records = 0;
    for record in input.records() {
        record.map_err(chain)?;
        records += 1;
    }
    Ok(records)
}

fn chain(error: impl std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}
