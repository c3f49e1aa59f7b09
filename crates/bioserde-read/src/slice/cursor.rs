use std::sync::Arc;

use bioserde_core::VirtualPosition;
use bioserde_storage::bgzf::{Block, BlockError};

use super::blocks::Blocks;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::filter::{Locate, Location};
use crate::unit::Framing;

/// Walks the records of a BGZF file from a place on.
pub(super) struct Cursor<'b, 'd> {
    blocks: &'b mut Blocks<'d>,
    framing: Arc<dyn Framing>,
    locate: Arc<dyn Locate>,
    /// Where the next record starts, or is looked for.
    offset: u64,
    at: usize,
    /// The parts of a record that spans blocks.
    spanning: Vec<u8>,
}

/// A record that the cursor has passed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passed {
    pub(super) location: Location,
    /// Where it starts.
    pub(super) start: VirtualPosition,
    /// Where the next one starts, or the next block.
    pub(super) end: VirtualPosition,
}

impl<'b, 'd> Cursor<'b, 'd> {
    pub(super) fn new(
        blocks: &'b mut Blocks<'d>,
        framing: Arc<dyn Framing>,
        locate: Arc<dyn Locate>,
        start: VirtualPosition,
    ) -> Self {
        let mut cursor = Self { blocks, framing, locate, offset: 0, at: 0, spanning: Vec::new() };
        cursor.seek(start);
        cursor
    }

    /// Goes on at another record.
    pub(super) fn seek(&mut self, start: VirtualPosition) {
        (self.offset, self.at) = (start.compressed(), usize::from(start.uncompressed()));
    }

    /// The next record; nothing at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Passed>> {
        let Some(block) = self.block()? else { return Ok(None) };
        let start = self.place();
        let rest = block.bytes.get(self.at..).unwrap_or_default();
        let framed = self.framing.record_len(rest);
        let location = match framed.map_err(|e| self.error(start, ErrorKind::Record(Box::new(e))))? {
            Some(len) if len <= rest.len() => {
                self.at += len;
                self.locate.locate(rest.get(..len).unwrap_or_default())
            }
            _ => {
                self.span(rest, block.next, start)?;
                self.locate.locate(&self.spanning)
            }
        };
        let location = location.map_err(|e| self.error(start, ErrorKind::Record(e)))?;
        let end = match self.blocks.at(self.offset)? {
            Some(block) if self.at >= block.bytes.len() => VirtualPosition::new(block.next, 0),
            _ => VirtualPosition::new(self.offset, u16::try_from(self.at).unwrap_or(u16::MAX)),
        };
        Ok(Some(Passed { location, start: start.unwrap_or_default(), end: end.unwrap_or_default() }))
    }

    /// The block with the next record; passes the ends of blocks, and blocks without bytes.
    fn block(&mut self) -> Result<Option<Arc<Block>>> {
        loop {
            let Some(block) = self.blocks.at(self.offset)? else { return Ok(None) };
            if self.at > block.bytes.len() {
                let place = VirtualPosition::new(self.offset, 0);
                return Err(self.error(place, ErrorKind::Block(BlockError::Corrupt)));
            }
            if self.at < block.bytes.len() {
                return Ok(Some(block));
            }
            (self.offset, self.at) = (block.next, 0);
        }
    }

    /// Collects a record that begins with `head` and goes on in the block at `next`.
    fn span(&mut self, head: &[u8], mut next: u64, start: Option<VirtualPosition>) -> Result<()> {
        self.spanning.clear();
        self.spanning.extend_from_slice(head);
        loop {
            let before = self.spanning.len();
            let Some(block) = self.blocks.at(next)? else {
                if self.framing.ends_with_input() {
                    (self.offset, self.at) = (next, 0);
                    return Ok(());
                }
                return Err(self.error(start, ErrorKind::TruncatedRecord { got: before }));
            };
            self.spanning.extend_from_slice(&block.bytes);
            let framed = self.framing.record_len(&self.spanning);
            let framed = framed.map_err(|e| self.error(start, ErrorKind::Record(Box::new(e))))?;
            if let Some(len) = framed.filter(|len| *len <= self.spanning.len()) {
                self.spanning.truncate(len);
                (self.offset, self.at) = (next, len.saturating_sub(before));
                return Ok(());
            }
            next = block.next;
        }
    }

    fn place(&self) -> Option<VirtualPosition> {
        VirtualPosition::new(self.offset, u16::try_from(self.at).ok()?)
    }

    fn error(&self, virtual_position: Option<VirtualPosition>, kind: ErrorKind) -> Error {
        Error::new(self.blocks.dataset().name(), kind).at(Place { record: None, virtual_position }).by_index()
    }
}
