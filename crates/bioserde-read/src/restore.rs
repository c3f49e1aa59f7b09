//! Rows back to records: the inverse of [`crate::batches::Rows`].
//!
//! It serves two ends. A record that was made into a row is made again of that row and compared, so that
//! `residual` can keep what the columns do not give back. And a table is an input whose records are made of
//! its rows.

pub(crate) mod cells;

use arrow_array::RecordBatch;
use thiserror::Error;

/// Makes records of rows, in the form of one format.
pub(crate) trait Restore: Send {
    /// Turns to a batch, whose columns are those of the table that this was made for.
    fn open(&mut self, batch: &RecordBatch) -> Result<(), RestoreError>;

    /// How many rows from `row` on belong to one record; 1 but where each sample has its row.
    fn rows(&self, _row: usize) -> usize {
        1
    }

    /// Says what is wrong with the rows of a record, where each sample has its row: they may not fit together.
    fn check(&self, _row: usize) -> Result<(), RestoreError> {
        Ok(())
    }

    /// Appends the record of a row: what its columns say, whatever `residual` holds.
    fn append(&mut self, row: usize, out: &mut Vec<u8>) -> Result<(), RestoreError>;
}

/// Makes [`Restore`]s for each thread.
pub(crate) trait NewRestore: std::fmt::Debug + Send + Sync {
    fn restore(&self) -> Box<dyn Restore>;
}

/// Why a row is no record.
#[derive(Debug, Error)]
pub(crate) enum RestoreError {
    #[error("column `{column}` {fault}")]
    Column { column: String, fault: String },
    #[error(transparent)]
    Record(#[from] Box<dyn std::error::Error + Send + Sync>),
}

impl RestoreError {
    pub(crate) fn column(column: &str, fault: impl Into<String>) -> Self {
        Self::Column { column: column.to_owned(), fault: fault.into() }
    }
}
