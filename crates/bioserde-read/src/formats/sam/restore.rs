//! SAM lines of rows, by way of BAM records.

use std::sync::Arc;

use arrow_array::RecordBatch;
use bioserde_core::sam::Header;
use bioserde_schema::TableSchema;

use super::render::render_record;
use crate::formats::bam::record::Record;
use crate::formats::bam::restore::{AlignmentRestore, NewAlignmentRestore};
use crate::restore::{NewRestore, Restore, RestoreError};

/// Makes SAM lines for a table of alignments.
#[derive(Debug)]
pub(crate) struct NewSamRestore {
    records: NewAlignmentRestore,
    names: Arc<[String]>,
    is_crlf: bool,
}

impl NewSamRestore {
    pub(crate) fn new(table: &TableSchema, header: &Header) -> Self {
        Self {
            records: NewAlignmentRestore::new(table, header),
            names: header.names().into_iter().map(str::to_owned).collect(),
            is_crlf: header.text.ends_with(b"\r\n"),
        }
    }
}

impl NewRestore for NewSamRestore {
    fn restore(&self) -> Box<dyn Restore> {
        Box::new(SamRestore {
            records: self.records.alignment_restore(),
            names: Arc::clone(&self.names),
            is_crlf: self.is_crlf,
            record: Vec::new(),
        })
    }
}

struct SamRestore {
    records: AlignmentRestore,
    names: Arc<[String]>,
    is_crlf: bool,
    record: Vec<u8>,
}

impl Restore for SamRestore {
    fn open(&mut self, batch: &RecordBatch) -> Result<(), RestoreError> {
        self.records.open(batch)
    }

    fn append(&mut self, row: usize, out: &mut Vec<u8>) -> Result<(), RestoreError> {
        self.record.clear();
        self.records.append(row, &mut self.record)?;
        let record =
            Record::new(&self.record, self.names.len()).map_err(|e| RestoreError::Record(Box::new(e)))?;
        render_record(&record, &self.names, out).map_err(|e| RestoreError::Record(Box::new(e)))?;
        out.extend_from_slice(if self.is_crlf { b"\r\n" } else { b"\n" });
        Ok(())
    }
}
