use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::block::crc;
use crate::fault::CramFault;
use crate::put::{put_block, put_itf8, put_size};

pub use crate::definition::EOF_3 as EOF_CONTAINER;

/// The content type of the SAM header (CRAMv3 §8.1).
const FILE_HEADER: u8 = 0;
const GZIP: u8 = 1;

/// What a file of version 3.0 begins with: its definition (CRAMv3 §6), of which the id is all zeros, and
/// the container of the SAM header (§8.3).
///
/// # Errors
///
/// The text is longer than 2^31 - 1 bytes.
pub fn file_start(text: &[u8]) -> Result<Vec<u8>, CramFault> {
    let mut out = b"CRAM\x03\x00".to_vec();
    out.extend([0; 20]);
    let of = "the SAM header";
    let len = i32::try_from(text.len()).ok().filter(|len| *len < i32::MAX - 4);
    let value = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let len = len.ok_or(CramFault::Value { field: "length", of, value })?;
    let content = [&len.to_le_bytes(), text].concat();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::new(6));
    gzip.write_all(&content).map_err(CramFault::Io)?;
    let compressed = gzip.finish().map_err(CramFault::Io)?;
    let mut block = Vec::new();
    put_block(&mut block, GZIP, FILE_HEADER, 0, content.len(), &compressed);
    put_container(&mut out, &block)?;
    Ok(out)
}

/// A container header that tells of no records, and its only block.
fn put_container(out: &mut Vec<u8>, block: &[u8]) -> Result<(), CramFault> {
    let start = out.len();
    let len = i32::try_from(block.len()).map_err(|_| CramFault::ContainerTooLarge)?;
    out.extend(len.to_le_bytes());
    // Reference, start, span, records, counter and bases.
    for value in [0; 6] {
        put_itf8(out, value);
    }
    put_size(out, 1);
    // One landmark, at 0.
    put_size(out, 1);
    put_itf8(out, 0);
    let sum = crc(out.get(start..).unwrap_or_default());
    out.extend(sum.to_le_bytes());
    out.extend(block);
    Ok(())
}
