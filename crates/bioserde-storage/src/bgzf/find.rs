use super::block;
use super::single::{ReadBlockError, read_block};
use crate::Source;

/// Blocks are looked for in so many bytes at a time.
const WINDOW: u64 = 1 << 18;
/// The bytes by which a block's header is told (SAMv1 §4.1).
const HEADER: usize = 18;

/// The first BGZF block of a file that starts at `from` or later; nothing where there is none.
///
/// A header may stand in a block's data by chance: what follows it must inflate, and be followed by
/// another block or the end of the file.
///
/// # Errors
///
/// The file cannot be read.
pub fn find_block(source: &Source, from: u64) -> Result<Option<u64>, ReadBlockError> {
    let mut start = from;
    loop {
        let window = source.read_at(start, WINDOW)?;
        for (i, bytes) in window.windows(HEADER).enumerate() {
            if block::is_bgzf(bytes) && is_block(source, start + i as u64)? {
                return Ok(Some(start + i as u64));
            }
        }
        if (window.len() as u64) < WINDOW {
            return Ok(None);
        }
        start += WINDOW - (HEADER as u64 - 1);
    }
}

fn is_block(source: &Source, offset: u64) -> Result<bool, ReadBlockError> {
    let next = match read_block(source, offset) {
        Ok(Some(block)) => block.next,
        Ok(None) | Err(ReadBlockError::Block(_)) => return Ok(false),
        Err(e) => return Err(e),
    };
    let head = source.read_at(next, HEADER as u64)?;
    Ok(head.is_empty() || block::is_bgzf(&head))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::bgzf::{compress, compress_blocks};

    #[test]
    fn every_place_leads_to_the_next_block() {
        let mut bytes = compress_blocks(&vec![b'x'; 200_000]).unwrap();
        // A block that was compressed again has the header of another inside it.
        bytes.extend(compress(&compress(&[7; 9]).unwrap()).unwrap());
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        let source = Source::open(file.path().to_str().unwrap()).unwrap();
        let mut starts = vec![];
        let mut at = 0;
        while let Some(block) = read_block(&source, at).unwrap() {
            starts.push(at);
            at = block.next;
        }
        for from in 0..bytes.len() as u64 {
            let wanted = starts.iter().copied().find(|start| *start >= from);
            assert_eq!(find_block(&source, from).unwrap(), wanted, "{from}");
        }
    }
}
