//! How rows become records.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::{Array, BinaryArray, RecordBatch};
use bioserde_core::RecordForm;
use bioserde_schema::TableSchema;
use bioserde_schema::recognise::Recognised;
use bioserde_schema::variants::{Genotypes, Selection};
use bioserde_table::cast;

use crate::batches::NewRows;
use crate::error::{Error, ErrorKind, Result};
use crate::formats::vcf::restore::Samples;
use crate::registry::{self, Header, InputFormat, RestorePlan, RowPlan};
use crate::restore::{NewRestore, Restore, RestoreError};

/// How the rows of a table become records of a format.
pub(super) struct Plan {
    pub(super) name: Arc<str>,
    format: &'static dyn InputFormat,
    header: Header,
    table: TableSchema,
    restore: Arc<dyn NewRestore>,
    /// Makes rows of the records in `residual`, to see whether theirs were changed.
    rows: Arc<dyn NewRows>,
    pub(super) rows_per_record: usize,
    /// The position of the number that all rows of a record share.
    pub(super) record_no: Option<usize>,
    residual: Option<usize>,
    /// A record with what the table no longer has is none of its rows.
    is_complete: bool,
    /// Records in `residual` that do not fit their rows any more.
    outdated: AtomicU64,
    line_end: &'static [u8],
    pub(super) is_long: bool,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan").field("name", &self.name).field("format", &self.format).finish_non_exhaustive()
    }
}

impl Plan {
    pub(super) fn new(name: &str, format: &'static dyn InputFormat, found: &Recognised) -> Result<Self> {
        let samples = match &found.header {
            Header::Vcf(header) => Samples { names: header.samples.clone(), layout: found.genotypes },
            Header::Sam(_) => Samples::default(),
        };
        let is_long = found.genotypes == Genotypes::Long;
        let rows_per_record = if is_long { samples.names.len().max(1) } else { 1 };
        let (header, table) = (&found.header, &found.table);
        let restore = format.restore(&RestorePlan { header, table, samples }).ok_or_else(|| {
            let what = format!("records of {} cannot be made again", format.spec().name);
            Error::new(name, ErrorKind::Header(what))
        })?;
        let selection = Selection { genotypes: found.genotypes, ..Selection::default() };
        let rows = format.rows(&RowPlan { header, table, wanted: table, selection: &selection });
        Ok(Self {
            name: name.into(),
            format,
            header: header.clone(),
            table: table.clone(),
            restore,
            rows,
            rows_per_record,
            record_no: table.position("record_no"),
            residual: table.position("residual"),
            is_complete: found.is_complete,
            outdated: AtomicU64::new(0),
            line_end: if header.text().ends_with(b"\r\n") { b"\r\n" } else { b"\n" },
            is_long,
        })
    }

    /// How many records in `residual` did not fit their rows, so that what they alone had is lost.
    pub(super) fn outdated(&self) -> u64 {
        self.outdated.load(Ordering::Relaxed)
    }

    /// The columns that are read.
    pub(super) fn columns(&self) -> Vec<&str> {
        self.table.columns.iter().map(|c| c.name.as_str()).collect()
    }

    /// How many of the first rows are those of whole records; the last record may go on after the batch.
    pub(super) fn whole_records(&self, batch: &RecordBatch, is_last: bool) -> Result<usize> {
        let restore = self.open(batch)?;
        let (mut start, mut end) = (0, 0);
        while end < batch.num_rows() {
            start = end;
            end += restore.rows(end);
        }
        Ok(if is_last { end } else { start })
    }

    fn open(&self, batch: &RecordBatch) -> Result<Box<dyn Restore>> {
        let mut restore = self.restore.restore();
        let opened = restore.open(batch);
        opened.map_err(|e| Error::new(&self.name, ErrorKind::Rows(Box::new(e))))?;
        Ok(restore)
    }

    /// The records of some rows, `first_row` rows into the table.
    pub(super) fn records(&self, batch: &RecordBatch, first_row: u64) -> Result<Vec<u8>> {
        let error = |row: usize, e: RestoreError| {
            let row = first_row + row as u64 + 1;
            Error::new(&self.name, ErrorKind::Row { row, source: Box::new(e) })
        };
        let mut restore = self.open(batch)?;
        let kept = self.kept(batch, restore.as_mut()).map_err(|(row, e)| error(row, e))?;
        let mut kept = kept.into_iter().peekable();
        let mut out = Vec::new();
        let mut row = 0;
        while row < batch.num_rows() {
            restore.check(row).map_err(|e| error(row, e))?;
            match kept.next_if(|(of, _)| *of == row) {
                Some((_, record)) => out.extend_from_slice(&record),
                None => restore.append(row, &mut out).map_err(|e| error(row, e))?,
            }
            row += restore.rows(row);
        }
        Ok(out)
    }

    /// The records in `residual`, with their rows, unless someone changed the row since.
    fn kept(&self, batch: &RecordBatch, restore: &mut dyn Restore) -> RowResult<Vec<(usize, Vec<u8>)>> {
        let column = self.residual.map(|i| batch.column(i)).filter(|a| a.null_count() < a.len());
        let Some(residual) = column.and_then(|a| a.as_binary_opt::<i32>()) else { return Ok(Vec::new()) };
        let mut rows = self.rows.rows();
        let mut records = Vec::new();
        let mut row = 0;
        if !self.is_complete {
            let count = residual.len() - residual.null_count();
            self.outdated.fetch_add((count / self.rows_per_record).max(1) as u64, Ordering::Relaxed);
            return Ok(records);
        }
        while row < batch.num_rows() {
            if residual.is_valid(row) {
                let record = self.source(residual, row).map_err(|e| (row, e))?;
                rows.push(&record, 0).map_err(|e| (row, RestoreError::Record(e)))?;
                records.push((row, record));
            }
            row += restore.rows(row);
        }
        let all = records.len();
        let place = records.first().map_or(0, |(row, _)| *row);
        let original = rows.finish().map_err(|e| (place, RestoreError::Record(e)))?;
        let mut again = self.restore.restore();
        again.open(&original).map_err(|e| (place, e))?;
        let (mut now, mut then) = (Vec::new(), Vec::new());
        let mut i = 0;
        records.retain(|(row, _)| {
            now.clear();
            then.clear();
            let of = i * self.rows_per_record;
            i += 1;
            match (restore.append(*row, &mut now), again.append(of, &mut then)) {
                (Ok(()), Ok(())) => now == then,
                // What is odd about a record may be why it was kept; how far it went tells nothing.
                _ => self.are_same(batch, *row, &original, of),
            }
        });
        self.outdated.fetch_add((all - records.len()) as u64, Ordering::Relaxed);
        Ok(records)
    }

    /// Whether the rows of a record say in every column what others say.
    fn are_same(&self, batch: &RecordBatch, row: usize, original: &RecordBatch, of: usize) -> bool {
        let says_nothing = |name: &str| matches!(name, "residual" | "record_no");
        let columns = self.table.columns.iter().zip(batch.columns()).zip(original.columns());
        let mut columns = columns.filter(|((column, _), _)| !says_nothing(&column.name));
        let rows = self.rows_per_record;
        columns.all(|((_, now), then)| {
            if row + rows > now.len() || of + rows > then.len() {
                return false;
            }
            // Another program may have written the column in another type.
            let then = cast(&then.slice(of, rows), now.data_type());
            then.is_ok_and(|then| now.slice(row, rows).to_data() == then.to_data())
        })
    }

    /// The record that a row keeps, in the form of the format: a table of SAM becomes one of BAM by a header
    /// of such a file.
    fn source(&self, residual: &BinaryArray, row: usize) -> std::result::Result<Vec<u8>, RestoreError> {
        let mut kept = residual.value(row).to_vec();
        let wanted = self.format.form();
        let found = form_of(&kept, wanted);
        if matches!(found, RecordForm::Sam | RecordForm::Vcf) && !kept.ends_with(b"\n") {
            kept.extend_from_slice(self.line_end);
        }
        if found == wanted {
            return Ok(kept);
        }
        let other = registry::by_form(found).and_then(|format| format.transcode(&self.header, wanted));
        let foreign = || RestoreError::column("residual", "holds a record of another family");
        let mut record = Vec::new();
        other.ok_or_else(foreign)?.transcode().append(&kept, &mut record)?;
        Ok(record)
    }
}

type RowResult<T> = std::result::Result<T, (usize, RestoreError)>;

/// Binary records begin with their length; read as one, the first characters of a line are far more than any
/// record has.
fn form_of(record: &[u8], wanted: RecordForm) -> RecordForm {
    let word = |at: usize| {
        let bytes = record.get(at..at + 4).and_then(|b| b.first_chunk());
        bytes.map_or(usize::MAX, |b| u32::from_le_bytes(*b) as usize)
    };
    let is_len = |len: Option<usize>| len == Some(record.len());
    match wanted {
        RecordForm::Bam | RecordForm::Sam if is_len(word(0).checked_add(4)) => RecordForm::Bam,
        RecordForm::Bam | RecordForm::Sam => RecordForm::Sam,
        _ if is_len(word(0).checked_add(word(4)).and_then(|n| n.checked_add(8))) => RecordForm::Bcf,
        _ => RecordForm::Vcf,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_tell_their_form() {
        let bam = [&4_u32.to_le_bytes()[..], b"abcd"].concat();
        assert_eq!(form_of(&bam, RecordForm::Sam), RecordForm::Bam);
        assert_eq!(form_of(b"r1\t4\t*", RecordForm::Bam), RecordForm::Sam);
        let bcf = [&1_u32.to_le_bytes()[..], &2_u32.to_le_bytes(), b"abc"].concat();
        assert_eq!(form_of(&bcf, RecordForm::Vcf), RecordForm::Bcf);
        assert_eq!(form_of(b"20\t1\t.\tA\tC", RecordForm::Bcf), RecordForm::Vcf);
        assert_eq!(form_of(b"", RecordForm::Bcf), RecordForm::Vcf);
    }
}
