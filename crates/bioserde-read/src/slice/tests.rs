use std::fs;
use std::path::PathBuf;

use bioserde_core::Region;
use bioserde_resolve::{IndexBuilder, IndexKind, IndexRecord};
use bioserde_storage::bgzf::compress_blocks;
use bioserde_testkit::alignments::{self, Value};
use bioserde_testkit::bgzf;
use flate2::Crc;
use tempfile::TempDir;

use super::cursor::Cursor;
use super::*;
use crate::Keep;
use crate::error::Error;

/// A BAM file, and its index beside it if it shall have one.
struct Bam {
    folder: TempDir,
    bytes: Vec<u8>,
}

impl Bam {
    fn new(bytes: Vec<u8>) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), bytes }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("x.bam")
    }

    /// The first `len` bytes of it, with notices.
    fn open(&self, len: usize) -> (Dataset, Vec<String>) {
        fs::write(self.path(), &self.bytes[..len]).unwrap();
        let mut notices = Vec::new();
        let path = self.path();
        let spec = crate::registry::InputFormat::spec(&crate::formats::bam::Bam);
        let index = bioserde_resolve::find_index(&path, spec);
        let dataset = Dataset::open_with(path.to_str().unwrap(), index.as_deref(), &mut notices).unwrap();
        notices.retain(|notice| !notice.contains("older"));
        (dataset, notices)
    }

    /// Makes the index of the whole file.
    fn index(self) -> Self {
        let (dataset, _) = self.open(self.bytes.len());
        let mut blocks = Blocks::new(&dataset);
        let locate = dataset.filter(&[]).locate();
        let start = dataset.first_record.unwrap();
        let mut cursor = Cursor::new(&mut blocks, dataset.format.framing(), locate, start);
        let mut builder = IndexBuilder::new(IndexKind::Bai, dataset.names().iter().map(String::as_str));
        while let Some(passed) = cursor.next().unwrap() {
            let place = passed.location.reference.zip(passed.location.interval);
            let is_mapped = passed.location.is_mapped;
            builder.push(IndexRecord { place, is_mapped, start: passed.start, end: passed.end }).unwrap();
        }
        fs::write(self.folder.path().join("x.bam.bai"), builder.finish().unwrap()).unwrap();
        self
    }
}

fn typical(sizes: &[usize]) -> Vec<u8> {
    let records = alignments::typical(11, 1500);
    bgzf::compress(&alignments::bam_bytes(&alignments::typical_header(), &records), sizes, true)
}

/// BGZF whose blocks hold their data as they are.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for data in data.chunks(60_000) {
        let len = u16::try_from(data.len()).unwrap();
        out.extend(&bgzf::EOF_MARKER[..16]);
        out.extend((len + 18 + 5 + 8 - 1).to_le_bytes());
        out.push(1);
        out.extend(len.to_le_bytes());
        out.extend((!len).to_le_bytes());
        out.extend(data);
        let mut crc = Crc::new();
        crc.update(data);
        out.extend(crc.sum().to_le_bytes());
        out.extend(u32::from(len).to_le_bytes());
    }
    out
}

/// Records with blocks in a tag, in blocks that show them.
fn nested() -> Vec<u8> {
    let inner = compress_blocks(&[7; 99]).unwrap().repeat(40);
    let mut records = alignments::typical(12, 300);
    for record in &mut records {
        record.tags.push((*b"ZZ", Value::UInt8s(inner.clone())));
    }
    stored(&alignments::bam_bytes(&alignments::typical_header(), &records))
}

/// How many records are written anew.
fn rewrite(dataset: &Dataset, regions: Option<&[Region]>) -> Result<u64> {
    let filter = regions.map(|regions| dataset.filter(regions));
    Ok(dataset.rewrite(filter.as_ref(), &Keep::ALL, &mut Vec::new())?.records)
}

fn error(dataset: &Dataset) -> Error {
    let whole = Piece { start: dataset.first_record.unwrap(), end: dataset.first_record.unwrap() };
    let errors = [
        dataset.slice_all().unwrap_err(),
        dataset.divide_all(1).unwrap_err(),
        dataset.divide_all(u64::MAX).unwrap_err(),
        dataset.slice_piece(whole).unwrap_err(),
    ];
    assert!(rewrite(dataset, None).is_err());
    // With an index these are not all of the file.
    assert!(dataset.index().is_some() || rewrite(dataset, Some(&[Region::Unplaced])).is_err());
    let texts = errors.each_ref().map(ToString::to_string);
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    if dataset.index().is_some() {
        for regions in [&[][..], &[Region::Unplaced]] {
            let error = dataset.slice(&dataset.filter(regions)).unwrap_err();
            assert_eq!(error.to_string(), texts[0]);
        }
    }
    let [error, ..] = errors;
    error
}

#[test]
fn a_file_that_ends_inside_a_block_is_truncated_with_and_without_an_index() {
    for is_indexed in [false, true] {
        for sizes in [&[700, 1, 13][..], &[60_000]] {
            let bam = Bam::new(typical(sizes));
            let bam = if is_indexed { bam.index() } else { bam };
            // The one before the end-of-file marker.
            let last = bgzf::blocks(&bam.bytes).into_iter().rev().nth(1).unwrap();
            let is_near =
                |cut: &usize| cut - last.start < 30 || last.end - cut < 10 || cut.is_multiple_of(97);
            for cut in (last.start + 1..last.end).filter(is_near) {
                let (dataset, notices) = bam.open(cut);
                assert_eq!(dataset.index().is_some(), is_indexed);
                let error = error(&dataset);
                assert!(error.is_truncation(), "{cut}: {error}");
                let place = error.place().virtual_position.unwrap();
                assert_eq!(place.compressed(), last.start as u64, "{cut}");
                assert!(error.hint().unwrap().contains("copy the file again"));
                assert_eq!(notices.len(), 1);
            }
        }
    }
}

#[test]
fn a_file_that_ends_inside_its_marker_is_truncated() {
    let bam = Bam::new(typical(&[700])).index();
    for cut in 1..bgzf::EOF_MARKER.len() {
        let (dataset, _) = bam.open(bam.bytes.len() - cut);
        assert!(error(&dataset).is_truncation(), "{cut}");
    }
}

#[test]
fn a_file_that_ends_with_a_block_is_whole_with_a_notice() {
    let bam = Bam::new(typical(&[700, 1, 13]));
    let (whole, notices) = bam.open(bam.bytes.len());
    assert_eq!(notices, [""; 0]);
    let all = whole.slice_all().unwrap().unwrap();
    for bam in [Bam::new(bam.bytes.clone()), Bam::new(bam.bytes.clone()).index()] {
        let (dataset, notices) = bam.open(bam.bytes.len() - bgzf::EOF_MARKER.len());
        let text = "the end-of-file marker is missing: the file may be truncated";
        assert_eq!(notices, [format!("{}: {text}", bam.path().display())]);
        assert_eq!(dataset.slice_all().unwrap().unwrap(), all);
        assert_eq!(rewrite(&dataset, None).unwrap(), 1500);
        let unplaced = [Region::Unplaced];
        assert_eq!(rewrite(&dataset, Some(&unplaced)).unwrap(), rewrite(&whole, Some(&unplaced)).unwrap());
        let pieces = dataset.divide_all(1000).unwrap().unwrap();
        assert_eq!(pieces, whole.divide_all(1000).unwrap().unwrap());
        assert!(pieces.len() > 3);
    }
    // Without an index nothing tells what follows.
    let blocks = bgzf::blocks(&bam.bytes);
    for block in blocks.iter().rev().take(40) {
        let (dataset, _) = bam.open(block.start);
        let slice = dataset.slice_all().unwrap().unwrap();
        assert!(matches!(slice.parts().last(), Some(Part::Raw(range)) if range.end == block.start as u64));
    }
}

#[test]
fn bytes_after_the_last_block_are_told() {
    let bam = Bam::new([typical(&[700]), b"more than a block's header".to_vec()].concat());
    let (dataset, _) = bam.open(bam.bytes.len());
    let error = error(&dataset);
    assert!(error.to_string().ends_with("not a BGZF block"), "{error}");
}

#[test]
fn blocks_inside_of_blocks_are_no_places_to_cut() {
    let bytes = [nested(), bgzf::EOF_MARKER.to_vec()].concat();
    let starts: Vec<u64> = bgzf::blocks(&bytes).iter().map(|block| block.start as u64).collect();
    for bam in [Bam::new(bytes.clone()), Bam::new(bytes.clone()).index()] {
        let (dataset, _) = bam.open(bytes.len());
        for size in [1, 1000, 1 << 16, 100_000, 1 << 40] {
            let pieces = dataset.divide_all(size).unwrap().unwrap();
            assert!(pieces.len() > 3 || size > 1 << 16);
            let (first, rest) = pieces.split_first().unwrap();
            assert_eq!(Some(first.start), dataset.first_record);
            for (piece, before) in rest.iter().zip(&pieces) {
                assert_eq!(piece.start, before.end);
                assert_eq!(piece.start.uncompressed(), 0);
                assert!(starts.contains(&piece.start.compressed()), "{size} {}", piece.start);
            }
            assert_eq!(Some(pieces[pieces.len() - 1].end), dataset.records_end().unwrap());
        }
    }
}

#[test]
fn the_end_of_a_block_inside_a_block_is_not_the_end_of_a_file() {
    let bytes = nested();
    let inner = compress_blocks(&[7; 99]).unwrap();
    let ends = bytes.windows(inner.len()).enumerate().filter(|(_, window)| *window == inner);
    let ends: Vec<usize> = ends.map(|(at, _)| at + inner.len()).collect();
    for bam in [Bam::new(bytes.clone()), Bam::new(bytes.clone()).index()] {
        for end in ends.iter().rev().take(60) {
            let (dataset, _) = bam.open(*end);
            assert!(error(&dataset).is_truncation());
        }
    }
}

#[test]
fn the_index_of_another_file_is_told_where_it_leads_to_no_block() {
    let bam = Bam::new(typical(&[700])).index();
    let other = Bam { bytes: typical(&[650]), ..bam };
    let (dataset, _) = other.open(other.bytes.len());
    let error = dataset.divide_all(1000).unwrap_err();
    assert!(error.to_string().contains("the index does not fit the file"), "{error}");
}
