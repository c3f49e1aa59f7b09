mod caller;
mod config;
mod error;
mod keys;
mod rejection;
mod rules;
mod token;

use std::sync::Arc;
use std::time::Duration;

use bioserde_core::Region;
use bioserde_htsget::{Endpoint, Error};

pub use self::caller::Caller;
pub use self::config::{
    AllowedValues, AuthConfig, ClaimValue, GrantedRegion, RegionParts, Rule, RuleEndpoint, TokenAlgorithm,
};
pub use self::error::{AuthConfigError, KeysError, RuleError};
use self::keys::{JwksUrl, KeySource, Origin};
pub use self::rejection::Rejection;
use self::rules::Rules;
use self::token::{Checks, Refusal, Token, bearer};

/// Says who calls, and what a caller may read.
#[derive(Debug)]
pub struct Auth {
    keys: Arc<KeySource>,
    algorithms: Vec<TokenAlgorithm>,
    checks: Checks,
    rules: Option<Rules>,
}

impl Auth {
    /// Checks the settings and reads the keys if they are in a file. Those of a URL are fetched when the
    /// first token comes.
    ///
    /// Relative paths are of the working directory.
    pub fn new(config: &AuthConfig) -> Result<Self, AuthConfigError> {
        check(config)?;
        let rules = config.rules.as_deref().map(Rules::new).transpose();
        let rules = rules.map_err(|(number, source)| AuthConfigError::Rule { number, source })?;
        let algorithms = config.algorithms.clone().unwrap_or_else(|| TokenAlgorithm::ALL.to_vec());
        let keys = Arc::new(key_source(config, algorithms.clone())?);
        Ok(Self { keys, algorithms, checks: Checks::new(config), rules })
    }

    /// The caller that the `Authorization` field of a request speaks for (RFC 6750 §2.1).
    ///
    /// A request with several such fields has to be refused before. Needs a tokio runtime.
    pub async fn authenticate(&self, authorization: Option<&str>) -> Result<Caller, Rejection> {
        let token = Token::read(bearer(authorization)?, &self.algorithms)?;
        let keys = self.keys.current().await.ok_or_else(Rejection::unavailable)?;
        let mut outcome = token.verify(&keys, &self.checks);
        if matches!(outcome, Err(Refusal::Unsigned))
            && token.may_be_of_newer_keys(&keys)
            && let Some(newer) = self.keys.other_than(&keys).await
        {
            outcome = token.verify(&newer, &self.checks);
        }
        outcome.map_err(|refusal| match refusal {
            Refusal::Unsigned => Rejection::invalid("the token is not signed by a key of the issuer"),
            Refusal::Invalid(rejection) => rejection,
        })
    }

    /// Whether a caller may read what a request asks for, and if not, why: `PermissionDenied` (403).
    ///
    /// `regions` are those that the request selects, 1-based and closed as in
    /// [`bioserde_htsget::Query::selected`]; nothing stands for the whole file. A request is never narrowed:
    /// it is allowed as a whole or names a region that is forbidden. The header may be read by all who may
    /// read any region. Whether the id exists is not looked at.
    pub fn authorise(
        &self,
        caller: &Caller,
        endpoint: Endpoint,
        id: &str,
        regions: Option<&[Region]>,
        header_only: bool,
    ) -> Result<(), Error> {
        match &self.rules {
            None => Ok(()),
            Some(rules) => rules.authorise(caller, endpoint, id, regions, header_only),
        }
    }
}

fn check(config: &AuthConfig) -> Result<(), AuthConfigError> {
    let empty = [
        ("algorithms", config.algorithms.as_ref().is_some_and(Vec::is_empty)),
        ("audience", config.audience.as_ref().is_some_and(Vec::is_empty)),
        ("rules", config.rules.as_ref().is_some_and(Vec::is_empty)),
    ];
    if let Some((setting, _)) = empty.into_iter().find(|(_, is_empty)| *is_empty) {
        return Err(AuthConfigError::Empty { setting });
    }
    match config.jwks_refresh {
        Some(_) if config.jwks_url.is_none() => return Err(AuthConfigError::RefreshWithoutUrl),
        Some(seconds) if seconds < 10 => return Err(AuthConfigError::RefreshTooShort { seconds }),
        _ => {}
    }
    if config.leeway > 3600 {
        return Err(AuthConfigError::LeewayTooLong { seconds: config.leeway });
    }
    Ok(())
}

fn key_source(config: &AuthConfig, algorithms: Vec<TokenAlgorithm>) -> Result<KeySource, AuthConfigError> {
    let several = |first, second| Err(AuthConfigError::SeveralKeys { first, second });
    match (&config.jwks_url, &config.jwks_file, &config.public_key) {
        (None, None, None) => Err(AuthConfigError::NoKeys),
        (Some(_), Some(_), _) => several("jwks_url", "jwks_file"),
        (Some(_), _, Some(_)) => several("jwks_url", "public_key"),
        (_, Some(_), Some(_)) => several("jwks_file", "public_key"),
        (Some(url), None, None) => {
            let refresh = Duration::from_secs(config.jwks_refresh.unwrap_or(300));
            Ok(KeySource::of_url(JwksUrl::new(url)?, refresh, algorithms))
        }
        (None, Some(path), None) => Ok(KeySource::of_file(Origin::JwksFile(path.clone()), algorithms)?),
        (None, None, Some(path)) => Ok(KeySource::of_file(Origin::PublicKey(path.clone()), algorithms)?),
    }
}

#[cfg(test)]
pub(crate) mod tests;
