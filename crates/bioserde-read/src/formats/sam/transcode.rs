//! SAM lines as they are, or as BAM records.

use std::sync::Arc;

use bioserde_core::RecordForm;
use bioserde_core::sam::Header;

use super::encode::encode_line;
use super::references::References;
use crate::batches::RecordError;
use crate::formats::bam::transcode::line_end;
use crate::lines::{append_line, strip_end};
use crate::transcode::{NewTranscode, Transcode};

/// The way of SAM lines to a form of alignments.
pub(crate) fn new_transcode(header: &Header, form: RecordForm) -> Option<Arc<dyn NewTranscode>> {
    let references = Arc::new(References::new(header));
    match form {
        RecordForm::Bam => Some(Arc::new(ToBam(references))),
        RecordForm::Sam => Some(Arc::new(ToSam { references, end: line_end(&header.text) })),
        RecordForm::Vcf | RecordForm::Bcf => None,
    }
}

#[derive(Clone, Debug)]
struct ToBam(Arc<References>);

impl NewTranscode for ToBam {
    fn transcode(&self) -> Box<dyn Transcode> {
        Box::new(self.clone())
    }
}

impl Transcode for ToBam {
    fn append(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
        encode_line(strip_end(record).0, &self.0, out)?;
        Ok(())
    }
}

#[derive(Clone, Debug)]
struct ToSam {
    references: Arc<References>,
    end: &'static [u8],
}

impl NewTranscode for ToSam {
    fn transcode(&self) -> Box<dyn Transcode> {
        Box::new(self.clone())
    }
}

impl Transcode for ToSam {
    /// The record is made to see whether the line is one, and taken away again.
    fn append(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
        let start = out.len();
        encode_line(strip_end(record).0, &self.references, out)?;
        out.truncate(start);
        append_line(record, self.end, out);
        Ok(())
    }
}
