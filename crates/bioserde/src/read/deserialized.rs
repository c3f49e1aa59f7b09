use std::iter::FusedIterator;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use super::Batches;
use crate::de::{Columns, Wanted};
use crate::{Result, SchemaRef};

/// The rows of a file as structs; made by [`crate::Reader::deserialize`].
#[derive(Debug)]
pub struct Deserialized<T> {
    batches: Batches,
    wanted: Wanted,
    open: Option<Columns>,
    /// Of the next row in the batch.
    next: usize,
    /// Rows given so far.
    rows: u64,
    marker: PhantomData<fn() -> T>,
}

impl<T> Deserialized<T> {
    pub(super) fn new(batches: Batches, wanted: Wanted) -> Self {
        Self { batches, wanted, open: None, next: 0, rows: 0, marker: PhantomData }
    }

    /// The columns that are decoded.
    pub fn schema(&self) -> SchemaRef {
        self.batches.schema()
    }
}

impl<T: DeserializeOwned> Iterator for Deserialized<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        loop {
            if let Some(columns) = self.open.as_ref().filter(|columns| self.next < columns.rows()) {
                let row = columns.row(self.next);
                (self.next, self.rows) = (self.next + 1, self.rows + 1);
                return Some(row.map_err(|fault| fault.at(self.batches.path(), self.rows)));
            }
            let columns = match self.batches.next()? {
                Ok(batch) => Columns::of(&batch, &self.wanted, self.batches.path()),
                Err(e) => Err(e),
            };
            self.next = 0;
            match columns {
                Ok(columns) => self.open = Some(columns),
                Err(e) => {
                    self.open = None;
                    self.batches.end();
                    return Some(Err(e));
                }
            }
        }
    }
}

impl<T: DeserializeOwned> FusedIterator for Deserialized<T> {}
