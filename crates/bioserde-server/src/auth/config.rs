use std::collections::BTreeMap;
use std::path::PathBuf;

use bioserde_htsget::Endpoint;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who may read what: bearer tokens (RFC 6750) that are JWTs (RFC 7519).
///
/// The keys come from exactly one of `jwks_url`, `jwks_file` and `public_key`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// Where the issuer publishes its keys as a JWK set (RFC 7517 §5). `https`, or `http` to this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_url: Option<String>,
    /// A file with a JWK set. It is read again when it changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_file: Option<PathBuf>,
    /// A PEM file with one public key: RSA, EC on P-256, or Ed25519. It is read again when it changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<PathBuf>,
    /// The algorithms that tokens may be signed with. Without it: all that fit the keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithms: Option<Vec<TokenAlgorithm>>,
    /// The `iss` that tokens must have. Without it `iss` is not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The names of this service, one of which must be in `aud`. Without it tokens may not have `aud`
    /// (RFC 7519 §4.1.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<Vec<String>>,
    /// Seconds by which the clocks of the issuer and of this machine may differ; at most an hour.
    pub leeway: u64,
    /// Seconds after which the keys of `jwks_url` are fetched again, at least 10. Without it: 300.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_refresh: Option<u64>,
    /// What callers may read: the union of the rules that match. Without rules every valid token may read
    /// everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<Rule>>,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            jwks_url: None,
            jwks_file: None,
            public_key: None,
            algorithms: None,
            issuer: None,
            audience: None,
            leeway: 30,
            jwks_refresh: None,
            rules: None,
        }
    }
}

/// An algorithm of signatures (RFC 7518 §3.1, RFC 8037 §3.1). Those with shared secrets are not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
pub enum TokenAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256, of keys of 2048 to 8192 bits.
    RS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// EdDSA on Ed25519.
    EdDSA,
}

impl TokenAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 3] = [Self::RS256, Self::ES256, Self::EdDSA];
}

/// Who may read what, and which parts of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Whether the rule is for every valid token. Then `subjects` and `claims` are absent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub everyone: bool,
    /// The `sub` of those whom the rule is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subjects: Option<Vec<String>>,
    /// Claims that a token must have, all of them, each with one of the allowed values. Of a claim that is
    /// a list one member has to be allowed, and of `scope` one word (RFC 8693 §4.2). A name that begins
    /// with `/` is a JSON pointer, such as `/realm_access/roles`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<BTreeMap<String, AllowedValues>>,
    /// The endpoint that the rule is for. Without it: both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<RuleEndpoint>,
    /// The ids that may be read. `*` stands for any text without `/`, `**` for any text, and `**/` also for
    /// nothing.
    pub ids: Vec<String>,
    /// The regions that may be read. Without it: the whole file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regions: Option<Vec<GrantedRegion>>,
}

/// An endpoint, as a rule names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuleEndpoint {
    /// `/reads/<id>`.
    Reads,
    /// `/variants/<id>`.
    Variants,
}

impl From<RuleEndpoint> for Endpoint {
    fn from(endpoint: RuleEndpoint) -> Self {
        match endpoint {
            RuleEndpoint::Reads => Self::Reads,
            RuleEndpoint::Variants => Self::Variants,
        }
    }
}

/// The values of a claim that a rule allows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged, expecting = "expected a text, a whole number, true or false, or a list of these")]
pub enum AllowedValues {
    /// This value.
    One(ClaimValue),
    /// Any of these values.
    Any(Vec<ClaimValue>),
}

impl AllowedValues {
    pub(super) fn as_slice(&self) -> &[ClaimValue] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Any(values) => values,
        }
    }
}

/// A value of a claim.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged, expecting = "expected a text, a whole number, true or false")]
pub enum ClaimValue {
    /// A text, which is compared exactly.
    Text(String),
    /// A whole number.
    Number(i64),
    /// True or false.
    Flag(bool),
}

/// A part of a file that may be read; 1-based, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a region such as \"chr1:1000-2000\", or a table with `name`, and `start` and `end` at will"
)]
pub enum GrantedRegion {
    /// `name`, `name:start-end`, `name:start-`, or `*` for unplaced reads, as samtools writes them.
    Text(String),
    /// The same in parts, for names with a colon.
    Parts(RegionParts),
}

/// A region in parts; 1-based, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegionParts {
    /// The reference sequence, or `*` for unplaced reads.
    pub name: String,
    /// The first position. Without it: the start of the sequence, with position 0, VCF's telomere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<u64>,
    /// The last position. Without it: the end of the sequence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<u64>,
}
