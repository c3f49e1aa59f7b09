use std::ops::Range;

use bioserde_core::{Interval, Position};
use bioserde_resolve::{Crai, Want};

use super::dataset::CramDataset;
use crate::error::Result;
use crate::filter::Share;
use crate::slice::{Extent, in_file_order, packed};

impl CramDataset {
    /// Divides regions, which are merged and ascending as [`crate::Filter::wants`] has them, into shares whose
    /// records lie in containers of about `bytes` of the file each, and which have `limit` regions at most.
    /// Only the index is looked into. Where it has no records there are no shares.
    ///
    /// Nothing when the file has no index, or by its index is not sorted by coordinate.
    pub fn divide(&self, regions: &[Want], bytes: u64, limit: usize) -> Option<Vec<Share>> {
        let index = self.index().filter(|index| index.is_ascending())?;
        let mut extents = Vec::new();
        for &want in regions {
            let containers = index.plan(&[want]);
            let (Some(&start), Some(&last)) = (containers.first(), containers.last()) else { continue };
            let extent = Extent { want, start, end: self.start_after(index, last) };
            extents.extend(cut(extent, index, bytes));
        }
        Some(packed(in_file_order(extents), bytes, limit))
    }

    /// Cuts a range of whole containers into ranges of about so many bytes, where containers start.
    ///
    /// # Errors
    ///
    /// Without an index: the file cannot be read, or has no container where one has to be.
    pub fn cuts(&self, range: Range<u64>, bytes: u64) -> Result<Vec<Range<u64>>> {
        let mut cuts = Vec::new();
        let (mut start, mut before) = (range.start, range.start);
        if range.end - range.start > bytes {
            for next in self.container_starts(range.clone()).chain([Ok(range.end)]) {
                let next = next?;
                if next - start > bytes && before > start {
                    cuts.push(start..before);
                    start = before;
                }
                before = next;
            }
        }
        if start < range.end {
            cuts.push(start..range.end);
        }
        Ok(cuts)
    }

    /// Where the container after one starts, as far as the index knows.
    fn start_after(&self, index: &Crai, container: u64) -> u64 {
        let containers = index.containers();
        let next = containers.partition_point(|start| *start <= container);
        containers.get(next).copied().unwrap_or(self.data_range().end)
    }
}

/// Cuts a region whose containers have too many bytes, where containers start.
fn cut(extent: Extent, index: &Crai, bytes: u64) -> Vec<Extent> {
    let Extent { want, start, end } = extent;
    let Want::Mapped { reference, interval } = want else { return vec![extent] };
    let mut extents = Vec::new();
    let mut push = |first, last, start, end| {
        let want = Want::Mapped { reference, interval: Interval { start: first, end: last } };
        extents.push(Extent { want, start, end });
    };
    let (mut first, mut from) = (interval.start, start);
    for (position, container) in index.starts(reference, interval) {
        // Those that start at one position cannot be told apart.
        let is_cut = container.saturating_sub(from) >= bytes && position > first && position <= interval.end;
        if is_cut && let Some(last) = Position::new(u64::from(position.get()).saturating_sub(1)) {
            push(first, last, from, container);
            (first, from) = (position, container);
        }
    }
    push(first, interval.end, from, end);
    extents
}
