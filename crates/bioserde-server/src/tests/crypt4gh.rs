use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bioserde_crypt4gh::{Encryptor, Keyring, PublicKey, SecretKey};
use bioserde_storage::Source;
use http::Request;

use super::site::{Reply, Site, fill, policy, routes_of};

/// Of the bytes 1 to 32.
const SECRET: &str = "-----BEGIN CRYPT4GH PRIVATE KEY-----
YzRnaC12MQAEbm9uZQAEbm9uZQAgAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=
-----END CRYPT4GH PRIVATE KEY-----
";

fn encrypt(bytes: &[u8], reader: PublicKey) -> Vec<u8> {
    let mut encryptor = Encryptor::new(&[reader]).unwrap();
    let mut file = Vec::new();
    encryptor.write(bytes, &mut file).unwrap();
    encryptor.finish(&mut file).unwrap();
    file
}

/// Puts an encrypted file in the place of each, and removes the plain one; every other index too.
fn encrypt_all(folder: &Path) {
    let reader = SecretKey::from_file(SECRET, None).unwrap().public_key();
    for name in ["a.bam", "deep/b.bam", "v.vcf.gz", "v.vcf.gz.tbi", "plain.vcf"] {
        let path = folder.join(name);
        fs::write(folder.join(format!("{name}.c4gh")), encrypt(&fs::read(&path).unwrap(), reader)).unwrap();
        fs::remove_file(path).unwrap();
    }
}

/// The same files plain, and encrypted with a server that has the key, or has none.
fn sites(tickets: &str, has_key: bool) -> (Site, Site) {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    encrypt_all(folder.path());
    let key = tempfile::NamedTempFile::new().unwrap();
    fs::write(key.path(), SECRET).unwrap();
    let keys = if has_key { format!("secret_keys = ['{}']", key.path().display()) } else { String::new() };
    let router = routes_of(folder.path(), &format!("{}\n[crypt4gh]\n{keys}", policy(tickets)));
    (Site::new(tickets), Site { folder, router })
}

const QUERIES: [&str; 8] = [
    "/reads/a",
    "/reads/a?class=header",
    "/reads/a?referenceName=chr1&start=0&end=900000",
    "/reads/a?referenceName=chr1&fields=QNAME,POS",
    "/reads/deep/b",
    "/variants/v?referenceName=chr1",
    "/variants/v",
    "/variants/plain?referenceName=chr1",
];

#[tokio::test]
async fn encrypted_files_are_served_as_the_plain_ones_are() {
    for tickets in ["", "mode = 'block'", "inline = 'never'\npiece_bytes = 65536"] {
        let (plain, encrypted) = sites(tickets, true);
        for query in QUERIES {
            let expected = plain.fetch(&plain.get(query).await).await;
            assert!(!expected.is_empty());
            assert_eq!(encrypted.fetch(&encrypted.get(query).await).await, expected, "{query}");
        }
    }
}

#[tokio::test]
async fn tables_are_made_of_encrypted_files() {
    let (plain, encrypted) = sites("", true);
    let tables =
        ["reads/a.csv?referenceName=chr1", "variants/v.jsonl", "reads/deep/b.csv?tags=NM&fields=POS"];
    for table in tables {
        let path = format!("/slices/{table}");
        let (expected, got) = (plain.get(&path).await, encrypted.get(&path).await);
        assert_eq!((expected.status.as_u16(), got.status.as_u16()), (200, 200), "{path}");
        assert_eq!(String::from_utf8(got.body).unwrap(), String::from_utf8(expected.body).unwrap());
    }
}

#[tokio::test]
async fn the_list_has_encrypted_files_by_their_ids() {
    let (plain, encrypted) = sites("", true);
    let ids = |list: serde_json::Value| -> Vec<String> {
        list["datasets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f["id"].to_string() + &f["is_indexed"].to_string())
            .collect()
    };
    let (expected, got) = (plain.get("/datasets.json").await, encrypted.get("/datasets.json").await);
    assert_eq!(ids(got.json()), ids(expected.json()));
}

#[tokio::test]
async fn without_a_key_an_encrypted_file_is_refused_and_told_apart() {
    let (_, encrypted) = sites("", false);
    let reply = encrypted.get("/reads/a").await;
    assert_eq!(reply.error(), "UnsupportedFormat");
    assert!(reply.json()["htsget"]["message"].as_str().unwrap().contains("encrypted"));
    assert_eq!(encrypted.get("/reads/none").await.error(), "NotFound");
}

#[tokio::test]
async fn a_damaged_encrypted_file_is_not_sent_whole() {
    let (_, encrypted) = sites("", true);
    let path = encrypted.folder.path().join("a.bam.c4gh");
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert_eq!(encrypted.get("/slices/reads/a.csv").await.error(), "InternalServerError");
}

fn own_key() -> SecretKey {
    SecretKey::from_file(SECRET, None).unwrap()
}

fn decrypt(bytes: Vec<u8>) -> Vec<u8> {
    let keys: Keyring = [own_key()].into_iter().collect();
    let source = Source::from_stream("x", Box::new(Cursor::new(bytes))).decrypted(&keys, false).unwrap();
    assert!(source.is_encrypted());
    let mut plain = Vec::new();
    source.stream(0).unwrap().read_to_end(&mut plain).unwrap();
    plain
}

/// A `GET`, or with a body a `POST`, with a public key.
async fn send(site: &Site, path: &str, key: &str, body: Option<&'static str>) -> Reply {
    let request = if body.is_some() { Request::post(path) } else { Request::get(path) };
    let request = request.header("host", "h.test").header("client-public-key", key);
    site.send(request.body(body.map_or(Body::empty(), Body::from)).unwrap()).await
}

#[tokio::test]
async fn a_reply_that_is_encrypted_for_the_client_is_the_plain_one() {
    let key = own_key().public_key().to_string();
    let whole_file = STANDARD.encode(own_key().public_key().to_file());
    let (plain, encrypted) = sites("", true);
    for query in QUERIES {
        let expected = plain.fetch(&plain.get(query).await).await;
        for site in [&plain, &encrypted] {
            let separator = if query.contains('?') { '&' } else { '?' };
            for (scheme, key) in [("c4gh", &key), ("crypt4gh", &whole_file)] {
                let asked = format!("{query}{separator}encryptionScheme={scheme}");
                let ticket = send(site, &asked, key, None).await;
                assert_eq!(ticket.status, 200, "{}", String::from_utf8_lossy(&ticket.body));
                let url = ticket.json()["htsget"]["urls"][0]["url"].as_str().unwrap().to_owned();
                assert_eq!(ticket.json()["htsget"]["urls"].as_array().unwrap().len(), 1);
                let reply = site.get(url.strip_prefix("http://h.test").unwrap()).await;
                assert_eq!(reply.status, 200);
                assert_eq!(inflated(&decrypt(reply.body)), inflated(&expected), "{asked}");
            }
        }
    }
}

/// Rewritten files may be cut into other blocks.
fn inflated(bytes: &[u8]) -> Vec<u8> {
    let mut inflated = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut inflated).unwrap();
    inflated
}

#[tokio::test]
async fn tables_and_slices_are_encrypted_too() {
    let key = own_key().public_key().to_string();
    let site = Site::new("");
    for path in ["/slices/reads/a.csv?referenceName=chr1", "/slices/reads/a.bam?referenceName=chr1"] {
        let expected = site.get(path).await.body;
        let reply = send(&site, &format!("{path}&encryptionScheme=c4gh"), &key, None).await;
        assert_eq!(reply.headers["content-type"], "application/octet-stream");
        assert_eq!(decrypt(reply.body), expected);
    }
    let body = r#"{"format":"CSV","encryptionScheme":"c4gh","regions":[{"referenceName":"chr1"}]}"#;
    let ticket = send(&site, "/reads/a", &key, Some(body)).await;
    let url = ticket.json()["htsget"]["urls"][0]["url"].as_str().unwrap().to_owned();
    let got = site.get(url.strip_prefix("http://h.test").unwrap()).await.body;
    assert_eq!(decrypt(got), site.get("/slices/reads/a.csv?referenceName=chr1").await.body);
}

#[tokio::test]
async fn whoever_asks_for_encrypted_data_has_to_say_for_whom() {
    let site = Site::new("");
    let refused = |reply: &Reply| {
        assert_eq!(reply.error(), "InvalidInput");
        reply.json()["htsget"]["message"].as_str().unwrap().to_owned()
    };
    let asked = "/reads/a?encryptionScheme=c4gh";
    assert!(refused(&site.get(asked).await).contains("without a key"));
    for key in ["", "AAAA", "no base64"] {
        assert!(refused(&send(&site, asked, key, None).await).contains("client-public-key"));
    }
    // A key with which every secret is the same.
    assert!(refused(&send(&site, asked, &STANDARD.encode([0; 32]), None).await).contains("none that can"));
    let key = own_key().public_key().to_string();
    assert!(refused(&send(&site, "/reads/a?encryptionScheme=pgp", &key, None).await).contains("pgp"));
    let twice = "/reads/a?encryptionScheme=c4gh&encryptionScheme=c4gh";
    assert!(refused(&send(&site, twice, &key, None).await).contains("twice"));
}
