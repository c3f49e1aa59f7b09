//! SAM text: each line becomes a BAM record, and from there on takes BAM's way.

mod cigar;
pub(crate) mod encode;
pub(crate) mod fault;
pub(crate) mod fields;
mod integer;
#[cfg(test)]
pub(crate) mod oracle;
pub(crate) mod references;
pub(crate) mod render;
mod restore;
mod sequence;
pub(crate) mod tags;
mod transcode;

use std::sync::Arc;

use arrow_array::RecordBatch;
use bioserde_core::{Family, FormatSpec, RecordForm, sam};
use bioserde_schema::alignments::TagColumn;

use crate::batches::{self, NewRows, Rows, Tally};
use crate::filter::{Locate, Location};
use crate::formats::bam::record::Record;
use crate::formats::bam::rows::{AlignmentRows, NewAlignmentRows};
use crate::formats::bam::{location, observe_record, sam_header};
use crate::lines::{LineFraming, header_len, kept, strip_end};
use crate::model::{Models, SamModels};
use crate::registry::{Header, InputFormat, RestorePlan, RowPlan};
use crate::restore::NewRestore;
use crate::transcode::NewTranscode;
use crate::unit::Framing;
use encode::{Encoded, Form, encode_line};
use references::References;
use restore::NewSamRestore;

/// The registry's entry.
#[derive(Debug)]
pub(crate) struct Sam;

static SPEC: FormatSpec = FormatSpec {
    name: "sam",
    family: Family::Alignments,
    magic: b"@",
    suffixes: &[".sam", ".sam.gz"],
    index_suffixes: &[".csi", ".bai"],
};

impl InputFormat for Sam {
    fn spec(&self) -> &'static FormatSpec {
        &SPEC
    }

    fn header(&self, bytes: &[u8], at_end: bool) -> Result<Option<(Header, usize)>, batches::RecordError> {
        let Some(len) = header_len(bytes, b'@', at_end) else { return Ok(None) };
        let header = sam::Header::parse(bytes.get(..len).unwrap_or_default())?;
        Ok(Some((Header::Sam(Arc::new(header)), len)))
    }

    fn framing(&self) -> Arc<dyn Framing> {
        Arc::new(LineFraming)
    }

    fn locate(&self, header: &Header, _names: &[String]) -> Arc<dyn Locate> {
        let header = sam_header(header);
        Arc::new(LocateSam { references: References::new(&header), count: header.reference_sequences.len() })
    }

    fn rows(&self, plan: &RowPlan<'_>) -> Arc<dyn NewRows> {
        let header = sam_header(plan.header);
        Arc::new(NewSamRows {
            rows: NewAlignmentRows::new(plan.table, plan.wanted, &header),
            references: Arc::new(References::new(&header)),
            is_crlf: header.text.ends_with(b"\r\n"),
        })
    }

    fn restore(&self, plan: &RestorePlan<'_>) -> Option<Arc<dyn NewRestore>> {
        Some(Arc::new(NewSamRestore::new(plan.table, &sam_header(plan.header))))
    }

    fn form(&self) -> RecordForm {
        RecordForm::Sam
    }

    fn transcode(&self, header: &Header, form: RecordForm) -> Option<Arc<dyn NewTranscode>> {
        transcode::new_transcode(&sam_header(header), form)
    }

    fn models(&self, header: &Header) -> Box<dyn Models> {
        Box::new(SamModels::new(&sam_header(header)))
    }

    fn observe_tags(&self, bytes: &[u8], header: &Header, tags: &mut Vec<TagColumn>) {
        let header = sam_header(header);
        let references = References::new(&header);
        let mut record = Vec::new();
        // The last line may be cut off.
        let whole = memchr::memrchr(b'\n', bytes).and_then(|end| bytes.get(..end)).unwrap_or_default();
        for line in whole.split(|b| *b == b'\n') {
            record.clear();
            if encode_line(strip_end(line).0, &references, &mut record).is_ok()
                && let Ok(record) = Record::new(&record, header.reference_sequences.len())
            {
                observe_record(&record, tags);
            }
        }
    }

    fn resynchronise(&self, bytes: &[u8], _header: &Header) -> Option<usize> {
        memchr::memchr(b'\n', bytes).map(|i| i + 1)
    }
}

#[derive(Debug)]
struct LocateSam {
    references: References,
    count: usize,
}

impl Locate for LocateSam {
    fn locate(&self, line: &[u8]) -> Result<Location, batches::RecordError> {
        let mut record = Vec::new();
        encode_line(strip_end(line).0, &self.references, &mut record)?;
        Ok(location(&Record::new(&record, self.count)?))
    }
}

struct NewSamRows {
    rows: NewAlignmentRows,
    references: Arc<References>,
    is_crlf: bool,
}

impl NewRows for NewSamRows {
    fn rows(&self) -> Box<dyn Rows> {
        let references = Arc::clone(&self.references);
        Box::new(SamRows {
            rows: self.rows.alignment_rows(),
            references,
            is_crlf: self.is_crlf,
            record: Vec::new(),
        })
    }
}

/// Rows of SAM lines, by way of BAM records.
struct SamRows {
    rows: AlignmentRows,
    references: Arc<References>,
    is_crlf: bool,
    record: Vec<u8>,
}

impl Rows for SamRows {
    fn push(&mut self, line: &[u8], record_no: i64) -> Result<(), batches::RecordError> {
        let (text, is_crlf) = strip_end(line);
        self.record.clear();
        let Encoded { form, non_finite } = encode_line(text, &self.references, &mut self.record)?;
        if non_finite > 0 {
            self.rows
                .tally_mut()
                .add_many("tags that are nan or inf, which SAM text does not have", non_finite);
        }
        let is_exact = form == Form::Canonical && is_crlf == self.is_crlf;
        Ok(self.rows.push_record(&self.record, record_no, kept(line, self.is_crlf), is_exact)?)
    }

    fn finish(&mut self) -> Result<RecordBatch, batches::RecordError> {
        self.rows.finish()
    }

    fn tally(&self) -> &Tally {
        self.rows.tally()
    }
}
