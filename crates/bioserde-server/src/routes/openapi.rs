use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;

/// `GET /openapi.json`: what can be asked, for machines.
pub(super) async fn document() -> Response {
    let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (json, include_str!("openapi.json")).into_response()
}
