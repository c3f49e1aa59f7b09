//! The encoder against the specification's files and samtools.

mod failed;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use bioserde_core::sam::Header;

use super::encode::{Form, encode_line};
use super::references::References;
use super::render::render_record;
use crate::formats::bam::record::Record;

/// A folder of the corpus; nothing when the corpus is absent.
pub(crate) fn corpus(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("BIOSERDE_CORPUS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus")),
        PathBuf::from,
    );
    let path = root.join(folder);
    if path.is_dir() { Some(path) } else { skip(&format!("no corpus folder {}", path.display())) }
}

/// The files of a folder with a suffix, sorted.
pub(crate) fn files(folder: &std::path::Path, suffix: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut files: Vec<_> = entries.filter(|p| p.to_string_lossy().ends_with(suffix)).collect();
    files.sort();
    assert!(!files.is_empty(), "{} has no *{suffix}", folder.display());
    files
}

/// What a program prints; an error with its messages when it fails; nothing when it is absent.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Option<Result<Vec<u8>, String>> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let Ok(output) = output else { return skip(&format!("no {program}")) };
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(if output.status.success() { Ok(output.stdout) } else { Err(errors) })
}

fn skip<T>(why: &str) -> Option<T> {
    println!("skipped: {why}");
    let required = std::env::var_os("BIOSERDE_REQUIRE_ORACLES").is_some_and(|v| v == "1");
    assert!(!required, "an oracle is required: {why}");
    None
}

/// The header's text and the lines after it.
fn split(text: &[u8]) -> (Vec<u8>, Vec<&[u8]>) {
    let lines = || text.split_inclusive(|b| *b == b'\n');
    let header = lines().take_while(|line| line.starts_with(b"@")).flatten().copied().collect();
    let records = lines().skip_while(|line| line.starts_with(b"@"));
    (header, records.map(|line| line.strip_suffix(b"\n").unwrap_or(line)).collect())
}

/// What becomes of a file of `specs/sam/failed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome<T> {
    /// The header parser refuses it.
    Header(T),
    /// The encoder refuses a line.
    Line(T),
    /// The header parser keeps it and names it among the header's oddities.
    Reported(T),
    /// Nobody objects.
    Accepted(T),
}

fn outcome(text: &[u8]) -> Outcome<String> {
    let (header, lines) = split(text);
    let header = match Header::parse(&header) {
        Ok(header) => header,
        Err(error) => return Outcome::Header(error.to_string()),
    };
    let references = References::new(&header);
    for line in lines {
        if let Err(error) = encode_line(line, &references, &mut Vec::new()) {
            return Outcome::Line(error.to_string());
        }
    }
    header.oddities.first().map_or(Outcome::Accepted(String::new()), |o| Outcome::Reported(o.clone()))
}

#[test]
fn specification_files_that_fail_are_refused_or_accounted_for() {
    let Some(folder) = corpus("specs/sam/failed") else { return };
    let mut table = failed::FILES.iter();
    for path in files(&folder, ".sam") {
        let outcome = outcome(&std::fs::read(&path).unwrap());
        let (name, expected) = table.next().unwrap();
        assert_eq!(path.file_stem().unwrap().to_string_lossy(), *name);
        let expected = match expected {
            Outcome::Header(reason) => Outcome::Header((*reason).to_owned()),
            Outcome::Line(reason) => Outcome::Line((*reason).to_owned()),
            Outcome::Reported(reason) => Outcome::Reported((*reason).to_owned()),
            Outcome::Accepted(_) => Outcome::Accepted(String::new()),
        };
        assert_eq!(outcome, expected, "{name}");
    }
    assert_eq!(table.next(), None);
}

/// The records of a BAM file's inflated bytes, each with its `block_size`.
fn records(bam: &[u8]) -> Vec<&[u8]> {
    let word = |at: usize| u32::from_le_bytes(*bam[at..].first_chunk().unwrap()) as usize;
    let mut at = 8 + word(4);
    let references = word(at);
    at += 4;
    for _ in 0..references {
        at += 4 + word(at) + 4;
    }
    let mut records = Vec::new();
    while at < bam.len() {
        let end = at + 4 + word(at);
        records.push(&bam[at..end]);
        at = end;
    }
    records
}

/// What samtools makes of a record that it corrects: a read without a place, or without a CIGAR, is
/// unmapped, and a mate at position 0 has no reference.
fn as_samtools_corrects(record: &[u8]) -> Vec<u8> {
    let mut corrected = record.to_vec();
    let word = |at: usize| i32::from_le_bytes(*record[at..].first_chunk().unwrap());
    let n_cigar_op = u16::from_le_bytes([record[16], record[17]]);
    let ref_id_is_lost = word(8) < 0;
    if ref_id_is_lost {
        corrected[4..8].copy_from_slice(&(-1_i32).to_le_bytes());
    }
    if ref_id_is_lost || word(4) < 0 || n_cigar_op == 0 {
        corrected[18] |= 4;
    }
    if word(28) < 0 {
        corrected[24..28].copy_from_slice(&(-1_i32).to_le_bytes());
    }
    corrected
}

/// Encodes every line of a SAM file and compares the records with those of inflated BAM.
fn compare(place: &str, text: &[u8], bam: &[u8]) {
    let (header, lines) = split(text);
    let header = Header::parse(&header).unwrap();
    let references = References::new(&header);
    let expected = records(bam);
    assert_eq!(lines.len(), expected.len(), "{place}");
    for (line, expected) in lines.iter().zip(expected) {
        let mut record = Vec::new();
        let form = encode_line(line, &references, &mut record);
        let form = form.unwrap_or_else(|e| panic!("{place}: {e}")).form;
        if as_samtools_corrects(&record) != expected {
            let (got, expected) = (record.escape_ascii(), expected.escape_ascii());
            panic!("{place}: {}\n{got}\n{expected}", line.escape_ascii());
        }
        check_form(line, form, &record, &header);
    }
}

/// What samtools makes of the SAM that a command prints; nothing when it is absent.
fn samtools(command: &str) -> Option<Vec<u8>> {
    let (_, _) = (run("samtools", &["--version"])?, run("bgzip", &["--version"])?);
    let script = format!("set -o pipefail; {command} | samtools view -u --no-PG - | bgzip -dc");
    Some(run("bash", &["-c", &script])?.unwrap())
}

#[test]
fn specification_files_that_pass_become_the_records_of_samtools() {
    for folder in ["specs/sam/passed", "specs/SAMtags"] {
        let Some(folder) = corpus(folder) else { return };
        for path in files(&folder, ".sam") {
            let name = path.display().to_string();
            let Some(bam) = samtools(&format!("cat '{name}'")) else { return };
            compare(&name, &std::fs::read(&path).unwrap(), &bam);
        }
    }
}

#[test]
fn the_reads_of_an_exome_become_the_records_of_samtools() {
    let Some(folder) = corpus("reads") else { return };
    for path in files(&folder, ".bam") {
        let name = path.display().to_string();
        let Some(bam) = samtools(&format!("samtools view -h --no-PG '{name}'")) else { return };
        let text = run("samtools", &["view", "-h", "--no-PG", &name]).unwrap();
        compare(&name, &text.unwrap(), &bam);
    }
}

/// A line is canonical when, and only when, its record is rendered as the line.
fn check_form(line: &[u8], form: Form, record: &[u8], header: &Header) {
    let names = header.names();
    let mut rendered = Vec::new();
    render_record(&Record::new(record, names.len()).unwrap(), &names, &mut rendered).unwrap();
    let expected = if rendered == line { Form::Canonical } else { Form::Variant };
    assert_eq!(form, expected, "{} as {}", line.escape_ascii(), rendered.escape_ascii());
}
