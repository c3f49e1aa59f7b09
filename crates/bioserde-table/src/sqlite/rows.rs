use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field};
use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde::de::DeserializeSeed;

use crate::error::{Cause, Found, Place};
use crate::float::to_float32;
use crate::json::{Column, Value, found};
use crate::reader::{PART_BYTES, PART_ROWS};
use crate::types::Types;
use crate::{Error, Result, TableFormat};

/// Rows that are being read.
#[derive(Debug)]
pub(super) struct Filling {
    columns: Vec<SqlColumn>,
    rows: u64,
    bytes: usize,
}

#[derive(Debug)]
enum SqlColumn {
    Scalar(Column),
    /// Lists, as they were rendered.
    Json(StringBuilder),
}

impl Filling {
    pub(super) fn new(types: &Types) -> Result<Self> {
        let column = |field: &Arc<Field>| {
            let scalar = Column::new(field.data_type()).ok_or_else(|| Error::Type {
                path: Arc::clone(&types.path),
                column: field.name().clone(),
                format: TableFormat::Sqlite,
                data_type: field.data_type().clone(),
            })?;
            Ok(match scalar {
                Column::List(_) | Column::Struct(_) => SqlColumn::Json(StringBuilder::new()),
                scalar => SqlColumn::Scalar(scalar),
            })
        };
        let columns = types.schema.fields().iter().map(column).collect::<Result<_>>()?;
        Ok(Self { columns, rows: 0, bytes: 0 })
    }

    pub(super) fn len(&self) -> u64 {
        self.rows
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows >= PART_ROWS as u64 || self.bytes >= PART_BYTES
    }

    /// Appends a row, whose values begin at column 1; gives the position of one that does not fit.
    pub(super) fn push(&mut self, row: &Row<'_>, types: &Types) -> std::result::Result<(), (usize, Cause)> {
        debug_assert_eq!(types.schema.fields().len(), self.columns.len());
        for (i, column) in self.columns.iter_mut().enumerate() {
            let value = row.get_ref(i + 1).map_err(|e| (i, e.into()))?;
            self.bytes += match value {
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
                _ => size_of::<i64>(),
            };
            column.push(value).map_err(|e| (i, e))?;
        }
        self.rows += 1;
        Ok(())
    }

    pub(super) fn finish(self, types: Arc<Types>) -> Rows {
        Rows { columns: self.columns, rows: self.rows, types }
    }
}

impl SqlColumn {
    fn push(&mut self, value: ValueRef<'_>) -> std::result::Result<(), Cause> {
        match (self, value) {
            (Self::Json(texts), ValueRef::Null) => texts.append_null(),
            (Self::Json(texts), ValueRef::Text(text)) => texts.append_value(std::str::from_utf8(text)?),
            (Self::Scalar(column), ValueRef::Null) => column.push_null(),
            (Self::Scalar(column), value) => push(column, value)?,
            (Self::Json(_), value) => return Err(describe(value)),
        }
        Ok(())
    }
}

fn push(column: &mut Column, value: ValueRef<'_>) -> std::result::Result<(), Cause> {
    match (column, value) {
        (Column::Boolean(values), ValueRef::Integer(value @ (0 | 1))) => values.append_value(value == 1),
        (Column::Int32(values), ValueRef::Integer(value)) => {
            values.append_value(i32::try_from(value).map_err(|_| describe(ValueRef::Integer(value)))?);
        }
        (Column::Int64(values), ValueRef::Integer(value)) => values.append_value(value),
        (Column::Float32(values), value) => {
            let wide = float(value).ok_or_else(|| describe(value))?;
            values.append_value(to_float32(wide).ok_or_else(|| describe(value))?);
        }
        (Column::Float64(values), value) => {
            values.append_value(float(value).ok_or_else(|| describe(value))?);
        }
        (Column::Text(values), ValueRef::Text(text)) => values.append_value(std::str::from_utf8(text)?),
        (Column::Dictionary(values), ValueRef::Text(text)) => {
            values.append(std::str::from_utf8(text)?)?;
        }
        (Column::Binary(values), ValueRef::Blob(bytes)) => values.append_value(bytes),
        (_, value) => return Err(describe(value)),
    }
    Ok(())
}

/// SQLite has no NaN of its own.
fn float(value: ValueRef<'_>) -> Option<f64> {
    match value {
        ValueRef::Real(value) => Some(value),
        ValueRef::Integer(value) => i32::try_from(value).ok().map(f64::from),
        ValueRef::Text(b"NaN") => Some(f64::NAN),
        _ => None,
    }
}

fn describe(value: ValueRef<'_>) -> Cause {
    let text = match value {
        ValueRef::Null => "found NULL".to_owned(),
        ValueRef::Integer(value) => format!("found the integer {value}"),
        ValueRef::Real(value) => format!("found the float {value}"),
        ValueRef::Text(text) => {
            format!("found the text `{}`", String::from_utf8_lossy(text.get(..40).unwrap_or(text)))
        }
        ValueRef::Blob(bytes) => format!("found a blob of {} bytes", bytes.len()),
    };
    Found(text).into()
}

/// Rows whose lists are not parsed yet.
#[derive(Debug)]
pub(crate) struct Rows {
    columns: Vec<SqlColumn>,
    rows: u64,
    types: Arc<Types>,
}

impl Rows {
    pub(crate) fn len(&self) -> u64 {
        self.rows
    }

    pub(crate) fn batch(self, first_row: u64) -> Result<RecordBatch> {
        let Self { columns, rows, types } = self;
        let refused = |field: &Field, place, source| Error::Value {
            path: Arc::clone(&types.path),
            place,
            column: field.name().clone(),
            expected: field.data_type().clone(),
            source,
        };
        let array = |(field, column): (&Arc<Field>, SqlColumn)| -> Result<ArrayRef> {
            let column = match column {
                SqlColumn::Scalar(column) => column,
                SqlColumn::Json(mut texts) => parse(&texts.finish(), field.data_type())
                    .map_err(|(i, source)| refused(field, Place::Row(first_row + i + 1), source))?,
            };
            let place = Place::Rows(first_row + 1, first_row + rows);
            column.finish().map_err(|source| refused(field, place, source.into()))
        };
        let arrays = types.schema.fields().iter().zip(columns).map(array).collect::<Result<_>>()?;
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        types.batch(arrays, rows, first_row)
    }
}

/// The lists that texts are; or the first that is none.
fn parse(texts: &StringArray, data_type: &DataType) -> std::result::Result<Column, (u64, Cause)> {
    let unforeseen = || (0, Cause::from(Found(format!("no lists of {data_type}"))));
    let mut column = Column::new(data_type).ok_or_else(unforeseen)?;
    for (i, text) in (0..).zip(texts) {
        let Some(text) = text else {
            column.push_null();
            continue;
        };
        let mut json = serde_json::Deserializer::from_str(text);
        let read = Value(&mut column).deserialize(&mut json).and_then(|()| json.end());
        read.map_err(|error| (i, found(&error).into()))?;
    }
    Ok(column)
}
