//! Values of record batches in a form that compares, floats by their bits.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    /// The bits.
    Float(u32),
    Text(String),
    Bytes(Vec<u8>),
    /// Of a list, or the fields of a struct.
    List(Vec<Cell>),
}

impl Cell {
    fn of(array: &dyn Array, row: usize) -> Self {
        if array.is_null(row) {
            return Self::Null;
        }
        match array.data_type() {
            DataType::Boolean => Self::Bool(array.as_boolean().value(row)),
            DataType::Int32 => Self::Int(array.as_primitive::<Int32Type>().value(row).into()),
            DataType::Int64 => Self::Int(array.as_primitive::<Int64Type>().value(row)),
            DataType::Float32 => Self::Float(array.as_primitive::<Float32Type>().value(row).to_bits()),
            DataType::Utf8 => Self::Text(array.as_string::<i32>().value(row).to_owned()),
            DataType::Binary => Self::Bytes(array.as_binary::<i32>().value(row).to_vec()),
            DataType::Dictionary(..) => {
                let array = array.as_dictionary::<Int32Type>();
                Self::of(array.values().as_ref(), array.key(row).unwrap())
            }
            DataType::List(_) => {
                let list = array.as_list::<i32>().value(row);
                Self::List((0..list.len()).map(|i| Self::of(list.as_ref(), i)).collect())
            }
            DataType::Struct(_) => {
                let columns = array.as_struct().columns();
                Self::List(columns.iter().map(|column| Self::of(column.as_ref(), row)).collect())
            }
            other => panic!("no column has type {other}"),
        }
    }

    /// The rows of a batch, a cell for each column.
    pub(crate) fn rows(batch: &RecordBatch) -> Vec<Vec<Self>> {
        let row = |row| batch.columns().iter().map(|column| Self::of(column.as_ref(), row)).collect();
        (0..batch.num_rows()).map(row).collect()
    }

    pub(crate) fn option<T>(value: Option<T>) -> Self
    where
        Self: From<T>,
    {
        value.map_or(Self::Null, Self::from)
    }

    /// A list, where an empty one is null.
    pub(crate) fn list_or_null<T>(values: impl IntoIterator<Item = T>) -> Self
    where
        Self: From<T>,
    {
        let list: Vec<Self> = values.into_iter().map(Self::from).collect();
        if list.is_empty() { Self::Null } else { Self::List(list) }
    }

    /// The elements of a list; none of a null.
    pub(crate) fn elements(&self) -> &[Self] {
        match self {
            Self::Null => &[],
            Self::List(list) => list,
            other => panic!("{other:?} is no list"),
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Null => None,
            Self::Text(text) => Some(text),
            other => panic!("{other:?} is no text"),
        }
    }
}

impl From<i64> for Cell {
    fn from(x: i64) -> Self {
        Self::Int(x)
    }
}

impl From<i32> for Cell {
    fn from(x: i32) -> Self {
        Self::Int(x.into())
    }
}

/// What a column has of a float: no column has a negative zero.
pub(crate) fn unsigned_zero(value: f32) -> f32 {
    if value == 0.0 { 0.0 } else { value }
}

impl From<f32> for Cell {
    fn from(x: f32) -> Self {
        Self::Float(x.to_bits())
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

/// Whether a text is a float, by its bits; of NaNs the text tells no more than that they are.
pub(crate) fn is_float(text: &str, x: f32) -> bool {
    text.parse::<f32>().is_ok_and(|parsed| parsed.to_bits() == x.to_bits() || parsed.is_nan() && x.is_nan())
}
