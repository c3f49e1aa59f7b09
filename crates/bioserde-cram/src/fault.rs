use std::io;

use thiserror::Error;

use crate::reference::ReferenceFault;

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
    /// The file ends without the mark of its end.
    #[error("the mark of the end is missing: the file may be truncated")]
    NoMark,
    /// Bytes follow the mark of the end.
    #[error("bytes follow the mark of the end of the file")]
    AfterMark,
    /// The parts of a container do not follow the grammar of the format.
    #[error("{what} is malformed")]
    Malformed {
        /// Which part.
        what: &'static str,
    },
    /// A block is not the one that must come next.
    #[error("a block has content type {found}, where {wanted} must be (§8.1)")]
    BlockOrder {
        /// As in the file.
        found: u8,
        /// What it must be.
        wanted: u8,
    },
    /// A block says that it inflates to more than any does.
    #[error("block {content_id} says that it decompresses to {size} bytes; the most is 1 GiB")]
    BlockTooLarge {
        /// Its content id (§8.1).
        content_id: i32,
        /// In bytes.
        size: usize,
    },
    /// The records of a container take more memory than any do.
    #[error("the records of a container take more than 1 GiB")]
    ContainerTooLarge,
    /// A block cannot be decompressed.
    #[error("block {content_id}, compressed by method {method} (§8), is corrupt: {what}")]
    Codec {
        /// Its content id (§8.1).
        content_id: i32,
        /// As in the file.
        method: u8,
        /// What the codec says.
        what: String,
    },
    /// An encoding is none of those that are in use.
    #[error("encoding {id} (§3) is not one of 1, 3, 4, 5, 6, 7 and 9")]
    Encoding {
        /// As in the file.
        id: i32,
    },
    /// A data series that the records need has no encoding.
    #[error("the container has no encoding for data series {series}")]
    NoEncoding {
        /// Its name in the specification.
        series: &'static str,
    },
    /// A tag that the records have has no encoding.
    #[error("the container has no encoding for tag {tag}")]
    NoTagEncoding {
        /// The tag.
        tag: String,
    },
    /// The values of a data series end too early, or one cannot be.
    #[error("data series {series} ends too early, or has a value that cannot be")]
    Series {
        /// Its name in the specification.
        series: &'static str,
    },
    /// The values of a tag end too early, or one is none of its type.
    #[error("tag {tag} ends too early, or has a value that is none of its type")]
    Tag {
        /// The tag.
        tag: String,
    },
    /// The code of a feature is unknown.
    #[error("feature code {code} is none of the specification (§10.6)")]
    Feature {
        /// As in the file.
        code: u8,
    },
    /// A record that is to be written is malformed, or no CRAM can hold it.
    #[error("read `{name}`: {what}")]
    Record {
        /// QNAME, or what can be shown of it.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// The CIGAR of a record has an operation that no BAM can hold.
    #[error("an operation of a CIGAR is longer than 2^28 - 1")]
    CigarTooLong,
    /// A record has a reference sequence that the header does not have.
    #[error("a record has reference sequence {id} (0-based), the header has {known}")]
    UnknownReference {
        /// As in the file.
        id: i32,
        /// How many the header has.
        known: usize,
    },
    /// A record takes bases from the reference that its slice does not span.
    #[error("a record needs the base at position {position} of the reference, which its slice does not span")]
    OutsideSlice {
        /// 1-based.
        position: i64,
    },
    /// A record takes bases from the reference, though the container says that none does.
    #[error("a record needs the reference, though the container says that none does")]
    NoReferenceInRecord,
    /// The reference sequence cannot be had, or is another.
    #[error(transparent)]
    Reference(#[from] ReferenceFault),
    /// The text of the SAM header is faulty.
    #[error(transparent)]
    Header(#[from] bioserde_core::sam::ParseHeaderError),
}

impl CramFault {
    /// What is told of an end of the bytes inside `what`, and of other failures.
    pub(crate) fn reading(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |e| match e.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated { what },
            _ => Self::Io(e),
        }
    }

    /// A short piece of advice, where there is one.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Compressed => Some("decompress it: CRAM is compressed inside"),
            Self::Version { .. } | Self::Method { .. } => {
                Some("write it again: samtools view -C -T REFERENCE.fa FILE")
            }
            Self::Truncated { .. } | Self::NoMark | Self::Checksum { .. } | Self::NoneFollows { .. } => {
                Some("copy the file again")
            }
            Self::Reference(fault) => fault.hint(),
            _ => None,
        }
    }
}
