use std::fmt;

use aws_lc_rs::rsa;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, VerificationAlgorithm};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{AlgorithmFamily, DecodingKey, DecodingKeyKind};
use serde_json::Value;

use crate::auth::config::TokenAlgorithm;

/// A public key, which has one algorithm only: what a token says of its algorithm chooses among keys and
/// never what a key is used for.
pub(super) struct Key {
    /// Its name, if it has one (RFC 7517 §4.5).
    pub(super) kid: Option<String>,
    pub(super) algorithm: TokenAlgorithm,
    pub(super) decoding: DecodingKey,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Key");
        shown.field("kid", &self.kid).field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

impl Key {
    /// Checks a key, or says what it is that cannot be used.
    pub(super) fn new(kid: Option<String>, decoding: DecodingKey) -> Result<Self, String> {
        let algorithm = match decoding.family() {
            AlgorithmFamily::Rsa => check_rsa(decoding.kind())?,
            AlgorithmFamily::Ec => check(&decoding, &ECDSA_P256_SHA256_FIXED, TokenAlgorithm::ES256)?,
            AlgorithmFamily::Ed => check(&decoding, &ED25519, TokenAlgorithm::EdDSA)?,
            AlgorithmFamily::Hmac => return Err("is a shared secret".to_owned()),
        };
        Ok(Self { kid, algorithm, decoding })
    }

    /// Reads a JWK (RFC 7517 §4), or says why it is not one for signatures.
    pub(super) fn from_jwk(jwk: Value) -> Result<Self, String> {
        let jwk: Jwk = serde_json::from_value(jwk).map_err(|e| format!("is not a JWK: {e}"))?;
        let common = &jwk.common;
        if common.public_key_use.as_ref().is_some_and(|use_| *use_ != PublicKeyUse::Signature) {
            return Err("is not for signatures".to_owned());
        }
        let operations = common.key_operations.as_ref();
        if operations.is_some_and(|operations| !operations.contains(&KeyOperations::Verify)) {
            return Err("is not for verifying".to_owned());
        }
        check_curve(&jwk.algorithm)?;
        let decoding = DecodingKey::from_jwk(&jwk).map_err(|_| "is of an unknown kind".to_owned())?;
        let key = Self::new(common.key_id.clone(), decoding)?;
        match common.key_algorithm {
            Some(named) if named != key.algorithm.into() => Err("is for another algorithm".to_owned()),
            _ => Ok(key),
        }
    }

    /// The same key if its algorithm is one of these.
    pub(super) fn accepted(self, algorithms: &[TokenAlgorithm]) -> Result<Self, String> {
        if algorithms.contains(&self.algorithm) {
            return Ok(self);
        }
        Err(format!("is for {:?}", self.algorithm))
    }
}

impl From<TokenAlgorithm> for KeyAlgorithm {
    fn from(algorithm: TokenAlgorithm) -> Self {
        jsonwebtoken::Algorithm::from(algorithm).into()
    }
}

/// The library takes the coordinates and passes the curve over.
fn check_curve(parameters: &AlgorithmParameters) -> Result<(), String> {
    let is_known = match parameters {
        AlgorithmParameters::EllipticCurve(key) => key.curve == EllipticCurve::P256,
        AlgorithmParameters::OctetKeyPair(key) => key.curve == EllipticCurve::Ed25519,
        _ => true,
    };
    if is_known { Ok(()) } else { Err("is on another curve than P-256 and Ed25519".to_owned()) }
}

fn check_rsa(kind: &DecodingKeyKind) -> Result<TokenAlgorithm, String> {
    let length = match kind {
        DecodingKeyKind::RsaModulusExponent { n, .. } => n.iter().skip_while(|byte| **byte == 0).count(),
        DecodingKeyKind::SecretOrDer(der) => {
            rsa::PublicKey::from_der(der).map_err(|_| "is not an RSA key".to_owned())?.modulus_len()
        }
    };
    if (256..=1024).contains(&length) {
        return Ok(TokenAlgorithm::RS256);
    }
    Err(format!("is an RSA key of about {} bits, and 2048 to 8192 are accepted", length.saturating_mul(8)))
}

fn check(
    key: &DecodingKey,
    verification: &'static dyn VerificationAlgorithm,
    algorithm: TokenAlgorithm,
) -> Result<TokenAlgorithm, String> {
    let bytes = key.try_get_as_bytes().unwrap_or_default();
    match ParsedPublicKey::new(verification, bytes) {
        Ok(_) => Ok(algorithm),
        Err(_) if algorithm == TokenAlgorithm::ES256 => Err("is not a point on P-256".to_owned()),
        Err(_) => Err("is not a key of Ed25519".to_owned()),
    }
}
