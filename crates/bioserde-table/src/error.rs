use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use arrow_schema::DataType;
use thiserror::Error;

use crate::TableFormat;

/// The result of reading a table.
pub type Result<T> = std::result::Result<T, Error>;

/// What another library says of a file.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A row, from 1.
    Row(u64),
    /// Some rows, the first and the last, from 1.
    Rows(u64, u64),
    /// A line of text, from 1.
    Line(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(row) => write!(f, "row {row}"),
            Self::Rows(first, last) => write!(f, "rows {first} to {last}"),
            Self::Line(line) => write!(f, "line {line}"),
        }
    }
}

/// Why a table could not be read. The path is part of every message.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes could not be read.
    #[error(transparent)]
    Storage(#[from] bioserde_storage::Error),
    /// The content begins as no table does.
    #[error("{path}: not a table: neither Parquet, Arrow, SQLite nor JSON Lines")]
    Unrecognised {
        /// The path as the user gave it.
        path: String,
    },
    /// The format is read at any place, and the input is a stream.
    #[error("{path}: {format} cannot be read from a stream")]
    NeedsFile {
        /// The path as the user gave it.
        path: String,
        /// The format found.
        format: TableFormat,
    },
    /// The content is not what its format says.
    #[error("{path}: cannot {action} of the {format} table")]
    Malformed {
        /// The path as the user gave it.
        path: Arc<str>,
        /// The format found.
        format: TableFormat,
        /// What was tried, such as `read the rows`.
        action: &'static str,
        /// What is wrong.
        source: Cause,
    },
    /// The content ends too soon.
    #[error("{path}: the {format} table is cut off: {what}")]
    Truncated {
        /// The path as the user gave it.
        path: Arc<str>,
        /// The format found.
        format: TableFormat,
        /// What is missing.
        what: &'static str,
    },
    /// A line is no JSON object.
    #[error("{path}: line {line} is not a JSON object")]
    Line {
        /// The path as the user gave it.
        path: Arc<str>,
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        source: Cause,
    },
    /// A value does not fit its column.
    #[error("{path}: {place}: column `{column}`: not a value of {expected}")]
    Value {
        /// The path as the user gave it.
        path: Arc<str>,
        /// Where it stands.
        place: Place,
        /// The column's name.
        column: String,
        /// The type that the column has.
        expected: DataType,
        /// What stands there.
        source: Cause,
    },
    /// A column has a type that its format has no values for.
    #[error("{path}: column `{column}`: {format} has no values of {data_type}")]
    Type {
        /// The path as the user gave it.
        path: Arc<str>,
        /// The column's name.
        column: String,
        /// The format found.
        format: TableFormat,
        /// The type.
        data_type: DataType,
    },
    /// A row has a value that no column is there for.
    #[error("{path}: {place}: there is no column `{name}`{}", .nearest.as_ref().map(|n| format!("; did you mean `{n}`")).unwrap_or_default())]
    UnknownMember {
        /// The path as the user gave it.
        path: Arc<str>,
        /// Where it stands.
        place: Place,
        /// The member's name.
        name: String,
        /// The most similar column.
        nearest: Option<String>,
        /// Whether the columns are those of the first rows.
        is_inferred: bool,
    },
    /// A row has a member twice.
    #[error("{path}: {place}: `{name}` stands twice")]
    RepeatedMember {
        /// The path as the user gave it.
        path: Arc<str>,
        /// Where it stands.
        place: Place,
        /// The member's name.
        name: String,
    },
    /// Two columns have one name.
    #[error("{path}: two columns have the name `{name}`")]
    RepeatedColumn {
        /// The path as the user gave it.
        path: Arc<str>,
        /// The name.
        name: String,
    },
    /// A column was asked for that the table does not have.
    #[error("{path}: there is no column `{name}`{}", .nearest.as_ref().map(|n| format!("; did you mean `{n}`")).unwrap_or_default())]
    NoColumn {
        /// The path as the user gave it.
        path: Arc<str>,
        /// The name asked for.
        name: String,
        /// The most similar name.
        nearest: Option<String>,
    },
    /// Columns were chosen after rows had been read.
    #[error("{path}: columns can be chosen only before the first rows are read")]
    ProjectedLate {
        /// The path as the user gave it.
        path: Arc<str>,
    },
    /// A database has no table that is known, or two.
    #[error("{path}: neither `reads` nor `variants` is in the database, or both are; it has {tables}")]
    NoTable {
        /// The path as the user gave it.
        path: Arc<str>,
        /// The tables and views that there are.
        tables: String,
    },
    /// The metadata of a table contradict it.
    #[error("{path}: the metadata key `{key}` is not understood")]
    Metadata {
        /// The path as the user gave it.
        path: Arc<str>,
        /// The key.
        key: &'static str,
        /// What is wrong.
        source: Cause,
    },
}

impl Error {
    /// A short piece of advice, where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Storage(error) => error.hint(),
            Self::NeedsFile { .. } => {
                Some("write it to a file first; an Arrow stream or JSON Lines can be piped")
            }
            Self::Unrecognised { .. } => Some("compressed text has to be inflated first"),
            Self::Truncated { .. } => Some("copy or make the file again"),
            Self::UnknownMember { is_inferred: true, .. } => {
                Some("the columns are those of the first rows, since JSON Lines do not tell them")
            }
            Self::Value { expected: DataType::Float32, .. } => {
                Some("the column has 32-bit floats, which are 3.4e38 at most")
            }
            Self::NoTable { .. } => Some("a table or view of one of these names is read"),
            _ => None,
        }
    }
}

/// What stands where something else was expected.
#[derive(Debug, Error)]
#[error("{0}")]
pub(crate) struct Found(pub(crate) String);

/// An error of a third-party library that ended in a panic.
#[derive(Debug, Error)]
#[error("the content is inconsistent: {0}")]
pub(crate) struct Inconsistent(pub(crate) String);

/// Calls another library on content that may be damaged. Some of them panic there, which is an error like
/// any other to whoever gave the file.
pub(crate) fn guarded<T, E: Into<Cause>>(
    path: &Arc<str>,
    format: TableFormat,
    action: &'static str,
    call: impl FnOnce() -> std::result::Result<T, E>,
) -> Result<T> {
    let malformed = |source: Cause| Error::Malformed { path: Arc::clone(path), format, action, source };
    match panic::catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(|error| malformed(error.into())),
        Err(payload) => {
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text =
                text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("it cannot be decoded");
            Err(malformed(Box::new(Inconsistent(text.to_owned()))))
        }
    }
}
