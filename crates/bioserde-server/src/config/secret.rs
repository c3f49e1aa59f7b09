use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// Bytes that SHA-256 takes whole, and fewer than which could be guessed.
const LEAST_BYTES: usize = 32;
/// What is shown in place of a secret.
const HIDDEN: &str = "(hidden)";

/// Bytes that nobody else may know, of which at least 32. They are never shown or written.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// The text is no secret. It is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "a secret is at least {LEAST_BYTES} bytes as hexadecimal digits or base64, as from `openssl rand -hex 32`"
)]
pub struct InvalidSecret;

impl Secret {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = InvalidSecret;

    /// Digits that are all hexadecimal are taken for such.
    fn from_str(text: &str) -> Result<Self, InvalidSecret> {
        let bytes = from_hex(text).or_else(|| from_base64(text)).ok_or(InvalidSecret)?;
        if bytes.len() < LEAST_BYTES { Err(InvalidSecret) } else { Ok(Self(bytes)) }
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |c: char| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Vec<u8> = text.chars().map(digit).collect::<Option<_>>()?;
    let byte =
        |pair: &[u8]| matches!(pair, [_, _]).then(|| pair.iter().fold(0, |byte, digit| byte << 4 | digit));
    digits.chunks(2).map(byte).collect()
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let decode = |alphabet| GeneralPurpose::new(alphabet, lenient).decode(text).ok();
    decode(&STANDARD).or_else(|| decode(&URL_SAFE))
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

/// The messages of serde have values in them, so that of another type is read and passed over.
#[derive(Deserialize)]
#[serde(untagged)]
enum Form {
    Text(String),
    Other(de::IgnoredAny),
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Form::deserialize(deserializer)? {
            Form::Text(text) => text.parse().map_err(de::Error::custom),
            Form::Other(_) => Err(de::Error::custom(InvalidSecret)),
        }
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "secret",
            "description": "At least 32 bytes as hexadecimal digits or base64.",
            "type": "string",
            "minLength": 43,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hexadecimal_or_base64() {
        let bytes: Vec<u8> = (0..32).map(|i| 255 - i * 7).collect();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let plain = base64::engine::general_purpose::STANDARD.encode(&bytes);
        let url = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&bytes);
        assert!(plain.contains(['+', '/']) && url.contains(['-', '_']));
        for text in [hex.clone(), hex.to_uppercase(), plain.trim_end_matches('=').to_owned(), plain, url] {
            assert_eq!(text.parse::<Secret>().unwrap().bytes(), bytes, "{text}");
        }
    }

    #[test]
    fn a_secret_that_can_be_guessed_is_refused() {
        for text in ["", "secret", &"ab".repeat(31), &"a".repeat(65), HIDDEN, &"A".repeat(42), "é"] {
            assert_eq!(text.parse::<Secret>(), Err(InvalidSecret), "{text}");
        }
    }

    #[test]
    fn a_secret_is_never_shown() {
        let secret: Secret = "ab".repeat(32).parse().unwrap();
        assert_eq!(format!("{secret:?}"), HIDDEN);
        assert_eq!(serde_json::to_string(&secret).unwrap(), format!("\"{HIDDEN}\""));
    }
}
