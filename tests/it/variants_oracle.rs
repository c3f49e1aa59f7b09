//! Every VCF and BCF file that must be accepted, as columns, against its own text.

use std::fs;
use std::path::{Path, PathBuf};

use bioserde_testkit::{bgzf, compare_lines, samples, variants};

use crate::floats::with_equal_floats;
use crate::oracle::{corpus, files, has_tools, must};
use crate::program::{convert, root};
use crate::table::{Cell, Table};
use crate::vcf_line::{VcfColumns, render};

#[test]
fn corpus_variants_are_reproduced() {
    let Some(corpus) = corpus() else { return };
    let mut inputs = files(&corpus.join("variants"), &[".vcf.gz", ".vcf.bgz"]);
    let passed = files(&corpus.join("specs/vcf"), &[".vcf"]);
    inputs.extend(passed.into_iter().filter(|p| !p.to_str().unwrap().contains("/failed/")));
    check(&inputs);
}

#[test]
fn corpus_bcf_equals_bcftools() {
    let Some(corpus) = corpus() else { return };
    if has_tools(&["bcftools"]) {
        check(&files(&corpus.join("variants"), &[".bcf"]));
    }
}

#[test]
fn generated_variants_are_reproduced() {
    let folder = tempfile::tempdir().unwrap();
    let mut inputs = vec![root().join("tests/data/calls.vcf.gz")];
    for samples in [0, 1, 3, 200] {
        let header = variants::case_header(samples);
        let cases = variants::cases(samples);
        // The last line without its end is still a line.
        let text = variants::vcf_text(&header, &cases);
        let open = text.trim_end().as_bytes().to_vec();
        let windows = text.replace('\n', "\r\n").into_bytes();
        let parsed = bioserde_core::vcf::Header::parse(header.as_bytes()).unwrap();
        let n = if samples > 3 { 100 } else { 1500 };
        let arbitrary = self::samples(&variants::arb_variant_line(&parsed), 5, n);
        let typical = variants::typical(14, n, samples);
        let typical_header = variants::typical_header(samples);
        for (name, bytes) in [
            (format!("cases{samples}.vcf"), text.clone().into_bytes()),
            (format!("cases{samples}.vcf.gz"), variants::vcf_bgzf(&header, &cases, &[700, 1, 0, 13], true)),
            (format!("open{samples}.vcf"), open),
            (format!("windows{samples}.vcf"), windows),
            (
                format!("typical{samples}.vcf.gz"),
                variants::vcf_bgzf(&typical_header, &typical, &[9000], true),
            ),
            (format!("arbitrary{samples}.vcf"), variants::vcf_text(&header, &arbitrary).into_bytes()),
            (format!("none{samples}.vcf"), header.into_bytes()),
        ] {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            inputs.push(path);
        }
    }
    check(&inputs);
}

#[test]
fn generated_bcf_equals_bcftools() {
    if !has_tools(&["bcftools"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut inputs = Vec::new();
    for samples in [0, 1, 3, 200] {
        let (vcf, bcf) =
            (folder.path().join("typical.vcf"), folder.path().join(format!("typical{samples}.bcf")));
        let lines = variants::typical(15, if samples > 3 { 200 } else { 2000 }, samples);
        fs::write(&vcf, variants::vcf_text(&variants::typical_header(samples), &lines)).unwrap();
        must("bcftools", &["view", "-Ob", "-o", bcf.to_str().unwrap(), vcf.to_str().unwrap()]);
        inputs.push(bcf);
    }
    // What `bcftools` can take of the unusual sites.
    let (vcf, bcf) = (folder.path().join("cases.vcf"), folder.path().join("cases.bcf"));
    let lines: Vec<String> = variants::cases(0)
        .into_iter()
        .filter(|l| !l.contains("declared") && !l.contains("Infinity"))
        .collect();
    fs::write(&vcf, variants::vcf_text(&variants::case_header(0), &lines)).unwrap();
    must("bcftools", &["view", "-Ob", "-o", bcf.to_str().unwrap(), vcf.to_str().unwrap()]);
    inputs.push(bcf);
    check(&inputs);
}

fn check(inputs: &[PathBuf]) {
    let faults: Vec<String> = inputs.iter().filter_map(|input| check_file(input).err()).collect();
    assert!(faults.is_empty(), "{} of {} files:\n{}", faults.len(), inputs.len(), faults.join("\n"));
}

/// Converts a file and makes its lines again from the columns.
pub(crate) fn check_file(input: &Path) -> Result<(), String> {
    let name = input.file_name().unwrap().to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.parquet");
    let run = convert(input, &out, &[]);
    if run.code != Some(0) {
        return Err(format!("{name}: refused: {}", run.stderr.trim()));
    }
    let table = Table::read(&out);
    let columns = VcfColumns::of(&table);
    let mut needed = 0;
    let lines: Vec<String> = table
        .rows()
        .map(|row| match row.get("residual") {
            // That of BCF is a record, whose bytes the columns do not tell; its line they do, but -0.
            Cell::Bytes(record) if name.ends_with(".bcf") => {
                needed += 1;
                let line = render(row, &columns);
                let is_negative_zero = record.get(20..24) == Some(&(-0.0f32).to_le_bytes());
                if is_negative_zero { with_qual(&line, "-0") } else { line }
            }
            Cell::Bytes(line) => {
                needed += 1;
                String::from_utf8(line).unwrap()
            }
            _ => render(row, &columns),
        })
        .collect();
    println!("{name}: {} rows, {needed} of them with residual", lines.len());
    if name.ends_with(".bcf") {
        let expected = must("bcftools", &["view", "-H", input.to_str().unwrap()]);
        let mut got = lines.iter().map(|l| l.trim_end().to_owned()).collect::<Vec<_>>();
        for (got, expected) in got.iter_mut().zip(expected.lines()) {
            *got = with_equal_floats(expected, got);
        }
        return compare_lines(expected.lines(), &got).map_err(|d| format!("{name} against bcftools: {d}"));
    }
    let source = String::from_utf8(bytes(input)).unwrap();
    // `lines` takes LF and CR LF, either of which ends a line (VCF 4.3 §1.2).
    let expected = source.lines().filter(|l| !l.starts_with('#') && !l.is_empty());
    compare_lines(expected, &lines).map_err(|d| format!("{name} against its source: {d}"))
}

fn with_qual(line: &str, qual: &str) -> String {
    let mut fields: Vec<&str> = line.split('\t').collect();
    fields[5] = qual;
    fields.join("\t")
}

fn bytes(input: &Path) -> Vec<u8> {
    let file = fs::read(input).unwrap();
    if !file.starts_with(&[0x1f, 0x8b]) {
        return file;
    }
    let inflated = bgzf::decompress(&file);
    assert!(!inflated.is_empty(), "{} is no BGZF file", input.display());
    inflated
}
