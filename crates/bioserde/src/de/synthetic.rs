//! Values that a type is fed with to learn what it asks for, before any row is read.

use std::cell::Cell;
use std::fmt::{self, Display};

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// What a type asks of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Fields of these names; aliases stand among them.
    Struct(&'static [&'static str]),
    /// Whatever there is: of maps, of structs with a flattened field, of tuples.
    All,
}

/// How a struct answers to fields that were made up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Accepted,
    /// A field is not there and has to be.
    Missing,
    /// Two of the names are of one field.
    Duplicate,
    /// Its own code does not take what was made up.
    Refused,
}

impl std::error::Error for Answer {}

impl Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl Error for Answer {
    fn custom<T: Display>(_text: T) -> Self {
        Self::Refused
    }

    fn missing_field(_field: &'static str) -> Self {
        Self::Missing
    }

    fn duplicate_field(_field: &'static str) -> Self {
        Self::Duplicate
    }
}

/// What `T` asks of a row.
pub(super) fn shape<'de, T: Deserialize<'de>>() -> Shape {
    let shape = Cell::new(Shape::All);
    // It ends in a refusal whatever `T` is: only what it asked for counts.
    drop(T::deserialize(Question(&shape)));
    shape.get()
}

/// How the struct `T` answers to these fields.
pub(super) fn answer<'de, T: Deserialize<'de>>(fields: &[&'static str]) -> Answer {
    match T::deserialize(MadeUp { fields, is_option: None }) {
        Ok(_) => Answer::Accepted,
        Err(answer) => answer,
    }
}

/// Whether the struct `T` takes the last of these fields as an `Option`.
pub(super) fn is_option<'de, T: Deserialize<'de>>(fields: &[&'static str]) -> bool {
    let is_option = Cell::new(false);
    drop(T::deserialize(MadeUp { fields, is_option: Some(&is_option) }));
    is_option.get()
}

struct Question<'a>(&'a Cell<Shape>);

impl<'de> Deserializer<'de> for Question<'_> {
    type Error = Answer;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Answer> {
        Err(Answer::Refused)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Answer> {
        self.0.set(Shape::Struct(fields));
        Err(Answer::Refused)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Answer> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// A struct of these fields.
#[derive(Clone, Copy)]
struct MadeUp<'a> {
    fields: &'a [&'static str],
    /// Is told whether the last field is asked for as an `Option`; no other is.
    is_option: Option<&'a Cell<bool>>,
}

impl<'de> Deserializer<'de> for MadeUp<'_> {
    type Error = Answer;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        visitor.visit_map(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Answer> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for MadeUp<'_> {
    type Error = Answer;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Answer> {
        let Some(name) = self.fields.first() else { return Ok(None) };
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Answer> {
        self.fields = self.fields.get(1..).unwrap_or_default();
        seed.deserialize(Made { is_option: self.is_option.filter(|_| self.fields.is_empty()) })
    }
}

/// A value of whatever type is asked for.
#[derive(Clone, Copy, Default)]
struct Made<'a> {
    is_option: Option<&'a Cell<bool>>,
}

impl<'de> Deserializer<'de> for Made<'_> {
    type Error = Answer;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        visitor.visit_unit()
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        visitor.visit_bool(false)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        // Not 0, which `NonZero` would not take.
        visitor.visit_u64(1)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        visitor.visit_f64(0.0)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        visitor.visit_borrowed_str("x")
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        visitor.visit_borrowed_bytes(b"x")
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        if let Some(is_option) = self.is_option {
            is_option.set(true);
        }
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Answer> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        visitor.visit_seq(MadeElements(0))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Answer> {
        visitor.visit_seq(MadeElements(len))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Answer> {
        visitor.visit_seq(MadeElements(len))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        visitor.visit_map(MadeUp { fields: &[], is_option: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Answer> {
        visitor.visit_map(MadeUp { fields, is_option: None })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Answer> {
        visitor.visit_enum(BorrowedStrDeserializer::new(variants.first().copied().unwrap_or_default()))
    }

    fn deserialize_i8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_i16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        self.deserialize_str(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Answer> {
        self.deserialize_bytes(visitor)
    }

    forward_to_deserialize_any! { i128 u128 unit unit_struct identifier ignored_any }
}

/// So many made-up elements.
struct MadeElements(usize);

impl<'de> SeqAccess<'de> for MadeElements {
    type Error = Answer;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Answer> {
        let Some(rest) = self.0.checked_sub(1) else { return Ok(None) };
        self.0 = rest;
        seed.deserialize(Made::default()).map(Some)
    }
}
