//! Inputs that an htsget server has, and those that a configuration has ids for: the same tables as from
//! the files themselves.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bioserde_testkit::fixtures;

use crate::oracle::{corpus, files};
use crate::program::{self, Run, path, root, run};

/// Columns that do not depend on which records were met first.
const READS: [&str; 2] =
    ["--columns", "record_no,qname,flag,rname,pos,mapq,cigar,rnext,pnext,tlen,seq,qual,tag_nm,residual"];

/// `bioserde serve`, until it is dropped.
struct Server {
    child: Child,
    origin: String,
}

impl Server {
    fn start(folder: &Path) -> Self {
        Self::start_with(&[folder.to_str().unwrap()])
    }

    fn start_with(args: &[&str]) -> Self {
        let mut child = Command::new(path())
            .args(["serve", "--addr", "127.0.0.1:0"])
            .args(args)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let origin = lines.find_map(|line| Some(line.strip_prefix("listening on ")?.to_owned())).unwrap();
        // It would stop if nobody read on.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, origin }
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.origin)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The fixtures with their indexes, in a folder of their own.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["reads.bam", "calls.vcf.gz"] {
        let to = folder.path().join(name);
        fs::copy(root().join("tests/data").join(name), &to).unwrap();
        run(["index", to.to_str().unwrap(), "--quiet"]).ok();
    }
    folder
}

fn convert(input: &str, output: &Path, args: &[&str]) -> Run {
    program::convert(Path::new(input), output, args)
}

/// Both inputs become the same bytes, of so many records.
#[track_caller]
fn same(file: &Path, other: &str, args: &[&str]) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a.parquet"), folder.path().join("b.parquet"));
    let records = convert(file.to_str().unwrap(), &a, args).ok().summary()["records"].as_u64().unwrap();
    let summary = convert(other, &b, args).ok().summary();
    assert_eq!(summary["records"].as_u64(), Some(records), "{other} {args:?}");
    assert!(fs::read(a).unwrap() == fs::read(b).unwrap(), "{other} {args:?}");
    records
}

#[test]
fn whole_files_are_as_they_are_from_a_disk() {
    let folder = folder();
    let server = Server::start(folder.path());
    let reads = same(&folder.path().join("reads.bam"), &server.url("reads/reads"), &[]);
    assert_eq!(usize::try_from(reads).unwrap(), fixtures::READS);
    assert!(same(&folder.path().join("calls.vcf.gz"), &server.url("variants/calls"), &[]) > 0);
    let scheme = server.url("variants/calls").replace("http:", "htsget+http:");
    same(&folder.path().join("calls.vcf.gz"), &scheme, &["--genotypes", "long"]);
}

#[test]
fn regions_are_as_they_are_from_a_disk() {
    let folder = folder();
    let server = Server::start(folder.path());
    let bed = folder.path().join("some.bed");
    fs::write(&bed, "# some\nchr1\t1000000\t1040000\nchr2\t0\t50000000\nchr1\t1030000\t1050000\n").unwrap();
    let bed = ["--regions-file", bed.to_str().unwrap()];
    let (file, url) = (folder.path().join("reads.bam"), server.url("reads/reads"));
    let with = |regions: &[&str]| same(&file, &url, &[&READS[..], regions].concat());
    assert!(with(&["--region", "chr1:1,000,000-1,050,000"]) > 0);
    assert!(with(&["--region", "chr1:1,000,000-1,040,000", "-r", "chrM", "-r", "chr1:1,010,000-"]) > 0);
    assert!(with(&["--region", "*"]) > 0);
    assert!(with(&["--region", "HLA-A*01:01:01:01"]) > 0, "a name with colons");
    assert!(with(&["--region", "HLA-A*01:01:01:01:5-900", "-r", "chr2:1-5,000,000", "-r", "*"]) > 0);
    assert!(with(&bed) > 0);
    fs::write(bed[1], "# none\n").unwrap();
    assert_eq!(with(&bed), 0);
    let (file, url) = (folder.path().join("calls.vcf.gz"), server.url("variants/calls"));
    assert!(same(&file, &url, &["--region", "chr1:10,000-30,000"]) > 0);
    assert!(same(&file, &url, &["--region", "chr1:10,000-30,000", "--region", "chr2"]) > 0);
    let one = folder.path().join("one.parquet");
    let from_query = format!("{url}?referenceName=chr1&start=9999&end=30000");
    let records = convert(&from_query, &one, &[]).ok().summary()["records"].clone();
    assert_eq!(records.as_u64(), Some(same(&file, &url, &["--region", "chr1:10,000-30,000"])));
}

#[test]
fn the_corpus_is_as_it_is_from_a_disk() {
    let Some(corpus) = corpus() else { return };
    for (kind, endpoint, endings) in
        [("reads", "reads", &[".bam"][..]), ("variants", "variants", &[".vcf.gz", ".vcf.bgz", ".bcf"])]
    {
        let server = Server::start(&corpus.join(kind));
        let mut seen = std::collections::BTreeSet::new();
        for file in files(&corpus.join(kind), endings) {
            let name = file.file_name().unwrap().to_str().unwrap();
            let (id, suffix) = endings.iter().find_map(|e| Some((name.strip_suffix(e)?, *e))).unwrap();
            // VCF goes before BCF of the same id, and in two compressions one is behind the other.
            let format = if suffix == ".bcf" { "?format=BCF" } else { "" };
            if !seen.insert((id.to_owned(), format)) {
                continue;
            }
            let args = if endpoint == "reads" { &READS[..] } else { &[] };
            same(&file, &server.url(&format!("{endpoint}/{id}{format}")), args);
        }
    }
}

#[test]
fn other_commands_take_urls() {
    let folder = folder();
    let server = Server::start(folder.path());
    let (reads, calls) = (server.url("reads/reads"), server.url("variants/calls"));
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let same = |args: &dyn Fn(&str) -> Vec<String>, url: &str, name: &str| {
        let (a, b) = (run(args(url)).ok(), run(args(&file(name))).ok());
        assert!(a.stdout == b.stdout && !a.stdout.is_empty(), "{}", String::from_utf8_lossy(&a.stdout));
    };
    let words = |args: &str, input: &str| args.replace("IN", input).split(' ').map(str::to_owned).collect();
    same(
        &|i| words("view IN chr1:1,000,000-1,050,000 --columns qname,pos,cigar --quiet", i),
        &reads,
        "reads.bam",
    );
    same(&|i| words("view IN --to tsv --quiet", i), &calls, "calls.vcf.gz");
    same(&|i| words("schema IN", i), &reads, "reads.bam");
    same(&|i| words("schema IN --json", i), &calls, "calls.vcf.gz");
    let inspected = |input: &str| -> serde_json::Value {
        let run = run(["inspect", input, "--json", "--header"]).ok();
        serde_json::from_slice(&run.stdout).unwrap()
    };
    for (url, name) in [(&reads, "reads.bam"), (&calls, "calls.vcf.gz")] {
        let (a, b) = (inspected(url), inspected(&file(name)));
        for key in ["header", "format", "version", "contigs", "header_oddities"] {
            assert!(a[key] == b[key] && (!a[key].is_null() || b[key].is_null()), "{key}");
        }
        assert_eq!(a["index"], "none");
    }
}

#[test]
fn ids_of_a_configuration_are_inputs() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    // An index elsewhere, which nobody finds beside the file.
    fs::create_dir(at("indexes")).unwrap();
    fs::copy(at("reads.bam"), at("moved.bam")).unwrap();
    fs::copy(at("reads.bam.bai"), at("indexes/other.bai")).unwrap();
    let config = at("bioserde.toml");
    let text = format!(
        "[[locations]]\npath = {:?}\n[[locations]]\nid = \"named\"\npath = {:?}\nindex = {:?}\n",
        folder.path(),
        at("moved.bam"),
        at("indexes/other.bai")
    );
    fs::write(&config, text).unwrap();
    let config = ["--config", config.to_str().unwrap()];
    let region = ["--region", "chr1:1,000,000-1,050,000"];
    let args = [&READS[..], &region, &config].concat();
    for id in ["reads", "reads/reads", "named"] {
        let run = convert(id, &at("out.parquet"), &[&args[..], &["--overwrite"]].concat()).ok();
        assert!(!run.stderr.contains("no index"), "{}", run.stderr);
        same(&at("reads.bam"), id, &args);
    }
    same(&at("calls.vcf.gz"), "variants/calls", &config);
    run([&["inspect", "calls"], &config[..]].concat()).ok();
    run([&["view", "calls", "chr1"], &config[..]].concat()).ok();
    run([&["schema", "calls"], &config[..]].concat()).ok();
    for id in ["nothing", "variants/reads", "reads/calls", "../reads"] {
        let run = convert(id, &at("none.parquet"), &config);
        assert_eq!(run.code, Some(1), "{id}");
        assert!(run.stderr.contains("no such file") && run.stderr.contains("no such id"), "{}", run.stderr);
    }
    let run = convert("reads", &at("none.parquet"), &["--config", at("missing.toml").to_str().unwrap()]);
    assert!(run.code == Some(1) && run.stderr.contains("missing.toml: cannot read"), "{}", run.stderr);
    assert!(!at("none.parquet").exists());
}

#[test]
fn htsget_urls_are_https_and_certificates_are_checked() {
    let folder = folder();
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (certificate, key, config) = (at("cert.pem"), at("key.pem"), at("bioserde.toml"));
    fs::write(&certificate, pair.cert.pem()).unwrap();
    fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
    let text = format!(
        "[[locations]]\npath = {:?}\n[tls]\ncertificate = {certificate:?}\nkey = {key:?}\n",
        folder.path()
    );
    fs::write(&config, text).unwrap();
    let server = Server::start_with(&["--config", &config]);
    let url = server.url("reads/reads").replace("https://127.0.0.1:", "htsget://localhost:");
    let view = |trusted: Option<&str>| {
        let mut command = Command::new(path());
        command.args(["view", &url, "chr1:1,000,000-1,050,000", "--columns", "qname", "--quiet"]);
        if let Some(trusted) = trusted {
            command.env("SSL_CERT_FILE", trusted);
        }
        command.output().unwrap()
    };
    let trusted = view(Some(&certificate));
    assert!(trusted.status.success(), "{}", String::from_utf8_lossy(&trusted.stderr));
    assert!(String::from_utf8_lossy(&trusted.stdout).contains("r01254"));
    let other = view(None);
    let said = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(other.status.code() == Some(1) && said.contains("certificate"), "{said}");
}

#[test]
fn encrypted_data_are_asked_for_with_the_key_that_opens_them() {
    let folder = folder();
    let server = Server::start(folder.path());
    let key = folder.path().join("own.sec");
    fs::write(&key, crate::crypt4gh::SECRET).unwrap();
    let url = format!("{}?encryptionScheme=c4gh", server.url("reads/reads"));
    let (encrypted, plain) = (folder.path().join("encrypted.bam"), folder.path().join("plain.bam"));
    let region = ["--region", "chr1:1,000,000-3,000,000"];
    let with_key = [&region[..], &["--decrypt-key", key.to_str().unwrap()]].concat();
    convert(&url, &encrypted, &with_key).ok();
    convert(&server.url("reads/reads"), &plain, &region).ok();
    let (encrypted, plain) = (fs::read(encrypted).unwrap(), fs::read(plain).unwrap());
    assert!(encrypted == plain && plain.len() > 1000);
    let refused = convert(&url, &folder.path().join("none.bam"), &region);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("--decrypt-key"), "{}", refused.stderr);
}

#[test]
fn what_a_server_does_not_have_is_told() {
    let folder = folder();
    let server = Server::start(folder.path());
    let out = folder.path().join("out.parquet");
    let failed = |url: &str, args: &[&str], code: i32, words: &[&str]| {
        let run = convert(url, &out, args);
        assert_eq!(run.code, Some(code), "{}", run.stderr);
        assert!(words.iter().all(|word| run.stderr.contains(word)), "{}", run.stderr);
        assert!(!out.exists() && !run.stderr.contains("secret"), "{}", run.stderr);
    };
    let url = server.url("reads/reads");
    failed(&server.url("reads/nothing?key=secret"), &[], 1, &["/reads/nothing: ", "404", "NotFound"]);
    failed(&url, &["--region", "1:5-9"], 2, &["no reference sequence `1`", "did you mean `chr1`"]);
    failed(&url, &["--region", "chr1:5"], 2, &["ambiguous"]);
    failed(&format!("{url}?start=5"), &[], 2, &["`start` is given without `referenceName`"]);
    failed(&format!("{url}?referenceName=chr1"), &["-r", "chr2"], 2, &["in the URL and beside it"]);
    failed(&server.url("files/reads.bam"), &[], 2, &["/reads/ID or /variants/ID"]);
    failed("https://me:secret@example.org/reads/x", &[], 2, &["token"]);
}

/// What a server of its own was asked, and what it answers: the head and the body of each connection.
fn answer(reply: impl Fn(&str) -> (String, Vec<u8>) + Send + 'static) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    std::thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            let head = request(&connection);
            log.lock().unwrap().push(head.clone());
            let (head, body) = reply(&head);
            let _ = (&connection).write_all(head.as_bytes()).and_then(|()| (&connection).write_all(&body));
        }
    });
    (origin, asked)
}

/// The lines of a request before its body.
fn request(connection: &TcpStream) -> String {
    let lines = BufReader::new(connection).lines().map_while(Result::ok);
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn ticket(origin: &str, format: &str) -> (String, Vec<u8>) {
    let json = format!(r#"{{"htsget":{{"format":"{format}","urls":[{{"url":"{origin}/data"}}]}}}}"#);
    (format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", json.len()), json.into())
}

#[test]
fn a_server_that_dies_in_mid_stream_leaves_no_output() {
    let bytes = fs::read(root().join("tests/data/reads.bam")).unwrap();
    let len = bytes.len();
    let origin = Arc::new(Mutex::new(String::new()));
    let own = Arc::clone(&origin);
    let (address, _) = answer(move |head| {
        if !head.starts_with("GET /data ") {
            return ticket(&own.lock().unwrap(), "BAM");
        }
        let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len}\r\n\r\n");
        (head, bytes[..len / 2].to_vec())
    });
    origin.lock().unwrap().clone_from(&address);
    let folder = tempfile::tempdir().unwrap();
    for args in [&[][..], &["--allow-truncated"]] {
        let run = convert(&format!("{address}/reads/x"), &folder.path().join("out.parquet"), args);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert!(run.stderr.contains("/reads/x: cannot read: part 1 of 1"), "{}", run.stderr);
        assert!(run.stderr.contains("break off"), "{}", run.stderr);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
    }
}

/// Passes connections on, and cuts each after so many bytes of answers. Gives its origin, and how many
/// connections there were.
fn cutting_proxy(to: &str, bytes: u64) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let (counter, to) = (Arc::clone(&count), to.strip_prefix("http://").unwrap().to_owned());
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            counter.fetch_add(1, Ordering::Relaxed);
            let server = TcpStream::connect(&to).unwrap();
            std::thread::spawn(move || {
                let (mut from, mut into) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                std::thread::spawn(move || std::io::copy(&mut from, &mut into));
                // Either side may be gone.
                let _ = std::io::copy(&mut (&server).take(bytes), &mut (&client));
                let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
            });
        }
    });
    (origin, count)
}

#[test]
fn data_that_break_off_are_gone_on_with() {
    let folder = folder();
    let server = Server::start(folder.path());
    let (proxy, connections) = cutting_proxy(&server.origin, 30_000);
    same(&folder.path().join("reads.bam"), &format!("{proxy}/reads/reads"), &[]);
    assert!(connections.load(Ordering::Relaxed) >= 3, "62 kB through connections that end after 30 kB");
}

#[test]
fn data_with_another_digest_leave_no_output() {
    let (address, _) = answer(|head| {
        let inline =
            bioserde_htsget::TicketUrl::inline(&fs::read(root().join("tests/data/reads.bam")).unwrap());
        let ticket = bioserde_htsget::Ticket::new(bioserde_htsget::Format::Bam, vec![inline]);
        let json = ticket.with_md5([7; 16]).to_json();
        assert!(head.starts_with("GET /reads/x "));
        (
            format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", json.len()),
            json.into(),
        )
    });
    let folder = tempfile::tempdir().unwrap();
    let run = convert(&format!("{address}/reads/x"), &folder.path().join("out.parquet"), &[]);
    assert!(run.code == Some(1) && run.stderr.contains("MD5"), "{}", run.stderr);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
}

#[test]
fn the_token_comes_from_a_file_or_the_environment() {
    let bytes = fs::read(root().join("tests/data/calls.vcf.gz")).unwrap();
    let origin = Arc::new(Mutex::new(String::new()));
    let own = Arc::clone(&origin);
    let (address, asked) = answer(move |head| {
        if !head.starts_with("GET /data ") {
            return ticket(&own.lock().unwrap(), "VCF");
        }
        let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", bytes.len());
        (head, bytes.clone())
    });
    origin.lock().unwrap().clone_from(&address);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, "from-file\n").unwrap();
    let view = |token: &str, args: &[&str]| {
        let mut command = Command::new(path());
        command.args(["view", &format!("{address}/variants/x"), "--to", "tsv"]).args(args);
        let output = command.env("BIOSERDE_TOKEN", token).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = view("from-variable", &[]);
    assert!(code == Some(0) && said.contains("http, which others can read"), "{said}");
    assert_eq!(
        view("from-variable", &["--token-file", file.to_str().unwrap(), "--quiet"]),
        (Some(0), String::new())
    );
    let (code, said) = view("no\ntoken", &[]);
    assert!(
        code == Some(1) && said.contains("BIOSERDE_TOKEN: a token is") && !said.contains("no\n"),
        "{said}"
    );
    let tokens: Vec<_> = asked
        .lock()
        .unwrap()
        .iter()
        .map(|head| {
            let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("authorization:"));
            line.and_then(|line| line.split(' ').next_back()).map(str::to_owned)
        })
        .collect();
    assert_eq!(tokens, [Some("from-variable".into()), None, Some("from-file".into()), None]);
}

/// What a server of CRAM sends is read as the file is.
#[test]
fn cram_is_read_as_a_file_of_it_is() {
    let Some(corpus) = corpus() else { return };
    let folder = tempfile::tempdir().unwrap();
    let reads = corpus.join("reads");
    let name = "htsnexus_test_NA12878.cram";
    for name in [name.to_owned(), format!("{name}.crai")] {
        fs::copy(reads.join(&name), folder.path().join(&name)).unwrap();
    }
    let server = Server::start(folder.path());
    let url = format!("{}?format=CRAM", server.url("reads/htsnexus_test_NA12878"));
    assert_eq!(same(&folder.path().join(name), &url, &["--region", "11:5,000,000-5,010,000"]), 878);
}
