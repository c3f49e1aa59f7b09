//! The codecs of noodles-cram. It offers them only as parts of a slice, so a block is handed to it in a
//! container of its own.

mod unpackable;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use noodles_cram::io::reader::Container;

use crate::block::{Block, CORE_DATA, EXTERNAL_DATA, SLICE_HEADER, crc};
use crate::bytes::Bytes;
use crate::fault::CramFault;
use crate::put::{put_block, put_itf8};

const RAW: u8 = 0;
const GZIP: u8 = 1;
const RANS_4X8: u8 = 4;
const RANS_NX16: u8 = 5;
const ARITHMETIC: u8 = 6;
const FQZCOMP: u8 = 7;
const NAME_TOKENIZER: u8 = 8;

/// Decompresses the content of a block, of which the size is known to be allowed.
pub(crate) fn decompress<'a>(block: &Block<'a>) -> Result<Cow<'a, [u8]>, CramFault> {
    if block.method == RAW {
        return Ok(Cow::Borrowed(block.data));
    }
    if announced(block).is_none_or(|size| size != block.size) {
        return Err(fault(block, "it announces another size than its block"));
    }
    let data = match block.method {
        RANS_NX16 | ARITHMETIC => unpackable::plain(block.data, block.size),
        NAME_TOKENIZER => unpackable::plain_names(block.data),
        _ => Some(Cow::Borrowed(block.data)),
    };
    let data = data.ok_or_else(|| fault(block, "its data is corrupt"))?;
    let container = container_of(&Block { data: &data, ..*block });
    // The codecs index into tables by what they read: corrupt data makes some of them panic.
    let content = catch_unwind(AssertUnwindSafe(|| by_noodles(&container)));
    match content {
        Ok(Ok(content)) => Ok(Cow::Owned(content)),
        Ok(Err(e)) => Err(fault(block, &e.to_string())),
        Err(_) => Err(fault(block, "its data is corrupt")),
    }
}

pub(crate) fn fault(block: &Block<'_>, what: &str) -> CramFault {
    CramFault::Codec { content_id: block.content_id, method: block.method, what: what.to_owned() }
}

/// The size that the data says itself that it has once decompressed, where it does: memory is reserved
/// for it.
fn announced(block: &Block<'_>) -> Option<usize> {
    let mut data = Bytes(block.data);
    let size = match block.method {
        GZIP => u32::from_le_bytes(*block.data.last_chunk()?),
        RANS_4X8 => {
            data.take(5)?;
            u32::from_le_bytes(data.array()?)
        }
        RANS_NX16 | ARITHMETIC => {
            // Bit 4 of the flags: the size is that of the block.
            if data.byte()? & 0x10 != 0 {
                return Some(block.size);
            }
            uint7(&mut data)?
        }
        FQZCOMP => uint7(&mut data)?,
        NAME_TOKENIZER => u32::from_le_bytes(data.array()?),
        _ => return Some(block.size),
    };
    usize::try_from(size).ok()
}

/// A number of CRAM 3.1's codecs: seven bits a byte, the highest first.
fn uint7(bytes: &mut Bytes<'_>) -> Option<u32> {
    let mut value = 0_u32;
    loop {
        let byte = bytes.byte()?;
        value = value.checked_mul(128)?.checked_add(u32::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
}

/// A container of version 3 with one slice, which has no records and one external block.
fn container_of(block: &Block<'_>) -> Vec<u8> {
    let mut slice_header = Vec::new();
    // Reference, start, span, records and counter; two blocks; no content ids.
    for value in [-1, 0, 0, 0, 0, 2, 0, -1] {
        put_itf8(&mut slice_header, value);
    }
    slice_header.extend([0; 16]);
    let mut blocks = Vec::with_capacity(block.data.len() + 100);
    put_block(&mut blocks, RAW, SLICE_HEADER, 0, slice_header.len(), &slice_header);
    put_block(&mut blocks, RAW, CORE_DATA, 0, 0, &[]);
    put_block(&mut blocks, block.method, EXTERNAL_DATA, 1, block.size, block.data);
    let mut container = u32::try_from(blocks.len()).unwrap_or(u32::MAX).to_le_bytes().to_vec();
    // Reference, start, span, records, counter, bases; three blocks; one landmark, at 0.
    for value in [-1, 0, 0, 0, 0, 0, 3, 1, 0] {
        put_itf8(&mut container, value);
    }
    let sum = crc(&container);
    container.extend(sum.to_le_bytes());
    container.extend(blocks);
    container
}

fn by_noodles(container: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut reader = noodles_cram::io::Reader::new(container);
    let mut container = Container::default();
    reader.read_container(&mut container)?;
    let slice = container.slices().next().ok_or(std::io::ErrorKind::InvalidData)??;
    let (_, blocks) = slice.decode_blocks()?;
    let content = blocks.into_iter().next().ok_or(std::io::ErrorKind::InvalidData)?;
    Ok(content.1.into_owned())
}
