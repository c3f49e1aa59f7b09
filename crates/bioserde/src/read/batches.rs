use std::iter::FusedIterator;
use std::sync::Arc;

use arrow_array::RecordBatch;
use bioserde_core::Header;
use bioserde_read::RecordBatches;
use bioserde_table::TableReader;

use crate::{Error, Result, SchemaRef};

/// The rows of a file as record batches; made by [`crate::Reader::batches`].
#[derive(Debug)]
pub struct Batches {
    path: String,
    source: Source,
    is_ended: bool,
}

#[derive(Debug)]
pub(super) enum Source {
    Records(Box<RecordBatches>),
    Rows {
        table: Box<TableReader>,
        /// In the order wanted.
        columns: Option<Vec<String>>,
    },
}

impl Batches {
    pub(super) fn new(path: String, source: Source) -> Self {
        Self { path, source, is_ended: false }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn end(&mut self) {
        self.is_ended = true;
    }

    /// The header; nothing for a table that tells none.
    pub fn header(&self) -> Option<&Header> {
        match &self.source {
            Source::Records(batches) => Some(batches.input().header()),
            Source::Rows { .. } => None,
        }
    }

    /// The columns that are decoded. Of a table without records they stand in the table's order.
    pub fn schema(&self) -> SchemaRef {
        match &self.source {
            Source::Records(batches) => batches.table().schema().arrow(),
            Source::Rows { table, .. } => Arc::clone(table.schema()),
        }
    }

    fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        match &mut self.source {
            Source::Records(batches) => Ok(batches.next().transpose()?),
            Source::Rows { table, columns } => {
                let Some(part) = table.next_part()? else { return Ok(None) };
                let batch = part.batch()?;
                let Some(columns) = columns else { return Ok(Some(batch)) };
                let schema = batch.schema();
                let places = columns.iter().map(|name| schema.index_of(name)).collect::<Result<Vec<_>, _>>();
                let batch = places.and_then(|places| batch.project(&places));
                batch.map(Some).map_err(|source| Error::Arrow { path: self.path.clone(), source })
            }
        }
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Result<RecordBatch>> {
        if self.is_ended {
            return None;
        }
        let batch = self.next_batch();
        self.is_ended = !matches!(batch, Ok(Some(_)));
        batch.transpose()
    }
}

impl FusedIterator for Batches {}
