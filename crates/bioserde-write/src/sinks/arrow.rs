//! Arrow IPC, as a file and as a stream.
//!
//! A record batch's body is its buffers one after the other, each compressed by itself, so encoders
//! encode column by column and the sink joins the columns. What stands in the way are dictionaries:
//! every batch comes with its own, and a file may have but one of each. The sink therefore keeps one
//! growing dictionary a column, in the order in which values first come, and maps keys to it. An
//! encoder sees how far it has grown: a column whose values are all there is mapped and encoded in
//! parallel, the others wait for [`Sink::append`]. The bytes are the same either way.
//!
//! A file has its dictionaries after the record batches, where the footer finds them: nothing is held
//! back until they are complete. A stream has before each batch the dictionaries that grew.

mod columns;
mod dictionaries;
mod message;

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::writer::{IpcWriteContext, IpcWriteOptions};
use arrow_ipc::{Block, CompressionType};
use arrow_schema::{ArrowError, SchemaRef};
use bioserde_schema::TableSchema;
use bioserde_storage::Target;

use self::columns::{EncodedBatch, EncodedColumn};
use self::dictionaries::SharedDictionaries;
use super::output::Output;
use crate::{Encoded, Encoder, Error, Result, Sink, SinkOptions, SinkSpec, TableFormat};

/// The file's entry in the registry.
#[derive(Debug)]
pub(crate) struct ArrowFile;

/// The stream's entry in the registry.
#[derive(Debug)]
pub(crate) struct ArrowStream;

static FILE: SinkSpec = SinkSpec {
    name: "arrow",
    suffixes: &[".arrow", ".feather", ".ipc"],
    streams: true,
    compressions: &["zstd", "lz4", "none"],
    index_suffixes: &[],
    summary: "Arrow IPC file (Feather 2), mapped into memory by pyarrow, Polars and R",
};

static STREAM: SinkSpec = SinkSpec {
    name: "arrows",
    suffixes: &[".arrows"],
    streams: true,
    compressions: &["zstd", "lz4", "none"],
    index_suffixes: &[],
    summary: "Arrow IPC stream, for a pipe into another program",
};

impl TableFormat for ArrowFile {
    fn spec(&self) -> &'static SinkSpec {
        &FILE
    }

    fn create(
        &self,
        target: Target,
        table: &TableSchema,
        options: &SinkOptions,
        _sample: Option<&RecordBatch>,
    ) -> Result<Box<dyn Sink<RecordBatch>>> {
        let layout = Layout::File { batches: Vec::new() };
        Ok(Box::new(ArrowSink::create(target, table, options, &FILE, layout)?))
    }
}

impl TableFormat for ArrowStream {
    fn spec(&self) -> &'static SinkSpec {
        &STREAM
    }

    fn create(
        &self,
        target: Target,
        table: &TableSchema,
        options: &SinkOptions,
        _sample: Option<&RecordBatch>,
    ) -> Result<Box<dyn Sink<RecordBatch>>> {
        let layout = Layout::Stream { sent: Vec::new() };
        Ok(Box::new(ArrowSink::create(target, table, options, &STREAM, layout)?))
    }
}

/// The compression by its name, `zstd` if there is none, and the level.
fn compression(
    given: Option<&str>,
    spec: &'static SinkSpec,
) -> Result<(Option<CompressionType>, Option<i32>)> {
    let given = given.unwrap_or("zstd");
    Ok(match given.split_once(':').map_or((given, None), |(name, level)| (name, level.parse().ok())) {
        ("zstd", Some(level)) => (Some(CompressionType::ZSTD), Some(level)),
        ("zstd", None) if given == "zstd" => (Some(CompressionType::ZSTD), Some(1)),
        ("lz4", None) if given == "lz4" => (Some(CompressionType::LZ4_FRAME), None),
        ("none", None) if given == "none" => (None, None),
        _ => return Err(unknown_compression(given, spec)),
    })
}

fn unknown_compression(given: &str, spec: &'static SinkSpec) -> Error {
    let known = spec.compressions.join(", ");
    Error::UnknownCompression { format: spec.name, given: given.to_owned(), known }
}

/// What encoders and the sink share.
#[derive(Debug)]
struct Context {
    path: String,
    schema: SchemaRef,
    options: IpcWriteOptions,
    compression: Option<CompressionType>,
    dictionaries: SharedDictionaries,
}

impl Context {
    fn failed(&self, source: ArrowError) -> Error {
        Error::Arrow { path: self.path.clone(), source }
    }
}

#[derive(Debug)]
enum Layout {
    File {
        batches: Vec<Block>,
    },
    Stream {
        /// How many values each dictionary had when it was last sent; empty before the first batch.
        sent: Vec<usize>,
    },
}

struct ArrowSink {
    output: Output,
    context: Arc<Context>,
    layout: Layout,
    scratch: IpcWriteContext,
}

impl std::fmt::Debug for ArrowSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArrowSink").field("layout", &self.layout).finish_non_exhaustive()
    }
}

impl ArrowSink {
    fn create(
        target: Target,
        table: &TableSchema,
        options: &SinkOptions,
        spec: &'static SinkSpec,
        layout: Layout,
    ) -> Result<Self> {
        spec.refuse_index(options)?;
        let (compression, level) = compression(options.compression.as_deref(), spec)?;
        let path = target.name().to_owned();
        let ipc_options = IpcWriteOptions::default()
            .try_with_compression(compression)
            .and_then(|o| if level.is_some() { o.try_with_compression_level(level) } else { Ok(o) })
            .map_err(|_| unknown_compression(options.compression.as_deref().unwrap_or_default(), spec))?;
        let schema = table.arrow();
        let dictionaries = SharedDictionaries::new(&schema)?;
        let mut output = Output::new(target);
        let context = Arc::new(Context { path, schema, options: ipc_options, compression, dictionaries });
        if matches!(layout, Layout::File { .. }) {
            output.write(message::FILE_START)?;
        }
        let schema = message::schema(&context.schema, &context.options);
        message::write(&mut output, schema, &[], &context)?;
        Ok(Self { output, context, layout, scratch: IpcWriteContext::default() })
    }

    fn write_batch(&mut self, batch: EncodedBatch) -> Result<()> {
        let rows = batch.rows;
        let columns = batch.complete(&self.context, &mut self.scratch)?;
        self.send_dictionaries()?;
        let message = message::record_batch(rows, &columns, self.context.compression);
        let block = message::write(&mut self.output, message, &columns, &self.context)?;
        if let Layout::File { batches } = &mut self.layout {
            batches.push(block);
        }
        Ok(())
    }

    /// In a stream, the dictionaries that grew since the last batch, whole: Polars refuses deltas.
    fn send_dictionaries(&mut self) -> Result<()> {
        let Layout::Stream { sent } = &mut self.layout else { return Ok(()) };
        let lengths = self.context.dictionaries.lengths();
        for (id, len) in lengths.iter().enumerate() {
            if sent.get(id) != Some(len) {
                write_dictionary(&mut self.output, &self.context, &mut self.scratch, id)?;
            }
        }
        *sent = lengths;
        Ok(())
    }
}

fn write_dictionary(
    output: &mut Output,
    context: &Context,
    scratch: &mut IpcWriteContext,
    id: usize,
) -> Result<Block> {
    let values = context.dictionaries.values(id);
    let column = EncodedColumn::of(Arc::clone(&values), context, scratch)?;
    let message = message::dictionary(id, values.len(), &column, context.compression);
    message::write(output, message, &[column], context)
}

impl Sink<RecordBatch> for ArrowSink {
    fn encoder(&mut self) -> Result<Box<dyn Encoder<RecordBatch>>> {
        let context = Arc::clone(&self.context);
        Ok(Box::new(ArrowEncoder { context, scratch: IpcWriteContext::default(), unit: Vec::new() }))
    }

    fn append(&mut self, unit: Encoded) -> Result<()> {
        unit.open::<Vec<EncodedBatch>>()?.into_iter().try_for_each(|batch| self.write_batch(batch))
    }

    fn finish(mut self: Box<Self>) -> Result<u64> {
        let mut dictionaries = Vec::new();
        if matches!(self.layout, Layout::File { .. }) {
            for id in 0..self.context.dictionaries.lengths().len() {
                let block = write_dictionary(&mut self.output, &self.context, &mut self.scratch, id)?;
                dictionaries.push(block);
            }
        }
        self.output.write(message::END_OF_STREAM)?;
        if let Layout::File { batches } = &self.layout {
            let footer = message::footer(&self.context, &dictionaries, batches)?;
            self.output.write(&footer)?;
        }
        self.output.commit()
    }
}

struct ArrowEncoder {
    context: Arc<Context>,
    scratch: IpcWriteContext,
    unit: Vec<EncodedBatch>,
}

impl std::fmt::Debug for ArrowEncoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArrowEncoder").field("batches", &self.unit.len()).finish_non_exhaustive()
    }
}

impl Encoder<RecordBatch> for ArrowEncoder {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() > 0 {
            self.unit.push(EncodedBatch::of(batch, &self.context, &mut self.scratch)?);
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Encoded> {
        Ok(Encoded::new(self.unit))
    }
}
