//! ChaCha20-Poly1305 (RFC 8439) as Crypt4GH frames it: nonce, ciphertext, tag.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce, Tag};
use zeroize::Zeroizing;

use crate::{Error, Result};

pub(crate) const NONCE: usize = 12;
const TAG: usize = 16;
/// What is added to the data.
pub(crate) const OVERHEAD: usize = NONCE + TAG;

/// A symmetric key.
#[derive(Clone)]
pub(crate) struct CipherKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for CipherKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CipherKey")
    }
}

impl CipherKey {
    pub(crate) fn new(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    pub(crate) fn random() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut()).map_err(Error::Random)?;
        Ok(Self(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(&Key::from(*self.0))
    }

    /// Appends the encrypted form of `plain`, under a random nonce.
    pub(crate) fn encrypt(&self, plain: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(Error::Random)?;
        out.extend_from_slice(&nonce);
        let start = out.len();
        out.extend_from_slice(plain);
        let data = out.get_mut(start..).unwrap_or_default();
        // It fails for data of 256 GiB alone.
        let tag = self.cipher().encrypt_inout_detached(&Nonce::from(nonce), b"", data.into());
        out.extend_from_slice(&tag.map_err(|_| Error::Packet { packet: 0, what: "it is too long" })?);
        Ok(())
    }

    /// The plain form of some bytes; nothing when they were not encrypted with this key, or were changed.
    /// It stays in the memory that is given, which is wiped by whoever has it.
    pub(crate) fn decrypt<'a>(&self, bytes: &'a mut [u8]) -> Option<&'a mut [u8]> {
        let (nonce, rest) = bytes.split_first_chunk_mut::<NONCE>()?;
        let (data, tag) = rest.split_last_chunk_mut::<TAG>()?;
        let (nonce, tag) = (Nonce::from(*nonce), Tag::from(*tag));
        self.cipher().decrypt_inout_detached(&nonce, b"", (&mut *data).into(), &tag).ok()?;
        Some(data)
    }
}
