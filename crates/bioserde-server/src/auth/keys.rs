mod fetch;
mod key;
mod pem;
mod source;

use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::Value;

pub(super) use self::fetch::JwksUrl;
use self::key::Key;
pub(super) use self::source::{KeySource, Origin};
use super::config::TokenAlgorithm;
use super::error::KeysError;

/// No set of keys is as long. A set of a thousand RSA keys is shorter.
const LIMIT: usize = 512 * 1024;

/// The public keys of an issuer.
#[derive(Debug)]
pub(super) struct KeySet {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a JWK set (RFC 7517 §5). Keys of other algorithms and uses are passed over.
    fn from_jwks(place: &str, document: &[u8], accepted: &[TokenAlgorithm]) -> Result<Self, KeysError> {
        let document: Document = serde_json::from_slice(document)
            .map_err(|source| KeysError::NotJwks { place: place.to_owned(), source })?;
        let mut keys = Vec::new();
        let mut reasons = Vec::new();
        for (i, jwk) in document.keys.into_iter().enumerate() {
            match Key::from_jwk(jwk).and_then(|key| key.accepted(accepted)) {
                Ok(key) => keys.push(key),
                Err(reason) => reasons.push(format!("key {} {reason}", i + 1)),
            }
        }
        if keys.is_empty() {
            let wanted = names(accepted);
            return Err(KeysError::NoKey { place: place.to_owned(), wanted, reasons });
        }
        Ok(Self { keys })
    }

    /// Reads a PEM file with one public key (RFC 7468 §13).
    fn from_pem(place: &str, text: &[u8], accepted: &[TokenAlgorithm]) -> Result<Self, KeysError> {
        let wrong = |reason| KeysError::NotPublicKey { place: place.to_owned(), reason };
        let key = pem::public_key(text).map_err(wrong)?;
        let key = Key::new(None, key).and_then(|key| key.accepted(accepted));
        let key = key.map_err(|reason| KeysError::NoKey {
            place: place.to_owned(),
            wanted: names(accepted),
            reasons: vec![format!("the key {reason}")],
        })?;
        Ok(Self { keys: vec![key] })
    }

    /// Whether a key of the set has the name.
    pub(super) fn knows(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid.as_deref() == Some(kid))
    }

    /// The keys that may have signed a token. Without a name on either side a key fits.
    pub(super) fn candidates<'a>(
        &'a self,
        algorithm: TokenAlgorithm,
        kid: Option<&'a str>,
    ) -> impl Iterator<Item = &'a DecodingKey> {
        let named = move |key: &&Key| match (kid, key.kid.as_deref()) {
            (Some(wanted), Some(kid)) => wanted == kid,
            _ => true,
        };
        let fits = move |key: &&Key| key.algorithm == algorithm;
        self.keys.iter().filter(fits).filter(named).map(|key| &key.decoding)
    }
}

fn names(algorithms: &[TokenAlgorithm]) -> String {
    algorithms.iter().map(|a| format!("{a:?}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
