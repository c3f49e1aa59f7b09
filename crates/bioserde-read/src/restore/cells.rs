//! Columns as they are read back. A table that another program wrote may have wider types than ours had.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Float32Array, Float64Array, Int32Array, Int64Array, ListArray,
    StringArray, StructArray,
};
use arrow_schema::DataType;

use super::RestoreError;

/// Texts, each on its own or by its number in a dictionary.
#[derive(Clone, Debug)]
pub(crate) enum Texts {
    Plain(StringArray),
    Repeated { keys: Int32Array, values: StringArray },
}

impl Texts {
    pub(crate) fn new(array: &ArrayRef) -> Option<Self> {
        if let Some(plain) = array.as_string_opt::<i32>() {
            return Some(Self::Plain(plain.clone()));
        }
        let dictionary = array.as_dictionary_opt::<Int32Type>()?;
        let values = dictionary.values().as_string_opt::<i32>()?.clone();
        Some(Self::Repeated { keys: dictionary.keys().clone(), values })
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        match self {
            Self::Plain(texts) => texts.is_valid(row).then(|| texts.value(row)),
            Self::Repeated { values, .. } => {
                let key = self.key(row)?;
                values.is_valid(key).then(|| values.value(key))
            }
        }
    }

    /// The number of a row's text in the dictionary, where there is one.
    #[inline]
    pub(crate) fn key(&self, row: usize) -> Option<usize> {
        match self {
            Self::Plain(_) => None,
            Self::Repeated { keys, .. } => {
                keys.is_valid(row).then(|| usize::try_from(keys.value(row)).ok()).flatten()
            }
        }
    }
}

/// Integers.
#[derive(Clone, Debug)]
pub(crate) enum Integers {
    Int32(Int32Array),
    Int64(Int64Array),
}

impl Integers {
    pub(crate) fn new(array: &ArrayRef) -> Option<Self> {
        if let Some(array) = array.as_primitive_opt::<Int32Type>() {
            return Some(Self::Int32(array.clone()));
        }
        Some(Self::Int64(array.as_primitive_opt::<Int64Type>()?.clone()))
    }

    /// The same of floats without a fraction as well: programs that have no nulls of integers make floats of
    /// them.
    pub(crate) fn whole(array: &ArrayRef) -> Option<Self> {
        if let Some(integers) = Self::new(array) {
            return Some(integers);
        }
        let floats = Floats::new(array)?;
        let whole = |row: usize| match floats.wide(row) {
            None => Some(None),
            #[expect(clippy::cast_possible_truncation, reason = "the value is whole and within 2^53")]
            Some(value) if value.fract() == 0.0 && value.abs() < 9.0e15 => Some(Some(value as i64)),
            Some(_) => None,
        };
        (0..array.len()).map(whole).collect::<Option<Int64Array>>().map(Self::Int64)
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<i64> {
        match self {
            Self::Int32(a) => a.is_valid(row).then(|| i64::from(a.value(row))),
            Self::Int64(a) => a.is_valid(row).then(|| a.value(row)),
        }
    }
}

/// Floats of 32 bits, which a wider column may hold.
#[derive(Clone, Debug)]
pub(crate) enum Floats {
    Float32(Float32Array),
    Float64(Float64Array),
}

impl Floats {
    pub(crate) fn new(array: &ArrayRef) -> Option<Self> {
        if let Some(array) = array.as_primitive_opt::<Float32Type>() {
            return Some(Self::Float32(array.clone()));
        }
        let wide = array.as_primitive_opt::<Float64Type>()?;
        // What is too large for 32 bits would become infinite.
        let is_held = |value: f64| !value.is_finite() || value.abs() <= f64::from(f32::MAX);
        wide.iter().flatten().all(is_held).then(|| Self::Float64(wide.clone()))
    }

    fn wide(&self, row: usize) -> Option<f64> {
        match self {
            Self::Float32(a) => a.is_valid(row).then(|| f64::from(a.value(row))),
            Self::Float64(a) => a.is_valid(row).then(|| a.value(row)),
        }
    }

    /// A wider value is rounded to the nearest of 32 bits: that is what both formats hold.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<f32> {
        match self {
            Self::Float32(a) => a.is_valid(row).then(|| a.value(row)),
            #[expect(clippy::cast_possible_truncation, reason = "rounding is meant")]
            Self::Float64(a) => a.is_valid(row).then(|| a.value(row) as f32),
        }
    }
}

/// Where the elements of a row's list stand among those of all rows.
#[derive(Clone, Debug)]
pub(crate) struct Lists(ListArray);

impl Lists {
    /// The list, and the elements of all rows.
    pub(crate) fn new(array: &ArrayRef) -> Option<(Self, ArrayRef)> {
        let list = array.as_list_opt::<i32>()?;
        Some((Self(list.clone()), Arc::clone(list.values())))
    }

    /// Nothing for a row without a list.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<std::ops::Range<usize>> {
        let offsets = self.0.value_offsets();
        let (start, end) = (*offsets.get(row)?, *offsets.get(row + 1)?);
        let range = usize::try_from(start).ok()?..usize::try_from(end).ok()?;
        self.0.is_valid(row).then_some(range)
    }
}

/// Lists of a struct of texts, such as `tags_other`.
#[derive(Clone, Debug)]
pub(crate) struct Structs {
    pub(crate) lists: Lists,
    fields: StructArray,
}

impl Structs {
    pub(crate) fn new(array: &ArrayRef) -> Option<Self> {
        let (lists, values) = Lists::new(array)?;
        Some(Self { lists, fields: values.as_struct_opt()?.clone() })
    }

    pub(crate) fn texts(&self, name: &str) -> Option<Texts> {
        Texts::new(self.fields.column_by_name(name)?)
    }

    pub(crate) fn integers(&self, name: &str) -> Option<Integers> {
        Integers::new(self.fields.column_by_name(name)?)
    }
}

/// A column as one of the above, or what is wrong with its type.
pub(crate) fn typed<T>(
    column: &str,
    array: &ArrayRef,
    expected: &str,
    new: impl Fn(&ArrayRef) -> Option<T>,
) -> Result<T, RestoreError> {
    new(array).ok_or_else(|| wrong_type(column, array.data_type(), expected))
}

pub(crate) fn wrong_type(column: &str, found: &DataType, expected: &str) -> RestoreError {
    RestoreError::column(column, format!("is {found}, not {expected}"))
}

pub(crate) fn flags(array: &ArrayRef) -> Option<BooleanArray> {
    array.as_boolean_opt().cloned()
}
