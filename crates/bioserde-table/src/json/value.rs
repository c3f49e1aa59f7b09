use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_json::value::RawValue;

use super::Column;
use crate::error::Found;
use crate::float::parse_float32;

/// Reads one value to the end of a column.
#[derive(Debug)]
pub(crate) struct Value<'a>(pub(crate) &'a mut Column);

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.0 {
            // The text of a number decides which 32-bit float it is; by way of 64 bits it may be another.
            Column::Float32(_) | Column::Float64(_) => {
                let text = <&RawValue>::deserialize(deserializer)?.get();
                float(self.0, text).ok_or_else(|| D::Error::invalid_value(Unexpected::Other(text), &Floats))
            }
            _ => deserializer.deserialize_any(self),
        }
    }
}

fn float(column: &mut Column, text: &str) -> Option<()> {
    let number = match text {
        "null" => {
            column.push_null();
            return Some(());
        }
        "\"NaN\"" => "NaN",
        "\"Infinity\"" => "inf",
        "\"-Infinity\"" => "-inf",
        _ if text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => text,
        _ => return None,
    };
    match column {
        Column::Float32(values) => values.append_value(parse_float32(number)?),
        Column::Float64(values) => values.append_value(number.parse().ok()?),
        _ => return None,
    }
    Some(())
}

struct Floats;

impl serde::de::Expected for Floats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number that the column's floats hold")
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Column::Null(_) => "null, as in the first rows",
            Column::Boolean(_) => "true or false",
            Column::Int32(_) => "a 32-bit integer",
            Column::Int64(_) => "a 64-bit integer",
            Column::Float32(_) | Column::Float64(_) => "a number",
            Column::Text(_) | Column::Dictionary(_) => "text",
            Column::Binary(_) => "text of hexadecimal digits, two a byte",
            Column::List(_) => "a list",
            Column::Struct(_) => "an object",
        })
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.push_null();
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        match self.0 {
            Column::Boolean(values) => values.append_value(value),
            _ => return Err(E::invalid_type(Unexpected::Bool(value), &self)),
        }
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        match (&mut *self.0, i32::try_from(value)) {
            (Column::Int32(values), Ok(value)) => values.append_value(value),
            (Column::Int64(values), _) => values.append_value(value),
            _ => return Err(E::invalid_value(Unexpected::Signed(value), &self)),
        }
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(value), &self)),
        }
    }

    /// Integers that a program wrote as `5.0`, since it had nulls among them.
    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        match integer(value) {
            Some(integer) => self.visit_i64(integer),
            None => Err(E::invalid_type(Unexpected::Float(value), &self)),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        match self.0 {
            Column::Text(values) => values.append_value(text),
            Column::Dictionary(values) => values.append(text).map(drop).map_err(E::custom)?,
            Column::Binary(values) => match hexadecimal(text) {
                Some(bytes) => values.append_value(bytes),
                None => return Err(E::invalid_value(Unexpected::Str(text), &self)),
            },
            _ => return Err(E::invalid_type(Unexpected::Str(text), &self)),
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Column::List(list) = self.0 else {
            return Err(A::Error::invalid_type(Unexpected::Seq, &self));
        };
        while seq.next_element_seed(Value(&mut list.element))?.is_some() {}
        list.close().ok_or_else(|| A::Error::custom("more elements than a batch can have"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Column::Struct(structs) = self.0 else {
            return Err(A::Error::invalid_type(Unexpected::Map, &self));
        };
        while let Some(name) = map.next_key::<std::borrow::Cow<'_, str>>()? {
            let position = structs.position(&name);
            if position.is_some_and(|at| structs.has(at)) {
                return Err(A::Error::custom(format_args!("`{name}` stands twice")));
            }
            let Some(member) = position.and_then(|at| structs.members.get_mut(at)) else {
                return Err(A::Error::custom(format_args!("a member `{name}` that is not foreseen")));
            };
            map.next_value_seed(Value(member))?;
        }
        structs.close();
        Ok(())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the bounds are those of integers that a double tells apart"
)]
fn integer(value: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (value.fract() == 0.0 && value.abs() < EXACT).then_some(value as i64)
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |b: &u8| char::from(*b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |[high, low]: &[u8; 2]| Some(digit(high)? << 4 | digit(low)?);
    rest.is_empty().then(|| pairs.iter().map(byte).collect())?
}

/// What serde says, with its place in the text rather than in lines.
pub(crate) fn found(error: &serde_json::Error) -> Found {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(what) => Found(format!("{what}, at character {}", error.column())),
        None => Found(text),
    }
}
