use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserializer, de};

/// A number with a unit, which stands in a file as text or as a whole number of its smallest usual unit.
pub(super) trait Quantity: FromStr<Err: Display> {
    /// What it is, with examples.
    const EXPECTED: &'static str;

    /// The quantity of a whole number without a unit.
    fn from_number(number: u64) -> Option<Self>;
}

pub(super) fn deserialize<'de, D: Deserializer<'de>, T: Quantity>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(Visitor(PhantomData))
}

struct Visitor<T>(PhantomData<T>);

impl<T: Quantity> de::Visitor<'_> for Visitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        let quantity = u64::try_from(number).ok().and_then(T::from_number);
        quantity.ok_or_else(|| E::invalid_value(de::Unexpected::Signed(number), &T::EXPECTED))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        let quantity = T::from_number(number);
        quantity.ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &T::EXPECTED))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

/// Splits a text such as `12 MiB` or `1h30m` after its first number and unit. Either may be empty.
pub(super) fn first_term(text: &str) -> (&str, &str, &str) {
    let (number, rest) = split_where(text, |c| !c.is_ascii_digit());
    let (unit, rest) = split_where(rest.trim_start(), |c| !c.is_ascii_alphabetic());
    (number, unit, rest)
}

fn split_where(text: &str, is_end: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(is_end).unwrap_or(text.len()))
}
