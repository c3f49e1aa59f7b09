use std::fmt;
use std::io;
use std::path::PathBuf;

use bioserde_core::DidYouMean;
use bioserde_read::ReferenceFault;
use bioserde_resolve::InvalidLocation;
use thiserror::Error;

/// Why a configuration cannot be used. No message has a secret in it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file is not TOML.
    #[error("{layer}: {message}")]
    Syntax {
        /// Where.
        layer: Layer,
        /// What the parser says.
        message: String,
    },
    /// A key that does not exist.
    #[error("{layer}: there is no key `{key}`{}", DidYouMean(nearest))]
    UnknownKey {
        /// Where it stands.
        layer: Layer,
        /// With the names of its sections.
        key: String,
        /// Keys that may have been meant.
        nearest: Vec<String>,
    },
    /// A value that its key cannot have.
    #[error("{layer}: `{key}`: {message}")]
    Value {
        /// Where it stands.
        layer: Layer,
        /// With the names of its sections.
        key: String,
        /// What is wrong with it.
        message: String,
    },
    /// A file that the configuration names cannot be read.
    #[error("`{key}`: {path}: cannot be read", path = path.display())]
    Unreadable {
        /// With the names of its sections.
        key: &'static str,
        /// As the configuration has it.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A location cannot be used.
    #[error("`locations`")]
    Location(#[source] InvalidLocation),
    /// A reference cannot be opened.
    #[error("`cram.references`")]
    Reference(#[source] ReferenceFault),
    /// The configuration cannot be written as TOML.
    #[error("the configuration cannot be written: {message}")]
    Write {
        /// What is wrong.
        message: String,
    },
}

impl ConfigError {
    /// A short piece of advice, where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Location(InvalidLocation::None) => Some("name a folder with files to serve"),
            Self::Location(e) => e.hint(),
            Self::Reference(e) => e.hint(),
            Self::UnknownKey { .. } | Self::Value { .. } => Some("docs/config.md has all keys"),
            _ => None,
        }
    }
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layer {
    /// A place in the file.
    File {
        /// As it was given.
        path: PathBuf,
        /// 1-based.
        line: usize,
        /// 1-based, in characters.
        column: usize,
    },
    /// An environment variable.
    Variable {
        /// Its name.
        name: String,
    },
    /// A flag of the program.
    CommandLine,
    /// Several of them together.
    Together,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line, column } => write!(f, "{}:{line}:{column}", path.display()),
            Self::Variable { name } => write!(f, "environment variable {name}"),
            Self::CommandLine => f.write_str("command line"),
            Self::Together => f.write_str("configuration"),
        }
    }
}

/// What is wrong with a layer, before it is said where.
#[derive(Debug)]
pub(super) enum Fault {
    UnknownKey { key: String, nearest: Vec<String> },
    Value { key: String, message: String },
}

impl Fault {
    pub(super) fn value(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Value { key: key.into(), message: message.into() }
    }

    pub(super) fn key(&self) -> &str {
        match self {
            Self::UnknownKey { key, .. } | Self::Value { key, .. } => key,
        }
    }

    pub(super) fn at(self, layer: Layer) -> ConfigError {
        match self {
            Self::UnknownKey { key, nearest } => ConfigError::UnknownKey { layer, key, nearest },
            Self::Value { key, message } => ConfigError::Value { layer, key, message },
        }
    }
}
