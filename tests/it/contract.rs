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

#[test]
fn an_empty_bed_wants_no_record() {
    let folder = tempfile::tempdir().unwrap();
    let (bed, out) = (folder.path().join("empty.bed"), folder.path().join("out.parquet"));
    fs::write(&bed, "# nothing\n").unwrap();
    let run = convert(&reads(), &out, &["--regions-file", bed.to_str().unwrap()]).ok();
    assert_eq!(run.summary()["records"], 0);
    assert!(run.stderr.contains("no intervals"), "{}", run.stderr);
    fs::write(&bed, "chr1\t5\n").unwrap();
    let run = convert(&reads(), &out, &["--regions-file", bed.to_str().unwrap(), "--overwrite"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("empty.bed: line 1"), "{}", run.stderr);
}

#[test]
fn a_last_line_without_its_end_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("in.vcf"), folder.path().join("out.parquet"));
    let text = "##fileformat=VCFv4.3\n##contig=<ID=1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t5\t.\tA\tC\t.\t.\t.";
    fs::write(&input, text).unwrap();
    let run = convert(&input, &out, &[]).ok();
    assert_eq!((run.summary()["records"].as_u64(), run.summary()["warnings"].as_u64()), (Some(1), Some(1)));
    fs::write(&input, format!("{text}\n")).unwrap();
    assert_eq!(convert(&input, &out, &["--overwrite"]).ok().summary()["warnings"], 0);
}

#[test]
fn an_index_is_what_its_name_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let input = path("reads.bam");
    fs::copy(reads(), &input).unwrap();
    assert_eq!(run(["index", &input, "-o", &path("x.tbi")]).code, Some(2));
    run(["index", &input, "-o", &path("x.csi"), "--quiet"]).ok();
    // CSI is compressed, BAI is not.
    assert!(fs::read(path("x.csi")).unwrap().starts_with(&[0x1f, 0x8b]));
}
