//! The rows of one input as record batches, on the caller's thread.

use std::collections::VecDeque;
use std::iter::FusedIterator;

use arrow_array::RecordBatch;

use crate::batches::{Batches, Decoder, Tally};
use crate::error::Result;
use crate::segments::Segments;
use crate::unit::{Assembler, Unit};
use crate::{Input, Options, Table};

/// A unit is full at this many bytes of source: nobody works beside the caller, so that more would only
/// take memory.
const UNIT_BYTES: usize = 4 << 20;

impl Input {
    /// Reads the rows one batch after another, in the order of the file: those of the records that overlap
    /// the regions that the input was opened with, or of all.
    ///
    /// # Errors
    ///
    /// A column, key or sample of the options is not there.
    pub fn batches(mut self, options: &Options) -> Result<RecordBatches> {
        let table = Table::of_one(&mut self, options)?;
        let assembler = table.assembler_of(&self, UNIT_BYTES);
        Ok(RecordBatches {
            decoder: table.decoder().clone(),
            table,
            assembler,
            segments: Segments::new(self),
            units: VecDeque::new(),
            open: None,
            tally: Tally::default(),
            is_ended: false,
        })
    }
}

/// The rows of an input, batch after batch; made by [`Input::batches`]. After an error nothing follows.
#[derive(Debug)]
pub struct RecordBatches {
    table: Table,
    decoder: Decoder,
    assembler: Assembler,
    segments: Segments,
    /// Those that are full and not yet decoded.
    units: VecDeque<Unit>,
    open: Option<Batches>,
    tally: Tally,
    is_ended: bool,
}

impl RecordBatches {
    /// The input: its name, header, notices and progress.
    pub fn input(&self) -> &Input {
        self.segments.input()
    }

    /// The columns.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// What was odd in the batches so far.
    pub fn tally(&self) -> Tally {
        let mut tally = self.tally.clone();
        if let Some(open) = &self.open {
            tally.merge(&open.tally());
        }
        tally
    }

    fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(open) = &mut self.open {
                if let Some(batch) = open.next_batch()? {
                    return Ok(Some(batch));
                }
                self.tally.merge(&open.tally());
                self.open = None;
            }
            if let Some(unit) = self.units.pop_front() {
                self.open = Some(self.decoder.decode(unit));
            } else if self.is_ended {
                return Ok(None);
            } else if let Some(segment) = self.segments.next()? {
                self.assembler.push(segment, |unit| self.units.push_back(unit));
            } else {
                self.is_ended = true;
                self.units.extend(self.assembler.finish());
            }
        }
    }
}

impl Iterator for RecordBatches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Result<RecordBatch>> {
        let batch = self.next_batch();
        if batch.is_err() {
            (self.is_ended, self.open) = (true, None);
            self.units.clear();
        }
        batch.transpose()
    }
}

impl FusedIterator for RecordBatches {}
