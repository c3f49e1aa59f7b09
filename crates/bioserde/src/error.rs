use std::fmt;

use arrow_schema::DataType;
use thiserror::Error as ThisError;

/// The result of reading and writing.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something cannot be read or written.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// An input is faulty.
    #[error(transparent)]
    Read(#[from] bioserde_read::Error),
    /// A table that holds no records is faulty.
    #[error(transparent)]
    Table(#[from] bioserde_table::Error),
    /// An output cannot be written.
    #[error(transparent)]
    Write(#[from] bioserde_write::Error),
    /// Records cannot become an output.
    #[error(transparent)]
    Convert(#[from] bioserde_convert::Error),
    /// A field of a struct, or a column that was asked for, is named like no column.
    #[error(
        "{path}: there is no column `{name}`{}",
        .nearest.as_ref().map(|n| format!("; did you mean `{n}`")).unwrap_or_default()
    )]
    NoColumn {
        /// The input.
        path: String,
        /// The name.
        name: String,
        /// The most similar column.
        nearest: Option<String>,
    },
    /// A column whose values have no serde form.
    #[error("{path}: column `{column}` is {data_type}, which no field can hold")]
    UnsupportedType {
        /// The input.
        path: String,
        /// The column.
        column: String,
        /// Its Arrow type.
        data_type: DataType,
    },
    /// A row that does not fit its struct, or the other way round.
    #[error("{path}: row {row}: {fault}")]
    Row {
        /// The input or output.
        path: String,
        /// 1-based, among the rows read or written.
        row: u64,
        /// What does not fit.
        fault: Box<Fault>,
    },
    /// Records were asked of a table that tells no header.
    #[error("{path}: the table holds rows, but does not tell the header of records")]
    NotRecords {
        /// The input.
        path: String,
    },
    /// Records of one family were asked of a file of the other.
    #[error("{path}: it holds {found}, not {wanted}")]
    OtherFamily {
        /// The input.
        path: String,
        /// What it holds: `reads` or `variants`.
        found: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },
    /// A choice of columns was made for records, which are whole.
    #[error("{path}: `{option}` chooses columns, and records are whole")]
    OptionForRecords {
        /// The input.
        path: String,
        /// The method.
        option: &'static str,
    },
    /// A choice was made that only records have.
    #[error("{path}: `{option}` is of records, and the table does not tell of which its rows are")]
    OptionForRows {
        /// The input.
        path: String,
        /// The method.
        option: &'static str,
    },
    /// A file of intervals cannot be read.
    #[error("{path}: cannot read")]
    RegionsFile {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The path's ending names no format.
    #[error("{path}: its name does not tell the format")]
    UnknownFormat {
        /// The output.
        path: String,
    },
    /// No format has this name.
    #[error("{path}: there is no output format `{name}`")]
    NoFormat {
        /// The output.
        path: String,
        /// The name.
        name: String,
    },
    /// The thread that writes could not be started.
    #[error("{path}: the thread that writes cannot be started")]
    Spawn {
        /// The output.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The format has records, or rows, and the others were to be written.
    #[error("{path}: {format} holds {holds}")]
    WrongFormat {
        /// The output.
        path: String,
        /// The format.
        format: &'static str,
        /// `alignments`, `variants` or `records, not rows`.
        holds: &'static str,
    },
    /// A record that the format cannot hold.
    #[error("{path}: record {record}: {source}")]
    Encode {
        /// The output.
        path: String,
        /// 1-based.
        record: u64,
        /// Why.
        source: bioserde_model::EncodeError,
    },
    /// The rows were batches of Arrow that do not fit together. That is a fault of this library.
    #[error("{path}: the rows cannot be laid out")]
    Arrow {
        /// The output.
        path: String,
        /// Why.
        source: arrow_schema::ArrowError,
    },
    /// Something failed before, so that the output cannot be whole.
    #[error("{path}: an earlier row or record failed: the output would not be whole, and was not written")]
    Failed {
        /// The output.
        path: String,
    },
    /// The thread that writes ended in a panic. That is a fault of this library.
    #[error("{path}: the thread that writes has ended; this is a fault of bioserde, please report it")]
    Thread {
        /// The output.
        path: String,
    },
}

impl Error {
    /// A short piece of advice, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read(e) => e.hint(),
            Self::Table(e) => e.hint().map(ToString::to_string),
            Self::Write(e) => e.hint().map(str::to_owned),
            Self::Convert(e) => e.hint(),
            Self::Row { fault, .. } => fault.hint().map(str::to_owned),
            Self::NoColumn { .. } => Some(
                "`bioserde schema FILE` prints the columns; a field that may have none is `#[serde(default)]` \
                 or named to `Reader::optional`"
                    .to_owned(),
            ),
            Self::NotRecords { .. } => {
                Some("name a file with that header, such as the original: OpenOptions::header_from".to_owned())
            }
            Self::UnknownFormat { .. } => Some("name the format: Writer::format".to_owned()),
            _ => None,
        }
    }
}

/// What does not fit between a row and a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Of values of another type than the struct wants; told with the column by [`Fault::Column`].
    Type {
        /// What the struct wants, in serde's words.
        wants: String,
    },
    /// Of no value where the struct wants one.
    Null {
        /// What the struct wants.
        wants: String,
    },
    /// Of a value that the struct's type cannot hold.
    Value {
        /// The value.
        value: String,
        /// What the struct wants.
        wants: String,
    },
    /// Of values written: the column has one type, and the row another.
    Mixed {
        /// What the row has.
        given: String,
    },
    /// What a type's own code says.
    Other(String),
    /// Any of these, in a column.
    Column {
        /// Its name.
        column: String,
        /// Its Arrow type; nothing where no value was seen yet.
        data_type: Option<DataType>,
        /// What does not fit.
        fault: Box<Fault>,
    },
}

impl Fault {
    pub(crate) fn in_column(self, column: &str, data_type: Option<&DataType>) -> Self {
        match self {
            Self::Column { .. } => self,
            fault => {
                let data_type = data_type.cloned();
                Self::Column { column: column.to_owned(), data_type, fault: Box::new(fault) }
            }
        }
    }

    pub(crate) fn at(self, path: &str, row: u64) -> Error {
        Error::Row { path: path.to_owned(), row, fault: Box::new(self) }
    }

    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Null { .. } => Some("make the field an Option"),
            Self::Column { fault, .. } => fault.hint(),
            _ => None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column { column, data_type: Some(data_type), fault } => match fault.as_ref() {
                Self::Type { .. } | Self::Mixed { .. } => {
                    write!(f, "column `{column}` is {data_type}, {fault}")
                }
                fault => write!(f, "column `{column}` ({data_type}): {fault}"),
            },
            Self::Column { column, data_type: None, fault } => write!(f, "column `{column}`: {fault}"),
            Self::Type { wants } => write!(f, "the field wants {wants}"),
            Self::Null { wants } => write!(f, "there is no value, the field wants {wants}"),
            Self::Value { value, wants } => write!(f, "{value} does not fit, the field wants {wants}"),
            Self::Mixed { given } => write!(f, "the row has {given}"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Fault {}
