use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_cast::CastOptions;
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, SchemaRef};

use crate::error::Place;
use crate::{Error, Result};

/// The type that a column of type `found` is given in.
///
/// | found | given |
/// |---|---|
/// | `Utf8`, `LargeUtf8`, `Utf8View` | `Utf8` |
/// | a dictionary of text, with any keys | `Dictionary(Int32, Utf8)` |
/// | a dictionary of anything else, run ends | what stands for the values |
/// | `Int8`, `Int16`, `Int32`, `UInt8`, `UInt16` | `Int32` |
/// | `Int64`, `UInt32`, `UInt64`, decimals without a fraction | `Int64` |
/// | decimals with a fraction | `Float64` |
/// | `Float16`, `Float32` | `Float32` |
/// | `Binary`, `LargeBinary`, `BinaryView`, `FixedSizeBinary` | `Binary` |
/// | every kind of list | `List`, its elements named `item`, nullable |
/// | `Struct` | `Struct`, its fields nullable |
/// | anything else | as it stands |
pub fn canonical(found: &DataType) -> DataType {
    use DataType as T;
    match found {
        T::Utf8 | T::LargeUtf8 | T::Utf8View => T::Utf8,
        T::Dictionary(_, values) => match canonical(values) {
            T::Utf8 => T::Dictionary(Box::new(T::Int32), Box::new(T::Utf8)),
            other => other,
        },
        T::RunEndEncoded(_, values) => canonical(values.data_type()),
        T::Int8 | T::Int16 | T::Int32 | T::UInt8 | T::UInt16 => T::Int32,
        T::Int64 | T::UInt32 | T::UInt64 => T::Int64,
        T::Decimal32(_, 0) | T::Decimal64(_, 0) | T::Decimal128(_, 0) | T::Decimal256(_, 0) => T::Int64,
        T::Decimal32(..) | T::Decimal64(..) | T::Decimal128(..) | T::Decimal256(..) => T::Float64,
        T::Float16 | T::Float32 => T::Float32,
        T::Binary | T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_) => T::Binary,
        T::List(element)
        | T::LargeList(element)
        | T::ListView(element)
        | T::LargeListView(element)
        | T::FixedSizeList(element, _) => {
            T::List(Arc::new(Field::new_list_field(canonical(element.data_type()), true)))
        }
        T::Struct(fields) => {
            let field = |f: &Arc<Field>| Field::new(f.name(), canonical(f.data_type()), true);
            T::Struct(fields.iter().map(field).collect::<Fields>())
        }
        other => other.clone(),
    }
}

/// The columns that a table is given in, and its name for errors.
#[derive(Clone, Debug)]
pub(crate) struct Types {
    pub(crate) path: Arc<str>,
    pub(crate) schema: SchemaRef,
}

impl Types {
    /// Refuses two columns of one name: which of them is meant cannot be known.
    pub(crate) fn new<'a>(
        path: &Arc<str>,
        columns: impl Iterator<Item = (&'a str, DataType)>,
    ) -> Result<Self> {
        let mut names = HashSet::new();
        let mut fields = Vec::new();
        for (name, data_type) in columns {
            if !names.insert(name) {
                return Err(Error::RepeatedColumn { path: Arc::clone(path), name: name.to_owned() });
            }
            fields.push(Field::new(name, canonical(&data_type), true));
        }
        Ok(Self { path: Arc::clone(path), schema: Arc::new(Schema::new(fields)) })
    }

    pub(crate) fn of_schema(path: &Arc<str>, schema: &Schema) -> Result<Self> {
        Self::new(path, schema.fields().iter().map(|f| (f.name().as_str(), f.data_type().clone())))
    }

    /// The columns at `positions`, which are those of this table.
    pub(crate) fn project(&self, positions: &[usize]) -> Self {
        let fields = positions.iter().filter_map(|i| self.schema.fields().get(*i)).map(Arc::clone);
        Self { path: Arc::clone(&self.path), schema: Arc::new(Schema::new(fields.collect::<Fields>())) }
    }

    /// Casts a batch whose columns are these, found in other types that say the same.
    pub(crate) fn cast(&self, batch: &RecordBatch, first_row: u64) -> Result<RecordBatch> {
        let columns = self.schema.fields().iter().zip(batch.columns());
        let columns = columns
            .map(|(field, column)| cast(column, field.data_type()).map_err(|e| (field, e)))
            .collect::<std::result::Result<Vec<ArrayRef>, _>>()
            .map_err(|(field, source)| Error::Value {
                path: Arc::clone(&self.path),
                place: Place::Rows(first_row + 1, first_row + batch.num_rows() as u64),
                column: field.name().clone(),
                expected: field.data_type().clone(),
                source: source.into(),
            })?;
        self.batch(columns, batch.num_rows(), first_row)
    }

    /// A batch of columns that have these types.
    pub(crate) fn batch(&self, columns: Vec<ArrayRef>, rows: usize, first_row: u64) -> Result<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options).map_err(|source| {
            Error::Value {
                path: Arc::clone(&self.path),
                place: Place::Rows(first_row + 1, first_row + rows as u64),
                column: self.schema.fields().iter().map(|f| f.name().as_str()).collect::<Vec<_>>().join(", "),
                expected: DataType::Struct(self.schema.fields().clone()),
                source: source.into(),
            }
        })
    }
}

/// Some values in another type that says the same.
///
/// # Errors
///
/// A value that the type does not hold.
pub fn cast(column: &ArrayRef, wanted: &DataType) -> std::result::Result<ArrayRef, ArrowError> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    // A null among the values of a dictionary is no null to those who ask for the keys.
    let has_null_value =
        |a: &dyn Array| a.as_any_dictionary_opt().is_some_and(|d| d.values().logical_null_count() > 0);
    if matches!(wanted, DataType::Dictionary(..)) && has_null_value(column) {
        let plain = arrow_cast::cast_with_options(column, &DataType::Utf8, &options)?;
        return arrow_cast::cast_with_options(&plain, wanted, &options);
    }
    if column.data_type() == wanted {
        return Ok(Arc::clone(column));
    }
    arrow_cast::cast_with_options(column, wanted, &options)
}
