use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use bioserde_crypt4gh::{Content, Keyring, MAGIC, is_crypt4gh};

use crate::encrypted::{Decryption, read_from};
use crate::{Error, Result};

/// An input: a regular file, read at any place, or a stream (`-`, a pipe, whatever can be read), read once.
#[derive(Debug)]
pub struct Source {
    name: String,
    kind: Kind,
    keys: Keyring,
    is_encrypted: bool,
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
    /// Of what is read.
    size: u64,
    /// In the file system.
    stored: u64,
    modified: Option<SystemTime>,
    /// What is in it, where it is encrypted.
    content: Option<Arc<Content>>,
}

/// Reads on from a place of an open file, whatever others read of it.
#[derive(Debug)]
pub(crate) struct Positioned {
    pub(crate) file: Arc<File>,
    pub(crate) offset: u64,
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
    /// Opens a path, or standard input for `-`. What is read are the bytes as they are, encrypted or not: see
    /// [`Source::decrypted`].
    pub fn open(path: &str) -> Result<Self> {
        if path == "-" {
            return Ok(Self::stream_of("standard input", Rest::Stdin));
        }
        Self::open_path(Path::new(path))
    }

    /// The same of a path that need not be UTF-8.
    pub fn open_path(path: &Path) -> Result<Self> {
        let name = path.to_string_lossy().into_owned();
        let file = File::open(path).map_err(Error::io(&name, "open"))?;
        let metadata = file.metadata().map_err(Error::io(&name, "open"))?;
        if metadata.is_dir() {
            return Err(Error::io(&name, "read")(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        if !metadata.is_file() {
            return Ok(Self::stream_of(&name, Rest::Pipe(file)));
        }
        let (size, modified) = (metadata.len(), metadata.modified().ok());
        let (file, path) = (Arc::new(file), path.into());
        let file = OpenFile { path, file, size, stored: size, modified, content: None };
        Ok(Self { name, kind: Kind::File(file), keys: Keyring::default(), is_encrypted: false })
    }

    /// A stream that comes from elsewhere, under a name for messages. It is read once, and by one thread
    /// at a time.
    pub fn from_stream(name: &str, stream: Box<dyn Read + Send>) -> Self {
        Self::stream_of(name, Rest::Given(stream))
    }

    fn stream_of(name: &str, rest: Rest) -> Self {
        let stream = Stream { head: Vec::new(), rest: Some(rest) };
        Self {
            name: name.to_owned(),
            kind: Kind::Stream(Mutex::new(stream)),
            keys: Keyring::default(),
            is_encrypted: false,
        }
    }

    /// The same source, decrypted if it is under Crypt4GH, which its first bytes tell. Places and sizes are then
    /// those of the decrypted bytes. With `allow_truncated` a file that ends too early is taken as far as its
    /// whole segments go.
    ///
    /// # Errors
    ///
    /// It is encrypted and none of the keys opens it, or its header is malformed, or it ends where none can
    /// end; or it cannot be read.
    pub fn decrypted(mut self, keys: &Keyring, allow_truncated: bool) -> Result<Self> {
        self.keys = keys.clone();
        if !is_crypt4gh(&self.peek(MAGIC.len())?) {
            return Ok(self);
        }
        self.is_encrypted = true;
        let fault = |source| Error::Crypt4gh { path: self.name.clone(), action: "decrypt", source };
        let decryption = Decryption { keys: keys.clone(), allow_truncated };
        match &mut self.kind {
            Kind::File(file) => {
                let (content, size) = decryption.of_file(&file.file, file.stored).map_err(fault)?;
                (file.content, file.size) = (Some(content), size);
                Ok(self)
            }
            Kind::Stream(_) => {
                let stream = decryption.of_stream(self.stream(0)?).map_err(fault)?;
                Ok(Self { keys: self.keys, is_encrypted: true, ..Self::from_stream(&self.name, stream) })
            }
        }
    }

    /// The keys that it was, or would have been, decrypted with; what lies beside it may need them.
    pub fn keys(&self) -> &Keyring {
        &self.keys
    }

    /// Whether its bytes are decrypted as they are read.
    pub fn is_encrypted(&self) -> bool {
        self.is_encrypted
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

    /// The size in bytes, once decrypted; nothing for a stream.
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
            Kind::File(file) => file
                .file
                .metadata()
                .is_ok_and(|m| m.len() == file.stored && m.modified().ok() == file.modified),
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
            Kind::File(OpenFile { file, content: Some(content), .. }) => {
                Ok(Box::new(read_from(file, content, offset)))
            }
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
