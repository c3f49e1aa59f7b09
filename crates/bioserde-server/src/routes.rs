//! What is answered where.

mod data;
mod datasets;
mod described;
mod openapi;
mod page;
mod slices;
mod tickets;
mod watch;

use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bioserde_htsget::{Endpoint, Error, ErrorKind};
use http::Uri;
use percent_encoding::percent_decode_str;
use tower_http::catch_panic::CatchPanicLayer;

use crate::config::Cors;
use crate::cors;
use crate::failure::Failure;
use crate::state::State;

/// The routes of a server. None of them fails without htsget JSON.
pub(crate) fn router(state: Arc<State>, cors: &Cors) -> Router {
    let tickets = |endpoint: Endpoint| {
        get(tickets::get).post(tickets::post).fallback(not_allowed).with_state((Arc::clone(&state), endpoint))
    };
    let info = |endpoint: Endpoint| {
        get(described::service_info).fallback(not_allowed).with_state((Arc::clone(&state), endpoint))
    };
    let public_path = state.public_path().to_owned();
    let routes = Router::new()
        .route("/reads/service-info", info(Endpoint::Reads))
        .route("/variants/service-info", info(Endpoint::Variants))
        .route("/reads/{*id}", tickets(Endpoint::Reads))
        .route("/variants/{*id}", tickets(Endpoint::Variants))
        .route("/data/{*block}", get(data::get).fallback(not_allowed).with_state(Arc::clone(&state)))
        .route("/slices/{*slice}", get(slices::get).fallback(not_allowed).with_state(Arc::clone(&state)))
        .route("/healthz", get(described::health).fallback(not_allowed))
        .route("/metrics", get(described::metrics).fallback(not_allowed).with_state(Arc::clone(&state)))
        .route("/openapi.json", get(openapi::document).fallback(not_allowed))
        .fallback(not_found)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&state), watch::watch))
        .layer(cors::layer(cors))
        .merge(page::routes(&state))
        .layer(CatchPanicLayer::custom(|_| {
            tracing::error!("a request made the server panic");
            Failure::internal("the server failed").into_response()
        }));
    // Some proxies take the path of the public URL away and some do not.
    match public_path.as_str() {
        "" | "/" => routes,
        path => Router::new().nest(path, routes.clone()).fallback_service(routes),
    }
}

async fn not_found() -> Response {
    let error = Error::new(ErrorKind::NotFound, "there is nothing here");
    Failure::from(error.with_hint("ask for /reads/<id> or /variants/<id>")).into_response()
}

async fn not_allowed() -> Response {
    Failure::new(ErrorKind::MethodNotAllowed, "this resource does not have this method").into_response()
}

/// What follows a prefix in the path of a request, percent-decoded once.
fn id_after(uri: &Uri, prefix: &str) -> Result<String, Failure> {
    let raw = uri.path().strip_prefix(prefix).unwrap_or_default();
    let decoded = percent_decode_str(raw).decode_utf8();
    let decoded = decoded.map_err(|_| Failure::new(ErrorKind::NotFound, "the id is not UTF-8"))?;
    Ok(decoded.into_owned())
}
