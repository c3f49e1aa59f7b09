//! Every input goes to every output of its family with all its records, and is refused elsewhere.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use bioserde_testkit::{alignments, bgzf, variants};
use bioserde_write::{OutputFormat, SINKS};

use crate::oracle::{has_tools, must};
use crate::program::convert;

/// What a family has.
struct Family {
    /// The source that the others are made of.
    source: PathBuf,
    /// The tool that reads its record formats.
    tool: &'static str,
    /// Endings of its inputs.
    inputs: &'static [&'static str],
    /// Endings of its outputs that hold records.
    outputs: &'static [&'static str],
    /// The one that all are compared in.
    compared: &'static str,
}

impl Family {
    fn reads(folder: &Path) -> Self {
        let mut reads = alignments::typical(51, 500);
        alignments::sort(&mut reads);
        let bam = alignments::bam_bytes(&alignments::typical_header(), &reads);
        let source = folder.join("source.bam");
        fs::write(&source, bgzf::compress(&bam, &[5000], true)).unwrap();
        Self {
            source,
            tool: "samtools",
            inputs: &[
                ".bam", ".sam", ".sam.gz", ".cram", ".parquet", ".arrow", ".arrows", ".sqlite", ".jsonl",
            ],
            outputs: &[".bam", ".sam", ".sam.gz", ".cram"],
            compared: "back.sam",
        }
    }

    fn variants(folder: &Path) -> Self {
        let calls = variants::typical(52, 500, 2);
        let source = folder.join("source.vcf.gz");
        fs::write(&source, variants::vcf_bgzf(&variants::typical_header(2), &calls, &[5000], true)).unwrap();
        Self {
            source,
            tool: "bcftools",
            inputs: &[".vcf", ".vcf.gz", ".bcf", ".parquet", ".arrow", ".arrows", ".sqlite", ".jsonl"],
            outputs: &[".vcf", ".vcf.gz", ".bcf"],
            compared: "back.vcf",
        }
    }

    /// The records as the family's tool prints them.
    fn records(&self, path: &Path) -> String {
        let arguments = match self.tool {
            "samtools" => &["view", "--input-fmt-option", "decode_md=0"][..],
            _ => &["view", "-H"],
        };
        must(self.tool, &[arguments, &[path.to_str().unwrap()]].concat())
    }

    /// The source as each of the inputs.
    fn make_inputs(&self, folder: &Path) -> Vec<PathBuf> {
        let make = |ending: &&str| {
            let path = folder.join(format!("in{ending}"));
            convert(&self.source, &path, &[]).ok();
            path
        };
        self.inputs.iter().map(make).collect()
    }

    /// What `--header-from` says for an input that has no header.
    fn header_of<'a>(&'a self, path: &str) -> Vec<&'a str> {
        if path.ends_with(".jsonl") {
            vec!["--header-from", self.source.to_str().unwrap()]
        } else {
            Vec::new()
        }
    }

    /// One cell: what went wrong, or nothing.
    fn try_cell(&self, input: &Path, output: OutputFormat, folder: &Path) -> Result<(), String> {
        let ending = output.spec().suffixes.first().copied().unwrap_or(".none");
        let out = folder.join(format!("out{ending}"));
        let name = output.spec().name;
        let mut args = vec!["--overwrite", "--to", name];
        args.extend(self.header_of(input.to_str().unwrap()));
        let run = convert(input, &out, &args);
        let is_of_family = match output {
            OutputFormat::Table(_) => true,
            OutputFormat::Records(_) => self.outputs.contains(&ending),
        };
        if !is_of_family {
            let says_why = run.stderr.contains("which the output's format does not hold");
            let is_refused = run.code == Some(2) && says_why && !out.exists();
            return is_refused.then_some(()).ok_or_else(|| format!("{:?}: {}", run.code, run.stderr));
        }
        if run.code != Some(0) {
            return Err(run.stderr);
        }
        if run.summary()["records"] != 500 {
            return Err(format!("summary: {}", run.summary()));
        }
        let found = match output {
            OutputFormat::Records(_) => self.records(&out),
            OutputFormat::Table(_) if self.inputs.contains(&ending) => {
                let back = folder.join(self.compared);
                let args = [&["--overwrite"][..], &self.header_of(ending)].concat();
                convert(&out, &back, &args).ok();
                self.records(&back)
            }
            // No way leads back from here.
            OutputFormat::Table(_) => return has_rows(&fs::read_to_string(&out).unwrap(), name),
        };
        if found == self.records(&self.source) { Ok(()) } else { Err("the records differ".to_owned()) }
    }
}

/// A line for each record, and those of the frame.
fn has_rows(text: &str, format: &str) -> Result<(), String> {
    let frame = match format {
        "csv" | "tsv" | "table" => 1,
        _ => 0,
    };
    let lines = text.lines().count();
    if lines == 500 + frame { Ok(()) } else { Err(format!("{lines} lines")) }
}

fn check(family: impl FnOnce(&Path) -> Family) {
    if !has_tools(&["samtools", "bcftools"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let family = family(folder.path());
    let mut faults = String::new();
    for input in family.make_inputs(folder.path()) {
        for output in SINKS {
            if let Err(fault) = family.try_cell(&input, *output, folder.path()) {
                let name = input.file_name().unwrap().display();
                writeln!(faults, "{name} to {}: {fault}", output.spec().name).unwrap();
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn every_input_of_reads_goes_to_every_output() {
    check(Family::reads);
}

#[test]
fn every_input_of_variants_goes_to_every_output() {
    check(Family::variants);
}

#[test]
fn tables_without_types_are_no_inputs() {
    let folder = tempfile::tempdir().unwrap();
    let family = Family::reads(folder.path());
    for name in ["x.csv", "x.tsv"] {
        let (table, back) = (folder.path().join(name), folder.path().join("back.bam"));
        convert(&family.source, &table, &[]).ok();
        let run = convert(&table, &back, &[]);
        assert!(run.code != Some(0) && !back.exists(), "{name}");
        assert!(run.stderr.contains(name) && run.stderr.contains("hint:"), "{name}: {}", run.stderr);
    }
}

#[test]
fn json_lines_need_a_header() {
    let folder = tempfile::tempdir().unwrap();
    let family = Family::reads(folder.path());
    let (table, back) = (folder.path().join("x.jsonl"), folder.path().join("back.bam"));
    convert(&family.source, &table, &[]).ok();
    let run = convert(&table, &back, &[]);
    assert!(run.code != Some(0) && !back.exists());
    assert!(run.stderr.contains("--header-from"), "{}", run.stderr);
}
