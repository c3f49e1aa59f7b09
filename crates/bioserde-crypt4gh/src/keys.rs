//! Keys and the files they are kept in.

mod derivation;
mod error;
mod pem;
mod secret_file;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use x25519_dalek::StaticSecret;
use zeroize::Zeroizing;

use crate::{Error, Result};

pub use error::KeyError;

/// What a secret key file is locked with. It is wiped from memory when it is dropped, and never shown.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes it over.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase")
    }
}

/// A recipient's public key (X25519), for which files are encrypted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(pub(crate) x25519_dalek::PublicKey);

impl PublicKey {
    /// Reads the text of a public key file, as `crypt4gh-keygen` makes it.
    ///
    /// # Errors
    ///
    /// It is no such file.
    pub fn from_file(text: &str) -> std::result::Result<Self, KeyError> {
        let bytes = pem::decode(text, pem::Kind::Public)?;
        let length = bytes.len();
        let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| KeyError::Length { length })?;
        Ok(key.into())
    }

    /// The text of a public key file.
    pub fn to_file(&self) -> String {
        pem::encode(self.as_bytes(), pem::Kind::Public)
    }

    /// Its bytes (RFC 7748 §6.1).
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Base64 with the alphabet of URLs and without padding (RFC 4648 §5).
    pub fn to_base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.as_bytes())
    }
}

impl From<[u8; 32]> for PublicKey {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes.into())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

/// The 32 bytes in base64, of either alphabet (RFC 4648 §4, §5), or a whole key file in base64.
impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> std::result::Result<Self, KeyError> {
        let text = text.trim();
        let bytes = STANDARD.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text));
        let bytes = bytes.map_err(|_| KeyError::Base64)?;
        if let Some(file) = std::str::from_utf8(&bytes).ok().filter(|text| text.starts_with("-----BEGIN ")) {
            return Self::from_file(file);
        }
        let length = bytes.len();
        <[u8; 32]>::try_from(bytes).map(Self::from).map_err(|_| KeyError::Length { length })
    }
}

/// A secret key (X25519). It is wiped from memory when it is dropped, and never shown.
#[derive(Clone)]
pub struct SecretKey(pub(crate) StaticSecret);

impl SecretKey {
    /// A new one.
    ///
    /// # Errors
    ///
    /// The operating system has no random numbers.
    pub fn generate() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut()).map_err(Error::Random)?;
        Ok(Self(StaticSecret::from(*bytes)))
    }

    /// Reads the text of a secret key file (`c4gh-v1`), as `crypt4gh-keygen` makes it. The passphrase is of use
    /// for a locked one only.
    ///
    /// # Errors
    ///
    /// It is no such file, it is locked and there is no passphrase, or not the right one.
    pub fn from_file(text: &str, passphrase: Option<&Passphrase>) -> std::result::Result<Self, KeyError> {
        let bytes = pem::decode(text, pem::Kind::Secret)?;
        secret_file::unlock(&bytes, passphrase).map(|key| Self(StaticSecret::from(*key)))
    }

    /// The public key that belongs to it.
    pub fn public_key(&self) -> PublicKey {
        PublicKey((&self.0).into())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}

/// Secret keys to try. Copies share them.
#[derive(Clone, Debug, Default)]
pub struct Keyring(Arc<[SecretKey]>);

impl Keyring {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The public key of the first one.
    pub fn public_key(&self) -> Option<PublicKey> {
        self.0.first().map(SecretKey::public_key)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &SecretKey> {
        self.0.iter()
    }
}

impl FromIterator<SecretKey> for Keyring {
    fn from_iter<I: IntoIterator<Item = SecretKey>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

#[cfg(test)]
mod tests;
