//! What the URLs of a ticket begin with.

use bioserde_htsget::{Error, ErrorKind};
use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, Uri};

use crate::state::State;

/// The configured origin, or the host that the request names.
///
/// # Errors
///
/// `InvalidInput`: the request names no host, or none that can stand in a URL.
pub(crate) fn base_url(state: &State, uri: &Uri, headers: &HeaderMap) -> Result<String, Error> {
    if let Some(public_url) = &state.public_url {
        return Ok(public_url.clone());
    }
    let scheme = if state.is_tls { "https" } else { "http" };
    // In HTTP/2 the host is a part of the target.
    let named = uri.authority().map(Authority::as_str);
    let host = named.or_else(|| headers.get(HOST).and_then(|host| host.to_str().ok()));
    let host = host
        .filter(|host| host.parse::<Authority>().is_ok_and(|a| a.as_str() == *host && !host.contains('@')));
    let missing = || Error::new(ErrorKind::InvalidInput, "the request does not name its host as HTTP has it");
    Ok(format!("{scheme}://{}", host.ok_or_else(missing)?))
}
