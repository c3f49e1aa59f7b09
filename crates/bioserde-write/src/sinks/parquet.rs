//! Parquet: a unit is a row group, its columns encoded as its batches arrive.

mod properties;
mod sample;

use std::io::Write;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use bioserde_schema::TableSchema;
use bioserde_storage::Target;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;

use crate::{Encoded, Encoder, Error, Result, Sink, SinkOptions, SinkSpec, TableFormat};

/// The registry's entry.
#[derive(Debug)]
pub(crate) struct Parquet;

static SPEC: SinkSpec = SinkSpec {
    name: "parquet",
    suffixes: &[".parquet", ".pq"],
    streams: true,
    compressions: &["zstd", "snappy", "gzip", "lz4", "none"],
    index_suffixes: &[],
    summary: "Apache Parquet, readable by DuckDB, Polars, Spark, Athena, Trino and pandas",
};

impl TableFormat for Parquet {
    fn spec(&self) -> &'static SinkSpec {
        &SPEC
    }

    fn create(
        &self,
        target: Target,
        table: &TableSchema,
        options: &SinkOptions,
        sample: Option<&RecordBatch>,
    ) -> Result<Box<dyn Sink<RecordBatch>>> {
        SPEC.refuse_index(options)?;
        let schema = table.arrow();
        let properties = Arc::new(properties::of(table, options, sample, &SPEC)?);
        let path = target.name().to_owned();
        let failed = |e| error(&path, e);
        let descriptor = ArrowSchemaConverter::new()
            .with_coerce_types(properties.coerce_types())
            .convert(&schema)
            .map_err(failed)?;
        let root = descriptor.root_schema_ptr();
        let writer =
            SerializedFileWriter::new(Counted { target, bytes: 0 }, root, properties).map_err(failed)?;
        let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&schema));
        Ok(Box::new(ParquetSink { path: path.into(), schema, writer, factory, units: 0 }))
    }
}

fn error(path: &str, e: ParquetError) -> Error {
    Error::Parquet { path: path.to_owned(), source: Box::new(e) }
}

struct ParquetSink {
    path: Arc<str>,
    schema: SchemaRef,
    writer: SerializedFileWriter<Counted>,
    factory: ArrowRowGroupWriterFactory,
    units: usize,
}

impl std::fmt::Debug for ParquetSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetSink").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Sink<RecordBatch> for ParquetSink {
    fn encoder(&mut self) -> Result<Box<dyn Encoder<RecordBatch>>> {
        let columns = self.factory.create_column_writers(self.units).map_err(|e| error(&self.path, e))?;
        self.units += 1;
        Ok(Box::new(RowGroup {
            path: Arc::clone(&self.path),
            schema: Arc::clone(&self.schema),
            columns,
            rows: 0,
        }))
    }

    fn append(&mut self, unit: Encoded) -> Result<()> {
        let chunks: Vec<ArrowColumnChunk> = unit.open()?;
        if chunks.is_empty() {
            return Ok(());
        }
        let failed = |e| error(&self.path, e);
        let mut row_group = self.writer.next_row_group().map_err(failed)?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut row_group).map_err(failed)?;
        }
        row_group.close().map_err(failed)?;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<u64> {
        let Counted { target, bytes } = self.writer.into_inner().map_err(|e| error(&self.path, e))?;
        target.commit()?;
        Ok(bytes)
    }
}

struct RowGroup {
    path: Arc<str>,
    schema: SchemaRef,
    columns: Vec<ArrowColumnWriter>,
    rows: usize,
}

impl std::fmt::Debug for RowGroup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowGroup").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl Encoder<RecordBatch> for RowGroup {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let failed = |e| error(&self.path, e);
        let mut columns = self.columns.iter_mut();
        for (field, array) in self.schema.fields().iter().zip(batch.columns()) {
            for leaf in compute_leaves(field, array).map_err(failed)? {
                if let Some(column) = columns.next() {
                    column.write(&leaf).map_err(failed)?;
                }
            }
        }
        self.rows += batch.num_rows();
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Encoded> {
        if self.rows == 0 {
            return Ok(Encoded::new(Vec::<ArrowColumnChunk>::new()));
        }
        let close = |c: ArrowColumnWriter| c.close().map_err(|e| error(&self.path, e));
        let chunks: Vec<ArrowColumnChunk> = self.columns.into_iter().map(close).collect::<Result<_>>()?;
        Ok(Encoded::new(chunks))
    }
}

/// A target that knows how much was written to it.
#[derive(Debug)]
struct Counted {
    target: Target,
    bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        let n = self.target.write(buf)?;
        self.bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.target.flush()
    }
}
