//! The specifications' test files that a reader must refuse.

use std::collections::BTreeSet;
use std::path::Path;

use crate::oracle::{corpus, files};
use crate::program::convert;
use crate::{alignments_oracle, variants_oracle};

/// `FILE<TAB>OUTCOME<TAB>REASON` for each file, where the outcome is
///
/// - `refused`: exit code 1, the path in the message, no output;
/// - `odd`: converted, and the summary reports the file's own fault. What it says stands in a fourth column:
///   a part of one of `header_oddities`, or a kind of `oddities`;
/// - `kept`: converted, and the summary counts at most what the header does not declare: there is nothing
///   to report, for the reason that stands there.
///
/// What is converted must come back line for line: nothing of a faulty file is lost or mended.
const TABLE: &str = include_str!("failed.tsv");

#[test]
fn what_the_specifications_refuse_is_refused_or_reported() {
    let Some(corpus) = corpus() else { return };
    let specs = corpus.join("specs");
    let mut faults = Vec::new();
    for line in TABLE.lines().filter(|l| !l.starts_with('#')) {
        let row = Row::parse(line);
        let Row { file, wanted, reason, .. } = row;
        let got = outcome(&specs.join(file), row.reported);
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

/// A row of the table.
struct Row<'a> {
    file: &'a str,
    wanted: &'a str,
    reason: &'a str,
    reported: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn parse(line: &'a str) -> Self {
        let (file, wanted, reason, reported) = match line.split('\t').collect::<Vec<_>>()[..] {
            [file, wanted, reason] => (file, wanted, reason, None),
            [file, wanted, reason, reported] => (file, wanted, reason, Some(reported)),
            _ => panic!("{line}"),
        };
        assert_eq!(reported.is_some(), wanted == "odd", "{line}");
        assert!(reported != Some(""), "{line}");
        Self { file, wanted, reason, reported }
    }
}

fn outcome(input: &Path, reported: Option<&str>) -> &'static str {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.parquet");
    let run = convert(input, &out, &[]);
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    match run.code {
        Some(1) if left > 0 => "refused, but something was left behind",
        Some(1) if run.stderr.contains(input.to_str().unwrap()) => "refused",
        Some(1) => "refused without its path",
        Some(0) => match (is_odd(&run.summary()), reported) {
            (false, _) => "kept",
            (true, Some(reported)) if !is_reported(&run.summary(), reported) => "odd for another reason",
            (true, _) => "odd",
        },
        _ => "crashed",
    }
}

/// Most of these files declare nothing, so what is undeclared tells nothing about their fault.
fn is_odd(summary: &serde_json::Value) -> bool {
    let oddities = summary["oddities"].as_object().unwrap();
    oddities.keys().any(|kind| !kind.ends_with("that the header does not declare"))
}

fn is_reported(summary: &serde_json::Value, reported: &str) -> bool {
    let header = summary["header_oddities"].as_array().unwrap();
    header.iter().any(|text| text.as_str().unwrap().contains(reported))
        || summary["oddities"].as_object().unwrap().contains_key(reported)
}
