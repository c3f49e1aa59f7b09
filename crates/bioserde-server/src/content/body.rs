use std::io;
use std::sync::Arc;

use axum::body::Body;
use bioserde_storage::Source;
use bytes::Bytes;
use futures_util::stream;

use super::{Content, Segment};

/// So much of a file is read for a reader at a time.
const CHUNK: u64 = 128 << 10;

struct Pending {
    segments: std::vec::IntoIter<Segment>,
    current: Option<Segment>,
}

impl Content {
    /// Gives all bytes to `take`, in order, on the caller's thread.
    ///
    /// # Errors
    ///
    /// Those of `take`, and a file cannot be read or is written to.
    pub(crate) fn read_all(&self, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        for segment in &self.segments {
            match segment {
                Segment::Memory(bytes) => take(bytes)?,
                Segment::File(source, range) => {
                    let mut at = range.start;
                    while at < range.end {
                        let len = CHUNK.min(range.end - at);
                        take(&read(source, at, len)?)?;
                        at += len;
                    }
                }
            }
        }
        Ok(())
    }

    /// The bytes as they are read, piece by piece. A file that has lost bytes ends the connection.
    pub(super) fn into_body(self) -> Body {
        if let [Segment::Memory(bytes)] = self.segments.as_slice() {
            return Body::from(bytes.clone());
        }
        let pending = Pending { segments: self.segments.into_iter(), current: None };
        Body::from_stream(stream::try_unfold(pending, |mut pending| async {
            let next = pending.next().await?;
            Ok::<_, io::Error>(next.map(|bytes| (bytes, pending)))
        }))
    }
}

impl Pending {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        match self.current.take().or_else(|| self.segments.next()) {
            None => Ok(None),
            Some(Segment::Memory(bytes)) => Ok(Some(bytes)),
            Some(Segment::File(source, range)) => {
                let len = CHUNK.min(range.end - range.start);
                let next = range.start + len;
                if next < range.end {
                    self.current = Some(Segment::File(Arc::clone(&source), next..range.end));
                }
                let read = tokio::task::spawn_blocking(move || read(&source, range.start, len));
                Ok(Some(read.await.map_err(io::Error::other)??))
            }
        }
    }
}

fn read(source: &Source, offset: u64, len: u64) -> io::Result<Bytes> {
    let bytes = source.read_at(offset, len).map_err(io::Error::other)?;
    if bytes.len() as u64 != len {
        let message = format!("{}: it has become shorter than {}", source.name(), offset + len);
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
    }
    // What was sent before is of another file then: the connection is cut.
    if !source.is_unchanged() {
        tracing::error!(path = source.name(), "the file was written to while it was sent");
        return Err(io::Error::other(format!("{}: it was written to", source.name())));
    }
    Ok(bytes.into())
}
