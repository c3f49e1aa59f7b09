//! Exact slices: header, blocks and marker make a file with the wanted records and no others.

use std::fs;
use std::path::{Path, PathBuf};

use bioserde_convert::{IndexPlan, Silent, index};
use bioserde_core::{Interval, Position, Region};
use bioserde_read::{Dataset, Input, Model, Options, Part, Slice};
use bioserde_storage::bgzf::{EOF_MARKER, compress_blocks};
use bioserde_testkit::{Random, alignments, bgzf, variants};

use crate::oracle::{corpus, files, has_tools, must};

/// Queries on random files; `BIOSERDE_SLICE_CASES` asks for more.
const CASES: usize = 400;
const QUERIES_OF_A_FILE: usize = 20;

#[test]
fn random_slices_hold_what_a_filter_keeps() {
    let cases = std::env::var("BIOSERDE_SLICE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(CASES);
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random::new(77);
    for i in 0..cases / QUERIES_OF_A_FILE {
        let path = random_file(folder.path(), i, &mut random);
        check(&path, QUERIES_OF_A_FILE, &mut random);
    }
}

#[test]
fn corpus_slices_hold_what_a_filter_keeps() {
    let Some(corpus) = corpus() else { return };
    let mut inputs = files(&corpus.join("reads"), &[".bam"]);
    inputs.extend(files(&corpus.join("variants"), &[".vcf.gz", ".vcf.bgz", ".bcf"]));
    for input in inputs {
        check(&input, 10, &mut Random::new(5));
    }
}

/// A sorted and indexed file whose records cross blocks of any size.
pub(crate) fn random_file(folder: &Path, i: usize, random: &mut Random) -> PathBuf {
    let sizes: Vec<usize> = match random.below(4) {
        0 => vec![usize::try_from(random.between(1, 60)).unwrap()],
        1 => vec![700, 1, 0, 13],
        2 => vec![usize::try_from(random.between(200, 3000)).unwrap(), 5],
        _ => vec![60_000],
    };
    let n = usize::try_from(random.between(0, 900)).unwrap();
    let is_reads = random.one_in(2);
    let path = folder.join(format!("{i}.{}", if is_reads { "bam" } else { "vcf.gz" }));
    let bytes = if is_reads {
        let (header, records) = match random.below(8) {
            0 => alignments::cases(),
            _ => (alignments::typical_header(), alignments::typical(random.next_u64(), n)),
        };
        bgzf::compress(&alignments::bam_bytes(&header, &records), &sizes, true)
    } else {
        let samples = random.index(3);
        let lines = variants::typical(random.next_u64(), n, samples);
        variants::vcf_bgzf(&variants::typical_header(samples), &lines, &sizes, true)
    };
    fs::write(&path, &bytes).unwrap();
    let input = path.to_str().unwrap().to_owned();
    let plan = IndexPlan { input, csi: random.one_in(2), ..IndexPlan::default() };
    if index(&plan, &mut Silent).is_err() {
        // BAI ends at 2^29.
        index(&IndexPlan { csi: true, ..plan }, &mut Silent).unwrap();
    }
    if random.one_in(8) {
        // A file that lost its marker is served all the same.
        fs::write(&path, &bytes[..bytes.len() - EOF_MARKER.len()]).unwrap();
    }
    path
}

fn check(path: &Path, queries: usize, random: &mut Random) {
    let name = path.file_name().unwrap().to_str().unwrap();
    let dataset = Dataset::open(path.to_str().unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    // Without the index beside it.
    let copy = folder.path().join(name);
    let mut bytes = fs::read(path).unwrap();
    if !bytes.ends_with(&EOF_MARKER) {
        bytes.extend(EOF_MARKER);
    }
    fs::write(&copy, &bytes).unwrap();
    let all = records(&copy, None);
    let places: Vec<Place> = all.iter().map(|(place, _)| place.clone()).collect();
    let sliced = folder.path().join(format!("slice.{}", dataset.spec().name));
    fs::write(&sliced, whole(&dataset, &[dataset.slice_all().unwrap().unwrap()])).unwrap();
    assert!(records(&sliced, None) == all, "{name}: the slice of everything");
    let bytes = 1 + u64::from(random.below(60_000));
    let pieces = dataset.divide_all(bytes).unwrap().unwrap();
    let pieces: Vec<_> = pieces.into_iter().map(|piece| dataset.slice_piece(piece).unwrap()).collect();
    fs::write(&sliced, whole(&dataset, &pieces)).unwrap();
    assert!(records(&sliced, None) == all, "{name}: everything in pieces of {bytes} bytes");
    if dataset.index().is_none() {
        assert!(dataset.slice(&dataset.filter(&[])).unwrap().is_none());
        return;
    }
    for query in 0..queries {
        let n = [1, 1, 1, 2, 7, 40][random.index(6)];
        let regions: Vec<Region> = (0..n).map(|_| region(&dataset, &places, random)).collect();
        let filter = dataset.filter(&regions);
        let slice = dataset.slice(&filter).unwrap().unwrap();
        let file = whole(&dataset, std::slice::from_ref(&slice));
        fs::write(&sliced, &file).unwrap();
        let got = records(&sliced, None);
        let expected = records(&copy, Some(&regions));
        let shown = regions.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert!(got == expected, "{name} {shown:?}: {} instead of {}", got.len(), expected.len());
        assert_eq!(expected.is_empty(), slice.is_empty(), "{name} {shown:?}");
        let (bytes, wants) = (1 + u64::from(random.below(60_000)), 1 + random.index(5));
        let shares = dataset.divide(&filter.wants(), bytes, wants).unwrap().unwrap();
        let slices: Vec<_> =
            shares.iter().map(|share| dataset.slice(&filter.for_share(share)).unwrap().unwrap()).collect();
        fs::write(&sliced, whole(&dataset, &slices)).unwrap();
        let got = records(&sliced, None);
        assert!(got == expected, "{name} {shown:?} in {shares:?}: {} for {}", got.len(), expected.len());
        if query == 0 {
            count_by_oracle(&sliced, dataset.spec().name, got.len());
        }
    }
}

fn count_by_oracle(path: &Path, format: &str, expected: usize) {
    let path = path.to_str().unwrap();
    if format == "bam" && has_tools(&["samtools"]) {
        assert_eq!(must("samtools", &["view", "-c", path]).trim(), expected.to_string());
    } else if format != "bam" && has_tools(&["bcftools"]) {
        assert_eq!(must("bcftools", &["view", "-H", path]).lines().count(), expected);
    }
}

/// The bytes of slices as a file, every part of it whole blocks.
pub(crate) fn whole(dataset: &Dataset, slices: &[Slice]) -> Vec<u8> {
    let mut file = compress_blocks(dataset.header_bytes()).unwrap();
    let start = file.len() as u64;
    for part in slices.iter().flat_map(Slice::parts) {
        match part {
            Part::Encoded(bytes) => file.extend(bytes),
            Part::Raw(range) => {
                let bytes = dataset.source().read_at(range.start, range.end - range.start).unwrap();
                bgzf::blocks(&bytes);
                file.extend(bytes);
            }
        }
    }
    assert_eq!(file.len() as u64 - start, slices.iter().map(Slice::len).sum::<u64>());
    file.extend(EOF_MARKER);
    file
}

/// Contig, first and last position; nothing for the unplaced.
pub(crate) type Place = Option<(String, u64, u64)>;

/// Every record as text, with its place.
pub(crate) fn records(path: &Path, regions: Option<&[Region]>) -> Vec<(Place, String)> {
    let text = |region: &Region| match region {
        Region::Mapped { name, .. } => region.to_string().replacen(name.as_str(), &format!("{{{name}}}"), 1),
        Region::Unplaced => region.to_string(),
    };
    let regions = regions.unwrap_or_default().iter().map(text).collect();
    let input = Input::open(path.to_str().unwrap(), &Options { regions, ..Options::default() }).unwrap();
    input
        .records()
        .map(|record| record.map_or((None, "no model".to_owned()), |m| (place(&m), format!("{m:?}"))))
        .collect()
}

fn place(model: &Model) -> Place {
    let (name, start, end) = match model {
        Model::Alignment(a) => (a.rname.clone()?, a.pos?, a.end_pos()?),
        Model::Variant(v) => (v.chrom.clone(), v.pos, v.end_pos),
    };
    Some((name, start.get().into(), end.get().into()))
}

/// Around a record mostly; else anywhere, beyond the end, a whole contig, the unplaced.
pub(crate) fn region(dataset: &Dataset, places: &[Place], random: &mut Random) -> Region {
    let kind = random.below(10);
    let name = dataset.names()[random.index(dataset.names().len())].clone();
    let placed = if places.is_empty() { &None } else { &places[random.index(places.len())] };
    let small = u64::from(random.below(2000));
    let (name, start, end) = match (kind, placed) {
        (0, _) if dataset.spec().name == "bam" => return Region::Unplaced,
        (0 | 1, _) => return Region::Mapped { name, interval: Interval::ALL },
        (2, _) => (name, 240_000_000, 240_000_000 + small),
        (3, Some((name, start, _))) => (name.clone(), *start, *start),
        (4, Some((name, _, end))) => (name.clone(), *end, *end),
        (5, Some((name, _, end))) => (name.clone(), end + 1, end + 1 + small),
        (6, Some((name, start, _))) => (name.clone(), start.saturating_sub(small).max(1), (start - 1).max(1)),
        (_, Some((name, start, end))) => (name.clone(), start.saturating_sub(small).max(1), end + small * 50),
        (_, None) => (name, 1 + small, 1 + small * 2),
    };
    let at = |position| Position::new(position).unwrap();
    Region::Mapped { name, interval: Interval { start: at(start.max(1)), end: at(end.max(start)) } }
}
