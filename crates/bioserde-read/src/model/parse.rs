//! Single records to models, without a file.

use std::sync::Arc;

use bioserde_core::{sam, vcf};
use bioserde_model::{Alignment, Variant};
use thiserror::Error;

use super::{BamModels, SamModels, VcfModels};
use crate::batches::RecordError;
use crate::formats::bam::framing::BamFraming;
use crate::unit::Framing;

/// Why bytes or a line are no record, or one that no model holds.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct RecordFault(#[from] RecordError);

impl RecordFault {
    fn new(fault: &str) -> Self {
        Self(fault.into())
    }
}

/// Makes alignments of SAM lines, for one header.
#[derive(Debug)]
pub struct SamParser(SamModels);

impl SamParser {
    /// For the reference sequences of a header.
    pub fn new(header: &sam::Header) -> Self {
        Self(SamModels::new(&Arc::new(header.clone())))
    }

    /// The alignment of a line without its end (SAMv1 §1.4, §1.5).
    ///
    /// Integer tags get the smallest BAM type that holds the value, unsigned unless it is negative.
    ///
    /// # Errors
    ///
    /// The first field that SAMv1 forbids, or that BAM cannot hold.
    pub fn parse(&mut self, line: &str) -> Result<Alignment, RecordFault> {
        Ok(self.0.alignment(line.as_bytes())?)
    }
}

/// Makes alignments of BAM records, for one header.
#[derive(Debug)]
pub struct BamParser(BamModels);

impl BamParser {
    /// For the reference sequences of a header.
    pub fn new(header: &sam::Header) -> Self {
        Self(BamModels::new(&Arc::new(header.clone())))
    }

    /// The alignment of a record, its `block_size` first (SAMv1 §4.2).
    ///
    /// # Errors
    ///
    /// The bytes are not one record, or its text is not UTF-8.
    pub fn parse(&self, record: &[u8]) -> Result<Alignment, RecordFault> {
        let len = BamFraming.record_len(record).map_err(|e| RecordFault::new(&e.to_string()))?;
        if len != Some(record.len()) {
            return Err(RecordFault::new("the bytes are not one record of the length that it says"));
        }
        Ok(self.0.alignment(record)?)
    }
}

/// Makes variants of VCF lines, for one header.
#[derive(Debug)]
pub struct VcfParser(VcfModels);

impl VcfParser {
    /// For the definitions and samples of a header.
    pub fn new(header: &vcf::Header) -> Self {
        Self(VcfModels::new(&Arc::new(header.clone())))
    }

    /// The variant of a line without its end (VCF 4.3 §1.6).
    ///
    /// # Errors
    ///
    /// The line is no record, has another number of samples than the header, or a `QUAL` that is no
    /// number.
    pub fn parse(&self, line: &str) -> Result<Variant, RecordFault> {
        if line.contains(['\n', '\r']) {
            return Err(RecordFault::new("the line has a line break"));
        }
        Ok(self.0.variant(line.as_bytes())?)
    }
}

/// The alignment of one SAM line without its end; for many lines take a [`SamParser`].
///
/// # Errors
///
/// As those of [`SamParser::parse`].
///
/// ```
/// let header = bioserde_core::sam::Header::parse(b"@SQ\tSN:chr1\tLN:99\n")?;
/// let line = "r1\t0\tchr1\t7\t60\t4M\t*\t0\t0\tACGT\t*\tNM:i:0";
/// let alignment = bioserde_read::parse_sam(line, &header)?;
/// assert_eq!(alignment.cigar.to_string(), "4M");
/// assert_eq!(bioserde_model::sam::to_string(&alignment)?, line);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn parse_sam(line: &str, header: &sam::Header) -> Result<Alignment, RecordFault> {
    SamParser::new(header).parse(line)
}

/// The variant of one VCF line without its end; for many lines take a [`VcfParser`].
///
/// # Errors
///
/// As those of [`VcfParser::parse`].
pub fn parse_vcf(line: &str, header: &vcf::Header) -> Result<Variant, RecordFault> {
    VcfParser::new(header).parse(line)
}
