use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use bioserde_convert::{Plan, PlannedInput, Silent, Summary, convert};
use bioserde_storage::Source;

use crate::{Error, Result};

/// Bytes go to the engine in pieces of this size.
const PIECE: usize = 1 << 20;
/// Pieces that may wait.
const AHEAD: usize = 4;

enum Message {
    Bytes(Vec<u8>),
    /// What came is whole.
    End,
}

/// The engine on a thread of its own, and the stream that feeds it.
#[derive(Debug)]
pub(super) struct Feed {
    path: String,
    /// What is not sent yet. A record is whole in it or not there.
    pub(super) bytes: Vec<u8>,
    pub(super) records: u64,
    sender: Option<SyncSender<Message>>,
    engine: Option<JoinHandle<bioserde_convert::Result<Summary>>>,
    has_failed: bool,
}

impl Feed {
    pub(super) fn new(path: String, mut plan: Plan, header: Vec<u8>) -> Result<Self> {
        let (sender, receiver) = sync_channel(AHEAD);
        let stream = Stream { receiver, bytes: Vec::new(), at: 0, is_ended: false };
        let source = Source::from_stream(&path, Box::new(stream));
        plan.inputs = vec![PlannedInput::Stream(Arc::new(source))];
        let engine = thread::Builder::new()
            .name("bioserde-writer".to_owned())
            .spawn(move || convert(&plan, &mut Silent))
            .map_err(|source| Error::Spawn { path: path.clone(), source })?;
        let (sender, engine) = (Some(sender), Some(engine));
        Ok(Self { path, bytes: header, records: 0, sender, engine, has_failed: false })
    }

    /// Takes note of a record that was appended to the bytes, or could not be.
    pub(super) fn appended(&mut self, outcome: Result<(), bioserde_model::EncodeError>) -> Result<()> {
        if self.has_failed {
            return Err(Error::Failed { path: self.path.clone() });
        }
        self.records += 1;
        if let Err(source) = outcome {
            self.has_failed = true;
            return Err(Error::Encode { path: self.path.clone(), record: self.records, source });
        }
        if self.bytes.len() >= PIECE { self.send() } else { Ok(()) }
    }

    fn send(&mut self) -> Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        match self.sender.as_ref().map(|sender| sender.send(Message::Bytes(bytes))) {
            Some(Ok(())) => Ok(()),
            // It has stopped reading: it tells why.
            _ => {
                self.has_failed = true;
                self.join().and(Err(Error::Failed { path: self.path.clone() }))
            }
        }
    }

    fn join(&mut self) -> Result<Summary> {
        self.sender = None;
        match self.engine.take().map(JoinHandle::join) {
            Some(Ok(outcome)) => Ok(outcome?),
            Some(Err(_)) => Err(Error::Thread { path: self.path.clone() }),
            None => Err(Error::Failed { path: self.path.clone() }),
        }
    }

    pub(super) fn finish(mut self) -> Result<Summary> {
        if self.has_failed {
            return Err(Error::Failed { path: self.path.clone() });
        }
        self.send()?;
        if let Some(sender) = &self.sender {
            // If nobody takes it, the outcome tells why.
            drop(sender.send(Message::End));
        }
        self.join()
    }
}

impl Drop for Feed {
    /// Waits until the partial output is gone.
    fn drop(&mut self) {
        self.sender = None;
        if let Some(engine) = self.engine.take() {
            drop(engine.join());
        }
    }
}

/// The other end: it fails where the writer was dropped before it was finished.
struct Stream {
    receiver: Receiver<Message>,
    bytes: Vec<u8>,
    at: usize,
    is_ended: bool,
}

impl Read for Stream {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.bytes.len() {
            if self.is_ended {
                return Ok(0);
            }
            match self.receiver.recv() {
                Ok(Message::Bytes(bytes)) => (self.bytes, self.at) = (bytes, 0),
                Ok(Message::End) => self.is_ended = true,
                Err(_) => return Err(io::Error::other("the writer was dropped before it was finished")),
            }
        }
        let read = self.bytes.get(self.at..).unwrap_or_default().read(out)?;
        self.at += read;
        Ok(read)
    }
}
