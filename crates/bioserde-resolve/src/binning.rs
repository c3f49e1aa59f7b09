use std::ops::Range;

use crate::IndexKind;

/// How an index divides a reference sequence into bins (SAMv1 §5.1.1; CSIv1): level 0 is one bin,
/// and each bin has eight children down to level `depth`, whose bins span `2^min_shift` bases.
///
/// Coordinates are 0-based and half-open here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Binning {
    min_shift: u32,
    depth: u32,
}

impl Binning {
    /// That of BAI and TBI: positions up to 2^29.
    pub(crate) const FIXED: Self = Self { min_shift: 14, depth: 5 };
    /// Covers every position that SAM and VCF can express, whatever the header says of lengths. A
    /// level more than BAI has costs nothing where no record needs it.
    pub(crate) const WIDE: Self = Self { min_shift: 14, depth: 6 };

    /// The scheme of the indexes that are written.
    pub(crate) fn of(kind: IndexKind) -> Self {
        if kind == IndexKind::Csi { Self::WIDE } else { Self::FIXED }
    }

    /// The scheme that a CSI file tells; nothing when bin numbers would exceed 32 bits or positions
    /// 63.
    pub(crate) fn new(min_shift: u32, depth: u32) -> Option<Self> {
        (depth <= 9 && min_shift <= 32).then_some(Self { min_shift, depth })
    }

    pub(crate) fn min_shift(self) -> u32 {
        self.min_shift
    }

    pub(crate) fn depth(self) -> u32 {
        self.depth
    }

    /// The first position that no bin holds.
    pub(crate) fn limit(self) -> u64 {
        1 << self.shift(0)
    }

    /// The number of bins, which is also the number after the last bin's.
    pub(crate) fn bin_count(self) -> u64 {
        first_bin(self.depth + 1)
    }

    /// The number of the pseudo-bin that holds counts in place of chunks.
    pub(crate) fn metadata_bin(self) -> u64 {
        self.bin_count() + 1
    }

    /// The numbers of a level's bins.
    pub(crate) fn level(self, level: u32) -> Range<u64> {
        first_bin(level)..first_bin(level + 1)
    }

    /// The smallest bin that holds all of `[start, end)`, which is not empty and within the limit.
    pub(crate) fn bin(self, start: u64, end: u64) -> u64 {
        let last = end.saturating_sub(1).max(start);
        (0..=self.depth)
            .rev()
            .find(|level| start >> self.shift(*level) == last >> self.shift(*level))
            .map_or(0, |level| first_bin(level) + (start >> self.shift(level)))
    }

    /// The first position of a bin.
    pub(crate) fn start(self, bin: u64) -> u64 {
        let level = (0..=self.depth).rev().find(|level| first_bin(*level) <= bin).unwrap_or(0);
        (bin - first_bin(level)) << self.shift(level)
    }

    /// The bins that overlap `[start, end)`: one range of numbers a level. None beyond the limit.
    pub(crate) fn overlapping(self, start: u64, end: u64) -> impl Iterator<Item = Range<u64>> {
        let end = end.min(self.limit());
        let levels = if start < end { 0..self.depth + 1 } else { 0..0 };
        levels.map(move |level| {
            let (first, shift) = (first_bin(level), self.shift(level));
            first + (start >> shift)..first + ((end - 1) >> shift) + 1
        })
    }

    /// The power of two that a level's bins span.
    fn shift(self, level: u32) -> u32 {
        self.min_shift + 3 * (self.depth - level)
    }
}

/// The parent of a bin other than 0.
pub(crate) fn parent(bin: u64) -> u64 {
    bin.saturating_sub(1) >> 3
}

fn first_bin(level: u32) -> u64 {
    ((1 << (3 * level)) - 1) / 7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_specification() {
        let b = Binning::FIXED;
        assert_eq!((b.bin_count(), b.metadata_bin(), b.limit()), (37449, 37450, 1 << 29));
        assert_eq!(b.bin(0, 1), 4681);
        assert_eq!(b.bin(0, 1 << 14), 4681);
        assert_eq!(b.bin(0, (1 << 14) + 1), 585);
        assert_eq!(b.bin((1 << 26) - 1, (1 << 26) + 1), 0);
        assert_eq!(b.bin((1 << 29) - 1, 1 << 29), 37448);
        assert_eq!((b.start(4682), b.start(37448), b.start(2)), (1 << 14, (1 << 29) - (1 << 14), 1 << 26));
        assert_eq!((parent(4681), parent(8), parent(9)), (585, 0, 1));
    }

    #[test]
    fn overlapping_bins_hold_the_bin_of_every_overlapping_interval() {
        for b in [Binning::FIXED, Binning::WIDE, Binning { min_shift: 4, depth: 2 }] {
            for (start, len) in [(0, 1), (15, 3), (100, 900), (1000, 24)] {
                let bin = b.bin(start, start + len);
                assert!(b.overlapping(start + len - 1, start + len + 5).any(|r| r.contains(&bin)));
                assert!(b.start(bin) <= start);
            }
            assert_eq!(b.overlapping(b.limit(), u64::MAX).count(), 0);
            assert_eq!(b.overlapping(b.limit() - 1, u64::MAX).count(), b.depth() as usize + 1);
        }
    }

    #[test]
    fn absurd_schemes_are_refused() {
        assert_eq!(Binning::new(14, 5), Some(Binning::FIXED));
        assert_eq!(Binning::new(14, 10), None);
        assert_eq!(Binning::new(64, 5), None);
        let largest = Binning::new(32, 9).unwrap();
        assert!(u32::try_from(largest.metadata_bin()).is_ok());
        assert_eq!(largest.limit(), 1 << 59);
    }
}
