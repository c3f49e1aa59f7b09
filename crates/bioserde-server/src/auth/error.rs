use std::io;
use std::path::PathBuf;

use bioserde_core::ParseRegionError;
use thiserror::Error;

/// Why access control cannot be set up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AuthConfigError {
    /// None of `jwks_url`, `jwks_file` and `public_key` is given.
    #[error("access control has no keys to check tokens with")]
    NoKeys,
    /// More than one of `jwks_url`, `jwks_file` and `public_key` is given.
    #[error("access control has keys from both `{first}` and `{second}`")]
    SeveralKeys {
        /// One setting.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// `jwks_url` is not a URL that keys may be fetched from.
    #[error("`jwks_url` is `{url}`, which {reason}")]
    InvalidUrl {
        /// The setting, without a password.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A list of settings has no element.
    #[error("`{setting}` is an empty list")]
    Empty {
        /// The name of the setting.
        setting: &'static str,
    },
    /// `jwks_refresh` stands without `jwks_url`.
    #[error("`jwks_refresh` is given without `jwks_url`")]
    RefreshWithoutUrl,
    /// `jwks_refresh` is shorter than keys may be fetched.
    #[error("`jwks_refresh` is {seconds} s, and keys are fetched every 10 s at most")]
    RefreshTooShort {
        /// The setting.
        seconds: u64,
    },
    /// `leeway` is longer than an hour.
    #[error("`leeway` is {seconds} s, more than an hour")]
    LeewayTooLong {
        /// The setting.
        seconds: u64,
    },
    /// A rule is wrong.
    #[error("rule {number} is wrong")]
    Rule {
        /// 1-based.
        number: usize,
        /// What is wrong.
        source: RuleError,
    },
    /// The keys cannot be read.
    #[error("the keys of access control cannot be used")]
    Keys(#[from] KeysError),
    /// The HTTP client for `jwks_url` cannot be made, say for want of certificate authorities.
    #[error("keys cannot be fetched over TLS")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl AuthConfigError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoKeys | Self::SeveralKeys { .. } => {
                Some("give exactly one of `jwks_url`, `jwks_file` and `public_key`")
            }
            Self::InvalidUrl { .. } => {
                Some("write https://host/path; plain http is for this machine alone, as in http://localhost/")
            }
            Self::Empty { .. } => Some("leave it out, or name what it is about"),
            Self::RefreshWithoutUrl => Some("leave it out: files are read again when they change"),
            Self::RefreshTooShort { .. } => Some("leave it out for 300 s"),
            Self::LeewayTooLong { .. } => Some("set the clock of this machine, and leave it out for 30 s"),
            Self::Rule { source, .. } => source.hint(),
            Self::Keys(source) => source.hint(),
            Self::Client(_) => Some("install the certificate authorities of the system (ca-certificates)"),
        }
    }
}

/// What is wrong with a rule.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RuleError {
    /// None of `everyone`, `subjects` and `claims` is given.
    #[error("it says not whom it is for")]
    NoOne,
    /// `everyone` stands beside `subjects` or `claims`.
    #[error("it is for everyone and also has `{setting}`")]
    EveryoneAndSome {
        /// `subjects` or `claims`.
        setting: &'static str,
    },
    /// A list is empty, so that the rule would allow nothing.
    #[error("`{setting}` is empty, so that the rule allows nothing")]
    Empty {
        /// The name of the setting.
        setting: String,
    },
    /// An element of `regions` is not a region.
    #[error("`{text}` in `regions` is not a region")]
    Region {
        /// The element.
        text: String,
        /// What is wrong.
        source: ParseRegionError,
    },
    /// An element of `regions` has a colon that no interval follows.
    #[error("`{text}` in `regions` has a colon, and no interval `start-end` or `start-` follows it")]
    Colon {
        /// The element.
        text: String,
    },
    /// A table in `regions` has positions that make no interval.
    #[error("the region of `{name}` in `regions` is empty or beyond 2147483647")]
    Interval {
        /// The reference sequence.
        name: String,
    },
    /// A table in `regions` gives positions to unplaced reads.
    #[error("`*` in `regions` has `start` or `end`, and unplaced reads have no position")]
    UnplacedInterval,
    /// An element of `ids` makes too large a pattern.
    #[error("`{glob}` in `ids` is too long")]
    Glob {
        /// The element.
        glob: String,
    },
}

impl RuleError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoOne => Some("give `subjects`, `claims`, or `everyone = true`"),
            Self::EveryoneAndSome { .. } => Some("leave one of them out"),
            Self::Empty { .. } => Some("leave it out, or name what is allowed"),
            Self::Region { .. } | Self::Colon { .. } => {
                Some("write a name with a colon as {name = \"HLA:01\", start = 1, end = 5}")
            }
            Self::Interval { .. } => Some("positions are 1-based and both ends belong to the region"),
            Self::UnplacedInterval => Some("leave `start` and `end` out"),
            Self::Glob { .. } => Some("write several shorter ones"),
        }
    }
}

/// Why keys cannot be had.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeysError {
    /// A file cannot be read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A document is longer than any set of keys.
    #[error("{place}: longer than {limit} bytes")]
    TooLong {
        /// The file or URL.
        place: String,
        /// The limit.
        limit: usize,
    },
    /// A document is not a JWK set (RFC 7517 §5).
    #[error("{place}: not a JWK set")]
    NotJwks {
        /// The file or URL.
        place: String,
        /// The reason.
        source: serde_json::Error,
    },
    /// A JWK set has no key that may be used.
    #[error("{place}: no key for {wanted}{}", Reasons(reasons))]
    NoKey {
        /// The file or URL.
        place: String,
        /// The algorithms that are accepted.
        wanted: String,
        /// Why each key is not used.
        reasons: Vec<String>,
    },
    /// A PEM file has no public key, or has something else.
    #[error("{place}: {reason}")]
    NotPublicKey {
        /// The file.
        place: String,
        /// What was found.
        reason: String,
    },
    /// The request for the keys failed.
    #[error("{url}: the keys cannot be fetched")]
    Fetch {
        /// The URL, without query.
        url: String,
        /// The reason.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The request for the keys was answered with another status than 200.
    #[error("{url}: answered with status {status} in place of keys")]
    Status {
        /// The URL, without query.
        url: String,
        /// The status.
        status: u16,
    },
    /// A task of reading or fetching did not end.
    #[error("{place}: reading was given up")]
    Interrupted {
        /// The file or URL.
        place: String,
    },
}

struct Reasons<'a>(&'a [String]);

impl std::fmt::Display for Reasons<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return f.write_str(" (it is empty)");
        }
        write!(f, " ({})", self.0.join("; "))
    }
}

impl KeysError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotPublicKey { .. } => {
                Some("`openssl pkey -in private.pem -pubout` writes the public key of a private one")
            }
            Self::Status { status: 300..=399, .. } => Some("redirects are not followed; give the last URL"),
            Self::NotJwks { .. } => Some("it is the `jwks_uri` of the issuer's openid-configuration"),
            _ => None,
        }
    }
}
