use std::io::{self, BufReader, Read};

use bioserde_core::sam;
use bioserde_storage::Source;

use crate::container_header::ContainerHeader;
use crate::definition::{self, Version};
use crate::fault::CramFault;
use crate::header_block;
use crate::input::Input;

/// What stands before the first data container.
#[derive(Debug)]
pub struct HeaderPart {
    /// As the file definition says.
    pub version: Version,
    /// The SAM header.
    pub header: sam::Header,
    /// In bytes: file definition and header container, with its padding.
    pub len: u64,
}

/// A fault, and the offset in the file where it is.
pub type At = (u64, CramFault);

/// Reads the file definition and the header container of a file of `size` bytes.
///
/// # Errors
///
/// They are faulty or not whole, or the version is another, with the offset of what is wrong.
pub fn read_header(source: &Source, size: u64) -> Result<HeaderPart, At> {
    let mut bytes = BufReader::new(source.stream(0).map_err(|e| (0, e.into()))?);
    read_from(&mut bytes, Some(size))
}

/// The same from the beginning of a stream, to the end of the header container.
pub(crate) fn read_from(bytes: &mut impl Read, size: Option<u64>) -> Result<HeaderPart, At> {
    let mut start = Vec::new();
    let read = bytes.take(definition::LEN).read_to_end(&mut start);
    read.map_err(|e| (0, CramFault::Io(e)))?;
    let version = Version::parse(&start).map_err(|fault| (0, fault))?;
    read_container(bytes, version, size).map_err(|fault| (definition::LEN, fault))
}

fn read_container(
    bytes: &mut impl Read,
    version: Version,
    size: Option<u64>,
) -> Result<HeaderPart, CramFault> {
    let container = ContainerHeader::parse(&mut Input::new(&mut *bytes), version)?;
    let len = definition::LEN + container.container_len();
    if size.is_some_and(|size| len > size) {
        return Err(CramFault::Truncated { what: CONTAINER });
    }
    let mut blocks = bytes.take(container.blocks_len);
    let content = header_block::read_header(&mut Input::new(&mut blocks), container.blocks_len, version)?;
    let header = sam::Header::parse(text(&content)?)?;
    io::copy(&mut blocks, &mut io::sink()).map_err(CramFault::Io)?;
    if blocks.limit() > 0 {
        return Err(CramFault::Truncated { what: CONTAINER });
    }
    Ok(HeaderPart { version, header, len })
}

const CONTAINER: &str = "the container of the SAM header";

/// The text in the content of its block: after its length, and before what may be padding.
fn text(content: &[u8]) -> Result<&[u8], CramFault> {
    let truncated = CramFault::Truncated { what: "the SAM header" };
    let Some((len, rest)) = content.split_first_chunk() else { return Err(truncated) };
    let len = i32::from_le_bytes(*len);
    let of = "the SAM header";
    let text = usize::try_from(len).ok().and_then(|len| rest.get(..len));
    let text = text.ok_or(CramFault::Value { field: "length", of, value: len.into() })?;
    let end = text.iter().position(|b| *b == 0).unwrap_or(text.len());
    Ok(text.get(..end).unwrap_or(text))
}
