use bioserde_core::{Compression, VirtualPosition};
use bioserde_resolve::Index;
use bioserde_storage::bgzf::{BlockError, EOF_MARKER, ReadBlockError, block_end};

use crate::dataset::{Dataset, block_error};
use crate::error::{Error, Result};

/// Where the last record of a BGZF file ends, or the block that is not whole and what is wrong with it.
pub(crate) type End = std::result::Result<u64, (u64, BlockError)>;

impl Dataset {
    /// Where the records of a BGZF file end: before its end-of-file marker, if it has one.
    ///
    /// A file without it has to end with the end of a block, or it is truncated. That is looked for once.
    pub(super) fn records_end(&self) -> Result<Option<VirtualPosition>> {
        let Some(size) = self.source.size().filter(|_| self.compression == Compression::Bgzf) else {
            return Ok(None);
        };
        let end = match self.end.get() {
            Some(end) => end,
            None => {
                let found = self.find_end(size)?;
                self.end.get_or_init(|| found)
            }
        };
        match end {
            Ok(end) => Ok(VirtualPosition::new(*end, 0)),
            Err((offset, fault)) => Err(self.walk_error(*offset, ReadBlockError::Block(fault.clone()))),
        }
    }

    /// Checks that a BGZF file ends where a block does; what is found is kept, so that slices need not look.
    ///
    /// # Errors
    ///
    /// It is truncated, or cannot be read.
    pub fn check_end(&self) -> Result<()> {
        self.records_end().map(drop)
    }

    fn find_end(&self, size: u64) -> Result<End> {
        if self.has_marker()? {
            return Ok(Ok(size - EOF_MARKER.len() as u64));
        }
        let known = self.known_starts().last().copied();
        match self.block_from(known.unwrap_or_default().max(self.first_block()), size) {
            Ok(end) => Ok(Ok(end)),
            Err((offset, ReadBlockError::Block(fault))) => Ok(Err((offset, fault))),
            Err((offset, fault)) => Err(self.walk_error(offset, fault)),
        }
    }

    /// Where blocks with records start, ascending, as far as the index knows.
    pub(super) fn known_starts(&self) -> Vec<u64> {
        let starts = self.index.iter().flat_map(Index::record_starts);
        starts.map(VirtualPosition::compressed).collect()
    }

    /// The first block at `wanted` or after it, or the end of the file, by the headers of the blocks from
    /// the one at `start` on.
    ///
    /// It is not guessed from the bytes at `wanted`: what a block holds may be blocks too.
    pub(super) fn block_from(
        &self,
        start: u64,
        wanted: u64,
    ) -> std::result::Result<u64, (u64, ReadBlockError)> {
        let mut at = start;
        while at < wanted {
            match block_end(&self.source, at).map_err(|e| (at, e))? {
                Some(next) => at = next,
                None => break,
            }
        }
        Ok(at)
    }

    /// Where no block is the index may have led to a wrong place.
    pub(super) fn walk_error(&self, offset: u64, fault: ReadBlockError) -> Error {
        let error = block_error(self.name(), offset, fault);
        if self.index.is_some() && !error.is_truncation() { error.by_index() } else { error }
    }

    fn first_block(&self) -> u64 {
        self.first_record.unwrap_or_default().compressed()
    }
}
