use std::ops::Range;

use bioserde_core::VirtualPosition;
use bioserde_resolve::Piece;
use bioserde_storage::bgzf::compress_blocks;

use super::blocks::Blocks;
use crate::error::{ErrorKind, Result};

/// Whole BGZF blocks, or whole CRAM containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Blocks or containers that were made for records whose own in the file hold others too.
    Encoded(Vec<u8>),
    /// Blocks or containers of the file: its bytes from and to these offsets, half-open.
    Raw(Range<u64>),
}

impl Part {
    /// Its length in bytes.
    #[expect(clippy::len_without_is_empty, reason = "no part is empty")]
    pub fn len(&self) -> u64 {
        match self {
            Self::Encoded(bytes) => bytes.len() as u64,
            Self::Raw(range) => range.end - range.start,
        }
    }
}

/// The blocks of some runs of records, which are ascending and disjoint.
pub(super) fn of(runs: &[Piece], blocks: &mut Blocks<'_>) -> Result<Vec<Part>> {
    let mut parts = Parts { parts: Vec::new(), pending: Vec::new() };
    for run in runs {
        parts.push(run, blocks)?;
    }
    parts.encode(blocks)?;
    Ok(parts.parts)
}

struct Parts {
    parts: Vec<Part>,
    /// Inflated bytes that are to be encoded.
    pending: Vec<u8>,
}

impl Parts {
    fn push(&mut self, run: &Piece, blocks: &mut Blocks<'_>) -> Result<()> {
        let mut start = run.start.compressed();
        let last = run.end.compressed();
        if start == last {
            return self.push_bytes(run.start, usize::from(run.end.uncompressed()), blocks).map(drop);
        }
        if run.start.uncompressed() > 0 {
            start = self.push_bytes(run.start, usize::MAX, blocks)?;
        }
        if start < last {
            self.encode(blocks)?;
            match self.parts.last_mut() {
                Some(Part::Raw(before)) if before.end == start => before.end = last,
                _ => self.parts.push(Part::Raw(start..last)),
            }
        }
        if run.end.uncompressed() > 0 {
            let whole = VirtualPosition::new(last, 0).unwrap_or_default();
            self.push_bytes(whole, usize::from(run.end.uncompressed()), blocks)?;
        }
        Ok(())
    }

    /// Takes the bytes of a block up to `end`; tells where the next block starts.
    fn push_bytes(&mut self, start: VirtualPosition, end: usize, blocks: &mut Blocks<'_>) -> Result<u64> {
        let Some(block) = blocks.at(start.compressed())? else { return Ok(start.compressed()) };
        let end = end.min(block.bytes.len());
        self.pending.extend_from_slice(block.bytes.get(start.uncompressed().into()..end).unwrap_or_default());
        Ok(block.next)
    }

    fn encode(&mut self, blocks: &Blocks<'_>) -> Result<()> {
        if !self.pending.is_empty() {
            let encoded = compress_blocks(&self.pending);
            let encoded = encoded.map_err(|e| blocks.dataset().error(ErrorKind::Block(e)))?;
            self.parts.push(Part::Encoded(encoded));
            self.pending.clear();
        }
        Ok(())
    }
}
