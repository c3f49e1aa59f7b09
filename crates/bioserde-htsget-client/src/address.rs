use std::fmt;
use std::str::FromStr;

use bioserde_htsget::{Endpoint, Query};
use percent_encoding::percent_decode_str;
use reqwest::Url;
use thiserror::Error;

/// The schemes of addresses, and what is spoken there.
const SCHEMES: [(&str, &str); 5] = [
    ("htsget+https://", "https://"),
    ("htsget+http://", "http://"),
    ("htsget://", "https://"),
    ("https://", "https://"),
    ("http://", "http://"),
];

/// Parameters that a query of htsget is made of (htsget §"Query parameters").
const PARAMETERS: [&str; 9] =
    ["format", "class", "referenceName", "start", "end", "fields", "tags", "notags", "encryptionScheme"];

/// The URL of a file on an htsget server: `htsget://HOST/reads/ID` and the like, or an `https` or `http`
/// URL with such a path, perhaps with a query.
///
/// Shown without its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Without a query.
    url: Url,
    /// Parameters that htsget does not know, as they were written.
    others: String,
    query: Query,
}

/// Why a text is not the URL of a file on an htsget server.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidAddress {
    /// It is no URL.
    #[error("this is no URL: {what}")]
    Url {
        /// The reason in words.
        what: String,
    },
    /// It is a URL of something else.
    #[error("the path of an htsget URL has /reads/ID or /variants/ID in it")]
    Path,
    /// It has a user or a password in it.
    #[error("a user or a password in a URL is seen by others; give a token instead")]
    User,
    /// Its query is not one of htsget.
    #[error(transparent)]
    Query(#[from] bioserde_htsget::Error),
}

impl Address {
    /// Whether a text begins like an address.
    pub fn is_meant(text: &str) -> bool {
        split_scheme(text).is_some()
    }

    /// What the query says, for a request.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Whether the query says which records are wanted.
    pub fn has_regions(&self) -> bool {
        self.query.regions.is_some()
    }

    /// Whether everyone on the way can read what is sent.
    pub fn is_plain(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// The URL of a request with some parameters.
    pub(crate) fn url(&self, parameters: &str) -> Url {
        let mut url = self.url.clone();
        let both = [self.others.as_str(), parameters];
        let query = both.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("&");
        url.set_query(Some(query.as_str()).filter(|query| !query.is_empty()));
        url
    }
}

/// What follows the scheme, and the scheme that is spoken.
fn split_scheme(text: &str) -> Option<(&'static str, &str)> {
    SCHEMES.iter().find_map(|(scheme, spoken)| {
        let start = text.get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then(|| Some((*spoken, text.get(scheme.len()..)?)))?
    })
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let bad = |what: &str| InvalidAddress::Url { what: what.to_owned() };
        let (scheme, rest) = split_scheme(text).ok_or_else(|| bad("the scheme is not known"))?;
        let mut url = Url::parse(&format!("{scheme}{rest}")).map_err(|e| bad(&e.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidAddress::User);
        }
        url.set_fragment(None);
        let (endpoint, id) = endpoint_and_id(url.path()).ok_or(InvalidAddress::Path)?;
        let raw = url.query().unwrap_or_default().to_owned();
        url.set_query(None);
        let query = Query::from_get(endpoint, &id, &raw)?;
        let others = raw.split('&').filter(|pair| !pair.is_empty() && !is_parameter(pair));
        Ok(Self { others: others.collect::<Vec<_>>().join("&"), url, query })
    }
}

/// The first segment of a path that names an endpoint, and the id after it, decoded.
fn endpoint_and_id(path: &str) -> Option<(Endpoint, String)> {
    let mut rest = path.strip_prefix('/')?;
    loop {
        let (segment, after) = rest.split_once('/')?;
        match Endpoint::from_name(segment) {
            Some(_) if after.is_empty() => return None,
            Some(endpoint) => {
                let id = percent_decode_str(after).decode_utf8().ok()?;
                return Some((endpoint, id.into_owned()));
            }
            None => rest = after,
        }
    }
}

fn is_parameter(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or(pair);
    percent_decode_str(name).decode_utf8().is_ok_and(|name| PARAMETERS.contains(&name.as_ref()))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn schemes_of_htsget_are_those_of_the_web() {
        let spoken = |text: &str| address(text).url("").to_string();
        assert_eq!(spoken("htsget://x.org:8443/reads/a"), "https://x.org:8443/reads/a");
        assert_eq!(spoken("HTSGET+http://x.org/reads/a"), "http://x.org/reads/a");
        assert_eq!(spoken("htsget+https://x.org/v1/variants/a/b"), "https://x.org/v1/variants/a/b");
        assert!(Address::is_meant("htsget://x") && Address::is_meant("HTTP://x"));
        assert!(!Address::is_meant("reads.bam") && !Address::is_meant("http.bam"));
    }

    #[test]
    fn an_id_is_what_follows_the_endpoint() {
        let id = |text: &str| (address(text).query.endpoint, address(text).query.id);
        assert_eq!(
            id("https://x/a/reads/b/c%20d?start=1&referenceName=z"),
            (Endpoint::Reads, "b/c d".into())
        );
        assert_eq!(id("https://x/variants/reads/b"), (Endpoint::Variants, "reads/b".into()));
        for bad in ["https://x/", "https://x/reads", "https://x/reads/", "https://x/file.bam"] {
            assert_eq!(bad.parse::<Address>(), Err(InvalidAddress::Path), "{bad}");
        }
        assert!(matches!("https://x/reads/service-info".parse::<Address>(), Err(InvalidAddress::Query(_))));
        assert_eq!("https://u:p@x/reads/a".parse::<Address>(), Err(InvalidAddress::User));
        assert!(matches!("https://".parse::<Address>(), Err(InvalidAddress::Url { .. })));
    }

    #[test]
    fn other_parameters_are_kept_and_none_is_shown() {
        let it = address("https://x/reads/a?key=s%2Fecret&referenceName=1&start=4&&flag#f");
        let parameters = it.query.to_query_string().unwrap();
        assert_eq!(it.url(&parameters).query(), Some("key=s%2Fecret&flag&referenceName=1&start=4"));
        assert_eq!(it.to_string(), "https://x/reads/a");
        assert!(it.has_regions() && !it.is_plain());
        assert!("https://x/reads/a?start=4".parse::<Address>().is_err());
    }
}
