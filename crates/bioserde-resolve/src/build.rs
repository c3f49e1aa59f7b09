mod reference;
mod serialise;

use std::collections::HashMap;

use bioserde_core::{Interval, VirtualPosition};
use bioserde_storage::bgzf::{self, BlockError};
use thiserror::Error;

use crate::IndexKind;
use crate::binning::Binning;
use reference::ReferenceBuilder;

/// What an index needs to know of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexRecord {
    /// The number of the reference sequence, and the positions that the record covers: 1-based,
    /// closed; position 0 and an end before the start are taken as one base, as htslib does. Nothing
    /// for an unplaced record.
    pub place: Option<(usize, Interval)>,
    /// Whether it counts as mapped (SAMv1 §1.4: FLAG 0x4 is not set); variants always do.
    pub is_mapped: bool,
    /// Where the record starts.
    pub start: VirtualPosition,
    /// Where the next record starts, or the data ends.
    pub end: VirtualPosition,
}

/// Why records cannot be indexed, or an index cannot be written.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// The positions on a reference sequence descend.
    #[error("the records are not sorted: {name}:{position} comes after {name}:{previous}")]
    Descending {
        /// The reference sequence.
        name: String,
        /// 1-based, of the record.
        position: u32,
        /// 1-based, of the record before it.
        previous: u32,
    },
    /// The records of a reference sequence do not follow each other.
    #[error(
        "the records are not sorted: {name}:{position} comes after {previous}, but other records of {name} came before"
    )]
    Scattered {
        /// The reference sequence.
        name: String,
        /// 1-based, of the record.
        position: u32,
        /// The place of the record before it: a name and a position, or `*`.
        previous: String,
    },
    /// A placed record follows an unplaced one.
    #[error("the records are not sorted: {name}:{position} comes after an unplaced record")]
    AfterUnplaced {
        /// The reference sequence.
        name: String,
        /// 1-based, of the record.
        position: u32,
    },
    /// BAI and TBI have no bins there.
    #[error("{name}:{position} is beyond position {limit}, the last that this kind of index can hold")]
    BeyondLimit {
        /// The reference sequence.
        name: String,
        /// 1-based, the last that the record covers.
        position: u32,
        /// 1-based.
        limit: u64,
    },
    /// A record has a reference sequence that was not declared.
    #[error("there is no reference sequence of number {reference} (0-based)")]
    UnknownReference {
        /// 0-based.
        reference: usize,
    },
    /// The places in the file overlap or descend.
    #[error("a record at {start} to {end} of the file comes after one that ends at {previous}")]
    Place {
        /// Of the record.
        start: VirtualPosition,
        /// Of the record.
        end: VirtualPosition,
        /// The end of the record before it.
        previous: VirtualPosition,
    },
    /// A number does not fit its field of the index.
    #[error("the index has too many {0}")]
    TooMany(&'static str),
    /// The index cannot be compressed.
    #[error("the index cannot be compressed")]
    Compress(#[from] BlockError),
}

impl BuildError {
    /// A short piece of advice, where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Descending { .. } | Self::Scattered { .. } | Self::AfterUnplaced { .. } => {
                Some("sort it first: samtools sort, or bcftools sort")
            }
            Self::BeyondLimit { .. } => Some("--csi holds every position"),
            _ => None,
        }
    }
}

/// Makes the index of a BGZF file from its records, which come in order.
///
/// A CSI has one level of bins more than BAI and TBI and holds every position, so no lengths of
/// reference sequences are needed.
#[derive(Debug)]
pub struct IndexBuilder {
    kind: IndexKind,
    binning: Binning,
    has_names: bool,
    names: Vec<String>,
    numbers: HashMap<String, usize>,
    /// What the index calls the reference sequences, where it has no names and that is not their order.
    record_numbers: Option<Vec<Option<usize>>>,
    /// In the order of their first records; the last may be incomplete.
    references: Vec<(usize, ReferenceBuilder)>,
    /// Numbers of the reference sequences in `references`.
    is_started: Vec<bool>,
    unplaced: u64,
    end: VirtualPosition,
}

impl IndexBuilder {
    /// Starts an index for the reference sequences of a header, whose order numbers them.
    pub fn new<'a>(kind: IndexKind, names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut builder = Self {
            kind,
            binning: Binning::of(kind),
            has_names: kind == IndexKind::Tbi,
            names: Vec::new(),
            numbers: HashMap::new(),
            record_numbers: None,
            references: Vec::new(),
            is_started: Vec::new(),
            unplaced: 0,
            end: VirtualPosition::default(),
        };
        for name in names {
            builder.numbers.insert(name.to_owned(), builder.names.len());
            builder.names.push(name.to_owned());
        }
        builder
    }

    /// Makes a CSI one of a VCF, as TBI always is: it gets a tabix header, and counts those reference
    /// sequences that have records, in the order of these, rather than all of the header.
    #[must_use]
    pub fn with_names(mut self) -> Self {
        self.has_names = self.kind != IndexKind::Bai;
        self
    }

    /// Makes an index without names count the reference sequences as the records do
    /// ([`bioserde_core::Header::record_numbers`]) rather than in the order of the header.
    #[must_use]
    pub fn with_record_numbers(mut self, numbers: Option<Vec<Option<usize>>>) -> Self {
        self.record_numbers = numbers;
        self
    }

    /// The number of a reference sequence, which is added if the header did not declare it.
    pub fn reference(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len();
        self.numbers.insert(name.to_owned(), number);
        self.names.push(name.to_owned());
        number
    }

    /// Takes the next record.
    ///
    /// # Errors
    ///
    /// The record is out of order, or where this kind of index has no bins.
    pub fn push(&mut self, record: IndexRecord) -> Result<(), BuildError> {
        let IndexRecord { place, is_mapped, start, end } = record;
        if start < self.end || end < start {
            return Err(BuildError::Place { start, end, previous: self.end });
        }
        self.end = end;
        let Some((number, interval)) = place else {
            self.unplaced += 1;
            return Ok(());
        };
        let Some(name) = self.names.get(number) else {
            return Err(BuildError::UnknownReference { reference: number });
        };
        let name = || name.clone();
        let position = interval.start.get();
        if self.unplaced > 0 {
            return Err(BuildError::AfterUnplaced { name: name(), position });
        }
        let (first, last) = interval.to_zero_based_half_open();
        let last = last.max(first + 1);
        if u64::from(last) > self.binning.limit() {
            let limit = self.binning.limit();
            return Err(BuildError::BeyondLimit { name: name(), position: last, limit });
        }
        let current = self.references.last().filter(|(current, _)| *current == number);
        match current {
            Some((_, reference)) if reference.last_start() > first => {
                let previous = reference.last_start() + 1;
                return Err(BuildError::Descending { name: name(), position, previous });
            }
            Some(_) => {}
            None if self.is_started.get(number) == Some(&true) => {
                let previous = self.last_place();
                return Err(BuildError::Scattered { name: name(), position, previous });
            }
            None => self.start_reference(number, start),
        }
        if let Some((_, reference)) = self.references.last_mut() {
            let span = u64::from(first)..u64::from(last);
            reference.push(self.binning, span, crate::Piece { start, end }, is_mapped);
        }
        Ok(())
    }

    /// The bytes of the index file; those of CSI and TBI are BGZF blocks.
    ///
    /// # Errors
    ///
    /// [`BuildError::TooMany`]: a number does not fit its field.
    pub fn finish(mut self) -> Result<Vec<u8>, BuildError> {
        if let Some((_, reference)) = self.references.last_mut() {
            reference.finish(self.binning);
        }
        let bytes = serialise::serialise(&self)?;
        if self.kind == IndexKind::Bai { Ok(bytes) } else { Ok(bgzf::compress(&bytes)?) }
    }

    fn start_reference(&mut self, number: usize, start: VirtualPosition) {
        if let Some((_, reference)) = self.references.last_mut() {
            reference.finish(self.binning);
        }
        self.references.push((number, ReferenceBuilder::new(start)));
        if self.is_started.len() < self.names.len() {
            self.is_started.resize(self.names.len(), false);
        }
        if let Some(is_started) = self.is_started.get_mut(number) {
            *is_started = true;
        }
    }

    /// Where the last placed record is, for messages.
    fn last_place(&self) -> String {
        let last = self.references.last();
        let place = last.and_then(|(number, r)| Some((self.names.get(*number)?, r.last_start() + 1)));
        place.map_or_else(|| "*".to_owned(), |(name, position)| format!("{name}:{position}"))
    }
}

#[cfg(test)]
mod tests;
