use std::slice;

use serde::de::value::{BorrowedStrDeserializer, SeqDeserializer};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::cells::{Cells, Values};
use crate::Fault;

/// Integers up to these are exact as floats.
const EXACT_F32: u64 = 1 << 24;
const EXACT_F64: u64 = 1 << 53;

/// The value of a cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'de> {
    pub(super) cells: &'de Cells,
    pub(super) row: usize,
}

impl<'de> Value<'de> {
    fn text(&self) -> Option<&'de str> {
        match &self.cells.values {
            Values::Utf8(a) => Some(a.value(self.row)),
            Values::Dictionary { keys, values } => {
                usize::try_from(keys.value(self.row)).ok().map(|k| values.value(k))
            }
            _ => None,
        }
    }

    fn integer(&self) -> Option<i64> {
        match &self.cells.values {
            Values::Int32(a) => Some(i64::from(a.value(self.row))),
            Values::Int64(a) => Some(a.value(self.row)),
            _ => None,
        }
    }

    /// Refuses an integer that a float does not hold.
    fn check_exact(&self, limit: u64, wants: &'static str) -> Result<(), Fault> {
        match self.integer().filter(|_| !self.cells.is_null(self.row)) {
            Some(n) if n.unsigned_abs() > limit => Err(too_much(n, wants)),
            _ => Ok(()),
        }
    }
}

fn too_much(value: impl ToString, wants: &'static str) -> Fault {
    Fault::Value { value: value.to_string(), wants: wants.to_owned() }
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let row = self.row;
        if self.cells.is_null(row) {
            return visitor.visit_none();
        }
        match &self.cells.values {
            Values::Null => visitor.visit_none(),
            Values::Boolean(a) => visitor.visit_bool(a.value(row)),
            Values::Int32(a) => visitor.visit_i32(a.value(row)),
            Values::Int64(a) => visitor.visit_i64(a.value(row)),
            Values::Float32(a) => visitor.visit_f32(a.value(row)),
            Values::Float64(a) => visitor.visit_f64(a.value(row)),
            Values::Utf8(a) => visitor.visit_borrowed_str(a.value(row)),
            Values::Dictionary { .. } => visitor.visit_borrowed_str(self.text().unwrap_or_default()),
            Values::Binary(a) => visitor.visit_borrowed_bytes(a.value(row)),
            Values::List { offsets, element } => {
                let place =
                    |i: usize| offsets.get(i).and_then(|o| usize::try_from(*o).ok()).unwrap_or_default();
                visitor.visit_seq(Elements { cells: element, next: place(row), end: place(row + 1) })
            }
            Values::Struct(members) => visitor.visit_map(Members { rest: members.iter(), value: None, row }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.cells.is_null(self.row) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.check_exact(EXACT_F32, "f32")?;
        if let Values::Float64(a) = &self.cells.values
            && !self.cells.is_null(self.row)
            && a.value(self.row).is_finite()
            && a.value(self.row).abs() > f64::from(f32::MAX)
        {
            return Err(too_much(a.value(self.row), "f32"));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.check_exact(EXACT_F64, "f64")?;
        self.deserialize_any(visitor)
    }

    /// Bytes are a list of numbers for those who do not ask for bytes, as `Vec<u8>` does not.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.cells.values {
            Values::Binary(a) if !self.cells.is_null(self.row) => {
                visitor.visit_seq(SeqDeserializer::new(a.value(self.row).iter().copied()))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let wants = format!("a text that names a variant of {name}");
        if self.cells.is_null(self.row) {
            return Err(Fault::Null { wants });
        }
        match self.text() {
            Some(text) => visitor.visit_enum(BorrowedStrDeserializer::new(text)),
            None => Err(Fault::Type { wants }),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 char str string bytes byte_buf unit unit_struct map
        struct identifier
    }
}

/// The elements of a list.
#[derive(Debug)]
struct Elements<'de> {
    cells: &'de Cells,
    next: usize,
    end: usize,
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        if self.next >= self.end {
            return Ok(None);
        }
        let value = Value { cells: self.cells, row: self.next };
        self.next += 1;
        seed.deserialize(value).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.end - self.next)
    }
}

/// The members of a struct.
#[derive(Debug)]
struct Members<'de> {
    rest: slice::Iter<'de, (String, Cells)>,
    value: Option<&'de Cells>,
    row: usize,
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let Some((name, cells)) = self.rest.next() else { return Ok(None) };
        self.value = Some(cells);
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        match self.value.take() {
            Some(cells) => seed.deserialize(Value { cells, row: self.row }),
            None => Err(Fault::Other("a value was asked for before its key".to_owned())),
        }
    }
}
