//! The one place where what goes wrong becomes an HTTP reply.

use axum::response::{IntoResponse, Response};
use bioserde_htsget::{Error, ErrorKind, media_type};
use bioserde_read::ErrorKind as ReadErrorKind;
use bioserde_storage::Error as StorageError;
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

use crate::auth::Rejection;

/// A reply that is an error: htsget JSON, whatever went wrong (htsget §"Errors").
#[derive(Debug)]
pub(crate) struct Failure {
    error: Error,
    /// The value of `WWW-Authenticate`.
    challenge: Option<String>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, challenge: None }
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        let challenge = rejection.www_authenticate().map(str::to_owned);
        Self { error: rejection.into_error(), challenge }
    }
}

impl From<bioserde_read::Error> for Failure {
    /// The file of an id is at fault: who asked learns that, and the log learns where.
    fn from(error: bioserde_read::Error) -> Self {
        tracing::error!(error = %Chain(&error), "a file cannot be read");
        if let ReadErrorKind::Storage(StorageError::Crypt4gh { source, .. }) = error.kind()
            && source.is_shut()
        {
            let message = "the file behind this id is encrypted, and the server has no key to it";
            return Self::new(ErrorKind::UnsupportedFormat, message);
        }
        Self::internal("the file behind this id cannot be read")
    }
}

impl Failure {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error::new(kind, message).into()
    }

    pub(crate) fn internal(message: &'static str) -> Self {
        Self::new(ErrorKind::InternalServerError, message)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let content_type = [(CONTENT_TYPE, HeaderValue::from_static(media_type::ERROR))];
        let mut response = (status, content_type, self.error.to_json()).into_response();
        if let Some(value) = self.challenge.and_then(|text| HeaderValue::from_str(&text).ok()) {
            response.headers_mut().insert(WWW_AUTHENTICATE, value);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// An error with its causes, in one line.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
