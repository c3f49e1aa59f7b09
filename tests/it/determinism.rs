//! Equal input and options give equal bytes, whatever the number of threads.

use std::fs;
use std::path::{Path, PathBuf};

use bioserde_core::Family;
use bioserde_testkit::{alignments, bgzf, variants};
use bioserde_write::OutputFormat;

use crate::program::convert;

#[test]
fn bytes_do_not_depend_on_threads() {
    let folder = tempfile::tempdir().unwrap();
    let mut faults = Vec::new();
    for input in inputs(folder.path()) {
        for format in bioserde_write::SINKS.iter().filter(|format| takes(format, &input)) {
            let name = format.spec().name;
            let written: Vec<Vec<u8>> = ["1", "2", "7", "7"]
                .into_iter()
                .map(|threads| write(&input, folder.path(), name, threads))
                .collect();
            if written.iter().any(|bytes| bytes != &written[0]) {
                faults.push(format!("{name} of {}", input.display()));
            }
        }
    }
    assert!(faults.is_empty(), "differs from run to run: {}", faults.join(", "));
}

/// A table takes any records, and a format of records those of its family.
fn takes(format: &OutputFormat, input: &Path) -> bool {
    let is_calls = input.to_str().unwrap().ends_with(".vcf.gz");
    match format {
        OutputFormat::Table(_) => true,
        OutputFormat::Records(format) => is_calls == (format.family() == Family::Variants),
    }
}

/// Small row groups and blocks, so that several threads have something to do.
fn write(input: &Path, folder: &Path, format: &str, threads: &str) -> Vec<u8> {
    let out = folder.join("out");
    let rows = ["--batch-rows", "500", "--row-group-rows", "4000"];
    let mut args = vec!["--to", format, "--threads", threads, "--overwrite"];
    args.extend(rows);
    convert(input, &out, &args).ok();
    fs::read(&out).unwrap()
}

fn inputs(folder: &Path) -> Vec<PathBuf> {
    let header = alignments::typical_header();
    let reads = alignments::typical(3, 20_000);
    let bam = bgzf::compress(&alignments::bam_bytes(&header, &reads), &[3000], true);
    let calls = variants::typical(4, 10_000, 3);
    let vcf = variants::vcf_bgzf(&variants::typical_header(3), &calls, &[3000], true);
    let sam = alignments::sam_text(&header, &reads).into_bytes();
    [("reads.bam", bam), ("reads.sam", sam), ("calls.vcf.gz", vcf)]
        .into_iter()
        .map(|(name, bytes)| {
            let path = folder.join(name);
            fs::write(&path, bytes).unwrap();
            path
        })
        .collect()
}
