//! BCF records of rows, by way of VCF lines.

use std::sync::Arc;

use arrow_array::RecordBatch;
use bioserde_core::vcf::Header;
use bioserde_schema::TableSchema;

use super::encode::Encoder;
use crate::formats::vcf::restore::{NewVariantRestore, Samples, VariantRestore};
use crate::lines::strip_end;
use crate::restore::{NewRestore, Restore, RestoreError};

/// Makes BCF records for a table of variants.
#[derive(Debug)]
pub(crate) struct NewBcfRestore {
    lines: NewVariantRestore,
    header: Arc<Header>,
}

impl NewBcfRestore {
    pub(crate) fn new(table: &TableSchema, samples: Samples, header: &Arc<Header>) -> Self {
        Self { lines: NewVariantRestore::new(table, samples, header, false), header: Arc::clone(header) }
    }
}

impl NewRestore for NewBcfRestore {
    fn restore(&self) -> Box<dyn Restore> {
        let (lines, encoder) = (self.lines.variant_restore(), Encoder::new(&self.header));
        Box::new(BcfRestore { lines, encoder, line: Vec::new() })
    }
}

struct BcfRestore {
    lines: VariantRestore,
    encoder: Encoder,
    line: Vec<u8>,
}

impl Restore for BcfRestore {
    fn open(&mut self, batch: &RecordBatch) -> Result<(), RestoreError> {
        self.lines.open(batch)
    }

    fn rows(&self, row: usize) -> usize {
        self.lines.rows(row)
    }

    fn append(&mut self, row: usize, out: &mut Vec<u8>) -> Result<(), RestoreError> {
        self.line.clear();
        self.lines.append(row, &mut self.line)?;
        let encoded = self.encoder.encode(strip_end(&self.line).0, out);
        encoded.map_err(|e| RestoreError::Record(Box::new(e)))
    }
}
