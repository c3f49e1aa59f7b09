use std::fmt;

use libdeflater::{CompressionLvl, Compressor, Crc};

use super::block::{BlockError, EOF_MARKER};

/// The most inflated bytes that a [`BlockEncoder`] puts into a block, as bgzip does: deflated, so many never
/// exceed 64 KiB, whatever they are.
pub const MAX_CONTENT: usize = 0xff00;

const HEADER: [u8; 16] = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, b'B', b'C', 2, 0];
/// Where the deflated bytes start: after the header and BSIZE.
const CONTENT: usize = HEADER.len() + 2;
/// CRC32 and ISIZE.
const TRAILER: usize = 8;

/// The bytes as a BGZF file (SAMv1 §4.1): blocks, and the end-of-file marker after them.
///
/// # Errors
///
/// As [`compress_blocks`].
pub fn compress(bytes: &[u8]) -> Result<Vec<u8>, BlockError> {
    let mut out = compress_blocks(bytes)?;
    out.extend(EOF_MARKER);
    Ok(out)
}

/// The bytes as BGZF blocks (SAMv1 §4.1), without a marker after them; no block for no bytes.
///
/// # Errors
///
/// Never in practice: deflated, bytes of this number always fit a block.
pub fn compress_blocks(bytes: &[u8]) -> Result<Vec<u8>, BlockError> {
    let mut encoder = BlockEncoder::new(Level::default());
    let mut out = Vec::new();
    for content in bytes.chunks(MAX_CONTENT) {
        out.extend_from_slice(encoder.encode(content)?);
    }
    Ok(out)
}

/// How thoroughly blocks are compressed; the usual level is 6.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level(CompressionLvl);

impl Level {
    /// 0, which stores, to 12, which takes longest; nothing for others.
    pub fn new(level: u8) -> Option<Self> {
        CompressionLvl::new(level.into()).ok().map(Self)
    }
}

/// Makes BGZF blocks one after another, always in the same memory.
pub struct BlockEncoder {
    compressor: Compressor,
    block: Vec<u8>,
}

impl BlockEncoder {
    /// One that would rather be fast than thorough: for bytes that are sent once.
    pub fn fast() -> Self {
        // The least that compresses: the crate's `fastest` is 0, which stores.
        Self::new(Level::new(1).unwrap_or_default())
    }

    /// One of that level.
    pub fn new(Level(level): Level) -> Self {
        let mut compressor = Compressor::new(level);
        let len = CONTENT + compressor.deflate_compress_bound(MAX_CONTENT) + TRAILER;
        let mut block = vec![0; len];
        block.splice(..HEADER.len(), HEADER);
        Self { compressor, block }
    }

    /// The block (SAMv1 §4.1) that holds `content`.
    ///
    /// # Errors
    ///
    /// There are more than [`MAX_CONTENT`] bytes.
    pub fn encode(&mut self, content: &[u8]) -> Result<&[u8], BlockError> {
        let fault = || BlockError::InvalidSize { size: content.len() };
        if content.len() > MAX_CONTENT {
            return Err(fault());
        }
        let room = self.block.get_mut(CONTENT..).ok_or_else(fault)?;
        let end = CONTENT + self.compressor.deflate_compress(content, room).map_err(|_| fault())?;
        let size = end + TRAILER;
        let inflated = u32::try_from(content.len()).map_err(|_| fault())?;
        // BSIZE is the size less one.
        let bsize = u16::try_from(size - 1).map_err(|_| fault())?;
        let mut crc = Crc::new();
        crc.update(content);
        let mut put = |at: usize, bytes: &[u8]| {
            self.block.get_mut(at..at + bytes.len()).map(|place| place.copy_from_slice(bytes))
        };
        put(HEADER.len(), &bsize.to_le_bytes()).ok_or_else(fault)?;
        put(end, &crc.sum().to_le_bytes()).ok_or_else(fault)?;
        put(end + 4, &inflated.to_le_bytes()).ok_or_else(fault)?;
        self.block.get(..size).ok_or_else(fault)
    }
}

impl fmt::Debug for BlockEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockEncoder").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use bioserde_core::VirtualPosition;

    use super::*;
    use crate::bgzf::GroupReader;

    #[test]
    fn what_is_compressed_inflates_again() {
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        for bytes in [vec![], vec![7; 200_000], (0..200_000).map(|_| noise()).collect()] {
            let compressed = compress(&bytes).unwrap();
            let all = (VirtualPosition::default(), VirtualPosition::MAX);
            let mut groups = GroupReader::new(compressed.as_slice(), all.0, all.1);
            let inflated = groups.next_group().unwrap().unwrap().inflate().unwrap();
            assert_eq!(inflated.bytes(), bytes);
            assert!(groups.next_group().unwrap().is_none() && groups.ended_with_marker());
        }
    }

    #[test]
    fn a_block_holds_any_content_of_its_size() {
        let mut encoder = BlockEncoder::fast();
        let mut state = 1_u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[0]
        })
        .take(MAX_CONTENT + 1)
        .collect();
        for content in [&noise[..MAX_CONTENT], &[9; MAX_CONTENT], b"short", b""] {
            let block = encoder.encode(content).unwrap();
            assert!(block.len() <= 1 << 16 && (content[..] != [9; MAX_CONTENT] || block.len() < 1000));
            let mut groups = GroupReader::new(block, VirtualPosition::default(), VirtualPosition::MAX);
            assert_eq!(groups.next_group().unwrap().unwrap().inflate().unwrap().bytes(), content);
        }
        assert!(encoder.encode(&noise).is_err());
    }
}
