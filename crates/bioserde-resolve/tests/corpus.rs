//! Real files and other programs' indexes. Skipped where the corpus (`BIOSERDE_CORPUS`) or a program
//! is not there.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "these are tests, helpers included")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bioserde_core::{Interval, Position, VirtualPosition};
use bioserde_resolve::{Index, IndexBuilder, IndexKind, IndexRecord, SlicePlan, Want, gzi};
use flate2::{Decompress, FlushDecompress};

const READS: &str = "reads/htsnexus_test_NA12878.bam";
const VARIANTS: [&str; 4] = [
    "variants/HG02102.vcf.gz",
    "variants/NA12878.prod.chr20snippet.g.vcf.gz",
    "variants/CEUTrio.20.21.gatk3.4.g.vcf.bgz",
    "variants/chr22.vcf.gz",
];
const BCF: &str = "variants/CEUTrio.20.21.gatk3.4.g.bcf";

fn corpus(name: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let root = std::env::var_os("BIOSERDE_CORPUS").map_or(default, PathBuf::from);
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

/// A BGZF file, inflated, that knows its blocks: (first inflated byte, offset in the file, size).
struct Inflated {
    data: Vec<u8>,
    blocks: Vec<(usize, u64, u32)>,
}

impl Inflated {
    fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap();
        let (mut at, mut data, mut blocks) = (0, Vec::new(), Vec::new());
        while at < bytes.len() {
            // Every block here has the BC field alone.
            let size = usize::from(u16::from_le_bytes([bytes[at + 16], bytes[at + 17]])) + 1;
            let block = &bytes[at..at + size];
            let inflated = u32::from_le_bytes(*block.last_chunk().unwrap());
            let start = data.len();
            data.resize(start + usize::try_from(inflated).unwrap(), 0);
            let mut inflater = Decompress::new(false);
            inflater.decompress(&block[18..size - 8], &mut data[start..], FlushDecompress::Finish).unwrap();
            blocks.push((start, at.try_into().unwrap(), inflated));
            at += size;
        }
        Self { data, blocks }
    }

    fn place(&self, at: usize) -> VirtualPosition {
        let (start, offset, _) = self.blocks[self.blocks.partition_point(|b| b.0 <= at) - 1];
        VirtualPosition::new(offset, u16::try_from(at - start).unwrap()).unwrap()
    }

    fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(*self.data[at..].first_chunk().unwrap())
    }

    fn i32(&self, at: usize) -> i64 {
        i64::from(i32::from_le_bytes(*self.data[at..].first_chunk().unwrap()))
    }

    fn size(&self, at: usize) -> usize {
        usize::try_from(self.u32(at)).unwrap()
    }
}

struct Records {
    names: Vec<String>,
    records: Vec<IndexRecord>,
}

fn place(reference: i64, position: i64, span: i64) -> Option<(usize, Interval)> {
    let start = Position::from_zero_based(position)?;
    let end = Position::from_zero_based(position + span.max(1) - 1)?;
    Some((usize::try_from(reference).ok()?, Interval { start, end }))
}

fn bam(path: &Path) -> Records {
    let file = Inflated::read(path);
    let mut at = 8 + file.size(4);
    let mut names = Vec::new();
    let count = file.u32(at);
    at += 4;
    for _ in 0..count {
        let len = file.size(at);
        names.push(String::from_utf8(file.data[at + 4..at + 3 + len].to_vec()).unwrap());
        at += 8 + len;
    }
    let mut records = Vec::new();
    while at < file.data.len() {
        let next = at + 4 + file.size(at);
        let name_len = usize::from(file.data[at + 12]);
        let op_count = file.u32(at + 16) & 0xffff;
        let flag = file.u32(at + 16) >> 16;
        let cigar = at + 36 + name_len;
        let ops = (0..usize::try_from(op_count).unwrap()).map(|i| file.u32(cigar + 4 * i));
        let is_mapped = flag & 4 == 0;
        let span = ops.filter(|op| matches!(op & 15, 0 | 2 | 3 | 7 | 8)).map(|op| i64::from(op >> 4)).sum();
        let place = place(file.i32(at + 4), file.i32(at + 8), if is_mapped { span } else { 1 });
        records.push(IndexRecord { place, is_mapped, start: file.place(at), end: file.place(next) });
        at = next;
    }
    Records { names, records }
}

fn vcf(path: &Path) -> Records {
    let file = Inflated::read(path);
    let (mut names, mut records, mut at) = (Vec::<String>::new(), Vec::new(), 0);
    for line in file.data.split_inclusive(|b| *b == b'\n') {
        let next = at + line.len();
        if !line.starts_with(b"#") {
            let line = std::str::from_utf8(line).unwrap();
            let fields: Vec<&str> = line.trim_end().split('\t').collect();
            let reference = names.iter().position(|n| n == fields[0]).unwrap_or_else(|| {
                names.push(fields[0].to_owned());
                names.len() - 1
            });
            let position: i64 = fields[1].parse().unwrap();
            let end = fields[7].split(';').find_map(|f| f.strip_prefix("END=")?.parse::<i64>().ok());
            let span = end.map_or(i64::try_from(fields[3].len()).unwrap(), |end| end - position + 1);
            let place = place(reference.try_into().unwrap(), position - 1, span);
            records.push(IndexRecord {
                place,
                is_mapped: true,
                start: file.place(at),
                end: file.place(next),
            });
        }
        at = next;
    }
    Records { names, records }
}

fn bcf(path: &Path) -> Records {
    let file = Inflated::read(path);
    let mut at = 9 + file.size(5);
    let header = std::str::from_utf8(&file.data[9..at - 1]).unwrap();
    let contigs = header.lines().filter_map(|line| line.strip_prefix("##contig=<ID="));
    let names = contigs.map(|c| c.split([',', '>']).next().unwrap().to_owned()).collect();
    let mut records = Vec::new();
    while at < file.data.len() {
        let next = at + 8 + file.size(at) + file.size(at + 4);
        let place = place(file.i32(at + 8), file.i32(at + 12), file.i32(at + 16));
        records.push(IndexRecord { place, is_mapped: true, start: file.place(at), end: file.place(next) });
        at = next;
    }
    Records { names, records }
}

fn number(index: &Index, names: &[String], reference: usize) -> usize {
    match index.names() {
        Some(own) => own.iter().position(|name| *name == names[reference]).unwrap(),
        None => reference,
    }
}

fn holds(plan: &SlicePlan, record: &IndexRecord) -> bool {
    plan.pieces.iter().any(|piece| piece.start <= record.start && record.end <= piece.end)
}

/// Asks for regions around records all over the file. Returns the records read and those wanted.
#[track_caller]
fn check_plans(index: &Index, data: &Records) -> (usize, usize) {
    let (mut read, mut wanted) = (0, 0);
    let step = data.records.len() / 60 + 1;
    for (i, record) in data.records.iter().enumerate().step_by(step) {
        let Some((reference, interval)) = record.place else { continue };
        let length = [0, 100, 10_000, 1_000_000][i / step % 4];
        let end = Position::new(u64::from(interval.start.get()) + length).unwrap();
        let asked = Interval { start: interval.start, end };
        let want = Want::Mapped { reference: number(index, &data.names, reference), interval: asked };
        let plan = index.plan(&[want]).unwrap();
        for record in &data.records {
            let is_wanted = record.place.is_some_and(|(r, i)| r == reference && i.overlaps(asked));
            let is_read = holds(&plan, record);
            assert!(is_read || !is_wanted, "{record:?} is not in {plan:?} for {asked:?}");
            wanted += usize::from(is_wanted);
            read += usize::from(is_read);
        }
    }
    let plan = index.plan(&[Want::Unplaced]).unwrap();
    assert!(data.records.iter().all(|r| holds(&plan, r) == r.place.is_none()));
    (read, wanted)
}

fn build(kind: IndexKind, has_names: bool, data: &Records, path: &Path) -> Index {
    let mut builder = IndexBuilder::new(kind, data.names.iter().map(String::as_str));
    if has_names {
        builder = builder.with_names();
    }
    for record in &data.records {
        builder.push(*record).unwrap();
    }
    fs::write(path, builder.finish().unwrap()).unwrap();
    let index = Index::read(path).unwrap();
    assert_eq!(index.kind(), kind);
    index
}

/// Counts by name, so that indexes with other numbers can be compared.
fn counts(index: &Index, names: &[String]) -> BTreeMap<String, (u64, u64)> {
    let names = index.names().unwrap_or(names);
    let named = names.iter().enumerate().filter_map(|(i, name)| Some((name.clone(), index.counts(i)?)));
    named.map(|(name, counts)| (name, (counts.mapped, counts.unmapped))).collect()
}

fn size(path: &Path) -> u64 {
    path.metadata().unwrap().len()
}

fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success());
    if !found {
        println!("skipped: {program} is not there");
    }
    found
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    // Some headers of the corpus get warnings; what matters here is the index.
    let is_about_index = errors.contains("index");
    assert!(output.status.success() && !is_about_index, "{program} {arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_index_of_the_corpus_is_read() {
    for folder in ["reads", "variants", "c4gh"] {
        let Some(folder) = corpus(folder) else { return };
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "bai" || e == "csi" || e == "tbi") {
                let index = Index::read(&path).unwrap();
                assert!(index.record_starts().is_sorted() && index.reference_count() > 0);
            }
        }
    }
}

#[test]
fn reads_are_found() {
    let Some(path) = corpus(READS) else { return };
    let shipped_path = path.with_extension("bam.bai");
    let shipped = Index::read(&shipped_path).unwrap();
    let data = bam(&path);
    let (read, wanted) = check_plans(&shipped, &data);
    println!("{read} records read for {wanted}");
    let starts: Vec<_> = data.records.iter().map(|r| r.start).collect();
    assert!(shipped.record_starts().iter().all(|at| starts.binary_search(at).is_ok()));

    let dir = tempfile::tempdir().unwrap();
    for kind in [IndexKind::Bai, IndexKind::Csi] {
        let built_path = dir.path().join("built");
        let built = build(kind, false, &data, &built_path);
        let (read, wanted) = check_plans(&built, &data);
        println!("{kind:?}: {read} records read for {wanted}; {} bytes", size(&built_path));
        assert_eq!(counts(&built, &data.names), counts(&shipped, &data.names));
        assert_eq!(built.unplaced_count(), shipped.unplaced_count());
        assert!(size(&built_path) <= size(&shipped_path) * 11 / 10);
    }
}

#[test]
fn variants_are_found() {
    let dir = tempfile::tempdir().unwrap();
    for name in VARIANTS {
        let Some(path) = corpus(name) else { return };
        let data = vcf(&path);
        let index_of = |suffix| PathBuf::from(format!("{}{suffix}", path.display()));
        let shipped_path = [".tbi", ".csi"].map(index_of).into_iter().find(|p| p.exists()).unwrap();
        let shipped = Index::read(&shipped_path).unwrap();
        let (read, wanted) = check_plans(&shipped, &data);
        println!("{name}: {read} records read for {wanted}; {} bytes", size(&shipped_path));
        for kind in [IndexKind::Tbi, IndexKind::Csi] {
            let built_path = dir.path().join("built");
            let built = build(kind, true, &data, &built_path);
            let (read, wanted) = check_plans(&built, &data);
            println!("{name} {kind:?}: {read} records read for {wanted}; {} bytes", size(&built_path));
            let shipped_counts = counts(&shipped, &data.names);
            // Some writers count nothing.
            if !shipped_counts.is_empty() {
                assert_eq!(counts(&built, &data.names), shipped_counts, "{name}");
            }
            assert!(size(&built_path) <= size(&shipped_path) * 11 / 10 + 50);
        }
    }
    let Some(path) = corpus(BCF) else { return };
    let data = bcf(&path);
    let shipped = Index::read(&path.with_extension("bcf.csi")).unwrap();
    check_plans(&shipped, &data);
    let built = build(IndexKind::Csi, false, &data, &dir.path().join("built"));
    check_plans(&built, &data);
    assert_eq!(counts(&built, &data.names), counts(&shipped, &data.names));
}

#[test]
fn samtools_uses_what_was_built() {
    let Some(path) = corpus(READS) else { return };
    if !has("samtools") {
        return;
    }
    let data = bam(&path);
    let dir = tempfile::tempdir().unwrap();
    let (bam, text) = (dir.path().join("x.bam"), path.to_str().unwrap());
    fs::copy(&path, &bam).unwrap();
    let copy = bam.to_str().unwrap();
    for (kind, suffix) in [(IndexKind::Bai, "bai"), (IndexKind::Csi, "csi")] {
        let index_path = dir.path().join("x.bam").with_extension(format!("bam.{suffix}"));
        build(kind, false, &data, &index_path);
        assert_eq!(run("samtools", &["idxstats", copy]), run("samtools", &["idxstats", text]));
        let step = data.records.len() / 40 + 1;
        for record in data.records.iter().step_by(step) {
            let Some((reference, interval)) = record.place else { continue };
            let start = interval.start.get();
            let region = format!("{}:{start}-{}", data.names[reference], start + 5000);
            let counts = [copy, text].map(|file| run("samtools", &["view", "-c", file, &region]));
            assert_eq!(counts[0], counts[1], "{region}");
        }
        let counts = [copy, text].map(|file| run("samtools", &["view", "-c", file, "*"]));
        assert_eq!(counts[0], counts[1]);
        fs::remove_file(index_path).unwrap();
    }
}

#[test]
fn bcftools_and_tabix_use_what_was_built() {
    if !has("bcftools") || !has("tabix") {
        return;
    }
    for name in VARIANTS.into_iter().chain([BCF]) {
        let Some(path) = corpus(name) else { return };
        let is_bcf = name == BCF;
        let data = if is_bcf { bcf(&path) } else { vcf(&path) };
        let dir = tempfile::tempdir().unwrap();
        let files = ["ours", "theirs"].map(|d| dir.path().join(d).join(path.file_name().unwrap()));
        let [ours, theirs] = files.each_ref().map(|f| {
            fs::create_dir(f.parent().unwrap()).unwrap();
            fs::copy(&path, f).unwrap();
            f.to_str().unwrap()
        });
        let kinds = [(IndexKind::Csi, "csi", "-c"), (IndexKind::Tbi, "tbi", "-t")];
        for (kind, suffix, option) in kinds.into_iter().take(if is_bcf { 1 } else { 2 }) {
            let index_path = PathBuf::from(format!("{ours}.{suffix}"));
            build(kind, !is_bcf, &data, &index_path);
            run("bcftools", &["index", option, theirs]);
            let theirs_size = size(Path::new(&format!("{theirs}.{suffix}")));
            println!("{name} {kind:?}: {} bytes, theirs {theirs_size}", size(&index_path));
            assert!(size(&index_path) <= theirs_size * 11 / 10 + 50);
            let stats = [ours, theirs].map(|file| run("bcftools", &["index", "-s", file]));
            assert_eq!(stats[0], stats[1]);
            if !is_bcf {
                let names = [ours, theirs].map(|file| run("tabix", &["-l", file]));
                assert_eq!(names[0], names[1]);
            }
            let step = data.records.len() / 20 + 1;
            for record in data.records.iter().step_by(step) {
                let Some((reference, interval)) = record.place else { continue };
                let start = interval.start.get();
                let region = format!("{}:{start}-{}", data.names[reference], start + 5000);
                let found = [ours, theirs].map(|file| run("bcftools", &["view", "-H", file, &region]));
                assert!(found[0] == found[1] && !found[0].is_empty(), "{region}");
            }
            fs::remove_file(index_path).unwrap();
            fs::remove_file(format!("{theirs}.{suffix}")).unwrap();
        }
    }
}

#[test]
fn gzi_is_that_of_bgzip() {
    for name in [READS, "variants/spec-v4.3.vcf.gz", "variants/sample1-bcbio-cancer.bcf"] {
        let (Some(path), Some(shipped)) = (corpus(name), corpus(&format!("{name}.gzi"))) else { return };
        let blocks = Inflated::read(&path).blocks;
        assert_eq!(
            gzi(blocks.into_iter().map(|(_, offset, size)| (offset, size))),
            fs::read(shipped).unwrap(),
            "{name}"
        );
    }
}
