//! The encoder against bcftools, byte for byte.

use std::path::Path;

use bioserde_core::vcf::Header;

use super::Encoder;
use crate::formats::bcf::dictionary::Dictionary;
use crate::formats::bcf::oracle::{complete, split, tools};
use crate::formats::bcf::render::render;
use crate::formats::sam::oracle::{corpus, files, run};

/// What became of the lines of a file.
#[derive(Debug, Default)]
struct Outcome {
    same: usize,
    /// Lines of which the record tells another length on the reference.
    other_length: usize,
    refused: Vec<String>,
    different: Vec<String>,
}

/// The length of a record on the reference. Of symbolic alleles without `END` bcftools 1.16 takes that of `REF`;
/// later versions take `SVLEN` and `LEN` (VCF 4.4 §3, VCF 4.5), as here. And it takes an `END` only if that is
/// declared as Integer.
const LENGTH: std::ops::Range<usize> = 8..12;

fn compare(text: &[u8], bcf: &[u8]) -> Outcome {
    let mut outcome = Outcome::default();
    let (_, records) = split(bcf);
    let header_len: usize =
        text.split_inclusive(|b| *b == b'\n').take_while(|l| l.starts_with(b"#")).map(<[u8]>::len).sum();
    let mut encoder = Encoder::new(&Header::parse(&text[..header_len]).unwrap());
    let lines: Vec<&[u8]> =
        text[header_len..].split(|b| *b == b'\n').map(|l| l.strip_suffix(b"\r").unwrap_or(l)).collect();
    let lines: Vec<_> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), records.len());
    for (line, [shared, individual]) in lines.into_iter().zip(records) {
        let mut out = Vec::new();
        if let Err(e) = encoder.encode(line, &mut out) {
            outcome.refused.push(e.to_string());
            continue;
        }
        let mut expected = [shared, individual].concat();
        let got = &mut out[8..];
        if got == expected {
            outcome.same += 1;
            continue;
        }
        let fields: Vec<&[u8]> = line.split(|b| *b == b'\t').collect();
        let may_differ = fields[4].contains(&b'<') || fields[7].starts_with(b"END=");
        if got.len() == expected.len() && may_differ && got[LENGTH] != expected[LENGTH] {
            got[LENGTH].copy_from_slice(&[0; 4]);
            expected[LENGTH].copy_from_slice(&[0; 4]);
        }
        if got == expected {
            outcome.other_length += 1;
        } else {
            outcome.different.push(difference(line, got, &expected));
        }
    }
    outcome
}

/// The first bytes that differ, and what stands around them.
fn difference(line: &[u8], got: &[u8], expected: &[u8]) -> String {
    let at = got.iter().zip(expected).take_while(|(a, b)| a == b).count();
    let around =
        |bytes: &[u8]| bytes[at.saturating_sub(12)..(at + 12).min(bytes.len())].escape_ascii().to_string();
    let line = line[..line.len().min(400)].escape_ascii();
    format!("byte {at}: `{}`, not `{}`, of `{line}`", around(got), around(expected))
}

fn compare_file(path: &Path) -> Option<Outcome> {
    let name = path.to_string_lossy();
    let to_bcf = format!("set -o pipefail; bcftools view --no-version -Ob '{name}' 2>/dev/null | bgzip -dc");
    let is_plain = path.extension().is_some_and(|e| e == "vcf");
    let text = if is_plain { std::fs::read(path).unwrap() } else { run("bgzip", &["-dc", &name])?.unwrap() };
    let Ok(bcf) = run("bash", &["-c", &to_bcf])? else { return Some(Outcome::default()) };
    Some(compare(&text, &bcf))
}

#[test]
fn lines_of_vcf_files_are_the_records_of_bcftools() {
    let (Some(folder), Some(())) = (corpus("variants"), tools()) else { return };
    for path in files(&folder, ".vcf.gz") {
        let Some(outcome) = compare_file(&path) else { return };
        let (same, other) = (outcome.same, outcome.other_length);
        println!("{}: {same} records are the same, {other} but for their length", path.display());
        assert!(outcome.different.is_empty(), "{}: {}", path.display(), outcome.different[0]);
        assert!(outcome.refused.is_empty(), "{}: {:?}", path.display(), outcome.refused);
    }
}

#[test]
fn lines_of_specification_files_are_the_records_of_bcftools() {
    let completed = std::env::temp_dir().join(format!("bioserde-encode-{}.vcf", std::process::id()));
    let mut all = Outcome::default();
    for version in ["4.1", "4.2", "4.3", "4.5"] {
        let folder = corpus(&format!("specs/vcf/{version}/passed"));
        let (Some(folder), Some(())) = (folder, tools()) else { continue };
        for path in files(&folder, ".vcf") {
            let Some(text) = complete(&path) else { return };
            std::fs::write(&completed, text).unwrap();
            let Some(outcome) = compare_file(&completed) else { return };
            assert!(outcome.different.is_empty(), "{}: {:?}", path.display(), outcome.different);
            assert!(outcome.refused.is_empty(), "{}: {:?}", path.display(), outcome.refused);
            all.same += outcome.same;
            all.other_length += outcome.other_length;
        }
    }
    println!("{} records are the same, {} but for their length", all.same, all.other_length);
    _ = std::fs::remove_file(completed);
}

#[test]
fn records_of_bcf_files_come_back() {
    let Some(folder) = corpus("variants") else { return };
    for path in files(&folder, ".bcf") {
        let Some(bcf) = run("bgzip", &["-dc", &path.to_string_lossy()]) else { return };
        let bcf = bcf.unwrap();
        let (text, records) = split(&bcf);
        let header = Header::parse(text).unwrap();
        let (dictionary, mut encoder) = (Dictionary::new(&header), Encoder::new(&header));
        for [shared, individual] in &records {
            let (mut line, mut out) = (Vec::new(), Vec::new());
            render(shared, individual, &dictionary, &mut line).unwrap();
            encoder.encode(&line, &mut out).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let expected = [*shared, *individual].concat();
            let is_same = out[8..] == expected;
            assert!(is_same, "{}: {}", path.display(), difference(&line, &out[8..], &expected));
        }
    }
}
