use arrow_buffer::Buffer;
use arrow_ipc::{Block, MessageHeader, RecordBatch, root_as_message};
use arrow_schema::ArrowError;

/// A message with its body, whose parts lie within it.
#[derive(Debug)]
pub(super) struct Message {
    bytes: Buffer,
    block: Block,
    header: MessageHeader,
    rows: u64,
}

/// The marker and the length before the metadata.
pub(super) const PREFIX: usize = 8;
/// So many bytes a buffer, and rows a batch, has at most: offsets have 32 bits.
const LIMIT: i64 = i32::MAX as i64;

impl Message {
    /// Takes a message of which `metadata_len` bytes are the prefix and the metadata, the rest the body.
    pub(super) fn new(bytes: Vec<u8>, metadata_len: usize) -> Result<Self, ArrowError> {
        let body = bytes.get(metadata_len..).ok_or_else(|| damaged("a message without its body"))?;
        let metadata =
            bytes.get(PREFIX..metadata_len).ok_or_else(|| damaged("a message without metadata"))?;
        if !bytes.starts_with(&[0xff; 4]) {
            return Err(damaged("a message without its marker"));
        }
        let message = root_as_message(metadata).map_err(|e| damaged(&e.to_string()))?;
        let header = message.header_type();
        let batch = match header {
            MessageHeader::RecordBatch => message.header_as_record_batch(),
            MessageHeader::DictionaryBatch => message.header_as_dictionary_batch().and_then(|d| d.data()),
            _ => None,
        };
        let rows = batch.map(|batch| check(batch, body)).transpose()?;
        if rows.is_none() && header != MessageHeader::Schema {
            return Err(damaged("a message that is neither a schema nor has rows"));
        }
        let length = |n: usize| i64::try_from(n).map_err(|_| damaged("a message that is too long"));
        let metadata_length =
            i32::try_from(metadata_len).map_err(|_| damaged("a message that is too long"))?;
        let block = Block::new(0, metadata_length, length(body.len())?);
        Ok(Self { bytes: Buffer::from_vec(bytes), block, header, rows: rows.unwrap_or_default() })
    }

    pub(super) fn header(&self) -> MessageHeader {
        self.header
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) fn bytes(&self) -> &Buffer {
        &self.bytes
    }

    pub(super) fn block(&self) -> &Block {
        &self.block
    }

    /// The metadata, without what stands before them.
    pub(super) fn metadata(&self) -> &[u8] {
        let end = usize::try_from(self.block.metaDataLength()).unwrap_or_default();
        self.bytes.get(PREFIX..end).unwrap_or_default()
    }
}

/// The decoder takes lengths as they stand; so they are held against the body first.
fn check(batch: RecordBatch<'_>, body: &[u8]) -> Result<u64, ArrowError> {
    let rows = batch.length();
    let nodes = batch.nodes().into_iter().flatten();
    let is_node = |length: i64, nulls: i64| (0..=LIMIT).contains(&length) && (0..=length).contains(&nulls);
    if !is_node(rows, 0) || !nodes.into_iter().all(|n| is_node(n.length(), n.null_count())) {
        return Err(damaged("a number of rows or nulls that cannot be"));
    }
    let is_compressed = batch.compression().is_some();
    for buffer in batch.buffers().into_iter().flatten() {
        let range = usize::try_from(buffer.offset()).ok().zip(usize::try_from(buffer.length()).ok());
        let bytes = range.and_then(|(start, len)| body.get(start..start.checked_add(len)?));
        let bytes = bytes.ok_or_else(|| damaged("a buffer that reaches beyond its message"))?;
        // An empty buffer has no length before it; -1 says that it is not compressed.
        if is_compressed && !bytes.is_empty() {
            let length = bytes.first_chunk().map(|b| i64::from_le_bytes(*b));
            if !length.is_some_and(|l| (-1..=LIMIT).contains(&l)) {
                return Err(damaged("a compressed buffer of an inflated length that cannot be"));
            }
        }
    }
    u64::try_from(rows).map_err(|_| damaged("a number of rows that cannot be"))
}

pub(super) fn damaged(what: &str) -> ArrowError {
    ArrowError::IpcError(what.to_owned())
}
