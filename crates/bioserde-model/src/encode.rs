use std::fmt::Display;

/// A value of a model that a format cannot hold: written, it would be lost or another one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} `{value}` {what}")]
pub struct EncodeError {
    /// By the name of the specification: `QNAME`, `tag NM`, `INFO DP`.
    pub field: String,
    /// The value, shortened.
    pub value: String,
    /// What the format asks for.
    pub what: &'static str,
}

impl EncodeError {
    pub(crate) fn new(field: impl Display, value: impl Display, what: &'static str) -> Self {
        let value = value.to_string().chars().take(40).collect();
        Self { field: field.to_string(), value, what }
    }
}

/// What it means that a value is encoded.
pub(crate) type Result<T = ()> = std::result::Result<T, EncodeError>;

/// An integer as its digits.
pub(crate) fn append_integer(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// The text that was appended to nothing.
pub(crate) fn into_string(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|e| EncodeError::new("the record", e.utf8_error(), "is not UTF-8"))
}

/// Says that a float has no text if its bits would not come back.
pub(crate) fn check_float(value: f32, field: impl Display) -> Result {
    if value.is_nan() && value.to_bits() != f32::NAN.to_bits() {
        let bits = format_args!("nan:{:08x}", value.to_bits()).to_string();
        return Err(EncodeError::new(field, bits, "has bits that `nan` does not tell"));
    }
    Ok(())
}
