use std::fmt;

/// A 1-based position on a reference sequence (SAMv1 §1.3, VCF §1.6.1).
///
/// 0 occurs in VCF for the telomere and in SAM for "unplaced"; it is a value here, not an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u32);

impl Position {
    /// The last position that SAM, VCF and their indexes can express: 2^31 - 1.
    pub const MAX: Self = Self(i32::MAX as u32);

    /// A 1-based position, or nothing when it is beyond [`Position::MAX`].
    pub fn new(one_based: u64) -> Option<Self> {
        u32::try_from(one_based).ok().map(Self).filter(|p| *p <= Self::MAX)
    }

    /// The position after a 0-based coordinate, or nothing when it is out of range.
    pub fn from_zero_based(zero_based: i64) -> Option<Self> {
        u64::try_from(zero_based.checked_add(1)?).ok().and_then(Self::new)
    }

    /// The 1-based value.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A 1-based, closed interval `[start, end]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// The first position that belongs to the interval.
    pub start: Position,
    /// The last position that belongs to the interval.
    pub end: Position,
}

impl Interval {
    /// Every position of a reference sequence.
    pub const ALL: Self = Self { start: Position(0), end: Position::MAX };

    /// Whether the two intervals share a position.
    pub fn overlaps(self, other: Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }

    /// The same interval as 0-based, half-open bounds `[start, end)`.
    pub fn to_zero_based_half_open(self) -> (u32, u32) {
        (self.start.0.saturating_sub(1), self.end.0)
    }

    /// The interval that 0-based, half-open bounds `[start, end)` describe; nothing when it is empty
    /// or beyond [`Position::MAX`].
    pub fn from_zero_based_half_open(start: u64, end: u64) -> Option<Self> {
        let start = Position::new(start.checked_add(1)?)?;
        let end = Position::new(end)?;
        (start <= end).then_some(Self { start, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_open_and_closed_are_inverse() {
        let i = Interval::from_zero_based_half_open(9, 20).unwrap();
        assert_eq!((i.start.get(), i.end.get()), (10, 20));
        assert_eq!(i.to_zero_based_half_open(), (9, 20));
        assert_eq!(Interval::from_zero_based_half_open(5, 5), None);
    }

    #[test]
    fn closed_ends_overlap() {
        let at = |s, e| Interval { start: Position(s), end: Position(e) };
        assert!(at(1, 10).overlaps(at(10, 12)));
        assert!(!at(1, 10).overlaps(at(11, 12)));
    }
}
