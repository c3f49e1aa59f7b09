use std::borrow::Cow;
use std::fmt;

use http::Uri;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Period;
use super::url::has_host;

/// Which web pages may use the server from a browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cors {
    /// The origins of pages that may: `"mirror"` is all, each of which is told its own name, as htsget
    /// asks for; `"any"` is all, which are told `*` and may send no credentials; a list has some.
    pub origins: CorsOrigins,
    /// How long a browser may keep the answer to its question beforehand.
    pub max_age: Period,
}

impl Default for Cors {
    fn default() -> Self {
        Self { origins: CorsOrigins::Mirror, max_age: Period::from_secs(2_592_000) }
    }
}

/// The origins of web pages that may use the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorsOrigins {
    /// All, and each is told its own name.
    Mirror,
    /// All, and they are told `*`.
    Any,
    /// These: scheme, host, and port where it is not the usual one, in lower case.
    List(Vec<String>),
}

const EXPECTED: &str = "\"mirror\", \"any\", or a list of origins such as `https://example.org`";

/// The origin as browsers write it, if the text is one (RFC 6454 §6.2).
fn origin(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let (scheme, host) = text.split_once("://")?;
    let uri: Uri = text.parse().ok()?;
    let is_origin = uri.scheme_str() == Some(scheme) && !host.contains(['/', '?', '#']) && has_host(&uri);
    is_origin.then_some(text)
}

struct Visitor;

impl<'de> de::Visitor<'de> for Visitor {
    type Value = CorsOrigins;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<CorsOrigins, E> {
        match text {
            "mirror" => Ok(CorsOrigins::Mirror),
            "any" => Ok(CorsOrigins::Any),
            _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<CorsOrigins, A::Error> {
        let mut origins = Vec::new();
        while let Some(text) = list.next_element::<String>()? {
            let message = format_args!("`{text}` is no origin, which is written as in `https://example.org`")
                .to_string();
            origins.push(origin(&text).ok_or_else(|| de::Error::custom(message))?);
        }
        Ok(CorsOrigins::List(origins))
    }
}

impl<'de> Deserialize<'de> for CorsOrigins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for CorsOrigins {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Mirror => serializer.serialize_str("mirror"),
            Self::Any => serializer.serialize_str("any"),
            Self::List(origins) => origins.serialize(serializer),
        }
    }
}

impl JsonSchema for CorsOrigins {
    fn schema_name() -> Cow<'static, str> {
        "CorsOrigins".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "`\"mirror\"`, `\"any\"` or list of strings",
            "anyOf": [
                {"enum": ["mirror", "any"]},
                {"type": "array", "items": {"type": "string", "format": "uri"}},
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_no_path() {
        for good in ["https://example.org", "http://localhost:3000", "HTTPS://Example.org", "http://[::1]:80"]
        {
            assert_eq!(origin(good), Some(good.to_lowercase()), "{good}");
        }
        for bad in [
            "",
            "null",
            "*",
            "example.org",
            "https://",
            "https://a/",
            "https://a/b",
            "https://u@a",
            "https://a:",
            "https://a:99999",
            "https://*.a b",
        ] {
            assert_eq!(origin(bad), None, "{bad}");
        }
    }
}
