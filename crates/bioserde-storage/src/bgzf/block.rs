use libdeflater::{Crc, Decompressor};
use thiserror::Error;

/// The empty block that ends a BGZF file (SAMv1 §4.1.2).
pub const EOF_MARKER: [u8; 28] = [
    0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, 0x06, 0, 0x42, 0x43, 0x02, 0, 0x1b, 0, 0x03, 0, 0, 0, 0, 0,
    0, 0, 0, 0,
];

/// A block's inflated bytes never exceed this (SAMv1 §4.1).
pub(super) const MAX_INFLATED: u32 = 1 << 16;

/// The fixed part of a gzip header with the length of its extra fields.
pub(super) const FIXED_HEADER: usize = 12;
const TRAILER: usize = 8;

/// What is wrong with a BGZF block. The place is added by the reader.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlockError {
    /// The bytes are not a gzip member with a `BC` extra field.
    #[error("not a BGZF block")]
    NotBgzf,
    /// The file ends inside a block's header.
    #[error("the file ends inside a block header: it is truncated")]
    TruncatedHeader,
    /// The file ends inside a block.
    #[error("the file ends inside a block ({got} of {expected} bytes): it is truncated")]
    TruncatedBlock {
        /// Bytes that the block says it has.
        expected: usize,
        /// Bytes that are there.
        got: usize,
    },
    /// The block's own size is smaller than its header and trailer.
    #[error("the block says it has {size} bytes, fewer than its own header")]
    InvalidSize {
        /// The size it tells.
        size: usize,
    },
    /// The trailer tells more inflated bytes than a block may hold.
    #[error("the block says it inflates to {size} bytes; a block holds at most 65536")]
    InflatedTooLarge {
        /// The size it tells.
        size: u32,
    },
    /// The DEFLATE data is corrupt, or does not inflate to the size that the trailer tells.
    #[error("the block's compressed data is corrupt")]
    Corrupt,
    /// The checksum differs.
    #[error("the block's CRC32 is {got:08x}, not {expected:08x} as its trailer says: the data is corrupt")]
    Checksum {
        /// From the trailer.
        expected: u32,
        /// Of the inflated bytes.
        got: u32,
    },
    /// A block would start where a virtual position cannot tell.
    #[error("a BGZF file has at most 2^48 bytes")]
    TooFar,
}

impl BlockError {
    /// Whether the file simply ends too early.
    pub fn is_truncation(&self) -> bool {
        matches!(self, Self::TruncatedHeader | Self::TruncatedBlock { .. })
    }
}

/// Whether the bytes start like a gzip member (RFC 1952).
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 0x08])
}

/// Whether the bytes start like a BGZF block.
pub fn is_bgzf(bytes: &[u8]) -> bool {
    bytes
        .first_chunk::<FIXED_HEADER>()
        .and_then(|fixed| extra_length(fixed).ok())
        .and_then(|len| bytes.get(FIXED_HEADER..FIXED_HEADER + len))
        .is_some_and(|extra| block_size(extra).is_ok())
}

/// The length of the extra fields, from the fixed part of a block's header.
pub(super) fn extra_length(fixed: &[u8; FIXED_HEADER]) -> Result<usize, BlockError> {
    let [0x1f, 0x8b, 0x08, flags, .., low, high] = fixed else { return Err(BlockError::NotBgzf) };
    // FLG: only FEXTRA may be set.
    if *flags != 4 {
        return Err(BlockError::NotBgzf);
    }
    Ok(usize::from(u16::from_le_bytes([*low, *high])))
}

/// The size of the whole block, from its extra fields.
pub(super) fn block_size(mut extra: &[u8]) -> Result<usize, BlockError> {
    while let [a, b, low, high, rest @ ..] = extra {
        let len = usize::from(u16::from_le_bytes([*low, *high]));
        let (data, rest) = rest.split_at_checked(len).ok_or(BlockError::NotBgzf)?;
        if let ([b'B', b'C'], [low, high]) = ([*a, *b], data) {
            return Ok(usize::from(u16::from_le_bytes([*low, *high])) + 1);
        }
        extra = rest;
    }
    Err(BlockError::NotBgzf)
}

/// The size of the block at the start of `bytes`, which hold it whole; nothing when they are empty.
pub(super) fn whole_size(bytes: &[u8]) -> Result<Option<usize>, BlockError> {
    match told_size(bytes)? {
        Some(expected) if bytes.len() < expected => {
            Err(BlockError::TruncatedBlock { expected, got: bytes.len() })
        }
        size => Ok(size),
    }
}

/// The same of a block whose header alone needs to be there.
pub(super) fn told_size(bytes: &[u8]) -> Result<Option<usize>, BlockError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let fixed = bytes.first_chunk().ok_or(BlockError::TruncatedHeader)?;
    let header = FIXED_HEADER + extra_length(fixed)?;
    let size = block_size(bytes.get(FIXED_HEADER..header).ok_or(BlockError::TruncatedHeader)?)?;
    if size < header + TRAILER {
        return Err(BlockError::InvalidSize { size });
    }
    Ok(Some(size))
}

/// The inflated size that a whole block tells.
pub(super) fn inflated_size(block: &[u8]) -> Result<u32, BlockError> {
    let size = block.last_chunk::<4>().map(|b| u32::from_le_bytes(*b)).ok_or(BlockError::NotBgzf)?;
    if size > MAX_INFLATED { Err(BlockError::InflatedTooLarge { size }) } else { Ok(size) }
}

/// Inflates a whole block into `out`, which has the size that the block tells, and checks its CRC.
pub(super) fn inflate(
    block: &[u8],
    out: &mut [u8],
    decompressor: &mut Decompressor,
) -> Result<(), BlockError> {
    let fixed = block.first_chunk::<FIXED_HEADER>().ok_or(BlockError::NotBgzf)?;
    let start = FIXED_HEADER + extra_length(fixed)?;
    let data_end = block.len().checked_sub(TRAILER).filter(|end| *end >= start);
    let data_end = data_end.ok_or(BlockError::InvalidSize { size: block.len() })?;
    let (data, trailer) = block.split_at(data_end);
    let data = data.get(start..).ok_or(BlockError::NotBgzf)?;
    let expected = trailer.first_chunk::<4>().map(|b| u32::from_le_bytes(*b)).ok_or(BlockError::NotBgzf)?;
    let n = decompressor.deflate_decompress(data, out).map_err(|_| BlockError::Corrupt)?;
    if n != out.len() {
        return Err(BlockError::Corrupt);
    }
    let mut crc = Crc::new();
    crc.update(out);
    let got = crc.sum();
    if got == expected { Ok(()) } else { Err(BlockError::Checksum { expected, got }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marker_is_an_empty_block() {
        assert!(is_bgzf(&EOF_MARKER));
        assert_eq!(inflated_size(&EOF_MARKER), Ok(0));
        assert_eq!(inflate(&EOF_MARKER, &mut [], &mut Decompressor::new()), Ok(()));
    }

    #[test]
    fn size_is_found_among_other_fields() {
        assert_eq!(block_size(&[b'X', b'Y', 1, 0, 9, b'B', b'C', 2, 0, 27, 0]), Ok(28));
        assert_eq!(block_size(&[b'X', b'Y', 9, 0, 9]), Err(BlockError::NotBgzf));
        assert_eq!(block_size(&[]), Err(BlockError::NotBgzf));
    }

    #[test]
    fn plain_gzip_is_not_bgzf() {
        let mut bytes = EOF_MARKER;
        bytes[3] = 0;
        assert!(is_gzip(&bytes) && !is_bgzf(&bytes));
    }
}
