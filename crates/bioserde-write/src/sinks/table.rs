//! A table for people: columns aligned, a header line.
//!
//! Widths are those of the first rows; a later value that is wider shifts its line. A value of more
//! than 40 characters is cut and ends in `…`. Null is `.`; control characters are shown escaped, so
//! that no value can break a line or command a terminal.

use arrow_array::RecordBatch;
use bioserde_schema::TableSchema;
use bioserde_storage::Target;

use super::output::Output;
use crate::cells::Cells;
use crate::{Encoded, Encoder, Result, Sink, SinkOptions, SinkSpec, TableFormat};

/// The registry's entry.
#[derive(Debug)]
pub(crate) struct Table;

static SPEC: SinkSpec = SinkSpec {
    name: "table",
    suffixes: &[],
    streams: true,
    compressions: &[],
    index_suffixes: &[],
    summary: "an aligned table for people; long values are cut",
};

/// Characters of a cell, at most.
const WIDTH: usize = 40;
/// Rows that the widths are taken from, at most.
const SAMPLE: usize = 1000;

impl TableFormat for Table {
    fn spec(&self) -> &'static SinkSpec {
        &SPEC
    }

    fn create(
        &self,
        target: Target,
        table: &TableSchema,
        options: &SinkOptions,
        _sample: Option<&RecordBatch>,
    ) -> Result<Box<dyn Sink<RecordBatch>>> {
        SPEC.refuse_options(options)?;
        let column = |c: &bioserde_schema::Column| Column {
            name: c.name.clone(),
            width: c.name.chars().count(),
            is_number: c.data_type.is_numeric(),
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

/// The cells of a unit, row after row, one after the other.
#[derive(Debug, Default)]
struct Shown {
    text: String,
    ends: Vec<usize>,
}

impl Shown {
    fn cells(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).filter_map(|(start, end)| self.text.get(*start..*end))
    }
}

#[derive(Debug)]
struct TableSink {
    output: Output,
    columns: Vec<Column>,
    has_header: bool,
}

impl TableSink {
    /// Writes the header, once the widths are known.
    fn begin(&mut self, first: &Shown) -> Result<()> {
        if self.has_header {
            return Ok(());
        }
        let mut cells = first.cells();
        for _ in 0..SAMPLE {
            for (column, cell) in self.columns.iter_mut().zip(&mut cells) {
                column.width = column.width.max(cell.chars().count());
            }
        }
        self.has_header = true;
        let mut line = String::new();
        self.push_line(&mut self.columns.iter().map(|c| c.name.as_str()), &mut line);
        self.output.write(line.as_bytes())
    }

    /// Appends a line of the next cells; whether there were any.
    fn push_line<'a>(&self, cells: &mut impl Iterator<Item = &'a str>, line: &mut String) -> bool {
        let start = line.len();
        for (i, column) in self.columns.iter().enumerate() {
            let Some(cell) = cells.next() else { return false };
            let gap = if i > 0 { "  " } else { "" };
            let padding = std::iter::repeat_n(' ', column.width.saturating_sub(cell.chars().count()));
            line.push_str(gap);
            if column.is_number {
                line.extend(padding);
                line.push_str(cell);
            } else {
                line.push_str(cell);
                line.extend(padding);
            }
        }
        line.truncate(start + line.get(start..).map_or(0, |l| l.trim_end_matches(' ').len()));
        line.push('\n');
        true
    }
}

impl Sink<RecordBatch> for TableSink {
    fn encoder(&mut self) -> Result<Box<dyn Encoder<RecordBatch>>> {
        Ok(Box::new(TableEncoder::default()))
    }

    fn append(&mut self, unit: Encoded) -> Result<()> {
        let unit: Shown = unit.open()?;
        if unit.ends.is_empty() {
            return Ok(());
        }
        self.begin(&unit)?;
        let mut cells = unit.cells();
        let mut line = String::new();
        while self.push_line(&mut cells, &mut line) {
            self.output.write(line.as_bytes())?;
            line.clear();
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<u64> {
        self.begin(&Shown::default())?;
        self.output.commit()
    }
}

#[derive(Debug, Default)]
struct TableEncoder {
    unit: Shown,
}

impl Encoder<RecordBatch> for TableEncoder {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let columns = Cells::of_batch(batch)?;
        let mut scratch = Vec::new();
        for row in 0..batch.num_rows() {
            for column in &columns {
                push_cell(column.text(row, &mut scratch), &mut self.unit.text);
                self.unit.ends.push(self.unit.text.len());
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Encoded> {
        Ok(Encoded::new(self.unit))
    }
}

/// Appends what is shown of a value.
fn push_cell(value: Option<&[u8]>, out: &mut String) {
    let Some(value) = value else { return out.push('.') };
    let start = out.len();
    // A character has at most four bytes: the rest of a long value need not be looked at.
    let text = String::from_utf8_lossy(value.get(..(WIDTH + 1) * 4).unwrap_or(value));
    for c in text.chars() {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    let mut places = out.get(start..).unwrap_or_default().char_indices().skip(WIDTH - 1);
    if let (Some((last, _)), Some(_)) = (places.next(), places.next()) {
        out.truncate(start + last);
        out.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_cut_and_harmless() {
        let cell = |value| {
            let mut out = "before".to_owned();
            push_cell(value, &mut out);
            out.split_off(6)
        };
        assert_eq!(cell(None), ".");
        assert_eq!(cell(Some(b"a\x1b[31m\n")), "a\\u{1b}[31m\\n");
        let exact = "é".repeat(WIDTH);
        assert_eq!(cell(Some(exact.as_bytes())), exact);
        let long = cell(Some("é".repeat(1000).as_bytes()));
        assert_eq!(long, format!("{}…", "é".repeat(WIDTH - 1)));
    }
}
