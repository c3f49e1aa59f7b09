//! BAM records as they are, or as SAM lines.

use std::sync::Arc;

use bioserde_core::RecordForm;
use bioserde_core::sam::Header;

use super::record::Record;
use crate::batches::RecordError;
use crate::formats::sam::render::render_record;
use crate::transcode::{NewTranscode, Transcode};

/// The way of BAM records to a form of alignments.
pub(crate) fn new_transcode(header: &Header, form: RecordForm) -> Option<Arc<dyn NewTranscode>> {
    let names: Arc<[String]> = header.names().into_iter().map(str::to_owned).collect();
    match form {
        RecordForm::Bam => Some(Arc::new(ToBam { references: names.len() })),
        RecordForm::Sam => Some(Arc::new(ToSam { names, end: line_end(&header.text) })),
        RecordForm::Vcf | RecordForm::Bcf => None,
    }
}

/// How the lines of a file end whose header is this text.
pub(crate) fn line_end(text: &[u8]) -> &'static [u8] {
    if text.ends_with(b"\r\n") { b"\r\n" } else { b"\n" }
}

#[derive(Clone, Debug)]
struct ToBam {
    references: usize,
}

impl NewTranscode for ToBam {
    fn transcode(&self) -> Box<dyn Transcode> {
        Box::new(self.clone())
    }
}

impl Transcode for ToBam {
    fn append(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
        Record::new(record, self.references)?;
        out.extend_from_slice(record);
        Ok(())
    }
}

#[derive(Clone, Debug)]
struct ToSam {
    names: Arc<[String]>,
    end: &'static [u8],
}

impl NewTranscode for ToSam {
    fn transcode(&self) -> Box<dyn Transcode> {
        Box::new(self.clone())
    }
}

impl Transcode for ToSam {
    fn append(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
        render_record(&Record::new(record, self.names.len())?, &self.names, out)?;
        out.extend_from_slice(self.end);
        Ok(())
    }
}
