use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use bioserde_convert::{IndexPlan, Silent, index};
use bioserde_htsget::{Format, Ticket};
use bioserde_testkit::{alignments, bgzf, variants};
use http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::config::Config;
use crate::routes::router;
use crate::state::State;

/// A folder of generated files and the routes that serve it.
pub(super) struct Site {
    pub(super) folder: TempDir,
    pub(super) router: Router,
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The name of an htsget error, which must be one.
    pub(super) fn error(&self) -> String {
        assert!(self.status.is_client_error() || self.status.is_server_error(), "{}", self.status);
        assert_eq!(self.headers["content-type"], "application/json");
        self.json()["htsget"]["error"].as_str().unwrap().to_owned()
    }
}

/// The configuration of a table of tickets.
pub(super) fn policy(tickets: &str) -> String {
    format!("[tickets]\n{tickets}\n[limits]\nbody_bytes = 100000\nregions = 500\n")
}

impl Site {
    /// Reads `a` (indexed), `deep/b` (without index), variants `v` (indexed, two samples), `plain`
    /// (text) and `c` (BCF is left to corpus files).
    pub(super) fn new(tickets: &str) -> Self {
        Self::with(&policy(tickets))
    }

    /// The same with any configuration.
    pub(super) fn with(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fill(folder.path());
        let router = routes_of(folder.path(), config);
        Self { folder, router }
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        self.send(Request::get(path).header("host", "h.test").body(Body::empty()).unwrap()).await
    }

    pub(super) async fn post(&self, path: &str, body: impl Into<Body>) -> Reply {
        self.send(Request::post(path).header("host", "h.test").body(body.into()).unwrap()).await
    }

    /// The joined bytes of a ticket.
    pub(super) async fn fetch(&self, ticket: &Reply) -> Vec<u8> {
        assert_eq!(ticket.status, 200, "{}", String::from_utf8_lossy(&ticket.body));
        let ticket = Ticket::from_json(&ticket.body).unwrap();
        let mut joined = Vec::new();
        for url in ticket.urls() {
            let bytes = match url.inline_bytes() {
                Some(bytes) => bytes.unwrap(),
                None => {
                    let reply = self.get(url.url().strip_prefix("http://h.test").unwrap()).await;
                    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
                    assert_eq!(reply.headers["content-length"], reply.body.len().to_string());
                    reply.body
                }
            };
            if matches!(ticket.format(), Format::Bam | Format::Vcf | Format::Bcf) {
                // Every part is whole blocks, so that a client can inflate each alone.
                bgzf::blocks(&bytes);
            }
            joined.extend(bytes);
        }
        joined
    }
}

pub(super) fn fill(folder: &Path) {
    let bam = |path: &str, seed, n, sizes: &[usize]| {
        let bytes = alignments::bam_bytes(&alignments::typical_header(), &alignments::typical(seed, n));
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bgzf::compress(&bytes, sizes, true)).unwrap();
    };
    bam("a.bam", 1, 3000, &[700, 1, 13]);
    index_of(&folder.join("a.bam"));
    bam("deep/b.bam", 2, 200, &[60_000]);
    let lines = variants::typical(3, 3000, 2);
    let vcf = variants::vcf_bgzf(&variants::typical_header(2), &lines, &[900], true);
    fs::write(folder.join("v.vcf.gz"), vcf).unwrap();
    index_of(&folder.join("v.vcf.gz"));
    let text = variants::vcf_text(&variants::typical_header(1), &variants::typical(4, 50, 1));
    fs::write(folder.join("plain.vcf"), text).unwrap();
}

pub(super) fn index_of(path: &Path) {
    let input = path.to_str().unwrap().to_owned();
    index(&IndexPlan { input, ..IndexPlan::default() }, &mut Silent).unwrap();
}

pub(super) fn routes_of(folder: &Path, config: &str) -> Router {
    let overrides = toml::toml! { locations = [{ path = "" }] };
    let mut overrides: toml::Table = overrides;
    overrides["locations"][0]["path"] = folder.to_str().unwrap().into();
    let file = Path::new("test.toml");
    let config = Config::load(Some((file, config)), [], overrides).unwrap();
    router(Arc::new(State::new(&config).unwrap()), &config.cors)
}
