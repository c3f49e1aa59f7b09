use std::io;
use std::path::PathBuf;

use rustls::pki_types::pem;
use thiserror::Error;

/// Why a certificate cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A file is not PEM (RFC 7468).
    #[error("{}: not a PEM file", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: pem::Error,
    },
    /// A file has no certificate.
    #[error("{}: has no certificate", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A certificate cannot be read.
    #[error("{}: certificate {number} is malformed: {reason}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Which one of the file, 1-based.
        number: usize,
        /// The reason.
        reason: String,
    },
    /// A file has no private key that is not encrypted.
    #[error("{}: has no private key", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// A private key is of a kind that is not known, or malformed.
    #[error("{}: the private key cannot be used", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: rustls::Error,
    },
    /// The key belongs to another certificate.
    #[error("{}: the key does not belong to the first certificate of {}", key.display(), certificate.display())]
    Mismatch {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
    /// The cryptography cannot do TLS.
    #[error("TLS cannot be set up")]
    Provider(#[source] rustls::Error),
}

impl TlsError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoCertificate { .. } => Some("it needs a section `BEGIN CERTIFICATE`"),
            Self::NoKey { .. } => {
                Some("it needs a section `BEGIN PRIVATE KEY`; `openssl pkey` takes a passphrase off")
            }
            Self::Mismatch { .. } => {
                Some("the certificate of this server comes first, its authorities after it")
            }
            _ => None,
        }
    }
}
