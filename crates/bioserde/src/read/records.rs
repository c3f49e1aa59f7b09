use std::iter::FusedIterator;

use bioserde_core::Header;
use bioserde_model::{Alignment, Variant};
use bioserde_read::Model;

use crate::Result;

/// The alignments of a file, one after another; made by [`crate::Reader::alignments`].
pub type Alignments = Records<Alignment>;

/// The variants of a file, one after another; made by [`crate::Reader::variants`].
pub type Variants = Records<Variant>;

/// The records of a file as models, one after another.
#[derive(Debug)]
pub struct Records<M> {
    records: bioserde_read::Records,
    /// The family was checked: nothing is left out.
    take: fn(Model) -> Option<M>,
}

impl<M> Records<M> {
    pub(super) fn new(records: bioserde_read::Records, take: fn(Model) -> Option<M>) -> Self {
        Self { records, take }
    }

    /// The header.
    pub fn header(&self) -> &Header {
        self.records.input().header()
    }
}

impl<M> Iterator for Records<M> {
    type Item = Result<M>;

    fn next(&mut self) -> Option<Result<M>> {
        match self.records.next()? {
            Ok(model) => (self.take)(model).map(Ok),
            Err(e) => Some(Err(e.into())),
        }
    }
}

impl<M> FusedIterator for Records<M> {}
