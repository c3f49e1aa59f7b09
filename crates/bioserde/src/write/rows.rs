use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_schema::{Field, Schema};
use bioserde_core::Family;
use bioserde_schema::{Column as TableColumn, Origin, Physical, TableSchema, metadata};
use bioserde_storage::Target;
use bioserde_write::{Encoder, Sink, SinkOptions, TableFormat};
use serde::Serialize;

use crate::ser::{Column, Writing};
use crate::{Error, Result};

/// Rows in a batch.
const BATCH_ROWS: usize = 8192;
/// Rows in a unit, such as a row group of Parquet; the columns are fixed at its first end at the latest.
const UNIT_ROWS: usize = 122_880;

/// Writes rows that are structs of yours; made by [`crate::Writer::rows`].
///
/// The columns are the fields of the first rows, in their order, and have the types of their values:
///
/// | in Rust | column |
/// |---|---|
/// | `bool` | Boolean |
/// | `i8`, `i16`, `i32`, `u8`, `u16` | Int32 |
/// | `i64`, `u32`, `u64` | Int64; a `u64` beyond 2^63 - 1 is an error |
/// | `f32`, `f64` | Float32, Float64 |
/// | `&str`, `String`, `char`, an enum without data | Utf8 |
/// | bytes, for types that call them so | Binary |
/// | `Vec<T>`, arrays and tuples of one type | List |
/// | structs, and maps with keys that are text | Struct |
/// | `Option<T>` | that of `T`; `None` is null |
///
/// Rows wait until every column has had a value, 122,880 of them at most. A column that had none by then, or
/// by the end, is Utf8.
#[derive(Debug)]
pub struct RowWriter {
    path: String,
    format: &'static dyn TableFormat,
    options: SinkOptions,
    /// Until the first rows are written.
    target: Option<Target>,
    sink: Option<Box<dyn Sink<RecordBatch>>>,
    unit: Option<Box<dyn Encoder<RecordBatch>>>,
    unit_rows: usize,
    rows: Column,
    written: u64,
    has_failed: bool,
}

impl RowWriter {
    pub(super) fn new(
        path: String,
        format: &'static dyn TableFormat,
        target: Target,
        options: SinkOptions,
    ) -> Self {
        Self {
            path,
            format,
            options,
            target: Some(target),
            sink: None,
            unit: None,
            unit_rows: 0,
            rows: Column::row(),
            written: 0,
            has_failed: false,
        }
    }

    /// Writes a row after the others: a struct, or a map whose keys are text.
    ///
    /// # Errors
    ///
    /// A field whose type is not that of its column, a field that is new after the columns were fixed, or
    /// the output cannot be written. After an error nothing will appear.
    pub fn serialize<T: Serialize + ?Sized>(&mut self, row: &T) -> Result<()> {
        self.check()?;
        self.has_failed = true;
        self.written += 1;
        let writing = Writing { column: &mut self.rows, may_grow: self.sink.is_none() };
        let outcome = row.serialize(writing).and_then(|()| self.rows.check_last());
        outcome.map_err(|fault| fault.at(&self.path, self.written))?;
        if self.rows.rows() % BATCH_ROWS == 0 && self.is_ready() {
            self.flush()?;
        }
        self.has_failed = false;
        Ok(())
    }

    /// Completes the output and makes it visible under its name; returns its size in bytes.
    ///
    /// # Errors
    ///
    /// The output cannot be written, or something failed before.
    pub fn finish(mut self) -> Result<u64> {
        self.check()?;
        self.flush()?;
        self.end_unit()?;
        match self.sink.take() {
            Some(sink) => Ok(sink.finish()?),
            None => Err(Error::Failed { path: self.path }),
        }
    }

    fn check(&self) -> Result<()> {
        if self.has_failed { Err(Error::Failed { path: self.path.clone() }) } else { Ok(()) }
    }

    fn is_ready(&self) -> bool {
        self.sink.is_some() || self.rows.is_known() || self.rows.rows() >= UNIT_ROWS
    }

    /// Encodes the rows that wait; the first of them begin the output.
    fn flush(&mut self) -> Result<()> {
        let batch = self.batch()?;
        if let Some(target) = self.target.take() {
            let table = table(&batch.schema());
            self.sink = Some(self.format.create(target, &table, &self.options, Some(&batch))?);
        }
        let Some(sink) = &mut self.sink else { return self.check() };
        let mut at = 0;
        while at < batch.num_rows() {
            let rows = (batch.num_rows() - at).min(BATCH_ROWS);
            let unit = match &mut self.unit {
                Some(unit) => unit,
                None => self.unit.insert(sink.encoder()?),
            };
            unit.write(&batch.slice(at, rows))?;
            at += rows;
            self.unit_rows += rows;
        }
        if self.unit_rows >= UNIT_ROWS { self.end_unit() } else { Ok(()) }
    }

    fn end_unit(&mut self) -> Result<()> {
        self.unit_rows = 0;
        if let (Some(unit), Some(sink)) = (self.unit.take(), &mut self.sink) {
            sink.append(unit.finish()?)?;
        }
        Ok(())
    }

    fn batch(&mut self) -> Result<RecordBatch> {
        let fault = |source| Error::Arrow { path: self.path.clone(), source };
        let rows = self.rows.take().map_err(fault)?;
        let rows = rows.as_struct();
        let schema = Arc::new(Schema::new(self.rows.fields()));
        let options =
            arrow_array::RecordBatchOptions::new().with_row_count(Some(arrow_array::Array::len(rows)));
        RecordBatch::try_new_with_options(schema, rows.columns().to_vec(), &options).map_err(fault)
    }
}

/// The table of rows that are of nobody's specification.
fn table(schema: &Schema) -> TableSchema {
    let column = |field: &Arc<Field>| TableColumn {
        name: field.name().clone(),
        data_type: field.data_type().clone(),
        nullable: true,
        origin: Origin::Record("a field of the rows"),
        physical: Physical::Dictionary,
    };
    let columns: Vec<TableColumn> = schema.fields().iter().map(column).collect();
    let is_alignments = columns.iter().any(|c| matches!(c.name.as_str(), "qname" | "rname"));
    let family = if is_alignments { Family::Alignments } else { Family::Variants };
    let mut entries = metadata::base(family.name());
    entries.remove(metadata::COORDINATES);
    entries.insert(metadata::COLUMNS.to_owned(), metadata::columns(&columns));
    TableSchema { family, columns, metadata: entries }
}
