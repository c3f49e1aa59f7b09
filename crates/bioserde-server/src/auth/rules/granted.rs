use std::collections::HashMap;
use std::fmt;

use bioserde_core::{Interval, Region};
use bioserde_htsget::merge;

/// What may be read of one file.
#[derive(Debug)]
pub(super) enum Granted {
    Whole,
    Parts(Parts),
}

#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Ascending; they neither overlap nor touch.
    intervals: HashMap<String, Vec<Interval>>,
    unplaced: bool,
    /// The same, as it is said to callers.
    merged: Vec<Region>,
}

impl Granted {
    /// All that any of some grants allows; a grant without regions is of the whole file. Nothing when there
    /// is no grant.
    pub(super) fn union<'a>(grants: impl Iterator<Item = Option<&'a [Region]>>) -> Option<Self> {
        let mut regions = None;
        for grant in grants {
            let Some(grant) = grant else {
                return Some(Self::Whole);
            };
            regions.get_or_insert_with(Vec::new).extend_from_slice(grant);
        }
        regions.map(|regions| Self::Parts(Parts::new(regions)))
    }

    pub(super) fn is_whole(&self) -> bool {
        matches!(self, Self::Whole)
    }

    /// Whether every position of a region may be read.
    pub(super) fn covers(&self, region: &Region) -> bool {
        match self {
            Self::Whole => true,
            Self::Parts(parts) => parts.covers(region),
        }
    }
}

impl Parts {
    fn new(regions: Vec<Region>) -> Self {
        let merged = merge(regions);
        let mut parts = Self::default();
        for region in &merged {
            match region {
                Region::Unplaced => parts.unplaced = true,
                Region::Mapped { name, interval } => {
                    parts.intervals.entry(name.clone()).or_default().push(*interval);
                }
            }
        }
        parts.merged = merged;
        parts
    }

    fn covers(&self, region: &Region) -> bool {
        let Region::Mapped { name, interval } = region else {
            return self.unplaced;
        };
        let granted = self.intervals.get(name).map(Vec::as_slice).unwrap_or_default();
        let begun = granted.partition_point(|one| one.start <= interval.start);
        // Merged intervals have a gap between them, so that one of them has to cover the whole.
        let last = begun.checked_sub(1).and_then(|i| granted.get(i));
        last.is_some_and(|last| interval.end <= last.end)
    }
}

/// Regions that a message lists.
const LISTED: usize = 10;

impl fmt::Display for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Parts(parts) = self else {
            return f.write_str("the whole file");
        };
        let listed: Vec<String> = parts.merged.iter().take(LISTED).map(Region::to_string).collect();
        f.write_str(&listed.join(", "))?;
        match parts.merged.len().saturating_sub(LISTED) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use bioserde_core::Position;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn mapped((name, start, length): (u64, u64, u64)) -> Region {
        let at = |position| Position::new(position).unwrap();
        let interval = Interval { start: at(start), end: at(start + length) };
        Region::Mapped { name: format!("chr{name}"), interval }
    }

    fn granted(regions: Vec<Region>) -> Granted {
        Granted::union([Some(regions.as_slice())].into_iter()).unwrap()
    }

    #[test]
    fn touching_regions_are_one_and_a_gap_of_one_base_is_a_gap() {
        let touching = granted(vec![mapped((1, 100, 99)), mapped((1, 200, 100))]);
        assert!(touching.covers(&mapped((1, 150, 100))));
        let gap = granted(vec![mapped((1, 100, 98)), mapped((1, 200, 100))]);
        assert!(!gap.covers(&mapped((1, 150, 100))));
    }

    #[test]
    fn a_long_list_is_cut_in_messages() {
        let one = granted(vec![mapped((1, 5, 2)), Region::Unplaced]);
        assert_eq!(one.to_string(), "chr1:5-7, *");
        let many = granted((0..12).map(|i| mapped((1, i * 10, 5))).collect());
        assert!(many.to_string().ends_with("chr1:90-95 and 2 more"), "{many}");
    }

    fn region() -> impl Strategy<Value = (u64, u64, u64)> {
        (0u64..3, 0u64..40, 0u64..12)
    }

    proptest! {
        /// The model asks of every single base whether some rule grants it.
        #[test]
        fn coverage_is_that_of_every_base(
            grants in vec(vec(region(), 1..5), 1..5),
            asked in vec(region(), 1..20),
            unplaced: bool,
        ) {
            let mut rules: Vec<Vec<Region>> =
                grants.iter().map(|rule| rule.iter().copied().map(mapped).collect()).collect();
            if unplaced {
                rules[0].push(Region::Unplaced);
            }
            let union = Granted::union(rules.iter().map(|rule| Some(rule.as_slice()))).unwrap();
            let base = |name: u64, p: u64| {
                grants.iter().flatten().any(|(n, start, length)| *n == name && (*start..=start + length).contains(&p))
            };
            for (name, start, length) in asked {
                let every = (start..=start + length).all(|p| base(name, p));
                prop_assert_eq!(union.covers(&mapped((name, start, length))), every);
            }
            prop_assert_eq!(union.covers(&Region::Unplaced), unplaced);
        }
    }
}
