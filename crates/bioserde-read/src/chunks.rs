//! The sequential part of reading: bytes leave the source on a thread of their own, in chunks that are
//! inflated elsewhere.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use bioserde_core::{Compression, VirtualPosition};
use bioserde_resolve::{Piece, Want};
use bioserde_storage::Source;
use bioserde_storage::bgzf::{Group, GroupError, GroupReader, Inflated};
use flate2::read::MultiGzDecoder;

use crate::error::{Error, ErrorKind, Place, Result};
use crate::packed::{Packed, Packing, Parts};

/// Bytes of a chunk that is not BGZF.
const PLAIN_CHUNK: usize = 4 << 20;
/// Chunks that wait between the reading thread and the others.
const QUEUE: usize = 4;

/// A part of an input, in order. Inflating it is the caller's to schedule.
#[derive(Debug)]
pub struct Chunk {
    path: Arc<str>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Blocks(Group),
    Plain(Inflated),
    Packed(Box<dyn Packed>),
}

impl Chunk {
    /// The chunk's bytes as the format has them.
    ///
    /// # Errors
    ///
    /// A BGZF block, or whatever the bytes are packed in, is corrupt.
    pub fn inflate(self) -> Result<Inflated> {
        match self.content {
            Content::Plain(inflated) => Ok(inflated),
            Content::Packed(part) => part.unpack().map(Inflated::plain),
            Content::Blocks(group) => group
                .inflate()
                .map_err(|(offset, e)| Error::new(&self.path, ErrorKind::Block(e)).at(block_place(offset))),
        }
    }
}

fn block_place(offset: u64) -> Place {
    Place { record: None, virtual_position: VirtualPosition::new(offset, 0) }
}

/// How far a stream of chunks has come, and how it ended.
#[derive(Debug, Default)]
pub struct Progress {
    bytes: AtomicU64,
    truncated: AtomicBool,
}

impl Progress {
    /// Bytes of the source read so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Whether an incomplete end was left out.
    pub fn is_truncated(&self) -> bool {
        self.truncated.load(Ordering::Relaxed)
    }

    /// Notes that an incomplete end was left out.
    pub fn set_truncated(&self) {
        self.truncated.store(true, Ordering::Relaxed);
    }
}

/// What to read of a source.
#[derive(Clone, Debug)]
pub(crate) enum Extent {
    /// From the first byte to the last.
    Whole,
    /// All that follows a place, of a BGZF file that need not have an end-of-file marker; all of any other.
    From(VirtualPosition),
    /// Some parts of a BGZF file, in ascending order.
    Pieces(Vec<Piece>),
}

/// The chunks of an input, read ahead by a thread.
#[derive(Debug)]
pub struct Chunks {
    receiver: Receiver<Result<Chunk>>,
    progress: Arc<Progress>,
}

/// What comes next of an input.
#[derive(Debug)]
pub enum Next {
    /// A chunk, or why there is none.
    Chunk(Result<Chunk>),
    /// Nothing came in time.
    Waiting,
    /// The input has ended.
    Ended,
}

impl Iterator for Chunks {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        self.receiver.recv().ok()
    }
}

impl Chunks {
    /// Starts reading.
    pub(crate) fn start(
        source: &Arc<Source>,
        compression: Compression,
        extent: Extent,
        allow_truncated: bool,
        progress: &Arc<Progress>,
    ) -> Result<Self> {
        let (sender, receiver) = sync_channel(QUEUE);
        let mut producer = Producer {
            path: source.name().into(),
            source: Arc::clone(source),
            allow_truncated,
            progress: Arc::clone(progress),
            sender,
        };
        spawn(source.name(), move || {
            let result = match (compression, extent) {
                (Compression::Bgzf, Extent::Whole) => {
                    producer.blocks(VirtualPosition::default(), VirtualPosition::MAX, true)
                }
                (Compression::Bgzf, Extent::From(start)) => {
                    producer.blocks(start, VirtualPosition::MAX, false)
                }
                (Compression::Bgzf, Extent::Pieces(pieces)) => {
                    let blocks = pieces.iter().try_for_each(|p| producer.blocks(p.start, p.end, false));
                    blocks.map_err(|stop| match stop {
                        Stop::Failed(e) => Stop::Failed(e.by_index()),
                        Stop::Closed => Stop::Closed,
                    })
                }
                (Compression::Gzip, _) => producer.gzip(),
                (Compression::None, _) => producer.plain(),
            };
            if let Err(Stop::Failed(e)) = result {
                // The receiver may be gone: then nobody wants to know.
                let _ = producer.sender.send(Err(e));
            }
        })?;
        Ok(Self { receiver, progress: Arc::clone(progress) })
    }

    /// Starts reading what has to be unpacked: all of it, or at least the records that are wanted.
    pub(crate) fn unpack(
        name: &str,
        packing: &dyn Packing,
        wants: Option<&[Want]>,
        allow_truncated: bool,
        progress: &Arc<Progress>,
    ) -> Result<Self> {
        Self::of_parts(name, packing.parts(wants)?, allow_truncated, progress)
    }

    /// The same of parts.
    pub(crate) fn of_parts(
        name: &str,
        mut parts: Box<dyn Parts>,
        allow_truncated: bool,
        progress: &Arc<Progress>,
    ) -> Result<Self> {
        let (sender, receiver) = sync_channel(QUEUE);
        let (path, read): (Arc<str>, _) = (name.into(), Arc::clone(progress));
        spawn(name, move || {
            while let Some(part) = parts.next_part().transpose() {
                if let Err(e) = &part
                    && allow_truncated
                    && e.is_truncation()
                {
                    read.set_truncated();
                    return;
                }
                let chunk = part.map(|part| {
                    read.bytes.fetch_add(part.source_bytes(), Ordering::Relaxed);
                    Chunk { path: Arc::clone(&path), content: Content::Packed(part) }
                });
                let is_last = chunk.is_err();
                if sender.send(chunk).is_err() || is_last {
                    return;
                }
            }
        })?;
        Ok(Self { receiver, progress: Arc::clone(progress) })
    }

    /// The next chunk, if it comes within `patience`.
    pub fn next_within(&mut self, patience: Duration) -> Next {
        match self.receiver.recv_timeout(patience) {
            Ok(chunk) => Next::Chunk(chunk),
            Err(RecvTimeoutError::Timeout) => Next::Waiting,
            Err(RecvTimeoutError::Disconnected) => Next::Ended,
        }
    }

    /// How far the stream has come.
    pub fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<()> {
    let thread = thread::Builder::new().name("bioserde-read".to_owned()).spawn(run);
    thread.map(drop).map_err(|e| Error::new(name, ErrorKind::Io(e)))
}

enum Stop {
    /// The receiver went away.
    Closed,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(e: Error) -> Self {
        Self::Failed(e)
    }
}

struct Producer {
    path: Arc<str>,
    source: Arc<Source>,
    allow_truncated: bool,
    progress: Arc<Progress>,
    sender: SyncSender<Result<Chunk>>,
}

impl Producer {
    fn error(&self, kind: impl Into<ErrorKind>) -> Error {
        Error::new(&self.path, kind)
    }

    fn send(&self, content: Content) -> std::result::Result<(), Stop> {
        let chunk = Chunk { path: Arc::clone(&self.path), content };
        self.sender.send(Ok(chunk)).map_err(|_| Stop::Closed)
    }

    fn blocks(
        &mut self,
        start: VirtualPosition,
        end: VirtualPosition,
        whole: bool,
    ) -> std::result::Result<(), Stop> {
        let stream = self.source.stream(start.compressed()).map_err(|e| self.error(e))?;
        let stream = io::BufReader::with_capacity(1 << 20, stream);
        let mut reader = GroupReader::new(stream, start, end).allow_truncated(self.allow_truncated);
        let mut before = reader.offset();
        loop {
            let group = reader.next_group().map_err(|e| match e {
                GroupError::Io(e) => self.error(ErrorKind::Io(e)),
                GroupError::Block(offset, e) => self.error(ErrorKind::Block(e)).at(block_place(offset)),
            })?;
            self.progress.bytes.fetch_add(reader.offset() - before, Ordering::Relaxed);
            before = reader.offset();
            match group {
                Some(group) => self.send(Content::Blocks(group))?,
                None => break,
            }
        }
        let lacks_marker = whole && !reader.ended_with_marker();
        if lacks_marker && !self.allow_truncated {
            return Err(self.error(ErrorKind::NoEofMarker).at(block_place(reader.offset())).into());
        }
        if lacks_marker || reader.is_truncated() {
            self.progress.set_truncated();
        }
        Ok(())
    }

    fn gzip(&mut self) -> std::result::Result<(), Stop> {
        let stream = self.source.stream(0).map_err(|e| self.error(e))?;
        let counted = Counted { inner: stream, progress: Arc::clone(&self.progress) };
        let decoder = MultiGzDecoder::new(io::BufReader::with_capacity(1 << 20, counted));
        self.copy(decoder, ErrorKind::Gzip)
    }

    fn plain(&mut self) -> std::result::Result<(), Stop> {
        let stream = self.source.stream(0).map_err(|e| self.error(e))?;
        self.copy(Counted { inner: stream, progress: Arc::clone(&self.progress) }, ErrorKind::Io)
    }

    /// Sends everything in chunks of equal size, so that what follows does not depend on how the
    /// bytes arrive.
    fn copy(&self, mut reader: impl Read, kind: fn(io::Error) -> ErrorKind) -> std::result::Result<(), Stop> {
        loop {
            let mut data = Vec::with_capacity(PLAIN_CHUNK);
            let outcome = (&mut reader).take(PLAIN_CHUNK as u64).read_to_end(&mut data);
            let len = data.len();
            if !data.is_empty() {
                self.send(Content::Plain(Inflated::plain(data)))?;
            }
            match outcome {
                Ok(_) if len < PLAIN_CHUNK => return Ok(()),
                Ok(_) => {}
                Err(e) => {
                    let error = self.error(kind(e));
                    if self.allow_truncated && error.is_truncation() {
                        self.progress.set_truncated();
                        return Ok(());
                    }
                    return Err(error.into());
                }
            }
        }
    }
}

struct Counted<R> {
    inner: R,
    progress: Arc<Progress>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.progress.bytes.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}
