use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State as Extract};
use axum::middleware::Next;
use axum::response::Response;

use crate::metrics::Route;
use crate::state::State;

/// Counts and logs each request: never its query, which may be a signed URL, nor its headers.
pub(super) async fn watch(Extract(state): Extract<Arc<State>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = match request.uri().path().split('/').nth(1) {
        Some("reads" | "variants") => Route::Ticket,
        Some("data") => Route::Data,
        Some("slices") => Route::Slice,
        _ => Route::Other,
    };
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    state.metrics.under_way.inc();
    let response = next.run(request).await;
    state.metrics.under_way.dec();
    let elapsed = started.elapsed();
    let status = response.status().as_u16();
    state.metrics.replied(route, status, elapsed);
    let microseconds = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    tracing::info!(%method, %path, status, microseconds, "replied");
    response
}
