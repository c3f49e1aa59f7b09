//! A server that answers as it is told, one request a connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Asked {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.header("host").unwrap())
    }

    /// The bytes of `Range`, if there is one; the end does not belong.
    pub(super) fn range(&self, len: usize) -> Option<(usize, usize)> {
        let (start, last) = self.header("range")?.strip_prefix("bytes=")?.split_once('-')?;
        Some((start.parse().ok()?, last.parse().map_or(len, |last: usize| (last + 1).min(len))))
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    framing: Framing,
    cut: Option<usize>,
    stall: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Length,
    Chunks,
    Nothing,
}

impl Reply {
    pub(super) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let (headers, body) = (Vec::new(), body.into());
        Self { status, headers, body, framing: Framing::Length, cut: None, stall: None }
    }

    pub(super) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, body)
    }

    /// 206 with some of the bytes; the end does not belong.
    pub(super) fn part(bytes: &[u8], (start, end): (usize, usize)) -> Self {
        let range = format!("bytes {start}-{}/{}", end - 1, bytes.len());
        Self::new(206, &bytes[start..end]).with("Content-Range", range)
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(super) fn framed(self, framing: Framing) -> Self {
        Self { framing, ..self }
    }

    /// Closes the connection after so many bytes of the body.
    pub(super) fn cut(self, at: usize) -> Self {
        Self { cut: Some(at), ..self }
    }

    /// Then says nothing for a while before it closes the connection.
    pub(super) fn stall(self, time: Duration) -> Self {
        Self { stall: Some(time), ..self }
    }

    fn write(&self, to: &mut TcpStream) -> std::io::Result<()> {
        let mut head = format!("HTTP/1.1 {} Whatever\r\nConnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        match self.framing {
            Framing::Length => head.push_str(&format!("Content-Length: {}\r\n", self.body.len())),
            Framing::Chunks => head.push_str("Transfer-Encoding: chunked\r\n"),
            Framing::Nothing => {}
        }
        head.push_str("\r\n");
        to.write_all(head.as_bytes())?;
        let sent = &self.body[..self.cut.unwrap_or(self.body.len()).min(self.body.len())];
        if self.framing == Framing::Chunks {
            for chunk in sent.chunks(1000) {
                write!(to, "{:x}\r\n", chunk.len())?;
                to.write_all(chunk)?;
                to.write_all(b"\r\n")?;
            }
            if self.cut.is_none() {
                to.write_all(b"0\r\n\r\n")?;
            }
        } else {
            to.write_all(sent)?;
        }
        to.flush()?;
        if let Some(time) = self.stall {
            std::thread::sleep(time);
        }
        Ok(())
    }
}

/// A server that runs as long as the test.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) origin: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// The answer is told the request and how many came before it with the same path.
    pub(super) fn start(answer: impl Fn(&Asked, usize) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::<Asked>::new()));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                let Some(request) = request(&connection) else { continue };
                let path = |asked: &Asked| asked.target.split('?').next().map(str::to_owned);
                let before = {
                    let mut log = log.lock().unwrap();
                    let before = log.iter().filter(|asked| path(asked) == path(&request)).count();
                    log.push(request.clone());
                    before
                };
                // The client may have gone away.
                let _ = answer(&request, before).write(&mut connection);
            }
        });
        Self { origin, asked }
    }

    /// The requests so far.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// Those of a path.
    pub(super) fn asked_for(&self, path: &str) -> Vec<Asked> {
        self.asked().into_iter().filter(|asked| asked.target.split('?').next() == Some(path)).collect()
    }
}

fn request(connection: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let mut asked = Asked { method: words.next()?.into(), target: words.next()?.into(), ..Asked::default() };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        asked.headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let length = asked.header("content-length").map_or(0, |v| v.parse().unwrap());
    reader.take(length).read_to_string(&mut asked.body).ok()?;
    Some(asked)
}
