//! The GA4GH Crypt4GH file format, version 1: a header that holds the key of the data for each of some
//! recipients, and the data in segments that can be decrypted apart.
//!
//! [`Header::read`] opens the header with the keys of a [`Keyring`]; [`Content`] knows which bytes of the
//! data make up the decrypted file, and [`Reader`] gives them from any place on, out of whatever
//! implements [`Segments`]. [`Encryptor`] makes such files.
//!
//! The end of such a file is not marked. A file that was cut inside a segment is refused; one that was
//! cut between two segments is as valid as the whole, and only what is inside can tell.

#![forbid(unsafe_code)]

mod cipher;
mod content;
mod encryptor;
mod error;
mod header;
mod keys;
mod packet;
mod reader;
#[cfg(test)]
mod tests;

pub use content::{Content, Kept};
pub use encryptor::Encryptor;
pub use error::{Error, Result};
pub use header::{Header, MAGIC, SUFFIX, is_crypt4gh};
pub use keys::{KeyError, Keyring, Passphrase, PublicKey, SecretKey};
pub use reader::{Reader, Segments, Sequential};

/// Bytes of a whole segment before encryption (Crypt4GH §2.3).
pub const SEGMENT: usize = 1 << 16;
/// Bytes of a whole segment in the file: nonce, data, tag (Crypt4GH §3.2).
pub const ENCRYPTED_SEGMENT: usize = cipher::OVERHEAD + SEGMENT;
