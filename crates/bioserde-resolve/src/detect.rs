mod foreign;

use std::io::{Cursor, ErrorKind, Read};

use bioserde_core::{Compression, FormatSpec, VirtualPosition};
use bioserde_storage::Source;
use bioserde_storage::bgzf::{BlockError, GroupError, GroupReader, is_bgzf, is_gzip};
use flate2::read::MultiGzDecoder;

use crate::{Error, Result};

pub use foreign::Foreign;

/// Bytes of the source to look at: room for any one BGZF block and more.
const PEEKED: usize = 128 << 10;
/// Inflated bytes to look at: the first line of a headerless SAM, or the three of a FASTQ record.
const INFLATED: usize = 64 << 10;

/// What a source was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detected {
    /// The format of its inflated bytes.
    pub spec: &'static FormatSpec,
    /// What its bytes are wrapped in.
    pub compression: Compression,
}

/// Recognises one of `specs` by the first bytes of a source, which stay to be read. Names and
/// suffixes play no part. `others` are formats that were looked for before; messages name them as well.
///
/// # Errors
///
/// The source cannot be read, is empty, is compressed wrongly or twice, or holds something else.
pub fn detect(source: &Source, specs: &[&'static FormatSpec], others: &[&str]) -> Result<Detected> {
    let path = || source.name().to_owned();
    let bytes = source.peek(PEEKED)?;
    let (compression, head) = if is_bgzf(&bytes) {
        (Compression::Bgzf, inflate_bgzf(&bytes, source.name())?)
    } else if is_gzip(&bytes) {
        (Compression::Gzip, inflate_gzip(&bytes, source.name())?)
    } else {
        (Compression::None, bytes)
    };
    if head.is_empty() {
        return Err(Error::Empty { path: path() });
    }
    if is_gzip(&head) {
        return Err(Error::CompressedTwice { path: path() });
    }
    let known = || {
        let names = specs.iter().map(|spec| spec.name);
        names.chain(others.iter().copied()).collect::<Vec<_>>().join(", ")
    };
    if let Some(foreign) = foreign::resembling(&head) {
        return Err(Error::ForeignFormat { path: path(), foreign, known: known() });
    }
    if let Some(spec) = recognise(&head, specs) {
        return Ok(Detected { spec, compression });
    }
    if let Some(foreign) = foreign::starting(&head) {
        return Err(Error::ForeignFormat { path: path(), foreign, known: known() });
    }
    let start = head.get(..head.len().min(24)).unwrap_or_default().escape_ascii().to_string();
    Err(Error::UnknownFormat { path: path(), start, known: known() })
}

/// The format with the longest magic that matches, or SAM for a line that can be a SAM record.
fn recognise(head: &[u8], specs: &[&'static FormatSpec]) -> Option<&'static FormatSpec> {
    let with_magic = |spec: &&&FormatSpec| !spec.magic.is_empty() && head.starts_with(spec.magic);
    let by_magic = specs.iter().filter(with_magic).max_by_key(|spec| spec.magic.len());
    // The header is optional in SAM alone (SAMv1 §1.3).
    let by_record = || specs.iter().find(|spec| spec.name == "sam" && starts_with_alignment(head));
    by_magic.or_else(by_record).copied()
}

/// Whether the first line can be an alignment (SAMv1 §1.4). It may be longer than what is there, so
/// only the fields before SEQ, which can be long, must be.
fn starts_with_alignment(head: &[u8]) -> bool {
    let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
    let fields: Vec<&[u8]> = line.splitn(12, |b| *b == b'\t').collect();
    let is_whole = line.len() < head.len();
    let is_number = |field: &&[u8]| {
        let digits = field.strip_prefix(b"-").unwrap_or(field);
        (1..=10).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
    };
    let numbers = [1, 3, 4, 7, 8];
    let wanted = if is_whole { 11 } else { 10 };
    fields.len() >= wanted && numbers.iter().all(|i| fields.get(*i).is_some_and(is_number))
}

/// The first bytes of BGZF blocks, which may be many small ones.
fn inflate_bgzf(bytes: &[u8], path: &str) -> Result<Vec<u8>> {
    let fault = |offset, source| Error::Block { path: path.to_owned(), offset, source };
    let mut head = Vec::new();
    let mut offset = 0;
    while head.len() < INFLATED {
        let Some(rest) = usize::try_from(offset).ok().and_then(|at| bytes.get(at..)) else { break };
        let at = |within| VirtualPosition::new(offset, within).unwrap_or(VirtualPosition::MAX);
        // One block at a time: a fault in a later one is for the reader to find.
        let mut blocks = GroupReader::new(Cursor::new(rest), at(0), at(u16::MAX));
        let inflated = match blocks.next_group() {
            Ok(Some(group)) => group.inflate(),
            Ok(None) => break,
            Err(GroupError::Block(offset, source)) => Err((offset, source)),
            // A cursor does not fail; what it holds may end too early.
            Err(GroupError::Io(_)) => Err((offset, BlockError::TruncatedHeader)),
        };
        match inflated {
            Ok(inflated) => head.extend_from_slice(inflated.bytes()),
            Err(_) if !head.is_empty() => break,
            Err((offset, source)) => return Err(fault(offset, source)),
        }
        offset = blocks.offset();
    }
    Ok(head)
}

/// The first bytes of gzip members.
fn inflate_gzip(bytes: &[u8], path: &str) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    let limit = u64::try_from(INFLATED).unwrap_or(u64::MAX);
    match MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut head) {
        Ok(_) => Ok(head),
        // What was looked at may end inside a member, and a fault after it is for the reader to find.
        Err(e) if !head.is_empty() || (e.kind() == ErrorKind::UnexpectedEof && bytes.len() == PEEKED) => {
            Ok(head)
        }
        Err(source) => Err(Error::Gzip { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests;
