use std::ops::Range;
use std::time::SystemTime;

use axum::response::{IntoResponse, Response};
use bioserde_htsget::{Error, ErrorKind};
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE,
    LAST_MODIFIED, RANGE, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_range_header::parse_range_header;

use super::Content;
use crate::failure::Failure;

/// What a reply says of its content.
pub(crate) struct Description<'a> {
    pub(crate) media_type: &'static str,
    /// Opaque and strong, without quotes: equal ones have equal bytes.
    pub(crate) etag: &'a str,
    pub(crate) modified: Option<SystemTime>,
}

/// Answers `GET` or `HEAD`: all of the content, or the range that is asked for (RFC 9110 §14).
///
/// Several ranges in one request are answered with all of the content, as is one that cannot be read.
pub(crate) fn reply(
    method: &Method,
    request: &HeaderMap,
    content: Content,
    about: &Description<'_>,
) -> Response {
    let etag = format!("\"{}\"", about.etag);
    let is_current = request.get(IF_RANGE).is_none_or(|value| value.as_bytes() == etag.as_bytes());
    let total = content.len();
    // Ranges are those of GET.
    let is_current = is_current && method == Method::GET;
    let response = match request.get(RANGE).filter(|_| is_current).map_or(Wanted::All, |r| wanted(r, total)) {
        Wanted::All => sized(StatusCode::OK, content),
        Wanted::Part(range) => {
            let value = format!("bytes {}-{}/{total}", range.start, range.end - 1);
            let mut response = sized(StatusCode::PARTIAL_CONTENT, content.part(range));
            insert(&mut response, CONTENT_RANGE, &value);
            response
        }
        Wanted::Nothing => {
            let message = format!("the range lies outside of the {total} bytes");
            let mut response =
                Failure::from(Error::new(ErrorKind::RangeNotSatisfiable, message)).into_response();
            insert(&mut response, CONTENT_RANGE, &format!("bytes */{total}"));
            return response;
        }
    };
    with_headers(response, &etag, about)
}

/// The answer to a client that has the content already (RFC 9110 §13.1.2), before any work is done.
pub(crate) fn not_modified(request: &HeaderMap, about: &Description<'_>) -> Option<Response> {
    let etag = format!("\"{}\"", about.etag);
    let matches = |value: &HeaderValue| value.to_str().is_ok_and(|v| has_etag(v, &etag));
    let is_known = request.get_all(IF_NONE_MATCH).iter().any(matches);
    is_known.then(|| with_headers(StatusCode::NOT_MODIFIED.into_response(), &etag, about))
}

enum Wanted {
    All,
    /// Half-open, not empty, within the content.
    Part(Range<u64>),
    Nothing,
}

fn wanted(value: &HeaderValue, total: u64) -> Wanted {
    let Some(parsed) = value.to_str().ok().and_then(|text| parse_range_header(text).ok()) else {
        return Wanted::All;
    };
    if parsed.len() > 1 {
        return Wanted::All;
    }
    match parsed.validate(total).map(|ranges| ranges.into_iter().next()) {
        Ok(Some(range)) => Wanted::Part(*range.start()..range.end() + 1),
        Ok(None) => Wanted::All,
        Err(_) => Wanted::Nothing,
    }
}

fn sized(status: StatusCode, content: Content) -> Response {
    let len = content.len();
    let mut response = (status, content.into_body()).into_response();
    response.headers_mut().insert(CONTENT_LENGTH, len.into());
    response
}

fn with_headers(mut response: Response, etag: &str, about: &Description<'_>) -> Response {
    insert(&mut response, ETAG, etag);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(about.media_type));
    // Signed URLs and tokens are of one reader; and a file may change.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response.headers_mut().insert(VARY, HeaderValue::from_static("authorization"));
    response.headers_mut().insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Some(time) = about.modified {
        insert(&mut response, LAST_MODIFIED, &httpdate::fmt_http_date(time));
    }
    response
}

fn insert(response: &mut Response, name: http::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Whether a list of entity tags has this one, compared weakly (RFC 9110 §13.1.2).
fn has_etag(list: &str, etag: &str) -> bool {
    list.split(',').map(str::trim).any(|item| item == "*" || item.strip_prefix("W/").unwrap_or(item) == etag)
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    async fn get(headers: &[(http::HeaderName, &str)]) -> (StatusCode, HeaderMap, Vec<u8>) {
        let mut request = HeaderMap::new();
        for (name, value) in headers {
            request.append(name, HeaderValue::from_str(value).unwrap());
        }
        let mut content = Content::default();
        content.push_bytes(&b"01234"[..]);
        content.push_bytes(&b"56789"[..]);
        let about = Description { media_type: "text/x", etag: "e", modified: None };
        let known = not_modified(&request, &about);
        let response = known.unwrap_or_else(|| reply(&Method::GET, &request, content, &about));
        let (parts, body) = response.into_parts();
        (parts.status, parts.headers, to_bytes(body, 99).await.unwrap().to_vec())
    }

    #[tokio::test]
    async fn ranges_are_answered() {
        let range = async |text| get(&[(RANGE, text)]).await;
        let (status, headers, body) = range("bytes=3-6").await;
        assert_eq!((status.as_u16(), body.as_slice()), (206, &b"3456"[..]));
        assert_eq!(headers[CONTENT_RANGE], "bytes 3-6/10");
        assert_eq!(headers[CONTENT_LENGTH], "4");
        assert_eq!(range("bytes=8-").await.2, b"89");
        assert_eq!(range("bytes=-3").await.2, b"789");
        assert_eq!(range("bytes=5-99").await.2, b"56789");
        let (status, headers, body) = range("bytes=10-").await;
        assert_eq!(
            (status.as_u16(), &headers[CONTENT_RANGE]),
            (416, &HeaderValue::from_static("bytes */10"))
        );
        assert!(body.starts_with(b"{\"htsget\":"));
        for all in ["bytes=0-1,4-5", "lines=1-2", "bytes=x"] {
            assert_eq!((range(all).await.0.as_u16(), range(all).await.2.len()), (200, 10), "{all}");
        }
    }

    #[tokio::test]
    async fn conditions_are_answered() {
        assert_eq!(get(&[(IF_NONE_MATCH, "\"x\", W/\"e\"")]).await.0.as_u16(), 304);
        assert_eq!(get(&[(IF_NONE_MATCH, "\"x\"")]).await.0.as_u16(), 200);
        assert_eq!(get(&[(IF_RANGE, "\"e\""), (RANGE, "bytes=0-0")]).await.2, b"0");
        assert_eq!(get(&[(IF_RANGE, "\"x\""), (RANGE, "bytes=0-0")]).await.2.len(), 10);
    }
}
