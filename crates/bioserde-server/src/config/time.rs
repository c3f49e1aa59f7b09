use std::borrow::Cow;

use bioserde_htsget::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use toml::value::Datetime;

/// A date and time of RFC 3339, with or without quotes in TOML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Time(pub Timestamp);

#[derive(Deserialize)]
#[serde(untagged)]
enum Form {
    Native(Datetime),
    Text(String),
    Other(de::IgnoredAny),
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Form::deserialize(deserializer)? {
            Form::Native(time) => time.to_string(),
            Form::Text(text) => text,
            Form::Other(_) => String::new(),
        };
        Timestamp::parse(&text).map(Self).map_err(de::Error::custom)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "time",
            "description": "A date and time of RFC 3339.",
            "type": "string",
            "format": "date-time",
        })
    }
}
