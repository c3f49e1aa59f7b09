use std::fmt;

use serde_json::Value;

/// Whom a valid token speaks for.
#[derive(Clone, PartialEq)]
pub struct Caller {
    claims: Value,
    expires: u64,
}

impl Caller {
    /// `claims` is a JSON object.
    pub(super) fn new(claims: Value, expires: u64) -> Self {
        Self { claims, expires }
    }

    /// The `sub` of the token (RFC 7519 §4.1.2), if it has one.
    pub fn subject(&self) -> Option<&str> {
        self.claim("sub")?.as_str()
    }

    /// A claim of the token. A name that begins with `/` is a JSON pointer (RFC 6901).
    pub fn claim(&self, name: &str) -> Option<&Value> {
        if name.starts_with('/') { self.claims.pointer(name) } else { self.claims.get(name) }
    }

    /// The `exp` of the token (RFC 7519 §4.1.4), in seconds since 1970-01-01 UTC.
    pub fn expires(&self) -> u64 {
        self.expires
    }
}

/// Claims can be personal: only the subject is shown.
impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("subject", &self.subject())
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}
