//! Slices of CRAM: header, containers and mark make a file with every wanted record, and no container
//! that the index does not lead to.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use bioserde_core::{Interval, Position, Region};
use bioserde_read::{CramDataset, Part, Slice};
use bioserde_testkit::{Random, alignments, bgzf};

use crate::oracle::{corpus, files, has_tools};

/// Queries on each file; `BIOSERDE_CRAM_CASES` asks for more or less.
const CASES: usize = 100;
/// Of these so many are asked of samtools by its own index as well.
const ASKED: usize = 5;

const KINDS: [&str; 8] = [
    "version=3.0,seqs_per_slice=50",
    "version=3.0,seqs_per_slice=50,slices_per_container=3",
    "version=3.0,seqs_per_slice=50,multi_seq_per_slice=1",
    "version=3.1,seqs_per_slice=50,slices_per_container=3,multi_seq_per_slice=1",
    "version=3.1",
    "version=2.1,seqs_per_slice=50",
    "version=2.1,seqs_per_slice=50,slices_per_container=3,multi_seq_per_slice=1",
    "version=2.0,seqs_per_slice=50,slices_per_container=2",
];

#[test]
fn slices_of_generated_reads_hold_what_samtools_finds() {
    if !has_tools(&["samtools"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bam = folder.path().join("typical.bam");
    let records = alignments::typical(9, 900);
    let bytes = alignments::bam_bytes(&alignments::typical_header(), &records);
    fs::write(&bam, bgzf::compress(&bytes, &[60_000], true)).unwrap();
    for (i, kind) in KINDS.iter().enumerate() {
        let cram = made(&bam, kind, &folder.path().join(format!("{i}.cram")));
        let original = Original::read(&cram, folder.path());
        assert_eq!(original.containers.len() > 5, kind.contains("seqs_per_slice=50"), "{kind}");
        assert!(original.mixes_references() || !kind.contains("multi_seq"), "{kind}");
        original.check(cases(), &mut Random::new(i as u64));
    }
}

#[test]
fn slices_of_corpus_reads_hold_what_samtools_finds() {
    let Some(corpus) = corpus().filter(|_| has_tools(&["samtools"])) else { return };
    let folder = tempfile::tempdir().unwrap();
    for bam in files(&corpus.join("reads"), &[".bam"]) {
        let sample = folder.path().join("sample.bam");
        samtools(&["view", "-b", "-s", "7.08", "-o", text(&sample), text(&bam)]);
        for (i, kind) in KINDS.iter().enumerate() {
            let cram = made(&sample, kind, &folder.path().join(format!("{i}.cram")));
            Original::read(&cram, folder.path()).check(cases(), &mut Random::new(i as u64));
        }
    }
}

#[test]
fn slices_of_corpus_cram_hold_what_samtools_finds() {
    let Some(corpus) = corpus().filter(|_| has_tools(&["samtools"])) else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut inputs = files(&corpus.join("reads"), &[".cram"]);
    inputs.extend(files(&corpus.join("specs/cram"), &[".cram"]));
    let mut indexed = 0;
    for input in inputs.iter().filter(|path| !text(path).contains("/failed/")) {
        let original = Original::read(input, folder.path());
        let has_index = original.dataset.index().is_some();
        indexed += usize::from(has_index);
        original.check(if has_index { cases() } else { 0 }, &mut Random::new(3));
    }
    assert!(indexed > 5, "{indexed}");
}

#[test]
fn every_place_that_is_no_container_is_told() {
    if !has_tools(&["samtools"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bam = folder.path().join("typical.bam");
    let bytes = alignments::bam_bytes(&alignments::typical_header(), &alignments::typical(5, 100));
    fs::write(&bam, bgzf::compress(&bytes, &[60_000], true)).unwrap();
    for version in ["2.1", "3.0"] {
        let kind = format!("version={version},seqs_per_slice=20,slices_per_container=2");
        let cram = made(&bam, &kind, &folder.path().join("x.cram"));
        let dataset = without_index(&cram, folder.path());
        let data = dataset.data_range();
        let starts: BTreeSet<u64> = dataset.container_starts(data.clone()).map(Result::unwrap).collect();
        assert!(starts.len() > 2);
        for at in data.clone() {
            let first = dataset.container_starts(at..data.end).next().unwrap();
            assert_eq!(first.is_ok(), starts.contains(&at), "{version} {at}: {first:?}");
        }
    }
}

fn cases() -> usize {
    std::env::var("BIOSERDE_CRAM_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(CASES)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What samtools prints, without a look for reference sequences in the network.
fn samtools(args: &[&str]) -> String {
    let output = Command::new("samtools").args(args).env("REF_PATH", "/").env_remove("REF_CACHE").output();
    let output = output.unwrap();
    assert!(output.status.success(), "samtools {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A CRAM file of a kind with its index.
fn made(bam: &Path, kind: &str, cram: &Path) -> PathBuf {
    samtools(&["view", "-O", &format!("cram,no_ref=1,{kind}"), "-o", text(cram), text(bam)]);
    samtools(&["index", text(cram)]);
    cram.to_owned()
}

fn without_index(path: &Path, folder: &Path) -> CramDataset {
    let copy = folder.join("unindexed.cram");
    // A copy would be read-only as the corpus may be.
    fs::write(&copy, fs::read(path).unwrap()).unwrap();
    CramDataset::open(text(&copy)).unwrap()
}

/// An alignment as samtools prints what needs no reference sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Record {
    line: String,
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

    fn is_in(&self, region: &Region) -> bool {
        match region {
            Region::Unplaced => self.rname == "*",
            Region::Mapped { name, interval } => {
                let (start, end) = (u64::from(interval.start.get()), u64::from(interval.end.get()));
                self.rname == *name && self.start <= end && start <= self.end
            }
        }
    }
}

/// All alignments, or by the index those of a region.
fn records(path: &Path, region: Option<&Region>) -> Vec<Record> {
    let region = region.map(|region| match region {
        Region::Mapped { name, .. } => region.to_string().replacen(name.as_str(), &format!("{{{name}}}"), 1),
        Region::Unplaced => "*".to_owned(),
    });
    // Names that the file does not keep are made of its own, unless there is a prefix.
    let mut args = vec!["view"];
    args.extend(["--input-fmt-option", "required_fields=0x3f", "--input-fmt-option", "name_prefix=x"]);
    args.push(text(path));
    args.extend(region.as_deref());
    samtools(&args).lines().map(Record::new).collect()
}

struct Original {
    path: PathBuf,
    folder: PathBuf,
    dataset: CramDataset,
    records: Vec<Record>,
    /// Of the index: reference sequence, start, length, and the container.
    lines: Vec<(i64, i64, i64, u64)>,
    containers: Vec<Range<u64>>,
}

impl Original {
    fn read(path: &Path, folder: &Path) -> Self {
        let dataset = CramDataset::open(text(path)).unwrap();
        let unindexed = without_index(path, folder);
        let mut ends: Vec<u64> =
            unindexed.container_starts(unindexed.data_range()).map(Result::unwrap).collect();
        ends.push(dataset.data_range().end);
        let containers = ends.windows(2).map(|pair| pair[0]..pair[1]).collect();
        let index = ["cram.crai", "crai"].map(|ending| path.with_extension(ending));
        let lines = index.iter().find_map(|path| fs::read(path).ok()).map(|bytes| gunzip(&bytes));
        let lines = lines.unwrap_or_default();
        let lines = lines.lines().map(|line| {
            let n: Vec<i64> = line.split('\t').map(|n| n.parse().unwrap()).collect();
            (n[0], n[1], n[2], n[3].unsigned_abs())
        });
        let (path, folder) = (path.to_owned(), folder.to_owned());
        Self { records: records(&path, None), lines: lines.collect(), path, folder, dataset, containers }
    }

    /// Whether a container has records on two reference sequences, or on one and on none.
    fn mixes_references(&self) -> bool {
        let of = |container: u64| self.lines.iter().filter(move |line| line.3 == container);
        self.lines.iter().any(|line| of(line.3).any(|other| other.0 != line.0))
    }

    /// Holds the slice of everything and those of random regions against samtools.
    fn check(&self, cases: usize, random: &mut Random) {
        let name = text(&self.path);
        let all = self.dataset.slice_all().unwrap();
        let slice = self.save(&all);
        assert!(self.dataset.has_eof(), "{name}");
        assert_eq!(records(&slice, None), self.records, "{name}");
        assert_eq!(all.len(), self.containers.iter().map(|c| c.end - c.start).sum::<u64>());
        let known: Vec<u64> =
            self.dataset.container_starts(self.dataset.data_range()).map(Result::unwrap).collect();
        let starts: Vec<u64> = self.containers.iter().map(|container| container.start).collect();
        assert_eq!(known, starts, "{name}: the index knows every container");
        for case in 0..cases {
            let n = [1, 1, 2, 7, 40][random.index(5)];
            let regions: Vec<Region> = (0..n).map(|_| self.region(random)).collect();
            self.check_regions(&regions, case < ASKED);
        }
    }

    fn check_regions(&self, regions: &[Region], is_asked: bool) {
        let shown = regions.iter().map(ToString::to_string).collect::<Vec<_>>();
        let shown = format!("{} {shown:?}", text(&self.path));
        let slice = self.dataset.slice(regions).unwrap().unwrap();
        let starts: BTreeSet<u64> = self
            .lines
            .iter()
            .filter(|(reference, start, span, _)| {
                regions.iter().any(|region| match region {
                    Region::Unplaced => *reference == -1,
                    Region::Mapped { name, interval } => {
                        let own = usize::try_from(*reference).ok().and_then(|r| self.dataset.names().get(r));
                        let (from, to) = (i64::from(interval.start.get()), i64::from(interval.end.get()));
                        own == Some(name) && *start <= to && from < start + span.max(&1)
                    }
                })
            })
            .map(|line| line.3)
            .collect();
        let is_cut = |container: &&Range<u64>| starts.contains(&container.start);
        let mut expected: Vec<Range<u64>> = Vec::new();
        for container in self.containers.iter().filter(is_cut) {
            match expected.last_mut() {
                Some(last) if last.end == container.start => last.end = container.end,
                _ => expected.push(container.clone()),
            }
        }
        let expected: Vec<Part> = expected.into_iter().map(Part::Raw).collect();
        assert_eq!(slice.parts(), expected, "{shown}");
        let file = self.save(&slice);
        let is_wanted = |record: &&Record| regions.iter().any(|region| record.is_in(region));
        let wanted: Vec<&Record> = self.records.iter().filter(is_wanted).collect();
        let got = records(&file, None);
        assert_eq!(got.iter().filter(is_wanted).collect::<Vec<_>>(), wanted, "{shown}");
        if is_asked {
            samtools(&["index", text(&file)]);
            for region in regions.iter().take(3) {
                let by_index = records(&file, Some(region));
                assert_eq!(by_index, records(&self.path, Some(region)), "{region} of {shown}");
                let wanted = self.records.iter().filter(|record| record.is_in(region)).count();
                assert_eq!(by_index.len(), wanted, "{region} of {shown}");
            }
        }
    }

    /// A slice as a file.
    fn save(&self, slice: &Slice) -> PathBuf {
        let source = self.dataset.source();
        let read = |range: &Range<u64>| source.read_at(range.start, range.end - range.start).unwrap();
        let mut file = read(&self.dataset.header_range());
        for part in slice.parts() {
            match part {
                Part::Raw(range) => file.extend(read(range)),
                Part::Encoded(_) => panic!("nothing is made"),
            }
        }
        file.extend(self.dataset.eof_container());
        let path = self.folder.join("slice.cram");
        fs::write(&path, file).unwrap();
        path
    }

    /// Around a record mostly; else anywhere, beyond the end, a whole sequence, the unplaced.
    fn region(&self, random: &mut Random) -> Region {
        let kind = random.below(10);
        let placed: Vec<&Record> = self.records.iter().filter(|record| record.start > 0).collect();
        let names = self.dataset.names();
        if names.is_empty() {
            return Region::Unplaced;
        }
        let name = names[random.index(names.len())].clone();
        let small = u64::from(random.below(300));
        let record = (!placed.is_empty()).then(|| placed[random.index(placed.len())]);
        let (name, start, end) = match (kind, record) {
            (0, _) => return Region::Unplaced,
            (1, _) => return Region::Mapped { name, interval: Interval::ALL },
            (2, _) => (name, 240_000_000, 240_000_000 + small),
            (3, Some(r)) => (r.rname.clone(), r.start, r.start),
            (4, Some(r)) => (r.rname.clone(), r.end, r.end),
            (5, Some(r)) => (r.rname.clone(), r.end + 1, r.end + 1 + small),
            (_, Some(r)) => (r.rname.clone(), r.start.saturating_sub(small).max(1), r.end + small * 9),
            (_, None) => (name, 1 + small, 1 + small * 2),
        };
        let at = |position| Position::new(position).unwrap();
        Region::Mapped { name, interval: Interval { start: at(start), end: at(end) } }
    }
}

/// The text of a CRAI.
fn gunzip(bytes: &[u8]) -> String {
    let mut inflated = String::new();
    std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(bytes), &mut inflated).unwrap();
    inflated
}
