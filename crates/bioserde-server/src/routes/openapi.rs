use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;

/// `GET /openapi.json`: what can be asked, for machines.
pub(super) async fn document() -> Response {
    let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (json, include_str!("openapi.json")).into_response()
}

#[cfg(test)]
mod tests {
    use bioserde_htsget::{Endpoint, ErrorKind, Format};
    use serde_json::Value;

    #[test]
    fn formats_and_errors_are_those_of_the_protocol() {
        let document: Value = serde_json::from_str(include_str!("openapi.json")).unwrap();
        let schemas = &document["components"]["schemas"];
        for (endpoint, name) in [(Endpoint::Reads, "ReadsFormat"), (Endpoint::Variants, "VariantsFormat")] {
            let formats: Vec<_> = Format::of(endpoint).map(Format::name).collect();
            assert_eq!(schemas[name]["enum"], serde_json::json!(formats));
        }
        let errors = &schemas["Error"]["properties"]["htsget"]["properties"]["error"]["enum"];
        for kind in ErrorKind::ALL {
            assert!(errors.as_array().unwrap().iter().any(|name| name == kind.name()), "{kind}");
        }
    }
}
