use std::marker::PhantomData;
use std::slice;

use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use serde::Deserialize;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::cells::Cells;
use super::value::Value;
use super::{Wanted, wanted};
use crate::{Error, Fault, Result};

/// The columns of a batch that a struct wants.
#[derive(Debug)]
pub(crate) struct Columns {
    columns: Vec<Column>,
    rows: usize,
}

#[derive(Debug)]
struct Column {
    /// As the struct names it.
    name: String,
    data_type: DataType,
    cells: Cells,
}

impl Columns {
    pub(crate) fn of(batch: &RecordBatch, wanted: &Wanted, path: &str) -> Result<Self> {
        let column = |(name, column): &(String, String)| {
            let missing = || Error::NoColumn { path: path.to_owned(), name: column.clone(), nearest: None };
            let array = batch.column_by_name(column).ok_or_else(missing)?;
            let data_type = array.data_type().clone();
            let cells = Cells::of(array).ok_or_else(|| Error::UnsupportedType {
                path: path.to_owned(),
                column: column.clone(),
                data_type: data_type.clone(),
            })?;
            Ok(Column { name: name.clone(), data_type, cells })
        };
        let columns = wanted.columns().iter().map(column).collect::<Result<_>>()?;
        Ok(Self { columns, rows: batch.num_rows() })
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn row<'de, T: Deserialize<'de>>(&'de self, row: usize) -> Result<T, Fault> {
        T::deserialize(Row { columns: &self.columns, row })
    }
}

/// The rows of a batch as structs, which may borrow text and bytes from it; see [`rows`].
#[derive(Debug)]
pub struct Rows<T> {
    columns: Columns,
    marker: PhantomData<fn() -> T>,
}

impl<T> Rows<T> {
    /// The structs, in order. Each may be an error, after which the next follows.
    pub fn iter<'de>(&'de self) -> impl Iterator<Item = Result<T>> + 'de
    where
        T: Deserialize<'de> + 'de,
    {
        let at = |row: usize| u64::try_from(row).map_or(u64::MAX, |row| row + 1);
        (0..self.columns.rows()).map(move |row| self.columns.row(row).map_err(|e| e.at("the batch", at(row))))
    }
}

/// Reads a record batch of any origin into structs.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Read<'a> {
///     #[serde(borrow)]
///     qname: &'a str,
///     flag: u16,
/// }
///
/// for batch in bioserde::open("../../tests/data/reads.bam")?.batches()? {
///     let rows = bioserde::rows::<Read>(&batch?)?;
///     for read in rows.iter() {
///         let Read { qname, flag } = read?;
///         assert!(qname.starts_with('r') && flag < 4096);
///     }
/// }
/// # Ok::<(), bioserde::Error>(())
/// ```
///
/// # Errors
///
/// A field that is named like no column, and a column that no field can hold: numbers are 32 or 64 bits
/// wide, with a sign.
pub fn rows<'a, T: Deserialize<'a>>(batch: &RecordBatch) -> Result<Rows<T>> {
    let schema = batch.schema();
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let wanted = wanted::<T>(&names, &[], "the batch")?;
    Ok(Rows { columns: Columns::of(batch, &wanted, "the batch")?, marker: PhantomData })
}

#[derive(Clone, Copy, Debug)]
struct Row<'de> {
    columns: &'de [Column],
    row: usize,
}

impl<'de> Row<'de> {
    fn cells(self) -> RowCells<'de> {
        RowCells { rest: self.columns.iter(), column: None, row: self.row }
    }

    fn in_order<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let mut cells = self.cells();
        let value = visitor.visit_seq(&mut cells)?;
        match cells.rest.len() {
            0 => Ok(value),
            rest => {
                let (all, taken) = (self.columns.len(), self.columns.len() - rest);
                Err(Fault::Other(format!("there are {all} columns, and {taken} were taken")))
            }
        }
    }
}

impl<'de> Deserializer<'de> for Row<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(self.cells())
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.in_order(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Fault> {
        self.in_order(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.in_order(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct map struct enum identifier ignored_any
    }
}

/// The cells of a row, with their names or without.
#[derive(Debug)]
struct RowCells<'de> {
    rest: slice::Iter<'de, Column>,
    column: Option<&'de Column>,
    row: usize,
}

impl<'de> RowCells<'de> {
    fn value<S: DeserializeSeed<'de>>(&self, column: &'de Column, seed: S) -> Result<S::Value, Fault> {
        let value = seed.deserialize(Value { cells: &column.cells, row: self.row });
        value.map_err(|fault| fault.in_column(&column.name, Some(&column.data_type)))
    }
}

impl<'de> MapAccess<'de> for RowCells<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        self.column = self.rest.next();
        let Some(column) = self.column else { return Ok(None) };
        seed.deserialize(BorrowedStrDeserializer::new(&column.name)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        match self.column.take() {
            Some(column) => self.value(column, seed),
            None => Err(Fault::Other("a value was asked for before its key".to_owned())),
        }
    }
}

impl<'de> SeqAccess<'de> for RowCells<'de> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some(column) = self.rest.next() else { return Ok(None) };
        self.value(column, seed).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}
