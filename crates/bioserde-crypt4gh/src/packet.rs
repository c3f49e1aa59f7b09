//! The encryption of header packets (Crypt4GH §3.1).

use blake2::{Blake2b512, Digest};
use x25519_dalek::StaticSecret;
use zeroize::Zeroizing;

use crate::cipher::CipherKey;
use crate::keys::{PublicKey, SecretKey};
use crate::{Error, Result};

/// X25519 and ChaCha20-Poly1305.
pub(crate) const METHOD: u32 = 0;
const PUBLIC_KEY: usize = 32;

/// The key that reader and writer agree on; nothing where the other's public key leads to one that anyone
/// knows (RFC 7748 §6.1).
fn shared_key(
    own: &StaticSecret,
    other: PublicKey,
    reader: PublicKey,
    writer: PublicKey,
) -> Option<CipherKey> {
    let shared = own.diffie_hellman(&other.0);
    if !shared.was_contributory() {
        return None;
    }
    let mut hash = Blake2b512::new();
    hash.update(shared.as_bytes());
    hash.update(reader.as_bytes());
    hash.update(writer.as_bytes());
    let digest = Zeroizing::new(<[u8; 64]>::from(hash.finalize()));
    digest.first_chunk().map(CipherKey::new)
}

/// What follows the length of a packet in the file.
pub(crate) fn seal(content: &[u8], writer: &SecretKey, reader: PublicKey) -> Result<Vec<u8>> {
    let key = shared_key(&writer.0, reader, reader, writer.public_key()).ok_or(Error::WeakKey(reader))?;
    let mut packet = METHOD.to_le_bytes().to_vec();
    packet.extend_from_slice(writer.public_key().as_bytes());
    key.encrypt(content, &mut packet)?;
    Ok(packet)
}

/// The content of a packet, without its method; nothing when it is not for this reader.
pub(crate) fn open(sealed: &[u8], reader: &SecretKey) -> Option<Zeroizing<Vec<u8>>> {
    let (writer, encrypted) = sealed.split_first_chunk::<PUBLIC_KEY>()?;
    let writer = PublicKey::from(*writer);
    let key = shared_key(&reader.0, writer, reader.public_key(), writer)?;
    let mut bytes = Zeroizing::new(encrypted.to_vec());
    key.decrypt(&mut bytes).map(|plain| Zeroizing::new(plain.to_vec()))
}
