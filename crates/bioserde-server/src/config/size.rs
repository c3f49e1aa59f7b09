use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::quantity::{self, Quantity, first_term};

/// Units and their bytes, the largest first.
const UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
    ("B", 1),
];

/// A number of bytes, written as a whole number or with a unit as in `512 MiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(u64);

/// The text is not a size.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is not {}", Size::EXPECTED)]
pub struct InvalidSize {
    /// As it was given.
    pub text: String,
}

impl Size {
    /// A number of bytes.
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The number of bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl Quantity for Size {
    const EXPECTED: &'static str = "a size: whole bytes, or text such as `512 MiB` or `500 MB`";

    fn from_number(number: u64) -> Option<Self> {
        Some(Self(number))
    }
}

impl FromStr for Size {
    type Err = InvalidSize;

    fn from_str(text: &str) -> Result<Self, InvalidSize> {
        let read = || {
            let (number, unit, rest) = first_term(text.trim());
            let (_, bytes) = UNITS
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(unit) || (unit.is_empty() && *name == "B"))?;
            let number: u64 = number.parse().ok()?;
            rest.is_empty().then(|| number.checked_mul(*bytes)).flatten()
        };
        read().map(Self).ok_or_else(|| InvalidSize { text: text.to_owned() })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, bytes): &&(&str, u64)| self.0 >= *bytes && self.0.is_multiple_of(*bytes);
        let (name, bytes) = UNITS.iter().find(fits).copied().unwrap_or(("B", 1));
        write!(f, "{} {name}", self.0 / bytes)
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        quantity::deserialize(deserializer)
    }
}

impl JsonSchema for Size {
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "size",
            "description": "Whole bytes, or text with a unit: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB.",
            "type": ["integer", "string"],
            "minimum": 0,
            "pattern": "^\\s*[0-9]+\\s*([kKmMgGtT]?[iI]?[bB])?\\s*$",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn units_are_binary_with_an_i_and_decimal_without() {
        for (text, bytes) in [
            ("0", 0),
            ("17", 17),
            ("17 B", 17),
            ("1KiB", 1024),
            (" 512 MiB ", 512 << 20),
            ("1 gb", 1_000_000_000),
            ("2 TiB", 2 << 40),
            ("3 kB", 3000),
        ] {
            assert_eq!(text.parse(), Ok(Size(bytes)), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["", "MiB", "-1", "1.5 GiB", "5 M", "5 GiB 2", "5 GiBs", "20000000 TiB", "1e3", "５"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
        let error = "5 M".parse::<Size>().unwrap_err().to_string();
        assert_eq!(error, "`5 M` is not a size: whole bytes, or text such as `512 MiB` or `500 MB`");
    }

    #[test]
    fn sizes_are_written_in_the_largest_unit_that_fits() {
        for text in ["0 B", "1 B", "64 KiB", "512 MiB", "2 GB", "1 TiB", "1001 B"] {
            assert_eq!(text.parse::<Size>().unwrap().to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn sizes_read_back(number in any::<u64>(), shift in 0u32..64) {
            let size = Size(number >> shift);
            prop_assert_eq!(size.to_string().parse(), Ok(size));
        }
    }
}
