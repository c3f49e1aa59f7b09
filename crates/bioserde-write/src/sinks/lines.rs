//! What the line formats share: an encoder turns rows into bytes, the sink writes them one after the
//! other.

use std::sync::Arc;

use arrow_array::RecordBatch;
use bioserde_schema::TableSchema;
use bioserde_storage::Target;

use super::output::Output;
use crate::cells::Cells;
use crate::{Encoded, Encoder, Result, Sink};

/// A format of one line a row.
pub(super) trait LineFormat: Send + Sync + std::fmt::Debug + 'static {
    /// Appends the lines before the first row.
    fn header(&self, out: &mut Vec<u8>);

    /// Appends rows `0..rows`.
    fn rows(&self, columns: &[Cells], rows: usize, out: &mut Vec<u8>);
}

/// Begins an output.
pub(super) fn create(target: Target, format: impl LineFormat) -> Result<Box<dyn Sink<RecordBatch>>> {
    let mut output = Output::new(target);
    let mut header = Vec::new();
    format.header(&mut header);
    output.write(&header)?;
    Ok(Box::new(LineSink { output, format: Arc::new(format) }))
}

/// The names of a table's columns.
pub(super) fn names(table: &TableSchema) -> Vec<String> {
    table.columns.iter().map(|c| c.name.clone()).collect()
}

#[derive(Debug)]
struct LineSink {
    output: Output,
    format: Arc<dyn LineFormat>,
}

impl Sink<RecordBatch> for LineSink {
    fn encoder(&mut self) -> Result<Box<dyn Encoder<RecordBatch>>> {
        Ok(Box::new(LineEncoder { format: Arc::clone(&self.format), lines: Vec::new() }))
    }

    fn append(&mut self, unit: Encoded) -> Result<()> {
        self.output.write(&unit.open::<Vec<u8>>()?)
    }

    fn finish(self: Box<Self>) -> Result<u64> {
        self.output.commit()
    }
}

#[derive(Debug)]
struct LineEncoder {
    format: Arc<dyn LineFormat>,
    lines: Vec<u8>,
}

impl Encoder<RecordBatch> for LineEncoder {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.format.rows(&Cells::of_batch(batch)?, batch.num_rows(), &mut self.lines);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Encoded> {
        Ok(Encoded::new(self.lines))
    }
}
