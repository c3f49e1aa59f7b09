use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State as Extract};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;
use http::header::CONTENT_LENGTH;
use http_body::Body;

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
    let mut watched = Watched { state: &state, route, method, path, started, status: GIVEN_UP };
    let response = next.run(request).await;
    watched.status = response.status().as_u16();
    let announced =
        response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let announced = announced.or_else(|| response.body().size_hint().exact()).unwrap_or(0);
    if watched.method != Method::HEAD {
        state.metrics.reply_bytes.inc_by(announced);
    }
    response
}

/// The status that other servers log for a client that went away.
const GIVEN_UP: u16 = 499;

/// Tells of a request at its end, which may be that the client went away.
struct Watched<'a> {
    state: &'a State,
    route: Route,
    method: Method,
    path: String,
    started: Instant,
    status: u16,
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        let elapsed = self.started.elapsed();
        self.state.metrics.under_way.dec();
        self.state.metrics.replied(self.route, self.status, elapsed);
        let microseconds = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let (method, path, status) = (&self.method, &self.path, self.status);
        tracing::info!(%method, %path, status, microseconds, "replied");
    }
}
