//! Exact slices: the records of some regions as whole BGZF blocks, those of the file itself wherever a
//! block holds wanted records only.

mod blocks;
mod cursor;
mod divide;
mod end;
mod parts;
mod runs;
#[cfg(test)]
mod tests;

use bioserde_resolve::Piece;

use crate::dataset::Dataset;
use crate::error::Result;
use crate::filter::Filter;
use blocks::Blocks;

pub(crate) use divide::{Extent, in_file_order, packed};
pub(crate) use end::End;
pub use parts::Part;

/// The wanted records of a BGZF file, each once, in file order, as whole BGZF blocks: neither the
/// header before them nor the end-of-file marker after them. Of a CRAM file, whole containers likewise,
/// as [`CramDataset`](crate::CramDataset) says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    pub(crate) parts: Vec<Part>,
}

impl Slice {
    /// What it is made of, in order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Its length in bytes, compressed as they are.
    pub fn len(&self) -> u64 {
        self.parts.iter().map(Part::len).sum()
    }

    /// Whether no record is wanted.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

impl Dataset {
    /// The slice of all records.
    ///
    /// Nothing when the input is not in BGZF blocks: then there is nothing to take them from.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is truncated inside a block, or is corrupt where it has to be looked into.
    pub fn slice_all(&self) -> Result<Option<Slice>> {
        let (Some(start), Some(end)) = (self.first_record, self.records_end()?) else { return Ok(None) };
        let runs = if self.has_records { vec![Piece { start, end }] } else { Vec::new() };
        Ok(Some(Slice { parts: parts::of(&runs, &mut Blocks::new(self))? }))
    }

    /// The slice of the records between two places of [`Dataset::divide_all`].
    ///
    /// # Errors
    ///
    /// As [`Dataset::slice_all`].
    pub fn slice_piece(&self, piece: Piece) -> Result<Slice> {
        self.records_end()?;
        Ok(Slice { parts: parts::of(&[piece], &mut Blocks::new(self))? })
    }

    /// The slice of the records that `filter`, one of this dataset, keeps.
    ///
    /// What lies between the edges of a region is not looked into: the index stands for the order of
    /// the records there. So it takes the inflation of a few blocks, however large the slice.
    ///
    /// Nothing when the input has no index: only reading all of it can tell.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is truncated inside a block wherever that is, or is corrupt where it has to
    /// be looked into, or the index is another file's.
    pub fn slice(&self, filter: &Filter) -> Result<Option<Slice>> {
        let (Some(index), Some(end)) = (&self.index, self.records_end()?) else { return Ok(None) };
        let mut blocks = Blocks::new(self);
        let runs = runs::of(self, index, filter, end, &mut blocks)?;
        Ok(Some(Slice { parts: parts::of(&runs, &mut blocks)? }))
    }
}
