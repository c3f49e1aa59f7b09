//! Records as models: the way for those who want one record at a time.
//!
//! Models are made from the very views that the columns are made from: [`bam::record::Record`] and
//! [`bam::tags::Tags`] of a BAM record, which a SAM line becomes first, and [`vcf::line::Line`] of a VCF
//! line, which a BCF record becomes first, with its numbers read by the same [`vcf::number`]. So the two ways cannot disagree about where
//! a field is or what it says; what each makes of it is compared by `tests/model`.
//!
//! [`bam::record::Record`]: crate::formats::bam::record::Record
//! [`bam::tags::Tags`]: crate::formats::bam::tags::Tags
//! [`vcf::line::Line`]: crate::formats::vcf::line::Line
//! [`vcf::number`]: crate::formats::vcf::number

mod alignments;
mod parse;
mod variants;

use std::iter::FusedIterator;
use std::sync::Arc;

use bioserde_model::{Alignment, Variant};
use thiserror::Error as ThisError;

pub(crate) use alignments::{BamModels, SamModels};
pub use parse::{BamParser, RecordFault, SamParser, VcfParser, parse_sam, parse_vcf};
pub(crate) use variants::{BcfModels, VcfModels};

use crate::Input;
use crate::batches::RecordError;
use crate::error::{ErrorKind, Result};
use crate::segments::Segments;
use crate::unit::{Framing, Segment, record_len};

/// A record of either family.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// Of SAM or BAM.
    Alignment(Alignment),
    /// Of VCF or BCF.
    Variant(Variant),
}

/// Makes models of the records of one input: the part that a format supplies.
pub(crate) trait Models: std::fmt::Debug + Send {
    /// The model of a record's bytes.
    fn model(&mut self, record: &[u8]) -> std::result::Result<Model, RecordError>;
}

/// Why a record that is well formed has no model. Models are typed: there is no place in them for the
/// source of a record, which is where the columns keep such things.
#[derive(Debug, ThisError, PartialEq, Eq)]
enum ModelError {
    #[error("{0} is not UTF-8")]
    NotUtf8(&'static str),
    #[error("{field} is {value}, which is beyond 2147483647")]
    Position { field: &'static str, value: i64 },
    #[error("QUAL `{0}` is not a number")]
    Qual(String),
}

impl Input {
    /// Reads the records one after another, in the order of the file: those that overlap the regions
    /// that the input was opened with, or all of them.
    ///
    /// Columns, tags, keys and samples of the options do not apply: a model holds a whole record.
    ///
    /// ```
    /// use bioserde_read::{Input, Model, Options};
    ///
    /// let options = Options { regions: vec!["chr1".to_owned()], ..Options::default() };
    /// let input = Input::open("../../tests/data/reads.bam", &options)?;
    /// let mut mismatches = 0;
    /// for record in input.records() {
    ///     let Model::Alignment(alignment) = record? else { continue };
    ///     let edits = alignment.tags.iter().find(|tag| tag.tag == *b"NM");
    ///     mismatches += edits.and_then(|tag| tag.value.as_integer()).unwrap_or(0);
    /// }
    /// assert!(mismatches > 0);
    /// # Ok::<(), bioserde_read::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Each item may be an error, which tells the place. After a record that is faulty, or that a typed
    /// model cannot hold (a read name or tag that is not text, a `QUAL` that is no 32-bit number), the
    /// next record follows; after a fault of the file itself, such as a corrupt block, nothing does.
    pub fn records(self) -> Records {
        let format = self.format();
        Records {
            models: format.models(self.header()),
            framing: format.framing(),
            segments: Segments::new(self),
            open: None,
            is_ended: false,
        }
    }
}

/// The records of an input, one after another; made by [`Input::records`].
///
/// The calling thread does all the work but the reading, so that memory stays at a few chunks.
#[derive(Debug)]
pub struct Records {
    models: Box<dyn Models>,
    framing: Arc<dyn Framing>,
    segments: Segments,
    open: Option<Open>,
    is_ended: bool,
}

impl Records {
    /// The input: its name, header, notices and progress.
    pub fn input(&self) -> &Input {
        self.segments.input()
    }
}

impl Iterator for Records {
    type Item = Result<Model>;

    fn next(&mut self) -> Option<Result<Model>> {
        loop {
            if let Some(open) = &mut self.open
                && let Some(record) = open.next(self.models.as_mut(), self.framing.as_ref())
            {
                return Some(record);
            }
            self.open = None;
            if self.is_ended {
                return None;
            }
            match self.segments.next() {
                Ok(Some(segment)) => self.open = Some(Open { segment, index: 0, at: 0 }),
                Ok(None) => self.is_ended = true,
                Err(e) => {
                    self.is_ended = true;
                    return Some(Err(e));
                }
            }
        }
    }
}

impl FusedIterator for Records {}

/// A segment that is being read.
#[derive(Debug)]
struct Open {
    segment: Segment,
    /// Of the next record, and where it starts.
    index: usize,
    at: usize,
}

impl Open {
    fn next(&mut self, models: &mut dyn Models, framing: &dyn Framing) -> Option<Result<Model>> {
        if self.index == self.segment.records() {
            return None;
        }
        let rest = self.segment.bytes().get(self.at..).unwrap_or_default();
        let len = record_len(framing, rest);
        let model = models.model(rest.get(..len).unwrap_or_default());
        let model = model.map_err(|e| self.segment.error(self.index, self.at, ErrorKind::Record(e)));
        (self.index, self.at) = (self.index + 1, self.at + len);
        Some(model)
    }
}

/// The text of bytes that should be one.
fn text(field: &'static str, bytes: &[u8]) -> std::result::Result<String, ModelError> {
    String::from_utf8(bytes.to_vec()).map_err(|_| ModelError::NotUtf8(field))
}
