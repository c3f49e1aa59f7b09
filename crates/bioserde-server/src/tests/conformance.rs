//! The rules of htsget 1.3 that only a server can hold: docs/htsget.md.

use axum::body::Body;
use bioserde_htsget::{Class, Ticket, media_type};
use bioserde_testkit::bgzf;
use http::{Method, Request, StatusCode};

use crate::listen::{Times, listen};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::site::{Reply, Site};

fn ticket(reply: &Reply) -> Ticket {
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    Ticket::from_json(&reply.body).unwrap()
}

#[tokio::test]
async fn e1_e2_ids_may_contain_slashes_plain_or_encoded() {
    let site = Site::new("");
    for path in ["/reads/deep/b", "/reads/deep%2Fb", "/reads/a", "/variants/v", "/variants/plain"] {
        assert_eq!(site.get(path).await.status, 200, "{path}");
    }
    for path in ["/reads/none", "/reads/v", "/variants/a", "/reads/deep", "/reads/", "/reads", "/x/a"] {
        assert_eq!(site.get(path).await.error(), "NotFound", "{path}");
    }
}

#[tokio::test]
async fn e3_service_info_is_answered_on_both_endpoints() {
    let site = Site::new("");
    for (endpoint, formats) in [("reads", ["BAM", "CRAM"]), ("variants", ["VCF", "BCF"])] {
        let reply = site.get(&format!("/{endpoint}/service-info")).await;
        let info = reply.json();
        assert_eq!(reply.headers["content-type"], "application/json");
        assert_eq!(info["type"]["version"], "1.3.0");
        assert_eq!(info["htsget"]["datatype"], endpoint);
        assert_eq!(info["htsget"]["formats"], serde_json::json!(formats));
        assert_eq!(info["htsget"]["fieldsParameterEffective"], endpoint == "reads");
        assert_eq!(info["htsget"]["tagsParametersEffective"], true);
    }
}

#[tokio::test]
async fn everything_in_the_openapi_document_is_answered() {
    let site = Site::new("");
    let document = site.get("/openapi.json").await.json();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let endpoint = if path.contains("variants") { "v" } else { "a" };
        let path = path.replace("{id}", endpoint).replace("{name}", &format!("{endpoint}.csv"));
        for method in methods.as_object().unwrap().keys().filter(|key| *key != "parameters") {
            let request = Request::builder().method(method.to_uppercase().as_str()).uri(&path);
            let reply = site.send(request.header("host", "h.test").body(Body::empty()).unwrap()).await;
            let expected = if path.starts_with("/data") { 403 } else { 200 };
            assert_eq!(reply.status, expected, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn e1_a_public_url_may_have_a_prefix() {
    let site = Site::with("public_url = 'https://p.test/htsget/v1'\n");
    for prefix in ["", "/htsget/v1"] {
        let reply = site.get(&format!("{prefix}/reads/a?referenceName=chr1")).await;
        for url in ticket(&reply).urls().iter().filter(|url| url.inline_bytes().is_none()) {
            let path = url.url().strip_prefix("https://p.test/htsget/v1").unwrap();
            assert_eq!(site.get(&format!("{prefix}{path}")).await.status, 200, "{prefix}{path}");
        }
        assert_eq!(site.get(&format!("{prefix}/reads/service-info")).await.status, 200);
        assert_eq!(site.get(&format!("{prefix}/nothing")).await.error(), "NotFound");
    }
}

#[tokio::test]
async fn cors_echoes_origin_and_headers_for_30_days() {
    let site = Site::new("");
    let block = site.get("/reads/a").await;
    let block = ticket(&block).urls()[1].url().strip_prefix("http://h.test").unwrap().to_owned();
    for path in ["/reads/a", "/variants/v", &block] {
        let asked = Request::options(path)
            .header("origin", "https://page.test")
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "authorization, x-own");
        let reply = site.send(asked.body(Body::empty()).unwrap()).await;
        assert!(reply.status.is_success(), "{path}: {}", reply.status);
        assert_eq!(reply.headers["access-control-allow-origin"], "https://page.test");
        assert_eq!(reply.headers["access-control-allow-headers"], "authorization, x-own");
        assert_eq!(reply.headers["access-control-max-age"], "2592000");
        let sent = Request::get(path).header("host", "h.test").header("origin", "https://page.test");
        let reply = site.send(sent.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.headers["access-control-allow-origin"], "https://page.test");
        assert!(reply.headers["access-control-expose-headers"].to_str().unwrap().contains("content-range"));
    }
}

#[tokio::test]
async fn e4_post_is_answered_where_get_is() {
    let site = Site::new("");
    let post = site.post("/reads/a", r#"{"format":"bam","regions":[{"referenceName":"chr1"}]}"#).await;
    let get = site.get("/reads/a?format=BAM&referenceName=chr1").await;
    assert_eq!(site.fetch(&post).await, site.fetch(&get).await);
    let reply = site.post("/reads/a?referenceName=chr1", "{}").await;
    assert_eq!((reply.status.as_u16(), reply.error().as_str()), (400, "InvalidInput"));
}

#[tokio::test]
async fn e6_a_body_that_is_too_large_is_payload_too_large() {
    let site = Site::new("");
    let reply = site.post("/reads/a", vec![b' '; 100_001]).await;
    assert_eq!((reply.status.as_u16(), reply.error().as_str()), (413, "PayloadTooLarge"));
    let region = r#"{"referenceName":"chr1"},"#.repeat(501);
    let body = format!(r#"{{"regions":[{}]}}"#, region.trim_end_matches(','));
    assert_eq!(site.post("/reads/a", body).await.error(), "PayloadTooLarge");
}

#[tokio::test]
async fn e8_e9_tickets_have_the_type_of_the_specification_whatever_is_accepted() {
    let site = Site::new("");
    for accept in ["application/vnd.ga4gh.htsget.v1.0.0+json", "text/html", "nonsense"] {
        let request = Request::get("/reads/a").header("host", "h.test").header("accept", accept);
        let reply = site.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.headers["content-type"], media_type::TICKET);
        assert!(reply.body.starts_with(b"{\"htsget\":"));
    }
}

#[tokio::test]
async fn e11_nothing_is_content_coded() {
    let site = Site::new("");
    for path in ["/reads/a", "/slices/reads/a.bam", "/variants/service-info"] {
        let request = Request::get(path).header("host", "h.test").header("accept-encoding", "gzip, br, zstd");
        let reply = site.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, 200, "{path}");
        assert!(!reply.headers.contains_key("content-encoding"), "{path}");
    }
}

#[tokio::test]
async fn e12_http_1_and_2_are_spoken() {
    let site = Site::new("");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let seconds = Duration::from_secs(5);
    let times = Times { head: seconds, idle: seconds, shutdown: seconds };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let stopped = async { stopped.await.unwrap() };
    let served =
        tokio::spawn(listen(listener, None, site.router.clone(), times, stopped, std::future::pending()));
    let request = || Request::get(format!("http://{addr}/reads/a")).header("host", addr.to_string());
    let connect = async || TokioIo::new(tokio::net::TcpStream::connect(addr).await.unwrap());
    let (mut one, connection) = hyper::client::conn::http1::handshake(connect().await).await.unwrap();
    tokio::spawn(connection);
    let reply = one.send_request(request().body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!((reply.status().as_u16(), reply.version()), (200, http::Version::HTTP_11));
    let executor = TokioExecutor::new();
    let (mut two, connection) =
        hyper::client::conn::http2::handshake(executor, connect().await).await.unwrap();
    tokio::spawn(connection);
    let reply = two.send_request(request().body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!((reply.status().as_u16(), reply.version()), (200, http::Version::HTTP_2));
    drop((one, two));
    stop.send(()).unwrap();
    served.await.unwrap();
}

#[tokio::test]
async fn p1_a_format_that_the_id_lacks_is_unsupported() {
    let site = Site::new("");
    for path in ["/reads/a?format=CRAM", "/variants/v?format=BCF", "/reads/a?format=VCF", "/reads/a?format=x"]
    {
        let reply = site.get(path).await;
        assert_eq!((reply.status.as_u16(), reply.error().as_str()), (400, "UnsupportedFormat"), "{path}");
    }
    assert_eq!(site.get("/reads/none?format=CRAM").await.error(), "NotFound");
}

#[tokio::test]
async fn p4_t2_a_reply_is_header_records_and_one_marker() {
    let site = Site::new("");
    for path in ["/reads/a", "/reads/deep/b", "/variants/v", "/variants/plain", "/reads/a?referenceName=chr1"]
    {
        let bytes = site.fetch(&site.get(path).await).await;
        let blocks = bgzf::blocks(&bytes);
        let empty =
            blocks.iter().filter(|block| bytes[(*block).clone()] == bioserde_storage::bgzf::EOF_MARKER);
        assert_eq!(empty.count(), 1, "{path}");
        assert!(bytes.ends_with(&bioserde_storage::bgzf::EOF_MARKER), "{path}");
    }
    let original = std::fs::read(site.folder.path().join("a.bam")).unwrap();
    let bytes = site.fetch(&site.get("/reads/a").await).await;
    assert_eq!(bgzf::decompress(&bytes), bgzf::decompress(&original));
    let original = std::fs::read(site.folder.path().join("plain.vcf")).unwrap();
    let bytes = site.fetch(&site.get("/variants/plain").await).await;
    assert_eq!(bgzf::decompress(&bytes), original);
}

#[tokio::test]
async fn p7_an_unknown_reference_sequence_is_not_found() {
    let site = Site::new("");
    let reply = site.get("/reads/a?referenceName=chr1x").await;
    assert_eq!((reply.status.as_u16(), reply.error().as_str()), (404, "NotFound"));
    assert!(String::from_utf8_lossy(&reply.body).contains("did you mean chr1"));
    // An empty range of an unknown one is no better.
    assert_eq!(site.get("/reads/a?referenceName=nope&start=0&end=0").await.error(), "NotFound");
    assert_eq!(site.get("/variants/v?referenceName=*").await.error(), "NotFound");
}

#[tokio::test]
async fn p10_p11_d7_empty_ranges() {
    let site = Site::new("");
    let header = site.fetch(&site.get("/reads/a?class=header").await).await;
    for path in ["/reads/a?referenceName=chr1&start=0&end=0", "/reads/a?referenceName=chr1&start=7&end=7"] {
        assert_eq!(site.fetch(&site.get(path).await).await, header, "{path}");
    }
    let body = r#"{"regions":[{"referenceName":"chr1","start":7,"end":7}]}"#;
    assert_eq!(site.post("/reads/a", body).await.error(), "InvalidRange");
}

#[tokio::test]
async fn t5_t6_headers_are_their_own_parts_and_always_the_same() {
    let site = Site::new("");
    let paths = ["", "?class=header", "?referenceName=chr1", "?referenceName=chr1&start=5&end=6", "?tags="];
    let mut headers = Vec::new();
    for path in paths {
        let ticket = ticket(&site.get(&format!("/reads/a{path}")).await);
        assert!(ticket.urls().iter().all(|url| url.class().is_some()));
        let parts = ticket.urls().iter().filter(|url| url.class() == Some(Class::Header));
        headers.push(parts.map(|url| url.url().to_owned()).collect::<Vec<_>>());
    }
    assert!(headers.iter().all(|header| *header == headers[0] && header.len() == 1));
}

#[tokio::test]
async fn t8_an_empty_result_is_a_valid_file() {
    let site = Site::new("");
    let ticket = ticket(&site.get("/reads/a?referenceName=chr1&start=248000000").await);
    assert!(ticket.urls().len() >= 2);
    let header = site.fetch(&site.get("/reads/a?class=header").await).await;
    let bytes = site.fetch(&site.get("/reads/a?referenceName=chr1&start=248000000").await).await;
    assert_eq!(bgzf::decompress(&bytes), bgzf::decompress(&header));
}

#[tokio::test]
async fn t11_t13_blocks_have_a_length_and_ranges_can_be_split() {
    let site = Site::new("");
    let ticket = ticket(&site.get("/reads/a?referenceName=chr1").await);
    let block = ticket.urls().iter().find(|url| url.inline_bytes().is_none()).unwrap();
    let path = block.url().strip_prefix("http://h.test").unwrap();
    let whole = site.get(path).await;
    assert_eq!(whole.headers["accept-ranges"], "bytes");
    let etag = whole.headers["etag"].clone();
    let head = Request::head(path).header("host", "h.test").body(Body::empty()).unwrap();
    let head = site.send(head).await;
    assert_eq!(head.headers["content-length"], whole.body.len().to_string());
    assert!(head.body.is_empty());
    let mut joined = Vec::new();
    for start in (0..whole.body.len()).step_by(1000) {
        let range = format!("bytes={start}-{}", start + 999);
        let request = Request::get(path).header("range", range).header("if-range", &etag);
        let reply = site.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, 206);
        joined.extend(reply.body);
    }
    assert_eq!(joined, whole.body);
    let request = Request::get(path).header("range", "bytes=99999999-").body(Body::empty()).unwrap();
    let reply = site.send(request).await;
    assert_eq!((reply.status.as_u16(), reply.error().as_str()), (416, "InvalidRange"));
}

#[tokio::test]
async fn t14_large_replies_are_divided() {
    let whole = Site::new("");
    let divided = Site::new("piece_bytes = 65536");
    for path in ["/reads/a", "/reads/a?referenceName=chr1", "/variants/v"] {
        let reply = divided.get(path).await;
        assert!(ticket(&reply).urls().len() > 3, "{path}: {}", ticket(&reply).urls().len());
        let parts = bgzf::decompress(&divided.fetch(&reply).await);
        assert_eq!(parts, bgzf::decompress(&whole.fetch(&whole.get(path).await).await), "{path}");
    }
}

#[tokio::test]
async fn inline_never_has_no_data_uris_and_the_same_bytes() {
    let (auto, never) = (Site::new(""), Site::new("inline = 'never'"));
    for path in ["/reads/a", "/variants/v?referenceName=chr1", "/reads/a?class=header"] {
        let reply = never.get(path).await;
        assert!(ticket(&reply).urls().iter().all(|url| url.inline_bytes().is_none()));
        assert_eq!(never.fetch(&reply).await, auto.fetch(&auto.get(path).await).await, "{path}");
    }
}

#[tokio::test]
async fn block_mode_has_the_same_bytes() {
    let (exact, block) = (Site::new(""), Site::new("mode = 'block'"));
    for path in
        ["/reads/a", "/reads/a?referenceName=chr1&start=1000&end=900000", "/variants/v?referenceName=chr1"]
    {
        let reply = block.get(path).await;
        assert!(ticket(&reply).urls().iter().any(|url| url.url().contains("part=bytes")), "{path}");
        assert_eq!(block.fetch(&reply).await, exact.fetch(&exact.get(path).await).await, "{path}");
    }
}

#[tokio::test]
async fn d5_every_failure_is_htsget_json() {
    let site = Site::new("");
    let send = async |method: Method, path: &str, body: &'static str| {
        let request = Request::builder().method(method).uri(path).header("host", "h.test");
        site.send(request.body(Body::from(body)).unwrap()).await
    };
    let cases = [
        (Method::PUT, "/reads/a", "", 405),
        (Method::DELETE, "/variants/v", "", 405),
        (Method::POST, "/reads/service-info", "", 405),
        (Method::POST, "/data/x", "", 405),
        (Method::POST, "/healthz", "", 405),
        (Method::GET, "/data/reads/a?part=header", "", 403),
        (Method::GET, "/slices/reads/a.xyz", "", 400),
        (Method::GET, "/slices/x/a.bam", "", 404),
        (Method::GET, "/reads/%ff", "", 404),
        (Method::GET, "/reads/a?start=1", "", 400),
        (Method::POST, "/reads/a", "{", 400),
        (Method::POST, "/reads/a", "[]", 400),
        (Method::POST, "/reads/a", "{\"regions\":[]}", 400),
        (Method::GET, "/nothing", "", 404),
    ];
    for (method, path, body, status) in cases {
        let reply = send(method.clone(), path, body).await;
        reply.error();
        assert_eq!(reply.status, StatusCode::from_u16(status).unwrap(), "{method} {path}");
    }
    let no_host = Request::get("/reads/a").body(Body::empty()).unwrap();
    assert_eq!(site.send(no_host).await.error(), "InvalidInput");
    let typed = Request::post("/reads/a").header("host", "h.test").header("content-type", "text/plain");
    assert_eq!(site.send(typed.body(Body::from("{}")).unwrap()).await.status, 200);
}

#[tokio::test]
async fn d16_a_url_of_a_ticket_cannot_be_changed() {
    let site = Site::new("");
    let ticket = ticket(&site.get("/reads/a?referenceName=chr1&start=5&end=90000").await);
    let block = ticket.urls().iter().find(|url| url.inline_bytes().is_none()).unwrap();
    let path = block.url().strip_prefix("http://h.test/data/").unwrap();
    for at in 0..path.len() {
        let old = path.as_bytes()[at];
        let new = if old == b'1' { '2' } else { '1' };
        let mut changed = path.to_owned();
        changed.replace_range(at..=at, &new.to_string());
        let reply = site.get(&format!("/data/{changed}")).await;
        assert_eq!((reply.status.as_u16(), reply.error().as_str()), (403, "PermissionDenied"), "{changed}");
    }
}

#[tokio::test]
async fn d6_a_faulty_file_is_no_missing_one() {
    let site = Site::new("");
    let folder = site.folder.path();
    std::fs::copy(folder.join("a.bam"), folder.join("bad.bam")).unwrap();
    std::fs::write(folder.join("bad.bam.bai"), b"BAI\x01\xff\xff\xff\xff").unwrap();
    std::fs::write(folder.join("text.bam"), b"this is no BAM").unwrap();
    for path in ["/reads/bad", "/reads/bad?referenceName=chr1", "/reads/text"] {
        let reply = site.get(path).await;
        assert_eq!((reply.status.as_u16(), reply.error().as_str()), (500, "InternalServerError"), "{path}");
        // What is wrong stands in the log; the path of the file is nobody's business.
        assert!(!String::from_utf8_lossy(&reply.body).contains(folder.to_str().unwrap()));
    }
}

#[tokio::test]
async fn d11_a_contig_without_records_is_empty_and_not_missing() {
    let site = Site::new("");
    let folder = site.folder.path();
    let header = bioserde_testkit::variants::typical_header(1);
    let header = header.replacen("##contig", "##contig=<ID=none,length=99>\n##contig", 1);
    let lines = bioserde_testkit::variants::typical(5, 20, 1);
    let vcf = bioserde_testkit::variants::vcf_bgzf(&header, &lines, &[500], true);
    std::fs::write(folder.join("w.vcf.gz"), vcf).unwrap();
    super::site::index_of(&folder.join("w.vcf.gz"));
    let bytes = site.fetch(&site.get("/variants/w?referenceName=none").await).await;
    assert_eq!(String::from_utf8(bgzf::decompress(&bytes)).unwrap(), header);
}

#[tokio::test]
async fn d13_a_file_without_its_marker_is_served_with_one() {
    let site = Site::new("");
    let path = site.folder.path().join("a.bam");
    let whole = site.fetch(&site.get("/reads/a").await).await;
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(site.folder.path().join("cut.bam"), &bytes[..bytes.len() - 28]).unwrap();
    std::fs::copy(site.folder.path().join("a.bam.bai"), site.folder.path().join("cut.bam.bai")).unwrap();
    assert_eq!(site.fetch(&site.get("/reads/cut").await).await, whole);
    for query in ["referenceName=chr1", "referenceName=*"] {
        let cut = site.fetch(&site.get(&format!("/reads/cut?{query}")).await).await;
        assert_eq!(cut, site.fetch(&site.get(&format!("/reads/a?{query}")).await).await, "{query}");
    }
}

#[tokio::test]
async fn d14_a_file_without_records_is_served() {
    let site = Site::new("");
    let header = bioserde_testkit::alignments::typical_header();
    let bytes = bioserde_testkit::alignments::bam_bytes(&header, &[]);
    let path = site.folder.path().join("none.bam");
    std::fs::write(&path, bgzf::compress(&bytes, &[60_000], true)).unwrap();
    super::site::index_of(&path);
    for query in ["", "?class=header", "?referenceName=chr1", "?referenceName=*"] {
        let got = site.fetch(&site.get(&format!("/reads/none{query}")).await).await;
        assert_eq!(bgzf::decompress(&got), bytes, "{query}");
    }
}

#[tokio::test]
async fn a_ticket_of_another_version_of_the_file_is_refused() {
    let site = Site::new("");
    let reply = site.get("/reads/deep/b").await;
    let ticket = ticket(&reply);
    let path = site.folder.path().join("deep/b.bam");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 28]).unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let block = ticket.urls().iter().find(|url| url.inline_bytes().is_none()).unwrap();
    let reply = site.get(block.url().strip_prefix("http://h.test").unwrap()).await;
    assert_eq!((reply.status.as_u16(), reply.error().as_str()), (404, "NotFound"));
    // Without its marker the file is served all the same, with one.
    let bytes = site.fetch(&site.get("/reads/deep/b").await).await;
    assert!(bytes.ends_with(&bioserde_storage::bgzf::EOF_MARKER));
}

#[tokio::test]
async fn regions_that_need_one_url_are_limited() {
    let site = Site::new("");
    let region =
        |i: u32| serde_json::json!({"referenceName": "chr1", "start": i * 1000, "end": i * 1000 + 10});
    let regions: Vec<_> = (0..400).map(region).collect();
    let body = |format: &str| serde_json::json!({"format": format, "regions": regions}).to_string();
    assert_eq!(site.post("/reads/a", body("BAM")).await.status, 200);
    assert_eq!(site.post("/reads/a", body("CSV")).await.error(), "PayloadTooLarge");
    assert_eq!(site.post("/reads/deep/b", body("BAM")).await.error(), "PayloadTooLarge");
}

#[tokio::test]
async fn a_file_replaced_with_the_same_size_and_time_is_another() {
    let site = Site::new("");
    let path = site.folder.path().join("plain.vcf");
    let before = site.get("/slices/variants/plain.vcf.gz").await;
    let text = std::fs::read_to_string(&path).unwrap();
    let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
    let other = text.replace("PASS", "pass");
    assert_ne!(other, text);
    let beside = site.folder.path().join("other");
    std::fs::write(&beside, &other).unwrap();
    std::fs::File::options().write(true).open(&beside).unwrap().set_modified(modified).unwrap();
    std::fs::rename(&beside, &path).unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let after = site.get("/slices/variants/plain.vcf.gz").await;
    assert_eq!(bgzf::decompress(&after.body), other.as_bytes());
    assert_ne!(before.headers["etag"], after.headers["etag"]);
}

#[cfg(unix)]
#[tokio::test]
async fn an_index_out_of_the_root_is_none() {
    let site = Site::new("");
    let outside = tempfile::tempdir().unwrap();
    let index = outside.path().join("b.bai");
    std::fs::write(&index, "not an index, and nobody's business").unwrap();
    std::os::unix::fs::symlink(&index, site.folder.path().join("deep/b.bam.bai")).unwrap();
    assert_eq!(site.get("/reads/deep/b?referenceName=chr1").await.status, 200);
}

#[tokio::test]
async fn a_reply_larger_than_the_spool_is_refused() {
    let site = Site::with("[spool]\nbytes = '10 kB'\n");
    let reply = site.get("/slices/reads/a.jsonl").await;
    assert_eq!((reply.status.as_u16(), reply.error().as_str()), (413, "PayloadTooLarge"));
    assert_eq!(site.get("/slices/variants/plain.vcf.gz?referenceName=chr1&start=0&end=1").await.status, 200);
}

#[tokio::test]
async fn head_has_no_ranges_and_replies_are_private() {
    let site = Site::new("");
    let head = Request::head("/slices/reads/a.bam").header("host", "h.test").header("range", "bytes=0-9");
    let reply = site.send(head.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers["cache-control"], "private, no-cache");
    let known = Request::get("/slices/reads/a.csv").header("host", "h.test");
    let etag = site.get("/slices/reads/a.csv").await.headers["etag"].clone();
    let reply = site.send(known.header("if-none-match", etag).body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, 304);
    assert_eq!(site.get("/reads/a").await.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn a_file_written_to_while_it_is_sent_ends_the_reply() {
    let site = Site::new("");
    let request = Request::get("/slices/reads/a.bam").header("host", "h.test").body(Body::empty()).unwrap();
    let response = tower::ServiceExt::oneshot(site.router.clone(), request).await.unwrap();
    let path = site.folder.path().join("a.bam");
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 100;
    bytes[last] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(axum::body::to_bytes(response.into_body(), usize::MAX).await.is_err());
}

#[tokio::test]
async fn a_connection_that_asks_for_nothing_is_closed() {
    let site = Site::new("");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (head, other) = (Duration::from_millis(200), Duration::from_secs(5));
    let times = Times { head, idle: other, shutdown: other };
    let never = std::future::pending::<()>;
    let served = tokio::spawn(listen(listener, None, site.router.clone(), times, never(), never()));
    for said in ["", "P", "GET /healthz"] {
        let mut stream = tokio::net::TcpStream::connect(addr).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let closed = tokio::time::timeout(other, stream.read_to_end(&mut answer)).await;
        assert!(closed.is_ok(), "{said}");
    }
    served.abort();
}

#[tokio::test]
async fn a_truncated_file_is_an_error_and_never_looks_whole() {
    for policy in ["", "mode = 'block'", "piece_bytes = 65536"] {
        let site = Site::new(policy);
        let folder = site.folder.path();
        let whole = std::fs::read(folder.join("a.bam")).unwrap();
        let last = bgzf::blocks(&whole).into_iter().rev().nth(1).unwrap();
        let cuts = [last.start + 5, last.start + 15, last.end - 1, whole.len() - 1, last.end];
        for (i, cut) in cuts.into_iter().enumerate() {
            for is_indexed in [false, true] {
                let name = format!("cut{i}{is_indexed}");
                std::fs::write(folder.join(format!("{name}.bam")), &whole[..cut]).unwrap();
                if is_indexed {
                    std::fs::copy(folder.join("a.bam.bai"), folder.join(format!("{name}.bam.bai"))).unwrap();
                }
                let is_whole = cut == last.end;
                for query in ["", "?referenceName=*", "?fields=QNAME", "?referenceName=*&tags="] {
                    let path = format!("/reads/{name}{query}");
                    assert_eq!(replies(&site, &path).await, is_whole, "{policy} {cut} {path}");
                }
                let slice = site.get(&format!("/slices/reads/{name}.bam")).await;
                assert_eq!(slice.status == 200, is_whole, "{policy} {cut} {name}: {}", slice.status);
            }
        }
    }
}

/// Whether a ticket and all its parts are had; what is not had is a failure of the server.
async fn replies(site: &Site, path: &str) -> bool {
    let reply = site.get(path).await;
    let mut replies = vec![];
    if reply.status == 200 {
        for url in ticket(&reply).urls().iter().filter(|url| url.inline_bytes().is_none()) {
            replies.push(site.get(url.url().strip_prefix("http://h.test").unwrap()).await);
        }
    }
    replies.push(reply);
    for failed in replies.iter().filter(|reply| reply.status != 200) {
        assert_eq!((failed.status.as_u16(), failed.error().as_str()), (500, "InternalServerError"), "{path}");
    }
    replies.iter().all(|reply| reply.status == 200)
}
