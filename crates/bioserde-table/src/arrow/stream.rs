use std::io::{self, Read};
use std::sync::Arc;

use arrow_ipc::reader::FileDecoder;
use arrow_ipc::{MessageHeader, root_as_message};
use bioserde_storage::Source;

use super::message::{Message, PREFIX, damaged};
use super::{Long, decode, schema};
use crate::error::{Cause, guarded};
use crate::part::Content;
use crate::reader::{Opened, Parts, own_metadata};
use crate::types::Types;
use crate::{Error, Result, TableFormat};

const FORMAT: TableFormat = TableFormat::ArrowStream;

pub(crate) fn open(source: &Arc<Source>) -> Result<Opened> {
    let path: Arc<str> = source.name().into();
    let mut messages = Messages { stream: source.stream(0)?, path: Arc::clone(&path), position: 0 };
    let first = messages.next()?;
    let (schema, version) = guarded(&path, FORMAT, "read the columns", || {
        let message = first.ok_or_else(|| damaged("a stream without a schema"))?;
        let message = root_as_message(message.metadata()).map_err(|e| damaged(&e.to_string()))?;
        let found = message.header_as_schema().ok_or_else(|| damaged("a stream without a schema"))?;
        Ok::<_, Cause>((Arc::new(schema(found)?), message.version()))
    })?;
    let metadata = own_metadata(schema.metadata().iter().map(|(k, v)| (k.clone(), v.clone())));
    let types = Types::of_schema(&path, &schema)?;
    let decoder = FileDecoder::new(schema, version);
    let parts = StreamParts { messages, decoder: Some(decoder), types: types.clone(), long: None };
    Ok(Opened { metadata, types, rows: None, parts: Box::new(parts) })
}

#[derive(Debug)]
struct StreamParts {
    messages: Messages,
    /// Its dictionaries change as the stream is read, so batches are decoded in order.
    decoder: Option<FileDecoder>,
    types: Types,
    long: Option<Long>,
}

impl Parts for StreamParts {
    fn project(&mut self, positions: &[usize], types: Types) -> Result<()> {
        self.decoder = self.decoder.take().map(|decoder| decoder.with_projection(positions.to_vec()));
        self.types = types;
        Ok(())
    }

    fn next(&mut self, _: u64) -> Result<Option<Content>> {
        loop {
            if let Some(content) = self.long.as_mut().and_then(|long| long.cut(&self.types)) {
                return Ok(Some(content));
            }
            self.long = None;
            let (Some(message), Some(decoder)) = (self.messages.next()?, &mut self.decoder) else {
                return Ok(None);
            };
            let batch = guarded(&self.types.path, FORMAT, "read the rows", || match message.header() {
                MessageHeader::DictionaryBatch => {
                    decoder.read_dictionary(message.block(), message.bytes()).map(|()| None)
                }
                MessageHeader::RecordBatch => decode(decoder, &message).map(Some),
                _ => Err(damaged("a second schema")),
            })?;
            self.long = batch.map(Long::new);
        }
    }

    fn position(&self) -> u64 {
        self.messages.position
    }
}

/// The messages of a stream.
struct Messages {
    stream: Box<dyn Read + Send>,
    path: Arc<str>,
    position: u64,
}

impl std::fmt::Debug for Messages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Messages").field("position", &self.position).finish_non_exhaustive()
    }
}

impl Messages {
    /// The next message; nothing at the marker of the end. A stream that stops without one is cut off:
    /// every writer closes its stream with it, and nothing else tells a whole stream from half of one.
    fn next(&mut self) -> Result<Option<Message>> {
        let mut bytes = Vec::new();
        self.append(&mut bytes, PREFIX as u64, "it has no mark of the end")?;
        let length = bytes.last_chunk().map(|b| i32::from_le_bytes(*b)).unwrap_or_default();
        if !bytes.starts_with(&[0xff; 4]) {
            return Err(self.malformed(damaged("a message without its marker").into()));
        }
        if length == 0 {
            return Ok(None);
        }
        let length = u64::try_from(length).map_err(|e| self.malformed(e.into()))?;
        self.append(&mut bytes, length, "a message is not whole")?;
        let metadata_len = bytes.len();
        let body = {
            let metadata = bytes.get(PREFIX..).unwrap_or_default();
            let message =
                root_as_message(metadata).map_err(|e| self.malformed(Box::new(damaged(&e.to_string()))))?;
            u64::try_from(message.bodyLength()).map_err(|e| self.malformed(e.into()))?
        };
        self.append(&mut bytes, body, "a message is not whole")?;
        Message::new(bytes, metadata_len).map(Some).map_err(|e| self.malformed(e.into()))
    }

    /// Reads `len` bytes; memory is taken as they come, whatever the stream promises.
    fn append(&mut self, bytes: &mut Vec<u8>, len: u64, what: &'static str) -> Result<()> {
        let read = self.stream.by_ref().take(len).read_to_end(bytes).map_err(|e| self.failed(e))?;
        self.position += read as u64;
        if read as u64 == len {
            return Ok(());
        }
        Err(Error::Truncated { path: Arc::clone(&self.path), format: FORMAT, what })
    }

    fn failed(&self, source: io::Error) -> Error {
        bioserde_storage::Error::Io { path: self.path.to_string(), action: "read", source }.into()
    }

    fn malformed(&self, source: Cause) -> Error {
        Error::Malformed { path: Arc::clone(&self.path), format: FORMAT, action: "read a message", source }
    }
}
