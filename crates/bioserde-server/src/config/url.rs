use std::fmt;

use http::Uri;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The text is not a URL that can stand there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is not {expected}")]
pub struct InvalidUrl {
    /// As it was given.
    pub text: String,
    /// What it ought to be, with an example.
    pub expected: &'static str,
}

/// Makes a type of the texts that a function lets pass.
macro_rules! url {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $read:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(title = "URL")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidUrl;

            fn try_from(text: String) -> Result<Self, InvalidUrl> {
                let read: fn(&str) -> Option<&str> = $read;
                let url = read(&text).map(|url| Self(url.to_owned()));
                url.ok_or(InvalidUrl { text, expected: $expected })
            }
        }

        impl From<$name> for String {
            fn from(url: $name) -> Self {
                url.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

url!(
    /// What the URLs of a server begin with: a scheme, a host, and perhaps a path, which does not end
    /// with a slash.
    PublicUrl,
    "an http or https URL with a plain path, which is no route of the server, and without a query, such as `https://example.org/htsget`",
    |text| (is_web(text) && has_plain_path(text)).then_some(text.trim_end_matches('/'))
);
url!(
    /// An http or https URL.
    WebUrl,
    "an http or https URL",
    |text| is_web(text).then_some(text)
);
url!(
    /// An http or https URL, or a `mailto:` address.
    ContactUrl,
    "an http or https URL, or an address such as `mailto:someone@example.org`",
    |text| (is_web(text) || is_mailto(text)).then_some(text)
);

/// Whether a URL has no query, and a path that cannot be taken for a route of the server or a pattern.
fn has_plain_path(url: &str) -> bool {
    const ROUTES: &[&str] =
        &["data", "datasets", "healthz", "metrics", "page", "reads", "slices", "variants"];
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    let first = path.split('/').next().unwrap_or_default();
    !url.contains(['?', '#'])
        && path.chars().all(is_plain)
        && !path.trim_end_matches('/').contains("//")
        && !ROUTES.contains(&first)
}

impl WebUrl {
    pub(super) fn localhost() -> Self {
        Self("http://localhost/".to_owned())
    }
}

/// Whether a text is a URL of http or https with a host and without a user.
fn is_web(text: &str) -> bool {
    text.parse::<Uri>().is_ok_and(|uri| has_host(&uri) && matches!(uri.scheme_str(), Some("http" | "https")))
}

/// Whether a URL has a host, perhaps a port, and no user.
pub(super) fn has_host(uri: &Uri) -> bool {
    uri.authority().is_some_and(|authority| {
        let is_host_or_port = authority.as_str() == authority.host() || authority.port_u16().is_some();
        !authority.host().is_empty() && is_host_or_port && !authority.as_str().contains('@')
    })
}

fn is_mailto(text: &str) -> bool {
    let address = text.strip_prefix("mailto:").unwrap_or_default();
    let is_plain = address.chars().all(|c| !c.is_whitespace() && !c.is_control());
    is_plain && address.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(text: &str) -> Option<String> {
        PublicUrl::try_from(text.to_owned()).ok().map(Into::into)
    }

    #[test]
    fn a_public_url_is_an_origin_and_a_prefix() {
        assert_eq!(public("https://example.org/a/b/").as_deref(), Some("https://example.org/a/b"));
        assert_eq!(public("http://[::1]:80").as_deref(), Some("http://[::1]:80"));
        for bad in
            ["", "example.org", "/a", "ftp://example.org", "https://a@example.org", "https://", "http://a b"]
        {
            assert_eq!(public(bad), None, "{bad}");
        }
        for bad in ["https://example.org?a", "https://example.org/#a", "https://example.org:99999"] {
            assert_eq!(public(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_contact_may_be_a_mailbox() {
        let is_contact = |text: &str| ContactUrl::try_from(text.to_owned()).is_ok();
        assert!(is_contact("mailto:a@example.org") && is_contact("https://example.org/?q=1"));
        assert!(!is_contact("a@example.org") && !is_contact("mailto:a") && !is_contact("mailto:a@b c"));
    }
}
