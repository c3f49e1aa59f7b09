//! Damaged files are refused with their path and the place, and leave nothing behind.

use std::fs;
use std::path::{Path, PathBuf};

use bioserde_testkit::alignments::{self, bam_header_bytes, bam_record_bytes};
use bioserde_testkit::damage::{Damage, RecordDamage};
use bioserde_testkit::{bgzf, variants};

use crate::oracle::{has_tools, must};
use crate::program::{Run, convert};
use crate::table::Table;

const BLOCK: usize = 2000;

#[test]
fn damaged_bam_is_refused() {
    refuse_all("reads.bam", &bam());
}

#[test]
fn truncated_bam_is_tolerated_when_asked() {
    tolerate("reads.bam", &bam(), |inflated| {
        let header = bam_header_bytes(&alignments::typical_header()).len();
        let records = inflated.get(header..).unwrap_or_default();
        framed(records, |r| u32::from_le_bytes(r[..4].try_into().unwrap()))
    });
}

#[test]
fn damaged_vcf_is_refused() {
    refuse_all("calls.vcf.gz", &vcf());
}

#[test]
fn a_line_cut_in_its_last_value_is_no_record() {
    let folder = tempfile::tempdir().unwrap();
    let lines = variants::typical(6, 100, 3);
    let text = variants::vcf_text(&variants::typical_header(3), &lines);
    // Without its line end and its last digit the line still looks whole.
    let cut = &text.as_bytes()[..text.len() - 2];
    let input = put(folder.path(), "calls.vcf.gz", &bgzf::compress(cut, &[BLOCK], false));
    refused(&input, &[]).unwrap();
    tolerated(&input, 99).unwrap();
}

#[test]
fn truncated_vcf_is_tolerated_when_asked() {
    tolerate("calls.vcf.gz", &vcf(), |inflated| {
        let text = String::from_utf8_lossy(inflated).into_owned();
        text.split_inclusive('\n').filter(|l| l.ends_with('\n') && !l.starts_with('#')).count()
    });
}

#[test]
fn damaged_bcf_is_refused() {
    if let Some(file) = bcf() {
        refuse_all("calls.bcf", &file);
    }
}

#[test]
fn truncated_bcf_is_tolerated_when_asked() {
    let Some(file) = bcf() else { return };
    tolerate("calls.bcf", &file, |inflated| {
        let text = u32::from_le_bytes(inflated[5..9].try_into().unwrap());
        let records = inflated.get(9 + usize::try_from(text).unwrap()..).unwrap_or_default();
        let number = |r: &[u8], at: usize| u32::from_le_bytes(r[at..at + 4].try_into().unwrap());
        framed(records, |r| if r.len() < 8 { u32::MAX } else { 4 + number(r, 0) + number(r, 4) })
    });
}

fn bam() -> Vec<u8> {
    let data = alignments::bam_bytes(&alignments::typical_header(), &alignments::typical(5, 500));
    bgzf::compress(&data, &[BLOCK], true)
}

fn vcf() -> Vec<u8> {
    variants::vcf_bgzf(&variants::typical_header(3), &variants::typical(6, 500, 3), &[BLOCK], true)
}

fn bcf() -> Option<Vec<u8>> {
    if !has_tools(&["bcftools"]) {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let source = put(folder.path(), "calls.vcf.gz", &vcf());
    let bcf = folder.path().join("calls.bcf");
    must("bcftools", &["view", "-Ob", "-o", bcf.to_str().unwrap(), source.to_str().unwrap()]);
    let data = bgzf::decompress(&fs::read(&bcf).unwrap());
    Some(bgzf::compress(&data, &[BLOCK], true))
}

/// How many records are whole, given what follows each one's first four bytes.
fn framed(mut records: &[u8], following: impl Fn(&[u8]) -> u32) -> usize {
    let mut n = 0;
    while records.len() >= 4 {
        let Some(rest) = records.get(4 + usize::try_from(following(records)).unwrap()..) else { break };
        (records, n) = (rest, n + 1);
    }
    n
}

#[test]
fn damaged_records() {
    let folder = tempfile::tempdir().unwrap();
    let header = bam_header_bytes(&alignments::typical_header());
    let mut records: Vec<Vec<u8>> = alignments::typical(8, 50).iter().map(bam_record_bytes).collect();
    let whole = records[30].clone();
    let mut faults = Vec::new();
    for damage in RecordDamage::ALL {
        records[30] = damage.apply(&whole);
        let data = [header.clone(), records.concat()].concat();
        let input = put(folder.path(), &format!("{damage:?}.bam"), &bgzf::compress(&data, &[BLOCK], true));
        faults.extend(refused(&input, &[]).err());
        if damage == RecordDamage::TinyBlockSize {
            // Nothing after such a record can be trusted: it is not a truncation.
            faults.extend(refused(&input, &["--allow-truncated"]).err());
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn wrong_magic_and_empty_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut bam = alignments::bam_bytes(&alignments::typical_header(), &[]);
    bam[3] = 2;
    let mut faults = Vec::new();
    for (name, bytes) in [
        ("magic.bam", bgzf::compress(&bam, &[BLOCK], true)),
        ("text.bam", b"this is no BAM file\n".to_vec()),
        ("empty.bam", Vec::new()),
        ("marker.bam", bgzf::EOF_MARKER.to_vec()),
        ("empty.vcf", Vec::new()),
        ("marker.vcf.gz", bgzf::EOF_MARKER.to_vec()),
        ("short.bam", vec![0x1f, 0x8b, 8]),
    ] {
        let input = put(folder.path(), name, &bytes);
        let out = folder.path().join("out.parquet");
        let run = convert(&input, &out, &[]);
        faults.extend(fault_of(&run, &input, &out, false));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn refuse_all(name: &str, file: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let mut faults = Vec::new();
    for damage in Damage::ALL {
        let input = put(folder.path(), &format!("{damage:?}.{name}"), &damage.apply(file));
        faults.extend(refused(&input, &[]).err());
        if !damage.is_truncation() {
            faults.extend(refused(&input, &["--allow-truncated"]).err());
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn tolerate(name: &str, file: &[u8], whole_records: impl Fn(&[u8]) -> usize) {
    let folder = tempfile::tempdir().unwrap();
    let mut faults = Vec::new();
    for damage in Damage::ALL.into_iter().filter(|d| d.is_truncation()) {
        let damaged = damage.apply(file);
        let input = put(folder.path(), &format!("{damage:?}.{name}"), &damaged);
        let whole: Vec<u8> = bgzf::blocks(&damaged)
            .into_iter()
            .filter(|b| b.len() >= 28 && is_whole(&damaged[b.clone()]))
            .flat_map(|b| damaged[b].to_vec())
            .collect();
        let expected = whole_records(&bgzf::decompress(&whole));
        faults.extend(tolerated(&input, expected).err());
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn is_whole(block: &[u8]) -> bool {
    usize::from(u16::from_le_bytes([block[16], block[17]])) + 1 == block.len()
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn refused(input: &Path, args: &[&str]) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.parquet");
    let run = convert(input, &out, args);
    fault_of(&run, input, &out, true).map_or(Ok(()), |f| Err(format!("{f} {args:?}")))
}

/// What is wrong with how a damaged file was refused.
fn fault_of(run: &Run, input: &Path, out: &Path, needs_place: bool) -> Option<String> {
    let shown = input.display();
    if run.code != Some(1) {
        return Some(format!("{shown}: exit code {:?}: {}", run.code, run.stderr.trim()));
    }
    let message = run.stderr.lines().find(|l| l.starts_with("error: ")).unwrap_or_default();
    let Some((_, after)) = message.split_once(&format!("{shown}: ")) else {
        return Some(format!("{shown}: the message lacks the path: {}", run.stderr.trim()));
    };
    if needs_place && !after.chars().any(|c| c.is_ascii_digit()) {
        return Some(format!("{shown}: the message lacks the place: {message}"));
    }
    let folder = out.parent().unwrap();
    let left: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n.contains("out.parquet"))
        .collect();
    (!left.is_empty()).then(|| format!("{shown}: left behind: {}", left.join(", ")))
}

fn tolerated(input: &Path, expected: usize) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.parquet");
    let run = convert(input, &out, &["--allow-truncated"]);
    let shown = input.display();
    if run.code != Some(0) {
        return Err(format!("{shown}: --allow-truncated: {}", run.stderr.trim()));
    }
    let (rows, said) = (Table::read(&out).len(), run.summary()["records"].as_u64());
    let is_right = rows == expected && said == u64::try_from(expected).ok();
    if is_right { Ok(()) } else { Err(format!("{shown}: {rows} rows, {said:?} said, {expected} are whole")) }
}
