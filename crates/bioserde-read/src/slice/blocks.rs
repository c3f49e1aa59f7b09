use std::collections::VecDeque;
use std::sync::Arc;

use bioserde_storage::bgzf::{Block, read_block};

use crate::dataset::{Dataset, block_error};
use crate::error::Result;

/// So many blocks are kept: the edges of neighbouring regions lie in the same ones.
const KEPT: usize = 32;

/// The blocks of a file, the last ones at hand.
#[derive(Debug)]
pub(super) struct Blocks<'a> {
    dataset: &'a Dataset,
    kept: VecDeque<Arc<Block>>,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(dataset: &'a Dataset) -> Self {
        Self { dataset, kept: VecDeque::new() }
    }

    pub(super) fn dataset(&self) -> &'a Dataset {
        self.dataset
    }

    /// The block at `offset`; nothing where the file ends.
    pub(super) fn at(&mut self, offset: u64) -> Result<Option<Arc<Block>>> {
        if let Some(block) = self.kept.iter().find(|block| block.offset == offset) {
            return Ok(Some(Arc::clone(block)));
        }
        let read = read_block(&self.dataset.source, offset);
        let Some(block) = read.map_err(|e| block_error(self.dataset.name(), offset, e))? else {
            return Ok(None);
        };
        let block = Arc::new(block);
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(Arc::clone(&block));
        Ok(Some(block))
    }
}
