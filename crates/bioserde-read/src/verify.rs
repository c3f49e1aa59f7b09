//! Encode, verify, fall back: each record is made again of its row, and where that is not the record,
//! `residual` keeps it.

use std::sync::Arc;

use arrow_array::builder::BinaryBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};

use crate::batches::{RecordError, Tally};
use crate::lines::{kept as kept_of, strip_end};
use crate::restore::{NewRestore, Restore};
use crate::unit::{Framing, Segment, record_len};

/// Rows whose record their columns did not give back although every column took its part.
const UNFORESEEN: &str = "records kept as residual after comparing";
/// As the makers of rows count theirs.
const RESIDUAL: &str = "records kept as residual";

/// How the rows of a table are verified.
#[derive(Clone, Debug)]
pub(crate) struct NewVerify {
    pub(crate) restore: Arc<dyn NewRestore>,
    /// The position of `residual` in the table.
    pub(crate) residual: usize,
    pub(crate) rows_per_record: usize,
    /// Of lines of text, whether they should end in `\r\n`.
    pub(crate) is_crlf: Option<bool>,
}

impl NewVerify {
    pub(crate) fn verify(&self) -> Verify {
        Verify { plan: self.clone(), restore: self.restore.restore(), record: Vec::new(), runs: Vec::new() }
    }
}

/// Verifies the batches of a unit.
pub(crate) struct Verify {
    plan: NewVerify,
    restore: Box<dyn Restore>,
    record: Vec<u8>,
    /// The records of the batch.
    runs: Vec<Run>,
}

/// Records of a segment that lie side by side.
struct Run {
    segment: Segment,
    at: usize,
    records: usize,
}

impl Verify {
    /// Notes that the batch has some records of a segment, the first of them at `at`.
    pub(crate) fn note(&mut self, segment: &Segment, at: usize, records: usize) {
        if records > 0 {
            self.runs.push(Run { segment: segment.clone(), at, records });
        }
    }

    /// The batch with `residual` filled where its rows are not the records noted.
    pub(crate) fn apply(
        &mut self,
        batch: RecordBatch,
        framing: &dyn Framing,
        tally: &mut Tally,
    ) -> Result<RecordBatch, RecordError> {
        let runs = std::mem::take(&mut self.runs);
        self.restore.open(&batch)?;
        let known = batch.column(self.plan.residual).as_binary::<i32>().clone();
        let mut kept: Vec<(usize, &[u8])> = Vec::new();
        let mut row = 0;
        for run in &runs {
            let mut rest = run.segment.bytes().get(run.at..).unwrap_or_default();
            for _ in 0..run.records {
                let (record, after) = rest.split_at(record_len(framing, rest));
                if known.is_null(row) && !self.is_restored(row, record) {
                    kept.push((row, self.plan.is_crlf.map_or(record, |is_crlf| kept_of(record, is_crlf))));
                }
                (rest, row) = (after, row + self.plan.rows_per_record);
            }
        }
        if kept.is_empty() {
            return Ok(batch);
        }
        for kind in [UNFORESEEN, RESIDUAL] {
            tally.add_many(kind, kept.len() as u64);
        }
        let mut residual = BinaryBuilder::new();
        let mut kept = kept.into_iter().peekable();
        for row in 0..batch.num_rows() {
            let first = row - row % self.plan.rows_per_record;
            while kept.next_if(|(of, _)| *of < first).is_some() {}
            match kept.peek() {
                Some((of, source)) if *of == first => residual.append_value(source),
                _ => residual.append_option(known.is_valid(row).then(|| known.value(row))),
            }
        }
        let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
        if let Some(column) = columns.get_mut(self.plan.residual) {
            *column = Arc::new(residual.finish());
        }
        Ok(RecordBatch::try_new(batch.schema(), columns)?)
    }

    fn is_restored(&mut self, row: usize, record: &[u8]) -> bool {
        self.record.clear();
        if self.restore.append(row, &mut self.record).is_err() {
            return false;
        }
        // The last line of a file may lack its end: that is counted, and not kept.
        let lacks_end = self.plan.is_crlf.is_some() && !record.ends_with(b"\n");
        self.record == record || lacks_end && strip_end(&self.record).0 == record
    }
}
