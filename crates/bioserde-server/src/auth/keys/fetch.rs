use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};

use super::LIMIT;
use crate::auth::error::{AuthConfigError, KeysError};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const TIMEOUT: Duration = Duration::from_secs(5);

/// Where a JWK set is fetched from.
#[derive(Debug)]
pub(in crate::auth) struct JwksUrl {
    url: Url,
    client: Client,
    shown: String,
}

impl JwksUrl {
    /// Checks the URL: `https`, or `http` to this machine, so that nobody on the way can put keys there.
    pub(in crate::auth) fn new(text: &str) -> Result<Self, AuthConfigError> {
        let wrong =
            |shown: &str, reason: String| AuthConfigError::InvalidUrl { url: shown.to_owned(), reason };
        let url = Url::parse(text).map_err(|e| wrong(text, format!("is not a URL: {e}")))?;
        let shown = shown(&url);
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(&shown, "has a user name or password".to_owned()));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(wrong(&shown, "is plain http to another machine".to_owned())),
            other => return Err(wrong(&shown, format!("is of the scheme `{other}`"))),
        }
        Ok(Self { client: client(&url)?, url, shown })
    }

    /// The URL without its query, which may hold a key of an interface.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Fetches the set, of a bounded length and in a bounded time.
    pub(super) async fn fetch(&self) -> Result<Vec<u8>, KeysError> {
        let failed = |e: reqwest::Error| KeysError::Fetch {
            url: self.shown.clone(),
            source: Box::new(e.without_url()),
        };
        let mut reply = self.client.get(self.url.clone()).send().await.map_err(failed)?;
        if reply.status() != StatusCode::OK {
            return Err(KeysError::Status { url: self.shown.clone(), status: reply.status().as_u16() });
        }
        let mut document = Vec::new();
        while let Some(chunk) = reply.chunk().await.map_err(failed)? {
            if document.len() + chunk.len() > LIMIT {
                return Err(KeysError::TooLong { place: self.shown.clone(), limit: LIMIT });
            }
            document.extend_from_slice(&chunk);
        }
        Ok(document)
    }
}

fn client(url: &Url) -> Result<Client, AuthConfigError> {
    let builder = Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        .redirect(Policy::none())
        .user_agent(concat!("bioserde/", env!("CARGO_PKG_VERSION")));
    let builder = match url.scheme() {
        "https" => builder.https_only(true),
        // Neither a proxy nor certificate authorities have a part in talking to this machine.
        _ => builder.no_proxy().tls_certs_only([]),
    };
    builder.build().map_err(|e| AuthConfigError::Client(Box::new(e)))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_over_tls_or_from_this_machine() {
        for url in [
            "https://issuer.example/jwks",
            "http://localhost:8080/jwks",
            "http://127.0.0.1/",
            "http://127.9.9.9/",
            "http://[::1]:9/jwks",
        ] {
            assert!(JwksUrl::new(url).is_ok(), "{url}");
        }
        let refused = |url: &str| JwksUrl::new(url).unwrap_err().to_string();
        assert!(refused("http://issuer.example/").contains("plain http"));
        assert!(refused("http://localhost.example/").contains("plain http"));
        assert!(refused("file:///etc/jwks").contains("scheme `file`"));
        assert!(refused("issuer.example").contains("is not a URL"));
    }

    #[test]
    fn messages_have_neither_password_nor_query() {
        let error = JwksUrl::new("https://me:secret@issuer.example:8443/jwks?key=secret").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
        let url = JwksUrl::new("https://issuer.example:8443/jwks?key=secret").unwrap();
        assert_eq!(url.shown(), "https://issuer.example:8443/jwks");
    }
}
