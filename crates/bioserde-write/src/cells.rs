//! The values of a column, one at a time: what SQLite and the text formats are made of.

mod json;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{
    Array, BinaryArray, BooleanArray, Float32Array, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::DataType;

use crate::{Error, Result};

pub(crate) use json::write_string;

/// A column whose type was looked at once, not once a value.
#[derive(Debug)]
pub(crate) struct Cells {
    nulls: Option<NullBuffer>,
    values: Values,
}

#[derive(Debug)]
enum Values {
    Boolean(BooleanArray),
    Int32(Int32Array),
    Int64(Int64Array),
    Float32(Float32Array),
    Float64(Float64Array),
    Utf8(StringArray),
    Binary(BinaryArray),
    Dictionary { keys: Int32Array, values: StringArray },
    List { offsets: OffsetBuffer<i32>, element: Box<Cells> },
    Struct(Vec<(String, Cells)>),
}

/// A value of a [`Cells`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f32),
    Double(f64),
    Text(&'a str),
    Binary(&'a [u8]),
    /// A list or struct, which only JSON can show.
    Nested,
}

impl Cells {
    /// The columns of a batch.
    pub(crate) fn of_batch(batch: &RecordBatch) -> Result<Vec<Self>> {
        let schema = batch.schema_ref();
        let column = |(field, array): (&arrow_schema::FieldRef, &arrow_array::ArrayRef)| {
            Self::of(array).ok_or_else(|| Error::UnsupportedType {
                column: field.name().clone(),
                data_type: field.data_type().to_string(),
            })
        };
        schema.fields().iter().zip(batch.columns()).map(column).collect()
    }

    /// Nothing when the type is none that a table of this workspace has.
    fn of(array: &dyn Array) -> Option<Self> {
        let values = match array.data_type() {
            DataType::Boolean => Values::Boolean(array.as_boolean().clone()),
            DataType::Int32 => Values::Int32(array.as_primitive::<Int32Type>().clone()),
            DataType::Int64 => Values::Int64(array.as_primitive::<Int64Type>().clone()),
            DataType::Float32 => Values::Float32(array.as_primitive::<Float32Type>().clone()),
            DataType::Float64 => Values::Float64(array.as_primitive::<Float64Type>().clone()),
            DataType::Utf8 => Values::Utf8(array.as_string::<i32>().clone()),
            DataType::Binary => Values::Binary(array.as_binary::<i32>().clone()),
            DataType::Dictionary(_, _) => {
                let dictionary = array.as_dictionary_opt::<Int32Type>()?;
                let values = dictionary.values().as_string_opt::<i32>()?.clone();
                Values::Dictionary { keys: dictionary.keys().clone(), values }
            }
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                let element = Box::new(Self::of(list.values())?);
                Values::List { offsets: list.offsets().clone(), element }
            }
            DataType::Struct(fields) => {
                let columns = fields.iter().zip(array.as_struct().columns());
                let member = |(f, a): (&arrow_schema::FieldRef, &arrow_array::ArrayRef)| {
                    Some((f.name().clone(), Self::of(a)?))
                };
                Values::Struct(columns.map(member).collect::<Option<_>>()?)
            }
            _ => return None,
        };
        let nulls = match &values {
            Values::Dictionary { keys, values } if values.null_count() > 0 => {
                let is_valid = |key: Option<i32>| index(key?).map(|k| values.is_valid(k));
                Some(keys.iter().map(|key| is_valid(key).unwrap_or(false)).collect())
            }
            _ => array.nulls().cloned(),
        };
        Some(Self { nulls: nulls.filter(|n| n.null_count() > 0), values })
    }

    /// Whether the value at `i` is null.
    pub(crate) fn is_null(&self, i: usize) -> bool {
        self.nulls.as_ref().is_some_and(|n| n.is_null(i))
    }

    /// Whether every value is null.
    pub(crate) fn is_all_null(&self) -> bool {
        self.nulls.as_ref().is_some_and(|n| n.null_count() == n.len())
    }

    /// Which values are null; nothing when none is.
    pub(crate) fn into_nulls(self) -> Option<NullBuffer> {
        self.nulls
    }

    /// Whether the values are lists or structs.
    pub(crate) fn is_nested(&self) -> bool {
        matches!(self.values, Values::List { .. } | Values::Struct(_))
    }

    /// The value at `i`, which must be a row of the batch.
    pub(crate) fn get(&self, i: usize) -> Cell<'_> {
        if self.is_null(i) {
            return Cell::Null;
        }
        match &self.values {
            Values::Boolean(a) => Cell::Boolean(a.value(i)),
            Values::Int32(a) => Cell::Integer(i64::from(a.value(i))),
            Values::Int64(a) => Cell::Integer(a.value(i)),
            Values::Float32(a) => Cell::Float(a.value(i)),
            Values::Float64(a) => Cell::Double(a.value(i)),
            Values::Utf8(a) => Cell::Text(a.value(i)),
            Values::Binary(a) => Cell::Binary(a.value(i)),
            Values::Dictionary { keys, values } => {
                index(keys.value(i)).map_or(Cell::Null, |key| Cell::Text(values.value(key)))
            }
            Values::List { .. } | Values::Struct(_) => Cell::Nested,
        }
    }

    /// The value at `i` as text; nothing for null. Numbers have their shortest exact form, binary is
    /// hexadecimal, lists are JSON. `scratch` holds what is not text already.
    pub(crate) fn text<'a>(&'a self, i: usize, scratch: &'a mut Vec<u8>) -> Option<&'a [u8]> {
        scratch.clear();
        match self.get(i) {
            Cell::Null => return None,
            Cell::Text(text) => return Some(text.as_bytes()),
            Cell::Boolean(value) => scratch.extend_from_slice(boolean(value)),
            Cell::Integer(value) => write_integer(value, scratch),
            Cell::Float(value) => write_float(value, scratch),
            Cell::Double(value) => write_double(value, scratch),
            Cell::Binary(bytes) => write_hexadecimal(bytes, scratch),
            Cell::Nested => self.write_json(i, scratch),
        }
        Some(scratch)
    }
}

/// An Arrow dictionary's key as an index.
fn index(key: i32) -> Option<usize> {
    usize::try_from(key).ok()
}

fn boolean(value: bool) -> &'static [u8] {
    if value { b"true" } else { b"false" }
}

fn write_integer(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// The shortest decimal that reads back as the same 32-bit value; `NaN`, `Infinity`, `-Infinity`.
fn write_float(value: f32, out: &mut Vec<u8>) {
    match not_finite(value.into()) {
        Some(name) => out.extend_from_slice(name.as_bytes()),
        None => out.extend_from_slice(ryu::Buffer::new().format_finite(value).as_bytes()),
    }
}

/// The same of a 64-bit value.
fn write_double(value: f64, out: &mut Vec<u8>) {
    match not_finite(value) {
        Some(name) => out.extend_from_slice(name.as_bytes()),
        None => out.extend_from_slice(ryu::Buffer::new().format_finite(value).as_bytes()),
    }
}

fn not_finite(value: f64) -> Option<&'static str> {
    match value {
        f64::INFINITY => Some("Infinity"),
        f64::NEG_INFINITY => Some("-Infinity"),
        _ if value.is_nan() => Some("NaN"),
        _ => None,
    }
}

/// Two lower-case digits a byte.
fn write_hexadecimal(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |b: &u8| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]];
    out.extend(bytes.iter().flat_map(digits));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, DictionaryArray};

    use super::*;

    fn texts(array: ArrayRef) -> Vec<Option<String>> {
        let cells = Cells::of(&array).unwrap();
        let text = |i| cells.text(i, &mut Vec::new()).map(|t| String::from_utf8(t.to_vec()).unwrap());
        (0..array.len()).map(text).collect()
    }

    #[test]
    fn floats_are_short_and_exact() {
        let values = [0.1_f32, 50.0, 1e-30, f32::NAN, f32::NEG_INFINITY, -0.0];
        let shown: Vec<_> =
            texts(Arc::new(Float32Array::from(values.to_vec()))).into_iter().flatten().collect();
        assert_eq!(shown, ["0.1", "50.0", "1e-30", "NaN", "-Infinity", "-0.0"]);
        for (value, text) in values.iter().zip(&shown).filter(|(v, _)| v.is_finite()) {
            assert_eq!(text.parse::<f32>().unwrap().to_bits(), value.to_bits());
        }
    }

    #[test]
    fn doubles_are_short_and_exact() {
        let values = Float64Array::from(vec![0.1, 1e300, f64::NAN, f64::INFINITY]);
        let shown: Vec<_> = texts(Arc::new(values)).into_iter().flatten().collect();
        assert_eq!(shown, ["0.1", "1e300", "NaN", "Infinity"]);
    }

    #[test]
    fn nulls_of_a_dictionary_are_nulls() {
        let keys = Int32Array::from(vec![Some(0), None, Some(1)]);
        let values = StringArray::from(vec![Some("a"), None]);
        let array = DictionaryArray::new(keys, Arc::new(values));
        assert_eq!(texts(Arc::new(array)), [Some("a".to_owned()), None, None]);
    }

    #[test]
    fn slices_start_where_they_start() {
        let binary = BinaryArray::from_vec(vec![b"\x00", b"\xff\x1a"]).slice(1, 1);
        assert_eq!(texts(Arc::new(binary)), [Some("ff1a".to_owned())]);
    }
}
