//! What is written is what samtools reads, and what the decoder reads.

#![cfg(test)]

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use bioserde_core::sam;
use bioserde_cram::{
    Changes, ContainerEncoder, CramFault, CramReader, EOF_CONTAINER, ReadOptions, Reference, file_start,
    index_lines_to_crai, with_digests,
};
use bioserde_storage::Source;
use bioserde_testkit::alignments;
use flate2::read::MultiGzDecoder;

fn has_samtools() -> bool {
    let is_there = Command::new("samtools").arg("--version").output().is_ok();
    if !is_there {
        assert!(std::env::var_os("BIOSERDE_REQUIRE_ORACLES").is_none(), "samtools is not there");
        let _ = writeln!(io::stderr(), "skipped: samtools is not there");
    }
    is_there
}

fn corpus(path: &str) -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let folder = PathBuf::from(std::env::var("BIOSERDE_CORPUS").unwrap_or_else(|_| beside.to_owned()));
    let path = folder.join(path);
    if !path.exists() {
        assert!(std::env::var_os("BIOSERDE_REQUIRE_ORACLES").is_none(), "the corpus is not there");
        let _ = writeln!(io::stderr(), "skipped: the corpus is not there");
        return None;
    }
    Some(path)
}

fn samtools(arguments: &[&str]) -> String {
    let output = Command::new("samtools").args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// The text of the header and the records of a BAM file.
struct Bam {
    text: Vec<u8>,
    records: Vec<Vec<u8>>,
}

impl Bam {
    fn read(path: &Path) -> Self {
        let mut bytes = Vec::new();
        MultiGzDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        let text = bytes[8..8 + word(4)].to_vec();
        let mut at = 8 + word(4);
        let sequences = word(at);
        at += 4;
        for _ in 0..sequences {
            at += word(at) + 8;
        }
        let mut records = Vec::new();
        while at < bytes.len() {
            let end = at + 4 + word(at);
            records.push(bytes[at..end].to_vec());
            at = end;
        }
        let end = text.iter().position(|b| *b == 0).unwrap_or(text.len());
        Self { text: text[..end].to_vec(), records }
    }

    /// Writes a CRAM file with its CRAI.
    fn write(&self, path: &Path, reference: Option<&Arc<Reference>>) -> Result<Changes, CramFault> {
        let text = match reference {
            Some(reference) => with_digests(&self.text, reference)?,
            None => self.text.clone(),
        };
        let header = sam::Header::parse(&text).unwrap();
        let encoder = ContainerEncoder::new(&header, reference.cloned());
        let mut bytes = file_start(&text)?;
        let (mut records, mut changes, mut lines) = (0, Changes::default(), Vec::new());
        for container in encoder.encode(self.records.iter().map(Vec::as_slice))? {
            lines.extend(container.put(records, bytes.len() as u64, &mut bytes)?);
            records += container.records();
            changes.merge(container.changes());
        }
        assert_eq!(records, self.records.len() as u64);
        bytes.extend(EOF_CONTAINER);
        fs::write(path, bytes).unwrap();
        fs::write(path.with_extension("cram.crai"), index_lines_to_crai(&lines).unwrap()).unwrap();
        Ok(changes)
    }
}

/// The file as this crate reads it, as a BAM file.
fn unpack(path: &Path, reference: Option<&Arc<Reference>>, to: &Path) {
    let source = Arc::new(Source::open(path.to_str().unwrap()).unwrap());
    let mut reader = CramReader::open(source, ReadOptions { generates_tags: false }).unwrap();
    let mut bytes = reader.bam_header();
    while let Some(container) = reader.next_container().unwrap() {
        bytes.extend(container.decode(reference.map(Arc::as_ref)).unwrap());
    }
    fs::write(to, bytes).unwrap();
}

fn lines(path: &Path, fasta: Option<&Path>) -> Vec<String> {
    let mut arguments = vec!["view", "--input-fmt-option", "decode_md=0"];
    if let Some(fasta) = fasta {
        arguments.extend(["-T", fasta.to_str().unwrap()]);
    }
    arguments.push(path.to_str().unwrap());
    samtools(&arguments).lines().map(str::to_owned).collect()
}

/// A line as CRAM holds it: `=` and `X` are `M`, equal operations are one, those of length 0 are none;
/// FLAG has 12 bits; an unpaired read has no RNEXT; an unmapped read has neither CIGAR nor MAPQ; a mapped one with bases has a CIGAR.
fn held(line: &str) -> String {
    let mut fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
    let flags = fields[1].parse::<u16>().unwrap() & 0xfff;
    fields[1] = flags.to_string();
    if flags & 1 == 0 {
        fields[6] = "*".to_owned();
    }
    if flags & 4 != 0 {
        fields[4] = "0".to_owned();
        fields[5] = "*".to_owned();
    } else if fields[5] == "*" && fields[9] != "*" {
        fields[5] = format!("{}S", fields[9].len());
    } else if fields[5] != "*" {
        fields[5] = joined(&fields[5]);
    }
    fields.join("\t")
}

fn joined(cigar: &str) -> String {
    let mut operations: Vec<(u64, char)> = Vec::new();
    let mut len = 0;
    for c in cigar.chars() {
        if let Some(digit) = c.to_digit(10) {
            len = len * 10 + u64::from(digit);
            continue;
        }
        let operation = if matches!(c, '=' | 'X') { 'M' } else { c };
        match operations.last_mut() {
            Some((before, last)) if *last == operation => *before += len,
            _ if len > 0 => operations.push((len, operation)),
            _ => {}
        }
        len = 0;
    }
    operations.iter().map(|(len, operation)| format!("{len}{operation}")).collect()
}

fn assert_same(own: &[String], expected: &[String], what: &str) {
    assert_eq!(own.len(), expected.len(), "{what}");
    for (own, expected) in own.iter().zip(expected) {
        assert_eq!(own, expected, "{what}");
    }
}

/// Writes a BAM file as CRAM and compares what samtools and this crate read.
fn check(bam: &Path, fasta: Option<&Path>, work: &Path) -> (PathBuf, Changes) {
    let what = format!("{} {}", bam.display(), fasta.is_some());
    let reference = fasta.map(|path| Arc::new(Reference::open(path).unwrap()));
    let cram = work.join("own.cram");
    let changes = Bam::read(bam).write(&cram, reference.as_ref()).unwrap();
    // It refuses headers without reference sequences.
    if samtools(&["view", "-H", bam.to_str().unwrap()]).contains("@SQ") {
        samtools(&["quickcheck", cram.to_str().unwrap()]);
    }
    let expected: Vec<_> = lines(bam, None).iter().map(|line| held(line)).collect();
    assert_same(&lines(&cram, fasta), &expected, &what);
    let unpacked = work.join("unpacked.bam");
    unpack(&cram, reference.as_ref(), &unpacked);
    assert_same(&lines(&unpacked, None), &expected, &what);
    (cram, changes)
}

/// A reference with the sequences of a header, in which most reads match.
fn consensus(bam: &Path, work: &Path) -> PathBuf {
    let header = samtools(&["view", "-H", bam.to_str().unwrap()]);
    let mut fasta = String::new();
    let mut sequences = Vec::new();
    for line in header.lines().filter(|line| line.starts_with("@SQ")) {
        let field = |key: &str| line.split('\t').find_map(|f| f.strip_prefix(key)).unwrap();
        let len: usize = field("LN:").parse().unwrap();
        let bases: Vec<u8> = (0..len).map(|at| b"ACGTNRacgt"[at * 7 % 101 % 10]).collect();
        sequences.push((field("SN:").to_owned(), bases));
    }
    for line in lines(bam, None) {
        let fields: Vec<&str> = line.split('\t').collect();
        let Some((_, bases)) = sequences.iter_mut().find(|(name, _)| name == fields[2]) else { continue };
        let start = fields[3].parse::<usize>().unwrap().saturating_sub(1);
        // Alignments of other kinds do not match, which is fine.
        for (at, base) in fields[9].bytes().enumerate().filter(|(_, base)| b"ACGT".contains(base)) {
            if let Some(place) = bases.get_mut(start + at) {
                *place = base;
            }
        }
    }
    for (name, bases) in sequences {
        fasta.push_str(&format!(">{name}\n{}\n", String::from_utf8(bases).unwrap()));
    }
    let path = work.join("reference.fa");
    fs::write(&path, fasta).unwrap();
    samtools(&["faidx", path.to_str().unwrap()]);
    path
}

fn generated(name: &str, work: &Path, sorts: bool) -> PathBuf {
    let (header, mut records) = match name {
        "cases" => alignments::cases(),
        "long" => alignments::long_reads(),
        _ => (alignments::typical_header(), alignments::typical(7, 25_000)),
    };
    if sorts {
        alignments::sort(&mut records);
    }
    let bytes = alignments::bam_bytes(&header, &records);
    let path = work.join(format!("{name}.bam"));
    fs::write(&path, bioserde_testkit::bgzf::compress(&bytes, &[0xff00], true)).unwrap();
    path
}

#[test]
fn odd_reads_are_what_they_were() {
    if !has_samtools() {
        return;
    }
    for name in ["cases", "long", "typical"] {
        let work = tempfile::tempdir().unwrap();
        for sorts in [false, true] {
            let bam = generated(name, work.path(), sorts);
            check(&bam, None, work.path());
        }
    }
}

#[test]
fn real_reads_are_what_they_were() {
    let Some(bam) = corpus("reads/htsnexus_test_NA12878.bam") else { return };
    if !has_samtools() {
        return;
    }
    let work = tempfile::tempdir().unwrap();
    let (cram, changes) = check(&bam, None, work.path());
    assert_eq!(changes.sequence_matches + changes.missing_cigars + changes.empty_names, 0);
    let queries = ["11:5000000-5010000", "11:4999976", "20", "*", "11:5015000-5015100", "X"];
    let ask = |path: &Path, query: &str| samtools(&["view", path.to_str().unwrap(), query]);
    let answers = |path: &Path| queries.map(|query| ask(path, query));
    let expected = answers(&bam).map(|a| a.lines().map(|line| held(line) + "\n").collect::<String>());
    assert!(!expected[0].is_empty() && !expected[3].is_empty());
    assert!(answers(&cram) == expected, "by the index of this crate");
    fs::remove_file(work.path().join("own.cram.crai")).unwrap();
    samtools(&["index", cram.to_str().unwrap()]);
    assert!(answers(&cram) == expected, "by the index of samtools");
}

#[test]
fn passed_files_of_hts_specs_are_what_they_were() {
    let Some(folder) = corpus("specs/sam/passed") else { return };
    if !has_samtools() {
        return;
    }
    let mut compared = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let work = tempfile::tempdir().unwrap();
        let bam = work.path().join("in.bam");
        let mut command = Command::new("samtools");
        command.args(["view", "-b", "-o"]).arg(&bam).arg(&path);
        // The older samtools refuses some.
        if path.extension().is_some_and(|e| e == "sam") && command.output().unwrap().status.success() {
            let _ = writeln!(io::stderr(), "{}", path.display());
            check(&bam, None, work.path());
            compared += 1;
        }
    }
    assert!(compared > 30, "{compared}");
}

#[test]
fn reads_with_a_reference_are_what_they_were() {
    let Some(folder) = corpus("specs/cram") else { return };
    if !has_samtools() {
        return;
    }
    let fasta = folder.join("ce.fa");
    let mut compared = 0;
    for entry in fs::read_dir(folder.join("3.0/passed")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "cram") {
            continue;
        }
        let work = tempfile::tempdir().unwrap();
        let bam = work.path().join("in.bam");
        let mut arguments = vec!["view", "--input-fmt-option", "decode_md=0", "-b", "-T"];
        arguments.extend([fasta.to_str().unwrap(), "-o", bam.to_str().unwrap(), path.to_str().unwrap()]);
        samtools(&arguments);
        let _ = writeln!(io::stderr(), "{}", path.display());
        check(&bam, None, work.path());
        if samtools(&["view", "-H", bam.to_str().unwrap()]).contains("SN:CHROMOSOME_I") {
            check(&bam, Some(&fasta), work.path());
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared}");
}

#[test]
fn made_references_are_left_where_reads_differ() {
    if !has_samtools() {
        return;
    }
    let work = tempfile::tempdir().unwrap();
    let sam = work.path().join("in.sam");
    let mut text = "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:a\tLN:500\n@SQ\tSN:b\tLN:90\n@RG\tID:x\n".to_owned();
    let cigars =
        ["20M", "5S10M5S", "3H4M2I6M1D8M", "5M5N5M1P10M2H", "10=10X", "2M18I", "20S", "5M3D3N15M", "1M1X18M"];
    for at in 0..900_usize {
        let bases: String =
            (0..20).map(|i| char::from(b"ACGTACGTNRACGT=M"[(at * 13 + i * 5) % 16])).collect();
        let position = 1 + at / 2;
        let cigar = cigars[at % cigars.len()];
        text.push_str(&format!(
            "r{at}\t0\ta\t{position}\t9\t{cigar}\t*\t0\t0\t{bases}\t*\tXA:A:c\tRG:Z:x\tXB:B:s,1,-2\n"
        ));
    }
    for at in 0..40 {
        text.push_str(&format!("s{at}\t16\tb\t{}\t9\t20M\ta\t{at}\t-5\t*\t*\tRG:Z:x\tXF:f:0.5\n", at + 60));
    }
    text.push_str("u\t4\t*\t0\t0\t*\t*\t0\t0\tACGT\tIIII\n");
    fs::write(&sam, text).unwrap();
    let bam = work.path().join("in.bam");
    samtools(&["view", "-b", "-o", bam.to_str().unwrap(), sam.to_str().unwrap()]);
    let fasta = consensus(&bam, work.path());
    for fasta in [None, Some(fasta.as_path())] {
        let (_, changes) = check(&bam, fasta, work.path());
        assert_eq!((changes.sequence_matches, changes.joined_operations), (200, 0));
    }
}
