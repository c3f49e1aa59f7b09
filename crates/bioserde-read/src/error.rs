use std::fmt;
use std::sync::Arc;

use bioserde_core::VirtualPosition;
use bioserde_storage::bgzf::BlockError;
use thiserror::Error;

use crate::cram::CramFault;

/// The result of reading.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an input cannot be read: the path, the place, the reason.
#[derive(Debug)]
pub struct Error {
    path: Arc<str>,
    place: Place,
    kind: Box<ErrorKind>,
}

/// Where in an input something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// 1-based, among the records read.
    pub record: Option<u64>,
    /// Where the record, or the block, starts.
    pub virtual_position: Option<VirtualPosition>,
}

/// What is wrong.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Bytes could not be had.
    #[error(transparent)]
    Storage(#[from] bioserde_storage::Error),
    /// Bytes could not be read on the way.
    #[error("cannot read")]
    Io(#[source] std::io::Error),
    /// What was made could not be written: the writer failed, not the input.
    #[error("cannot write the records")]
    Write(#[source] std::io::Error),
    /// A BGZF block is faulty.
    #[error("{0}")]
    Block(BlockError),
    /// The gzip data are faulty.
    #[error("the gzip data are corrupt or truncated")]
    Gzip(#[source] std::io::Error),
    /// A BGZF file lacks the block that marks its end.
    #[error("the end-of-file marker is missing: the file is truncated")]
    NoEofMarker,
    /// The input ends inside a record.
    #[error("the input ends inside a record ({got} bytes of it are there): it is truncated")]
    TruncatedRecord {
        /// Bytes that are there.
        got: usize,
    },
    /// The input ends inside its header.
    #[error("the input ends inside its header: it is truncated")]
    TruncatedHeader,
    /// The header is faulty.
    #[error("{0}")]
    Header(String),
    /// A record is faulty.
    #[error("{0}")]
    Record(Box<dyn std::error::Error + Send + Sync>),
    /// An index led to bytes that are no records.
    #[error("the index does not fit the file, or the file is corrupt: {0}")]
    Index(String),
    /// The containers of a CRAM file are faulty.
    #[error("offset {offset}: {fault}")]
    Cram {
        /// Of the container, or of the file definition.
        offset: u64,
        /// What is wrong.
        fault: CramFault,
    },
    /// A CRAI leads to bytes that are no container.
    #[error("the index does not fit the file, or the file is corrupt: {0}")]
    Crai(String),
    /// The resolver refused.
    #[error(transparent)]
    Resolve(#[from] bioserde_resolve::Error),
    /// A region is not one of the file's.
    #[error(transparent)]
    Region(#[from] bioserde_core::ParseRegionError),
    /// A column was asked for that the table does not have.
    #[error(transparent)]
    Projection(#[from] bioserde_schema::ProjectionError),
    /// A sample was asked for that the header does not have.
    #[error("the header has no sample `{name}`{}", .nearest.as_ref().map(|n| format!("; did you mean `{n}`")).unwrap_or_default())]
    UnknownSample {
        /// The name asked for.
        name: String,
        /// The most similar name.
        nearest: Option<String>,
    },
    /// A sample was asked for twice.
    #[error("sample `{name}` is asked for twice")]
    RepeatedSample {
        /// The name.
        name: String,
    },
    /// A tag was asked for whose column another tag has.
    #[error(
        "tag {tag} can have no column: a tag that differs from it in case only has one, or CIGAR holds it"
    )]
    TagWithoutColumn {
        /// The tag.
        tag: String,
    },
    /// A key was asked for that the header does not declare.
    #[error("the header declares no {kind} key `{key}`{}", .nearest.as_ref().map(|n| format!("; did you mean `{n}`")).unwrap_or_default())]
    UnknownKey {
        /// `INFO` or `FORMAT`.
        kind: &'static str,
        /// The key asked for.
        key: String,
        /// The most similar key.
        nearest: Option<String>,
    },
    /// No key has annotations to split.
    #[error(
        "there are no annotations to split: of the INFO keys {keys} the header has none whose Description names the sub-fields of its entries{}",
        if *is_left_out { ", but for those that --info leaves out" } else { "" }
    )]
    NoAnnotations {
        /// The keys that were looked for.
        keys: String,
        /// Whether one was there, but not asked for.
        is_left_out: bool,
    },
    /// An option that does not apply to this format.
    #[error("{option} does not apply to {format}")]
    OptionForFormat {
        /// The option.
        option: &'static str,
        /// The format.
        format: &'static str,
    },
    /// A table that does not tell the header of its records.
    #[error("the table does not tell the header of its records")]
    NoHeader,
    /// Columns that are not those of records.
    #[error("the rows are no records")]
    Rows(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row that is no record.
    #[error("row {row} is no record")]
    Row {
        /// 1-based.
        row: u64,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A table that cannot be read.
    #[error(transparent)]
    Table(#[from] bioserde_table::Error),
    /// A table whose columns are not those of records.
    #[error(transparent)]
    Recognise(#[from] bioserde_schema::recognise::RecogniseError),
    /// An option that chooses columns, for an output that has none.
    #[error("{option} chooses columns, and the output keeps whole records")]
    OptionForTable {
        /// The option.
        option: &'static str,
    },
    /// Records that the output's format cannot hold.
    #[error("its records are {family}, which the output's format does not hold")]
    OtherFamily {
        /// `reads` or `variants`.
        family: &'static str,
    },
    /// Inputs of one output differ.
    #[error("its header differs from that of {first}: {what}")]
    HeadersDiffer {
        /// The first input.
        first: String,
        /// What differs.
        what: String,
    },
}

impl Error {
    /// An error without a place inside the input.
    pub fn new(path: &str, kind: impl Into<ErrorKind>) -> Self {
        Self { path: path.into(), place: Place::default(), kind: Box::new(kind.into()) }
    }

    /// The same error, met where an index led. What is no record there may well be none anywhere.
    #[must_use]
    pub(crate) fn by_index(self) -> Self {
        let is_fault = matches!(
            *self.kind,
            ErrorKind::Block(_)
                | ErrorKind::Record(_)
                | ErrorKind::TruncatedRecord { .. }
                | ErrorKind::NoEofMarker
        );
        if !is_fault {
            return self;
        }
        let text = self.kind.to_string();
        Self { kind: Box::new(ErrorKind::Index(text)), ..self }
    }

    /// The same error at a place.
    #[must_use]
    pub fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }

    /// What is wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Where it is.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Whether the input simply ends too early.
    pub fn is_truncation(&self) -> bool {
        match &*self.kind {
            ErrorKind::Block(e) => e.is_truncation(),
            ErrorKind::NoEofMarker | ErrorKind::TruncatedRecord { .. } | ErrorKind::TruncatedHeader => true,
            ErrorKind::Cram { fault, .. } => {
                matches!(fault, CramFault::Truncated { .. } | CramFault::NoMark)
            }
            ErrorKind::Gzip(e) => e.kind() == std::io::ErrorKind::UnexpectedEof,
            _ => false,
        }
    }

    /// A short piece of advice, where there is one.
    pub fn hint(&self) -> Option<String> {
        match &*self.kind {
            ErrorKind::Storage(e) => e.hint().map(str::to_owned),
            ErrorKind::Resolve(e) => e.hint().map(ToString::to_string),
            ErrorKind::Table(e) => e.hint().map(ToString::to_string),
            ErrorKind::NoHeader => {
                Some("name a file with that header, such as the original: --header-from FILE".to_owned())
            }
            ErrorKind::OtherFamily { family } => Some(match *family {
                "variants" => "outputs of variants are vcf, vcf.gz, bcf and the tables".to_owned(),
                _ => "outputs of reads are bam, sam, sam.gz, cram and the tables".to_owned(),
            }),
            ErrorKind::Index(_) => Some("make the index again: bioserde index --overwrite FILE".to_owned()),
            ErrorKind::Crai(_) => Some("make the index again: samtools index FILE".to_owned()),
            ErrorKind::Cram { fault, .. } => fault.hint().map(str::to_owned),
            ErrorKind::Record(e) => e
                .downcast_ref::<bioserde_resolve::BuildError>()
                .and_then(bioserde_resolve::BuildError::hint)
                .map(str::to_owned),
            _ if self.is_truncation() => {
                Some("copy the file again; --allow-truncated takes the records before this place".to_owned())
            }
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Storage and resolve errors name their path themselves.
        if !matches!(&*self.kind, ErrorKind::Storage(_) | ErrorKind::Resolve(_) | ErrorKind::Table(_)) {
            write!(f, "{}: ", self.path)?;
        }
        match (self.place.record, self.place.virtual_position) {
            (Some(n), Some(p)) => write!(f, "record {n} (virtual position {p}): ")?,
            (Some(n), None) => write!(f, "record {n}: ")?,
            (None, Some(p)) => write!(f, "virtual position {p}: ")?,
            (None, None) => {}
        }
        self.kind.fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.kind.source()
    }
}
