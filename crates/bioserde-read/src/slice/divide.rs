//! Shares of a slice that are small enough to be fetched one by one.

use std::ops::Range;

use bioserde_core::{Interval, Position, VirtualPosition};
use bioserde_resolve::{Index, Piece, Want};

use crate::dataset::Dataset;
use crate::error::Result;
use crate::filter::Share;

/// Positions are cut at multiples of this, the windows of BAI and TBI (SAMv1 §5.1.3).
const WINDOW: u32 = 1 << 14;

/// A region with the bytes of the file in which its records lie.
pub(crate) struct Extent {
    pub(crate) want: Want,
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl Dataset {
    /// Divides regions, which are merged and ascending as [`crate::Filter::wants`] has them, into shares whose records lie in about `bytes` of the file each, and
    /// which have `limit` regions at most. Only the index is looked into. Where it has no records there
    /// are no shares.
    ///
    /// Nothing when the input has no index; or is a CRAM that is not sorted by coordinate, by its index.
    ///
    /// # Errors
    ///
    /// The index is another file's, or the file cannot be read or is truncated inside a block.
    pub fn divide(&self, regions: &[Want], bytes: u64, limit: usize) -> Result<Option<Vec<Share>>> {
        if let Some(packing) = &self.packing {
            return Ok(packing.divide(regions, bytes, limit));
        }
        let (Some(index), Some(end)) = (&self.index, self.records_end()?) else { return Ok(None) };
        let mut extents = Vec::new();
        for &want in regions {
            let Some(numbered) = self.index_want(index, want) else { continue };
            let plan = index.plan(&[numbered]).map_err(|e| self.error(e))?;
            let (Some(first), Some(last)) = (plan.pieces.first(), plan.pieces.last()) else { continue };
            let first = first.start.max(self.first_record.unwrap_or_default());
            let last = last.end.min(end);
            if first >= last {
                continue;
            }
            let extent = Extent { want, start: first.compressed(), end: last.compressed() };
            let cut = cut(extent, index, numbered, bytes);
            extents.extend(cut);
        }
        Ok(Some(packed(in_file_order(extents), bytes, limit)))
    }

    /// Divides all records into pieces of about `bytes` of the file, cut at the starts of BGZF blocks, or of
    /// the containers of CRAM.
    ///
    /// Without an index that takes the headers of all of them. Nothing when the input is in neither.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is truncated inside a block, or has no block where one has to be; or the
    /// index is another file's.
    pub fn divide_all(&self, bytes: u64) -> Result<Option<Vec<Piece>>> {
        if let Some(packing) = &self.packing {
            let place = |at| VirtualPosition::new(at, 0).unwrap_or_default();
            let piece = |range: Range<u64>| Piece { start: place(range.start), end: place(range.end) };
            return Ok(packing.cuts(bytes)?.map(|cuts| cuts.into_iter().map(piece).collect()));
        }
        let (Some(mut start), Some(end)) = (self.first_record, self.records_end()?) else {
            return Ok(None);
        };
        let (known, mut pieces) = (self.known_starts(), Vec::new());
        while self.has_records && start < end {
            let wanted = start.compressed().saturating_add(bytes.max(1)).min(end.compressed());
            let before = known.get(..known.partition_point(|known| *known <= wanted));
            let nearest = before.and_then(<[u64]>::last).copied().unwrap_or_default();
            let cut = if wanted < end.compressed() {
                let found = self.block_from(nearest.max(start.compressed()), wanted);
                found.map_err(|(offset, fault)| self.walk_error(offset, fault))?
            } else {
                wanted
            };
            let cut = VirtualPosition::new(cut, 0).map_or(end, |cut| cut.min(end));
            pieces.push(Piece { start, end: cut });
            start = cut;
        }
        Ok(Some(pieces))
    }
}

/// Extents whose regions are ascending, in the order of the file. Reference sequences need not be in the
/// header's order there, only each together.
pub(crate) fn in_file_order(extents: Vec<Extent>) -> impl Iterator<Item = Extent> {
    let mut references: Vec<Vec<Extent>> = Vec::new();
    for extent in extents {
        let is_same =
            |list: &&mut Vec<Extent>| list.last().is_some_and(|last| same_reference(last.want, extent.want));
        match references.last_mut().filter(is_same) {
            Some(list) => list.push(extent),
            None => references.push(vec![extent]),
        }
    }
    references.sort_by_key(|list| list.first().map(|extent| extent.start));
    references.into_iter().flatten()
}

fn same_reference(a: Want, b: Want) -> bool {
    matches!((a, b), (Want::Mapped { reference: a, .. }, Want::Mapped { reference: b, .. }) if a == b)
}

/// Cuts a region whose records lie in too many bytes. Where all of them lie in one window it stays whole.
fn cut(extent: Extent, index: &Index, numbered: Want, bytes: u64) -> Vec<Extent> {
    let total = extent.end - extent.start;
    let (Want::Mapped { reference, interval }, Want::Mapped { reference: number, .. }) =
        (extent.want, numbered)
    else {
        return vec![extent];
    };
    let n = total.div_ceil(bytes.max(1));
    let mut extents = Vec::new();
    let (mut first, mut from) = (interval.start, extent.start);
    for k in 1..n {
        let target = extent.start + total / n * k;
        let windows = first.get() / WINDOW + 1..interval.end.get().div_ceil(WINDOW);
        let Some((last, offset)) = first_window_at(index, number, windows, target) else { break };
        if last >= interval.end {
            break;
        }
        let want = Want::Mapped { reference, interval: Interval { start: first, end: last } };
        extents.push(Extent { want, start: from, end: offset.max(from) });
        let Some(next) = Position::new(u64::from(last.get()) + 1) else { break };
        (first, from) = (next, offset.max(from));
    }
    let want = Want::Mapped { reference, interval: Interval { start: first, end: interval.end } };
    extents.push(Extent { want, start: from, end: extent.end });
    extents
}

/// The position before the first window whose records start at `target` in the file or later, and where
/// they start.
fn first_window_at(
    index: &Index,
    number: usize,
    windows: Range<u32>,
    target: u64,
) -> Option<(Position, u64)> {
    let floor = |window: u32| {
        let position = Position::new(u64::from(window) * u64::from(WINDOW))?;
        Some((position, index.floor(number, Position::new(u64::from(position.get()) + 1)?).compressed()))
    };
    let (mut low, mut high) = (windows.start, windows.end);
    while low < high {
        let middle = low + (high - low) / 2;
        if floor(middle).is_some_and(|(_, offset)| offset < target) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    floor(low).filter(|_| low < windows.end)
}

/// Shares of at most so many regions and about so many bytes of the file, or one region.
pub(crate) fn packed(extents: impl Iterator<Item = Extent>, bytes: u64, wants: usize) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    let (mut filled, mut reached) = (0, 0);
    for extent in extents {
        let added = extent.end.saturating_sub(extent.start.max(reached));
        reached = reached.max(extent.end);
        match shares.last_mut() {
            Some(share) if share.wants.len() < wants.max(1) && filled + added <= bytes => {
                share.wants.push(extent.want);
                filled += added;
            }
            last => {
                let before = last.and_then(|share| share.wants.last().copied());
                shares.push(Share { wants: vec![extent.want], after: after(before, extent.want) });
                filled = added;
            }
        }
    }
    shares
}

/// Where the regions of the share before end, if they are on the same reference sequence.
fn after(before: Option<Want>, want: Want) -> Option<(usize, Position)> {
    match (before?, want) {
        (Want::Mapped { reference, interval }, Want::Mapped { reference: next, .. }) if reference == next => {
            Some((reference, interval.end))
        }
        _ => None,
    }
}
