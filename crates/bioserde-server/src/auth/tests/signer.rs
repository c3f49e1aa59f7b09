use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, EncodingKey, Header, encode, get_current_timestamp};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256};
use serde_json::{Value, json};

use crate::auth::TokenAlgorithm;

/// A key pair that was made for one test.
pub(crate) struct Signer {
    pair: KeyPair,
    pub(crate) algorithm: TokenAlgorithm,
    kid: Option<&'static str>,
}

impl Signer {
    pub(crate) fn new(algorithm: TokenAlgorithm) -> Self {
        let kind = match algorithm {
            TokenAlgorithm::RS256 => &PKCS_RSA_SHA256,
            TokenAlgorithm::ES256 => &PKCS_ECDSA_P256_SHA256,
            TokenAlgorithm::EdDSA => &PKCS_ED25519,
        };
        Self { pair: KeyPair::generate_for(kind).unwrap(), algorithm, kid: None }
    }

    pub(crate) fn named(algorithm: TokenAlgorithm, kid: &'static str) -> Self {
        Self { kid: Some(kid), ..Self::new(algorithm) }
    }

    pub(crate) fn public_pem(&self) -> String {
        self.pair.public_key_pem()
    }

    pub(crate) fn private_pem(&self) -> String {
        self.pair.serialize_pem()
    }

    pub(crate) fn jwk(&self) -> Value {
        let pem = self.public_pem();
        let key = match self.algorithm {
            TokenAlgorithm::RS256 => DecodingKey::from_rsa_pem(pem.as_bytes()),
            TokenAlgorithm::ES256 => DecodingKey::from_ec_pem(pem.as_bytes()),
            TokenAlgorithm::EdDSA => DecodingKey::from_ed_pem(pem.as_bytes()),
        };
        let jwk = Jwk::from_decoding_key(&key.unwrap(), Some(self.algorithm.into())).unwrap();
        let mut jwk = serde_json::to_value(jwk).unwrap();
        if let Some(kid) = self.kid {
            jwk["kid"] = json!(kid);
        }
        jwk
    }

    pub(crate) fn token(&self, claims: &Value) -> String {
        self.token_with(&self.header(), claims)
    }

    pub(crate) fn token_with(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.encoding()).unwrap()
    }

    pub(crate) fn header(&self) -> Header {
        let mut header = Header::new(self.algorithm.into());
        header.kid = self.kid.map(str::to_owned);
        header
    }

    fn encoding(&self) -> EncodingKey {
        let pem = self.private_pem();
        match self.algorithm {
            TokenAlgorithm::RS256 => EncodingKey::from_rsa_pem(pem.as_bytes()),
            TokenAlgorithm::ES256 => EncodingKey::from_ec_pem(pem.as_bytes()),
            TokenAlgorithm::EdDSA => EncodingKey::from_ed_pem(pem.as_bytes()),
        }
        .unwrap()
    }
}

pub(crate) fn jwks(signers: &[&Signer]) -> String {
    let keys: Vec<Value> = signers.iter().map(|signer| signer.jwk()).collect();
    json!({ "keys": keys }).to_string()
}

pub(crate) fn in_seconds(seconds: i64) -> u64 {
    get_current_timestamp().checked_add_signed(seconds).unwrap()
}
