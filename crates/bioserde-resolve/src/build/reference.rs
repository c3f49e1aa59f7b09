use std::collections::BTreeMap;
use std::ops::Range;

use bioserde_core::VirtualPosition;

use crate::Piece;
use crate::binning::{Binning, parent};

/// A bin whose chunks lie within this many bytes of the file says little more than its parent would.
const SMALL: u64 = 1 << 16;

/// The bins and windows of one reference sequence, from its records in order.
#[derive(Debug)]
pub(super) struct ReferenceBuilder {
    pub(super) bins: BTreeMap<u64, Vec<Piece>>,
    /// For each window of `2^min_shift` bases, where the first record that overlaps it, or else the
    /// first after it, starts.
    pub(super) windows: Vec<VirtualPosition>,
    pub(super) extent: Piece,
    pub(super) mapped: u64,
    pub(super) unmapped: u64,
    /// 0-based start of the last record.
    last_start: u64,
}

impl ReferenceBuilder {
    pub(super) fn new(start: VirtualPosition) -> Self {
        Self {
            bins: BTreeMap::new(),
            windows: Vec::new(),
            extent: Piece { start, end: start },
            mapped: 0,
            unmapped: 0,
            last_start: 0,
        }
    }

    /// The 0-based start of the last record.
    pub(super) fn last_start(&self) -> u32 {
        u32::try_from(self.last_start).unwrap_or(u32::MAX)
    }

    /// Takes a record that covers `span` (0-based, half-open) and lies at `place` in the file.
    pub(super) fn push(&mut self, binning: Binning, span: Range<u64>, place: Piece, is_mapped: bool) {
        let chunks = self.bins.entry(binning.bin(span.start, span.end)).or_default();
        match chunks.last_mut() {
            Some(last) if place.start.compressed() <= last.end.compressed() => last.end = place.end,
            _ => chunks.push(place),
        }
        // Records come by ascending start, so windows that were passed over stay without records.
        let last_window = usize::try_from((span.end - 1) >> binning.min_shift()).unwrap_or(usize::MAX);
        while self.windows.len() <= last_window {
            self.windows.push(place.start);
        }
        if is_mapped {
            self.mapped += 1;
        } else {
            self.unmapped += 1;
        }
        self.extent.end = place.end;
        self.last_start = span.start;
    }

    /// Moves the chunks of small bins to their parents, from the smallest bins up, and joins chunks
    /// that meet in a block.
    pub(super) fn finish(&mut self, binning: Binning) {
        for level in (1..=binning.depth()).rev() {
            let numbers: Vec<u64> = self.bins.range(binning.level(level)).map(|(bin, _)| *bin).collect();
            for bin in numbers {
                // Without a chunk of its own, the parent is a bin that most queries need not read.
                let is_small = self.bins.get(&bin).is_some_and(|chunks| length(chunks) < SMALL);
                if is_small
                    && self.bins.contains_key(&parent(bin))
                    && let Some(mut chunks) = self.bins.remove(&bin)
                {
                    self.bins.entry(parent(bin)).or_default().append(&mut chunks);
                }
            }
        }
        for chunks in self.bins.values_mut() {
            chunks.sort_unstable();
            chunks.dedup_by(|next, chunk| {
                let meet = next.start.compressed() <= chunk.end.compressed();
                if meet {
                    chunk.end = chunk.end.max(next.end);
                }
                meet
            });
        }
    }
}

/// Bytes of the file from the first of the chunks to the last.
fn length(chunks: &[Piece]) -> u64 {
    let first = chunks.iter().map(|chunk| chunk.start).min().unwrap_or_default();
    let last = chunks.iter().map(|chunk| chunk.end).max().unwrap_or_default();
    last.compressed().saturating_sub(first.compressed())
}
