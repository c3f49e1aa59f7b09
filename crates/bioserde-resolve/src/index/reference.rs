use bioserde_core::VirtualPosition;

use super::RecordCounts;
use crate::Piece;
use crate::binning::Binning;

/// The chunks of one bin.
#[derive(Debug)]
pub(crate) struct Bin {
    pub(crate) number: u64,
    pub(crate) chunks: Vec<Piece>,
}

/// What an index says of one reference sequence.
#[derive(Debug, Default)]
pub(crate) struct Reference {
    /// Those with chunks, by ascending number.
    bins: Vec<Bin>,
    /// (position, where the first record that reaches it may start), both ascending. From the linear
    /// index or the `loffset` of bins.
    floors: Vec<(u64, VirtualPosition)>,
    /// (position, before which all earlier records start), both ascending. From the first chunks of
    /// bins: a sorted file has every record that starts before a bin before the bin's records.
    ceilings: Vec<(u64, VirtualPosition)>,
    pub(crate) counts: Option<RecordCounts>,
}

impl Reference {
    /// Takes bins in any order, and floors for ascending positions.
    pub(super) fn new(
        binning: Binning,
        mut bins: Vec<Bin>,
        floors: Vec<(u64, VirtualPosition)>,
        counts: Option<RecordCounts>,
    ) -> Self {
        bins.sort_unstable_by_key(|bin| bin.number);
        let mut rising: Vec<(u64, VirtualPosition)> = Vec::new();
        for (position, offset) in floors {
            let highest = rising.last().map(|(_, offset)| *offset).unwrap_or_default();
            // All ones mark windows without records in some indexes.
            if offset > highest && offset != VirtualPosition::MAX {
                rising.push((position, offset));
            }
        }
        Self { ceilings: ceilings(binning, &bins), bins, floors: rising, counts }
    }

    /// The bins with numbers in the range.
    pub(crate) fn bins(&self, numbers: std::ops::Range<u64>) -> &[Bin] {
        let start = self.bins.partition_point(|bin| bin.number < numbers.start);
        let end = self.bins.partition_point(|bin| bin.number < numbers.end);
        self.bins.get(start..end).unwrap_or_default()
    }

    /// No record that reaches `position` (0-based) or lies after it starts before this.
    pub(crate) fn floor(&self, position: u64) -> VirtualPosition {
        let after = self.floors.partition_point(|(p, _)| *p <= position);
        after.checked_sub(1).and_then(|i| self.floors.get(i)).map(|(_, o)| *o).unwrap_or_default()
    }

    /// Every record that starts before `position` (0-based) ends at or before this.
    pub(crate) fn ceiling(&self, position: u64) -> VirtualPosition {
        let first = self.ceilings.partition_point(|(p, _)| *p < position);
        self.ceilings.get(first).map_or(VirtualPosition::MAX, |(_, o)| *o)
    }

    pub(super) fn record_starts(&self) -> impl Iterator<Item = VirtualPosition> {
        let chunks = self.bins.iter().flat_map(|bin| &bin.chunks).map(|chunk| chunk.start);
        chunks.chain(self.floors.iter().map(|(_, offset)| *offset))
    }

    pub(super) fn end(&self) -> Option<VirtualPosition> {
        self.bins.iter().flat_map(|bin| &bin.chunks).map(|chunk| chunk.end).max()
    }
}

fn ceilings(binning: Binning, bins: &[Bin]) -> Vec<(u64, VirtualPosition)> {
    let first = |bin: &Bin| bin.chunks.iter().map(|chunk| chunk.start).min();
    let mut starts: Vec<_> =
        bins.iter().filter_map(|bin| Some((binning.start(bin.number), first(bin)?))).collect();
    starts.sort_unstable();
    let mut falling: Vec<(u64, VirtualPosition)> = Vec::new();
    for (position, offset) in starts.into_iter().rev() {
        let lowest = falling.last().map_or(VirtualPosition::MAX, |(_, offset)| *offset);
        if offset < lowest {
            falling.push((position, offset));
        }
    }
    falling.reverse();
    falling
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(raw: u64) -> VirtualPosition {
        VirtualPosition::from(raw)
    }

    #[test]
    fn bounds_are_monotonic_whatever_the_file_says() {
        let chunk = |start, end| Piece { start: at(start), end: at(end) };
        let bins = vec![
            Bin { number: 4682, chunks: vec![chunk(300, 400), chunk(200, 250)] },
            Bin { number: 4690, chunks: vec![chunk(150, 500)] },
            Bin { number: 4681, chunks: vec![chunk(100, 200)] },
        ];
        let floors =
            vec![(0, at(100)), (1 << 14, VirtualPosition::MAX), (2 << 14, at(0)), (3 << 14, at(180))];
        let r = Reference::new(Binning::FIXED, bins, floors, None);
        assert_eq!((r.floor(5), r.floor(2 << 14), r.floor(u64::MAX)), (at(100), at(100), at(180)));
        assert_eq!((r.ceiling(0), r.ceiling(1), r.ceiling(9 << 14)), (at(100), at(150), at(150)));
        assert_eq!(r.ceiling((9 << 14) + 1), VirtualPosition::MAX);
        assert_eq!(r.bins(4681..4683).len(), 2);
        assert_eq!(r.end(), Some(at(500)));
    }
}
