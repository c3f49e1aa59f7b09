//! Tokens and rules at the routes.

use axum::body::Body;
use bioserde_htsget::Ticket;
use http::Request;
use serde_json::{Value, json};

use super::site::{Reply, Site};
use crate::auth::TokenAlgorithm;
use crate::auth::tests::signer::{Signer, in_seconds};
use crate::captured_log::CapturedLog;

const RULES: &str = r#"
[[auth.rules]]
subjects = ["all"]
ids = ["**"]

[[auth.rules]]
subjects = ["some"]
ids = ["a", "c"]
regions = ["chr1:1000-900000"]
"#;

struct Guarded {
    site: Site,
    signer: Signer,
    _key: tempfile::NamedTempFile,
}

impl Guarded {
    fn new() -> Self {
        let signer = Signer::new(TokenAlgorithm::ES256);
        let key = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(key.path(), signer.public_pem()).unwrap();
        let path = key.path().to_str().unwrap();
        let site = Site::with(&format!("[auth]\npublic_key = '{path}'\n{RULES}"));
        Self { site, signer, _key: key }
    }

    fn token(&self, subject: &str) -> String {
        self.signer.token(&json!({"sub": subject, "exp": in_seconds(600)}))
    }

    async fn get(&self, path: &str, token: Option<&str>) -> Reply {
        let mut request = Request::get(path).header("host", "h.test");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.site.send(request.body(Body::empty()).unwrap()).await
    }
}

#[tokio::test]
async fn d15_without_a_valid_token_nothing_is_told() {
    let guarded = Guarded::new();
    for path in ["/reads/a", "/reads/none", "/slices/reads/a.bam", "/variants/v?class=header"] {
        let reply = guarded.get(path, None).await;
        assert_eq!((reply.status.as_u16(), reply.error().as_str()), (401, "InvalidAuthentication"), "{path}");
        assert!(reply.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer "), "{path}");
        let reply = guarded.get(path, Some("x.y.z")).await;
        assert_eq!((reply.status.as_u16(), reply.error().as_str()), (401, "InvalidAuthentication"), "{path}");
    }
    assert_eq!(guarded.get("/reads/service-info", None).await.status, 200);
    assert_eq!(guarded.get("/healthz", None).await.status, 200);
}

#[tokio::test]
async fn rules_bind_ids_and_regions() {
    let guarded = Guarded::new();
    let (all, some) = (guarded.token("all"), guarded.token("some"));
    let cases = [
        ("/reads/a", &all, 200),
        ("/reads/deep/b", &all, 200),
        ("/reads/none", &all, 404),
        ("/reads/a", &some, 403),
        ("/reads/a?class=header", &some, 200),
        ("/reads/a?referenceName=chr1&start=999&end=900000", &some, 200),
        ("/reads/a?referenceName=chr1&start=998&end=900000", &some, 403),
        ("/reads/a?referenceName=chr1&start=5000&end=900001", &some, 403),
        ("/reads/a?referenceName=*", &some, 403),
        ("/reads/deep/b?class=header", &some, 403),
        // Whether the file is there is not told to those who may not read it.
        ("/reads/none", &some, 403),
        ("/slices/reads/a.csv?referenceName=chr1&start=999&end=2000", &some, 200),
        ("/slices/reads/a.csv", &some, 403),
    ];
    for (path, token, status) in cases {
        assert_eq!(guarded.get(path, Some(token)).await.status.as_u16(), status, "{path}");
    }
}

/// The URLs of a ticket carry its permission, and no more than that.
#[tokio::test]
async fn d16_t12_the_urls_of_a_ticket_need_no_token() {
    let guarded = Guarded::new();
    let token = guarded.token("some");
    let reply = guarded.get("/reads/a?referenceName=chr1&start=5000&end=90000", Some(&token)).await;
    let text = String::from_utf8(reply.body.clone()).unwrap();
    assert!(!text.contains(&token));
    let ticket = Ticket::from_json(&reply.body).unwrap();
    let block = ticket.urls().iter().find(|url| url.inline_bytes().is_none()).unwrap();
    let path = block.url().strip_prefix("http://h.test").unwrap();
    assert_eq!(guarded.get(path, None).await.status, 200);
    let widened = path.replace("5001-90000", "5001-90001");
    assert_ne!(widened, path);
    assert_eq!(guarded.get(&widened, Some(&token)).await.status, 403);
}

#[tokio::test]
async fn a_ticket_does_not_outlive_its_token() {
    let guarded = Guarded::new();
    let expires = in_seconds(5);
    let token = guarded.signer.token(&json!({"sub": "all", "exp": expires}));
    let reply = guarded.get("/reads/a", Some(&token)).await;
    let text = String::from_utf8(reply.body).unwrap();
    assert!(text.contains(&format!("expires={expires}")), "{text}");
}

#[tokio::test]
async fn t15_tokens_and_signatures_are_not_logged() {
    let (log, _guard) = CapturedLog::start();
    let guarded = Guarded::new();
    let token = guarded.token("all");
    let reply = guarded.get("/reads/a?referenceName=chr1", Some(&token)).await;
    let json: Value = reply.json();
    for url in json["htsget"]["urls"].as_array().unwrap() {
        if let Some(path) = url["url"].as_str().unwrap().strip_prefix("http://h.test") {
            assert_eq!(guarded.get(path, None).await.status, 200);
        }
    }
    guarded.get("/reads/a", Some("not.a.token")).await;
    assert!(log.lines("INFO", "/data/reads/a").len() == 1);
    for secret in [token.as_str(), "signature", "expires", "not.a.token", "Bearer"] {
        assert!(log.lines("", secret).is_empty(), "{secret}");
    }
}
