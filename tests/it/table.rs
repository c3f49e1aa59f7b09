//! A Parquet file as rows of plain values.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    Float(f32),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Cell>),
    Struct(Vec<Cell>),
}

impl Cell {
    /// The text, or nothing for null.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The integer, or nothing for null.
    pub(crate) fn int(&self) -> Option<i64> {
        match self {
            Self::Int(n) => Some(*n),
            _ => None,
        }
    }

    /// The elements; none for null.
    pub(crate) fn list(&self) -> &[Self] {
        match self {
            Self::List(list) | Self::Struct(list) => list,
            _ => &[],
        }
    }
}

/// A table that was read back.
pub(crate) struct Table {
    pub(crate) metadata: HashMap<String, String>,
    columns: HashMap<String, usize>,
    batches: Vec<RecordBatch>,
}

/// One row of a [`Table`].
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    table: &'a Table,
    batch: &'a RecordBatch,
    row: usize,
}

impl Table {
    /// Reads a whole Parquet file.
    pub(crate) fn read(path: &Path) -> Self {
        let file = File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let schema = builder.schema();
        let mut metadata = schema.metadata().clone();
        for entry in builder.metadata().file_metadata().key_value_metadata().into_iter().flatten() {
            metadata.insert(entry.key.clone(), entry.value.clone().unwrap_or_default());
        }
        let columns = schema.fields().iter().enumerate().map(|(i, f)| (f.name().clone(), i)).collect();
        let batches = builder.build().unwrap().collect::<Result<_, _>>().unwrap();
        Self { metadata, columns, batches }
    }

    /// The rows in order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.batches
            .iter()
            .flat_map(move |batch| (0..batch.num_rows()).map(move |row| Row { table: self, batch, row }))
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The origin of each column in words, from the metadata.
    pub(crate) fn origins(&self) -> Vec<(String, String)> {
        let columns: serde_json::Value = serde_json::from_str(&self.metadata["bioserde.columns"]).unwrap();
        let text = |c: &serde_json::Value, key: &str| c[key].as_str().unwrap().to_owned();
        columns.as_array().unwrap().iter().map(|c| (text(c, "name"), text(c, "origin"))).collect()
    }
}

impl Row<'_> {
    /// A value; null for a column that is not there.
    pub(crate) fn get(self, column: &str) -> Cell {
        self.table.columns.get(column).map_or(Cell::Null, |i| cell(self.batch.column(*i), self.row))
    }

    /// A text, or nothing for null.
    pub(crate) fn text(self, column: &str) -> Option<String> {
        self.get(column).text().map(str::to_owned)
    }

    /// An integer, or nothing for null.
    pub(crate) fn int(self, column: &str) -> Option<i64> {
        self.get(column).int()
    }
}

/// A value of a column.
pub(crate) fn cell(array: &dyn Array, i: usize) -> Cell {
    if array.is_null(i) {
        return Cell::Null;
    }
    let all = |list: &dyn Array| Cell::List((0..list.len()).map(|i| cell(list, i)).collect());
    match array.data_type() {
        DataType::Boolean => Cell::Bool(array.as_boolean().value(i)),
        DataType::Int32 => Cell::Int(array.as_primitive::<Int32Type>().value(i).into()),
        DataType::Int64 => Cell::Int(array.as_primitive::<Int64Type>().value(i)),
        DataType::Float32 => Cell::Float(array.as_primitive::<Float32Type>().value(i)),
        DataType::Utf8 => Cell::Text(array.as_string::<i32>().value(i).to_owned()),
        DataType::Binary => Cell::Bytes(array.as_binary::<i32>().value(i).to_owned()),
        DataType::List(_) => all(&array.as_list::<i32>().value(i)),
        DataType::Struct(_) => {
            Cell::Struct(array.as_struct().columns().iter().map(|column| cell(column, i)).collect())
        }
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary();
            let key = dictionary.keys().as_primitive::<Int32Type>().value(i);
            cell(dictionary.values().as_ref(), usize::try_from(key).unwrap())
        }
        other => panic!("a column of an unforeseen type: {other}"),
    }
}
