//! A running server.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bioserde_testkit::bgzf;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use crate::program;

/// `bioserde serve`, ended when dropped, and a client that knows of htsget what the specification says.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    log: Option<JoinHandle<Vec<String>>>,
    /// `http://127.0.0.1:PORT`
    pub(crate) base: String,
    runtime: Runtime,
    http: reqwest::Client,
}

impl Server {
    /// Serves a folder on a free port; `settings` are environment variables without their prefix.
    pub(crate) fn start(folder: &Path, settings: &[(&str, &str)]) -> Self {
        let mut command = Command::new(program::path());
        command.arg("serve").arg(folder).args(["--addr", "127.0.0.1:0"]).stderr(Stdio::piped());
        for (key, value) in settings {
            command.env(format!("BIOSERDE_SERVE_{key}"), value);
        }
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let base = lines.find_map(|line| Some(line.strip_prefix("listening on ")?.to_owned()));
        let Some(base) = base else { panic!("the server ended: {:?}", child.wait()) };
        // Read to the end, so that the server never waits for a reader of its log.
        let log = std::thread::spawn(move || lines.filter(|line| line.contains("ERROR")).collect());
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let server = Self { child, log: Some(log), base, runtime, http: reqwest::Client::new() };
        server.wait();
        server
    }

    fn wait(&self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        let address = self.base.strip_prefix("http://").unwrap();
        while TcpStream::connect(address).is_err() || self.get("/healthz").0 != 200 {
            assert!(Instant::now() < deadline, "the server does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Runs what a client does.
    pub(crate) fn block_on<F: Future>(&self, work: F) -> F::Output {
        self.runtime.block_on(work)
    }

    /// Status and body of a resource.
    pub(crate) fn get(&self, path: &str) -> (u16, Vec<u8>) {
        self.send(self.http.get(format!("{}{path}", self.base)))
    }

    /// Status and body of the answer to a JSON body.
    pub(crate) fn post(&self, path: &str, body: &Value) -> (u16, Vec<u8>) {
        self.send(self.http.post(format!("{}{path}", self.base)).body(body.to_string()))
    }

    fn send(&self, request: reqwest::RequestBuilder) -> (u16, Vec<u8>) {
        self.block_on(async {
            let response = request.send().await.unwrap();
            (response.status().as_u16(), response.bytes().await.unwrap().to_vec())
        })
    }

    /// The joined bytes of a ticket, each part of which is whole blocks of BGZF, unless it is of CRAM.
    pub(crate) fn joined(&self, (status, ticket): (u16, Vec<u8>)) -> Vec<u8> {
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&ticket));
        let ticket: Value = serde_json::from_slice(&ticket).unwrap();
        let mut joined = Vec::new();
        for url in ticket["htsget"]["urls"].as_array().unwrap() {
            let part = self.part(url);
            if ticket["htsget"]["format"] == "CRAM" {
                joined.extend(part);
                continue;
            }
            let end = bgzf::blocks(&part).last().map_or(0, |block| block.end);
            assert_eq!(end, part.len(), "a part that is no blocks");
            bgzf::decompress(&part);
            joined.extend(part);
        }
        joined
    }

    fn part(&self, url: &Value) -> Vec<u8> {
        let text = url["url"].as_str().unwrap();
        if let Some((_, encoded)) = text.split_once(";base64,") {
            return STANDARD.decode(encoded).unwrap();
        }
        let mut request = self.http.get(text);
        for (name, value) in url["headers"].as_object().unwrap() {
            request = request.header(name, value.as_str().unwrap());
        }
        let (status, body) = self.send(request);
        assert_eq!(status, 200, "{text}: {}", String::from_utf8_lossy(&body));
        body
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let errors = self.log.take().and_then(|log| log.join().ok()).unwrap_or_default();
        if !std::thread::panicking() {
            assert!(errors.is_empty(), "the server says: {errors:?}");
        }
    }
}
