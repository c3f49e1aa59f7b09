use std::fmt::Display;

use serde::Serialize;
use serde::ser::{
    Error, Impossible, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, SerializeTupleStruct,
    Serializer,
};

use super::Column;
use crate::Fault;

impl Error for Fault {
    fn custom<T: Display>(text: T) -> Self {
        Self::Other(text.to_string())
    }
}

/// Appends a value to a column.
#[derive(Debug)]
pub(crate) struct Writing<'a> {
    pub(crate) column: &'a mut Column,
    /// Whether structs may have members that were not there before.
    pub(crate) may_grow: bool,
}

impl Writing<'_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        let column = self.column.begin_list()?;
        value.serialize(Writing { column, may_grow: self.may_grow })
    }

    fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Fault> {
        let column = self.column.member(name, self.may_grow)?;
        let written = value.serialize(Writing { column, may_grow: self.may_grow });
        written.map_err(|fault| {
            let data_type = self.column.member_type(name);
            fault.in_column(name, data_type.as_ref())
        })
    }

    fn unknown(what: &str) -> Fault {
        Fault::Other(format!("{what} has no column type"))
    }
}

impl<'a> Serializer for Writing<'a> {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Impossible<(), Fault>;
    type SerializeMap = Members<'a>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Impossible<(), Fault>;

    fn serialize_bool(self, value: bool) -> Result<(), Fault> {
        self.column.push_bool(value)
    }

    fn serialize_i8(self, value: i8) -> Result<(), Fault> {
        self.column.push_i32(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), Fault> {
        self.column.push_i32(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), Fault> {
        self.column.push_i32(value)
    }

    fn serialize_i64(self, value: i64) -> Result<(), Fault> {
        self.column.push_i64(value)
    }

    fn serialize_u8(self, value: u8) -> Result<(), Fault> {
        self.column.push_i32(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), Fault> {
        self.column.push_i32(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), Fault> {
        self.column.push_i64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), Fault> {
        let fault = |_| Fault::Other(format!("{value} is more than columns of integers hold, 2^63 - 1"));
        self.column.push_i64(i64::try_from(value).map_err(fault)?)
    }

    fn serialize_f32(self, value: f32) -> Result<(), Fault> {
        self.column.push_f32(value)
    }

    fn serialize_f64(self, value: f64) -> Result<(), Fault> {
        self.column.push_f64(value)
    }

    fn serialize_char(self, value: char) -> Result<(), Fault> {
        self.column.push_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Fault> {
        self.column.push_str(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Fault> {
        self.column.push_bytes(value)
    }

    fn serialize_none(self) -> Result<(), Fault> {
        self.column.push_null();
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Fault> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Fault> {
        self.serialize_none()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), Fault> {
        self.column.push_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<(), Fault> {
        Err(Self::unknown("an enum with data"))
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Self, Fault> {
        self.column.begin_list()?;
        Ok(self)
    }

    fn serialize_tuple(self, len: usize) -> Result<Self, Fault> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _name: &'static str, len: usize) -> Result<Self, Fault> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Impossible<(), Fault>, Fault> {
        Err(Self::unknown("an enum with data"))
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Members<'a>, Fault> {
        self.column.begin_struct()?;
        Ok(Members { writing: self, key: String::new() })
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Self, Fault> {
        self.column.begin_struct()?;
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Impossible<(), Fault>, Fault> {
        Err(Self::unknown("an enum with data"))
    }
}

impl SerializeSeq for Writing<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.element(value)
    }

    fn end(self) -> Result<(), Fault> {
        self.column.end_list()
    }
}

impl SerializeTuple for Writing<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.element(value)
    }

    fn end(self) -> Result<(), Fault> {
        self.column.end_list()
    }
}

impl SerializeTupleStruct for Writing<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.element(value)
    }

    fn end(self) -> Result<(), Fault> {
        self.column.end_list()
    }
}

impl SerializeStruct for Writing<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Fault> {
        self.member(name, value)
    }

    fn end(self) -> Result<(), Fault> {
        self.column.end_struct();
        Ok(())
    }
}

/// A map, whose keys are the names of columns.
#[derive(Debug)]
pub(crate) struct Members<'a> {
    writing: Writing<'a>,
    key: String,
}

impl SerializeMap for Members<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        let mut name = Column::default();
        key.serialize(Writing { column: &mut name, may_grow: false })?;
        let text = name.only_text().ok_or_else(|| Fault::Other("a key of a map is no text".to_owned()))?;
        self.key = text;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        let key = std::mem::take(&mut self.key);
        self.writing.member(&key, value)
    }

    fn end(self) -> Result<(), Fault> {
        self.writing.column.end_struct();
        Ok(())
    }
}
