//! Record batches and records to bytes: one folder an output format.
//!
//! A format takes tables ([`TableFormat`]) or records in a form of their family ([`RecordFormat`]). Both
//! begin a [`Sink`], which is driven from one thread, in order. What can be done in parallel is done by its
//! [`Encoder`]s: each takes what one unit of work gives (for Parquet a row group) and runs on any thread;
//! the sink then appends what came out, unit after unit. Equal units give equal bytes, so the output does
//! not depend on how many threads there were.

#![forbid(unsafe_code)]

mod cells;
mod error;
mod registry;
mod sinks;
mod spec;

use std::any::Any;

use arrow_array::RecordBatch;
use bioserde_core::{Family, Header, RecordForm, Records};
use bioserde_schema::TableSchema;
use bioserde_storage::Target;

pub use error::{Error, Result};
pub use registry::{SINKS, by_name, by_path};
pub use spec::{SinkOptions, SinkSpec, WriteIndex};

/// An output format: a line of the registry.
#[derive(Clone, Copy, Debug)]
pub enum OutputFormat {
    /// Of rows.
    Table(&'static dyn TableFormat),
    /// Of records.
    Records(&'static dyn RecordFormat),
}

impl OutputFormat {
    /// How it is named and recognised.
    pub fn spec(&self) -> &'static SinkSpec {
        match self {
            Self::Table(format) => format.spec(),
            Self::Records(format) => format.spec(),
        }
    }
}

/// A format of rows.
pub trait TableFormat: std::fmt::Debug + Sync {
    /// Its line in the registry.
    fn spec(&self) -> &'static SinkSpec;

    /// Begins an output. Nothing appears under the target's name before [`Sink::finish`].
    ///
    /// `sample` is the first batch of what will come, for formats that choose encodings by their values.
    ///
    /// # Errors
    ///
    /// An option that the format does not know, a target that it cannot write to, or a failed write.
    fn create(
        &self,
        target: Target,
        table: &TableSchema,
        options: &SinkOptions,
        sample: Option<&RecordBatch>,
    ) -> Result<Box<dyn Sink<RecordBatch>>>;
}

/// A format of the records of a family.
pub trait RecordFormat: std::fmt::Debug + Sync {
    /// Its line in the registry.
    fn spec(&self) -> &'static SinkSpec;

    /// The family of its records.
    fn family(&self) -> Family {
        match self.form() {
            RecordForm::Bam | RecordForm::Sam => Family::Alignments,
            RecordForm::Vcf | RecordForm::Bcf => Family::Variants,
        }
    }

    /// The form of its records: that of all [`Records`] its encoders take.
    fn form(&self) -> RecordForm;

    /// Begins an output with its header. Nothing appears under the target's name before [`Sink::finish`].
    ///
    /// Where an index is written ([`SinkOptions::index`]), the encoders need [`Records::locations`].
    ///
    /// # Errors
    ///
    /// A header of the other family, an option that the format does not know, a target that it cannot
    /// write to, or a failed write.
    fn create(
        &self,
        target: Target,
        header: &RecordHeader<'_>,
        options: &SinkOptions,
    ) -> Result<Box<dyn Sink<Records>>>;
}

/// The header of an output of records.
#[derive(Clone, Copy, Debug)]
pub struct RecordHeader<'a> {
    /// What it says.
    pub header: &'a Header,
    /// The source's own header, from its first byte to its first record, not compressed, and the form of
    /// the source's records. It is written as it stands where the output has the same form.
    pub bytes: Option<(RecordForm, &'a [u8])>,
}

/// The end of the batches or records, driven from one thread.
pub trait Sink<T>: Send + std::fmt::Debug {
    /// An encoder for the next unit.
    ///
    /// # Errors
    ///
    /// The format's library refuses.
    fn encoder(&mut self) -> Result<Box<dyn Encoder<T>>>;

    /// Appends an encoded unit. Units are appended in the order of their records.
    ///
    /// # Errors
    ///
    /// A failed write, or what the format cannot hold.
    fn append(&mut self, unit: Encoded) -> Result<()>;

    /// Completes the output and makes it visible under its name; returns its size in bytes, without that
    /// of an index beside it.
    ///
    /// # Errors
    ///
    /// A failed write.
    fn finish(self: Box<Self>) -> Result<u64>;
}

/// Encodes one unit, on any thread.
pub trait Encoder<T>: Send + std::fmt::Debug {
    /// Takes the next part of the unit.
    ///
    /// # Errors
    ///
    /// Values that the format cannot hold.
    fn write(&mut self, part: &T) -> Result<()>;

    /// Completes the unit.
    ///
    /// # Errors
    ///
    /// Values that the format cannot hold.
    fn finish(self: Box<Self>) -> Result<Encoded>;
}

/// An encoded unit, which only the sink that made its encoder can read.
#[derive(Debug)]
pub struct Encoded {
    content: Box<dyn Any + Send>,
    changes: Vec<(&'static str, u64)>,
}

impl Encoded {
    pub(crate) fn new<T: Any + Send>(content: T) -> Self {
        Self { content: Box::new(content), changes: Vec::new() }
    }

    pub(crate) fn with_changes(self, changes: Vec<(&'static str, u64)>) -> Self {
        Self { changes, ..self }
    }

    /// What the format does not hold as it was, in words for people, and of how many records.
    pub fn changes(&self) -> &[(&'static str, u64)] {
        &self.changes
    }

    pub(crate) fn open<T: Any>(self) -> Result<T> {
        self.content.downcast().map(|content| *content).map_err(|_| Error::ForeignUnit)
    }
}
