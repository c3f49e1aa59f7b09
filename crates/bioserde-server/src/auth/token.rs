use std::collections::HashSet;
use std::time::Duration;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use super::caller::Caller;
use super::config::{AuthConfig, TokenAlgorithm};
use super::keys::KeySet;
use super::rejection::Rejection;

impl From<TokenAlgorithm> for Algorithm {
    fn from(algorithm: TokenAlgorithm) -> Self {
        match algorithm {
            TokenAlgorithm::RS256 => Self::RS256,
            TokenAlgorithm::ES256 => Self::ES256,
            TokenAlgorithm::EdDSA => Self::EdDSA,
        }
    }
}

/// A token that claims to be signed in an accepted way, and nothing more.
pub(super) struct Token<'a> {
    text: &'a str,
    algorithm: TokenAlgorithm,
    kid: Option<String>,
}

/// Why a key does not make a token valid.
pub(super) enum Refusal {
    /// No key is the one that the token was signed with.
    Unsigned,
    /// The token is signed, and something is wrong with it.
    Invalid(Rejection),
}

/// The token of an `Authorization` field (RFC 6750 §2.1).
pub(super) fn bearer(authorization: Option<&str>) -> Result<&str, Rejection> {
    let field = authorization.ok_or_else(Rejection::missing)?.trim_matches(' ');
    let (scheme, token) = field.split_once(' ').unwrap_or((field, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Rejection::missing());
    }
    let token = token.trim_start_matches(' ');
    if token.is_empty() {
        return Err(Rejection::invalid("the bearer token is empty"));
    }
    Ok(token)
}

impl<'a> Token<'a> {
    /// Reads the header of a token. What it says is not yet to be trusted.
    pub(super) fn read(text: &'a str, accepted: &[TokenAlgorithm]) -> Result<Self, Rejection> {
        // The library knows no `none`, so that it is an error here.
        let header = decode_header(text).map_err(|_| {
            Rejection::invalid("the token is not a JWT, or its algorithm is not one that is accepted")
        })?;
        let algorithm = accepted.iter().copied().find(|a| Algorithm::from(*a) == header.alg);
        let algorithm =
            algorithm.ok_or_else(|| Rejection::invalid("the algorithm of the token is not accepted"))?;
        if header.crit.is_some() {
            return Err(Rejection::invalid("the token has critical extensions, and none is known"));
        }
        Ok(Self { text, algorithm, kid: header.kid })
    }

    /// Whether newer keys could have the one that a set lacks.
    pub(super) fn may_be_of_newer_keys(&self, keys: &KeySet) -> bool {
        self.kid.as_deref().is_none_or(|kid| !keys.knows(kid))
    }

    /// The caller, if a key of the set signed the token and its claims hold.
    pub(super) fn verify(&self, keys: &KeySet, checks: &Checks) -> Result<Caller, Refusal> {
        for key in keys.candidates(self.algorithm, self.kid.as_deref()) {
            match checks.apply(self, key) {
                Err(Refusal::Unsigned) => {}
                outcome => return outcome,
            }
        }
        Err(Refusal::Unsigned)
    }
}

/// What the claims of a token have to be.
#[derive(Debug)]
pub(super) struct Checks {
    validation: Validation,
}

impl Checks {
    pub(super) fn new(config: &AuthConfig) -> Self {
        let mut validation = Validation::default();
        let mut required = HashSet::from(["exp".to_owned()]);
        validation.leeway = config.leeway;
        validation.validate_nbf = true;
        if let Some(issuer) = &config.issuer {
            validation.set_issuer(&[issuer]);
            required.insert("iss".to_owned());
        }
        if let Some(audience) = &config.audience {
            validation.set_audience(audience);
            required.insert("aud".to_owned());
        }
        validation.required_spec_claims = required;
        Self { validation }
    }

    fn apply(&self, token: &Token<'_>, key: &DecodingKey) -> Result<Caller, Refusal> {
        let mut validation = self.validation.clone();
        validation.algorithms = vec![token.algorithm.into()];
        let claims = match decode::<Value>(token.text, key, &validation) {
            Ok(data) => data.claims,
            Err(error) => {
                return Err(match error.into_kind() {
                    ErrorKind::InvalidSignature => Refusal::Unsigned,
                    kind => Refusal::Invalid(Rejection::invalid(self.describe(&kind))),
                });
            }
        };
        let expires = claims.get("exp").and_then(expiry);
        match expires {
            Some(expires) if claims.is_object() => Ok(Caller::new(claims, expires)),
            _ => Err(Refusal::Invalid(Rejection::invalid("the claims of the token are malformed"))),
        }
    }

    /// What is wrong, without quotes: it becomes an `error_description`.
    fn describe(&self, kind: &ErrorKind) -> &'static str {
        match kind {
            ErrorKind::ExpiredSignature => "the token has expired",
            ErrorKind::ImmatureSignature => "the token is not valid yet",
            ErrorKind::InvalidIssuer => "the token is of another issuer",
            ErrorKind::InvalidAudience if self.validation.aud.is_none() => {
                "the token is for an audience, and this service is not set up to have a name"
            }
            ErrorKind::InvalidAudience => "the token is for another audience",
            ErrorKind::MissingRequiredClaim(claim) => match claim.as_str() {
                "exp" => "the token has no exp, or one that is not a number",
                "iss" => "the token has no iss",
                _ => "the token has no aud",
            },
            ErrorKind::InvalidClaimFormat(_) => "exp or nbf of the token is not a number",
            _ => "the token is malformed",
        }
    }
}

/// A NumericDate (RFC 7519 §2) in whole seconds.
fn expiry(value: &Value) -> Option<u64> {
    let seconds = || Some(Duration::try_from_secs_f64(value.as_f64()?).ok()?.as_secs());
    value.as_u64().or_else(seconds)
}
