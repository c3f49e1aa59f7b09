//! Hostile requests: whatever is asked, an htsget error of the client or a right answer.

use axum::body::Body;
use bioserde_testkit::Random;
use http::{Request, Uri};

use super::site::Site;

/// Requests; `BIOSERDE_FUZZ_REQUESTS` asks for more.
const REQUESTS: usize = 4000;

const PIECES: &[&str] = &[
    "/",
    "reads",
    "variants",
    "data",
    "slices",
    "service-info",
    "a",
    "deep",
    "b",
    "v",
    "plain",
    "..",
    ".",
    "%2e%2e",
    "%2F",
    "%00",
    "%ff",
    "%",
    "\\",
    "~",
    "*",
    "?",
    "&",
    "=",
    ",",
    "referenceName",
    "start",
    "end",
    "format",
    "class",
    "header",
    "BAM",
    "VCF",
    "CRAM",
    "PARQUET",
    "CSV",
    "fields",
    "tags",
    "notags",
    "QNAME",
    "NM",
    "chr1",
    "chr2",
    "0",
    "1",
    "-1",
    "18446744073709551616",
    "2147483647",
    "1e5",
    ".bam",
    ".parquet",
    ".vcf.gz",
    "part",
    "bytes",
    "records",
    "source",
    "version",
    "expires",
    "signature",
    "regions",
    "0:1-5",
    "etc",
    "passwd",
    "secret",
    "é",
    "%C3%A9",
    "+",
    ";",
    "#",
    "a.bam",
    "a.bam.bai",
    "healthz",
    "metrics",
];

const BODIES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "null",
    "true",
    "1",
    "-1",
    "1.5",
    "1e9",
    "\"format\"",
    "\"BAM\"",
    "\"regions\"",
    "\"referenceName\"",
    "\"chr1\"",
    "\"start\"",
    "\"end\"",
    "\"tags\"",
    "\"fields\"",
    "\"class\"",
    "\"header\"",
    "\u{0}",
    "\\",
    "{\"regions\":[{\"referenceName\":\"chr1\"}]}",
];

fn text(random: &mut Random, pieces: &[&str], most: usize) -> String {
    (0..1 + random.index(most)).map(|_| random.pick(pieces)).collect()
}

/// A path that is often one of the server's.
fn target(random: &mut Random) -> String {
    let start = random.pick(&["/", "/reads/", "/variants/", "/reads/a", "/variants/v", "/data/", "/slices/"]);
    let path = start.to_owned() + &text(random, PIECES, 6);
    if random.one_in(2) { path } else { path + "?" + &text(random, PIECES, 12) }
}

#[tokio::test]
async fn hostile_requests_are_answered() {
    let requests =
        std::env::var("BIOSERDE_FUZZ_REQUESTS").ok().and_then(|n| n.parse().ok()).unwrap_or(REQUESTS);
    let site = Site::new("");
    // Valid files outside of the root, and a way to them that is not to be gone.
    let outside = tempfile::tempdir_in(site.folder.path().parent().unwrap()).unwrap();
    std::fs::copy(site.folder.path().join("a.bam"), outside.path().join("outside.bam")).unwrap();
    let name = outside.path().file_name().unwrap().to_str().unwrap().to_owned();
    #[cfg(unix)]
    std::os::unix::fs::symlink(outside.path(), site.folder.path().join("link")).unwrap();
    let mut random = Random::new(11);
    let (mut sent, mut answered) = (0, 0);
    while sent < requests {
        let mut target = target(&mut random);
        if random.one_in(10) {
            let way =
                random.pick(&["link/", "../{}/", "..%2F{}/", "%2e%2e/{}/", "a/../../{}/", "/{}/", "./link/"]);
            let start = random.pick(&["/reads/", "/slices/reads/", "/datasets/reads/"]);
            target = start.to_owned()
                + &way.replace("{}", &name)
                + "outside"
                + random.pick(&["", ".bam", ".csv", ".json"]);
        }
        let Ok(uri) = target.parse::<Uri>() else { continue };
        let method = random.pick(&["GET", "GET", "GET", "HEAD", "POST", "PUT", "OPTIONS"]);
        let body = if method == "POST" { text(&mut random, BODIES, 8) } else { String::new() };
        let request = Request::builder().method(method).uri(uri).header("host", "h.test");
        let reply = site.send(request.body(Body::from(body.clone())).unwrap()).await;
        sent += 1;
        let status = reply.status.as_u16();
        assert!(status < 500, "{method} {target} {body}: {status}");
        let is_outside = target.split('?').next().is_some_and(|path| path.contains("outside"));
        assert!(!is_outside || status >= 400 || method == "OPTIONS", "{method} {target}: {status}");
        if status >= 400 && method != "HEAD" && method != "OPTIONS" {
            reply.error();
        }
        answered += usize::from(status < 300);
    }
    assert!(answered * 200 > sent, "only {answered} of {sent} were answered");
}
