//! A table for people: columns aligned, a header line.
//!
//! Widths are those of the first rows; a later value that is wider shifts its line. A value of more
//! than 40 characters is cut and ends in `…`. Null is `.`; control characters are shown escaped, so
//! that no value can break a line or command a terminal.

use arrow_array::RecordBatch;
use arrow_schema::DataType;
use bioserde_schema::TableSchema;
use bioserde_storage::Target;

use super::output::Output;
use crate::cells::Cells;
use crate::{Encoded, Encoder, OutputFormat, Result, Sink, SinkOptions, SinkSpec};

/// The registry's entry.
#[derive(Debug)]
pub(crate) struct Table;

static SPEC: SinkSpec = SinkSpec {
    name: "table",
    suffixes: &[],
    streams: true,
    compressions: &[],
    summary: "an aligned table for people; long values are cut",
};

/// Characters of a cell, at most.
const WIDTH: usize = 40;
/// Rows that the widths are taken from, at most.
const SAMPLE: usize = 1000;

impl OutputFormat for Table {
    fn spec(&self) -> &'static SinkSpec {
        &SPEC
    }

    fn create(&self, target: Target, table: &TableSchema, options: &SinkOptions) -> Result<Box<dyn Sink>> {
        SPEC.refuse_compression(options)?;
        let column = |c: &bioserde_schema::Column| Column {
            name: c.name.clone(),
            width: c.name.chars().count(),
            is_number: matches!(c.data_type, DataType::Int32 | DataType::Int64 | DataType::Float32),
        };
        let columns = table.columns.iter().map(column).collect();
        Ok(Box::new(TableSink { output: Output::new(target), columns, has_header: false }))
    }
}

#[derive(Debug)]
struct Column {
    name: String,
    width: usize,
    is_number: bool,
}

/// The cells of a unit, row after row.
type Rows = Vec<Vec<String>>;

#[derive(Debug)]
struct TableSink {
    output: Output,
    columns: Vec<Column>,
    has_header: bool,
}

impl TableSink {
    fn begin(&mut self, rows: &[Vec<String>]) -> Result<()> {
        if self.has_header {
            return Ok(());
        }
        for row in rows.iter().take(SAMPLE) {
            for (column, cell) in self.columns.iter_mut().zip(row) {
                column.width = column.width.max(cell.chars().count());
            }
        }
        self.has_header = true;
        let names: Vec<String> = self.columns.iter().map(|c| c.name.clone()).collect();
        self.output.write(self.line(&names).as_bytes())
    }

    fn line(&self, cells: &[String]) -> String {
        let mut line = String::new();
        for (i, (column, cell)) in self.columns.iter().zip(cells).enumerate() {
            let gap = if i > 0 { "  " } else { "" };
            let padding = " ".repeat(column.width.saturating_sub(cell.chars().count()));
            let parts = if column.is_number { [gap, &padding, cell] } else { [gap, cell, &padding] };
            line.extend(parts);
        }
        line.truncate(line.trim_end().len());
        line.push('\n');
        line
    }
}

impl Sink for TableSink {
    fn encoder(&mut self) -> Result<Box<dyn Encoder>> {
        Ok(Box::new(TableEncoder { rows: Vec::new() }))
    }

    fn append(&mut self, unit: Encoded) -> Result<()> {
        let rows: Rows = unit.open()?;
        if rows.is_empty() {
            return Ok(());
        }
        self.begin(&rows)?;
        rows.iter().try_for_each(|row| self.output.write(self.line(row).as_bytes()))
    }

    fn finish(mut self: Box<Self>) -> Result<u64> {
        self.begin(&[])?;
        self.output.commit()
    }
}

#[derive(Debug)]
struct TableEncoder {
    rows: Rows,
}

impl Encoder for TableEncoder {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let columns = Cells::of_batch(batch)?;
        let mut scratch = Vec::new();
        self.rows.extend(
            (0..batch.num_rows())
                .map(|row| columns.iter().map(|column| cell(column.text(row, &mut scratch))).collect()),
        );
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Encoded> {
        Ok(Encoded::new(self.rows))
    }
}

fn cell(value: Option<&[u8]>) -> String {
    let Some(value) = value else { return ".".to_owned() };
    // A character has at most four bytes: the rest of a long value need not be looked at.
    let value = value.get(..(WIDTH + 1) * 4).unwrap_or(value);
    let text = String::from_utf8_lossy(value);
    let mut shown = String::new();
    for c in text.chars() {
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    if let Some((end, _)) = shown.char_indices().nth(WIDTH) {
        let cut = shown.char_indices().nth(WIDTH - 1).map_or(end, |(at, _)| at);
        shown.truncate(cut);
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_cut_and_harmless() {
        assert_eq!(cell(None), ".");
        assert_eq!(cell(Some(b"a\x1b[31m\n")), "a\\u{1b}[31m\\n");
        let exact = "é".repeat(WIDTH);
        assert_eq!(cell(Some(exact.as_bytes())), exact);
        let long = cell(Some("é".repeat(1000).as_bytes()));
        assert_eq!(long, format!("{}…", "é".repeat(WIDTH - 1)));
    }
}
