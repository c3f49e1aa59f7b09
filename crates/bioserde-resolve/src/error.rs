use std::io;

use bioserde_storage::bgzf::BlockError;
use thiserror::Error;

use crate::InvalidIndex;
use crate::detect::Foreign;

/// The result of resolving.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a path did not lead to records. The path is part of every message.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// Bytes could not be read.
    #[error(transparent)]
    Storage(#[from] bioserde_storage::Error),
    /// There are no bytes, or none once inflated.
    #[error("{path}: the file is empty")]
    Empty {
        /// The path as the user gave it.
        path: String,
    },
    /// A BGZF block is faulty.
    #[error("{path}: BGZF block at offset {offset}")]
    Block {
        /// The path as the user gave it.
        path: String,
        /// Of the block in the file.
        offset: u64,
        /// What is wrong with it.
        source: BlockError,
    },
    /// The beginning of a gzip member cannot be inflated.
    #[error("{path}: the gzip data is corrupt")]
    Gzip {
        /// The path as the user gave it.
        path: String,
        /// The decoder's answer.
        source: io::Error,
    },
    /// The inflated bytes are gzip data again.
    #[error("{path}: the file was compressed twice")]
    CompressedTwice {
        /// The path as the user gave it.
        path: String,
    },
    /// The content is that of a known format, but not of one that is read here.
    #[error("{path}: this is {}, not one of the formats that can be read ({known})", foreign.name)]
    ForeignFormat {
        /// The path as the user gave it.
        path: String,
        /// What it is.
        foreign: &'static Foreign,
        /// The names of the formats that were tried.
        known: String,
    },
    /// The content is that of no known format.
    #[error("{path}: the content is none of {known}; it starts with `{start}`")]
    UnknownFormat {
        /// The path as the user gave it.
        path: String,
        /// The first bytes, once inflated, with escapes.
        start: String,
        /// The names of the formats that were tried.
        known: String,
    },
    /// An index file is malformed.
    #[error("{path}: the index is invalid")]
    Index {
        /// The index file.
        path: String,
        /// What is wrong with it.
        source: InvalidIndex,
    },
    /// A reference sequence was asked for that the index does not count.
    #[error("{path}: the index has {count} reference sequences and none of number {reference} (0-based)")]
    UnknownReference {
        /// The index file.
        path: String,
        /// 0-based.
        reference: usize,
        /// How many it has.
        count: usize,
    },
}

impl Error {
    /// A short piece of advice, where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Storage(e) => e.hint(),
            Self::CompressedTwice { .. } => Some("decompress it once: gzip -dc FILE"),
            Self::ForeignFormat { foreign, .. } => Some(foreign.hint),
            Self::Index { .. } | Self::UnknownReference { .. } => {
                Some("the index may belong to another file; build it again")
            }
            Self::Block { source, .. } if source.is_truncation() => {
                Some("the file may not have been copied or downloaded to its end")
            }
            _ => None,
        }
    }
}
