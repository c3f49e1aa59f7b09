use bioserde_core::{Interval, Position, VirtualPosition};

use crate::{Error, Index, Result};

/// A part of a BGZF file between two places where records start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Piece {
    /// Where its first record starts.
    pub start: VirtualPosition,
    /// Where the first record after it starts, or the data ends.
    pub end: VirtualPosition,
}

/// The parts of a file that hold every wanted record, and some that are not wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlicePlan {
    /// Ascending and disjoint. Two pieces never meet in one BGZF block.
    pub pieces: Vec<Piece>,
}

/// A part of a file that is asked for, in the numbering of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Want {
    /// Records on one reference sequence that overlap an interval.
    Mapped {
        /// 0-based number in the index; see [`Index::names`].
        reference: usize,
        /// 1-based, closed.
        interval: Interval,
    },
    /// Records without a reference sequence.
    Unplaced,
}

impl SlicePlan {
    /// Sorts pieces and joins those that overlap, touch, or lie in one block: reading on is cheaper
    /// than inflating the block again.
    fn new(mut pieces: Vec<Piece>) -> Self {
        pieces.sort_unstable();
        let mut joined: Vec<Piece> = Vec::new();
        for piece in pieces {
            match joined.last_mut() {
                Some(last) if piece.start.compressed() <= last.end.compressed() => {
                    last.end = last.end.max(piece.end);
                }
                _ => joined.push(piece),
            }
        }
        Self { pieces: joined }
    }
}

impl Index {
    /// The pieces that together hold every record that overlaps any of `wants`; whoever reads them
    /// leaves out the others. An interval beyond what the index can express holds no records.
    ///
    /// Unplaced records follow the last placed one and reach to [`VirtualPosition::MAX`]. Where no
    /// record is placed the index does not know their start: the piece then starts at 0, which stands
    /// for the end of the header.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownReference`]: the index is not one of this file.
    pub fn plan(&self, wants: &[Want]) -> Result<SlicePlan> {
        let mut pieces = Vec::new();
        for want in wants {
            match *want {
                Want::Mapped { reference, interval } => self.mapped(reference, interval, &mut pieces)?,
                Want::Unplaced => {
                    let start = self.placed_end().unwrap_or_default();
                    pieces.push(Piece { start, end: VirtualPosition::MAX });
                }
            }
        }
        Ok(SlicePlan::new(pieces))
    }

    /// A place in the file before which every record on a reference sequence (0-based in the index) ends
    /// before `position`; the start of the file where the index does not tell.
    pub fn floor(&self, reference: usize, position: Position) -> VirtualPosition {
        self.reference(reference)
            .map(|r| r.floor(u64::from(position.get().saturating_sub(1))))
            .unwrap_or_default()
    }

    fn mapped(&self, number: usize, interval: Interval, pieces: &mut Vec<Piece>) -> Result<()> {
        if number >= self.reference_count() {
            let (path, count) = (self.name().to_owned(), self.reference_count());
            return Err(Error::UnknownReference { path, reference: number, count });
        }
        let Some(reference) = self.reference(number) else { return Ok(()) };
        let (start, end) = interval.to_zero_based_half_open();
        let (start, end) = (u64::from(start), u64::from(end));
        // Position 0, the telomere of VCF, is indexed as position 1.
        let end = end.max(start + 1);
        let (floor, ceiling) = (reference.floor(start), reference.ceiling(end));
        for numbers in self.binning().overlapping(start, end) {
            for chunk in reference.bins(numbers).iter().flat_map(|bin| &bin.chunks) {
                let piece = Piece { start: chunk.start.max(floor), end: chunk.end.min(ceiling) };
                if piece.start < piece.end {
                    pieces.push(piece);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
