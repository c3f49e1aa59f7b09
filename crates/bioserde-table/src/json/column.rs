use std::fmt;
use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Float32Builder, Float64Builder, Int32Builder, Int64Builder, StringBuilder,
    StringDictionaryBuilder,
};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, ListArray, NullArray, StructArray};
use arrow_buffer::{NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, FieldRef, Fields};

/// A growing column.
pub(crate) enum Column {
    /// Of which every value is null.
    Null(usize),
    Boolean(BooleanBuilder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Float32(Float32Builder),
    Float64(Float64Builder),
    Text(StringBuilder),
    Dictionary(StringDictionaryBuilder<Int32Type>),
    Binary(BinaryBuilder),
    List(List),
    Struct(Struct),
}

impl fmt::Debug for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Column").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// A growing column of lists.
#[derive(Debug)]
pub(crate) struct List {
    field: FieldRef,
    ends: Vec<i32>,
    nulls: NullBufferBuilder,
    pub(super) element: Box<Column>,
}

/// A growing column of structs.
#[derive(Debug)]
pub(crate) struct Struct {
    fields: Fields,
    nulls: NullBufferBuilder,
    pub(super) members: Vec<Column>,
}

impl Column {
    /// An empty column; nothing for a type that JSON has no values of.
    pub(crate) fn new(data_type: &DataType) -> Option<Self> {
        Some(match data_type {
            DataType::Null => Self::Null(0),
            DataType::Boolean => Self::Boolean(BooleanBuilder::new()),
            DataType::Int32 => Self::Int32(Int32Builder::new()),
            DataType::Int64 => Self::Int64(Int64Builder::new()),
            DataType::Float32 => Self::Float32(Float32Builder::new()),
            DataType::Float64 => Self::Float64(Float64Builder::new()),
            DataType::Utf8 => Self::Text(StringBuilder::new()),
            DataType::Binary => Self::Binary(BinaryBuilder::new()),
            DataType::Dictionary(keys, values) if **keys == DataType::Int32 && **values == DataType::Utf8 => {
                Self::Dictionary(StringDictionaryBuilder::new())
            }
            DataType::List(field) => Self::List(List {
                field: Arc::clone(field),
                ends: vec![0],
                nulls: NullBufferBuilder::new(0),
                element: Box::new(Self::new(field.data_type())?),
            }),
            DataType::Struct(fields) => Self::Struct(Struct {
                fields: fields.clone(),
                nulls: NullBufferBuilder::new(0),
                members: fields.iter().map(|f| Self::new(f.data_type())).collect::<Option<_>>()?,
            }),
            _ => return None,
        })
    }

    pub(crate) fn push_null(&mut self) {
        match self {
            Self::Null(len) => *len += 1,
            Self::Boolean(values) => values.append_null(),
            Self::Int32(values) => values.append_null(),
            Self::Int64(values) => values.append_null(),
            Self::Float32(values) => values.append_null(),
            Self::Float64(values) => values.append_null(),
            Self::Text(values) => values.append_null(),
            Self::Dictionary(values) => values.append_null(),
            Self::Binary(values) => values.append_null(),
            Self::List(list) => {
                list.ends.extend(list.ends.last().copied());
                list.nulls.append_null();
            }
            Self::Struct(structs) => {
                structs.members.iter_mut().for_each(Self::push_null);
                structs.nulls.append_null();
            }
        }
    }

    /// So many values were pushed.
    fn len(&self) -> usize {
        use arrow_array::builder::ArrayBuilder;
        match self {
            Self::Null(len) => *len,
            Self::Boolean(values) => values.len(),
            Self::Int32(values) => values.len(),
            Self::Int64(values) => values.len(),
            Self::Float32(values) => values.len(),
            Self::Float64(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Dictionary(values) => values.len(),
            Self::Binary(values) => values.len(),
            Self::List(list) => list.nulls.len(),
            Self::Struct(structs) => structs.nulls.len(),
        }
    }

    pub(crate) fn finish(self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Null(len) => Arc::new(NullArray::new(len)),
            Self::Boolean(mut values) => Arc::new(values.finish()),
            Self::Int32(mut values) => Arc::new(values.finish()),
            Self::Int64(mut values) => Arc::new(values.finish()),
            Self::Float32(mut values) => Arc::new(values.finish()),
            Self::Float64(mut values) => Arc::new(values.finish()),
            Self::Text(mut values) => Arc::new(values.finish()),
            Self::Dictionary(mut values) => Arc::new(values.finish()),
            Self::Binary(mut values) => Arc::new(values.finish()),
            Self::List(mut list) => {
                let offsets = OffsetBuffer::new(ScalarBuffer::from(list.ends));
                Arc::new(ListArray::try_new(
                    list.field,
                    offsets,
                    list.element.finish()?,
                    list.nulls.finish(),
                )?)
            }
            Self::Struct(mut structs) => {
                let len = structs.nulls.len();
                let members = structs.members.into_iter().map(Self::finish).collect::<Result<_, _>>()?;
                let nulls = structs.nulls.finish();
                Arc::new(StructArray::try_new_with_length(structs.fields, members, nulls, len)?)
            }
        })
    }
}

impl List {
    /// Makes a list of the elements that were pushed since the last one; refused when offsets overflow.
    pub(super) fn close(&mut self) -> Option<()> {
        self.ends.push(i32::try_from(self.element.len()).ok()?);
        self.nulls.append_non_null();
        Some(())
    }
}

impl Struct {
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|f| f.name() == name)
    }

    /// Makes a struct of the members that were pushed; those that were not are null.
    pub(super) fn close(&mut self) {
        self.nulls.append_non_null();
        let len = self.nulls.len();
        for member in self.members.iter_mut().filter(|m| m.len() < len) {
            member.push_null();
        }
    }

    /// Whether a member of the struct that is being made has been pushed.
    pub(super) fn has(&self, position: usize) -> bool {
        self.members.get(position).is_some_and(|m| m.len() > self.nulls.len())
    }
}
