use arrow_array::RecordBatch;

use crate::Result;
use crate::arrow::Block;
use crate::json::Lines;
use crate::sqlite::Rows;
use crate::types::Types;

/// Some rows of a table as they were read: about 8,192 rows or 4 MiB.
#[derive(Debug)]
pub struct TablePart {
    pub(crate) first_row: u64,
    pub(crate) bytes_read: u64,
    pub(crate) content: Content,
}

/// What a part still has to be made of.
#[derive(Debug)]
pub(crate) enum Content {
    /// Rows in types that say the same as the table's.
    Batch(RecordBatch, Types),
    /// Rows of an Arrow file, still compressed.
    Block(Block),
    /// Rows of a database, lists still text.
    Rows(Rows),
    /// Lines of JSON.
    Lines(Lines),
}

impl Content {
    /// How many rows there are.
    pub(crate) fn rows(&self) -> u64 {
        match self {
            Self::Batch(batch, _) => batch.num_rows() as u64,
            Self::Block(block) => block.rows(),
            Self::Rows(rows) => rows.len(),
            Self::Lines(lines) => lines.len(),
        }
    }
}

impl TablePart {
    /// How many rows of the table come before this part. In JSON Lines a row is a line.
    pub fn first_row(&self) -> u64 {
        self.first_row
    }

    /// How many bytes of the input were read for it, for progress. For a database it is estimated.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// The rows, in the columns of [`crate::TableReader::schema`]. Parsing and casting happen here, on
    /// whatever thread asks.
    ///
    /// # Errors
    ///
    /// Content that is damaged, and values that do not fit their columns.
    pub fn batch(self) -> Result<RecordBatch> {
        match self.content {
            Content::Batch(batch, types) => types.cast(&batch, self.first_row),
            Content::Block(block) => block.batch(self.first_row),
            Content::Rows(rows) => rows.batch(self.first_row),
            Content::Lines(lines) => lines.batch(self.first_row),
        }
    }
}
