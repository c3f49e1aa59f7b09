//! Records in order: chunks are cut at record boundaries into segments, segments are collected into
//! units of rows.

use std::ops::Range;
use std::sync::Arc;

use bioserde_core::VirtualPosition;
use bioserde_storage::bgzf::Inflated;
use thiserror::Error as ThisError;

use crate::error::{Error, ErrorKind, Place, Result};

/// Whole records that lie side by side.
#[derive(Clone, Debug)]
pub struct Segment {
    path: Arc<str>,
    chunk: Arc<Inflated>,
    /// In the chunk's bytes.
    range: Range<usize>,
    records: usize,
    /// Position of the first record among those read, from 0.
    first: u64,
}

impl Segment {
    /// The records' bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.chunk.bytes().get(self.range.clone()).unwrap_or_default()
    }

    /// How many records there are.
    pub(crate) fn records(&self) -> usize {
        self.records
    }

    /// Where the record is that has `index` in this segment and starts at `at` in its bytes.
    pub(crate) fn place(&self, index: usize, at: usize) -> Place {
        Place {
            record: Some(self.first + index as u64 + 1),
            virtual_position: self.chunk.virtual_position(self.range.start + at),
        }
    }

    /// Where the byte `at` of its records stood in a BGZF file.
    pub(crate) fn virtual_position(&self, at: usize) -> Option<VirtualPosition> {
        self.chunk.virtual_position(self.range.start + at)
    }

    /// An error at a record of this segment.
    pub(crate) fn error(&self, index: usize, at: usize, kind: ErrorKind) -> Error {
        Error::new(&self.path, kind).at(self.place(index, at))
    }

    /// A part of this segment: `records` records at `range` of its bytes, `skipped` records on.
    pub(crate) fn part(&self, range: Range<usize>, skipped: usize, records: usize) -> Self {
        Self {
            path: Arc::clone(&self.path),
            chunk: Arc::clone(&self.chunk),
            range: self.range.start + range.start..self.range.start + range.end,
            records,
            first: self.first + skipped as u64,
        }
    }
}

/// Why bytes do not frame a record.
#[derive(Debug, ThisError)]
#[error("{0}")]
pub(crate) struct FrameError(pub(crate) String);

/// Tells where a record ends. The only thing that must be done in order.
pub(crate) trait Framing: std::fmt::Debug + Send + Sync {
    /// The length of the record at the start of `bytes`; nothing when more bytes are needed to tell
    /// or when the record is not whole.
    fn record_len(&self, bytes: &[u8]) -> std::result::Result<Option<usize>, FrameError>;

    /// Whether the end of the input ends a record as well.
    fn ends_with_input(&self) -> bool;
}

/// Passes the incomplete record at the end of a chunk on to the next one.
#[derive(Debug)]
pub struct Framer {
    path: Arc<str>,
    framing: Arc<dyn Framing>,
    carry: Option<Segment>,
    carried: Vec<u8>,
    records: u64,
    /// Whether an index told where to read.
    by_index: bool,
}

impl Framer {
    pub(crate) fn new(path: &str, framing: Arc<dyn Framing>, by_index: bool) -> Self {
        Self { path: path.into(), framing, carry: None, carried: Vec::new(), records: 0, by_index }
    }

    /// Records framed so far.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Cuts a chunk into segments.
    ///
    /// # Errors
    ///
    /// A record tells a length that cannot be.
    pub fn push(&mut self, chunk: Inflated) -> Result<Vec<Segment>> {
        let by_index = self.by_index;
        self.cut(chunk).map_err(|e| if by_index { e.by_index() } else { e })
    }

    fn cut(&mut self, chunk: Inflated) -> Result<Vec<Segment>> {
        let chunk = Arc::new(chunk);
        let mut segments = Vec::with_capacity(2);
        let mut start = 0;
        if self.carry.is_some() {
            match self.complete(&chunk)? {
                Some((segment, used)) => {
                    segments.push(segment);
                    start = used;
                }
                None => return Ok(segments),
            }
        }
        let bytes = chunk.bytes();
        let mut whole = self.segment(&chunk, start);
        let mut at = start;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let len = self.framing.record_len(rest);
            let len =
                len.map_err(|e| whole.error(whole.records, at - start, ErrorKind::Record(Box::new(e))))?;
            let Some(len) = len.filter(|len| *len <= rest.len()) else { break };
            at += len;
            whole.records += 1;
        }
        self.records += whole.records as u64;
        whole.range.end = at;
        if at < bytes.len() {
            self.carry = Some(self.segment(&chunk, at));
            self.carried.clear();
            self.carried.extend_from_slice(bytes.get(at..).unwrap_or_default());
        }
        if whole.records > 0 {
            segments.push(whole);
        }
        Ok(segments)
    }

    fn segment(&self, chunk: &Arc<Inflated>, start: usize) -> Segment {
        let (path, chunk) = (Arc::clone(&self.path), Arc::clone(chunk));
        Segment { path, chunk, range: start..start, records: 0, first: self.records }
    }

    /// Completes the carried record with the beginning of a chunk; tells how much of it was used.
    fn complete(&mut self, chunk: &Inflated) -> Result<Option<(Segment, usize)>> {
        let bytes = chunk.bytes();
        let before = self.carried.len();
        // The length stands in the first bytes: adding a little at a time keeps a short carry short.
        let mut added = 0;
        let len = loop {
            match self.framing.record_len(&self.carried) {
                Err(e) => return Err(self.carry_error(ErrorKind::Record(Box::new(e)))),
                Ok(Some(len)) if len <= self.carried.len() => break len,
                Ok(known) => {
                    let wanted = known.map_or(self.carried.len().max(64), |len| len - self.carried.len());
                    let more = bytes.get(added..).unwrap_or_default();
                    let more = more.get(..wanted).unwrap_or(more);
                    if more.is_empty() {
                        return Ok(None);
                    }
                    self.carried.extend_from_slice(more);
                    added += more.len();
                }
            }
        };
        let data = self.carried.get(..len).unwrap_or_default().to_vec();
        let origin = self.carry.take().and_then(|s| s.chunk.virtual_position(s.range.start));
        let origin = origin.zip(chunk.virtual_position(len - before));
        let segment = Segment {
            path: Arc::clone(&self.path),
            range: 0..data.len(),
            chunk: Arc::new(Inflated::spanning(data, origin)),
            records: 1,
            first: self.records,
        };
        self.records += 1;
        self.carried.clear();
        Ok(Some((segment, len - before)))
    }

    fn carry_error(&self, kind: ErrorKind) -> Error {
        match &self.carry {
            Some(segment) => segment.error(0, 0, kind),
            None => Error::new(&self.path, kind),
        }
    }

    /// Ends a run of chunks. For text, the last line may lack its end, unless the input is known to be
    /// truncated: then that line is none.
    ///
    /// # Errors
    ///
    /// The input ends inside a record.
    pub(crate) fn finish(&mut self, is_truncated: bool) -> Result<Option<Segment>> {
        let Some(segment) = self.carry.take().filter(|_| !is_truncated) else { return Ok(None) };
        if self.framing.ends_with_input() {
            let data = std::mem::take(&mut self.carried);
            let end = segment.chunk.virtual_position(segment.chunk.bytes().len());
            let origin = segment.chunk.virtual_position(segment.range.start).zip(end);
            let last = Segment {
                range: 0..data.len(),
                chunk: Arc::new(Inflated::spanning(data, origin)),
                records: 1,
                ..segment
            };
            self.records += 1;
            return Ok(Some(last));
        }
        let error = segment.error(0, 0, ErrorKind::TruncatedRecord { got: self.carried.len() });
        Err(if self.by_index { error.by_index() } else { error })
    }
}

/// Records that become one unit of rows: for Parquet a row group.
#[derive(Clone, Debug, Default)]
pub struct Unit {
    /// Position of the first record in the output, from 0.
    pub(crate) first_record: u64,
    pub(crate) segments: Vec<Segment>,
    pub(crate) records: usize,
}

impl Unit {
    /// How many records there are.
    pub fn records(&self) -> usize {
        self.records
    }
}

/// Collects segments into units of exactly so many records, or fewer when they are large.
#[derive(Debug)]
pub struct Assembler {
    framing: Arc<dyn Framing>,
    max_records: usize,
    max_bytes: usize,
    unit: Unit,
    bytes: usize,
}

impl Assembler {
    pub(crate) fn new(framing: Arc<dyn Framing>, max_records: usize, max_bytes: usize) -> Self {
        Self { framing, max_records: max_records.max(1), max_bytes, unit: Unit::default(), bytes: 0 }
    }

    /// Adds a segment; hands over each unit that it completes. Where a unit ends depends on its
    /// records alone, never on how they came.
    pub fn push(&mut self, segment: Segment, mut complete: impl FnMut(Unit)) {
        let mut rest = Some(segment);
        while let Some(segment) = rest.take() {
            let fits_records = self.unit.records + segment.records() <= self.max_records;
            let fits_bytes = self.bytes + segment.bytes().len() < self.max_bytes;
            if fits_records && fits_bytes {
                self.add(segment);
            } else {
                let (head, tail) = self.split(segment);
                self.add(head);
                rest = tail;
            }
            if self.unit.records >= self.max_records || self.bytes >= self.max_bytes {
                complete(self.take());
            }
        }
    }

    /// The records that are left.
    pub fn finish(&mut self) -> Option<Unit> {
        if self.unit.records == 0 { None } else { Some(self.take()) }
    }

    fn add(&mut self, segment: Segment) {
        self.unit.records += segment.records();
        self.bytes += segment.bytes().len();
        self.unit.segments.push(segment);
    }

    fn take(&mut self) -> Unit {
        self.bytes = 0;
        let first_record = self.unit.first_record + self.unit.records as u64;
        std::mem::replace(&mut self.unit, Unit { first_record, ..Unit::default() })
    }

    /// Splits where the unit is full, after one record at least.
    fn split(&self, segment: Segment) -> (Segment, Option<Segment>) {
        let bytes = segment.bytes();
        let (mut at, mut records) = (0, 0);
        while records < segment.records() {
            let len = bytes.get(at..).map(|rest| record_len(self.framing.as_ref(), rest)).unwrap_or_default();
            at += len;
            records += 1;
            if self.unit.records + records >= self.max_records || self.bytes + at >= self.max_bytes {
                break;
            }
        }
        let tail = segment.part(at..bytes.len(), records, segment.records() - records);
        let head = segment.part(0..at, 0, records);
        (head, Some(tail).filter(|t| t.records() > 0))
    }
}

/// The length of a record in bytes that were framed before.
pub(crate) fn record_len(framing: &dyn Framing, bytes: &[u8]) -> usize {
    match framing.record_len(bytes) {
        Ok(Some(len)) => len.min(bytes.len()),
        // A last line without its end.
        _ => bytes.len(),
    }
}
