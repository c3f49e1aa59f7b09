use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::float::is_float32;

/// What the values of a column have been so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Kind {
    #[default]
    Null,
    Boolean,
    Integer,
    /// Floats that 32 bits tell.
    Single,
    Double,
    /// The text `NaN`, `Infinity` or `-Infinity`, which may be a float.
    NotFinite,
    Text,
    List(Box<Self>),
    /// Each member with its place in the order in which they were seen.
    Struct(BTreeMap<String, (usize, Self)>),
}

impl Kind {
    /// The type of a column of this name that has such values.
    pub(crate) fn data_type(&self, name: &str) -> DataType {
        let texts = |names: &[&str]| {
            let field = |name: &&str| {
                let kind = if *name == "sample" { DataType::Int32 } else { DataType::Utf8 };
                Field::new(*name, kind, true)
            };
            list(DataType::Struct(names.iter().map(field).collect::<Fields>()))
        };
        match (name, self) {
            ("residual", Self::Text | Self::Null) => DataType::Binary,
            ("tags_other", Self::List(_) | Self::Null) => texts(&["tag", "type", "value"]),
            ("info_other", Self::List(_) | Self::Null) => texts(&["key", "value"]),
            ("fmt_other", Self::List(_) | Self::Null) => texts(&["sample", "key", "value"]),
            ("id" | "alt" | "filter", Self::Null) => list(DataType::Utf8),
            ("id" | "alt" | "filter", Self::List(kind)) if **kind == Self::Null => list(DataType::Utf8),
            _ => self.plain(),
        }
    }

    fn plain(&self) -> DataType {
        match self {
            Self::Null => DataType::Null,
            Self::Boolean => DataType::Boolean,
            Self::Integer => DataType::Int64,
            Self::Single => DataType::Float32,
            Self::Double => DataType::Float64,
            Self::NotFinite | Self::Text => DataType::Utf8,
            Self::List(element) => list(element.plain()),
            Self::Struct(members) => {
                let mut members: Vec<_> = members.iter().collect();
                members.sort_by_key(|(_, (place, _))| *place);
                let field =
                    |(name, (_, kind)): (&String, &(usize, Self))| Field::new(name, kind.plain(), true);
                DataType::Struct(members.into_iter().map(field).collect::<Fields>())
            }
        }
    }

    /// The columns of rows that are objects, in the order in which they were seen.
    pub(crate) fn columns(&self) -> Vec<(&str, DataType)> {
        let Self::Struct(members) = self else { return Vec::new() };
        let mut members: Vec<_> = members.iter().collect();
        members.sort_by_key(|(_, (place, _))| *place);
        members.into_iter().map(|(name, (_, kind))| (name.as_str(), kind.data_type(name))).collect()
    }

    /// Takes a row in; stays as it was when it is none, or does not fit.
    pub(crate) fn take_line(&mut self, line: &[u8]) -> serde_json::Result<()> {
        let mut with = self.clone();
        (&mut with).deserialize(&mut serde_json::Deserializer::from_slice(line))?;
        *self = with;
        Ok(())
    }

    /// Rows, of which none has been seen.
    pub(crate) fn rows() -> Self {
        Self::Struct(BTreeMap::new())
    }

    /// Takes a value of another kind in; refused when one column cannot hold both.
    fn meet(&mut self, other: Self) -> Option<()> {
        *self = match (std::mem::take(self), other) {
            (a, b) if a == b => a,
            (Self::Null, other) | (other, Self::Null) => other,
            (Self::Text, Self::NotFinite) | (Self::NotFinite, Self::Text) => Self::Text,
            (Self::Integer | Self::NotFinite, Self::Single)
            | (Self::Single, Self::Integer | Self::NotFinite)
            | (Self::Integer, Self::NotFinite)
            | (Self::NotFinite, Self::Integer) => Self::Single,
            (Self::Integer | Self::NotFinite | Self::Single, Self::Double)
            | (Self::Double, Self::Integer | Self::NotFinite | Self::Single) => Self::Double,
            (Self::List(mut a), Self::List(b)) => {
                a.meet(*b)?;
                Self::List(a)
            }
            (Self::Struct(mut a), Self::Struct(b)) => {
                for (name, (_, kind)) in b {
                    member(&mut a, name).meet(kind)?;
                }
                Self::Struct(a)
            }
            _ => return None,
        };
        Some(())
    }

    fn take<E: Error>(&mut self, other: Self) -> Result<(), E> {
        let (before, found) = (self.name(), other.name());
        self.meet(other).ok_or_else(|| E::custom(format_args!("{found} after {before}")))
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Integer => "an integer",
            Self::Single | Self::Double => "a float",
            Self::NotFinite | Self::Text => "text",
            Self::List(_) => "a list",
            Self::Struct(_) => "an object",
        }
    }
}

/// The member of a name, new ones at the end.
fn member(members: &mut BTreeMap<String, (usize, Kind)>, name: String) -> &mut Kind {
    let place = members.len();
    &mut members.entry(name).or_insert((place, Kind::Null)).1
}

fn list(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(element, true)))
}

impl<'de> DeserializeSeed<'de> for &mut Kind {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Kind {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.take(Kind::Boolean)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.take(Kind::Integer)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.take(if i64::try_from(value).is_ok() { Kind::Integer } else { Kind::Double })
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.take(if is_float32(value) { Kind::Single } else { Kind::Double })
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.take(match text {
            "NaN" | "Infinity" | "-Infinity" => Kind::NotFinite,
            _ => Kind::Text,
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut element = match std::mem::take(self) {
            Kind::List(element) => element,
            Kind::Null => Box::default(),
            other => return Err(A::Error::custom(format_args!("a list after {}", other.name()))),
        };
        while seq.next_element_seed(&mut *element)?.is_some() {}
        *self = Kind::List(element);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut members = match std::mem::take(self) {
            Kind::Struct(members) => members,
            Kind::Null => BTreeMap::new(),
            other => return Err(A::Error::custom(format_args!("an object after {}", other.name()))),
        };
        while let Some(name) = map.next_key::<String>()? {
            map.next_value_seed(member(&mut members, name))?;
        }
        *self = Kind::Struct(members);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(texts: &[&str]) -> Result<Kind, String> {
        let mut kind = Kind::Null;
        for text in texts {
            let mut json = serde_json::Deserializer::from_str(text);
            (&mut kind).deserialize(&mut json).map_err(|e| e.to_string())?;
        }
        Ok(kind)
    }

    #[test]
    fn one_kind_holds_all_values() {
        let plain = |texts: &[&str]| kind(texts).unwrap().plain();
        assert_eq!(plain(&["null", "1", "2.5", "\"NaN\""]), DataType::Float32);
        assert_eq!(plain(&["1", "0.123456789012"]), DataType::Float64);
        assert_eq!(plain(&["\"NaN\"", "\"x\""]), DataType::Utf8);
        assert_eq!(plain(&["[[null]]", "[[],[1]]"]), list(list(DataType::Int64)));
        assert_eq!(plain(&["[true]", "null"]), list(DataType::Boolean));
    }

    #[test]
    fn values_that_no_column_holds_are_refused() {
        for texts in [["1", "\"x\""], ["[1]", "1"], ["true", "1"], ["{\"a\":1}", "{\"a\":\"x\"}"]] {
            assert!(kind(&texts).unwrap_err().contains(" after "), "{texts:?}");
        }
    }

    #[test]
    fn columns_of_the_schema_have_its_types() {
        assert_eq!(Kind::Text.data_type("residual"), DataType::Binary);
        assert_eq!(kind(&["[]"]).unwrap().data_type("alt"), list(DataType::Utf8));
        assert!(kind(&["[]"]).unwrap().data_type("fmt_other").to_string().contains("\"sample\": Int32"));
    }
}
