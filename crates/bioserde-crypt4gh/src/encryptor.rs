//! Making encrypted files.

use std::io::{self, Write};

use zeroize::Zeroizing;

use crate::cipher::CipherKey;
use crate::keys::PublicKey;
use crate::{ENCRYPTED_SEGMENT, Header, Result, SEGMENT};

/// Encrypts one file, for one or several recipients, with keys that are used for nothing else.
pub struct Encryptor {
    /// Until it is written.
    header: Vec<u8>,
    key: CipherKey,
    pending: Zeroizing<Vec<u8>>,
    encrypted: Vec<u8>,
}

impl std::fmt::Debug for Encryptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encryptor")
    }
}

impl Encryptor {
    /// Begins a file that each of the recipients can read.
    ///
    /// # Errors
    ///
    /// There is no recipient, one of the public keys is not fit, or there are no random numbers.
    pub fn new(recipients: &[PublicKey]) -> Result<Self> {
        Self::with_edits(recipients, None)
    }

    /// The same of a file that has an edit list (Crypt4GH §4.2): lengths to leave out and to keep, in turn.
    ///
    /// # Errors
    ///
    /// As [`Encryptor::new`].
    pub fn with_edits(recipients: &[PublicKey], edits: Option<&[u64]>) -> Result<Self> {
        let key = CipherKey::random()?;
        Ok(Self {
            header: Header::write(&key, edits, recipients)?,
            key,
            pending: Zeroizing::new(Vec::with_capacity(SEGMENT)),
            encrypted: Vec::with_capacity(ENCRYPTED_SEGMENT),
        })
    }

    /// Encrypts more of the file, and writes what is complete.
    ///
    /// # Errors
    ///
    /// Those of `out`, and there are no random numbers.
    pub fn write(&mut self, mut plain: &[u8], out: &mut dyn Write) -> io::Result<()> {
        while !plain.is_empty() {
            let room = SEGMENT.saturating_sub(self.pending.len());
            let (now, later) = plain.split_at(room.min(plain.len()));
            self.pending.extend_from_slice(now);
            plain = later;
            if self.pending.len() == SEGMENT {
                self.write_segment(out)?;
            }
        }
        Ok(())
    }

    /// Writes the rest.
    ///
    /// # Errors
    ///
    /// As [`Encryptor::write`].
    pub fn finish(mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.pending.is_empty() {
            return out.write_all(&self.header);
        }
        self.write_segment(out)
    }

    fn write_segment(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&std::mem::take(&mut self.header))?;
        self.encrypted.clear();
        self.key.encrypt(&self.pending, &mut self.encrypted)?;
        self.pending.clear();
        out.write_all(&self.encrypted)
    }
}
