//! The specifications' test files that a reader must refuse.

use std::collections::BTreeSet;
use std::path::Path;

use crate::oracle::{corpus, files};
use crate::program::convert;
use crate::{alignments_oracle, variants_oracle};

/// `FILE<TAB>OUTCOME<TAB>REASON` for each file, where the outcome is
///
/// - `refused`: exit code 1, the path in the message, no output;
/// - `odd`: converted, and the summary counts the oddity;
/// - `kept`: converted, and the summary counts at most what the header does not declare. These break
///   rules about meaning, which a converter does not judge.
///
/// What is converted must come back line for line: nothing of a faulty file is lost or mended.
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
        } else if got != "refused" {
            let file = specs.join(file);
            let is_sam = file.extension().is_some_and(|e| e == "sam");
            let check = if is_sam { alignments_oracle::check_file } else { variants_oracle::check_file };
            faults.extend(check(&file).err());
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
        Some(0) if is_odd(&run.summary()["oddities"]) => "odd",
        Some(0) => "kept",
        _ => "crashed",
    }
}

/// Most of these files declare nothing, so what is undeclared tells nothing about their fault.
fn is_odd(oddities: &serde_json::Value) -> bool {
    let oddities = oddities.as_object().unwrap();
    oddities.keys().any(|kind| !kind.ends_with("that the header does not declare"))
}
