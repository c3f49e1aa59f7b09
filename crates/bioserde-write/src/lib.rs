//! Record batches to bytes: one folder an output format.
//!
//! A [`Sink`] is driven from one thread, in order. What can be done in parallel is done by its
//! [`Encoder`]s: each takes the batches of one unit of rows (for Parquet a row group) and runs on any
//! thread; the sink then appends what came out, unit after unit. Equal units give equal bytes, so the
//! output does not depend on how many threads there were.

#![forbid(unsafe_code)]

mod cells;
mod error;
mod registry;
mod sinks;

use std::any::Any;

use arrow_array::RecordBatch;
use bioserde_schema::TableSchema;
use bioserde_storage::Target;

pub use error::{Error, Result};
pub use registry::{SINKS, by_name, by_path};

/// How an output format is named and recognised. One line of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SinkSpec {
    /// The lower-case name used on the command line.
    pub name: &'static str,
    /// File name endings, with the dot, the usual one first. Empty for one that is chosen by name only.
    pub suffixes: &'static [&'static str],
    /// Whether it can be written to a pipe.
    pub streams: bool,
    /// The names of its compressions, the default first. Empty where there is no choice.
    pub compressions: &'static [&'static str],
    /// One sentence for people.
    pub summary: &'static str,
}

impl SinkSpec {
    /// For formats without a choice of compression.
    pub(crate) fn refuse_compression(&self, options: &SinkOptions) -> Result<()> {
        match &options.compression {
            Some(given) => Err(Error::NoCompression { format: self.name, given: given.clone() }),
            None => Ok(()),
        }
    }
}

/// What a user may choose about an output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SinkOptions {
    /// One of [`SinkSpec::compressions`], as `name` or `name:level`.
    pub compression: Option<String>,
}

/// An output format.
pub trait OutputFormat: std::fmt::Debug + Sync {
    /// Its line in the registry.
    fn spec(&self) -> &'static SinkSpec;

    /// Begins an output. Nothing appears under the target's name before [`Sink::finish`].
    ///
    /// # Errors
    ///
    /// An option that the format does not know, a target that it cannot write to, or a failed write.
    ///
    /// `sample` is the first batch of what will come, for formats that choose encodings by their values.
    fn create(
        &self,
        target: Target,
        table: &TableSchema,
        options: &SinkOptions,
        sample: Option<&RecordBatch>,
    ) -> Result<Box<dyn Sink>>;
}

/// The end of the batches, driven from one thread.
pub trait Sink: Send + std::fmt::Debug {
    /// An encoder for the next unit of rows.
    ///
    /// # Errors
    ///
    /// The format's library refuses.
    fn encoder(&mut self) -> Result<Box<dyn Encoder>>;

    /// Appends an encoded unit. Units are appended in the order of their rows.
    ///
    /// # Errors
    ///
    /// A failed write, or rows that the format cannot hold.
    fn append(&mut self, unit: Encoded) -> Result<()>;

    /// Completes the output and makes it visible under its name; returns its size in bytes.
    ///
    /// # Errors
    ///
    /// A failed write.
    fn finish(self: Box<Self>) -> Result<u64>;
}

/// Encodes one unit of rows, on any thread.
pub trait Encoder: Send + std::fmt::Debug {
    /// Takes the next batch of the unit.
    ///
    /// # Errors
    ///
    /// Values that the format cannot hold.
    fn write(&mut self, batch: &RecordBatch) -> Result<()>;

    /// Completes the unit.
    ///
    /// # Errors
    ///
    /// Values that the format cannot hold.
    fn finish(self: Box<Self>) -> Result<Encoded>;
}

/// An encoded unit, which only the sink that made its encoder can read.
#[derive(Debug)]
pub struct Encoded(Box<dyn Any + Send>);

impl Encoded {
    pub(crate) fn new<T: Any + Send>(content: T) -> Self {
        Self(Box::new(content))
    }

    pub(crate) fn open<T: Any>(self) -> Result<T> {
        self.0.downcast().map(|content| *content).map_err(|_| Error::ForeignUnit)
    }
}
