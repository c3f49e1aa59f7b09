//! What is said of headers is true: files that keep to their specification have nothing odd.

use std::fmt::Write;
use std::path::Path;

use crate::oracle::{corpus, files};
use crate::program::{convert, run};

/// The oddities that `inspect` lists.
fn oddities(path: &Path) -> Vec<String> {
    let run = run(["inspect", "--json", path.to_str().unwrap()]).ok();
    let texts = run.summary()["header_oddities"].as_array().unwrap().clone();
    texts.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn headers_of_passed_files_are_not_odd() {
    let Some(corpus) = corpus() else { return };
    let specs = corpus.join("specs");
    let mut faults = String::new();
    let passed: Vec<_> = ["sam", "vcf"]
        .into_iter()
        .flat_map(|folder| files(&specs.join(folder), &[".sam", ".vcf"]))
        .filter(|path| path.to_str().unwrap().contains("/passed/"))
        .collect();
    assert!(passed.len() > 80, "{} files", passed.len());
    for path in passed {
        for oddity in oddities(&path) {
            writeln!(faults, "{}: {oddity}", path.display()).unwrap();
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

/// Files of the corpus whose headers break their own version: how many lines, and what is said of the first.
const ODD: [(&str, usize, &str); 3] = [
    // VCF 4.1 §1.2.5: a copy number is none of the five types.
    (
        "HG02102.vcf.gz",
        125,
        "line 172: ALT `CN0` begins with none of the types of VCF 4.1, which are DEL, INS, DUP, INV, CNV",
    ),
    // VCF 4.1 §1.2.2: R came with VCF 4.2.
    ("sample1-bcbio-cancer.bcf", 1, "line 4: FORMAT `AD` has Number=R, which VCF 4.1 does not know"),
    ("sample1-bcbio-cancer.vcf.gz", 1, "line 4: FORMAT `AD` has Number=R, which VCF 4.1 does not know"),
];

#[test]
fn headers_of_real_files_are_odd_where_they_break_their_version() {
    let Some(corpus) = corpus() else { return };
    for path in files(&corpus.join("variants"), &[".vcf.gz", ".vcf.bgz", ".bcf"]) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let (_, count, first) = ODD.into_iter().find(|odd| odd.0 == name).unwrap_or((name, 0, ""));
        let got = oddities(&path);
        assert_eq!(got.len(), count, "{name}: {got:?}");
        assert_eq!(got.first().map_or("", String::as_str), first, "{name}");
    }
}

const COLUMNS: &str = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";

/// A VCF with so many header lines that have no value, from line 2 on.
fn vcf(folder: &Path, name: &str, odd: usize) -> std::path::PathBuf {
    let path = folder.join(name);
    let lines = "##source=\n".repeat(odd);
    std::fs::write(&path, format!("##fileformat=VCFv4.3\n{lines}{COLUMNS}1\t1\t.\tA\t.\t.\t.\t.\n")).unwrap();
    path
}

#[test]
fn the_summary_tells_a_handful_of_oddities_and_where_the_others_are() {
    let folder = tempfile::tempdir().unwrap();
    let input = vcf(folder.path(), "a.vcf", 7);
    let input = input.to_str().unwrap();
    let out = folder.path().join("out.parquet");
    let run = run(["convert", input, out.to_str().unwrap()]).ok();
    let warnings: Vec<&str> = run.stderr.lines().filter(|l| l.starts_with("warning: ")).collect();
    let mut expected: Vec<String> =
        (2..7).map(|n| format!("warning: {input}: header line {n}: source has no value")).collect();
    expected.push(format!("warning: {input}: and 2 more; `bioserde inspect {input}` lists them"));
    assert_eq!(warnings[..6], expected[..]);
    let inspected = crate::program::run(["inspect", input]).ok();
    let inspected = String::from_utf8(inspected.stdout).unwrap();
    assert!(inspected.contains("header oddities\n  line 2: source has no value\n"), "{inspected}");
    assert!(inspected.contains("  line 8: source has no value\n"), "{inspected}");
}

#[test]
fn the_summary_names_the_input_where_there_are_several() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (vcf(folder.path(), "a.vcf", 0), vcf(folder.path(), "b.vcf", 1));
    let out = folder.path().join("out.parquet");
    let alone = convert(&b, &out, &[]).ok().summary();
    assert_eq!(alone["header_oddities"], serde_json::json!(["line 2: source has no value"]));
    let [a, b] = [&a, &b].map(|path| path.to_str().unwrap());
    let both = run(["convert", a, b, out.to_str().unwrap(), "--overwrite", "--json"]).ok().summary();
    let text = format!("{b}: line 2: source has no value");
    assert_eq!(both["header_oddities"], serde_json::json!([text]));
    assert_eq!(both["oddities"]["header lines out of the ordinary"], 1);
}

#[test]
fn non_finite_tags_are_odd_in_sam_and_not_in_bam() {
    let folder = tempfile::tempdir().unwrap();
    let sam = folder.path().join("a.sam");
    std::fs::write(&sam, "@HD\tVN:1.6\na\t4\t*\t0\t0\t*\t*\t0\t0\t*\t*\tXA:f:nan\tXB:B:f,1,-inf\tXC:f:1\n")
        .unwrap();
    let kind = "tags that are nan or inf, which SAM text does not have";
    let bam = folder.path().join("a.bam");
    let run = convert(&sam, &folder.path().join("a.parquet"), &[]).ok();
    assert_eq!(run.summary()["oddities"][kind], 2);
    if !crate::oracle::has_tools(&["samtools"]) {
        return;
    }
    let [sam, to] = [&sam, &bam].map(|path| path.to_str().unwrap());
    crate::oracle::must("samtools", &["view", "-b", "-o", to, sam]);
    let run = convert(&bam, &folder.path().join("b.parquet"), &[]).ok();
    assert_eq!(run.summary()["oddities"][kind], serde_json::Value::Null);
}
