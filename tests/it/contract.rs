//! Exit codes, streams, and what happens to files that are there already.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use crate::program::{convert, path, root, run};
use crate::table::Table;

fn reads() -> std::path::PathBuf {
    root().join("tests/data/reads.bam")
}

#[test]
fn wrong_usage_is_2_and_failure_is_1() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.parquet");
    for args in [&["convert"][..], &["convert", "a", "b", "--no-such-option"], &["no-such-command"], &[]] {
        assert_eq!(run(args).code, Some(2), "{args:?}");
    }
    let missing = convert(&folder.path().join("missing.bam"), &out, &[]);
    assert_eq!(missing.code, Some(1));
    assert!(
        missing.stderr.contains("error: ") && missing.stderr.contains("missing.bam: "),
        "{}",
        missing.stderr
    );
    let contig = convert(&reads(), &out, &["--region", "chr11:1-2"]);
    assert_ne!(contig.code, Some(0));
    assert!(contig.stderr.contains("chr11"), "{}", contig.stderr);
    let column = convert(&reads(), &out, &["--columns", "poss"]);
    assert_ne!(column.code, Some(0));
    assert!(column.stderr.contains("`pos`"), "the nearest name is told: {}", column.stderr);
    assert!(!out.exists());
}

#[test]
fn an_output_that_exists_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.parquet");
    fs::write(&out, b"old").unwrap();
    let run = convert(&reads(), &out, &[]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("--overwrite"), "{}", run.stderr);
    assert_eq!(fs::read(&out).unwrap(), b"old");
    convert(&reads(), &out, &["--overwrite"]).ok();
    assert_eq!(Table::read(&out).len(), bioserde_testkit::fixtures::READS);
}

#[test]
fn an_input_is_never_its_own_output() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("reads.bam");
    fs::copy(reads(), &copy).unwrap();
    let run = convert(&copy, &copy, &["--to", "parquet", "--overwrite"]);
    assert_ne!(run.code, Some(0));
    assert_eq!(fs::read(&copy).unwrap(), fs::read(reads()).unwrap());
}

#[test]
fn streams_are_inputs_and_outputs() {
    let folder = tempfile::tempdir().unwrap();
    let from_file = folder.path().join("file.tsv");
    convert(&reads(), &from_file, &[]).ok();
    let program = |args: &[&str]| {
        let stdin = Stdio::from(File::open(reads()).unwrap());
        Command::new(path()).args(args).stdin(stdin).output().unwrap()
    };
    let piped = program(&["convert", "-", "-", "--to", "tsv"]);
    assert!(piped.status.success(), "{}", String::from_utf8_lossy(&piped.stderr));
    assert!(piped.stdout == fs::read(&from_file).unwrap(), "standard output holds the data alone");
    let counted = program(&["convert", "-", "-", "--to", "tsv", "--region", "chrM", "--quiet"]);
    let lines = String::from_utf8(counted.stdout).unwrap();
    assert!(lines.lines().skip(1).count() > 0 && lines.lines().skip(1).all(|l| l.contains("chrM")));
    assert_eq!(String::from_utf8_lossy(&counted.stderr), "");
}

#[test]
fn a_closed_pipe_is_no_fault() {
    let mut child = Command::new(path())
        .args(["convert", reads().to_str().unwrap(), "-", "--to", "tsv", "--quiet"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
}

#[test]
fn the_summary_counts_records() {
    let folder = tempfile::tempdir().unwrap();
    let run = convert(&reads(), &folder.path().join("out.parquet"), &[]).ok();
    assert_eq!(run.summary()["records"].as_u64(), u64::try_from(bioserde_testkit::fixtures::READS).ok());
    let quiet = convert(&reads(), &folder.path().join("quiet.parquet"), &["--quiet"]).ok();
    assert!(!quiet.stderr.contains("error"), "{}", quiet.stderr);
}
