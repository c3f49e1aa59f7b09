use std::io::Read;

use flate2::bufread::GzDecoder;

use crate::container_header::{ContainerHeader, check_crc};
use crate::definition::Version;
use crate::fault::CramFault;
use crate::input::Input;

/// The content types (§8.1) that stand first in a container.
const FILE_HEADER: u8 = 0;
const COMPRESSION_HEADER: u8 = 1;

const BLOCK: &str = "a block";
const RAW: u8 = 0;
const GZIP: u8 = 1;

/// What a block may always inflate to, and how many times its size: as for indexes.
const ALWAYS_ALLOWED: u64 = 64 << 20;
const MAX_RATIO: u64 = 100;

/// What a block says of itself (§8).
struct BlockHeader {
    method: u8,
    /// As it is stored.
    compressed: u64,
    uncompressed: u64,
}

impl BlockHeader {
    /// Reads the header of a block that must have a content type and fit into `len` bytes.
    fn parse<R: Read>(
        input: &mut Input<R>,
        wanted: u8,
        len: u64,
        version: Version,
    ) -> Result<Self, CramFault> {
        let method = match input.array().map_err(CramFault::reading(BLOCK))? {
            [method, found] if found == wanted => method,
            [_, found] => return Err(CramFault::ContentType { found, wanted }),
        };
        let _content_id = input.itf8().map_err(CramFault::reading(BLOCK))?;
        let compressed = size(input, "compressed size")?;
        let uncompressed = size(input, "uncompressed size")?;
        let crc_len = if version.has_checksums() { 4 } else { 0 };
        if input.read() + compressed + crc_len > len {
            let value = i64::try_from(compressed).unwrap_or(i64::MAX);
            return Err(CramFault::Value { field: "compressed size", of: BLOCK, value });
        }
        Ok(Self { method, compressed, uncompressed })
    }
}

/// Reads the header of the block that a data container begins with, which ends where the first
/// slice starts, or before.
pub(crate) fn check_compression_header<R: Read>(
    input: &mut Input<R>,
    container: &ContainerHeader,
    version: Version,
) -> Result<(), CramFault> {
    let len = container.first_slice.map_or(container.blocks_len, u64::from);
    BlockHeader::parse(input, COMPRESSION_HEADER, len, version).map(drop)
}

/// Reads the block of the SAM header (§8.3), with which the `blocks_len` bytes of its container begin;
/// gives its content.
pub(crate) fn read_header<R: Read>(
    input: &mut Input<R>,
    blocks_len: u64,
    version: Version,
) -> Result<Vec<u8>, CramFault> {
    let BlockHeader { method, compressed, uncompressed: size } =
        BlockHeader::parse(input, FILE_HEADER, blocks_len, version)?;
    if size > ALWAYS_ALLOWED.saturating_add(compressed.saturating_mul(MAX_RATIO)) {
        return Err(CramFault::TooLarge { compressed, size });
    }
    let content = input.bytes(compressed).map_err(CramFault::reading(BLOCK))?;
    check_crc(input, version, BLOCK)?;
    let content = match method {
        RAW => content,
        GZIP => inflate(&content, size)?,
        method => return Err(CramFault::Method { method }),
    };
    if content.len() as u64 == size { Ok(content) } else { Err(CramFault::Inflate { size }) }
}

fn size<R: Read>(input: &mut Input<R>, field: &'static str) -> Result<u64, CramFault> {
    let value = input.itf8().map_err(CramFault::reading(BLOCK))?;
    u64::try_from(value).map_err(|_| CramFault::Value { field, of: BLOCK, value: value.into() })
}

fn inflate(content: &[u8], size: u64) -> Result<Vec<u8>, CramFault> {
    let mut inflated = Vec::new();
    let mut decoder = GzDecoder::new(content).take(size.saturating_add(1));
    decoder.read_to_end(&mut inflated).map_err(|_| CramFault::Inflate { size })?;
    Ok(inflated)
}
