use std::sync::Arc;

use bioserde_convert::{Plan, Summary};
use bioserde_core::{Header, RecordForm, sam, vcf};
use bioserde_model::{Alignment, Variant, bam};
use bioserde_read::header_bytes;

use super::feed::Feed;
use crate::Result;

/// Writes alignments; made by [`crate::Writer::alignments`].
#[derive(Debug)]
pub struct AlignmentWriter {
    encoder: bam::Encoder,
    feed: Feed,
}

impl AlignmentWriter {
    pub(super) fn new(path: String, plan: Plan, header: &sam::Header) -> Result<Self> {
        let encoder = bam::Encoder::new(header);
        let header = header_bytes(RecordForm::Bam, &Header::Sam(Arc::new(header.clone())));
        Ok(Self { encoder, feed: Feed::new(path, plan, header)? })
    }

    /// Writes an alignment after the others.
    ///
    /// # Errors
    ///
    /// What BAM cannot hold, such as a reference sequence that the header does not have; or the output
    /// cannot be written. After an error nothing will appear.
    pub fn write(&mut self, alignment: &Alignment) -> Result<()> {
        let encoded = self.encoder.encode(alignment, &mut self.feed.bytes);
        self.feed.appended(encoded)
    }

    /// Completes the output and makes it visible under its name.
    ///
    /// # Errors
    ///
    /// The output cannot be written, or something failed before.
    pub fn finish(self) -> Result<Summary> {
        self.feed.finish()
    }
}

/// Writes variants; made by [`crate::Writer::variants`].
#[derive(Debug)]
pub struct VariantWriter {
    feed: Feed,
}

impl VariantWriter {
    pub(super) fn new(path: String, plan: Plan, header: &vcf::Header) -> Result<Self> {
        let header = header_bytes(RecordForm::Vcf, &Header::Vcf(Arc::new(header.clone())));
        Ok(Self { feed: Feed::new(path, plan, header)? })
    }

    /// Writes a variant after the others.
    ///
    /// # Errors
    ///
    /// What VCF cannot hold; or the output cannot be written, which is also so for another number of samples
    /// than the header has. After an error nothing will appear.
    pub fn write(&mut self, variant: &Variant) -> Result<()> {
        let bytes = &mut self.feed.bytes;
        let appended = bioserde_model::vcf::append(variant, bytes).map(|()| bytes.push(b'\n'));
        self.feed.appended(appended)
    }

    /// Completes the output and makes it visible under its name.
    ///
    /// # Errors
    ///
    /// The output cannot be written, or something failed before.
    pub fn finish(self) -> Result<Summary> {
        self.feed.finish()
    }
}
