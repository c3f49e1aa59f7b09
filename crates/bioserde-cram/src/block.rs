use std::borrow::Cow;

use crate::bytes::Bytes;
use crate::codec;
use crate::definition::Version;
use crate::fault::CramFault;

/// The content types of blocks (CRAMv3 §8.1).
pub(crate) const COMPRESSION_HEADER: u8 = 1;
pub(crate) const SLICE_HEADER: u8 = 2;
pub(crate) const EXTERNAL_DATA: u8 = 4;
pub(crate) const CORE_DATA: u8 = 5;

/// Bytes that one block, or the records of one container, may take in memory: a hundred times what
/// writers make.
pub(crate) const MAX_SIZE: usize = 1 << 30;

/// A block of a container, as it is stored (CRAMv3 §8).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block<'a> {
    pub(crate) method: u8,
    pub(crate) content_type: u8,
    pub(crate) content_id: i32,
    /// Once decompressed, in bytes.
    pub(crate) size: usize,
    pub(crate) data: &'a [u8],
}

impl<'a> Block<'a> {
    /// Reads the block at the start of some bytes, and its checksum.
    pub(crate) fn parse(bytes: &mut Bytes<'a>, version: Version) -> Result<Self, CramFault> {
        let all = bytes.0;
        let block = Self::parse_unchecked(bytes).ok_or(CramFault::Malformed { what: "a block" })?;
        if version.has_checksums() {
            let len = all.len() - bytes.0.len();
            let stored = bytes.array().ok_or(CramFault::Malformed { what: "a block" })?;
            if crc(all.get(..len).unwrap_or_default()) != u32::from_le_bytes(stored) {
                return Err(CramFault::Checksum { what: "a block" });
            }
        }
        Ok(block)
    }

    fn parse_unchecked(bytes: &mut Bytes<'a>) -> Option<Self> {
        let (method, content_type) = (bytes.byte()?, bytes.byte()?);
        let content_id = bytes.itf8()?;
        let (stored, size) = (bytes.size()?, bytes.size()?);
        Some(Self { method, content_type, content_id, size, data: bytes.take(stored)? })
    }

    /// The same, of the content type that must come next.
    pub(crate) fn parse_as(bytes: &mut Bytes<'a>, version: Version, wanted: u8) -> Result<Self, CramFault> {
        let block = Self::parse(bytes, version)?;
        match block.content_type {
            found if found == wanted => Ok(block),
            found => Err(CramFault::BlockOrder { found, wanted }),
        }
    }

    /// Its content, decompressed.
    pub(crate) fn content(&self) -> Result<Cow<'a, [u8]>, CramFault> {
        // §8: a block of no bytes is empty whatever its method is.
        if self.size == 0 {
            return Ok(Cow::Borrowed(&[]));
        }
        if self.size > MAX_SIZE {
            return Err(CramFault::BlockTooLarge { content_id: self.content_id, size: self.size });
        }
        let content = codec::decompress(self)?;
        if content.len() == self.size { Ok(content) } else { Err(codec::fault(self, "the size is another")) }
    }
}

pub(crate) fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}
