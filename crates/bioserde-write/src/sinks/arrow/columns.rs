use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteContext};
use arrow_ipc::{Buffer, FieldNode};
use arrow_schema::{ArrowError, Field, Schema};

use super::Context;
use super::dictionaries::{dictionaries_in, to_keys};
use crate::Result;

/// A batch, encoded but for columns with values that were new when it was.
#[derive(Debug)]
pub(super) struct EncodedBatch {
    pub(super) rows: usize,
    columns: Vec<Column>,
}

#[derive(Debug)]
enum Column {
    Encoded(EncodedColumn),
    Waiting { array: ArrayRef, first_dictionary: usize },
}

/// A column as a record batch has it: its nodes, and its buffers at their places in `body`.
#[derive(Debug)]
pub(super) struct EncodedColumn {
    pub(super) nodes: Vec<FieldNode>,
    pub(super) buffers: Vec<Buffer>,
    /// Padded to the alignment of buffers.
    pub(super) body: Vec<u8>,
}

impl EncodedBatch {
    pub(super) fn of(batch: &RecordBatch, context: &Context, scratch: &mut IpcWriteContext) -> Result<Self> {
        let find = &mut |id, values: &_| Ok(context.dictionaries.find(id, values));
        let mut next_dictionary = 0;
        let mut columns = Vec::with_capacity(batch.num_columns());
        for array in batch.columns() {
            let first_dictionary = next_dictionary;
            next_dictionary += dictionaries_in(array.data_type()).unwrap_or_default();
            let keys = to_keys(array, &mut first_dictionary.clone(), find).map_err(|e| context.failed(e))?;
            columns.push(match keys {
                Some(keys) => Column::Encoded(EncodedColumn::of(keys, context, scratch)?),
                None => Column::Waiting { array: Arc::clone(array), first_dictionary },
            });
        }
        Ok(Self { rows: batch.num_rows(), columns })
    }

    /// Encodes what is left, after adding its new values to the dictionaries.
    pub(super) fn complete(
        self,
        context: &Context,
        scratch: &mut IpcWriteContext,
    ) -> Result<Vec<EncodedColumn>> {
        let add = &mut |id, values: &_| context.dictionaries.add(id, values).map(Some);
        let encode = |column| match column {
            Column::Encoded(column) => Ok(column),
            Column::Waiting { array, mut first_dictionary } => {
                let keys = to_keys(&array, &mut first_dictionary, add).map_err(|e| context.failed(e))?;
                EncodedColumn::of(keys.unwrap_or(array), context, scratch)
            }
        };
        self.columns.into_iter().map(encode).collect()
    }
}

impl EncodedColumn {
    /// Encodes an array without dictionaries.
    pub(super) fn of(array: ArrayRef, context: &Context, scratch: &mut IpcWriteContext) -> Result<Self> {
        Self::encode(array, context, scratch).map_err(|e| context.failed(e))
    }

    fn encode(array: ArrayRef, context: &Context, scratch: &mut IpcWriteContext) -> Result<Self, ArrowError> {
        let schema = Schema::new(vec![Field::new("", array.data_type().clone(), true)]);
        let batch = RecordBatch::try_new(Arc::new(schema), vec![array])?;
        let mut tracker = DictionaryTracker::new(true);
        let (_, encoded) =
            IpcDataGenerator::default().encode(&batch, &mut tracker, &context.options, scratch)?;
        let message = arrow_ipc::root_as_message(&encoded.ipc_message)
            .map_err(|e| ArrowError::IpcError(e.to_string()))?;
        let header = message.header_as_record_batch();
        let nodes = header.and_then(|h| h.nodes()).map(|nodes| nodes.iter().copied().collect());
        let buffers = header.and_then(|h| h.buffers()).map(|buffers| buffers.iter().copied().collect());
        Ok(Self {
            nodes: nodes.unwrap_or_default(),
            buffers: buffers.unwrap_or_default(),
            body: encoded.arrow_data,
        })
    }
}
