use std::sync::Arc;

use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Float32Array, Float64Array, Int32Array, Int64Array, ListArray,
    StringArray, StructArray, new_null_array,
};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, Fields};

use crate::Fault;

/// A growing column, whose type is that of the first value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Column {
    /// Whether each row has a value.
    valid: Vec<bool>,
    values: Values,
}

#[derive(Clone, Debug, Default)]
enum Values {
    /// No row had a value so far.
    #[default]
    Unknown,
    Boolean(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    Utf8(Bytes),
    Binary(Bytes),
    List {
        ends: Vec<i32>,
        element: Box<Column>,
    },
    Struct(Vec<(String, Column)>),
}

/// Texts or byte strings side by side, and where each ends.
#[derive(Clone, Debug, Default)]
struct Bytes {
    ends: Vec<i32>,
    bytes: Vec<u8>,
}

impl Bytes {
    fn of_empty(rows: usize) -> Self {
        Self { ends: vec![0; rows], bytes: Vec::new() }
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.bytes.extend_from_slice(bytes);
        self.ends.push(end(self.bytes.len())?);
        Ok(())
    }

    fn take(&mut self) -> (OffsetBuffer<i32>, Buffer) {
        (offsets(std::mem::take(&mut self.ends)), Buffer::from_vec(std::mem::take(&mut self.bytes)))
    }
}

fn end(len: usize) -> Result<i32, Fault> {
    i32::try_from(len).map_err(|_| Fault::Other("the rows of one batch have 2 GiB or more".to_owned()))
}

fn offsets(ends: Vec<i32>) -> OffsetBuffer<i32> {
    OffsetBuffer::new(ScalarBuffer::from_iter(std::iter::once(0).chain(ends)))
}

/// A method that appends a value of a type.
macro_rules! push {
    ($name:ident, $variant:ident, $type:ty, $given:literal) => {
        pub(super) fn $name(&mut self, value: $type) -> Result<(), Fault> {
            let rows = self.valid.len();
            if matches!(self.values, Values::Unknown) {
                self.values = Values::$variant(vec![Default::default(); rows]);
            }
            let Values::$variant(values) = &mut self.values else { return Err(mixed($given)) };
            values.push(value);
            self.valid.push(true);
            Ok(())
        }
    };
}

fn mixed(given: &str) -> Fault {
    Fault::Mixed { given: given.to_owned() }
}

impl Column {
    push!(push_bool, Boolean, bool, "a boolean");
    push!(push_i32, Int32, i32, "an integer of 32 bits or less");
    push!(push_i64, Int64, i64, "an integer of 64 bits");
    push!(push_f32, Float32, f32, "a float of 32 bits");
    push!(push_f64, Float64, f64, "a float of 64 bits");

    /// A row of no columns yet.
    pub(crate) fn row() -> Self {
        Self { valid: Vec::new(), values: Values::Struct(Vec::new()) }
    }

    pub(crate) fn rows(&self) -> usize {
        self.valid.len()
    }

    /// Refuses a row that is nothing.
    pub(crate) fn check_last(&self) -> Result<(), Fault> {
        if self.valid.last() == Some(&false) { Err(mixed("no fields")) } else { Ok(()) }
    }

    pub(super) fn push_str(&mut self, text: &str) -> Result<(), Fault> {
        if matches!(self.values, Values::Unknown) {
            self.values = Values::Utf8(Bytes::of_empty(self.valid.len()));
        }
        let Values::Utf8(texts) = &mut self.values else { return Err(mixed("text")) };
        texts.push(text.as_bytes())?;
        self.valid.push(true);
        Ok(())
    }

    pub(super) fn push_bytes(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        if matches!(self.values, Values::Unknown) {
            self.values = Values::Binary(Bytes::of_empty(self.valid.len()));
        }
        let Values::Binary(values) = &mut self.values else { return Err(mixed("bytes")) };
        values.push(bytes)?;
        self.valid.push(true);
        Ok(())
    }

    pub(super) fn push_null(&mut self) {
        self.valid.push(false);
        match &mut self.values {
            Values::Unknown => {}
            Values::Boolean(values) => values.push(false),
            Values::Int32(values) => values.push(0),
            Values::Int64(values) => values.push(0),
            Values::Float32(values) => values.push(0.0),
            Values::Float64(values) => values.push(0.0),
            Values::Utf8(Bytes { ends, .. })
            | Values::Binary(Bytes { ends, .. })
            | Values::List { ends, .. } => {
                ends.push(ends.last().copied().unwrap_or_default());
            }
            Values::Struct(members) => members.iter_mut().for_each(|(_, member)| member.push_null()),
        }
    }

    /// The column of a list's elements; [`Self::end_list`] follows.
    pub(super) fn begin_list(&mut self) -> Result<&mut Self, Fault> {
        if matches!(self.values, Values::Unknown) {
            self.values = Values::List { ends: vec![0; self.valid.len()], element: Box::default() };
        }
        match &mut self.values {
            Values::List { element, .. } => Ok(element),
            _ => Err(mixed("a list")),
        }
    }

    pub(super) fn end_list(&mut self) -> Result<(), Fault> {
        if let Values::List { ends, element } = &mut self.values {
            ends.push(end(element.rows())?);
            self.valid.push(true);
        }
        Ok(())
    }

    pub(super) fn begin_struct(&mut self) -> Result<(), Fault> {
        match &mut self.values {
            Values::Struct(_) => Ok(()),
            Values::Unknown => {
                self.values = Values::Struct(Vec::new());
                Ok(())
            }
            _ => Err(mixed("a struct")),
        }
    }

    /// The column of a struct's member, which is new where `may_grow`.
    pub(super) fn member(&mut self, name: &str, may_grow: bool) -> Result<&mut Self, Fault> {
        let rows = self.valid.len();
        let Values::Struct(members) = &mut self.values else { return Err(mixed("a struct")) };
        let place = members.iter().position(|(known, _)| known == name);
        let place = match place {
            Some(place) => place,
            None if may_grow => {
                members.push((name.to_owned(), Self { valid: vec![false; rows], values: Values::Unknown }));
                members.len() - 1
            }
            None => {
                let what = "the columns were fixed by earlier rows, which have no such field";
                return Err(Fault::Other(what.to_owned()).in_column(name, None));
            }
        };
        match members.get_mut(place) {
            Some((_, member)) if member.rows() == rows => Ok(member),
            _ => Err(Fault::Other("the field stands twice in the row".to_owned()).in_column(name, None)),
        }
    }

    /// The type of a struct's member; nothing where no value was seen.
    pub(super) fn member_type(&self, name: &str) -> Option<DataType> {
        let Values::Struct(members) = &self.values else { return None };
        let (_, member) = members.iter().find(|(known, _)| known == name)?;
        (!matches!(member.values, Values::Unknown)).then(|| member.data_type())
    }

    /// The text of a column that has one row.
    pub(super) fn only_text(self) -> Option<String> {
        let Values::Utf8(Bytes { ends, bytes }) = self.values else { return None };
        String::from_utf8(bytes).ok().filter(|_| ends.len() == 1)
    }

    pub(super) fn end_struct(&mut self) {
        self.valid.push(true);
        let rows = self.valid.len();
        if let Values::Struct(members) = &mut self.values {
            // Those that this row has left out.
            members.iter_mut().filter(|(_, m)| m.rows() < rows).for_each(|(_, m)| m.push_null());
        }
    }

    /// Whether the type of every column within is known.
    pub(crate) fn is_known(&self) -> bool {
        match &self.values {
            Values::Unknown => false,
            Values::List { element, .. } => element.is_known(),
            Values::Struct(members) => members.iter().all(|(_, member)| member.is_known()),
            _ => true,
        }
    }

    /// Its type; of a column that never had a value, that of text.
    pub(crate) fn data_type(&self) -> DataType {
        match &self.values {
            Values::Unknown | Values::Utf8(_) => DataType::Utf8,
            Values::Boolean(_) => DataType::Boolean,
            Values::Int32(_) => DataType::Int32,
            Values::Int64(_) => DataType::Int64,
            Values::Float32(_) => DataType::Float32,
            Values::Float64(_) => DataType::Float64,
            Values::Binary(_) => DataType::Binary,
            Values::List { element, .. } => DataType::List(element.as_element()),
            Values::Struct(_) => DataType::Struct(self.fields()),
        }
    }

    /// The members of a struct, and the columns of a row.
    pub(crate) fn fields(&self) -> Fields {
        let Values::Struct(members) = &self.values else { return Fields::empty() };
        members.iter().map(|(name, member)| Field::new(name, member.data_type(), true)).collect()
    }

    fn as_element(&self) -> Arc<Field> {
        Arc::new(Field::new_list_field(self.data_type(), true))
    }

    /// Fixes the types of what had no value.
    fn settle(&mut self) {
        if matches!(self.values, Values::Unknown) {
            self.values = Values::Utf8(Bytes::of_empty(self.valid.len()));
        }
    }

    /// The rows so far; none are left, and the types stay.
    pub(crate) fn take(&mut self) -> Result<ArrayRef, ArrowError> {
        self.settle();
        let data_type = self.data_type();
        let valid = std::mem::take(&mut self.valid);
        let rows = valid.len();
        let nulls = Some(NullBuffer::from(valid)).filter(|nulls| nulls.null_count() > 0);
        Ok(match &mut self.values {
            Values::Unknown => new_null_array(&data_type, rows),
            Values::Boolean(values) => Arc::new(BooleanArray::new(std::mem::take(values).into(), nulls)),
            Values::Int32(values) => Arc::new(Int32Array::try_new(std::mem::take(values).into(), nulls)?),
            Values::Int64(values) => Arc::new(Int64Array::try_new(std::mem::take(values).into(), nulls)?),
            Values::Float32(values) => Arc::new(Float32Array::try_new(std::mem::take(values).into(), nulls)?),
            Values::Float64(values) => Arc::new(Float64Array::try_new(std::mem::take(values).into(), nulls)?),
            Values::Utf8(texts) => {
                let (offsets, bytes) = texts.take();
                Arc::new(StringArray::try_new(offsets, bytes, nulls)?)
            }
            Values::Binary(values) => {
                let (offsets, bytes) = values.take();
                Arc::new(BinaryArray::try_new(offsets, bytes, nulls)?)
            }
            Values::List { ends, element } => {
                let elements = element.take()?;
                let offsets = offsets(std::mem::take(ends));
                Arc::new(ListArray::try_new(element.as_element(), offsets, elements, nulls)?)
            }
            Values::Struct(members) => {
                let columns = members.iter_mut().map(|(_, m)| m.take()).collect::<Result<Vec<_>, _>>()?;
                let DataType::Struct(fields) = data_type else { return Ok(new_null_array(&data_type, rows)) };
                Arc::new(StructArray::try_new_with_length(fields, columns, nulls, rows)?)
            }
        })
    }
}
