use std::borrow::Cow;
use std::fmt;

use serde_json::{Value, json};
use thiserror::Error as ThisError;

/// The types of errors: those of htsget §"Errors", then failures of HTTP itself.
///
/// A failure of HTTP has the name of the specification that is nearest to it, since clients decode
/// nothing else, and its own status. There is no 406: `Accept` is never a reason to refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// The credentials are missing or not valid.
    InvalidAuthentication,
    /// The credentials do not allow this.
    PermissionDenied,
    /// There is no such id or reference sequence.
    NotFound,
    /// The body of a `POST` is too large.
    PayloadTooLarge,
    /// The format is not served.
    UnsupportedFormat,
    /// The request does not keep to the specification.
    InvalidInput,
    /// The range cannot be satisfied.
    InvalidRange,
    /// The server failed (in the OpenAPI description only).
    InternalServerError,
    /// The method is not one of the resource.
    MethodNotAllowed,
    /// The client was too slow.
    RequestTimeout,
    /// The URL is too long.
    UriTooLong,
    /// The body is encoded in a way that is not understood.
    UnsupportedMediaType,
    /// No byte of the wanted range exists.
    RangeNotSatisfiable,
    /// The client asks too often.
    TooManyRequests,
    /// The header fields are too long.
    HeaderFieldsTooLarge,
    /// A server behind this one failed.
    BadGateway,
    /// The server is busy or going down.
    ServiceUnavailable,
    /// A server behind this one was too slow.
    GatewayTimeout,
}

impl ErrorKind {
    /// Every kind, those of the specification first.
    pub const ALL: [Self; 18] = [
        Self::InvalidAuthentication,
        Self::PermissionDenied,
        Self::NotFound,
        Self::PayloadTooLarge,
        Self::UnsupportedFormat,
        Self::InvalidInput,
        Self::InvalidRange,
        Self::InternalServerError,
        Self::MethodNotAllowed,
        Self::RequestTimeout,
        Self::UriTooLong,
        Self::UnsupportedMediaType,
        Self::RangeNotSatisfiable,
        Self::TooManyRequests,
        Self::HeaderFieldsTooLarge,
        Self::BadGateway,
        Self::ServiceUnavailable,
        Self::GatewayTimeout,
    ];

    /// The name in the reply, always one of the specification, and the HTTP status.
    const fn row(self) -> (&'static str, u16) {
        match self {
            Self::InvalidAuthentication => ("InvalidAuthentication", 401),
            Self::PermissionDenied => ("PermissionDenied", 403),
            Self::NotFound => ("NotFound", 404),
            Self::PayloadTooLarge => ("PayloadTooLarge", 413),
            Self::UnsupportedFormat => ("UnsupportedFormat", 400),
            Self::InvalidInput => ("InvalidInput", 400),
            Self::InvalidRange => ("InvalidRange", 400),
            Self::InternalServerError => ("InternalServerError", 500),
            Self::MethodNotAllowed => ("InvalidInput", 405),
            Self::RequestTimeout => ("InvalidInput", 408),
            Self::UriTooLong => ("PayloadTooLarge", 414),
            Self::UnsupportedMediaType => ("InvalidInput", 415),
            Self::RangeNotSatisfiable => ("InvalidRange", 416),
            Self::TooManyRequests => ("PermissionDenied", 429),
            Self::HeaderFieldsTooLarge => ("PayloadTooLarge", 431),
            Self::BadGateway => ("InternalServerError", 502),
            Self::ServiceUnavailable => ("InternalServerError", 503),
            Self::GatewayTimeout => ("InternalServerError", 504),
        }
    }

    /// The `error` of the reply.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The HTTP status of the reply.
    pub fn status(self) -> u16 {
        self.row().1
    }

    /// The kind of a reply, by its status and the name in it; of an unknown pair the name decides, then
    /// the class of the status.
    fn of_reply(status: u16, name: &str) -> Self {
        let find = |wanted: &dyn Fn(Self) -> bool| Self::ALL.into_iter().find(|kind| wanted(*kind));
        find(&|kind| kind.name() == name && kind.status() == status)
            .or_else(|| find(&|kind| kind.name() == name))
            .or_else(|| find(&|kind| kind.status() == status && status != 400))
            .unwrap_or(if status < 500 { Self::InvalidInput } else { Self::InternalServerError })
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The answer to a request that fails.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("{kind}: {message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hint: Option<Cow<'static, str>>,
}

impl Error {
    /// An error that says which parameter is wrong, and how.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    /// The same error with what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same error, saying where it is.
    pub(crate) fn within(mut self, place: &str) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// What went wrong, in one word.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The HTTP status of the reply.
    pub fn status(&self) -> u16 {
        self.kind.status()
    }

    /// What went wrong, without advice.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The body of the reply, to be sent as [`crate::media_type::ERROR`].
    pub fn to_json(&self) -> String {
        let message = match &self.hint {
            Some(hint) => format!("{}; {hint}", self.message),
            None => self.message.clone(),
        };
        json!({"htsget": {"error": self.kind.name(), "message": message}}).to_string()
    }

    /// Reads the body of a reply with an error's status, or nothing when it is not an htsget error.
    pub fn from_json(status: u16, body: &[u8]) -> Option<Self> {
        let reply: Value = serde_json::from_slice(body).ok()?;
        let error = reply.get("htsget")?;
        let name = error.get("error")?.as_str()?;
        let message = error.get("message").and_then(Value::as_str).unwrap_or(name);
        let message: String = message.chars().take(REPLY_LIMIT).collect();
        Some(Self::new(ErrorKind::of_reply(status, name), message))
    }
}

/// Characters that are kept of a message that another server wrote.
const REPLY_LIMIT: usize = 1000;

/// Characters of a request that a message repeats.
const EXCERPT_LIMIT: usize = 100;

/// The beginning of a text of any length, fit for a message: control characters are replaced.
pub(crate) fn excerpt(text: &str) -> String {
    let visible = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let mut short: String = text.chars().take(EXCERPT_LIMIT).map(visible).collect();
    if text.chars().nth(EXCERPT_LIMIT).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn errors_have_the_status_of_the_specification() {
        let table = [
            ("InvalidAuthentication", 401),
            ("PermissionDenied", 403),
            ("NotFound", 404),
            ("PayloadTooLarge", 413),
            ("UnsupportedFormat", 400),
            ("InvalidInput", 400),
            ("InvalidRange", 400),
            ("InternalServerError", 500),
        ];
        assert_eq!(ErrorKind::ALL.map(ErrorKind::row).get(..8), Some(&table[..]));
    }

    #[test]
    fn d5_failures_of_http_have_a_name_that_clients_decode() {
        let specified: BTreeSet<_> = ErrorKind::ALL.iter().take(7).map(|kind| kind.name()).collect();
        for kind in ErrorKind::ALL {
            // noodles-htsget reads an error from 4xx only and knows the seven names of the text.
            assert_eq!(kind.status() < 500, specified.contains(kind.name()), "{kind:?}");
            assert!((400..600).contains(&kind.status()));
        }
    }

    #[test]
    fn errors_are_written_as_htsget_json() {
        let error = Error::new(ErrorKind::NotFound, "no id `x\"y`").with_hint("look");
        assert_eq!(error.to_json(), r#"{"htsget":{"error":"NotFound","message":"no id `x\"y`; look"}}"#);
        assert_eq!(error.to_string(), "NotFound: no id `x\"y`");
    }

    #[test]
    fn errors_are_read_back() {
        for kind in ErrorKind::ALL {
            let error = Error::new(kind, "why");
            assert_eq!(Error::from_json(kind.status(), error.to_json().as_bytes()), Some(error));
        }
        let of = |status, body: &str| Error::from_json(status, body.as_bytes()).map(|e| e.kind());
        assert_eq!(of(404, r#"{"htsget":{"error":"NoSuchThing"}}"#), Some(ErrorKind::NotFound));
        assert_eq!(of(418, r#"{"htsget":{"error":"Teapot"}}"#), Some(ErrorKind::InvalidInput));
        assert_eq!(of(599, r#"{"htsget":{"error":"?"}}"#), Some(ErrorKind::InternalServerError));
        assert_eq!(of(404, "Not Found"), None);
    }

    #[test]
    fn excerpts_are_short_and_visible() {
        assert_eq!(excerpt("chr1"), "chr1");
        assert_eq!(excerpt("a\nb"), "a\u{fffd}b");
        assert_eq!(excerpt(&"é".repeat(200)).chars().count(), 101);
    }
}
