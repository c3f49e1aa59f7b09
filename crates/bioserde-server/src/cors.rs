//! Which web pages may read replies (htsget §"CORS").

use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, ETAG};
use http::{HeaderValue, Method};
use tower_http::cors::{AllowHeaders, AllowOrigin, Any, CorsLayer};

use crate::config::{Cors, CorsOrigins};

pub(crate) fn layer(cors: &Cors) -> CorsLayer {
    let origins = match &cors.origins {
        CorsOrigins::Mirror => AllowOrigin::mirror_request(),
        CorsOrigins::Any => AllowOrigin::from(Any),
        CorsOrigins::List(list) => {
            list.iter().filter_map(|o| HeaderValue::from_str(o).ok()).collect::<Vec<_>>().into()
        }
    };
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::HEAD, Method::POST])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([CONTENT_RANGE, CONTENT_LENGTH, ACCEPT_RANGES, ETAG])
        .max_age(cors.max_age.duration())
}
