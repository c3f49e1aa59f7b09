use super::block::{self, BlockError};
use super::single::{MAX_SIZE, ReadBlockError};
use crate::Source;

/// Enough for the header of a block with a few more fields than its size (SAMv1 §4.1).
const HEADER: u64 = 64;

/// Where the block at `offset` of a file ends, by its header alone; nothing where the file ends there.
///
/// # Errors
///
/// The bytes cannot be read, are no header of a BGZF block, or the file ends inside the block.
pub fn block_end(source: &Source, offset: u64) -> Result<Option<u64>, ReadBlockError> {
    let mut told = block::told_size(&source.read_at(offset, HEADER)?);
    if told == Err(BlockError::TruncatedHeader) {
        told = block::told_size(&source.read_at(offset, MAX_SIZE)?);
    }
    let Some(expected) = told? else { return Ok(None) };
    let left = source.size().map_or(u64::MAX, |size| size.saturating_sub(offset));
    match usize::try_from(left) {
        Ok(got) if got < expected => Err(BlockError::TruncatedBlock { expected, got }.into()),
        _ => Ok(Some(offset + expected as u64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bgzf::{compress, compress_blocks, read_block};

    fn source(bytes: &[u8]) -> Source {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        Source::open(file.path().to_str().unwrap()).unwrap()
    }

    /// A block whose size stands after another field of `len` bytes.
    fn with_field(len: u16) -> Vec<u8> {
        let plain = compress_blocks(&[7; 9]).unwrap();
        let mut block = plain[..10].to_vec();
        block.extend((len + 4 + 6).to_le_bytes());
        block.extend(b"XY");
        block.extend(len.to_le_bytes());
        block.resize(block.len() + usize::from(len), 0);
        block.extend(b"BC\x02\0");
        let size = u16::try_from(block.len() + 2 + plain.len() - 18 - 1).unwrap();
        block.extend(size.to_le_bytes());
        block.extend(&plain[18..]);
        block
    }

    #[test]
    fn headers_lead_where_blocks_lead() {
        let mut bytes = compress_blocks(&vec![b'x'; 200_000]).unwrap();
        bytes.extend(with_field(3));
        bytes.extend(with_field(900));
        bytes.extend(compress(&compress(&[7; 9]).unwrap()).unwrap());
        let source = source(&bytes);
        let (mut at, mut blocks) = (0, 0);
        while let Some(block) = read_block(&source, at).unwrap() {
            assert_eq!(block_end(&source, at).unwrap(), Some(block.next));
            (at, blocks) = (block.next, blocks + 1);
        }
        assert_eq!((at, blocks), (bytes.len() as u64, 8));
        assert_eq!(block_end(&source, at).unwrap(), None);
    }

    #[test]
    fn a_cut_inside_a_block_is_told() {
        for whole in [compress_blocks(&[7; 9]).unwrap(), with_field(900)] {
            for cut in 1..whole.len() {
                let source = source(&whole[..cut]);
                let (expected, got) =
                    (read_block(&source, 0).unwrap_err(), block_end(&source, 0).unwrap_err());
                assert_eq!(got.to_string(), expected.to_string(), "{cut}");
                assert!(matches!(got, ReadBlockError::Block(e) if e.is_truncation()), "{cut}");
            }
            let source = source(&whole);
            let inside = block_end(&source, 3).unwrap_err();
            assert!(matches!(inside, ReadBlockError::Block(BlockError::NotBgzf)));
        }
    }
}
