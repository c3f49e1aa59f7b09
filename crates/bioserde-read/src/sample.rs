//! A look at a file before it is read: which tags occur.

use std::io::Cursor;

use bioserde_core::{Compression, VirtualPosition};
use bioserde_schema::alignments::TagColumn;
use bioserde_storage::Source;
use bioserde_storage::bgzf::{GroupReader, is_bgzf};

use crate::registry::{Header, InputFormat};

/// Places looked at, spread evenly over the file.
const PLACES: u64 = 16;
/// Bytes read at each place: two BGZF blocks at least, so that one is whole.
const WINDOW: u64 = 256 << 10;

/// Adds the tags of records spread over a file. Only which tags get a column depends on it, so a place
/// where no record is found is passed over.
pub(crate) fn observe_spread(
    format: &dyn InputFormat,
    source: &Source,
    compression: Compression,
    header: &Header,
    tags: &mut Vec<TagColumn>,
) {
    let Some(size) = source.size().filter(|size| *size > PLACES * WINDOW) else { return };
    for place in 1..=PLACES {
        let offset = size / (PLACES + 1) * place;
        let Ok(raw) = source.read_at(offset, WINDOW) else { return };
        let bytes = match compression {
            Compression::None => raw,
            Compression::Bgzf => match first_blocks(&raw) {
                Some(bytes) => bytes,
                None => continue,
            },
            Compression::Gzip => return,
        };
        if let Some(start) = format.resynchronise(&bytes, header) {
            format.observe_tags(bytes.get(start..).unwrap_or_default(), header, tags);
        }
    }
}

/// The inflated bytes of the whole blocks in a window.
fn first_blocks(raw: &[u8]) -> Option<Vec<u8>> {
    let starts = memchr::memmem::find_iter(raw, b"\x1f\x8b\x08\x04");
    for start in starts {
        let window = raw.get(start..)?;
        if !is_bgzf(window) {
            continue;
        }
        let mut reader =
            GroupReader::new(Cursor::new(window), VirtualPosition::default(), VirtualPosition::MAX)
                .allow_truncated(true);
        if let Ok(Some(group)) = reader.next_group()
            && let Ok(inflated) = group.inflate()
        {
            return Some(inflated.bytes().to_vec());
        }
    }
    None
}
