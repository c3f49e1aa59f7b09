//! Rows of a table to records.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;
use bioserde_table::{TablePart, TableReader};

use super::super::{Packed, Parts};
use super::plan::Plan;
use crate::error::{Error, ErrorKind, Result};
use crate::restore::RestoreError;
use crate::restore::cells::Integers;

/// The parts of a table.
pub(super) struct TableParts {
    pub(super) reader: TableReader,
    pub(super) plan: Arc<Plan>,
}

impl TableParts {
    fn next(&mut self) -> Result<Option<Rows>> {
        let part = self.reader.next_part().map_err(|e| Error::new(&self.plan.name, e))?;
        Ok(part.map(|part| Rows { part, plan: Arc::clone(&self.plan) }))
    }
}

impl Parts for TableParts {
    fn next_part(&mut self) -> Result<Option<Box<dyn Packed>>> {
        Ok(self.next()?.map(|rows| Box::new(rows) as Box<dyn Packed>))
    }
}

/// Some rows that are read.
#[derive(Debug)]
struct Rows {
    part: TablePart,
    plan: Arc<Plan>,
}

impl Packed for Rows {
    fn source_bytes(&self) -> u64 {
        self.part.bytes_read()
    }

    fn unpack(self: Box<Self>) -> Result<Vec<u8>> {
        let first_row = self.part.first_row();
        let batch = self.part.batch().map_err(|e| Error::new(&self.plan.name, e))?;
        self.plan.records(&batch, first_row)
    }
}

/// The parts of a table where each sample has its row: cut between records.
pub(super) struct LongParts {
    parts: TableParts,
    /// The rows of the last record so far, which may go on.
    rest: Option<RecordBatch>,
    first_row: u64,
    has_ended: bool,
    seen: Seen,
}

/// Numbers of records that were read, as bits: 64 of them to a page.
#[derive(Debug, Default)]
struct Seen(HashMap<i64, u64>);

impl Seen {
    /// Adds a number; says whether it is new.
    fn add(&mut self, number: i64) -> bool {
        let page = self.0.entry(number.div_euclid(64)).or_default();
        let bit = 1 << number.rem_euclid(64);
        let is_new = *page & bit == 0;
        *page |= bit;
        is_new
    }
}

impl LongParts {
    pub(super) fn new(parts: TableParts) -> Self {
        Self { parts, rest: None, first_row: 0, has_ended: false, seen: Seen::default() }
    }

    /// The rows of a record stand side by side, and are as many as the samples at most.
    fn check(&mut self, rows: &RecordBatch) -> Result<()> {
        let plan = Arc::clone(&self.parts.plan);
        let numbers = plan.record_no.and_then(|i| Integers::whole(rows.column(i)));
        let Some(numbers) = numbers else { return Ok(()) };
        let mut last = None;
        for row in 0..rows.num_rows() {
            let number = numbers.get(row);
            let (row, column) = (self.first_row + row as u64 + 1, "record_no");
            let fault = match number {
                None => "is null: it tells which rows, each of a sample, are of one record".to_owned(),
                Some(number) if last != Some(number) && !self.seen.add(number) => {
                    format!("is {number} again: the rows of a record have to stand side by side")
                }
                Some(_) => {
                    last = number;
                    continue;
                }
            };
            let source = Box::new(RestoreError::column(column, fault));
            return Err(Error::new(&plan.name, ErrorKind::Row { row, source }));
        }
        Ok(())
    }

    /// What was left and what comes next; nothing at the end.
    fn whole(&mut self) -> Result<Option<(RecordBatch, u64)>> {
        let name = Arc::clone(&self.parts.plan.name);
        let next = self.parts.next()?;
        let bytes = next.as_ref().map_or(0, |rows| rows.part.bytes_read());
        let batch = next.map(|rows| rows.part.batch()).transpose().map_err(|e| Error::new(&name, e))?;
        self.has_ended = batch.is_none();
        let whole = match (self.rest.take(), batch) {
            (Some(rest), Some(batch)) => concat_batches(&batch.schema(), [&rest, &batch])
                .map(Some)
                .map_err(|e| Error::new(&name, ErrorKind::Rows(Box::new(e))))?,
            (rest, batch) => rest.or(batch),
        };
        Ok(whole.map(|batch| (batch, bytes)))
    }
}

impl Parts for LongParts {
    fn next_part(&mut self) -> Result<Option<Box<dyn Packed>>> {
        while !self.has_ended {
            let Some((whole, bytes)) = self.whole()? else { break };
            let plan = Arc::clone(&self.parts.plan);
            let cut = plan.whole_records(&whole, self.has_ended)?;
            self.rest = (cut < whole.num_rows()).then(|| whole.slice(cut, whole.num_rows() - cut));
            if cut == 0 && whole.num_rows() > plan.rows_per_record {
                let (row, most) = (self.first_row + 1, plan.rows_per_record);
                let fault = format!("is that of more rows than there are samples ({most})");
                let source = Box::new(RestoreError::column("record_no", fault));
                return Err(Error::new(&plan.name, ErrorKind::Row { row, source }));
            }
            if cut == 0 {
                continue;
            }
            self.check(&whole.slice(0, cut))?;
            let first_row = self.first_row;
            self.first_row += cut as u64;
            return Ok(Some(Box::new(LongRows { batch: whole.slice(0, cut), bytes, first_row, plan })));
        }
        Ok(None)
    }
}

/// Rows of whole records.
#[derive(Debug)]
struct LongRows {
    batch: RecordBatch,
    bytes: u64,
    first_row: u64,
    plan: Arc<Plan>,
}

impl Packed for LongRows {
    fn source_bytes(&self) -> u64 {
        self.bytes
    }

    fn unpack(self: Box<Self>) -> Result<Vec<u8>> {
        self.plan.records(&self.batch, self.first_row)
    }
}
