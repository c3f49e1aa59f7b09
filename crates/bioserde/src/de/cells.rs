use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{
    Array, BinaryArray, BooleanArray, Float32Array, Float64Array, Int32Array, Int64Array, StringArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::DataType;

/// An array whose type was looked at once, not once a value.
#[derive(Debug)]
pub(super) struct Cells {
    nulls: Option<NullBuffer>,
    pub(super) values: Values,
}

#[derive(Debug)]
pub(super) enum Values {
    /// Of the type that has no values.
    Null,
    Boolean(BooleanArray),
    Int32(Int32Array),
    Int64(Int64Array),
    Float32(Float32Array),
    Float64(Float64Array),
    Utf8(StringArray),
    Binary(BinaryArray),
    Dictionary {
        keys: Int32Array,
        values: StringArray,
    },
    List {
        offsets: OffsetBuffer<i32>,
        element: Box<Cells>,
    },
    Struct(Vec<(String, Cells)>),
}

impl Cells {
    /// Nothing for types that bioserde gives no column.
    pub(super) fn of(array: &dyn Array) -> Option<Self> {
        let values = match array.data_type() {
            DataType::Null => Values::Null,
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
                let members = columns.map(|(field, array)| Some((field.name().clone(), Self::of(array)?)));
                Values::Struct(members.collect::<Option<_>>()?)
            }
            _ => return None,
        };
        // Those of the keys, and those of the values that they lead to.
        let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        Some(Self { nulls, values })
    }

    /// Whether there is no value at `row`.
    pub(super) fn is_null(&self, row: usize) -> bool {
        matches!(self.values, Values::Null) || self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }
}
