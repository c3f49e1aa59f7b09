use std::sync::Arc;

use axum::Router;
use axum::extract::State as Extract;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::get;
use bioserde_htsget::ErrorKind;
use http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, Uri};

use super::{datasets, id_after, not_allowed, watch};
use crate::content::{Content, Description, not_modified, reply};
use crate::failure::Failure;
use crate::page::{Asset, Page};
use crate::state::State;

/// The page, its files and its lists. None of them is for pages of other origins: a server on one's own
/// machine tells no web site what it has.
pub(super) fn routes(state: &Arc<State>) -> Router {
    if state.page.is_none() {
        return Router::new();
    }
    let mut router = Router::new().route("/", get(index).fallback(not_allowed));
    if !matches!(state.public_path(), "" | "/") {
        // Nested routes answer to the path without the slash at its end alone.
        router = router.route(&format!("{}/", state.public_path()), get(index).fallback(not_allowed));
    }
    router
        .route("/page/{*path}", get(asset).fallback(not_allowed))
        .route("/datasets.json", get(datasets::list).fallback(not_allowed))
        .route("/datasets/{*id}", get(datasets::details).fallback(not_allowed))
        .layer(from_fn_with_state(Arc::clone(state), watch::watch))
        .with_state(Arc::clone(state))
}

/// `GET /`: the page.
async fn index(Extract(state): Extract<Arc<State>>, headers: HeaderMap) -> Result<Response, Failure> {
    let page = state.page.as_ref().ok_or_else(nothing)?;
    Ok(file(page, page.index(), &headers))
}

/// `GET /page/...`: what belongs to it.
async fn asset(
    Extract(state): Extract<Arc<State>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let page = state.page.as_ref().ok_or_else(nothing)?;
    let asset = page.asset(&id_after(&uri, "/page/")?).ok_or_else(nothing)?;
    Ok(file(page, asset, &headers))
}

fn file(page: &Page, asset: &Asset, headers: &HeaderMap) -> Response {
    let mut content = Content::default();
    content.push_bytes(asset.bytes.clone());
    let about = Description { media_type: asset.media_type, etag: &asset.etag, modified: None };
    let known = not_modified(headers, &about);
    let mut response = known.unwrap_or_else(|| reply(&Method::GET, headers, content, &about));
    let fields = response.headers_mut();
    // Kept, and asked for again with its tag: another version of the server has other files.
    fields.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    fields.remove(VARY);
    fields.insert(CONTENT_SECURITY_POLICY, page.policy.clone());
    fields.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    fields.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if asset.is_gzip {
        // There is no other form: every browser that runs it takes gzip.
        fields.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn nothing() -> Failure {
    Failure::new(ErrorKind::NotFound, "there is nothing here")
}
