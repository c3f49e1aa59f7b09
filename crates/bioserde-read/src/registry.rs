use std::fmt::Debug;
use std::sync::Arc;

pub(crate) use bioserde_core::Header;
use bioserde_core::{FormatSpec, RecordForm};
use bioserde_schema::TableSchema;
use bioserde_schema::alignments::TagColumn;
use bioserde_schema::variants::Selection;
use bioserde_storage::Source;

use crate::batches::{NewRows, RecordError};
use crate::filter::Locate;
use crate::formats;
use crate::formats::vcf::restore::Samples;
use crate::input::Opening;
use crate::model::Models;
use crate::packed::Packing;
use crate::restore::NewRestore;
use crate::rewrite::{Keep, Rewriter};
use crate::transcode::NewTranscode;
use crate::unit::Framing;

/// Every input format, one line each. The command line, the documentation and the tests derive from it.
pub(crate) static FORMATS: &[&dyn InputFormat] =
    &[&formats::bam::Bam, &formats::sam::Sam, &formats::vcf::Vcf, &formats::bcf::Bcf];

/// What rows are to be made of.
#[derive(Debug)]
pub(crate) struct RowPlan<'a> {
    pub(crate) header: &'a Header,
    /// All columns.
    pub(crate) table: &'a TableSchema,
    /// Those that are wanted.
    pub(crate) wanted: &'a TableSchema,
    pub(crate) selection: &'a Selection,
}

/// What records are to be made of.
#[derive(Debug)]
pub(crate) struct RestorePlan<'a> {
    pub(crate) header: &'a Header,
    /// The columns there are.
    pub(crate) table: &'a TableSchema,
    /// Of variants.
    pub(crate) samples: Samples,
}

/// An input format. One folder each under `formats/`.
pub(crate) trait InputFormat: Debug + Sync {
    /// Its line in the registry.
    fn spec(&self) -> &'static FormatSpec;

    /// How records are had that are no stream of bytes; nothing for those that are.
    fn packing(&self, _source: &Arc<Source>, _opening: &Opening) -> crate::Result<Option<Arc<dyn Packing>>> {
        Ok(None)
    }

    /// The header at the start of `bytes`, and its length; nothing when more bytes are needed, unless
    /// there are no more.
    fn header(&self, bytes: &[u8], at_end: bool) -> Result<Option<(Header, usize)>, RecordError>;

    /// Tells where records end.
    fn framing(&self) -> Arc<dyn Framing>;

    /// Tells where records lie on the reference sequences `names`: those of the header, and others
    /// that an index knows.
    fn locate(&self, header: &Header, names: &[String]) -> Arc<dyn Locate>;

    /// Makes rows.
    fn rows(&self, plan: &RowPlan<'_>) -> Arc<dyn NewRows>;

    /// How its records are laid out.
    fn form(&self) -> RecordForm;

    /// Writes its records in another form, or in their own; nothing for a form of another family.
    fn transcode(&self, header: &Header, form: RecordForm) -> Option<Arc<dyn NewTranscode>>;

    /// Makes records of rows; nothing for a format that has no way back.
    fn restore(&self, _plan: &RestorePlan<'_>) -> Option<Arc<dyn NewRestore>> {
        None
    }

    /// Makes models.
    fn models(&self, header: &Header) -> Box<dyn Models>;

    /// Takes parts of records away; nothing when that cannot be done to records of this format.
    fn rewriter(&self, _header: &Header, _keep: &Keep) -> Option<Box<dyn Rewriter>> {
        None
    }

    /// Adds the tags of the whole records in `bytes`, which start at one.
    fn observe_tags(&self, _bytes: &[u8], _header: &Header, _tags: &mut Vec<TagColumn>) {}

    /// Where a record starts in bytes taken from anywhere (for BGZF, the start of a block), if that
    /// can be told.
    fn resynchronise(&self, _bytes: &[u8], _header: &Header) -> Option<usize> {
        None
    }
}

/// The descriptions of every input format.
pub fn specs() -> Vec<&'static FormatSpec> {
    FORMATS.iter().map(|f| f.spec()).collect()
}

/// The format of a name.
pub(crate) fn by_name(name: &str) -> Option<&'static dyn InputFormat> {
    FORMATS.iter().find(|f| f.spec().name == name).copied()
}

/// The format whose records have a form, and that is no other's in disguise.
pub(crate) fn by_form(form: RecordForm) -> Option<&'static dyn InputFormat> {
    FORMATS.iter().find(|f| f.form() == form).copied()
}

/// The format of a description.
pub(crate) fn by_spec(spec: &FormatSpec) -> Option<&'static dyn InputFormat> {
    FORMATS.iter().find(|f| f.spec().name == spec.name).copied()
}
