//! Odd records go to every table and come back as they were.
//!
//! `BIOSERDE_ROUNDTRIP_RECORDS` asks for more of them.

use std::fs;
use std::path::{Path, PathBuf};

use bioserde_testkit::alignments::{self, arb_alignment, bam_header_bytes, bam_record_bytes, sam_line};
use bioserde_testkit::variants::{arb_variant_line, case_header, cases, vcf_text};
use bioserde_testkit::{Random, bgzf, samples};

use crate::oracle::{has_tools, must};
use crate::program::convert;

const TABLES: [&str; 4] = ["parquet", "arrow", "db", "jsonl"];

/// How many records of each kind.
fn count() -> usize {
    std::env::var("BIOSERDE_ROUNDTRIP_RECORDS").map_or(2000, |n| n.parse().unwrap())
}

#[test]
fn bam_records_come_back() {
    let header = alignments::typical_header();
    let mut random = Random::new(41);
    let mut bytes = bam_header_bytes(&header);
    let mut add = |mut record: Vec<u8>, random: &mut Random| {
        if random.one_in(4) {
            damage(&mut record, random);
        }
        bytes.extend(record);
    };
    for record in alignments::cases().1 {
        add(bam_record_bytes(&record), &mut random);
    }
    for record in samples(&arb_alignment(), 17, count()) {
        add(bam_record_bytes(&record), &mut random);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.bam");
    fs::write(&path, bgzf::compress(&bytes, &[60_000], true)).unwrap();
    check(&path, &bytes, bgzf::decompress);
}

/// Changes bytes that no other part of a record depends on: the bin, padding, qualities, the first letter of
/// the name, the letters of a tag.
fn damage(record: &mut [u8], random: &mut Random) {
    let word = |record: &[u8], at: usize| u32::from_le_bytes(record[at..at + 4].try_into().unwrap()) as usize;
    let name_len = usize::from(record[12]);
    let cigar = 4 * usize::from(u16::from_le_bytes([record[16], record[17]]));
    let l_seq = word(record, 20);
    let seq = 36 + name_len + cigar;
    let qual = seq + l_seq.div_ceil(2);
    let tags = qual + l_seq;
    match random.below(5) {
        0 => record[14] ^= 1 << random.below(8),
        1 if l_seq % 2 == 1 => record[qual - 1] |= 1 + u8::try_from(random.below(15)).unwrap(),
        2 if l_seq > 0 => record[qual + random.index(l_seq)] = u8::try_from(random.below(256)).unwrap(),
        3 if name_len > 1 => record[36] = u8::try_from(1 + random.below(255)).unwrap(),
        _ if tags < record.len() => record[tags] = u8::try_from(random.below(256)).unwrap(),
        _ => record[14] ^= 0x80,
    }
}

#[test]
fn sam_lines_come_back() {
    let header = alignments::typical_header();
    let mut random = Random::new(42);
    let mut text = header.text.clone();
    for record in samples(&arb_alignment(), 18, count()) {
        let mut fields: Vec<String> = sam_line(&header, &record).split('\t').map(str::to_owned).collect();
        match random.below(12) {
            1 if !fields[8].starts_with('-') => fields[8] = format!("+{}", fields[8]),
            2 => fields[9] = fields[9].to_lowercase(),
            3 => fields[9] = fields[9].replace('A', "."),
            4 if fields[6] == "=" => fields[6] = fields[2].clone(),
            5 => fields.push("X0:f:-0".to_owned()),
            6 => fields.push("X0:f:1.50".to_owned()),
            7 => fields.push("X0:i:007".to_owned()),
            8 => fields.push("X0:B:f,nan,-0.0,1e-45".to_owned()),
            _ => {}
        }
        // An integer with a leading zero is refused.
        if fields.last().is_some_and(|f| f == "X0:i:007") {
            fields.pop();
        }
        text.push_str(&fields.join("\t"));
        text.push_str(if random.one_in(20) { "\r\n" } else { "\n" });
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.sam");
    fs::write(&path, &text).unwrap();
    check(&path, text.as_bytes(), |file| file.to_vec());
}

#[test]
fn vcf_lines_come_back() {
    for n in [0, 1, 3] {
        let text = odd_vcf(n, 19, count() / 3 + 1);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("odd.vcf");
        fs::write(&path, &text).unwrap();
        check(&path, text.as_bytes(), |file| file.to_vec());
        let zipped = folder.path().join("odd.vcf.gz");
        fs::write(&zipped, bgzf::compress(text.as_bytes(), &[50_000], true)).unwrap();
        check(&zipped, text.as_bytes(), bgzf::decompress);
    }
}

fn odd_vcf(samples: usize, seed: u8, n: usize) -> String {
    let header = case_header(samples);
    let parsed = bioserde_core::vcf::Header::parse(header.as_bytes()).unwrap();
    let mut random = Random::new(u64::from(seed));
    let mut lines = cases(samples);
    for line in bioserde_testkit::samples(&arb_variant_line(&parsed), seed, n) {
        let mut fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
        match random.below(10) {
            0 => fields[7].push(';'),
            1 => fields[7] = format!("DP=0{};{}", random.below(9), fields[7]),
            2 => fields[5] = format!("{}.{}0", random.below(99), random.below(99)),
            3 => fields[5] = "-0".to_owned(),
            4 => fields[7] = format!("{};AF=-0.0,1E3,.5", fields[7]),
            5 => fields[7] = format!("=1;{}", fields[7]),
            6 => fields[1] = format!("0{}", fields[1]),
            7 if samples > 0 => fields[8] = format!("{0}:{0}", fields[8]),
            8 if samples > 1 => fields[9].push_str(":."),
            _ => {}
        }
        let end = if random.one_in(20) { "\r" } else { "" };
        lines.push(fields.join("\t") + end);
    }
    vcf_text(&header, &lines)
}

/// BCF as bcftools makes it of what VCF text can be read by it.
#[test]
fn bcf_records_come_back() {
    if !has_tools(&["bcftools"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (text, path) = (folder.path().join("typical.vcf"), folder.path().join("typical.bcf"));
    for n in [0, 1, 3] {
        let header = bioserde_testkit::variants::typical_header(n);
        let lines = bioserde_testkit::variants::typical(43, count() / 3 + 1, n);
        fs::write(&text, vcf_text(&header, &lines)).unwrap();
        must(
            "bcftools",
            &["view", "--no-version", "-Ob", "-o", path.to_str().unwrap(), text.to_str().unwrap()],
        );
        let bytes = bgzf::decompress(&fs::read(&path).unwrap());
        check(&path, &bytes, bgzf::decompress);
    }
}

/// Takes a file to each table and back.
fn check(path: &Path, bytes: &[u8], content: impl Fn(&[u8]) -> Vec<u8>) {
    for table in TABLES {
        let there: PathBuf = path.with_extension(format!("there.{table}"));
        let name = path.file_name().unwrap().to_str().unwrap();
        let back = path.with_file_name(format!("back.{name}"));
        let args = ["--overwrite", "--quiet"];
        convert(path, &there, &args).ok();
        let original = path.to_str().unwrap();
        let header: &[&str] = if table == "jsonl" { &["--header-from", original] } else { &[] };
        convert(&there, &back, &[&args[..], header].concat()).ok();
        let found = content(&fs::read(&back).unwrap());
        let same = found.iter().zip(bytes).take_while(|(a, b)| a == b).count();
        let near =
            |all: &[u8]| all[same.saturating_sub(60)..all.len().min(same + 60)].escape_ascii().to_string();
        assert!(
            found == bytes,
            "{name} by {table} differs at byte {same}:\n{}\n{}",
            near(bytes),
            near(&found)
        );
    }
}
