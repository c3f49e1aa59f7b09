use arrow_array::RecordBatch;
use arrow_buffer::NullBuffer;
use bioserde_schema::sql::SqliteLayout;
use rusqlite::Statement;
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::Result;
use crate::cells::{Cell, Cells};

/// A batch whose every value is of a type that SQLite has.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) core: Vec<SqlColumn>,
    pub(super) sequence: Vec<SqlColumn>,
    pub(super) len: usize,
}

/// A column of [`Rows`].
#[derive(Debug)]
pub(super) enum SqlColumn {
    Scalar(Cells),
    /// Lists, rendered.
    Json {
        text: String,
        ends: Vec<usize>,
        nulls: Option<NullBuffer>,
    },
}

impl Rows {
    pub(super) fn of(batch: &RecordBatch, layout: &SqliteLayout) -> Result<Self> {
        let len = batch.num_rows();
        let mut columns: Vec<Option<Cells>> = Cells::of_batch(batch)?.into_iter().map(Some).collect();
        let mut take = |positions: &[usize]| {
            let cells = positions.iter().filter_map(|i| columns.get_mut(*i)?.take());
            cells.map(|cells| SqlColumn::of(cells, len)).collect()
        };
        Ok(Self { core: take(layout.core()), sequence: take(layout.sequence()), len })
    }
}

impl SqlColumn {
    fn of(cells: Cells, len: usize) -> Self {
        if !cells.is_nested() {
            return Self::Scalar(cells);
        }
        let mut text = Vec::new();
        let mut ends = Vec::with_capacity(len);
        for i in 0..len {
            if !cells.is_null(i) {
                cells.write_json(i, &mut text);
            }
            ends.push(text.len());
        }
        // The renderer writes whole strings and ASCII.
        let text = String::from_utf8(text).unwrap_or_default();
        Self::Json { text, ends, nulls: cells.into_nulls() }
    }

    pub(super) fn get(&self, i: usize) -> Cell<'_> {
        match self {
            Self::Scalar(cells) => cells.get(i),
            Self::Json { nulls: Some(nulls), .. } if nulls.is_null(i) => Cell::Null,
            Self::Json { text, ends, .. } => {
                let start = i.checked_sub(1).and_then(|i| ends.get(i)).copied().unwrap_or_default();
                let rendered = ends.get(i).and_then(|end| text.get(start..*end));
                rendered.map_or(Cell::Null, Cell::Text)
            }
        }
    }

    fn is_all_null(&self) -> bool {
        match self {
            Self::Scalar(cells) => cells.is_all_null(),
            Self::Json { nulls, .. } => nulls.as_ref().is_some_and(|n| n.null_count() == n.len()),
        }
    }
}

/// The columns of a statement's parameters 2 and up.
#[derive(Debug)]
pub(super) struct Values<'a> {
    /// Only those that are not null throughout, each with its parameter and whether a value is bound.
    columns: Vec<(usize, &'a SqlColumn, bool)>,
}

impl<'a> Values<'a> {
    pub(super) fn new(columns: &'a [SqlColumn]) -> Self {
        let columns = (2..).zip(columns).filter(|(_, column)| !column.is_all_null());
        Self { columns: columns.map(|(parameter, column)| (parameter, column, false)).collect() }
    }

    /// Whether row `i` has any value.
    pub(super) fn any(&self, i: usize) -> bool {
        self.columns.iter().any(|(_, column, _)| column.get(i) != Cell::Null)
    }

    /// Inserts row `i` as row `number`. A parameter that stays null is not bound again.
    pub(super) fn insert(
        &mut self,
        statement: &mut Statement<'_>,
        number: i64,
        i: usize,
    ) -> rusqlite::Result<()> {
        statement.raw_bind_parameter(1, number)?;
        for (parameter, column, is_bound) in &mut self.columns {
            let value = match column.get(i) {
                Cell::Null if !*is_bound => continue,
                Cell::Null | Cell::Nested => ValueRef::Null,
                Cell::Boolean(value) => ValueRef::Integer(i64::from(value)),
                Cell::Integer(value) => ValueRef::Integer(value),
                Cell::Float(value) if value.is_nan() => ValueRef::Text(b"NaN"),
                Cell::Float(value) => ValueRef::Real(f64::from(value)),
                Cell::Double(value) if value.is_nan() => ValueRef::Text(b"NaN"),
                Cell::Double(value) => ValueRef::Real(value),
                Cell::Text(text) => ValueRef::Text(text.as_bytes()),
                Cell::Binary(bytes) => ValueRef::Blob(bytes),
            };
            *is_bound = value != ValueRef::Null;
            statement.raw_bind_parameter(*parameter, ToSqlOutput::Borrowed(value))?;
        }
        statement.raw_execute().map(drop)
    }
}
