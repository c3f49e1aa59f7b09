//! Slices of CRAM that are cut at records: by samtools they hold what it finds in the file, and no other
//! record.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use bioserde_core::{Interval, Position};
use bioserde_read::{CramDataset, Part, Reference, Share, Slice, Want};
use bioserde_testkit::Random;

use crate::cram_records::generated;
use crate::oracle::{corpus, files, has_tools};

/// Queries on each file; `BIOSERDE_CRAM_CASES` asks for more or less.
const CASES: usize = 20;
/// Of these so many are asked of samtools by its own index as well.
const ASKED: usize = 10;

/// How files are made, and whether slices of them are exact.
const KINDS: [(&str, bool); 12] = [
    ("version=3.0,seqs_per_slice=100", true),
    ("version=3.0,seqs_per_slice=100,slices_per_container=3", true),
    ("version=3.0,seqs_per_slice=100,multi_seq_per_slice=1", true),
    ("version=3.0,seqs_per_slice=100,slices_per_container=2,multi_seq_per_slice=1", true),
    ("version=3.0,seqs_per_slice=100,no_ref=1", true),
    ("version=3.0,seqs_per_slice=100,no_ref=1,multi_seq_per_slice=1", true),
    ("version=3.0,seqs_per_slice=100,embed_ref=1", true),
    ("version=3.1,seqs_per_slice=100", true),
    ("version=3.1,small,seqs_per_slice=100,slices_per_container=3,multi_seq_per_slice=1", true),
    ("version=3.1,archive", true),
    ("version=2.1,seqs_per_slice=100", false),
    ("version=2.1,seqs_per_slice=100,no_ref=1", false),
];

#[test]
fn exact_slices_of_generated_reads_hold_what_samtools_finds() {
    if !has_tools(&["samtools"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (bam, reference) = generated(folder.path());
    let bam = half_tagged(&bam, folder.path());
    for (i, (kind, is_exact)) in KINDS.iter().enumerate() {
        let cram = made(&bam, &reference, kind, &folder.path().join(format!("{i}.cram")));
        let original = Original::read(&cram, &reference, folder.path());
        assert_eq!(original.dataset.is_exact(), *is_exact, "{kind}");
        if *is_exact {
            let tally = original.check(cases(), &mut Random::new(i as u64));
            assert!(tally.records > cases() && tally.encoded > cases() / 4, "{kind}: {tally:?}");
            assert!(
                tally.raw > cases() / 4 || kind.contains("multi") || kind.contains("archive"),
                "{kind}: {tally:?}"
            );
        }
    }
}

#[test]
fn exact_slices_of_corpus_cram_hold_what_samtools_finds() {
    let Some(corpus) = corpus().filter(|_| has_tools(&["samtools"])) else { return };
    let folder = tempfile::tempdir().unwrap();
    let reference = copy(&corpus.join("specs/cram/ce.fa"), folder.path());
    let mut exact = 0;
    for input in files(&corpus.join("specs/cram"), &[".cram"]) {
        if text(&input).contains("/failed/") {
            continue;
        }
        let cram = copy(&input, folder.path());
        // What cannot be indexed has no slices.
        if Command::new("samtools").args(["index", text(&cram)]).output().unwrap().status.success() {
            let original = Original::read(&cram, &reference, folder.path());
            if original.dataset.is_exact() {
                original.check(cases(), &mut Random::new(3));
                exact += 1;
            }
        }
        fs::remove_file(&cram).unwrap();
    }
    assert!(exact > 40, "{exact}");
}

#[test]
fn exact_slices_of_corpus_reads_hold_what_samtools_finds() {
    let Some(corpus) = corpus().filter(|_| has_tools(&["samtools"])) else { return };
    let folder = tempfile::tempdir().unwrap();
    for bam in files(&corpus.join("reads"), &[".bam"]) {
        let sample = folder.path().join("sample.bam");
        samtools(&["view", "-b", "-s", "7.08", "-o", text(&sample), text(&bam)]);
        for (i, kind) in
            ["version=3.0,no_ref=1,seqs_per_slice=500", "version=3.1,no_ref=1,seqs_per_slice=500"]
                .iter()
                .enumerate()
        {
            let cram = folder.path().join(format!("{i}.cram"));
            samtools(&["view", "-O", &format!("cram,{kind}"), "-o", text(&cram), text(&sample)]);
            samtools(&["index", text(&cram)]);
            let original = Original::read(&cram, Path::new(""), folder.path());
            assert!(original.dataset.is_exact());
            original.check(cases(), &mut Random::new(i as u64));
        }
    }
}

#[test]
fn what_a_file_lacks_is_told_before_it_is_decoded() {
    if !has_tools(&["samtools"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (bam, reference) = generated(folder.path());
    let good = Reference::open(&reference).unwrap();
    let other = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        Reference::open(&path).unwrap()
    };
    let fasta = fs::read_to_string(&reference).unwrap();
    let (one, others) = fasta.split_once("\n>chr2").unwrap();
    let shorter = other("shorter.fa", format!("{}\n>chr2{others}", &one[..one.len() - 1]));
    let without = other("without.fa", fasta.replace(">chr2", ">chrY"));
    let complement = |line: &str| match line.starts_with('>') {
        true => format!("{line}\n"),
        false => format!("{}\n", line.replace('A', "T")),
    };
    let altered = other("altered.fa", fasta.lines().map(complement).collect());
    let lacks = |kind: &str, reference: Option<&Reference>| {
        let cram = made(&bam, &folder.path().join("reference.fa"), kind, &folder.path().join("x.cram"));
        let dataset = CramDataset::open(text(&cram)).unwrap();
        dataset.lacks(reference).map(|fault| fault.to_string())
    };
    assert_eq!(lacks("version=3.0", Some(&good)), None);
    assert!(lacks("version=3.0", None).unwrap().starts_with("the records need reference sequence `chr1`"));
    assert!(lacks("version=3.0", Some(&shorter)).unwrap().contains("bases, the header says 25000"));
    assert!(lacks("version=3.0", Some(&without)).unwrap().contains("has no sequence `chr2`"));
    assert!(lacks("version=3.0", Some(&altered)).unwrap().contains("was written against"));
    for kind in ["version=3.0,no_ref=1", "version=3.0,embed_ref=1", "version=2.1,no_ref=1"] {
        assert_eq!(lacks(kind, None), None, "{kind}");
        assert_eq!(lacks(kind, Some(&without)), None, "{kind}");
    }
}

fn cases() -> usize {
    std::env::var("BIOSERDE_CRAM_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(CASES)
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A copy that may be written beside, as the corpus may not.
pub(crate) fn copy(path: &Path, folder: &Path) -> PathBuf {
    let copy = folder.join(path.file_name().unwrap());
    fs::write(&copy, fs::read(path).unwrap()).unwrap();
    copy
}

/// What samtools prints, without a look for reference sequences in the network.
pub(crate) fn samtools(args: &[&str]) -> String {
    let output = Command::new("samtools").args(args).env("REF_PATH", "/").env_remove("REF_CACHE").output();
    let output = output.unwrap();
    assert!(output.status.success(), "samtools {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The same reads, every second without MD and NM, which readers of CRAM then make where there is a reference.
pub(crate) fn half_tagged(bam: &Path, folder: &Path) -> PathBuf {
    let is_kept = |number: usize, field: &str| {
        number.is_multiple_of(2) || !(field.starts_with("MD:") || field.starts_with("NM:"))
    };
    let line = |(number, line): (usize, &str)| {
        let fields: Vec<&str> = line.split('\t').filter(|field| is_kept(number, field)).collect();
        fields.join("\t") + "\n"
    };
    let text_of_all = samtools(&["view", "-h", text(bam)]);
    let (sam, half) = (folder.join("half.sam"), folder.join("half.bam"));
    fs::write(&sam, text_of_all.lines().enumerate().map(line).collect::<String>()).unwrap();
    samtools(&["view", "-b", "-o", text(&half), text(&sam)]);
    half
}

/// A CRAM file of a kind with its index.
pub(crate) fn made(bam: &Path, reference: &Path, kind: &str, cram: &Path) -> PathBuf {
    let format = format!("cram,{kind}");
    samtools(&["view", "-O", &format, "-T", text(reference), "-o", text(cram), text(bam)]);
    samtools(&["index", text(cram)]);
    cram.to_owned()
}

/// A line of SAM, and where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) line: String,
    rname: String,
    start: u64,
    end: u64,
}

impl Record {
    fn new(line: &str) -> Self {
        let fields: Vec<&str> = line.split('\t').collect();
        let (start, is_mapped) = (fields[3].parse().unwrap(), fields[1].parse::<u32>().unwrap() & 4 == 0);
        let (mut span, mut number) = (0, 0);
        for byte in fields[5].bytes().filter(|_| is_mapped) {
            match byte {
                b'0'..=b'9' => number = number * 10 + u64::from(byte - b'0'),
                b'M' | b'D' | b'N' | b'=' | b'X' => (span, number) = (span + number, 0),
                _ => number = 0,
            }
        }
        let end = start + span.max(1) - 1;
        Self { line: line.to_owned(), rname: fields[2].to_owned(), start, end }
    }
}

#[derive(Debug, Default)]
struct Tally {
    records: usize,
    raw: usize,
    encoded: usize,
}

pub(crate) struct Original {
    path: PathBuf,
    reference: PathBuf,
    folder: PathBuf,
    pub(crate) dataset: CramDataset,
    pub(crate) records: Vec<Record>,
}

impl Original {
    pub(crate) fn read(path: &Path, reference: &Path, folder: &Path) -> Self {
        let mut dataset = CramDataset::open(text(path)).unwrap();
        let opened = (!text(reference).is_empty()).then(|| Arc::new(Reference::open(reference).unwrap()));
        if dataset.lacks(opened.as_deref()).is_none() {
            dataset.cut_at_records(opened);
        }
        let (path, reference, folder) = (path.to_owned(), reference.to_owned(), folder.to_owned());
        let records = view(&path, &reference, None);
        Self { path, reference, folder, dataset, records }
    }

    /// Holds slices of random regions against samtools.
    fn check(&self, cases: usize, random: &mut Random) -> Tally {
        let mut tally = Tally::default();
        for case in 0..cases {
            let n = [1, 1, 2, 7, 40][random.index(5)];
            let wants: Vec<Want> = (0..n).filter_map(|_| self.want(random)).collect();
            self.check_wants(&wants, case < ASKED, &mut tally, random);
        }
        tally
    }

    fn check_wants(&self, wants: &[Want], is_asked: bool, tally: &mut Tally, random: &mut Random) {
        let shown = format!("{} {wants:?}", text(&self.path));
        let share = Share { wants: wants.to_vec(), after: None };
        let slice = self.dataset.slice_share(&share).unwrap().unwrap();
        for part in slice.parts() {
            match part {
                Part::Raw(_) => tally.raw += 1,
                Part::Encoded(_) => tally.encoded += 1,
            }
        }
        let expected: Vec<&Record> =
            self.records.iter().filter(|record| wants.iter().any(|want| self.is_in(record, *want))).collect();
        tally.records += expected.len();
        let got = self.save(&[slice]);
        self.check_same(&expected, &got, &shown);
        if is_asked && let [want] = wants {
            let region = self.region(*want);
            let asked = view(&self.path, &self.reference, Some(&region));
            self.check_same(&expected, &asked, &format!("{shown} by samtools"));
        }
        let (bytes, limit) = (u64::from(random.below(60_000)), 1 + random.index(4));
        let merged = merged(wants);
        if let Some(shares) = self.dataset.divide(&merged, bytes, limit) {
            let slices = shares.iter().map(|share| self.dataset.slice_share(share).unwrap().unwrap());
            let slices: Vec<Slice> = slices.collect();
            let got = self.save(&slices);
            self.check_same(&expected, &got, &format!("{shown} in {} shares", slices.len()));
        }
    }

    #[track_caller]
    fn check_same(&self, expected: &[&Record], got: &[Record], what: &str) {
        let first = expected.iter().zip(got).find(|(expected, got)| **expected != *got);
        assert!(first.is_none(), "{what}: {first:#?}");
        assert_eq!(expected.len(), got.len(), "{what}");
    }

    pub(crate) fn is_in(&self, record: &Record, want: Want) -> bool {
        match want {
            Want::Unplaced => record.rname == "*",
            Want::Mapped { reference, interval } => {
                let (start, end) = (u64::from(interval.start.get()), u64::from(interval.end.get()));
                record.rname == self.dataset.names()[reference]
                    && record.start > 0
                    && record.start <= end
                    && start <= record.end
            }
        }
    }

    /// As samtools reads it.
    fn region(&self, want: Want) -> String {
        match want {
            Want::Unplaced => "*".to_owned(),
            Want::Mapped { reference, interval } => {
                format!(
                    "{{{}}}:{}-{}",
                    self.dataset.names()[reference],
                    interval.start.get().max(1),
                    interval.end
                )
            }
        }
    }

    /// The records of slices, which are joined to a file.
    fn save(&self, slices: &[Slice]) -> Vec<Record> {
        let source = self.dataset.source();
        let read =
            |range: &std::ops::Range<u64>| source.read_at(range.start, range.end - range.start).unwrap();
        let mut file = read(&self.dataset.header_range());
        for part in slices.iter().flat_map(Slice::parts) {
            match part {
                Part::Raw(range) => file.extend(read(range)),
                Part::Encoded(bytes) => file.extend(bytes),
            }
        }
        file.extend(self.dataset.eof_container());
        let path = self.folder.join("slice.cram");
        fs::write(&path, file).unwrap();
        let mut records = view(&path, &self.reference, None);
        // Names that the file does not keep are made of its own where containers were made.
        let made = format!("{}:", self.path.file_name().unwrap().display());
        for record in &mut records {
            if let Some(rest) = record.line.strip_prefix(&made) {
                record.line = format!("x:{rest}");
            }
        }
        records
    }

    /// Around a record mostly; else anywhere, beyond the end, a whole sequence, the unplaced.
    pub(crate) fn want(&self, random: &mut Random) -> Option<Want> {
        let kind = random.below(10);
        let placed: Vec<&Record> = self.records.iter().filter(|record| record.start > 0).collect();
        let names = self.dataset.names();
        if names.is_empty() || kind == 0 {
            return Some(Want::Unplaced);
        }
        let any = random.index(names.len());
        let small = u64::from(random.below(300));
        let record = (!placed.is_empty()).then(|| placed[random.index(placed.len())]);
        let number = |record: &Record| names.iter().position(|name| *name == record.rname);
        let (reference, start, end) = match (kind, record) {
            (1, _) => return Some(Want::Mapped { reference: any, interval: Interval::ALL }),
            (2, _) => (any, 240_000_000, 240_000_000 + small),
            (3, Some(r)) => (number(r)?, r.start, r.start),
            (4, Some(r)) => (number(r)?, r.end, r.end),
            (5, Some(r)) => (number(r)?, r.end + 1, r.end + 1 + small),
            (6, Some(r)) => (number(r)?, r.start, r.start + 30 * small),
            (_, Some(r)) => (number(r)?, r.start.saturating_sub(small).max(1), r.end + small * 9),
            (_, None) => (any, 1 + small, 1 + small * 2),
        };
        let at = |position| Position::new(position).unwrap();
        Some(Want::Mapped { reference, interval: Interval { start: at(start), end: at(end) } })
    }
}

/// Regions that are ascending and disjoint, the unplaced last.
fn merged(wants: &[Want]) -> Vec<Want> {
    let mut mapped: Vec<(usize, Interval)> = wants
        .iter()
        .filter_map(|want| match want {
            Want::Mapped { reference, interval } => Some((*reference, *interval)),
            Want::Unplaced => None,
        })
        .collect();
    mapped.sort();
    mapped.dedup_by(|next, last| {
        let joins = next.0 == last.0 && next.1.start <= last.1.end;
        if joins {
            last.1.end = last.1.end.max(next.1.end);
        }
        joins
    });
    let mut merged: Vec<Want> =
        mapped.into_iter().map(|(reference, interval)| Want::Mapped { reference, interval }).collect();
    if wants.contains(&Want::Unplaced) {
        merged.push(Want::Unplaced);
    }
    merged
}

/// All alignments with all that samtools prints, or by the index those of a region.
pub(crate) fn view(path: &Path, reference: &Path, region: Option<&str>) -> Vec<Record> {
    // Names that the file does not keep are made of its own, unless there is a prefix.
    let mut args = vec!["view", "--input-fmt-option", "name_prefix=x"];
    if !text(reference).is_empty() {
        args.extend(["-T", text(reference)]);
    }
    args.push(text(path));
    args.extend(region);
    samtools(&args).lines().map(Record::new).collect()
}
