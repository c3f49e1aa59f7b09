use std::sync::Arc;

use axum::extract;
use axum::response::Response;
use bioserde_htsget::{Error, ErrorKind};
use http::{HeaderMap, Method, Uri};

use super::slices::{describe, encrypted, etag};
use crate::block::Block;
use crate::content::{not_modified, reply};
use crate::failure::Failure;
use crate::render::render;
use crate::state::State;

/// `GET /data/...`: a part of a ticket. Its signature is all the permission that it takes.
pub(super) async fn get(
    extract::State(state): extract::State<Arc<State>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let signed = uri.path_and_query().map_or("", |text| text.as_str());
    let signed = signed.strip_prefix("/data/").unwrap_or_default();
    let key = state.signer.verify(signed)?;
    let block = Block::parse(key)?;
    let served = state.catalog.open(block.query.endpoint, &block.query.id, Some(block.source)).await?;
    if served.version != block.version {
        let error = Error::new(ErrorKind::NotFound, "the file has changed since the ticket was made");
        return Err(error.with_hint("ask for a new ticket").into());
    }
    if block.recipient.is_some() {
        return encrypted(&state, &served, &block, key, &method, &headers).await;
    }
    let etag = etag(key);
    let about = describe(&block, &served, &etag);
    if let Some(known) = not_modified(&headers, &about) {
        return Ok(known);
    }
    let content = render(&state, &served, &block, key).await?;
    Ok(reply(&method, &headers, content, &about))
}
