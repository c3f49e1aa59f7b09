use std::fs;
use std::path::Path;

use bioserde_crypt4gh::{Encryptor, PublicKey, SecretKey};

use super::site::{Site, fill, policy, routes_of};

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
