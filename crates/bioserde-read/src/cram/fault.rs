use std::io;

use thiserror::Error;

/// What is wrong with the containers of a CRAM file (CRAMv3).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CramFault {
    /// Bytes could not be read on the way.
    #[error("cannot read")]
    Io(#[source] io::Error),
    /// Bytes could not be had.
    #[error(transparent)]
    Storage(#[from] bioserde_storage::Error),
    /// The file is compressed as a whole.
    #[error("the CRAM file is compressed once more as a whole")]
    Compressed,
    /// The version is not one that is read.
    #[error("CRAM version {major}.{minor} is not one of 2.0, 2.1, 3.0 and 3.1")]
    Version {
        /// As in the file definition (§6).
        major: u8,
        /// As in the file definition (§6).
        minor: u8,
    },
    /// The file ends too early.
    #[error("the file ends inside {what}: it is truncated")]
    Truncated {
        /// What is incomplete.
        what: &'static str,
    },
    /// A number has a value that it cannot have.
    #[error("the {field} of {of} is {value}, which cannot be")]
    Value {
        /// Its name in the specification.
        field: &'static str,
        /// A container or a block.
        of: &'static str,
        /// As in the file.
        value: i64,
    },
    /// A checksum does not fit the bytes before it.
    #[error("the checksum of {what} is wrong: it is corrupt, or none starts there")]
    Checksum {
        /// A container header or a block.
        what: &'static str,
    },
    /// After what looks like a container stands none.
    #[error("no container follows it at offset {next}: it is corrupt, or none starts there")]
    NoneFollows {
        /// Where it ends.
        next: u64,
    },
    /// The first block of a container is not the one that must be.
    #[error("the first block of the container has content type {found}, not {wanted} (§8.1)")]
    ContentType {
        /// As in the file.
        found: u8,
        /// What it must be.
        wanted: u8,
    },
    /// The SAM header is compressed by a method that §8.3 does not allow for it.
    #[error("the SAM header is compressed by method {method} (§8); it can be raw (0) or gzip (1) only")]
    Method {
        /// As in the file.
        method: u8,
    },
    /// The block of the SAM header does not inflate, or not to the size that it says.
    #[error("the block of the SAM header does not inflate to the {size} bytes that it says")]
    Inflate {
        /// As in the file.
        size: u64,
    },
    /// The block of the SAM header says that it inflates to far more than a header does.
    #[error("the block of the SAM header says that its {compressed} bytes inflate to {size}")]
    TooLarge {
        /// In bytes.
        compressed: u64,
        /// In bytes.
        size: u64,
    },
    /// The text of the SAM header is faulty.
    #[error(transparent)]
    Header(#[from] bioserde_core::sam::ParseHeaderError),
}

impl CramFault {
    /// What is told of an end of the bytes inside `what`, and of other failures.
    pub(super) fn reading(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |e| match e.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated { what },
            _ => Self::Io(e),
        }
    }

    /// A short piece of advice, where there is one.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Compressed => Some("decompress it: CRAM is compressed inside"),
            Self::Version { .. } | Self::Method { .. } => {
                Some("write it again: samtools view -C -T REFERENCE.fa FILE")
            }
            Self::Truncated { .. } | Self::Checksum { .. } | Self::NoneFollows { .. } => {
                Some("copy the file again")
            }
            _ => None,
        }
    }
}
