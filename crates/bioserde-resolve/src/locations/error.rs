use std::io;

use thiserror::Error;

/// Why a location cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InvalidLocation {
    /// There is no location at all.
    #[error("there is no location to look for files in")]
    None,
    /// A path cannot be resolved.
    #[error("{path}: cannot be opened")]
    Unreachable {
        /// As it was given.
        path: String,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A path is not of a folder.
    #[error("{path}: is not a folder")]
    NoFolder {
        /// As it was given.
        path: String,
    },
    /// A path is not of a regular file.
    #[error("{path}: is not a regular file")]
    NoFile {
        /// As it was given.
        path: String,
    },
    /// An id that no request can have.
    #[error("`{id}` cannot be an id")]
    Id {
        /// As it was given.
        id: String,
    },
    /// A prefix that no id can have.
    #[error("`{prefix}` cannot be the beginning of an id")]
    Prefix {
        /// As it was given.
        prefix: String,
    },
    /// A regular expression is malformed.
    #[error("the regular expression `{regex}` cannot be used")]
    Regex {
        /// As it was given.
        regex: String,
        /// What is wrong with it.
        source: Box<regex::Error>,
    },
    /// A substitution names a group that the regular expression lacks.
    #[error("the substitution `{substitution}` has `{group}`, and `{regex}` has no such group")]
    Group {
        /// As it was given.
        substitution: String,
        /// The name or number, without the dollar sign and braces.
        group: String,
        /// As it was given.
        regex: String,
    },
}

impl InvalidLocation {
    /// A short piece of advice, where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoFolder { .. } => Some("one file is served under an id of its own"),
            Self::Id { .. } | Self::Prefix { .. } => {
                Some("ids are segments with `/` between them, none of which is empty or begins with a dot")
            }
            Self::Group { .. } => {
                Some("in `$1x` the name is `1x`; braces end a name, as in `${1}x`, and `$$` is a dollar sign")
            }
            _ => None,
        }
    }
}
