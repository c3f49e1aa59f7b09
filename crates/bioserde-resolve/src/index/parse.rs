//! BAI (SAMv1 §5.2), CSI (CSIv1) and TBI files have one grammar with small differences, so one
//! parser reads all three. It stands here instead of a library's three because those reserve memory
//! for whatever number of bins a file announces, and because planning wants other structures.

use std::collections::HashSet;

use bioserde_core::VirtualPosition;

use super::{Bin, Index, IndexKind, InvalidIndex, RecordCounts, Reference};
use crate::Piece;
use crate::binning::Binning;

type Result<T> = std::result::Result<T, InvalidIndex>;

/// `format`, `col_seq`, `col_beg`, `col_end`, `meta`, `skip`, `l_nm`.
const TABIX_HEADER: usize = 28;

/// The kind that the first four bytes tell.
pub(super) fn kind(bytes: &[u8]) -> Result<IndexKind> {
    match bytes.first_chunk() {
        Some(b"BAI\x01") => Ok(IndexKind::Bai),
        Some(b"CSI\x01") => Ok(IndexKind::Csi),
        Some(b"TBI\x01") => Ok(IndexKind::Tbi),
        _ => {
            let start = bytes.get(..bytes.len().min(16)).unwrap_or_default().escape_ascii().to_string();
            Err(InvalidIndex::UnknownMagic { start })
        }
    }
}

/// Reads an index from its inflated bytes.
pub(super) fn parse(name: &str, bytes: &[u8]) -> Result<Index> {
    let kind = kind(bytes)?;
    let mut input = Input { rest: bytes.get(4..).unwrap_or_default(), len: bytes.len() };
    let binning = if kind == IndexKind::Csi { input.binning()? } else { Binning::FIXED };
    let (reference_count, name_bytes) = match kind {
        IndexKind::Bai => (input.count("reference sequences", 8)?, None),
        IndexKind::Csi => {
            let aux = input.bytes("bytes of auxiliary data")?;
            (input.count("reference sequences", 4)?, csi_names(aux))
        }
        IndexKind::Tbi => {
            let count = input.count("reference sequences", 8)?;
            input.array::<{ TABIX_HEADER - 4 }>("the tabix header")?;
            (count, Some(input.bytes("bytes of names")?))
        }
    };
    let names = name_bytes.map(|bytes| split_names(bytes, reference_count)).transpose()?;
    let mut references = Vec::new();
    for number in 0..reference_count {
        if let Some(reference) = input.reference(kind, binning, number)? {
            references.push((number, reference));
        }
    }
    let unplaced_count =
        if input.rest.is_empty() { None } else { Some(input.u64("the number of unplaced records")?) };
    if !input.rest.is_empty() {
        return Err(InvalidIndex::Trailing { at: input.at(), left: input.rest.len() });
    }
    Ok(Index { name: name.to_owned(), kind, binning, reference_count, references, names, unplaced_count })
}

/// The names in a CSI's auxiliary data, which is free to hold anything else.
fn csi_names(aux: &[u8]) -> Option<&[u8]> {
    let (header, names) = aux.split_at_checked(TABIX_HEADER)?;
    let len = u32::from_le_bytes(*header.last_chunk()?);
    (usize::try_from(len) == Ok(names.len())).then_some(names)
}

fn split_names(bytes: &[u8], count: usize) -> Result<Vec<String>> {
    let invalid = || InvalidIndex::Names { count };
    let text = std::str::from_utf8(bytes).map_err(|_| invalid())?;
    let names: Vec<String> = text.split_terminator('\0').map(str::to_owned).collect();
    let ended = text.is_empty() || text.ends_with('\0');
    if ended && names.len() == count { Ok(names) } else { Err(invalid()) }
}

struct Input<'a> {
    rest: &'a [u8],
    /// Of the whole, to tell places.
    len: usize,
}

impl<'a> Input<'a> {
    fn at(&self) -> usize {
        self.len - self.rest.len()
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N]> {
        let (array, rest) =
            self.rest.split_first_chunk().ok_or(InvalidIndex::Truncated { at: self.len, what })?;
        self.rest = rest;
        Ok(*array)
    }

    fn u32(&mut self, what: &'static str) -> Result<u32> {
        self.array(what).map(u32::from_le_bytes)
    }

    fn u64(&mut self, what: &'static str) -> Result<u64> {
        self.array(what).map(u64::from_le_bytes)
    }

    fn offset(&mut self, what: &'static str) -> Result<VirtualPosition> {
        self.u64(what).map(VirtualPosition::from)
    }

    /// A number of items of at least `size` bytes each, which must be there.
    fn count(&mut self, what: &'static str, size: usize) -> Result<usize> {
        let at = self.at();
        let count = self.u32(what)?;
        let left = self.rest.len();
        let fits = usize::try_from(count).ok().filter(|n| n.checked_mul(size).is_some_and(|n| n <= left));
        fits.ok_or(InvalidIndex::Count { at, what, count, left })
    }

    /// As many bytes as the number before them says.
    fn bytes(&mut self, what: &'static str) -> Result<&'a [u8]> {
        let len = self.count(what, 1)?;
        let (bytes, rest) = self.rest.split_at(len);
        self.rest = rest;
        Ok(bytes)
    }

    fn binning(&mut self) -> Result<Binning> {
        let min_shift = self.u32("min_shift")?;
        let depth = self.u32("depth")?;
        Binning::new(min_shift, depth).ok_or(InvalidIndex::Binning { min_shift, depth })
    }

    /// One reference sequence; nothing when it has no records.
    fn reference(
        &mut self,
        kind: IndexKind,
        binning: Binning,
        reference: usize,
    ) -> Result<Option<Reference>> {
        let bin_count = self.count("bins", if kind == IndexKind::Csi { 16 } else { 8 })?;
        let (mut bins, mut loffsets, mut counts) = (Vec::new(), Vec::new(), None);
        let mut numbers = HashSet::new();
        for _ in 0..bin_count {
            let number = self.u32("a bin")?;
            let loffset =
                if kind == IndexKind::Csi { self.offset("a bin")? } else { VirtualPosition::default() };
            let chunk_count = self.count("chunks", 16)?;
            let at = self.at();
            let fault = |what| InvalidIndex::Bin { at, bin: number, reference, what };
            if !numbers.insert(number) {
                return Err(fault("stands twice"));
            }
            let number = u64::from(number);
            if number == binning.metadata_bin() {
                if chunk_count != 2 {
                    return Err(fault("is the pseudo-bin of counts, but has not two entries"));
                }
                counts = Some(self.counts()?);
                continue;
            }
            if number >= binning.bin_count() {
                return Err(fault("is not one of its binning scheme"));
            }
            let chunks = (0..chunk_count).map(|_| self.chunk()).collect::<Result<Vec<_>>>()?;
            if !chunks.is_empty() {
                loffsets.push((binning.start(number), loffset));
                bins.push(Bin { number, chunks });
            }
        }
        let floors = match kind {
            IndexKind::Csi => bin_floors(binning, &bins, loffsets),
            IndexKind::Bai | IndexKind::Tbi => self.linear_floors(binning)?,
        };
        let is_empty = bins.is_empty() && counts.is_none();
        Ok((!is_empty).then(|| Reference::new(binning, bins, floors, counts)))
    }

    /// What the pseudo-bin has in place of chunks: where the records start and end, and how many they
    /// are.
    fn counts(&mut self) -> Result<RecordCounts> {
        let what = "the pseudo-bin";
        self.array::<16>(what)?;
        Ok(RecordCounts { mapped: self.u64(what)?, unmapped: self.u64(what)? })
    }

    fn chunk(&mut self) -> Result<Piece> {
        let start = self.offset("a chunk")?;
        let end = self.offset("a chunk")?;
        if start <= end {
            Ok(Piece { start, end })
        } else {
            Err(InvalidIndex::Chunk { at: self.at(), start, end })
        }
    }

    /// The linear index: for each window of 2^14 bases, the start of the first record that overlaps.
    fn linear_floors(&mut self, binning: Binning) -> Result<Vec<(u64, VirtualPosition)>> {
        let count = self.count("linear index entries", 8)?;
        let mut position = 0;
        let mut floors = Vec::new();
        for _ in 0..count {
            floors.push((position, self.offset("the linear index")?));
            position += 1 << binning.min_shift();
        }
        Ok(floors)
    }
}

/// Floors from `loffset`, which CSIv1 defines as the start of the first record that overlaps the bin.
///
/// Some writers store that of the first record that *lies in* the bin instead: a record that reaches
/// into the bin from before would be missed. In such files `loffset` of a smallest bin is always the
/// start of its first chunk; where that is so, `loffset` says nothing that chunks do not, and is left
/// out.
fn bin_floors(
    binning: Binning,
    bins: &[Bin],
    mut loffsets: Vec<(u64, VirtualPosition)>,
) -> Vec<(u64, VirtualPosition)> {
    let smallest = binning.level(binning.depth());
    let tells_overlaps = bins.iter().zip(&loffsets).any(|(bin, (_, loffset))| {
        let first = bin.chunks.iter().map(|chunk| chunk.start).min();
        smallest.contains(&bin.number) && first.is_some_and(|first| *loffset < first)
    });
    if !tells_overlaps {
        return Vec::new();
    }
    loffsets.sort_unstable();
    loffsets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|w| w.to_le_bytes()).collect()
    }

    #[track_caller]
    fn refuses(magic: &[u8], rest: &[u32], message: &str) {
        let error = parse("x", &[magic, &words(rest)].concat()).unwrap_err().to_string();
        assert_eq!(error, message);
    }

    #[test]
    fn absurd_counts_are_refused() {
        let huge = u32::MAX;
        let bai = b"BAI\x01";
        let t = |what: &str, at: usize, left: usize| {
            format!("byte {at}: it announces {huge} {what}, more than its {left} remaining bytes can hold")
        };
        refuses(bai, &[huge], &t("reference sequences", 4, 0));
        refuses(bai, &[1, huge, 0, 0], &t("bins", 8, 8));
        refuses(bai, &[1, 1, 4681, huge], &t("chunks", 16, 0));
        refuses(bai, &[1, 0, huge], &t("linear index entries", 12, 0));
        refuses(b"CSI\x01", &[14, 5, huge], &t("bytes of auxiliary data", 12, 0));
        refuses(b"CSI\x01", &[14, 30, 0, 0], "its binning scheme (min_shift 14, depth 30) is out of range");
        refuses(b"TBI\x01", &[0, 2, 1, 2, 0, 35, 0, huge], &t("bytes of names", 32, 0));
    }

    #[test]
    fn malformed_bins_are_refused() {
        let chunk = [2, 0, 1, 0];
        let bai = |bins: &[u32]| [&[1, 1], bins, &[0, 0, 0]].concat();
        refuses(
            b"BAI\x01",
            &bai(&[40_000, 0]),
            "byte 20: bin 40000 of reference sequence 0 (0-based) is not one of its binning scheme",
        );
        refuses(
            b"BAI\x01",
            &bai(&[37_450, 0]),
            "byte 20: bin 37450 of reference sequence 0 (0-based) is the pseudo-bin of counts, but has not two entries",
        );
        refuses(
            b"BAI\x01",
            &[1, 2, 7, 0, 7, 0, 0],
            "byte 28: bin 7 of reference sequence 0 (0-based) stands twice",
        );
        refuses(
            b"BAI\x01",
            &[&[1, 1, 7, 1], chunk.as_slice(), &[0]].concat(),
            "byte 36: a chunk ends (0:1) before it starts (0:2)",
        );
    }

    #[test]
    fn ends_are_checked() {
        assert_eq!(parse("x", b"BAI\x01\0\0\0\0").unwrap().unplaced_count(), None);
        let whole = words(&[0, 3, 0]);
        assert_eq!(parse("x", &[b"BAI\x01", whole.as_slice()].concat()).unwrap().unplaced_count(), Some(3));
        refuses(
            b"BAI\x01",
            &[0, 3],
            "it ends at byte 12, inside the number of unplaced records: it is truncated",
        );
        refuses(b"BAI\x01", &[0, 3, 0, 9], "byte 16: 4 bytes follow its end");
        let names = [1, 2, 1, 2, 0, 35, 0, 4, 0x6161_6161, 0, 0];
        refuses(
            b"TBI\x01",
            &names,
            "its names are not 1 NUL-terminated UTF-8 strings, one a reference sequence",
        );
    }

    #[test]
    fn auxiliary_data_of_another_form_is_left_alone() {
        let csi = |aux: &[u32]| {
            let len = u32::try_from(aux.len()).unwrap() * 4;
            [b"CSI\x01".to_vec(), words(&[14, 6, len]), words(aux), words(&[1, 0])].concat()
        };
        assert_eq!(parse("x", &csi(&[1, 2, 3])).unwrap().names(), None);
        let tabix = [2, 1, 2, 0, 35, 0, 4, 0x0062_6261];
        assert_eq!(parse("x", &csi(&tabix)).unwrap().names().unwrap(), ["abb"]);
    }

    #[test]
    fn loffsets_that_tell_nothing_of_overlaps_are_left_out() {
        let at = VirtualPosition::from;
        let bin =
            |number, start| Bin { number, chunks: vec![Piece { start: at(start), end: at(start + 10) }] };
        let bins = [bin(4681, 100), bin(4682, 200), bin(585, 150)];
        let of = |second| vec![(0, at(100)), (1 << 14, at(second)), (0, at(100))];
        assert!(bin_floors(Binning::FIXED, &bins, of(200)).is_empty());
        assert_eq!(bin_floors(Binning::FIXED, &bins, of(150)).len(), 3);
    }
}
