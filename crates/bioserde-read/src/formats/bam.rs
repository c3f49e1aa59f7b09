//! BAM (SAMv1 §4.2).

pub(crate) mod framing;
pub(crate) mod header;
pub(crate) mod record;
pub(crate) mod restore;
pub(crate) mod rows;
pub(crate) mod tags;
pub(crate) mod transcode;

use std::sync::Arc;

use bioserde_core::{Family, FormatSpec, Interval, Position, RecordForm, sam};
use bioserde_schema::alignments::{TagColumn, TagKind};

use crate::batches::{NewRows, RecordError};
use crate::filter::{Locate, Location};
use crate::model::{BamModels, Models};
use crate::registry::{Header, InputFormat, RestorePlan, RowPlan};
use crate::restore::NewRestore;
use crate::rewrite::{BamRewriter, Keep, Rewriter};
use crate::transcode::NewTranscode;
use crate::unit::Framing;
use framing::BamFraming;
use record::Record;
use restore::NewAlignmentRestore;

/// The registry's entry.
#[derive(Debug)]
pub(crate) struct Bam;

static SPEC: FormatSpec = FormatSpec {
    name: "bam",
    family: Family::Alignments,
    magic: header::MAGIC,
    suffixes: &[".bam"],
    index_suffixes: &[".bai", ".csi"],
};

impl InputFormat for Bam {
    fn spec(&self) -> &'static FormatSpec {
        &SPEC
    }

    fn header(&self, bytes: &[u8], _at_end: bool) -> Result<Option<(Header, usize)>, RecordError> {
        Ok(header::parse(bytes)?.map(|(header, len)| (Header::Sam(Arc::new(header)), len)))
    }

    fn framing(&self) -> Arc<dyn Framing> {
        Arc::new(BamFraming)
    }

    fn locate(&self, header: &Header, _names: &[String]) -> Arc<dyn Locate> {
        Arc::new(LocateBam { references: header.names().len() })
    }

    fn rows(&self, plan: &RowPlan<'_>) -> Arc<dyn NewRows> {
        match plan.header {
            Header::Sam(header) => Arc::new(rows::NewAlignmentRows::new(plan.table, plan.wanted, header)),
            Header::Vcf(_) => {
                Arc::new(rows::NewAlignmentRows::new(plan.table, plan.wanted, &Default::default()))
            }
        }
    }

    fn restore(&self, plan: &RestorePlan<'_>) -> Option<Arc<dyn NewRestore>> {
        Some(Arc::new(NewAlignmentRestore::new(plan.table, &sam_header(plan.header))))
    }

    fn form(&self) -> RecordForm {
        RecordForm::Bam
    }

    fn transcode(&self, header: &Header, form: RecordForm) -> Option<Arc<dyn NewTranscode>> {
        transcode::new_transcode(&sam_header(header), form)
    }

    fn models(&self, header: &Header) -> Box<dyn Models> {
        Box::new(BamModels::new(&sam_header(header)))
    }

    fn rewriter(&self, header: &Header, keep: &Keep) -> Option<Box<dyn Rewriter>> {
        Some(Box::new(BamRewriter::new(header.names().len(), keep)))
    }

    fn observe_tags(&self, mut bytes: &[u8], header: &Header, seen: &mut Vec<TagColumn>) {
        let references = header.names().len();
        while let Ok(Some(len)) = BamFraming.record_len(bytes) {
            let Some((record, rest)) = bytes.split_at_checked(len) else { return };
            let Ok(record) = Record::new(record, references) else { return };
            observe_record(&record, seen);
            bytes = rest;
        }
    }

    fn resynchronise(&self, bytes: &[u8], header: &Header) -> Option<usize> {
        // Writers end blocks at records when they can. Whether this one did is seen by following the
        // chain of records to the end of the window.
        let references = header.names().len();
        let mut at = 0;
        let mut records = 0;
        loop {
            let rest = bytes.get(at..)?;
            match BamFraming.record_len(rest) {
                Err(_) => return None,
                Ok(Some(len)) if len <= rest.len() => {
                    Record::new(rest.get(..len)?, references).ok()?;
                    at += len;
                    records += 1;
                }
                Ok(_) => return (records > 0).then_some(0),
            }
        }
    }
}

/// The header of a SAM or BAM input.
pub(crate) fn sam_header(header: &Header) -> Arc<sam::Header> {
    match header {
        Header::Sam(header) => Arc::clone(header),
        Header::Vcf(_) => Arc::default(),
    }
}

/// Adds a record's tags to those seen.
pub(crate) fn observe_record(record: &Record<'_>, seen: &mut Vec<TagColumn>) {
    let mut tags = tags::Tags(record.tags);
    while let Ok(Some(tag)) = tags.next() {
        let is_known = seen.iter().any(|c| c.tag == tag.tag);
        if !is_known
            && tag.tag.is_ascii()
            && let Some(kind) = TagKind::of(tag.value_type, tag.value.first().copied())
        {
            seen.push(TagColumn { tag: tag.tag, kind });
        }
    }
}

#[derive(Debug)]
struct LocateBam {
    references: usize,
}

impl Locate for LocateBam {
    fn locate(&self, record: &[u8]) -> Result<Location, RecordError> {
        Ok(location(&Record::new(record, self.references)?))
    }
}

/// Where a record lies.
pub(crate) fn location(record: &Record<'_>) -> Location {
    let position = |p: i32| u64::try_from(p).ok().and_then(Position::new);
    let span = record.span(record.full_cigar());
    let interval =
        span.and_then(|(start, end)| Some(Interval { start: position(start)?, end: position(end)? }));
    let reference = record.reference_id.and_then(|id| usize::try_from(id).ok());
    Location { reference, interval, is_mapped: record.flag & 4 == 0 }
}
