use std::fmt::Display;

use serde::de::{Error, Expected, Unexpected};

use crate::Fault;

impl Error for Fault {
    fn custom<T: Display>(text: T) -> Self {
        Self::Other(text.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, wants: &dyn Expected) -> Self {
        let wants = wants.to_string();
        match found {
            Unexpected::Option | Unexpected::Unit => Self::Null { wants },
            _ => Self::Type { wants },
        }
    }

    fn invalid_value(found: Unexpected<'_>, wants: &dyn Expected) -> Self {
        let value = match found {
            Unexpected::Signed(n) => n.to_string(),
            Unexpected::Unsigned(n) => n.to_string(),
            Unexpected::Float(x) => x.to_string(),
            other => other.to_string(),
        };
        Self::Value { value, wants: wants.to_string() }
    }
}
