use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::{Error, Result};

/// An input: a regular file, read at any place, or a stream (`-`, a pipe, whatever can be read), read once.
#[derive(Debug)]
pub struct Source {
    name: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    File(OpenFile),
    Stream(Mutex<Stream>),
}

/// A file that stays open: whoever reads on reads the same file, even if another takes its name.
#[derive(Debug)]
struct OpenFile {
    path: PathBuf,
    file: Arc<File>,
    size: u64,
    modified: Option<SystemTime>,
}

/// Reads on from a place of an open file, whatever others read of it.
#[derive(Debug)]
struct Positioned {
    file: Arc<File>,
    offset: u64,
}

impl Read for Positioned {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let n = std::os::unix::fs::FileExt::read_at(self.file.as_ref(), buf, self.offset)?;
        // It moves the file's own position as well, which nobody uses.
        #[cfg(windows)]
        let n = std::os::windows::fs::FileExt::seek_read(self.file.as_ref(), buf, self.offset)?;
        self.offset += n as u64;
        Ok(n)
    }
}

#[derive(Debug)]
struct Stream {
    /// What [`Source::peek`] has read already.
    head: Vec<u8>,
    rest: Option<Rest>,
}

enum Rest {
    Stdin,
    Pipe(File),
    Given(Box<dyn Read + Send>),
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stdin => "Stdin",
            Self::Pipe(_) => "Pipe",
            Self::Given(_) => "Given",
        })
    }
}

impl Read for Rest {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stdin => io::stdin().lock().read(buf),
            Self::Pipe(file) => file.read(buf),
            Self::Given(stream) => stream.read(buf),
        }
    }
}

impl Source {
    /// Opens a path, or standard input for `-`.
    pub fn open(path: &str) -> Result<Self> {
        if path == "-" {
            return Ok(Self::stream_of("standard input", Rest::Stdin));
        }
        let file = File::open(path).map_err(Error::io(path, "open"))?;
        let metadata = file.metadata().map_err(Error::io(path, "open"))?;
        if metadata.is_dir() {
            return Err(Error::io(path, "read")(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        if !metadata.is_file() {
            return Ok(Self::stream_of(path, Rest::Pipe(file)));
        }
        let (size, modified) = (metadata.len(), metadata.modified().ok());
        let file = OpenFile { path: path.into(), file: Arc::new(file), size, modified };
        Ok(Self { name: path.to_owned(), kind: Kind::File(file) })
    }

    /// A stream that comes from elsewhere, under a name for messages. It is read once, and by one thread
    /// at a time.
    pub fn from_stream(name: &str, stream: Box<dyn Read + Send>) -> Self {
        Self::stream_of(name, Rest::Given(stream))
    }

    fn stream_of(name: &str, rest: Rest) -> Self {
        let stream = Stream { head: Vec::new(), rest: Some(rest) };
        Self { name: name.to_owned(), kind: Kind::Stream(Mutex::new(stream)) }
    }

    /// The path as the user gave it, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path of a regular file; nothing for a stream.
    pub fn path(&self) -> Option<&Path> {
        match &self.kind {
            Kind::File(file) => Some(&file.path),
            Kind::Stream(_) => None,
        }
    }

    /// The size in bytes; nothing for a stream.
    pub fn size(&self) -> Option<u64> {
        match &self.kind {
            Kind::File(file) => Some(file.size),
            Kind::Stream(_) => None,
        }
    }

    /// When the file was last written to, as it was opened; nothing for a stream.
    pub fn modified(&self) -> Option<SystemTime> {
        match &self.kind {
            Kind::File(file) => file.modified,
            Kind::Stream(_) => None,
        }
    }

    /// Whether a file has the size and the time of its last writing that it was opened with; true for a
    /// stream.
    pub fn is_unchanged(&self) -> bool {
        match &self.kind {
            Kind::File(file) => {
                file.file.metadata().is_ok_and(|m| m.len() == file.size && m.modified().ok() == file.modified)
            }
            Kind::Stream(_) => true,
        }
    }

    /// Up to `len` bytes from the beginning, without consuming them.
    pub fn peek(&self, len: usize) -> Result<Vec<u8>> {
        let limit = u64::try_from(len).unwrap_or(u64::MAX);
        match &self.kind {
            Kind::File(_) => {
                let mut bytes = Vec::new();
                self.stream(0)?.take(limit).read_to_end(&mut bytes).map_err(Error::io(&self.name, "read"))?;
                Ok(bytes)
            }
            Kind::Stream(stream) => {
                let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
                let Stream { head, rest } = &mut *stream;
                let missing = len.saturating_sub(head.len());
                if let Some(rest) = rest.as_mut() {
                    let missing = u64::try_from(missing).unwrap_or(u64::MAX);
                    rest.take(missing).read_to_end(head).map_err(Error::io(&self.name, "read"))?;
                }
                Ok(head.iter().take(len).copied().collect())
            }
        }
    }

    /// The bytes from `offset` on. A stream gives them once, from offset 0.
    pub fn stream(&self, offset: u64) -> Result<Box<dyn Read + Send>> {
        match &self.kind {
            Kind::File(file) => Ok(Box::new(Positioned { file: Arc::clone(&file.file), offset })),
            Kind::Stream(stream) => {
                let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
                match (offset, stream.rest.take()) {
                    (0, Some(rest)) => {
                        Ok(Box::new(io::Cursor::new(std::mem::take(&mut stream.head)).chain(rest)))
                    }
                    _ => Err(Error::NotSeekable { path: self.name.clone() }),
                }
            }
        }
    }

    /// Exactly the bytes `[offset, offset + len)` of a file, or those up to its end.
    pub fn read_at(&self, offset: u64, len: u64) -> Result<Vec<u8>> {
        // As many as there are, whatever was asked for.
        let left = self.size().map_or(0, |size| size.saturating_sub(offset));
        let mut bytes = Vec::with_capacity(usize::try_from(len.min(left)).unwrap_or(0));
        self.stream(offset)?.take(len).read_to_end(&mut bytes).map_err(Error::io(&self.name, "read"))?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_file_at_any_place() {
        let dir = std::env::temp_dir().join(format!("bioserde-source-{}", std::process::id()));
        std::fs::write(&dir, b"0123456789").unwrap();
        let source = Source::open(dir.to_str().unwrap()).unwrap();
        assert_eq!(source.size(), Some(10));
        assert_eq!(source.peek(3).unwrap(), b"012");
        assert_eq!(source.read_at(8, 10).unwrap(), b"89");
        std::fs::remove_file(&dir).unwrap();
    }

    #[test]
    fn a_stream_is_read_once() {
        let source = Source::stream_of("x", Rest::Pipe(File::open("/dev/null").unwrap()));
        assert!(source.peek(5).unwrap().is_empty());
        assert!(source.stream(0).is_ok());
        assert!(matches!(source.stream(0), Err(Error::NotSeekable { .. })));
    }

    #[test]
    fn a_given_stream_is_read_from_its_beginning() {
        let source = Source::from_stream("x", Box::new(io::Cursor::new(b"0123456789")));
        assert_eq!((source.peek(3).unwrap(), source.size(), source.name()), (b"012".to_vec(), None, "x"));
        assert_eq!(source.read_at(0, 100).unwrap(), b"0123456789");
        assert!(matches!(source.peek(1), Ok(bytes) if bytes.is_empty()));
    }
}
