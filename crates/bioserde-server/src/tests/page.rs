//! The page and its lists.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use super::site::{Reply, Site, policy};
use crate::auth::TokenAlgorithm;
use crate::auth::tests::signer::{Signer, in_seconds};

fn ids(reply: &Reply) -> Vec<String> {
    let json = reply.json();
    let name = |one: &Value| format!("{}/{}", one["endpoint"].as_str().unwrap(), one["id"].as_str().unwrap());
    json["datasets"].as_array().unwrap().iter().map(name).collect()
}

async fn with_token(site: &Site, path: &str, token: &str) -> Reply {
    let request = Request::get(path).header("host", "h.test").header("authorization", token);
    site.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_page_needs_nothing_inline_and_every_file_that_it_names() {
    let site = Site::new("");
    let page = site.get("/").await;
    assert_eq!(
        (page.status.as_u16(), &page.headers["content-type"]),
        (200, &"text/html; charset=utf-8".parse().unwrap())
    );
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    let html = String::from_utf8(page.body).unwrap();
    assert!(!html.contains("<style") && !html.contains(" style=") && !html.contains(" on"), "inline");
    assert!(html.matches("<script").count() == html.matches("<script type=\"module\" src=").count());
    let mut scripts = vec!["page/settings.json".to_owned()];
    for quoted in html.split('"').filter(|text| text.starts_with("page/")) {
        scripts.push(quoted.to_owned());
    }
    let mut met = 0;
    while let Some(path) = scripts.pop() {
        let reply = site.get(&format!("/{path}")).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.headers["x-content-type-options"]),
            (200, &"nosniff".parse().unwrap()),
            "{path}"
        );
        let text = String::from_utf8(reply.body).unwrap();
        scripts.extend(
            text.split("from \"./")
                .skip(1)
                .filter_map(|rest| Some(format!("page/{}", rest.split_once('"')?.0))),
        );
        met += 1;
        assert!(met < 50);
    }
    assert!(met > 6);
}

#[tokio::test]
async fn files_of_the_page_are_kept_by_their_tag() {
    let site = Site::new("");
    let first = site.get("/page/main.js").await;
    assert_eq!(first.headers["cache-control"], "no-cache");
    let request = Request::get("/page/main.js").header("if-none-match", &first.headers["etag"]);
    let again = site.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    assert_eq!(site.get("/page/none.js").await.error(), "NotFound");
    assert_eq!(site.post("/", "").await.status, 405);
}

#[tokio::test]
async fn the_list_has_each_file_that_can_be_asked_for() {
    let site = Site::new("");
    let reply = site.get("/datasets.json").await;
    assert_eq!(reply.headers["cache-control"], "no-store");
    assert_eq!(ids(&reply), ["reads/a", "reads/deep/b", "variants/plain", "variants/v"]);
    let list = reply.json();
    assert_eq!((&list["is_cut"], &list["unreadable"]), (&json!(false), &json!(0)));
    let bytes = std::fs::metadata(site.folder.path().join("a.bam")).unwrap().len();
    let a = json!({"endpoint": "reads", "id": "a", "format": "BAM", "bytes": bytes, "is_indexed": true});
    assert_eq!(list["datasets"][0], a);
    assert_eq!(list["datasets"][1]["is_indexed"], false);
    for one in list["datasets"].as_array().unwrap() {
        let path =
            format!("/{}/{}?class=header", one["endpoint"].as_str().unwrap(), one["id"].as_str().unwrap());
        assert_eq!(site.get(&path).await.json()["htsget"]["format"], one["format"]);
    }
}

#[tokio::test]
async fn details_have_the_reference_sequences_and_what_can_be_saved() {
    let site = Site::new("");
    let a = site.get("/datasets/reads/a.json").await.json();
    assert_eq!(a["reference_sequences"][0], json!({"name": "chr1", "length": 248_956_422}));
    assert_eq!(a["is_cut"], false);
    let suffixes = |details: &Value| -> Vec<String> {
        details["slices"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["suffix"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(suffixes(&a), [".bam", ".parquet", ".arrow", ".sqlite", ".csv", ".jsonl"]);
    for suffix in suffixes(&a) {
        let reply = site.get(&format!("/slices/reads/a{suffix}?referenceName=chr1&start=0&end=10000")).await;
        assert_eq!(reply.status, 200, "{suffix}");
    }
    let v = site.get("/datasets/variants/v.json?format=VCF").await.json();
    assert_eq!(
        (&v["id"], &v["endpoint"], suffixes(&v)[0].as_str()),
        (&json!("v"), &json!("variants"), ".vcf.gz")
    );
    assert_eq!(site.get("/datasets/reads/deep/b.json").await.json()["id"], "deep/b");
    for (path, error) in [
        ("/datasets/reads/none.json", "NotFound"),
        ("/datasets/reads/a", "NotFound"),
        ("/datasets/other/a.json", "NotFound"),
        ("/datasets/reads/a.json?format=CRAM", "UnsupportedFormat"),
        ("/datasets/reads/a.json?format=PARQUET", "UnsupportedFormat"),
        ("/datasets/reads/a.json?referenceName=chr1", "InvalidInput"),
    ] {
        assert_eq!(site.get(path).await.error(), error, "{path}");
    }
}

#[tokio::test]
async fn of_an_id_with_several_suffixes_the_file_that_is_served_is_listed() {
    let site = Site::new("");
    let path = |name: &str| site.folder.path().join(name);
    std::fs::write(path("plain.vcf.bgz"), "").unwrap();
    std::fs::create_dir(path("x")).unwrap();
    std::fs::copy(path("v.vcf.gz"), path("x/v.vcf.gz")).unwrap();
    std::fs::write(path("x/v.vcf.bgz"), "").unwrap();
    let list = site.get("/datasets.json").await;
    assert_eq!(ids(&list), ["reads/a", "reads/deep/b", "variants/plain", "variants/v", "variants/x/v"]);
    for number in [2, 4] {
        assert_ne!(list.json()["datasets"][number]["bytes"], 0);
    }
}

#[tokio::test]
async fn a_list_that_is_seconds_old_is_not_made_again() {
    let site = Site::new("");
    site.get("/datasets.json").await;
    std::fs::copy(site.folder.path().join("a.bam"), site.folder.path().join("later.bam")).unwrap();
    assert_eq!(ids(&site.get("/datasets.json").await).len(), 4);
}

#[tokio::test]
async fn no_page_of_another_origin_reads_the_lists() {
    let site = Site::new("");
    for path in ["/", "/datasets.json", "/datasets/reads/a.json"] {
        let request = Request::get(path).header("origin", "https://elsewhere.test");
        let reply = site.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!((reply.status.as_u16(), reply.headers.get("access-control-allow-origin")), (200, None));
    }
}

#[tokio::test]
async fn a_page_that_is_turned_off_is_not_there_nor_are_its_lists() {
    let site = Site::with(&format!("{}[page]\nenabled = false\n", policy("")));
    for path in ["/", "/page/main.js", "/datasets.json", "/datasets/reads/a.json"] {
        assert_eq!(site.get(path).await.error(), "NotFound", "{path}");
    }
    assert_eq!(site.get("/reads/a?class=header").await.status, 200);
}

#[tokio::test]
async fn a_page_below_a_path_says_so_whether_or_not_a_proxy_takes_it_away() {
    let site = Site::with("public_url = 'https://h.test/hts/get'");
    for path in ["/", "/hts/get", "/hts/get/"] {
        let page = site.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(String::from_utf8(page.body).unwrap().contains("<base href=\"/hts/get/\">"));
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("connect-src 'self' https://h.test"), "{policy}");
    }
    for path in ["/hts/get/page/main.js", "/hts/get/datasets.json", "/hts/get/datasets/reads/a.json"] {
        assert_eq!(site.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn igv_comes_from_where_the_configuration_says() {
    let settings = async |config: &str| Site::with(config).get("/page/settings.json").await.json();
    let own = settings("").await["igv"].clone();
    assert_eq!(own, if cfg!(igv) { json!("page/igv.js") } else { Value::Null });
    let url = "https://cdn.test/igv.esm.min.js";
    assert_eq!(settings(&format!("page.igv_url = '{url}'")).await["igv"], url);
    let igv = Site::new("").get("/page/igv.js").await;
    if cfg!(igv) {
        assert_eq!(igv.headers["content-encoding"], "gzip");
        assert_eq!(igv.headers["content-type"], "text/javascript; charset=utf-8");
    } else {
        assert_eq!(igv.error(), "NotFound");
    }
}

#[tokio::test]
async fn with_access_control_a_caller_sees_what_the_rules_allow() {
    let signer = Signer::new(TokenAlgorithm::EdDSA);
    let key = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(key.path(), signer.public_pem()).unwrap();
    let config = format!(
        "[auth]\npublic_key = '{}'\n[[auth.rules]]\nsubjects = ['x']\nids = ['deep/*']\n\
         [[auth.rules]]\nsubjects = ['x']\nendpoint = 'variants'\nids = ['v']\n\
         regions = ['chr1:1-10']\n",
        key.path().display()
    );
    let site = Site::with(&config);
    let token =
        |subject: &str| format!("Bearer {}", signer.token(&json!({"sub": subject, "exp": in_seconds(600)})));
    assert_eq!(site.get("/").await.status, 200);
    assert_eq!(site.get("/page/settings.json").await.json()["needs_token"], true);
    for path in ["/datasets.json", "/datasets/reads/deep/b.json"] {
        let reply = site.get(path).await;
        assert_eq!(reply.error(), "InvalidAuthentication");
        assert!(reply.headers.contains_key("www-authenticate"));
        assert_eq!(with_token(&site, path, "Bearer a.b.c").await.status, 401);
    }
    assert_eq!(ids(&with_token(&site, "/datasets.json", &token("x")).await), ["reads/deep/b", "variants/v"]);
    assert_eq!(ids(&with_token(&site, "/datasets.json", &token("y")).await), [""; 0]);
    assert_eq!(with_token(&site, "/datasets/variants/v.json", &token("x")).await.status, 200);
    for (path, subject) in [("/datasets/reads/a.json", "x"), ("/datasets/reads/deep/b.json", "y")] {
        assert_eq!(with_token(&site, path, &token(subject)).await.error(), "PermissionDenied");
    }
}
