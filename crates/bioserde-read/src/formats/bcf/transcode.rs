//! BCF records as they are, or as VCF lines.

use std::sync::Arc;

use bioserde_core::RecordForm;
use bioserde_core::vcf::Header;

use super::dictionary::Dictionary;
use super::parts;
use super::render::render;
use crate::batches::RecordError;
use crate::transcode::{NewTranscode, Transcode};

/// The way of BCF records to a form of variants.
pub(crate) fn new_transcode(header: &Header, form: RecordForm) -> Option<Arc<dyn NewTranscode>> {
    let dictionary = Arc::new(Dictionary::new(header));
    match form {
        RecordForm::Vcf => Some(Arc::new(FromBcf { dictionary, keeps: false })),
        RecordForm::Bcf => Some(Arc::new(FromBcf { dictionary, keeps: true })),
        RecordForm::Bam | RecordForm::Sam => None,
    }
}

#[derive(Clone, Debug)]
struct FromBcf {
    dictionary: Arc<Dictionary>,
    /// Whether the record stays as it is: then the line only tells whether it is one.
    keeps: bool,
}

impl NewTranscode for FromBcf {
    fn transcode(&self) -> Box<dyn Transcode> {
        Box::new(self.clone())
    }
}

impl Transcode for FromBcf {
    fn append(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
        let start = out.len();
        let (shared, individual) = parts(record);
        render(shared, individual, &self.dictionary, out)?;
        if self.keeps {
            out.truncate(start);
            out.extend_from_slice(record);
        } else {
            out.push(b'\n');
        }
        Ok(())
    }
}
