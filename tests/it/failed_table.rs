//! The specifications' test files that a reader must refuse.

use std::collections::BTreeSet;
use std::path::Path;

use crate::oracle::{corpus, files};
use crate::program::convert;

/// `FILE<TAB>refused|odd<TAB>REASON` for each file: refused (exit code 1, no output), or converted with
/// what is odd counted as warnings in the summary.
const TABLE: &str = include_str!("failed.tsv");

#[test]
fn what_the_specifications_refuse_is_refused_or_reported() {
    let Some(corpus) = corpus() else { return };
    let specs = corpus.join("specs");
    let mut faults = Vec::new();
    for line in TABLE.lines().filter(|l| !l.starts_with('#')) {
        let [file, wanted, reason] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let got = outcome(&specs.join(file));
        if got != wanted {
            faults.push(format!("{file}: {got} instead of {wanted} ({reason})"));
        }
    }
    assert!(faults.is_empty(), "{} files:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_table_names_every_file() {
    let Some(corpus) = corpus() else { return };
    let specs = corpus.join("specs");
    let named: BTreeSet<_> = TABLE
        .lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| l.split('\t').next())
        .map(str::to_owned)
        .collect();
    let there: BTreeSet<_> = ["sam", "vcf"]
        .into_iter()
        .flat_map(|folder| files(&specs.join(folder), &[".sam", ".vcf"]))
        .filter_map(|path| path.strip_prefix(&specs).unwrap().to_str().map(str::to_owned))
        .filter(|path| path.contains("/failed/"))
        .collect();
    assert_eq!(there.difference(&named).collect::<Vec<_>>(), Vec::<&String>::new());
}

fn outcome(input: &Path) -> &'static str {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.parquet");
    let run = convert(input, &out, &[]);
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    match run.code {
        Some(1) if left > 0 => "refused, but something was left behind",
        Some(1) if run.stderr.contains(input.to_str().unwrap()) => "refused",
        Some(1) => "refused without its path",
        Some(0) if run.summary()["warnings"].as_u64().is_some_and(|n| n > 0) => "odd",
        Some(0) => "accepted without a word",
        _ => "crashed",
    }
}
