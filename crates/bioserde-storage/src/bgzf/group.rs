use std::cell::RefCell;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use bioserde_core::VirtualPosition;
use libdeflater::Decompressor;

use super::block::{self, BlockError, EOF_MARKER, FIXED_HEADER};

/// Blocks in a group: about 4 MiB inflated. Enough for one task to be worth its dispatch, few
/// enough that several groups in flight stay small.
const BLOCKS_PER_GROUP: usize = 64;

/// Buffers that were used and will be again: fresh memory of this size comes from the operating system
/// page by page, zeroed, which cost more than inflating into it.
#[derive(Clone, Debug, Default)]
struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

/// So many buffers are kept for the next group.
const MAX_BUFFERS: usize = 16;

impl Buffers {
    /// A buffer of `len` bytes of whatever was in it before.
    fn take(&self, len: usize) -> Vec<u8> {
        let mut buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        buffer.resize(len, 0);
        buffer
    }

    fn give_back(&self, buffer: Vec<u8>) {
        let mut buffers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buffers.len() < MAX_BUFFERS {
            buffers.push(buffer);
        }
    }
}

/// Consecutive blocks, still compressed.
#[derive(Debug)]
pub struct Group {
    buffers: Buffers,
    bytes: Vec<u8>,
    blocks: Vec<Block>,
    inflated_len: usize,
    /// Inflated bytes at the front that belong to nobody who asked.
    skip: usize,
    /// Inflated bytes at the back, likewise.
    cut: usize,
}

#[derive(Clone, Copy, Debug)]
struct Block {
    /// In the file.
    offset: u64,
    /// In `bytes`.
    start: usize,
    size: usize,
    inflated: u32,
}

/// A group's inflated bytes, which know where each of them came from.
#[derive(Debug, Default)]
pub struct Inflated {
    data: Vec<u8>,
    /// (first inflated byte, offset of the block in the file), ascending.
    blocks: Vec<(usize, u64)>,
    range: std::ops::Range<usize>,
    /// Of the block after the last one, in the file.
    next_offset: u64,
    /// Where bytes that span chunks begin and end.
    origin: Option<(VirtualPosition, VirtualPosition)>,
    buffers: Option<Buffers>,
}

impl Drop for Inflated {
    fn drop(&mut self) {
        if let Some(buffers) = &self.buffers {
            buffers.give_back(std::mem::take(&mut self.data));
        }
    }
}

impl Inflated {
    /// Bytes that were never compressed, from `offset` of their source on.
    pub fn plain(data: Vec<u8>) -> Self {
        let range = 0..data.len();
        Self::of(data, range)
    }

    fn of(data: Vec<u8>, range: std::ops::Range<usize>) -> Self {
        Self { data, range, blocks: Vec::new(), next_offset: 0, origin: None, buffers: None }
    }

    /// Bytes that were put together from several places: where they begin and end.
    pub fn spanning(data: Vec<u8>, origin: Option<(VirtualPosition, VirtualPosition)>) -> Self {
        let range = 0..data.len();
        let mut inflated = Self::of(data, range);
        inflated.origin = origin;
        inflated
    }

    /// The blocks: where each starts in the file, and how many bytes it inflates to. Empty blocks are
    /// left out.
    pub fn blocks(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        let ends = self.blocks.iter().skip(1).map(|(start, _)| *start).chain([self.data.len()]);
        self.blocks
            .iter()
            .zip(ends)
            .map(|((start, offset), end)| (*offset, u32::try_from(end - start).unwrap_or(0)))
    }

    /// The bytes that were asked for.
    pub fn bytes(&self) -> &[u8] {
        self.data.get(self.range.clone()).unwrap_or_default()
    }

    /// The same without its first `n` bytes.
    #[must_use]
    pub fn skip(mut self, n: usize) -> Self {
        self.range.start = (self.range.start + n).min(self.range.end);
        self
    }

    /// The virtual position of a byte of [`Inflated::bytes`]; after the last byte of a block, that of
    /// the next block. Nothing for bytes that were not in BGZF blocks.
    pub fn virtual_position(&self, at: usize) -> Option<VirtualPosition> {
        if let Some((start, end)) = self.origin {
            return Some(if at < self.data.len() { start } else { end });
        }
        let at = at + self.range.start;
        if at >= self.data.len() && !self.blocks.is_empty() {
            return VirtualPosition::new(self.next_offset, 0);
        }
        let i = self.blocks.partition_point(|(start, _)| *start <= at).checked_sub(1)?;
        let (start, offset) = self.blocks.get(i)?;
        VirtualPosition::new(*offset, u16::try_from(at - start).ok()?)
    }
}

thread_local! {
    /// A decompressor holds 11 KiB of tables; making one for each 64 KiB block costs 5 %.
    static DECOMPRESSOR: RefCell<Decompressor> = RefCell::new(Decompressor::new());
}

/// Lends this thread's decompressor.
pub(super) fn with_decompressor<T>(f: impl FnOnce(&mut Decompressor) -> T) -> T {
    DECOMPRESSOR.with_borrow_mut(f)
}

impl Group {
    /// Inflates every block and checks its size and CRC.
    ///
    /// # Errors
    ///
    /// The offset of the first faulty block in the file, and its fault.
    pub fn inflate(self) -> Result<Inflated, (u64, BlockError)> {
        let mut data = self.buffers.take(self.inflated_len);
        let mut marks = Vec::with_capacity(self.blocks.len());
        let mut rest = data.as_mut_slice();
        let mut at = 0;
        with_decompressor(|decompressor| {
            for b in &self.blocks {
                let (out, tail) = rest.split_at_mut(b.inflated as usize);
                rest = tail;
                let bytes = self.bytes.get(b.start..b.start + b.size).unwrap_or_default();
                block::inflate(bytes, out, decompressor).map_err(|e| (b.offset, e))?;
                if !out.is_empty() {
                    marks.push((at, b.offset));
                }
                at += out.len();
            }
            Ok(())
        })?;
        let end = data.len().saturating_sub(self.cut);
        let next_offset = self.blocks.last().map_or(0, |b| b.offset + b.size as u64);
        Ok(Inflated {
            range: self.skip.min(end)..end,
            data,
            blocks: marks,
            next_offset,
            origin: None,
            buffers: Some(self.buffers),
        })
    }
}

/// Walks the headers of BGZF blocks and hands them over in groups, between two virtual positions.
#[derive(Debug)]
pub struct GroupReader<R> {
    inner: R,
    buffers: Buffers,
    /// Of the next block, in the file.
    offset: u64,
    end: VirtualPosition,
    skip: usize,
    done: bool,
    last_is_marker: bool,
    truncated: bool,
    allow_truncated: bool,
}

/// Why the next group is not to be had.
#[derive(Debug)]
pub enum GroupError {
    /// The bytes could not be read.
    Io(io::Error),
    /// The block at this offset of the file is faulty.
    Block(u64, BlockError),
}

impl<R: Read> GroupReader<R> {
    /// Reads from `inner`, which stands at the block of `start`, up to `end`.
    pub fn new(inner: R, start: VirtualPosition, end: VirtualPosition) -> Self {
        Self {
            inner,
            buffers: Buffers::default(),
            offset: start.compressed(),
            end,
            skip: usize::from(start.uncompressed()),
            done: start >= end,
            last_is_marker: false,
            truncated: false,
            allow_truncated: false,
        }
    }

    /// Takes a file that ends inside a block as ending before it; [`GroupReader::is_truncated`] tells.
    #[must_use]
    pub fn allow_truncated(mut self, allow: bool) -> Self {
        self.allow_truncated = allow;
        self
    }

    /// Whether the last block read was the end-of-file marker.
    pub fn ended_with_marker(&self) -> bool {
        self.last_is_marker
    }

    /// Whether an incomplete block was left out at the end.
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// Bytes of the file passed so far, counted from its beginning.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The next group; nothing at the end.
    ///
    /// # Errors
    ///
    /// The bytes cannot be read, are no BGZF block, or end inside one.
    pub fn next_group(&mut self) -> Result<Option<Group>, GroupError> {
        let mut group = Group {
            buffers: self.buffers.clone(),
            bytes: Vec::with_capacity(BLOCKS_PER_GROUP << 14),
            blocks: Vec::with_capacity(BLOCKS_PER_GROUP),
            inflated_len: 0,
            skip: std::mem::take(&mut self.skip),
            cut: 0,
        };
        while !self.done && group.blocks.len() < BLOCKS_PER_GROUP {
            match self.push_block(&mut group) {
                Ok(more) => self.done = !more,
                Err(GroupError::Block(_, e)) if self.allow_truncated && e.is_truncation() => {
                    (self.truncated, self.done) = (true, true);
                }
                Err(e) => return Err(e),
            }
        }
        if group.skip > group.inflated_len {
            let error = BlockError::NotBgzf;
            return Err(GroupError::Block(group.blocks.first().map_or(self.offset, |b| b.offset), error));
        }
        Ok(if group.blocks.is_empty() { None } else { Some(group) })
    }

    /// Appends one block; says whether there may be another.
    fn push_block(&mut self, group: &mut Group) -> Result<bool, GroupError> {
        if self.offset > self.end.compressed()
            || (self.offset == self.end.compressed() && self.end.uncompressed() == 0)
        {
            return Ok(false);
        }
        let offset = self.offset;
        let fault = |e| GroupError::Block(offset, e);
        let start = group.bytes.len();
        let rollback = |group: &mut Group, e| {
            group.bytes.truncate(start);
            fault(e)
        };
        match self.append(group, FIXED_HEADER)? {
            0 => return Ok(false),
            FIXED_HEADER => {}
            _ => return Err(rollback(group, BlockError::TruncatedHeader)),
        }
        let fixed = group.bytes.last_chunk().ok_or(BlockError::NotBgzf).map_err(fault)?;
        let extra = block::extra_length(fixed).map_err(fault)?;
        if self.append(group, extra)? < extra {
            return Err(rollback(group, BlockError::TruncatedHeader));
        }
        let header = FIXED_HEADER + extra;
        let fields = group.bytes.get(start + FIXED_HEADER..).unwrap_or_default();
        let size = block::block_size(fields).map_err(fault)?;
        let rest = size.checked_sub(header).filter(|n| *n >= 8);
        let rest = rest.ok_or(BlockError::InvalidSize { size }).map_err(fault)?;
        let got = self.append(group, rest)?;
        if got < rest {
            return Err(rollback(group, BlockError::TruncatedBlock { expected: size, got: header + got }));
        }
        let bytes = group.bytes.get(start..).unwrap_or_default();
        let inflated = block::inflated_size(bytes).map_err(fault)?;
        self.last_is_marker = bytes == EOF_MARKER;
        group.blocks.push(Block { offset, start, size, inflated });
        group.inflated_len += inflated as usize;
        self.offset += size as u64;
        if offset == self.end.compressed() {
            group.cut = (inflated as usize).saturating_sub(usize::from(self.end.uncompressed()));
            return Ok(false);
        }
        Ok(true)
    }

    /// Appends up to `n` bytes; says how many there were.
    fn append(&mut self, group: &mut Group, n: usize) -> Result<usize, GroupError> {
        let before = group.bytes.len();
        (&mut self.inner).take(n as u64).read_to_end(&mut group.bytes).map_err(GroupError::Io)?;
        Ok(group.bytes.len() - before)
    }
}
