//! Rows as JSON values, made without the code under test.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use serde_json::Value;

use super::rows::Case;

/// What a row has other than null, by column.
pub(crate) type Record = BTreeMap<String, Value>;

pub(crate) fn of(case: &Case) -> Vec<Record> {
    case.units.iter().flatten().flat_map(of_batch).collect()
}

/// A dictionary's values count, not its keys.
pub(crate) fn of_batch(batch: &RecordBatch) -> Vec<Record> {
    let schema = batch.schema_ref();
    let record = |i| {
        let columns = schema.fields().iter().zip(batch.columns());
        let values = columns.map(|(field, column)| (field.name().clone(), value(column, i)));
        values.filter(|(_, value)| !value.is_null()).collect()
    };
    (0..batch.num_rows()).map(record).collect()
}

fn value(array: &dyn Array, i: usize) -> Value {
    if array.is_null(i) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Boolean => array.as_boolean().value(i).into(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(i).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(i).into(),
        DataType::Float32 => float(array.as_primitive::<Float32Type>().value(i)),
        DataType::Utf8 => array.as_string::<i32>().value(i).into(),
        DataType::Binary => binary(array.as_binary::<i32>().value(i)),
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_dictionary::<Int32Type>();
            value(dictionary.values(), usize::try_from(dictionary.keys().value(i)).unwrap())
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>().value(i);
            (0..list.len()).map(|at| value(&list, at)).collect()
        }
        DataType::Struct(fields) => {
            let columns = fields.iter().zip(array.as_struct().columns());
            columns.map(|(field, column)| (field.name().clone(), value(column, i))).collect()
        }
        other => panic!("no value of type {other}"),
    }
}

/// The number that the shortest decimal is, or its name.
pub(crate) fn float(value: f32) -> Value {
    match value {
        f32::INFINITY => "Infinity".into(),
        f32::NEG_INFINITY => "-Infinity".into(),
        _ if value.is_nan() => "NaN".into(),
        _ => value.to_string().parse::<f64>().unwrap().into(),
    }
}

pub(crate) fn binary(bytes: &[u8]) -> Value {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}
