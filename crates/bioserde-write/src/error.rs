use arrow_schema::ArrowError;
use thiserror::Error;

/// The result of writing.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an output could not be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// Bytes could not be written.
    #[error(transparent)]
    Storage(#[from] bioserde_storage::Error),
    /// The Parquet library refused.
    #[error("{path}: Parquet cannot be written")]
    Parquet {
        /// The output.
        path: String,
        /// The library's answer.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The Arrow library refused.
    #[error("{path}: the batch cannot be written")]
    Arrow {
        /// The output.
        path: String,
        /// The library's answer.
        source: ArrowError,
    },
    /// SQLite refused.
    #[error("{path}: SQLite cannot {action}")]
    Sqlite {
        /// The output.
        path: String,
        /// What was tried.
        action: &'static str,
        /// SQLite's answer.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The format needs a file.
    #[error("{path}: {format} cannot be written to a pipe")]
    NeedsFile {
        /// The output.
        path: String,
        /// The format.
        format: &'static str,
    },
    /// The compression is not one of the format's.
    #[error("{format} has no compression `{given}`; it has {known}")]
    UnknownCompression {
        /// The format.
        format: &'static str,
        /// As given.
        given: String,
        /// The names of those it has.
        known: String,
    },
    /// The format has no choice of compression.
    #[error("{format} has no choice of compression, but `{given}` was given")]
    NoCompression {
        /// The format.
        format: &'static str,
        /// As given.
        given: String,
    },
    /// The format cannot hold values of a column's type.
    #[error("column `{column}`: values of type {data_type} cannot be written in this format")]
    UnsupportedType {
        /// The column.
        column: String,
        /// Its Arrow type.
        data_type: String,
    },
    /// A unit was given to a sink that did not make its encoder.
    #[error("a unit was appended to a sink of another kind")]
    ForeignUnit,
}

impl Error {
    /// A short piece of advice, where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Storage(e) => e.hint(),
            Self::NeedsFile { .. } => Some("give a path"),
            _ => None,
        }
    }
}
