//! Decrypted bytes, from any place on.

use std::io::{self, Read};
use std::sync::Arc;

use crate::cipher::{NONCE, OVERHEAD};
use crate::content::Content;
use crate::{ENCRYPTED_SEGMENT, Error, Result, SEGMENT};

/// The encrypted data of a file.
pub trait Segments {
    /// Puts the encrypted bytes of a segment (0-based) in place of those in `bytes`: all of it, or what there is
    /// up to the end of the file. Segments are asked for in ascending order.
    ///
    /// # Errors
    ///
    /// The bytes cannot be read.
    fn read(&mut self, segment: u64, bytes: &mut Vec<u8>) -> io::Result<()>;
}

/// The segments of a stream that stands after the header.
#[derive(Debug)]
pub struct Sequential<R> {
    stream: R,
    next: u64,
}

impl<R: Read> Sequential<R> {
    /// Of such a stream.
    pub fn new(stream: R) -> Self {
        Self { stream, next: 0 }
    }
}

impl<R: Read> Segments for Sequential<R> {
    fn read(&mut self, segment: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
        let skipped = segment.saturating_sub(self.next).saturating_mul(ENCRYPTED_SEGMENT as u64);
        io::copy(&mut self.stream.by_ref().take(skipped), &mut io::sink())?;
        self.next = segment + 1;
        bytes.clear();
        self.stream.by_ref().take(ENCRYPTED_SEGMENT as u64).read_to_end(bytes)?;
        Ok(())
    }
}

/// The decrypted and edited bytes of a file, in order. One segment of them is held.
///
/// Its errors are those of the segments, and [`Error`]s inside of I/O errors: of the kind `UnexpectedEof` where
/// the file ends too early, and `InvalidData` else.
pub struct Reader<S> {
    content: Arc<Content>,
    segments: S,
    offset: u64,
    /// The number of the segment that `bytes` holds decrypted.
    current: Option<u64>,
    bytes: Vec<u8>,
    /// The key that fitted last: files with several are joined of parts.
    key: usize,
}

impl<S: std::fmt::Debug> std::fmt::Debug for Reader<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("segments", &self.segments).field("offset", &self.offset).finish()
    }
}

impl<S: Segments> Reader<S> {
    /// Gives the bytes from `offset` on.
    pub fn new(content: Arc<Content>, segments: S, offset: u64) -> Self {
        Self { content, segments, offset, current: None, bytes: Vec::new(), key: 0 }
    }

    /// Decrypts a segment in place, and tells where its data start and end.
    fn load(&mut self, segment: u64) -> Result<()> {
        if self.current == Some(segment) {
            return Ok(());
        }
        self.current = None;
        self.segments.read(segment, &mut self.bytes).map_err(Error::Io)?;
        if !self.bytes.is_empty() {
            match self.decrypt(segment) {
                Err(e) if self.content.allows_truncated && e.is_truncation() => self.bytes.clear(),
                outcome => outcome?,
            }
        }
        self.current = Some(segment);
        Ok(())
    }

    fn decrypt(&mut self, segment: u64) -> Result<()> {
        let length = self.bytes.len();
        if length < OVERHEAD {
            return Err(Error::Truncated { segment, length: length as u64 });
        }
        let keys = &self.content.keys;
        let order = std::iter::once(self.key).chain((0..keys.len()).filter(|i| *i != self.key));
        for number in order {
            let Some(key) = keys.get(number) else { continue };
            // A failed attempt leaves the bytes as they are: the tag is compared first.
            if let Some(plain) = key.decrypt(&mut self.bytes) {
                let plain = plain.len();
                self.key = number;
                self.bytes.copy_within(NONCE..NONCE + plain, 0);
                self.bytes.truncate(plain);
                return Ok(());
            }
        }
        Err(if length < ENCRYPTED_SEGMENT { Error::LastSegment(segment) } else { Error::Segment(segment) })
    }

    fn next_bytes(&mut self, wanted: usize) -> Result<&[u8]> {
        let Some(kept) = self.content.kept_at(self.offset) else { return Ok(&[]) };
        let from = kept.start.saturating_add(self.offset - kept.at);
        let left = kept.end.map_or(u64::MAX, |end| end - from);
        let segment = from / SEGMENT as u64;
        self.load(segment)?;
        let within = usize::try_from(from % SEGMENT as u64).unwrap_or(usize::MAX);
        let rest = self.bytes.get(within..).unwrap_or_default();
        if rest.is_empty() {
            let length = segment.saturating_mul(SEGMENT as u64).saturating_add(self.bytes.len() as u64);
            let needed = kept.end.unwrap_or(kept.start);
            if needed > length && !self.content.allows_truncated {
                return Err(Error::EndsBeforeEdits { kept: needed, length });
            }
            return Ok(&[]);
        }
        let len = rest.len().min(wanted).min(usize::try_from(left).unwrap_or(usize::MAX));
        self.offset += len as u64;
        Ok(rest.get(..len).unwrap_or_default())
    }
}

impl<S: Segments> Read for Reader<S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let bytes = self.next_bytes(buf.len())?;
        if let Some(room) = buf.get_mut(..bytes.len()) {
            room.copy_from_slice(bytes);
        }
        Ok(bytes.len())
    }
}
