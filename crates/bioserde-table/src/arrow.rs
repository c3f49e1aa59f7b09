//! Arrow IPC, as a file and as a stream. The messages of both are the same, and are decoded by one decoder.

mod file;
mod message;
mod stream;

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::reader::FileDecoder;
use arrow_schema::{ArrowError, Schema};

pub(crate) use self::file::open as open_file;
use self::message::Message;
pub(crate) use self::stream::open as open_stream;
use crate::error::guarded;
use crate::part::Content;
use crate::reader::PART_ROWS;
use crate::types::Types;
use crate::{Result, TableFormat};

/// A batch of an Arrow file that is not decoded yet.
#[derive(Debug)]
pub(crate) struct Block {
    decoder: Arc<FileDecoder>,
    message: Message,
    types: Types,
}

impl Block {
    pub(crate) fn rows(&self) -> u64 {
        self.message.rows()
    }

    pub(crate) fn batch(&self, first_row: u64) -> Result<RecordBatch> {
        let path = &self.types.path;
        let batch =
            guarded(path, TableFormat::ArrowFile, "read the rows", || decode(&self.decoder, &self.message))?;
        self.types.cast(&batch, first_row)
    }
}

fn decode(decoder: &FileDecoder, message: &Message) -> std::result::Result<RecordBatch, ArrowError> {
    let batch = decoder.read_record_batch(message.block(), message.bytes())?;
    batch.ok_or_else(|| ArrowError::IpcError("a message without rows".to_owned()))
}

/// The schema of a file or stream, with its bytes in this machine's order.
fn schema(found: arrow_ipc::Schema<'_>) -> std::result::Result<Schema, ArrowError> {
    if !found.endianness().equals_to_target_endianness() {
        return Err(ArrowError::IpcError("its bytes are in another order than this machine's".to_owned()));
    }
    if found.fields().is_none() {
        return Err(ArrowError::IpcError("a schema without fields".to_owned()));
    }
    Ok(arrow_ipc::convert::fb_to_schema(found))
}

/// A batch with more rows than a part has, of which parts are cut.
#[derive(Debug)]
struct Long {
    batch: RecordBatch,
    next: usize,
}

impl Long {
    /// Batches of more rows are cut.
    const ROWS: u64 = 2 * PART_ROWS as u64;

    fn new(batch: RecordBatch) -> Self {
        Self { batch, next: 0 }
    }

    fn cut(&mut self, types: &Types) -> Option<Content> {
        let rows = PART_ROWS.min(self.batch.num_rows().saturating_sub(self.next));
        let batch = (rows > 0).then(|| self.batch.slice(self.next, rows))?;
        self.next += rows;
        Some(Content::Batch(batch, types.clone()))
    }
}
