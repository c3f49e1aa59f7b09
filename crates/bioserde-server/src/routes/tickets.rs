use std::sync::Arc;

use axum::body::Body;
use axum::extract;
use axum::response::{IntoResponse, Response};
use bioserde_htsget::{Endpoint, Error, ErrorKind, Query, media_type};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Uri};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::id_after;
use crate::access;
use crate::base_url::base_url;
use crate::failure::Failure;
use crate::recipient::recipient;
use crate::state::State;
use crate::tickets::{Asked, ticket};

type Shared = extract::State<(Arc<State>, Endpoint)>;

/// `GET /reads/<id>` (htsget §"GET request").
pub(super) async fn get(
    extract::State((state, endpoint)): Shared,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id = id_after(&uri, &format!("/{endpoint}/"))?;
    let query = Query::from_get(endpoint, &id, uri.query().unwrap_or_default())?;
    answer(&state, &uri, &headers, query).await
}

/// `POST /reads/<id>` (htsget §"POST request").
pub(super) async fn post(
    extract::State((state, endpoint)): Shared,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let id = id_after(&uri, &format!("/{endpoint}/"))?;
    let body = tokio::time::timeout(
        state.limits.request_time.duration(),
        collect(body, usize::try_from(state.limits.body_bytes.bytes()).unwrap_or(usize::MAX)),
    );
    let body = body.await.map_err(|_| {
        Failure::new(ErrorKind::RequestTimeout, "the body of the request did not arrive in time")
    })??;
    let query = Query::from_post(endpoint, &id, uri.query().unwrap_or_default(), &body)?;
    answer(&state, &uri, &headers, query).await
}

async fn collect(body: Body, limit: usize) -> Result<Bytes, Failure> {
    let collected = Limited::new(body, limit).collect().await;
    Ok(collected
        .map_err(|e| {
            if e.is::<LengthLimitError>() {
                Error::new(ErrorKind::PayloadTooLarge, format!("the body has more than {limit} bytes"))
                    .with_hint("send several requests with fewer regions")
            } else {
                Error::new(ErrorKind::InvalidInput, "the body of the request ended before its end")
            }
        })?
        .to_bytes())
}

async fn answer(
    state: &Arc<State>,
    uri: &Uri,
    headers: &HeaderMap,
    query: Query,
) -> Result<Response, Failure> {
    let base = base_url(state, uri, headers)?;
    let grant = access::check(state, headers, &query).await?;
    let asked = Asked { recipient: recipient(headers, &query)?, query, grant };
    let made = tokio::time::timeout(state.limits.request_time.duration(), ticket(state, &base, asked));
    let json = made
        .await
        .map_err(|_| Failure::new(ErrorKind::ServiceUnavailable, "the ticket could not be made in time"))??;
    let headers = [(CONTENT_TYPE, media_type::TICKET), (CACHE_CONTROL, "no-store")];
    Ok((headers.map(|(name, value)| (name, HeaderValue::from_static(value))), json).into_response())
}
