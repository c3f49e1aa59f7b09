use std::sync::Arc;

use axum::extract;
use axum::response::{IntoResponse, Response};
use bioserde_htsget::{Endpoint, media_type};
use http::HeaderValue;
use http::header::CONTENT_TYPE;

use crate::failure::Failure;
use crate::metrics::Sizes;
use crate::state::State;

/// `GET /reads/service-info` (GA4GH service-info 1.0, htsget §"Service info").
pub(super) async fn service_info(
    extract::State((state, endpoint)): extract::State<(Arc<State>, Endpoint)>,
) -> Response {
    let info = state.service(endpoint).to_json();
    ([(CONTENT_TYPE, HeaderValue::from_static(media_type::SERVICE_INFO))], info).into_response()
}

/// `GET /healthz`: the server answers.
pub(super) async fn health() -> &'static str {
    "ok\n"
}

/// `GET /metrics`: counters for Prometheus.
pub(super) async fn metrics(extract::State(state): extract::State<Arc<State>>) -> Result<Response, Failure> {
    let sizes = Sizes {
        files: state.catalog.size(),
        spooled_bytes: state.spool.size().1,
        slices_bytes: state.slices.weight(),
    };
    let text = state.metrics.text(&sizes);
    let text = text.map_err(|_| Failure::internal("the counters cannot be written"))?;
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(CONTENT_TYPE, HeaderValue::from_static(media_type))], text).into_response())
}
