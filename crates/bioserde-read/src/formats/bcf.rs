//! BCF: each record becomes a VCF line, and from there on takes VCF's way.

pub(crate) mod dictionary;
pub(crate) mod encode;
pub(crate) mod fault;
mod genotype;
#[cfg(test)]
mod oracle;
pub(crate) mod render;
mod restore;
mod transcode;
pub(crate) mod typed;
mod values;

use std::sync::Arc;

use arrow_array::RecordBatch;
use bioserde_core::{Family, FormatSpec, RecordForm, vcf};
use thiserror::Error;

use crate::batches::{self, NewRows, Rows, Tally};
use crate::filter::{Locate, Location};
use crate::formats::vcf::chrom::Contigs;
use crate::formats::vcf::rows::{NewVariantRows, VariantRows};
use crate::formats::vcf::{location, vcf_header};
use crate::model::{BcfModels, Models};
use crate::registry::{Header, InputFormat, RestorePlan, RowPlan};
use crate::restore::NewRestore;
use crate::rewrite::{BcfRewriter, Keep, Rewriter};
use crate::transcode::NewTranscode;
use crate::unit::{FrameError, Framing};
use dictionary::Dictionary;
use render::render;
use restore::NewBcfRestore;

/// The registry's entry.
#[derive(Debug)]
pub(crate) struct Bcf;

static SPEC: FormatSpec = FormatSpec {
    name: "bcf",
    family: Family::Variants,
    magic: b"BCF\x02",
    suffixes: &[".bcf"],
    index_suffixes: &[".csi"],
};

/// Why the beginning of a BCF file cannot be read (VCF 4.3 §6.2).
#[derive(Debug, Error)]
enum HeaderError {
    #[error("BCF version 2.{0} is not known; 2.1 and 2.2 are")]
    Version(u8),
    #[error(transparent)]
    Text(#[from] vcf::ParseHeaderError),
}

impl InputFormat for Bcf {
    fn spec(&self) -> &'static FormatSpec {
        &SPEC
    }

    fn header(&self, bytes: &[u8], _at_end: bool) -> Result<Option<(Header, usize)>, batches::RecordError> {
        let Some(([_, _, _, _, minor, l0, l1, l2, l3], rest)) = bytes.split_first_chunk::<9>() else {
            return Ok(None);
        };
        if !matches!(minor, 1 | 2) {
            return Err(HeaderError::Version(*minor).into());
        }
        let len = u32::from_le_bytes([*l0, *l1, *l2, *l3]) as usize;
        let Some(text) = rest.get(..len) else { return Ok(None) };
        let end = memchr::memchr(0, text).unwrap_or(text.len());
        let header = vcf::Header::parse(text.get(..end).unwrap_or(text)).map_err(HeaderError::from)?;
        Ok(Some((Header::Vcf(Arc::new(header)), 9 + len)))
    }

    fn framing(&self) -> Arc<dyn Framing> {
        Arc::new(BcfFraming)
    }

    fn locate(&self, header: &Header, names: &[String]) -> Arc<dyn Locate> {
        let dictionary = Dictionary::new(&vcf_header(header));
        Arc::new(LocateBcf { dictionary, contigs: Contigs::new(names.to_vec()) })
    }

    fn rows(&self, plan: &RowPlan<'_>) -> Arc<dyn NewRows> {
        let header = vcf_header(plan.header);
        let dictionary = Arc::new(Dictionary::new(&header));
        Arc::new(NewBcfRows { rows: NewVariantRows::new(plan.wanted, &header, plan.selection), dictionary })
    }

    fn form(&self) -> RecordForm {
        RecordForm::Bcf
    }

    fn transcode(&self, header: &Header, form: RecordForm) -> Option<Arc<dyn NewTranscode>> {
        transcode::new_transcode(&vcf_header(header), form)
    }

    fn restore(&self, plan: &RestorePlan<'_>) -> Option<Arc<dyn NewRestore>> {
        let header = vcf_header(plan.header);
        Some(Arc::new(NewBcfRestore::new(plan.table, plan.samples.clone(), &header)))
    }

    fn models(&self, header: &Header) -> Box<dyn Models> {
        Box::new(BcfModels::new(&vcf_header(header)))
    }

    fn rewriter(&self, header: &Header, keep: &Keep) -> Option<Box<dyn Rewriter>> {
        Some(Box::new(BcfRewriter::new(&vcf_header(header), keep)))
    }
}

/// The beginning of a BCF 2.2 file: the text, and the NUL that ends it or what else pads it.
pub(crate) fn header_bytes(text: &[u8], padding: Option<&[u8]>) -> Vec<u8> {
    let padding = padding.unwrap_or(b"\0");
    let len = u32::try_from(text.len() + padding.len()).unwrap_or(u32::MAX);
    [b"BCF\x02\x02", &len.to_le_bytes()[..], text, padding].concat()
}

/// What stands after the text within its length.
pub(crate) fn padding<'a>(bytes: &'a [u8], text: &[u8]) -> &'a [u8] {
    bytes.get(9 + text.len()..).unwrap_or_default()
}

/// A BCF record is preceded by the lengths of its two parts (VCF 4.3 §6.3).
#[derive(Debug)]
struct BcfFraming;

impl Framing for BcfFraming {
    fn record_len(&self, bytes: &[u8]) -> Result<Option<usize>, FrameError> {
        let Some([s0, s1, s2, s3, i0, i1, i2, i3]) = bytes.first_chunk::<8>() else { return Ok(None) };
        let shared = u32::from_le_bytes([*s0, *s1, *s2, *s3]) as usize;
        let individual = u32::from_le_bytes([*i0, *i1, *i2, *i3]) as usize;
        if shared < 24 {
            return Err(FrameError(format!(
                "the record says its shared part has {shared} bytes; it has 24 at least"
            )));
        }
        Ok(Some(8 + shared + individual))
    }

    fn ends_with_input(&self) -> bool {
        false
    }
}

/// The two parts of a whole record.
pub(crate) fn parts(record: &[u8]) -> (&[u8], &[u8]) {
    let Some(([s0, s1, s2, s3, ..], rest)) = record.split_first_chunk::<8>() else { return (&[], &[]) };
    let shared = u32::from_le_bytes([*s0, *s1, *s2, *s3]) as usize;
    rest.split_at_checked(shared).unwrap_or((rest, &[]))
}

#[derive(Debug)]
struct LocateBcf {
    dictionary: Dictionary,
    contigs: Contigs,
}

impl Locate for LocateBcf {
    fn locate(&self, record: &[u8]) -> Result<Location, batches::RecordError> {
        let (shared, individual) = parts(record);
        let mut line = Vec::new();
        render(shared, individual, &self.dictionary, &mut line)?;
        Ok(location(&line, &self.contigs)?)
    }
}

struct NewBcfRows {
    rows: NewVariantRows,
    dictionary: Arc<Dictionary>,
}

impl NewRows for NewBcfRows {
    fn rows(&self) -> Box<dyn Rows> {
        let dictionary = Arc::clone(&self.dictionary);
        Box::new(BcfRows { rows: self.rows.variant_rows(), dictionary, line: Vec::new() })
    }
}

/// Rows of BCF records, by way of VCF lines.
struct BcfRows {
    rows: VariantRows,
    dictionary: Arc<Dictionary>,
    line: Vec<u8>,
}

impl Rows for BcfRows {
    fn push(&mut self, record: &[u8], record_no: i64) -> Result<(), batches::RecordError> {
        let (shared, individual) = parts(record);
        self.line.clear();
        render(shared, individual, &self.dictionary, &mut self.line)?;
        Ok(self.rows.push_line(&self.line, record_no, record, true)?)
    }

    fn finish(&mut self) -> Result<RecordBatch, batches::RecordError> {
        self.rows.finish()
    }

    fn tally(&self) -> &Tally {
        self.rows.tally()
    }
}
