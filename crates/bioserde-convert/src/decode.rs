use arrow_array::RecordBatch;
use bioserde_core::Records;
use bioserde_read::{Decoder, RecordDecoder, Tally, Unit};

use crate::error::Result;

/// Makes of units what a sink takes: `T`, batches or records.
pub(crate) trait Decode<T: 'static>: Clone + Send + 'static {
    /// Gives the parts of a unit to `each`, in order.
    fn decode(&self, unit: Unit, each: impl FnMut(&T) -> Result<()>) -> Result<Decoded>;

    /// The first part of a unit, for sinks that choose by it how to write.
    fn sample(&self, unit: &Unit) -> Result<Option<T>>;
}

/// What a unit became.
#[derive(Clone, Debug)]
pub(crate) struct Decoded {
    pub(crate) rows: usize,
    pub(crate) tally: Tally,
}

impl Decode<RecordBatch> for Decoder {
    fn decode(&self, unit: Unit, mut each: impl FnMut(&RecordBatch) -> Result<()>) -> Result<Decoded> {
        let mut batches = Self::decode(self, unit);
        let mut rows = 0;
        while let Some(batch) = batches.next_batch()? {
            rows += batch.num_rows();
            each(&batch)?;
        }
        Ok(Decoded { rows, tally: batches.tally() })
    }

    fn sample(&self, unit: &Unit) -> Result<Option<RecordBatch>> {
        // The rows are made again with the rest of their unit: one batch, once.
        Ok(Self::decode(self, unit.clone()).next_batch()?)
    }
}

impl Decode<Records> for RecordDecoder {
    fn decode(&self, unit: Unit, mut each: impl FnMut(&Records) -> Result<()>) -> Result<Decoded> {
        let mut blocks = Self::decode(self, unit);
        let mut rows = 0;
        while let Some(records) = blocks.next_records()? {
            rows += records.len();
            each(&records)?;
        }
        Ok(Decoded { rows, tally: blocks.tally() })
    }

    fn sample(&self, _unit: &Unit) -> Result<Option<Records>> {
        Ok(None)
    }
}
