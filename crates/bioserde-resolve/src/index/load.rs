use std::io::{self, BufReader, Read};
use std::path::Path;

use bioserde_core::VirtualPosition;
use bioserde_storage::Source;
use bioserde_storage::bgzf::{GroupError, GroupReader, is_gzip};

use super::{InvalidIndex, parse};
use crate::{Error, Result};

/// An index may inflate to this many times its size: linear indexes of sparse data are long runs of
/// one number, but DEFLATE could reach a thousandfold.
const MAX_RATIO: u64 = 100;
/// And to this much, whatever its size: 32 KiB × 8 for each of 256 reference sequences.
const ALWAYS_ALLOWED: u64 = 64 << 20;

/// How many bytes an index file of a size may inflate to.
pub(crate) fn inflation_limit(size: u64) -> u64 {
    ALWAYS_ALLOWED.saturating_add(size.saturating_mul(MAX_RATIO))
}

/// The inflated bytes of an index file.
pub(super) fn load(source: &Source) -> Result<Vec<u8>> {
    let path = Path::new(source.name());
    let io = |action| move |source| io_error(path, action, source);
    let size = source.size().unwrap_or_default();
    let mut file = BufReader::new(source.stream(0)?);
    let mut bytes = Vec::new();
    // Enough to tell whether the rest, which may be a large file of another format, is worth reading.
    (&mut file).take(4).read_to_end(&mut bytes).map_err(io("read"))?;
    if is_gzip(&bytes) {
        return inflate(path, io::Cursor::new(bytes).chain(file), size);
    }
    check_magic(path, &bytes)?;
    file.read_to_end(&mut bytes).map_err(io("read"))?;
    Ok(bytes)
}

fn inflate(path: &Path, file: impl Read, size: u64) -> Result<Vec<u8>> {
    let limit = inflation_limit(size);
    let block_error =
        |offset, source| Error::Block { path: path.to_string_lossy().into_owned(), offset, source };
    let mut groups = GroupReader::new(file, VirtualPosition::default(), VirtualPosition::MAX);
    let mut bytes = Vec::new();
    loop {
        let group = groups.next_group().map_err(|e| match e {
            GroupError::Io(source) => io_error(path, "read", source),
            GroupError::Block(offset, source) => block_error(offset, source),
        })?;
        let Some(group) = group else { break };
        let inflated = group.inflate().map_err(|(offset, source)| block_error(offset, source))?;
        bytes.extend_from_slice(inflated.bytes());
        check_magic(path, &bytes)?;
        if u64::try_from(bytes.len()).is_ok_and(|len| len > limit) {
            return Err(index_error(path, InvalidIndex::TooLarge { limit }));
        }
    }
    check_magic(path, &bytes)?;
    Ok(bytes)
}

fn check_magic(path: &Path, bytes: &[u8]) -> Result<()> {
    parse::kind(bytes).map(drop).map_err(|source| index_error(path, source))
}

pub(crate) fn io_error(path: &Path, action: &'static str, source: io::Error) -> Error {
    let path = path.to_string_lossy().into_owned();
    bioserde_storage::Error::Io { path, action, source }.into()
}

fn index_error(path: &Path, source: InvalidIndex) -> Error {
    Error::Index { path: path.to_string_lossy().into_owned(), source }
}

#[cfg(test)]
mod tests {
    use bioserde_storage::bgzf::EOF_MARKER;

    use super::*;

    fn message(bytes: &[u8]) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        std::fs::write(&path, bytes).unwrap();
        let error = load(&Source::open_path(&path).unwrap()).unwrap_err();
        assert!(error.to_string().contains(path.to_str().unwrap()));
        std::error::Error::source(&error).unwrap().to_string()
    }

    #[test]
    fn other_content_is_refused_early() {
        assert!(message(b"").contains("no BAI, CSI or TBI"));
        assert!(message(b"BAM\x01xxxx").contains(r"starts with `BAM\x01`"));
        assert!(message(&EOF_MARKER).contains("no BAI, CSI or TBI"));
        assert!(message(&EOF_MARKER[..20]).contains("truncated"));
    }

    #[test]
    fn a_small_file_does_not_fill_the_memory() {
        let mut bytes = b"CSI\x01".to_vec();
        bytes.resize(90 << 20, 0);
        let compressed = bioserde_storage::bgzf::compress(&bytes).unwrap();
        assert!(message(&compressed).starts_with("it inflates to more than"));
    }
}
