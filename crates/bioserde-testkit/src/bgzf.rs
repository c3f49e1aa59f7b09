//! BGZF (SAMv1 §4.1) with a say in where the blocks are cut.

use std::ops::Range;

use libdeflater::{CompressionLvl, Compressor};

/// The empty block that ends a file (SAMv1 §4.1.2).
pub const EOF_MARKER: [u8; 28] = [
    0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, 0x06, 0, 0x42, 0x43, 0x02, 0, 0x1b, 0, 0x03, 0, 0, 0, 0, 0,
    0, 0, 0, 0,
];

/// Inflated bytes a block that `bgzip` writes.
pub const USUAL_BLOCK: usize = 0xff00;

const HEADER: usize = 18;
const TRAILER: usize = 8;

/// Compresses `data` into blocks whose inflated sizes are `sizes`, used again from the first when they
/// end; with or without the end-of-file marker.
///
/// A size of 0 is an empty block, which the specification allows anywhere; one more than 65,280 is cut.
pub fn compress(data: &[u8], sizes: &[usize], marker: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() / 2);
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut rest = data;
    let usable = sizes.iter().any(|n| *n > 0);
    let usual = [USUAL_BLOCK];
    for size in if usable { sizes } else { &usual }.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (block, after) = rest.split_at((*size).min(USUAL_BLOCK).min(rest.len()));
        push_block(&mut out, &mut compressor, block);
        rest = after;
    }
    if marker {
        out.extend_from_slice(&EOF_MARKER);
    }
    out
}

fn push_block(out: &mut Vec<u8>, compressor: &mut Compressor, data: &[u8]) {
    let start = out.len();
    out.extend_from_slice(&EOF_MARKER[..HEADER]);
    let bound = compressor.deflate_compress_bound(data.len());
    out.resize(start + HEADER + bound, 0);
    let n = compressor.deflate_compress(data, &mut out[start + HEADER..]).expect("the buffer has the bound");
    out.truncate(start + HEADER + n);
    out.extend_from_slice(&libdeflater::crc32(data).to_le_bytes());
    out.extend_from_slice(&u32::try_from(data.len()).expect("a block is small").to_le_bytes());
    let size = u16::try_from(out.len() - start - 1).expect("65,280 bytes fit a block however they deflate");
    out[start + 16..start + HEADER].copy_from_slice(&size.to_le_bytes());
}

/// Where the blocks of a file lie, the end-of-file marker included. Stops where none begins.
pub fn blocks(file: &[u8]) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    let mut start = 0;
    while let Some(header) = file.get(start..start + HEADER) {
        if header[..4] != EOF_MARKER[..4] {
            break;
        }
        let size = usize::from(u16::from_le_bytes([header[16], header[17]])) + 1;
        let end = (start + size).min(file.len());
        blocks.push(start..end);
        start = end;
    }
    blocks
}

/// The inflated bytes of a whole file.
pub fn decompress(file: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut decompressor = libdeflater::Decompressor::new();
    for block in blocks(file) {
        let block = &file[block];
        let trailer = block.len() - TRAILER;
        let size = u32::from_le_bytes(*block.last_chunk().expect("a block has a trailer"));
        let start = out.len();
        out.resize(start + usize::try_from(size).expect("a size fits"), 0);
        decompressor
            .deflate_decompress(&block[HEADER..trailer], &mut out[start..])
            .expect("a block that was made here inflates");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_where_told_and_inflates() {
        let data: Vec<u8> = crate::Random::new(1).bytes(b"ACGT", 200_000);
        for sizes in [&[USUAL_BLOCK][..], &[1, 0, 70_000, 13], &[997], &[0]] {
            let file = compress(&data, sizes, true);
            assert!(file.ends_with(&EOF_MARKER));
            assert_eq!(decompress(&file), data);
            assert_eq!(blocks(&file).last().map(|b| b.end), Some(file.len()));
        }
        assert_eq!(blocks(&compress(&data[..10], &[3], false)).len(), 4);
    }
}
