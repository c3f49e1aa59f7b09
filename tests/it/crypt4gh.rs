//! Encrypted files against the plain ones that they were made of.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bioserde_crypt4gh::{Encryptor, Keyring, PublicKey, SecretKey};
use bioserde_storage::Source;

use crate::oracle::{corpus, files};
use crate::program::{self, root, run};

/// A folder with a key pair, and whom it encrypts for.
struct Keys {
    folder: tempfile::TempDir,
}

/// Of the bytes 1 to 32.
pub(crate) const SECRET: &str = "-----BEGIN CRYPT4GH PRIVATE KEY-----
YzRnaC12MQAEbm9uZQAEbm9uZQAgAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=
-----END CRYPT4GH PRIVATE KEY-----
";

impl Keys {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("own.sec"), SECRET).unwrap();
        fs::write(folder.path().join("own.pub"), Self::public().to_file()).unwrap();
        Self { folder }
    }

    fn secret() -> SecretKey {
        SecretKey::from_file(SECRET, None).unwrap()
    }

    fn public() -> PublicKey {
        Self::secret().public_key()
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// An encrypted copy of a fixture.
    fn encrypted(&self, name: &str) -> PathBuf {
        let mut encryptor = Encryptor::new(&[Self::public()]).unwrap();
        let mut file = Vec::new();
        encryptor.write(&fs::read(fixture(name)).unwrap(), &mut file).unwrap();
        encryptor.finish(&mut file).unwrap();
        let path = self.folder.path().join(format!("{name}.c4gh"));
        fs::write(&path, file).unwrap();
        path
    }
}

fn fixture(name: &str) -> PathBuf {
    root().join("tests/data").join(name)
}

fn decrypted(path: &Path, key: SecretKey) -> Vec<u8> {
    let keys: Keyring = [key].into_iter().collect();
    let source = Source::open_path(path).unwrap().decrypted(&keys, false).unwrap();
    assert!(source.is_encrypted());
    let mut bytes = Vec::new();
    source.stream(0).unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(source.size(), Some(bytes.len() as u64));
    bytes
}

/// The plain file of an encrypted one of the corpus.
fn plain(corpus: &Path, encrypted: &Path) -> PathBuf {
    let name = encrypted.file_stem().unwrap();
    let places = ["reads", "variants"].map(|folder| corpus.join(folder).join(name));
    places.into_iter().find(|path| path.is_file()).unwrap()
}

#[test]
fn files_of_the_corpus_decrypt_to_their_plain_siblings() {
    let Some(corpus) = corpus() else { return };
    let text = fs::read_to_string(corpus.join("c4gh/keys/bob.sec")).unwrap();
    let encrypted = files(&corpus.join("c4gh"), &[".c4gh"]);
    assert_eq!(encrypted.len(), 6);
    for path in encrypted {
        let key = SecretKey::from_file(&text, None).unwrap();
        assert!(decrypted(&path, key) == fs::read(plain(&corpus, &path)).unwrap(), "{}", path.display());
    }
}

#[test]
fn regions_of_encrypted_files_have_the_records_of_the_plain_ones() {
    let Some(corpus) = corpus() else { return };
    let key = corpus.join("c4gh/keys/bob.sec");
    let key = key.to_str().unwrap();
    for (name, regions) in [
        ("htsnexus_test_NA12878.bam", ["11:5,005,000-5,006,000", "20", "*"].as_slice()),
        ("sample1-bcbio-cancer.vcf.gz", &["chrM"]),
        ("sample1-bcbio-cancer.bcf", &["chrM:1-151"]),
        ("spec-v4.3.vcf.gz", &["20:14370-17330"]),
    ] {
        let encrypted = corpus.join("c4gh").join(format!("{name}.c4gh"));
        let plain = plain(&corpus, &encrypted);
        for region in regions {
            let view = |path: &Path, more: &[&str]| {
                let path = path.to_str().unwrap();
                let all = ["view", path, region, "--to", "jsonl"].into_iter().chain(more.iter().copied());
                let seen = run(all).ok();
                assert!(!seen.stderr.contains("no index"), "{}", seen.stderr);
                String::from_utf8(seen.stdout).unwrap()
            };
            let expected = view(&plain, &[]);
            assert!(!expected.is_empty(), "{name} {region}");
            assert!(view(&encrypted, &["--decrypt-key", key]) == expected, "{name} {region}");
        }
    }
}

#[test]
fn an_encrypted_output_is_the_plain_one_once_decrypted() {
    let keys = Keys::new();
    let (secret, public) = (keys.path("own.sec"), keys.path("own.pub"));
    for (input, suffix) in [("reads.bam", "parquet"), ("calls.vcf.gz", "arrow"), ("calls.vcf.gz", "csv")] {
        let encrypted_input = keys.encrypted(input);
        let encrypted_input = encrypted_input.to_str().unwrap();
        let plain_input = fixture(input);
        let (plain, out) = (keys.path(&format!("plain.{suffix}")), keys.path(&format!("out.{suffix}.c4gh")));
        run(["convert", plain_input.to_str().unwrap(), &plain]).ok();
        run(["convert", encrypted_input, &out, "--decrypt-key", &secret, "--recipient", &public]).ok();
        assert!(decrypted(Path::new(&out), Keys::secret()) == fs::read(&plain).unwrap(), "{suffix}");
    }
}

#[test]
fn standard_input_and_output_can_be_encrypted() {
    let keys = Keys::new();
    let input = fs::File::open(keys.encrypted("reads.bam")).unwrap();
    let mut command = Command::new(program::path());
    command.args(["convert", "-", "-", "--to", "csv", "--quiet", "--recipient", &keys.path("own.pub")]);
    // The variable of the reference implementation.
    let output =
        command.env("C4GH_SECRET_KEY", keys.path("own.sec")).stdin(Stdio::from(input)).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::write(keys.path("out"), output.stdout).unwrap();
    let expected = run(["view", fixture("reads.bam").to_str().unwrap(), "--to", "csv"]).ok().stdout;
    assert!(decrypted(Path::new(&keys.path("out")), Keys::secret()) == expected);
}

#[test]
fn the_index_of_an_encrypted_file_may_be_encrypted() {
    let keys = Keys::new();
    let path = keys.encrypted("reads.bam");
    let (path, secret) = (path.to_str().unwrap(), keys.path("own.sec"));
    run(["index", path, "--decrypt-key", &secret, "--recipient", &keys.path("own.pub")]).ok();
    assert!(Path::new(&format!("{path}.bai.c4gh")).is_file());
    let inspected = run(["inspect", path, "--decrypt-key", &secret]).ok();
    let text = String::from_utf8(inspected.stdout).unwrap();
    assert!(text.contains("encryption     Crypt4GH") && text.contains("index          present"), "{text}");
}

#[test]
fn an_index_written_along_with_an_encrypted_file_is_encrypted() {
    let keys = Keys::new();
    let (plain, out) = (keys.path("plain.bam"), keys.path("out.bam.c4gh"));
    let input = fixture("reads.bam");
    let input = input.to_str().unwrap();
    run(["convert", input, &plain, "--write-index"]).ok();
    run(["convert", input, &out, "--write-index", "--recipient", &keys.path("own.pub")]).ok();
    for (encrypted, plain) in
        [(out.clone(), plain.clone()), (format!("{out}.bai.c4gh"), format!("{plain}.bai"))]
    {
        let bytes = decrypted(Path::new(&encrypted), Keys::secret());
        assert!(bytes == fs::read(&plain).unwrap(), "{encrypted}");
    }
}

#[test]
fn what_cannot_be_decrypted_is_refused_with_the_reason() {
    let keys = Keys::new();
    let path = keys.encrypted("reads.bam");
    let said = |args: &[&str], code| {
        let run = run(args);
        assert_eq!(run.code, Some(code), "{args:?}: {}", run.stderr);
        run.stderr
    };
    let name = path.to_str().unwrap();
    assert!(said(&["inspect", name], 1).contains("hint: --decrypt-key FILE"));
    let other = SecretKey::generate().unwrap().public_key().to_file();
    fs::write(keys.path("other.pub"), other).unwrap();
    assert!(
        said(&["inspect", name, "--decrypt-key", &keys.path("other.pub")], 1).contains("is a public key")
    );
    let secret = keys.path("own.sec");
    let whole = fs::read(&path).unwrap();
    let damaged = |at: usize, bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let said = said(&["convert", name, &keys.path(&format!("{at}.csv")), "--decrypt-key", &secret], 1);
        assert!(!Path::new(&keys.path(&format!("{at}.csv"))).exists());
        said
    };
    let mut changed = whole.clone();
    changed[5000] ^= 1;
    assert!(damaged(1, &changed).contains("cannot be authenticated"));
    assert!(damaged(2, &whole[..whole.len() - 1]).contains("truncated"));
    assert!(damaged(3, &whole[..130]).contains("truncated"));
    assert!(damaged(4, &whole[..60]).contains("truncated"));
}

#[test]
fn the_name_of_an_output_says_whether_it_is_encrypted() {
    let keys = Keys::new();
    let (input, public) = (fixture("reads.bam"), keys.path("own.pub"));
    let input = input.to_str().unwrap();
    let refused = |name: &str, more: &[&str]| {
        let output = keys.path(name);
        let run = run(["convert", input, &output].into_iter().chain(more.iter().copied()));
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(!Path::new(&output).exists());
        run.stderr
    };
    assert!(refused("x.parquet.c4gh", &[]).contains("--recipient"));
    assert!(refused("x.parquet", &["--recipient", &public]).contains(".c4gh"));
    assert!(refused("x.sqlite.c4gh", &["--recipient", &public]).contains("encrypt it afterwards"));
}
