use thiserror::Error;

/// The result of the engine's work.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the work could not be done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// An input is faulty.
    #[error(transparent)]
    Read(#[from] bioserde_read::Error),
    /// The output cannot be written.
    #[error(transparent)]
    Write(#[from] bioserde_write::Error),
    /// There is nothing to read.
    #[error("no input was given")]
    NoInput,
    /// The output is one of the inputs.
    #[error("{path}: the output is also an input")]
    OwnInput {
        /// The file.
        path: String,
    },
    /// Only a BGZF file can have an index.
    #[error("{path}: only BAM, BCF, and VCF or SAM compressed by bgzip, in a file, can be indexed")]
    NotIndexable {
        /// The file.
        path: String,
    },
    /// The index's name promises another kind.
    #[error("{path}: the index of this input is of another kind than `{suffix}` says")]
    IndexName {
        /// The index.
        path: String,
        /// What its name ends with.
        suffix: &'static str,
    },
    /// The index cannot be made.
    #[error("{path}: {source}")]
    Index {
        /// The file.
        path: String,
        /// Why.
        source: bioserde_resolve::BuildError,
    },
    /// The threads could not be started.
    #[error("the worker threads could not be started")]
    Pool(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A task ended without a result. That is a fault of this program.
    #[error("a worker ended without a result; this is a fault of bioserde, please report it")]
    Worker,
    /// The user stopped the work.
    #[error("stopped; no output was written")]
    Cancelled,
}

impl From<bioserde_storage::Error> for Error {
    fn from(e: bioserde_storage::Error) -> Self {
        Self::Write(e.into())
    }
}

impl Error {
    /// A short piece of advice, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read(e) => e.hint(),
            Self::Write(e) => e.hint().map(str::to_owned),
            Self::NotIndexable { .. } => {
                Some("compress text first: bgzip FILE; of CRAM make the index by samtools".to_owned())
            }
            Self::Index { source, .. } => source.hint().map(str::to_owned),
            _ => None,
        }
    }
}
