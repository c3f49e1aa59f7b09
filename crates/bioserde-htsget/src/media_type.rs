//! The media types of requests and replies.
//!
//! A request's `Accept` and a `POST`'s `Content-Type` say nothing that a reply depends on: clients send
//! `*/*`, `application/json`, any version of the htsget type, a form's type, or none. So neither is ever
//! a reason to refuse a request, and this crate reads neither.

/// The `Content-Type` of a ticket (htsget §"Protocol essentials").
pub const TICKET: &str = "application/vnd.ga4gh.htsget.v1.3.0+json; charset=utf-8";

/// The `Content-Type` of an error (htsget §"Errors").
pub const ERROR: &str = "application/json";

/// The `Content-Type` of service-info (GA4GH service-info 1.0).
pub const SERVICE_INFO: &str = "application/json";

/// The `Content-Type` of the body of a `POST` request.
pub const REQUEST_BODY: &str = "application/json";

/// The `Accept` of a client: some servers answer 406 without the htsget type, others only know JSON.
pub const ACCEPT: &str = "application/vnd.ga4gh.htsget.v1.3.0+json, application/json;q=0.9, */*;q=0.1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e8_ticket_content_type_names_the_version() {
        assert_eq!(TICKET, format!("application/vnd.ga4gh.htsget.v{}+json; charset=utf-8", crate::VERSION));
    }

    #[test]
    fn e9_a_client_names_the_version_and_takes_anything() {
        assert!(ACCEPT.starts_with(&format!("application/vnd.ga4gh.htsget.v{}+json,", crate::VERSION)));
        assert!(ACCEPT.contains("*/*"));
    }
}
