//! The renderer against bcftools.

use std::path::Path;

use bioserde_core::vcf::Header;

use super::dictionary::Dictionary;
use super::render::render;
use crate::formats::sam::oracle::{corpus, files, run};

/// The header's text and the two parts of each record of inflated BCF.
pub(super) fn split(bcf: &[u8]) -> (&[u8], Vec<[&[u8]; 2]>) {
    assert_eq!(&bcf[..4], b"BCF\x02");
    let word = |at: usize| u32::from_le_bytes(*bcf[at..].first_chunk().unwrap()) as usize;
    let mut at = 9 + word(5);
    let text = bcf[9..at].strip_suffix(b"\0").unwrap();
    let mut records = Vec::new();
    while at < bcf.len() {
        let (start, middle) = (at + 8, at + 8 + word(at));
        at = middle + word(at + 4);
        records.push([&bcf[start..middle], &bcf[middle..at]]);
    }
    (text, records)
}

/// Renders every record of inflated BCF and compares the lines with those of bcftools.
fn compare(path: &Path, bcf: &[u8], expected: &[u8]) {
    let (text, records) = split(bcf);
    let header = Header::parse(text).unwrap();
    let dictionary = Dictionary::new(&header);
    let lines = expected.split(|b| *b == b'\n').filter(|line| !line.is_empty());
    let mut count = 0;
    for ([shared, individual], expected) in records.iter().zip(lines) {
        let mut out = Vec::new();
        render(shared, individual, &dictionary, &mut out)
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        if let Some((got, expected)) = difference(&out, expected) {
            panic!("{}: `{got}`, not `{expected}`, in\n{}", path.display(), out.escape_ascii());
        }
        count += 1;
    }
    assert_eq!(count, records.len(), "{}", path.display());
}

/// The first tokens that differ; bcftools writes six digits of a float.
fn difference(got: &[u8], expected: &[u8]) -> Option<(String, String)> {
    if got == expected {
        return None;
    }
    let tokens = |line: &[u8]| {
        let line = String::from_utf8_lossy(line).into_owned();
        line.split_inclusive(['\t', ';', ':', ',', '=', '|', '/']).map(str::to_owned).collect::<Vec<_>>()
    };
    let (got, expected) = (tokens(got), tokens(expected));
    if got.len() != expected.len() {
        return Some((format!("{} tokens", got.len()), format!("{} tokens", expected.len())));
    }
    got.into_iter().zip(expected).find(|(got, expected)| got != expected && !is_same_float(got, expected))
}

fn is_same_float(got: &str, expected: &str) -> bool {
    let ends = ['\t', ';', ':', ',', '=', '|', '/'];
    let value = |token: &str| token.trim_end_matches(ends).parse::<f64>().ok();
    let narrow = |token: &str| token.trim_end_matches(ends).parse::<f32>().ok();
    let is_float = |token: &str| token.contains(['.', 'e']);
    let (Some(a), Some(b)) = (value(got), value(expected)) else { return false };
    // Below 1e-38 a float has fewer than six digits.
    let is_near = (a - b).abs() <= 5.1e-6 * b.abs() || narrow(got) == narrow(expected);
    (is_float(got) || is_float(expected)) && is_near
}

#[test]
fn records_of_bcf_files_are_the_lines_of_bcftools() {
    let Some(folder) = corpus("variants") else { return };
    for path in files(&folder, ".bcf") {
        let name = path.to_string_lossy();
        let Some(bcf) = run("bgzip", &["-dc", &name]) else { return };
        let Some(expected) = run("bcftools", &["view", "--no-version", "-H", &name]) else { return };
        compare(&path, &bcf.unwrap(), &expected.unwrap());
    }
}

/// Compares a VCF file by way of the BCF that bcftools makes of it; nothing when bcftools is absent.
fn compare_by_way_of_bcf(path: &Path) -> Option<()> {
    let name = path.to_string_lossy();
    let to_bcf = format!("set -o pipefail; bcftools view --no-version -Ob '{name}'");
    let bcf = run("bash", &["-c", &format!("{to_bcf} | bgzip -dc")])?.unwrap();
    let expected = run("bash", &["-c", &format!("{to_bcf} | bcftools view --no-version -H -")])?.unwrap();
    compare(path, &bcf, &expected);
    assert_idx_says_what_order_says(path, &bcf);
    Some(())
}

/// The text of a VCF file with a header line for each contig and key that it lacks: a BCF needs them,
/// a VCF does not.
pub(super) fn complete(path: &Path) -> Option<String> {
    let name = path.to_string_lossy();
    let warnings = run("bash", &["-c", &format!("bcftools view '{name}' 2>&1 >/dev/null || true")])?.unwrap();
    let mut lines = String::new();
    for warning in String::from_utf8_lossy(&warnings).lines().filter(|w| w.contains("not defined")) {
        let id = warning.split('\'').nth(1).unwrap();
        let any = "Number=.,Type=String,Description=\"\"";
        lines += &match () {
            () if warning.contains("Contig") => format!("##contig=<ID={id}>\n"),
            () if warning.contains("FILTER") => format!("##FILTER=<ID={id},Description=\"\">\n"),
            () if warning.contains("INFO") => format!("##INFO=<ID={id},{any}>\n"),
            () => format!("##FORMAT=<ID={id},{any}>\n"),
        };
    }
    let text = String::from_utf8(std::fs::read(path).unwrap()).unwrap();
    Some(text.replacen("\n#CHROM", &format!("\n{lines}#CHROM"), 1))
}

/// bcftools numbers the lines of a VCF header in their order: without IDX the dictionaries are the same
/// (VCF 4.3 §6.2.1).
fn assert_idx_says_what_order_says(path: &Path, bcf: &[u8]) {
    let text = String::from_utf8(split(bcf).0.to_vec()).unwrap();
    let strip = |line: &str| match line.rfind(",IDX=") {
        Some(at) => format!("{}>\n", &line[..at]),
        None => format!("{line}\n"),
    };
    let without: String = text.lines().map(strip).collect();
    assert!(text.contains(",IDX=") && !without.contains(",IDX="));
    let with = Header::parse(text.as_bytes()).unwrap();
    let without = Header::parse(without.as_bytes()).unwrap();
    assert_eq!(with.strings, without.strings, "{}", path.display());
    assert_eq!(with.contig_strings, without.contig_strings, "{}", path.display());
}

#[test]
fn vcf_files_survive_bcf() {
    let (Some(folder), Some(_)) = (corpus("variants"), tools()) else { return };
    for path in files(&folder, ".vcf.gz") {
        if compare_by_way_of_bcf(&path).is_none() {
            return;
        }
    }
}

#[test]
fn specification_files_survive_bcf() {
    let completed = std::env::temp_dir().join(format!("bioserde-{}.vcf", std::process::id()));
    for version in ["4.1", "4.2", "4.3", "4.5"] {
        let folder = corpus(&format!("specs/vcf/{version}/passed"));
        let (Some(folder), Some(_)) = (folder, tools()) else { return };
        for path in files(&folder, ".vcf") {
            let Some(text) = complete(&path) else { return };
            std::fs::write(&completed, text).unwrap();
            if compare_by_way_of_bcf(&completed).is_none() {
                return;
            }
        }
    }
    std::fs::remove_file(completed).unwrap();
}

/// Nothing when a program that a pipe needs is absent.
pub(super) fn tools() -> Option<()> {
    _ = run("bcftools", &["--version"])?;
    _ = run("bgzip", &["--version"])?;
    Some(())
}
