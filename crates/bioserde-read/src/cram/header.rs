use std::io::BufReader;

use bioserde_core::sam;
use bioserde_storage::Source;

use super::block;
use super::container::Container;
use super::definition::{self, Version};
use super::fault::CramFault;
use super::input::Input;

/// What stands before the first data container.
pub(super) struct HeaderPart {
    pub(super) version: Version,
    pub(super) header: sam::Header,
    /// In bytes: file definition and header container, with its padding.
    pub(super) len: u64,
}

/// A fault, and where in the file it is.
pub(super) type At = (u64, CramFault);

/// Reads the file definition and the header container of a file of `size` bytes.
pub(super) fn read(source: &Source, size: u64) -> Result<HeaderPart, At> {
    let at = |offset| move |fault| (offset, fault);
    let start = source.read_at(0, definition::LEN).map_err(|e| (0, e.into()))?;
    let version = Version::parse(&start).map_err(at(0))?;
    let in_container = at(definition::LEN);
    let mut bytes = BufReader::new(source.stream(definition::LEN).map_err(|e| in_container(e.into()))?);
    let container = Container::parse(&mut Input::new(&mut bytes), version).map_err(in_container)?;
    let len = definition::LEN + container.len();
    if len > size {
        return Err(in_container(CramFault::Truncated { what: "the container of the SAM header" }));
    }
    let content = block::read_header(&mut Input::new(&mut bytes), container.blocks_len, version);
    let header = content.and_then(|content| Ok(sam::Header::parse(text(&content)?)?));
    Ok(HeaderPart { version, header: header.map_err(in_container)?, len })
}

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
