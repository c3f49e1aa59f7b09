//! What is counted of records is true: files that keep to their specification have nothing odd.

use std::fmt::Write;

use crate::oracle::{corpus, files};
use crate::program::convert;

/// How we keep something, which is no fault of the file; and what its header leaves out.
const OURS: [&str; 3] =
    ["whose text is kept besides", "records kept as residual", "that the header does not declare"];

/// Passed files that break a rule nevertheless: the file, the kind that is counted, and what is there.
const ODD: [(&str, &str, &str); 9] = [
    ("complexfile_passed_000.vcf", "returns to a contig", "contig 1 goes on after <1>"),
    ("passed_body_alt.vcf", "genotypes with an allele", "0|1 in a record without alternate alleles"),
    ("passed_body_info.vcf", "INFO values that do not fit their declaration", "DB=0, a flag with a value"),
    ("passed_body_info.vcf", "INFO values with more or fewer elements", "EXPLAIN has Number=1 and a comma"),
    (
        "passed_body_info.vcf",
        "INFO values that do not fit a key",
        "an undeclared reserved key of another form",
    ),
    ("zero_length_LAA.vcf", "FORMAT values that do not fit", "an empty list, which VCF 4.5 does not know"),
    ("zero_length_LAA.vcf", "inputs whose last line has no end", "the file ends so"),
    ("zero_length_LAA.vcf", "records that come before", "300 after 400"),
    ("zero_length_LAA.vcf", "FORMAT values with more or fewer elements", "an empty list has no element"),
];

#[test]
fn records_of_passed_files_are_not_odd() {
    let Some(corpus) = corpus() else { return };
    let passed = files(&corpus.join("specs/vcf"), &[".vcf"]);
    let passed: Vec<_> = passed.into_iter().filter(|p| p.to_str().unwrap().contains("/passed/")).collect();
    assert!(passed.len() > 70, "{} files", passed.len());
    let folder = tempfile::tempdir().unwrap();
    let mut faults = String::new();
    for (i, path) in passed.iter().enumerate() {
        let run = convert(path, &folder.path().join(format!("{i}.parquet")), &[]).ok();
        let name = path.file_name().unwrap().to_str().unwrap();
        let is_known = |kind: &str| {
            OURS.iter().any(|ours| kind.ends_with(ours))
                || ODD.iter().any(|(file, odd, _)| *file == name && kind.starts_with(odd))
        };
        for kind in run.summary()["oddities"].as_object().unwrap().keys().filter(|kind| !is_known(kind)) {
            writeln!(faults, "{}: {kind}", path.display()).unwrap();
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn records_of_real_files_are_not_odd() {
    let Some(corpus) = corpus() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (i, path) in files(&corpus.join("variants"), &[".vcf.gz", ".vcf.bgz", ".bcf"]).iter().enumerate() {
        let run = convert(path, &folder.path().join(format!("{i}.parquet")), &[]).ok();
        let oddities = run.summary()["oddities"].clone();
        let kinds = oddities.as_object().unwrap().keys();
        let odd: Vec<_> = kinds
            .filter(|kind| !OURS.iter().any(|ours| kind.ends_with(ours)))
            .filter(|kind| *kind != "header lines out of the ordinary")
            .collect();
        assert!(odd.is_empty(), "{}: {odd:?}", path.display());
    }
}
