use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::quantity::{self, Quantity, first_term};

/// Units and their milliseconds, in the order in which they are written.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// A length of time, written as whole seconds or with units as in `1h30m`. Not shorter than
/// milliseconds can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    millis: u64,
}

/// The text is not a length of time.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is not {}", Period::EXPECTED)]
pub struct InvalidPeriod {
    /// As it was given.
    pub text: String,
}

impl Period {
    /// A number of milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self { millis }
    }

    /// A number of seconds.
    pub const fn from_secs(seconds: u32) -> Self {
        // `From` is not const, and this widens.
        Self { millis: seconds as u64 * 1000 }
    }

    /// The length of time.
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.millis)
    }
}

impl Quantity for Period {
    const EXPECTED: &'static str = "a duration: whole seconds, or text such as `15m` or `1h30m`";

    fn from_number(number: u64) -> Option<Self> {
        number.checked_mul(1000).map(Self::from_millis)
    }
}

impl FromStr for Period {
    type Err = InvalidPeriod;

    fn from_str(text: &str) -> Result<Self, InvalidPeriod> {
        let invalid = || InvalidPeriod { text: text.to_owned() };
        if let Ok(seconds) = text.trim().parse() {
            return Self::from_number(seconds).ok_or_else(invalid);
        }
        sum(text.trim()).map(Self::from_millis).ok_or_else(invalid)
    }
}

/// The milliseconds of terms whose units become smaller.
fn sum(text: &str) -> Option<u64> {
    let mut units = UNITS.as_slice();
    let (mut rest, mut total) = (text, 0u64);
    loop {
        let (number, unit, after) = first_term(rest);
        let at = units.iter().position(|(name, _)| *name == unit)?;
        let (_, millis) = units.get(at)?;
        let term = number.parse::<u64>().ok()?.checked_mul(*millis)?;
        total = total.checked_add(term)?;
        (units, rest) = (units.get(at + 1..)?, after.trim_start());
        if rest.is_empty() {
            return Some(total);
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.millis;
        if rest == 0 {
            return f.write_str("0s");
        }
        for (name, millis) in UNITS {
            if rest >= millis {
                write!(f, "{}{name}", rest / millis)?;
                rest %= millis;
            }
        }
        Ok(())
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        quantity::deserialize(deserializer)
    }
}

impl JsonSchema for Period {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "duration",
            "description": "Whole seconds, or text with units, the largest first: d, h, m, s, ms.",
            "type": ["integer", "string"],
            "minimum": 0,
            "pattern": "^\\s*([0-9]+|([0-9]+\\s*(d|h|m|s|ms)\\s*)+)\\s*$",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn units_follow_their_numbers() {
        for (text, millis) in [
            ("0", 0),
            ("90", 90_000),
            ("15m", 900_000),
            (" 1h30m ", 5_400_000),
            ("1 h 30 m", 5_400_000),
            ("30d", 2_592_000_000),
            ("1s500ms", 1500),
        ] {
            assert_eq!(text.parse(), Ok(Period { millis }), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "m", "-1", "1.5h", "5 min", "30m1h", "1h1h", "1h30", "999999999999d", "5M"] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
        let error = "5 min".parse::<Period>().unwrap_err().to_string();
        assert_eq!(error, "`5 min` is not a duration: whole seconds, or text such as `15m` or `1h30m`");
    }

    proptest! {
        #[test]
        fn durations_read_back(number in any::<u64>(), shift in 0u32..64) {
            let period = Period { millis: number >> shift };
            prop_assert_eq!(period.to_string().parse(), Ok(period));
        }
    }
}
