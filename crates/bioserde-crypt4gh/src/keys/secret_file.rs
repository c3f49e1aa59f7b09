//! What is in a secret key file: `c4gh-v1` and strings after their lengths.

use zeroize::Zeroizing;

use super::derivation::Derivation;
use super::{KeyError, Passphrase};
use crate::cipher::CipherKey;

const MAGIC: &[u8] = b"c4gh-v1";

/// The key in a file.
pub(super) fn unlock(bytes: &[u8], passphrase: Option<&Passphrase>) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(KeyError::Version)?;
    let (name, rest) = string(rest, "key derivation")?;
    let (derivation, rest) = match name {
        b"none" => (None, rest),
        name => {
            let (options, rest) = string(rest, "options of the key derivation")?;
            (Some(Derivation::new(name, options)?), rest)
        }
    };
    let (cipher, rest) = string(rest, "cipher")?;
    // A comment may follow.
    let (key, _) = string(rest, "key")?;
    match (cipher, derivation) {
        (b"none", _) => array(key),
        (b"chacha20_poly1305", Some(derivation)) => {
            let passphrase = passphrase.ok_or(KeyError::PassphraseNeeded)?;
            let mut key = Zeroizing::new(key.to_vec());
            let derived = CipherKey::new(&*derivation.derive(passphrase)?);
            array(derived.decrypt(&mut key).ok_or(KeyError::WrongPassphrase)?)
        }
        (b"chacha20_poly1305", None) => Err(KeyError::Derivation("none".to_owned())),
        (other, _) => Err(KeyError::Cipher(other.escape_ascii().to_string())),
    }
}

fn array(key: &[u8]) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let array = <&[u8; 32]>::try_from(key).map_err(|_| KeyError::Length { length: key.len() })?;
    Ok(Zeroizing::new(*array))
}

/// A string after its length, which is two bytes, the high one first.
fn string<'a>(bytes: &'a [u8], what: &'static str) -> Result<(&'a [u8], &'a [u8]), KeyError> {
    let truncated = KeyError::Truncated { what };
    let Some((len, rest)) = bytes.split_first_chunk() else { return Err(truncated) };
    rest.split_at_checked(usize::from(u16::from_be_bytes(*len))).ok_or(truncated)
}
