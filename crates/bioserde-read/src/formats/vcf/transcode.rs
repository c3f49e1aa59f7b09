//! VCF lines as they are, or as BCF records.

use std::sync::Arc;

use bioserde_core::RecordForm;
use bioserde_core::vcf::Header;

use super::line::{Line, LineError};
use crate::batches::RecordError;
use crate::formats::bam::transcode::line_end;
use crate::formats::bcf::encode::Encoder;
use crate::lines::{append_line, strip_end};
use crate::transcode::{NewTranscode, Transcode};

/// The way of VCF lines to a form of variants.
pub(crate) fn new_transcode(header: &Arc<Header>, form: RecordForm) -> Option<Arc<dyn NewTranscode>> {
    match form {
        RecordForm::Vcf => Some(Arc::new(ToVcf { header: Arc::clone(header) })),
        RecordForm::Bcf => Some(Arc::new(ToBcf { header: Arc::clone(header) })),
        RecordForm::Bam | RecordForm::Sam => None,
    }
}

#[derive(Clone, Debug)]
struct ToVcf {
    header: Arc<Header>,
}

impl NewTranscode for ToVcf {
    fn transcode(&self) -> Box<dyn Transcode> {
        Box::new(self.clone())
    }
}

impl Transcode for ToVcf {
    fn append(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
        let text = strip_end(record).0;
        if std::str::from_utf8(text).is_err() {
            return Err(LineError::NotUtf8.into());
        }
        Line::parse(text)?.check_samples(self.header.samples.len(), self.header.has_format)?;
        append_line(record, line_end(&self.header.text), out);
        Ok(())
    }
}

/// Lines as BCF records.
#[derive(Debug)]
struct ToBcf {
    header: Arc<Header>,
}

impl NewTranscode for ToBcf {
    fn transcode(&self) -> Box<dyn Transcode> {
        Box::new(Encoder::new(&self.header))
    }
}

impl Transcode for Encoder {
    fn append(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
        let text = strip_end(record).0;
        if std::str::from_utf8(text).is_err() {
            return Err(LineError::NotUtf8.into());
        }
        Ok(self.encode(text, out)?)
    }
}
