//! The one region filter.

use std::collections::HashMap;
use std::sync::Arc;

pub(crate) use bioserde_core::Location;
use bioserde_core::{Interval, Position, Region, VirtualPosition};
use bioserde_resolve::Want;

use crate::batches::RecordError;
use crate::error::{ErrorKind, Result};
use crate::unit::{Framing, Segment, record_len};

/// Tells where a record lies, by as little of it as it takes.
pub(crate) trait Locate: Send + Sync + std::fmt::Debug {
    fn locate(&self, record: &[u8]) -> std::result::Result<Location, RecordError>;

    /// The name of a record's reference sequence, where a record may name one that the header lacks.
    fn name<'a>(&self, _record: &'a [u8]) -> Option<&'a str> {
        None
    }
}

/// Where a record lies on its reference sequence and in its file.
#[derive(Clone, Copy, Debug)]
pub struct Located<'a> {
    /// On its reference sequence.
    pub location: Location,
    /// The name of a reference sequence that the header does not have.
    pub undeclared: Option<&'a str>,
    /// Where the record starts.
    pub start: VirtualPosition,
    /// Where the next one starts.
    pub end: VirtualPosition,
}

/// Visits records one by one, for an index.
#[derive(Clone, Debug)]
pub struct Locator {
    framing: Arc<dyn Framing>,
    locate: Arc<dyn Locate>,
}

impl Locator {
    pub(crate) fn new(framing: Arc<dyn Framing>, locate: Arc<dyn Locate>) -> Self {
        Self { framing, locate }
    }

    /// Tells where each record of a segment of a BGZF file lies.
    ///
    /// # Errors
    ///
    /// A record does not tell where it lies, or `each` refuses one; its error becomes one of this
    /// record.
    pub fn visit<E>(
        &self,
        segment: &Segment,
        mut each: impl FnMut(Located<'_>) -> std::result::Result<(), E>,
    ) -> Result<()>
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        let bytes = segment.bytes();
        let mut at = 0;
        for index in 0..segment.records() {
            let rest = bytes.get(at..).unwrap_or_default();
            let len = record_len(self.framing.as_ref(), rest);
            let record = rest.get(..len).unwrap_or_default();
            let fault = |e| segment.error(index, at, ErrorKind::Record(e));
            let location = self.locate.locate(record).map_err(fault)?;
            let is_undeclared = location.reference.is_none();
            let undeclared = self.locate.name(record).filter(|_| is_undeclared);
            let places = segment.virtual_position(at).zip(segment.virtual_position(at + len));
            let (start, end) = places.unwrap_or_default();
            each(Located { location, undeclared, start, end }).map_err(|e| fault(Box::new(e)))?;
            at += len;
        }
        Ok(())
    }
}

/// A part of what a filter keeps, such that all parts together have each record once, in file order.
///
/// A record that overlaps the regions of two parts belongs to the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Share {
    /// The regions, in the numbering of [`crate::Dataset::names`].
    pub wants: Vec<Want>,
    /// Records on this reference sequence that start at or before this position (1-based) belong to
    /// another share. It lies before the first of the regions there.
    pub after: Option<(usize, Position)>,
}

/// Keeps the records that overlap any of some regions, each once, in order.
#[derive(Clone, Debug)]
pub struct Filter {
    framing: Arc<dyn Framing>,
    locate: Arc<dyn Locate>,
    wanted: Arc<Wanted>,
}

#[derive(Debug, Default)]
struct Wanted {
    /// For each reference sequence, ascending and disjoint.
    intervals: Vec<Vec<Interval>>,
    unplaced: bool,
    /// Records on this reference sequence that start at or before this position are not wanted.
    after: Option<(usize, Position)>,
}

impl Wanted {
    fn new(wants: impl IntoIterator<Item = Want>, after: Option<(usize, Position)>, names: usize) -> Self {
        let mut wanted = Self { intervals: vec![Vec::new(); names], unplaced: false, after };
        for want in wants {
            match want {
                Want::Unplaced => wanted.unplaced = true,
                Want::Mapped { reference, interval } => {
                    if let Some(list) = wanted.intervals.get_mut(reference) {
                        list.push(interval);
                    }
                }
            }
        }
        for list in &mut wanted.intervals {
            merge(list);
        }
        wanted
    }
}

/// The regions by the numbers of their names; those of other names have no records.
pub(crate) fn numbered(regions: &[Region], names: &[String]) -> Vec<Want> {
    let numbers: HashMap<&str, usize> = match regions {
        [] => HashMap::new(),
        _ => names.iter().enumerate().rev().map(|(i, name)| (name.as_str(), i)).collect(),
    };
    let want = |region: &Region| match region {
        Region::Unplaced => Some(Want::Unplaced),
        Region::Mapped { name, interval } => {
            let reference = *numbers.get(name.as_str())?;
            Some(Want::Mapped { reference, interval: *interval })
        }
    };
    regions.iter().filter_map(want).collect()
}

impl Filter {
    pub(crate) fn new(
        framing: Arc<dyn Framing>,
        locate: Arc<dyn Locate>,
        regions: &[Region],
        names: &[String],
    ) -> Self {
        let wanted = Wanted::new(numbered(regions, names), None, names.len());
        Self { framing, locate, wanted: Arc::new(wanted) }
    }

    /// The filter of a share, for the dataset of this one.
    #[must_use]
    pub fn for_share(&self, share: &Share) -> Self {
        let names = self.wanted.intervals.len();
        let wanted = Wanted::new(share.wants.iter().copied(), share.after, names);
        Self { wanted: Arc::new(wanted), ..self.clone() }
    }

    /// The regions in the numbering of [`crate::Dataset::names`], merged and ascending, the unplaced last.
    pub fn wants(&self) -> Vec<Want> {
        let mapped = self.wanted.intervals.iter().enumerate();
        let mapped = mapped.flat_map(|(reference, list)| list.iter().map(move |i| (reference, *i)));
        let mut wants: Vec<Want> =
            mapped.map(|(reference, interval)| Want::Mapped { reference, interval }).collect();
        if self.wanted.unplaced {
            wants.push(Want::Unplaced);
        }
        wants
    }

    /// What tells where the records lie.
    pub(crate) fn locate(&self) -> Arc<dyn Locate> {
        Arc::clone(&self.locate)
    }

    /// Whether a record that lies there is wanted.
    pub fn keeps(&self, location: Location) -> bool {
        let Some(reference) = location.reference else { return self.wanted.unplaced };
        let (Some(list), Some(interval)) = (self.wanted.intervals.get(reference), location.interval) else {
            return false;
        };
        if self.wanted.after.is_some_and(|(r, after)| r == reference && interval.start <= after) {
            return false;
        }
        let i = list.partition_point(|w| w.end < interval.start);
        list.get(i).is_some_and(|w| w.overlaps(interval))
    }

    /// Whether every record that lies inside an interval of a reference sequence is wanted.
    pub(crate) fn keeps_within(&self, reference: usize, interval: Interval) -> bool {
        // Every region of a share lies after what it leaves to another.
        let mut list = self.wanted.intervals.get(reference).into_iter().flatten();
        list.any(|wanted| wanted.start <= interval.start && interval.end <= wanted.end)
    }

    /// Whether records without a reference sequence are wanted.
    pub(crate) fn keeps_unplaced(&self) -> bool {
        self.wanted.unplaced
    }

    /// The wanted ones of whole records that follow each other, and how many there are of all.
    pub(crate) fn select<'a>(
        &self,
        mut records: &'a [u8],
    ) -> std::result::Result<(Vec<&'a [u8]>, usize), RecordError> {
        let (mut wanted, mut all) = (Vec::new(), 0);
        while !records.is_empty() {
            let len = record_len(self.framing.as_ref(), records).max(1);
            let (record, rest) = records.split_at_checked(len).unwrap_or((records, &[]));
            if self.keeps(self.locate.locate(record)?) {
                wanted.push(record);
            }
            (records, all) = (rest, all + 1);
        }
        Ok((wanted, all))
    }

    /// The wanted records of a segment.
    ///
    /// # Errors
    ///
    /// A record does not tell where it lies.
    pub fn apply(&self, segment: &Segment) -> Result<Vec<Segment>> {
        let bytes = segment.bytes();
        let mut kept = Vec::new();
        // The run of wanted records that is open: its first byte and record.
        let mut open: Option<(usize, usize)> = None;
        let mut at = 0;
        for index in 0..segment.records() {
            let rest = bytes.get(at..).unwrap_or_default();
            let len = record_len(self.framing.as_ref(), rest);
            let location = self.locate.locate(rest.get(..len).unwrap_or_default());
            let location = location.map_err(|e| segment.error(index, at, ErrorKind::Record(e)))?;
            match (self.keeps(location), open) {
                (true, None) => open = Some((at, index)),
                (false, Some((start, first))) => {
                    kept.push(segment.part(start..at, first, index - first));
                    open = None;
                }
                _ => {}
            }
            at += len;
        }
        if let Some((start, first)) = open {
            kept.push(segment.part(start..at, first, segment.records() - first));
        }
        Ok(kept)
    }
}

/// Sorts intervals and joins those that overlap or touch.
fn merge(list: &mut Vec<Interval>) {
    list.sort();
    list.dedup_by(|next, last| {
        let joins = next.start.get() <= last.end.get().saturating_add(1);
        if joins {
            last.end = last.end.max(next.end);
        }
        joins
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use bioserde_core::Position;

    #[test]
    fn intervals_are_merged() {
        let at = |s, e| Interval { start: Position::new(s).unwrap(), end: Position::new(e).unwrap() };
        let mut list = vec![at(20, 30), at(1, 5), at(6, 7), at(3, 4)];
        merge(&mut list);
        assert_eq!(list, [at(1, 7), at(20, 30)]);
    }
}
