use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{bytes, float};

/// An optional field of an alignment (SAMv1 §1.5).
///
/// In JSON `{"tag":"NM","type":"C","value":5}`. The type is BAM's, so that it comes back exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    /// The two characters.
    pub tag: [u8; 2],
    /// The value with its type.
    pub value: TagValue,
}

/// The value of an optional field, one variant for each BAM type (SAMv1 §4.2.4).
#[derive(Clone, Debug, PartialEq)]
pub enum TagValue {
    /// `A`: a character.
    Character(u8),
    /// `c`
    Int8(i8),
    /// `C`
    UInt8(u8),
    /// `s`
    Int16(i16),
    /// `S`
    UInt16(u16),
    /// `i`
    Int32(i32),
    /// `I`
    UInt32(u32),
    /// `f`
    Float(f32),
    /// `Z`: text.
    Text(String),
    /// `H`: bytes as hexadecimal digits.
    Hex(String),
    /// `B` of `c`
    Int8s(Vec<i8>),
    /// `B` of `C`
    UInt8s(Vec<u8>),
    /// `B` of `s`
    Int16s(Vec<i16>),
    /// `B` of `S`
    UInt16s(Vec<u16>),
    /// `B` of `i`
    Int32s(Vec<i32>),
    /// `B` of `I`
    UInt32s(Vec<u32>),
    /// `B` of `f`
    Floats(Vec<f32>),
}

impl TagValue {
    /// BAM's type, with the subtype after `B`: `C`, `Z`, `Bs`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Character(_) => "A",
            Self::Int8(_) => "c",
            Self::UInt8(_) => "C",
            Self::Int16(_) => "s",
            Self::UInt16(_) => "S",
            Self::Int32(_) => "i",
            Self::UInt32(_) => "I",
            Self::Float(_) => "f",
            Self::Text(_) => "Z",
            Self::Hex(_) => "H",
            Self::Int8s(_) => "Bc",
            Self::UInt8s(_) => "BC",
            Self::Int16s(_) => "Bs",
            Self::UInt16s(_) => "BS",
            Self::Int32s(_) => "Bi",
            Self::UInt32s(_) => "BI",
            Self::Floats(_) => "Bf",
        }
    }

    /// The value of an integer of any width.
    pub fn as_integer(&self) -> Option<i64> {
        Some(match self {
            Self::Int8(x) => i64::from(*x),
            Self::UInt8(x) => i64::from(*x),
            Self::Int16(x) => i64::from(*x),
            Self::UInt16(x) => i64::from(*x),
            Self::Int32(x) => i64::from(*x),
            Self::UInt32(x) => i64::from(*x),
            _ => return None,
        })
    }

    /// The values of an array of integers of any width.
    pub fn as_integers(&self) -> Option<Vec<i64>> {
        fn widen<T: Copy + Into<i64>>(list: &[T]) -> Vec<i64> {
            list.iter().map(|x| (*x).into()).collect()
        }
        Some(match self {
            Self::Int8s(list) => widen(list),
            Self::UInt8s(list) => widen(list),
            Self::Int16s(list) => widen(list),
            Self::UInt16s(list) => widen(list),
            Self::Int32s(list) => widen(list),
            Self::UInt32s(list) => widen(list),
            _ => return None,
        })
    }
}

/// Where people read it, the type and the value of a [`TagValue`] stand side by side.
#[derive(Serialize, Deserialize)]
#[serde(remote = "TagValue", tag = "type", content = "value")]
enum Readable {
    #[serde(rename = "A")]
    Character(#[serde(with = "character")] u8),
    #[serde(rename = "c")]
    Int8(i8),
    #[serde(rename = "C")]
    UInt8(u8),
    #[serde(rename = "s")]
    Int16(i16),
    #[serde(rename = "S")]
    UInt16(u16),
    #[serde(rename = "i")]
    Int32(i32),
    #[serde(rename = "I")]
    UInt32(u32),
    #[serde(rename = "f")]
    Float(#[serde(with = "float")] f32),
    #[serde(rename = "Z")]
    Text(String),
    #[serde(rename = "H")]
    Hex(String),
    #[serde(rename = "Bc")]
    Int8s(Vec<i8>),
    #[serde(rename = "BC")]
    UInt8s(Vec<u8>),
    #[serde(rename = "Bs")]
    Int16s(Vec<i16>),
    #[serde(rename = "BS")]
    UInt16s(Vec<u16>),
    #[serde(rename = "Bi")]
    Int32s(Vec<i32>),
    #[serde(rename = "BI")]
    UInt32s(Vec<u32>),
    #[serde(rename = "Bf")]
    Floats(#[serde(with = "float::list")] Vec<f32>),
}

/// Elsewhere the type is a number, or the key of the value; arrays are bytes.
#[derive(Serialize, Deserialize)]
#[serde(remote = "TagValue")]
enum Compact {
    #[serde(rename = "A")]
    Character(u8),
    #[serde(rename = "c")]
    Int8(i8),
    #[serde(rename = "C")]
    UInt8(u8),
    #[serde(rename = "s")]
    Int16(i16),
    #[serde(rename = "S")]
    UInt16(u16),
    #[serde(rename = "i")]
    Int32(i32),
    #[serde(rename = "I")]
    UInt32(u32),
    #[serde(rename = "f")]
    Float(#[serde(with = "float")] f32),
    #[serde(rename = "Z")]
    Text(String),
    #[serde(rename = "H")]
    Hex(String),
    #[serde(rename = "Bc")]
    Int8s(#[serde(with = "bytes")] Vec<i8>),
    #[serde(rename = "BC")]
    UInt8s(#[serde(with = "bytes")] Vec<u8>),
    #[serde(rename = "Bs")]
    Int16s(#[serde(with = "bytes")] Vec<i16>),
    #[serde(rename = "BS")]
    UInt16s(#[serde(with = "bytes")] Vec<u16>),
    #[serde(rename = "Bi")]
    Int32s(#[serde(with = "bytes")] Vec<i32>),
    #[serde(rename = "BI")]
    UInt32s(#[serde(with = "bytes")] Vec<u32>),
    #[serde(rename = "Bf")]
    Floats(#[serde(with = "bytes")] Vec<f32>),
}

impl Serialize for TagValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            Readable::serialize(self, serializer)
        } else {
            Compact::serialize(self, serializer)
        }
    }
}

impl<'de> Deserialize<'de> for TagValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Readable::deserialize(deserializer)
        } else {
            Compact::deserialize(deserializer)
        }
    }
}

/// A [`Tag`] where people read it; elsewhere it is a pair.
#[derive(Serialize, Deserialize)]
struct ReadableTag<V> {
    tag: Name,
    #[serde(flatten)]
    value: V,
}

impl Serialize for Tag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (tag, value) = (Name(self.tag), &self.value);
        if serializer.is_human_readable() {
            ReadableTag { tag, value }.serialize(serializer)
        } else {
            (tag, value).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (Name(tag), value) = if deserializer.is_human_readable() {
            let ReadableTag { tag, value } = ReadableTag::deserialize(deserializer)?;
            (tag, value)
        } else {
            Deserialize::deserialize(deserializer)?
        };
        Ok(Self { tag, value })
    }
}

/// The two characters of a tag as a text.
struct Name([u8; 2]);

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error;

        match std::str::from_utf8(&self.0) {
            Ok(text) if text.is_ascii() => serializer.serialize_str(text),
            _ => Err(S::Error::custom(format_args!("the tag `{}` is not text", self.0.escape_ascii()))),
        }
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::{Error, Unexpected};

        let text = String::deserialize(deserializer)?;
        let tag = <[u8; 2]>::try_from(text.as_bytes()).ok().filter(|tag| tag.is_ascii());
        tag.map(Self).ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &"two ASCII characters"))
    }
}

/// A byte as the character of that number, so that none is lost.
mod character {
    use serde::de::{Error, Unexpected};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(byte: &u8, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_char(char::from(*byte))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
        let character = char::deserialize(deserializer)?;
        u8::try_from(character)
            .map_err(|_| D::Error::invalid_value(Unexpected::Char(character), &"a character of one byte"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(value: &TagValue) -> (String, TagValue) {
        let json = serde_json::to_string(&Tag { tag: *b"X0", value: value.clone() }).unwrap();
        let Tag { tag, value } = serde_json::from_str(&json).unwrap();
        assert_eq!(tag, *b"X0");
        (json, value)
    }

    #[test]
    fn every_type_comes_back() {
        let values = [
            TagValue::Int8(i8::MIN),
            TagValue::UInt8(u8::MAX),
            TagValue::Int16(i16::MIN),
            TagValue::UInt16(u16::MAX),
            TagValue::Int32(i32::MIN),
            TagValue::UInt32(u32::MAX),
            TagValue::Float(-0.1),
            TagValue::Text("a \"b\"\t".to_owned()),
            TagValue::Hex("1AE301".to_owned()),
            TagValue::Int8s(vec![i8::MIN, i8::MAX]),
            TagValue::UInt8s(vec![]),
            TagValue::Int16s(vec![i16::MIN]),
            TagValue::UInt16s(vec![u16::MAX]),
            TagValue::Int32s(vec![i32::MIN]),
            TagValue::UInt32s(vec![u32::MAX]),
            TagValue::Floats(vec![f32::INFINITY, 5.0]),
        ];
        for value in (0..=u8::MAX).map(TagValue::Character).chain(values) {
            let (json, again) = again(&value);
            assert_eq!(again, value, "{json}");
            assert!(json.contains(&format!(r#""type":"{}""#, value.type_name())), "{json}");
        }
    }

    #[test]
    fn the_order_of_keys_does_not_matter() {
        let tag: Tag = serde_json::from_str(r#"{"value":[1,-1],"tag":"XB","type":"Bc"}"#).unwrap();
        assert_eq!(tag, Tag { tag: *b"XB", value: TagValue::Int8s(vec![1, -1]) });
    }

    #[test]
    fn what_does_not_fit_its_type_is_refused() {
        for json in [
            r#"{"tag":"NM","type":"C","value":256}"#,
            r#"{"tag":"NM","type":"C","value":-1}"#,
            r#"{"tag":"NM","type":"C"}"#,
            r#"{"tag":"NMX","type":"C","value":1}"#,
            r#"{"tag":"é","type":"C","value":1}"#,
            r#"{"tag":"NM","type":"A","value":"中"}"#,
            r#"{"tag":"NM","type":"Q","value":1}"#,
        ] {
            assert!(serde_json::from_str::<Tag>(json).is_err(), "{json}");
        }
        let odd = Tag { tag: [b'X', 0xe9], value: TagValue::UInt8(0) };
        assert!(serde_json::to_string(&odd).is_err());
    }
}
