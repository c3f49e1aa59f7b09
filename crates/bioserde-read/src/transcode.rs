//! Records in another form of their family, for outputs that hold records rather than rows.

use std::sync::Arc;

use bioserde_core::{Family, Header, RecordForm, Records};

use crate::batches::{RecordError, Tally};
use crate::error::{Error, ErrorKind, Result};
use crate::filter::Locate;
use crate::input::{Input, Options, check_options, check_same};
use crate::unit::{Assembler, Framing, Segment, Unit, record_len};

/// A unit is full at this many bytes of source: it is the unit of parallel work and of memory.
const UNIT_BYTES: usize = 8 << 20;

/// Writes records in one form.
pub(crate) trait Transcode: Send {
    /// Appends a record, which is checked as far as its form goes.
    fn append(&mut self, record: &[u8], out: &mut Vec<u8>) -> std::result::Result<(), RecordError>;
}

/// Makes [`Transcode`]s for each unit.
pub(crate) trait NewTranscode: std::fmt::Debug + Send + Sync {
    fn transcode(&self) -> Box<dyn Transcode>;
}

/// What inputs become whose records stay records.
#[derive(Debug)]
pub struct Transcoding {
    header: Header,
    header_bytes: Vec<u8>,
    source: RecordForm,
    family: Family,
    unit_records: usize,
    decoder: RecordDecoder,
}

impl Transcoding {
    /// For inputs that share a header. `locates` asks where each record lies.
    ///
    /// # Errors
    ///
    /// The headers differ, the records have no such form, or an option chooses columns.
    pub fn of(
        inputs: &mut [Input],
        form: RecordForm,
        locates: bool,
        options: &Options,
    ) -> Result<Option<Self>> {
        let Some((first, others)) = inputs.split_first_mut() else { return Ok(None) };
        for other in &mut *others {
            check_same(first, other)?;
        }
        check_options(first, options)?;
        let dataset = &first.dataset;
        let Some(new_transcode) = dataset.format.transcode(&dataset.header, form) else {
            let from = dataset.spec().family.name();
            return Err(Error::new(first.name(), ErrorKind::OtherFamily { family: from }));
        };
        let locate = || dataset.format.locate(&dataset.header, &dataset.names);
        let decoder =
            RecordDecoder { framing: dataset.format.framing(), new_transcode, locate: locates.then(locate) };
        Ok(Some(Self {
            header: dataset.header.clone(),
            header_bytes: dataset.header_bytes.clone(),
            source: dataset.format.form(),
            family: dataset.spec().family,
            unit_records: options.unit_rows,
            decoder,
        }))
    }

    /// The header of the first input.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The header as it stands in the first input, inflated, and the form of the records there.
    pub fn header_bytes(&self) -> (RecordForm, &[u8]) {
        (self.source, &self.header_bytes)
    }

    /// What the records are about.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Makes records of units.
    pub fn decoder(&self) -> &RecordDecoder {
        &self.decoder
    }

    /// Collects records into units.
    pub fn assembler(&self) -> Assembler {
        Assembler::new(Arc::clone(&self.decoder.framing), self.unit_records, UNIT_BYTES)
    }
}

/// Writes the records of units in another form, on any thread.
#[derive(Clone, Debug)]
pub struct RecordDecoder {
    framing: Arc<dyn Framing>,
    new_transcode: Arc<dyn NewTranscode>,
    locate: Option<Arc<dyn Locate>>,
}

impl RecordDecoder {
    /// The records of a unit.
    pub fn decode(&self, unit: Unit) -> RecordBlocks {
        RecordBlocks {
            framing: Arc::clone(&self.framing),
            transcode: self.new_transcode.transcode(),
            locate: self.locate.clone(),
            segments: unit.segments.into_iter(),
        }
    }
}

/// The records of one unit, made as they are asked for.
pub struct RecordBlocks {
    framing: Arc<dyn Framing>,
    transcode: Box<dyn Transcode>,
    locate: Option<Arc<dyn Locate>>,
    segments: std::vec::IntoIter<Segment>,
}

impl std::fmt::Debug for RecordBlocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordBlocks").finish_non_exhaustive()
    }
}

impl RecordBlocks {
    /// The next records; nothing at the end of the unit.
    ///
    /// # Errors
    ///
    /// A record is faulty, or cannot be written in the form; the error tells where.
    pub fn next_records(&mut self) -> Result<Option<Records>> {
        let Some(segment) = self.segments.next() else { return Ok(None) };
        let mut records = Records::default();
        records.bytes.reserve(segment.bytes().len());
        let mut at = 0;
        for index in 0..segment.records() {
            let rest = segment.bytes().get(at..).unwrap_or_default();
            let len = record_len(self.framing.as_ref(), rest);
            let record = rest.get(..len).unwrap_or_default();
            let fault = |e| segment.error(index, at, ErrorKind::Record(e));
            self.transcode.append(record, &mut records.bytes).map_err(fault)?;
            records.ends.push(records.bytes.len());
            if let Some(locate) = &self.locate {
                records.locations.push(locate.locate(record).map_err(fault)?);
            }
            at += len;
        }
        Ok(Some(records))
    }

    /// What was odd in the records made so far: records stay as they are, so that nothing is.
    pub fn tally(&self) -> Tally {
        Tally::default()
    }
}
