use std::io;

use thiserror::Error;

/// The result of reading and writing Crypt4GH.
pub type Result<T> = std::result::Result<T, Error>;

/// Why encrypted bytes cannot be read or made. No message holds anything secret.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes could not be had.
    #[error("cannot read")]
    Io(#[source] io::Error),
    /// The bytes are something else.
    #[error("this is no Crypt4GH file")]
    Magic,
    /// A later version of the format.
    #[error("it has version {0} of Crypt4GH; version 1 can be read")]
    Version(u32),
    /// The file ends in its header.
    #[error("the Crypt4GH header ends inside {what}: the file is truncated")]
    TruncatedHeader {
        /// What is incomplete.
        what: &'static str,
    },
    /// The header is larger than any.
    #[error("the Crypt4GH header is longer than {limit} bytes")]
    HeaderTooLong {
        /// What is read at most.
        limit: u64,
    },
    /// More packets than anyone would try keys on.
    #[error("the Crypt4GH header has {count} packets, more than {limit}")]
    TooManyPackets {
        /// In the header.
        count: u32,
        /// What is read at most.
        limit: u32,
    },
    /// A packet is shorter than one can be.
    #[error("header packet {packet} tells a length of {length} bytes, which is too short")]
    PacketLength {
        /// 0-based.
        packet: u32,
        /// As in the file.
        length: u32,
    },
    /// There are no secret keys to try.
    #[error("the file is encrypted (Crypt4GH), and there is no secret key")]
    KeyNeeded,
    /// The file was encrypted for others.
    #[error("the file is encrypted (Crypt4GH), and not for {}", if *.keys == 1 { "the given key".to_owned() } else { format!("any of the {} given keys", .keys) })]
    NoKeyFits {
        /// How many keys were tried.
        keys: usize,
    },
    /// No packet is encrypted in a known way.
    #[error("the header is encrypted by method {0}; method 0 (X25519 and ChaCha20-Poly1305) can be read")]
    HeaderMethod(u32),
    /// A packet is of an unknown type.
    #[error("header packet {packet} is of the unknown type {kind}")]
    PacketType {
        /// 0-based.
        packet: u32,
        /// As in the file.
        kind: u32,
    },
    /// The data are encrypted in an unknown way.
    #[error("the data are encrypted by method {0}; method 0 (ChaCha20-Poly1305) can be read")]
    DataMethod(u32),
    /// The content of a packet is not what its type says.
    #[error("header packet {packet} is malformed: {what}")]
    Packet {
        /// 0-based.
        packet: u32,
        /// What is wrong.
        what: &'static str,
    },
    /// The packets that can be opened have no key for the data.
    #[error("the header has no key of the data for this recipient")]
    NoDataKey,
    /// There are several edit lists (Crypt4GH §4.2 allows one).
    #[error("the header has more than one edit list")]
    EditLists,
    /// The data end where a segment cannot.
    #[error("the file ends {length} bytes into segment {segment}: it is truncated")]
    Truncated {
        /// 0-based.
        segment: u64,
        /// Bytes that are there.
        length: u64,
    },
    /// The edit list keeps bytes that are not there.
    #[error("the edit list keeps bytes up to {kept}, and the data end at {length}: the file is truncated")]
    EndsBeforeEdits {
        /// Of the unedited data.
        kept: u64,
        /// Of the unedited data.
        length: u64,
    },
    /// The authentication of a whole segment failed.
    #[error("segment {0} (0-based) cannot be authenticated: the file is corrupt")]
    Segment(u64),
    /// The authentication of the last segment failed, which is shorter than the others.
    #[error("the last segment ({0}, 0-based) cannot be authenticated: the file is truncated or corrupt")]
    LastSegment(u64),
    /// The operating system has no random numbers.
    #[error("the operating system gives no random numbers: {0}")]
    Random(getrandom::Error),
    /// A file that nobody can read.
    #[error("there is no recipient to encrypt for")]
    NoRecipient,
    /// A recipient's public key with which no secret can be agreed on.
    #[error("the public key {0} is none that can be encrypted for")]
    WeakKey(crate::PublicKey),
}

impl Error {
    /// Whether another key could read the file.
    pub fn is_shut(&self) -> bool {
        matches!(self, Self::KeyNeeded | Self::NoKeyFits { .. })
    }

    /// Whether the file ends too early, as far as can be told.
    pub fn is_truncation(&self) -> bool {
        matches!(
            self,
            Self::TruncatedHeader { .. }
                | Self::Truncated { .. }
                | Self::EndsBeforeEdits { .. }
                | Self::LastSegment(_)
        )
    }
}

impl From<Error> for io::Error {
    fn from(e: Error) -> Self {
        match e {
            Error::Io(e) => e,
            e if e.is_truncation() => Self::new(io::ErrorKind::UnexpectedEof, e),
            e => Self::new(io::ErrorKind::InvalidData, e),
        }
    }
}
