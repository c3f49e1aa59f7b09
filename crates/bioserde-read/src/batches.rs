//! The one loop from records to record batches.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::RecordBatch;

use crate::error::{ErrorKind, Result};
use crate::formats::vcf::conformance::order::{self, Disorder, Order};
use crate::unit::{Framing, Segment, Unit, record_len};
use crate::verify::{NewVerify, Verify};

/// A batch is full at this many bytes of source, whatever its rows: offsets of a text column end at
/// 2 GiB, a single nanopore read has megabytes, and a batch that fits the cache is encoded from there.
const BATCH_BYTES: usize = 2 << 20;

/// What was out of the ordinary, counted by kind.
///
/// Whether variants are in order is told from the order of the rows, whatever the units they were decoded
/// in; see [`Tally::merge`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    counts: BTreeMap<&'static str, u64>,
    order: Order,
}

impl Tally {
    /// Counts one of a kind.
    pub(crate) fn add(&mut self, kind: &'static str) {
        self.add_many(kind, 1);
    }

    /// Counts some of a kind.
    pub fn add_many(&mut self, kind: &'static str, n: u64) {
        if n > 0 {
            *self.counts.entry(kind).or_default() += n;
        }
    }

    /// Counts what is out of order about the next record of variants.
    #[inline]
    pub(crate) fn add_record(&mut self, contig: &[u8], pos: i32, reference: &[u8], alt: &[u8]) {
        let disorder = self.order.push(contig, pos, reference, alt);
        if disorder != Disorder::default() {
            self.add_disorder(disorder);
        }
    }

    fn add_disorder(&mut self, disorder: Disorder) {
        self.add_many(order::BEFORE, disorder.before);
        self.add_many(order::RETURNED, disorder.returned);
        self.add_many(order::TWICE, disorder.twice);
    }

    /// Counts an input whose last line has no end: it may have been cut there.
    pub fn add_unended_line(&mut self) {
        self.add("inputs whose last line has no end, and may be cut off");
    }

    /// Counts the oddities of a header, and the missing end of its last line.
    pub fn add_header(&mut self, input: &crate::Input) {
        if input.has_unended_header() {
            self.add_unended_line();
        }
        if !input.header_oddities().is_empty() {
            *self.counts.entry("header lines out of the ordinary").or_default() +=
                input.header_oddities().len() as u64;
        }
    }

    /// Adds the counts of another tally, whose rows follow those of this one: records out of order and
    /// variants that stand twice are counted across the seam as well. Of several inputs, the second follows
    /// the first as if they were one.
    pub fn merge(&mut self, other: &Self) {
        let disorder = self.order.join(&other.order);
        self.add_disorder(disorder);
        for (kind, n) in &other.counts {
            *self.counts.entry(kind).or_default() += n;
        }
    }

    /// Each kind with its count, in the order of the kinds' names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.counts.iter().map(|(kind, n)| (*kind, *n))
    }
}

/// Why a record cannot be taken. The place is added by the loop.
pub(crate) type RecordError = Box<dyn std::error::Error + Send + Sync>;

/// Takes records and gives rows: the part that a format family supplies.
pub(crate) trait Rows: Send {
    /// Appends a record.
    fn push(&mut self, record: &[u8], record_no: i64) -> std::result::Result<(), RecordError>;

    /// The rows so far as a batch; empty again.
    fn finish(&mut self) -> std::result::Result<RecordBatch, RecordError>;

    /// What was odd so far.
    fn tally(&self) -> &Tally;
}

/// Makes [`Rows`] for each unit.
pub(crate) trait NewRows: Send + Sync {
    fn rows(&self) -> Box<dyn Rows>;
}

/// Decodes units of an input, on any thread.
#[derive(Clone)]
pub struct Decoder {
    framing: Arc<dyn Framing>,
    new_rows: Arc<dyn NewRows>,
    batch_records: usize,
    verify: Option<NewVerify>,
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("framing", &self.framing).finish_non_exhaustive()
    }
}

impl Decoder {
    pub(crate) fn new(
        framing: Arc<dyn Framing>,
        new_rows: Arc<dyn NewRows>,
        batch_records: usize,
        verify: Option<NewVerify>,
    ) -> Self {
        Self { framing, new_rows, batch_records: batch_records.max(1), verify }
    }

    /// The record batches of a unit.
    pub fn decode(&self, unit: Unit) -> Batches {
        Batches {
            framing: Arc::clone(&self.framing),
            rows: self.new_rows.rows(),
            batch_records: self.batch_records,
            record_no: unit.first_record,
            segments: unit.segments.into_iter(),
            segment: None,
            index: 0,
            at: 0,
            verify: self.verify.as_ref().map(NewVerify::verify),
            unforeseen: Tally::default(),
        }
    }
}

/// The record batches of one unit, made as they are asked for.
pub struct Batches {
    framing: Arc<dyn Framing>,
    rows: Box<dyn Rows>,
    batch_records: usize,
    record_no: u64,
    segments: std::vec::IntoIter<Segment>,
    segment: Option<Segment>,
    /// Of the next record in the segment, and where it starts.
    index: usize,
    at: usize,
    verify: Option<Verify>,
    /// What verifying found.
    unforeseen: Tally,
}

impl std::fmt::Debug for Batches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batches").field("record_no", &self.record_no).finish_non_exhaustive()
    }
}

impl Batches {
    /// What was odd in the batches made so far.
    pub fn tally(&self) -> Tally {
        let mut tally = self.rows.tally().clone();
        tally.merge(&self.unforeseen);
        tally
    }

    /// The next batch; nothing at the end of the unit.
    ///
    /// # Errors
    ///
    /// A record is faulty; the error tells where.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        let (mut records, mut bytes) = (0, 0);
        loop {
            let Some(segment) = self.segment.as_ref() else {
                match self.segments.next() {
                    Some(segment) => (self.segment, self.index, self.at) = (Some(segment), 0, 0),
                    None => break,
                }
                continue;
            };
            let all = segment.bytes();
            let (first, start) = (self.index, self.at);
            while self.index < segment.records() && records < self.batch_records && bytes < BATCH_BYTES {
                let rest = all.get(self.at..).unwrap_or_default();
                let len = record_len(self.framing.as_ref(), rest);
                let record = rest.get(..len).unwrap_or_default();
                let record_no = i64::try_from(self.record_no).unwrap_or(i64::MAX);
                let pushed = self.rows.push(record, record_no);
                pushed.map_err(|e| segment.error(self.index, self.at, ErrorKind::Record(e)))?;
                (self.index, self.at, self.record_no) = (self.index + 1, self.at + len, self.record_no + 1);
                (records, bytes) = (records + 1, bytes + len);
            }
            if let Some(verify) = &mut self.verify {
                verify.note(segment, start, self.index - first);
            }
            if self.index < segment.records() {
                break;
            }
            self.segment = None;
            if records >= self.batch_records || bytes >= BATCH_BYTES {
                break;
            }
        }
        if records == 0 {
            return Ok(None);
        }
        let place = |e| match &self.segment {
            Some(segment) => segment.error(self.index, self.at, ErrorKind::Record(e)),
            None => crate::Error::new("", ErrorKind::Record(e)),
        };
        let batch = self.rows.finish().map_err(place)?;
        match &mut self.verify {
            None => Ok(Some(batch)),
            Some(verify) => {
                verify.apply(batch, self.framing.as_ref(), &mut self.unforeseen).map(Some).map_err(place)
            }
        }
    }
}
