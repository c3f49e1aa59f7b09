use std::collections::HashMap;

use bioserde_core::{Interval, Position, Region};

/// A region as a request writes it: 0-based, half-open, of any size.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QueryRegion {
    /// Records on one reference sequence that overlap `[start, end)`.
    Placed {
        /// `referenceName`, decoded. Any text, but not empty and not `*`.
        reference_name: String,
        /// The first base, 0-based; nothing means from the start of the sequence.
        start: Option<u64>,
        /// The base after the last, 0-based; nothing means to the end of the sequence.
        end: Option<u64>,
    },
    /// Reads without RNAME and POS, asked for as `*`.
    Unplaced,
}

/// What a region selects in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Selected {
    /// No base and so no record. The reference sequence still has to exist.
    Nothing {
        /// The name of the reference sequence.
        reference_name: String,
    },
    /// The records of a region, 1-based and closed.
    Records(Region),
}

impl QueryRegion {
    /// The `referenceName` of a request, `*` for unplaced reads.
    pub fn reference_name(&self) -> &str {
        match self {
            Self::Placed { reference_name, .. } => reference_name,
            Self::Unplaced => "*",
        }
    }

    /// The first base and the base after the last, 0-based, if they were given.
    pub fn bounds(&self) -> (Option<u64>, Option<u64>) {
        match self {
            Self::Placed { start, end, .. } => (*start, *end),
            Self::Unplaced => (None, None),
        }
    }

    /// What the region selects.
    ///
    /// An empty range and one that begins after [`Position::MAX`] select nothing; an end after it is cut
    /// there. Without a start the records at position 0, VCF's telomeres, belong to the region.
    pub fn select(&self) -> Selected {
        let Self::Placed { reference_name, start, end } = self else {
            return Selected::Records(Region::Unplaced);
        };
        let max = u64::from(Position::MAX.get());
        let end = end.unwrap_or(max).min(max);
        let interval = match start {
            None => {
                Position::new(end).filter(|_| end > 0).map(|end| Interval { start: Interval::ALL.start, end })
            }
            Some(start) => Interval::from_zero_based_half_open(*start, end),
        };
        let name = reference_name.clone();
        match interval {
            Some(interval) => Selected::Records(Region::Mapped { name, interval }),
            None => Selected::Nothing { reference_name: name },
        }
    }
}

/// How a request asks for the records of a region. Those at position 0 alone cannot be asked for: then
/// the first base comes with them.
impl From<&Region> for QueryRegion {
    fn from(region: &Region) -> Self {
        let Region::Mapped { name, interval } = region else { return Self::Unplaced };
        let (start, end) = (u64::from(interval.start.get()), interval.end);
        Self::Placed {
            reference_name: name.clone(),
            start: start.checked_sub(1),
            end: (end < Position::MAX).then(|| u64::from(end.get()).max(1)),
        }
    }
}

/// Regions that select the same records and neither overlap nor touch: those of one name together and
/// ascending, names in the order in which they first appear, unplaced reads last.
pub fn merge(regions: impl IntoIterator<Item = Region>) -> Vec<Region> {
    let mut order: HashMap<String, usize> = HashMap::new();
    let mut names: Vec<(String, Vec<Interval>)> = Vec::new();
    let mut has_unplaced = false;
    for region in regions {
        let Region::Mapped { name, interval } = region else {
            has_unplaced = true;
            continue;
        };
        let place = *order.entry(name).or_insert_with_key(|name| {
            names.push((name.clone(), Vec::new()));
            names.len() - 1
        });
        if let Some((_, intervals)) = names.get_mut(place) {
            intervals.push(interval);
        }
    }
    let mapped = names.into_iter().flat_map(|(name, intervals)| {
        joined(intervals).into_iter().map(move |interval| Region::Mapped { name: name.clone(), interval })
    });
    mapped.chain(has_unplaced.then_some(Region::Unplaced)).collect()
}

fn joined(mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.sort_unstable();
    let mut joined: Vec<Interval> = Vec::new();
    for next in intervals {
        match joined.last_mut() {
            Some(last) if next.start.get() <= last.end.get().saturating_add(1) => {
                last.end = last.end.max(next.end);
            }
            _ => joined.push(next),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn placed(start: impl Into<Option<u64>>, end: impl Into<Option<u64>>) -> Selected {
        let (start, end) = (start.into(), end.into());
        QueryRegion::Placed { reference_name: "1".into(), start, end }.select()
    }

    fn mapped(name: &str, start: u64, end: u64) -> Region {
        let at = |p| Position::new(p).unwrap();
        Region::Mapped { name: name.into(), interval: Interval { start: at(start), end: at(end) } }
    }

    #[test]
    fn p8_half_open_becomes_closed() {
        let max = u64::from(Position::MAX.get());
        assert_eq!(placed(999, 1000), Selected::Records(mapped("1", 1000, 1000)));
        assert_eq!(placed(0, 1), Selected::Records(mapped("1", 1, 1)));
        assert_eq!(placed(9, None), Selected::Records(mapped("1", 10, max)));
        assert_eq!(placed(None, 9), Selected::Records(mapped("1", 0, 9)));
        assert_eq!(placed(None, None), Selected::Records(mapped("1", 0, max)));
        assert_eq!(QueryRegion::Unplaced.select(), Selected::Records(Region::Unplaced));
    }

    #[test]
    fn p8_positions_beyond_the_formats_select_nothing_or_are_cut() {
        let max = u64::from(Position::MAX.get());
        assert_eq!(placed(5, u64::MAX), Selected::Records(mapped("1", 6, max)));
        for start in [max, max + 1, u64::from(u32::MAX), u64::MAX] {
            assert_eq!(placed(start, None), Selected::Nothing { reference_name: "1".into() });
        }
        assert_eq!(placed(max - 1, None), Selected::Records(mapped("1", max, max)));
    }

    #[test]
    fn d7_empty_ranges_select_nothing() {
        let nothing = Selected::Nothing { reference_name: "1".into() };
        for selected in [placed(0, 0), placed(None, 0), placed(7, 7), placed(u64::MAX, u64::MAX)] {
            assert_eq!(selected, nothing);
        }
    }

    #[test]
    fn p18_overlapping_and_touching_regions_are_merged() {
        let regions = [
            mapped("2", 1, 5),
            Region::Unplaced,
            mapped("1", 20, 30),
            mapped("1", 1, 9),
            mapped("1", 10, 12),
        ];
        let merged = merge(regions.into_iter().chain([mapped("1", 25, 26), Region::Unplaced]));
        let wanted = [mapped("2", 1, 5), mapped("1", 1, 12), mapped("1", 20, 30), Region::Unplaced];
        assert_eq!(merged, wanted);
    }

    #[test]
    fn a_region_is_asked_for_as_it_is_selected() {
        let max = u64::from(Position::MAX.get());
        let all = Region::Mapped { name: "1".into(), interval: Interval::ALL };
        for region in [mapped("1", 5, 9), mapped("1", 1, 1), mapped("1", 7, max), all, Region::Unplaced] {
            assert_eq!(QueryRegion::from(&region).select(), Selected::Records(region));
        }
        let telomere = QueryRegion::from(&mapped("1", 0, 0));
        assert_eq!(telomere.select(), Selected::Records(mapped("1", 0, 1)));
    }

    proptest! {
        #[test]
        fn p18_merging_keeps_every_base(list in vec((0u64..2, 0u64..60, 0u64..9), 0..20)) {
            let regions: Vec<_> =
                list.iter().map(|(n, s, l)| mapped(&n.to_string(), *s, s + l)).collect();
            let merged = merge(regions.clone());
            let hits = |regions: &[Region], name: &str, p: u32| regions.iter().filter(|r| matches!(r,
                Region::Mapped { name: n, interval } if n == name
                    && (interval.start.get()..=interval.end.get()).contains(&p))).count();
            for name in ["0", "1"] {
                for p in 0..70 {
                    prop_assert_eq!(hits(&merged, name, p), usize::from(hits(&regions, name, p) > 0));
                }
            }
        }
    }
}
