//! Floats, those included that are no numbers: JSON has none of them.

use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A float in its serde form.
struct Float(f32);

impl Serialize for Float {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bits = self.0.to_bits();
        match self.0 {
            // Some formats keep floats as numbers of 64 bits, which not every NaN survives.
            _ if !serializer.is_human_readable() => serializer.serialize_u32(bits),
            x if x.is_finite() => serializer.serialize_f32(x),
            f32::INFINITY => serializer.serialize_str("inf"),
            f32::NEG_INFINITY => serializer.serialize_str("-inf"),
            _ if bits == f32::NAN.to_bits() => serializer.serialize_str("nan"),
            _ => serializer.collect_str(&format_args!("nan:{bits:08x}")),
        }
    }
}

const EXPECTED: &str = "a number of 32 bits, `inf`, `-inf`, `nan` or `nan:` and eight hexadecimal digits";

/// What stands for a float where people read it.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a number of 32 bits, `inf`, `-inf`, `nan` or `nan:` and eight hexadecimal digits"
)]
enum Readable {
    Number(f32),
    Text(String),
}

impl<'de> Deserialize<'de> for Float {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return u32::deserialize(deserializer).map(f32::from_bits).map(Self);
        }
        match Readable::deserialize(deserializer)? {
            // A number beyond the range of 32 bits was read as infinite.
            Readable::Number(x) if !x.is_finite() => {
                Err(Error::invalid_value(Unexpected::Other("a number beyond the range"), &EXPECTED))
            }
            Readable::Number(x) => Ok(Self(x)),
            Readable::Text(text) => {
                named(&text).map(Self).ok_or_else(|| Error::invalid_value(Unexpected::Str(&text), &EXPECTED))
            }
        }
    }
}

fn named(text: &str) -> Option<f32> {
    match text {
        "inf" => Some(f32::INFINITY),
        "-inf" => Some(f32::NEG_INFINITY),
        "nan" => Some(f32::NAN),
        _ => {
            let bits = text.strip_prefix("nan:").filter(|digits| digits.len() == 8)?;
            let x = f32::from_bits(u32::from_str_radix(bits, 16).ok()?);
            x.is_nan().then_some(x)
        }
    }
}

pub(crate) fn serialize<S: Serializer>(x: &f32, serializer: S) -> Result<S::Ok, S::Error> {
    Float(*x).serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f32, D::Error> {
    Float::deserialize(deserializer).map(|x| x.0)
}

/// Floats that may be missing.
pub(crate) mod option {
    use super::{Deserialize, Deserializer, Float, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(x: &Option<f32>, serializer: S) -> Result<S::Ok, S::Error> {
        x.map(Float).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f32>, D::Error> {
        Ok(Option::<Float>::deserialize(deserializer)?.map(|x| x.0))
    }
}

/// Lists of floats.
pub(crate) mod list {
    use super::{Deserialize, Deserializer, Float, Serializer};

    pub(crate) fn serialize<S: Serializer>(list: &[f32], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(list.iter().map(|x| Float(*x)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f32>, D::Error> {
        Ok(Vec::<Float>::deserialize(deserializer)?.into_iter().map(|x| x.0).collect())
    }
}

/// Lists of floats of which some may be missing.
pub(crate) mod option_list {
    use super::{Deserialize, Deserializer, Float, Serializer};

    pub(crate) fn serialize<S: Serializer>(list: &[Option<f32>], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(list.iter().map(|x| x.map(Float)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Option<f32>>, D::Error> {
        let list = Vec::<Option<Float>>::deserialize(deserializer)?;
        Ok(list.into_iter().map(|x| x.map(|x| x.0)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(bits: u32) -> u32 {
        let json = serde_json::to_string(&Float(f32::from_bits(bits))).unwrap();
        serde_json::from_str::<Float>(&json).unwrap().0.to_bits()
    }

    #[test]
    fn every_bit_comes_back() {
        let named = [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, -f32::NAN, 0.0, -0.0, f32::MIN, f32::MAX];
        // A step that is coprime with 2^32 visits every part of the range.
        let spread = (0..200_000_u32).map(|i| i.wrapping_mul(2_654_435_761));
        for bits in named.map(f32::to_bits).into_iter().chain(spread).chain(0x7f7f_ff00..0x7f80_0100) {
            assert_eq!(again(bits), bits, "{bits:08x}");
        }
    }

    #[test]
    fn what_is_no_float_is_refused() {
        for json in ["1e39", "\"NaN\"", "\"nan:3f800000\"", "\"nan:+fc00000\"", "\"1\"", "null", "true"] {
            assert!(serde_json::from_str::<Float>(json).is_err(), "{json}");
        }
        assert_eq!(serde_json::from_str::<Float>("5").unwrap().0.to_bits(), 5_f32.to_bits());
    }
}
