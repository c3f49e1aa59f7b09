use bioserde_htsget::{Error, ErrorKind};

/// Why a request has no caller: the answer to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    error: Error,
    www_authenticate: Option<String>,
}

impl Rejection {
    /// No bearer token was sent.
    pub(super) fn missing() -> Self {
        let error = Error::new(ErrorKind::InvalidAuthentication, "the request has no bearer token")
            .with_hint("send the field `Authorization: Bearer <token>`");
        Self { error, www_authenticate: Some(REALM.to_owned()) }
    }

    /// The token is not valid. `why` has no quotes and no part of the token.
    pub(super) fn invalid(why: &'static str) -> Self {
        let error = Error::new(ErrorKind::InvalidAuthentication, why);
        let challenge = format!("{REALM}, error=\"invalid_token\", error_description=\"{why}\"");
        Self { error, www_authenticate: Some(challenge) }
    }

    /// There are no keys to check the token with.
    pub(super) fn unavailable() -> Self {
        let error =
            Error::new(ErrorKind::ServiceUnavailable, "the keys that tokens are checked with are missing")
                .with_hint("try again in some seconds");
        Self { error, www_authenticate: None }
    }

    /// The htsget error: `InvalidAuthentication` (401), or `ServiceUnavailable` (503) when the token could
    /// not be checked.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// The value of `WWW-Authenticate` (RFC 6750 §3); nothing with 503.
    pub fn www_authenticate(&self) -> Option<&str> {
        self.www_authenticate.as_deref()
    }

    /// The htsget error, which becomes the body.
    pub fn into_error(self) -> Error {
        self.error
    }
}

const REALM: &str = "Bearer realm=\"htsget\"";
