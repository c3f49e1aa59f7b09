use std::io;

use thiserror::Error;

/// The result of a storage operation.
pub type Result<T> = std::result::Result<T, Error>;

/// Why bytes could not be read or written. The path is part of every message.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("{path}: cannot {action}")]
    Io {
        /// The path as the user gave it.
        path: String,
        /// What was tried, such as `open`.
        action: &'static str,
        /// The operating system's answer.
        source: io::Error,
    },
    /// The output exists already and may not be replaced.
    #[error("{path}: the file exists")]
    Exists {
        /// The path as the user gave it.
        path: String,
    },
    /// An encrypted file cannot be read, or made.
    #[error("{path}: cannot {action}")]
    Crypt4gh {
        /// The path as the user gave it.
        path: String,
        /// `decrypt` or `encrypt`.
        action: &'static str,
        /// Why.
        source: bioserde_crypt4gh::Error,
    },
    /// A place other than the beginning of a stream was asked for.
    #[error("{path}: a stream can be read only once, from its beginning")]
    NotSeekable {
        /// The path as the user gave it.
        path: String,
    },
}

impl Error {
    pub(crate) fn io(path: &str, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, action, source }
    }

    /// A short piece of advice, where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Exists { .. } => Some("--overwrite replaces it"),
            Self::Crypt4gh { source: bioserde_crypt4gh::Error::KeyNeeded, .. } => Some(
                "--decrypt-key FILE, or the variable C4GH_SECRET_KEY, names your secret key; C4GH_PASSPHRASE opens one that is locked",
            ),
            Self::Crypt4gh { source: bioserde_crypt4gh::Error::NoKeyFits { .. }, .. } => {
                Some("whoever encrypted it has to do so for your public key")
            }
            Self::Crypt4gh { source, .. } if source.is_truncation() => {
                Some("the file may not have been copied or downloaded to its end")
            }
            Self::NotSeekable { .. } => {
                Some("regions of a stream are found by a full scan; give a path to use an index")
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("nothing was left behind under the output's name")
            }
            Self::Io { .. } | Self::Crypt4gh { .. } => None,
        }
    }

    /// Whether the reader of a pipe went away.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }
}
