use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bioserde_htsget::{Endpoint, Error, ErrorKind, Format, Query};
use bioserde_read::Share;
use http::{HeaderMap, Method, Uri};

use super::id_after;
use crate::access;
use crate::block::{Block, Part};
use crate::content::{Description, not_modified, reply};
use crate::failure::Failure;
use crate::recipient::recipient;
use crate::records::spool_failed;
use crate::render::{as_file, render};
use crate::served::{Served, Shared};
use crate::state::{Effort, State};
use crate::tickets::select;

/// The header of a Crypt4GH file for one recipient.
const HEADER: u64 = 124;

/// `GET /slices/reads/<id>.parquet`: the answer to a query as one file, of the format that the name
/// ends with.
pub(super) async fn get(
    extract::State(state): extract::State<Arc<State>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let path = id_after(&uri, "/slices/")?;
    let (endpoint, id, format) = named(&path)?;
    let query = Query::from_get(endpoint, &id, uri.query().unwrap_or_default())?;
    if query.format.is_some_and(|given| given != format) {
        let message = format!("`format` is another one than {format}, with which the name ends");
        return Err(Error::new(ErrorKind::InvalidInput, message).with_hint("leave `format` out").into());
    }
    let query = Query { format: Some(format), ..query };
    let grant = access::check(&state, &headers, &query).await?;
    let served = state.catalog.of_query(&query).await?;
    grant.covers(&query, &served)?;
    let selected = select(&state, &served, &query)?;
    let share = match query.is_header_only {
        true => Some(Share::default()),
        false => selected.map(|wants| Share { wants, after: None }),
    };
    let part = if format.is_extension() { Part::Table(share) } else { Part::Records(share) };
    let recipient = recipient(&headers, &query)?;
    let query = Query { regions: None, is_header_only: false, is_encrypted: false, ..query };
    let block = Block { query, source: served.format, version: served.version.clone(), part, recipient };
    let key = block.to_path_and_query();
    if block.recipient.is_some() {
        return encrypted(&state, &served, &block, &key, &method, &headers).await;
    }
    // The body alone has another tag than the file.
    let etag = etag(&format!("slices/{key}"));
    let about = describe(&block, &served, &etag);
    if let Some(known) = not_modified(&headers, &about) {
        return Ok(known);
    }
    let mut content = render(&state, &served, &block, &key).await?;
    if !format.is_extension() {
        content = as_file(&served, &content);
    }
    Ok(reply(&method, &headers, content, &about))
}

/// An encrypted block. Each time that it is made it has other bytes, and thus another tag.
pub(super) async fn encrypted(
    state: &Arc<State>,
    served: &Shared,
    block: &Block,
    key: &str,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let content = render(state, served, block, key).await?;
    let made = content.clone();
    // The header of each has a key of its own.
    let read = move || made.beginning(HEADER).map_err(|e| spool_failed(&e));
    let beginning = state.work(Effort::Small, read).await?;
    let etag = etag(&URL_SAFE_NO_PAD.encode(beginning));
    let about = Description { media_type: "application/octet-stream", ..describe(block, served, &etag) };
    Ok(not_modified(headers, &about).unwrap_or_else(|| reply(method, headers, content, &about)))
}

/// Endpoint, id and format of `reads/<id>.bam`.
fn named(path: &str) -> Result<(Endpoint, String, Format), Error> {
    let (endpoint, name) = path.split_once('/').unwrap_or((path, ""));
    let endpoint = Endpoint::from_name(endpoint).ok_or_else(|| {
        Error::new(ErrorKind::NotFound, "there is nothing here")
            .with_hint("ask for /slices/reads/<id>.parquet or /slices/variants/<id>.parquet")
    })?;
    let suffix = |format: &Format| name.strip_suffix(format.suffix());
    let found = Format::of(endpoint).filter_map(|format| Some((suffix(&format)?, format)));
    let (id, format) = found.min_by_key(|(id, _)| id.len()).ok_or_else(|| {
        let known: Vec<_> = Format::of(endpoint).map(Format::suffix).collect();
        Error::new(ErrorKind::UnsupportedFormat, "the name does not end with a format")
            .with_hint(format!("it can end with {}", known.join(", ")))
    })?;
    Ok((endpoint, id.to_owned(), format))
}

/// What tells the content of a block from others. Another version of the program may compress otherwise.
pub(super) fn etag(key: &str) -> String {
    let digest = digest(&SHA256, format!("{} {key}", env!("CARGO_PKG_VERSION")).as_bytes());
    URL_SAFE_NO_PAD.encode(digest.as_ref().get(..15).unwrap_or_default())
}

/// What a reply says of a block.
pub(super) fn describe<'a>(block: &Block, served: &Served, etag: &'a str) -> Description<'a> {
    let format = block.query.format.filter(|_| matches!(block.part, Part::Table(_)));
    let media_type = format.unwrap_or(served.format).media_type();
    Description { media_type, etag, modified: served.source().modified() }
}
