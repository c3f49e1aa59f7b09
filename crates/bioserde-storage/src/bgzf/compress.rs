use libdeflater::{CompressionLvl, Compressor, Crc};

use super::block::{BlockError, EOF_MARKER};

/// As bgzip: deflated, such a block never exceeds 64 KiB, whatever it holds.
const INFLATED: usize = 0xff00;
const HEADER: [u8; 16] = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, b'B', b'C', 2, 0];
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
    let too_large = || BlockError::InvalidSize { size: INFLATED };
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut buffer = vec![0; compressor.deflate_compress_bound(INFLATED)];
    let mut out = Vec::new();
    for chunk in bytes.chunks(INFLATED) {
        let n = compressor.deflate_compress(chunk, &mut buffer).map_err(|_| too_large())?;
        let deflated = buffer.get(..n).ok_or_else(too_large)?;
        // BSIZE is the size less one.
        let size = HEADER.len() + 2 + n + TRAILER - 1;
        let mut crc = Crc::new();
        crc.update(chunk);
        out.extend(HEADER);
        out.extend(u16::try_from(size).map_err(|_| too_large())?.to_le_bytes());
        out.extend_from_slice(deflated);
        out.extend(crc.sum().to_le_bytes());
        out.extend(u32::try_from(chunk.len()).map_err(|_| too_large())?.to_le_bytes());
    }
    Ok(out)
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
}
