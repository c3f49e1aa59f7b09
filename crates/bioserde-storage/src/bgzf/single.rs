use thiserror::Error;

use super::block::{self, BlockError};
use super::group::with_decompressor;
use crate::Source;

/// One inflated block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where it starts in the file.
    pub offset: u64,
    /// Where the next one starts.
    pub next: u64,
    /// Its inflated bytes.
    pub bytes: Vec<u8>,
}

/// Why a block is not to be had.
#[derive(Debug, Error)]
pub enum ReadBlockError {
    /// The bytes could not be read.
    #[error(transparent)]
    Storage(#[from] crate::Error),
    /// They are no whole block.
    #[error(transparent)]
    Block(#[from] BlockError),
}

/// A block's size is a 16-bit number plus one (SAMv1 §4.1).
pub(super) const MAX_SIZE: u64 = 1 << 16;

/// Reads and inflates the block at `offset` of a file; nothing where the file ends there.
///
/// # Errors
///
/// The bytes cannot be read, or are no whole BGZF block.
pub fn read_block(source: &Source, offset: u64) -> Result<Option<Block>, ReadBlockError> {
    let compressed = source.read_at(offset, MAX_SIZE)?;
    let Some(size) = block::whole_size(&compressed)? else { return Ok(None) };
    let compressed = compressed.get(..size).unwrap_or_default();
    let mut bytes = vec![0; block::inflated_size(compressed)? as usize];
    with_decompressor(|decompressor| block::inflate(compressed, &mut bytes, decompressor))?;
    Ok(Some(Block { offset, next: offset + size as u64, bytes }))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::bgzf::compress;

    #[test]
    fn a_block_is_read_alone() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let text = vec![b'x'; 70_000];
        let mut bytes = compress(&text).unwrap();
        file.write_all(&bytes).unwrap();
        let source = Source::open(file.path().to_str().unwrap()).unwrap();
        let first = read_block(&source, 0).unwrap().unwrap();
        assert_eq!((first.offset, first.bytes.len()), (0, 0xff00));
        let second = read_block(&source, first.next).unwrap().unwrap();
        assert_eq!(first.bytes.len() + second.bytes.len(), text.len());
        let marker = read_block(&source, second.next).unwrap().unwrap();
        assert_eq!(marker.bytes, b"");
        assert_eq!(marker.next, bytes.len() as u64);
        assert_eq!(read_block(&source, marker.next).unwrap(), None);
        let truncated = |e| matches!(e, ReadBlockError::Block(e) if e.is_truncation());
        bytes.truncate(40);
        std::fs::write(file.path(), &bytes).unwrap();
        let source = Source::open(file.path().to_str().unwrap()).unwrap();
        assert!(truncated(read_block(&source, 0).unwrap_err()));
        assert!(truncated(read_block(&source, 30).unwrap_err()));
        assert!(matches!(read_block(&source, 5), Err(ReadBlockError::Block(BlockError::NotBgzf))));
    }
}
