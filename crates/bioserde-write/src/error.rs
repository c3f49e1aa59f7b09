use arrow_schema::ArrowError;
use bioserde_cram::{CramFault, ReferenceFault};
use bioserde_resolve::BuildError;
use bioserde_storage::bgzf::WriteBlockError;
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
    /// The format has no index.
    #[error("{format} has no index")]
    NoIndex {
        /// The format.
        format: &'static str,
    },
    /// The format has an index of its own alone.
    #[error("{format} has no CSI")]
    NoCsi {
        /// The format.
        format: &'static str,
    },
    /// CRAM cannot be made of a record.
    #[error("{path}: {source}")]
    Cram {
        /// The output.
        path: String,
        /// Why.
        source: CramFault,
    },
    /// The reference cannot be used.
    #[error(transparent)]
    Reference(#[from] ReferenceFault),
    /// The text of a SAM header declares other reference sequences than its list has.
    #[error("the @SQ lines of the header differ from its list of reference sequences, which {format} lacks")]
    ReferenceList {
        /// The format.
        format: &'static str,
    },
    /// An index lies beside its file, and the output is none.
    #[error("{path}: an index is written beside a file only")]
    IndexNeedsFile {
        /// The output.
        path: String,
    },
    /// The records cannot be indexed.
    #[error("{path}: record {record}: {source}")]
    Index {
        /// The output.
        path: String,
        /// Its number in the output, 1-based.
        record: u64,
        /// Why.
        source: BuildError,
    },
    /// The index cannot be made of what was collected.
    #[error("{path}: {source}")]
    FinishIndex {
        /// The output.
        path: String,
        /// Why.
        source: BuildError,
    },
    /// Records were to be indexed, and nothing told where they lie.
    #[error("{locations} of {records} records tell where they lie; an index needs all")]
    NoLocations {
        /// How many there are.
        records: usize,
        /// How many told.
        locations: usize,
    },
    /// A block could not be made.
    #[error(transparent)]
    Block(#[from] WriteBlockError),
    /// The header is one of the other family.
    #[error("{format} holds no {family}")]
    OtherFamily {
        /// The format.
        format: &'static str,
        /// What the header is of.
        family: &'static str,
    },
    /// The header is more than the format can hold.
    #[error("the header has too many {what} for {format}, which counts them by 32 bits")]
    HeaderTooLong {
        /// The format.
        format: &'static str,
        /// Bytes, or reference sequences.
        what: &'static str,
    },
    /// The header has a name that SAM text cannot hold.
    #[error("reference sequence `{name}` cannot be declared in {format}: SAMv1 §1.2.1 forbids its name")]
    ReferenceName {
        /// The format.
        format: &'static str,
        /// The name, with escapes.
        name: String,
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
            Self::Cram { source, .. } => source.hint(),
            Self::Reference(fault) => fault.hint(),
            Self::NeedsFile { .. } | Self::IndexNeedsFile { .. } => Some("give a path"),
            Self::Index { source, .. } | Self::FinishIndex { source, .. } => source.hint(),
            _ => None,
        }
    }
}
