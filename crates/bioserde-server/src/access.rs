//! Whether a request may have what it asks for.

use bioserde_htsget::{Endpoint, Error, ErrorKind, Query};
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::auth::{Auth, Caller};
use crate::failure::Failure;
use crate::served::Served;
use crate::signature::now;
use crate::state::State;

/// What a request was allowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grant {
    /// When URLs that it gets must end, in seconds since 1970.
    pub(crate) expires: u64,
    /// Whether all records of the file were allowed.
    is_whole: bool,
}

/// Asks for a token where access is controlled, and holds the query against its rules. The file need
/// not exist: who may not read an id does not learn that.
///
/// # Errors
///
/// `InvalidAuthentication`, or `PermissionDenied`.
pub(crate) async fn check(state: &State, headers: &HeaderMap, query: &Query) -> Result<Grant, Failure> {
    let expires = now() + state.tickets.lifetime.duration().as_secs();
    let Some(auth) = &state.auth else { return Ok(Grant { expires, is_whole: true }) };
    let caller = authenticate(auth, headers).await?;
    let may = |regions| auth.authorise(&caller, query.endpoint, &query.id, regions, query.is_header_only);
    may(query.selected().as_deref())?;
    let is_whole = auth.authorise(&caller, query.endpoint, &query.id, None, false).is_ok();
    Ok(Grant { expires: expires.min(caller.expires()), is_whole })
}

/// What of a list of files those may see who ask for it: the ids of which they may read anything.
pub(crate) enum Visible<'a> {
    /// Access is not controlled.
    All,
    To(&'a Auth, Box<Caller>),
}

/// Asks for a token where access is controlled.
///
/// # Errors
///
/// `InvalidAuthentication`.
pub(crate) async fn visible<'a>(state: &'a State, headers: &HeaderMap) -> Result<Visible<'a>, Failure> {
    match &state.auth {
        None => Ok(Visible::All),
        Some(auth) => Ok(Visible::To(auth, Box::new(authenticate(auth, headers).await?))),
    }
}

impl Visible<'_> {
    pub(crate) fn has(&self, endpoint: Endpoint, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::To(auth, caller) => auth.authorise(caller, endpoint, id, None, true).is_ok(),
        }
    }
}

async fn authenticate(auth: &Auth, headers: &HeaderMap) -> Result<Caller, Failure> {
    let mut values = headers.get_all(AUTHORIZATION).iter().map(|value| value.to_str().unwrap_or_default());
    let caller = auth.authenticate(values.next()).await?;
    if values.next().is_some() {
        return Err(Failure::new(ErrorKind::InvalidInput, "`Authorization` is sent twice"));
    }
    Ok(caller)
}

impl Grant {
    /// Checks that nothing but what was allowed will be sent of a file.
    ///
    /// # Errors
    ///
    /// `PermissionDenied`: containers of CRAM that are sent whole hold records of other regions.
    pub(crate) fn covers(self, query: &Query, served: &Served) -> Result<(), Error> {
        if self.is_whole || query.is_header_only || served.data.is_cut_at_records() {
            return Ok(());
        }
        let message =
            format!("{} is sent in whole containers, which hold more than is allowed", served.format);
        let error = Error::new(ErrorKind::PermissionDenied, message);
        Err(if served.is_decodable { error.with_hint("ask for format=BAM") } else { error })
    }
}
