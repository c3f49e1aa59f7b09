//! Growing columns: plain vectors while rows are pushed, Arrow arrays when a batch is full.
//!
//! Arrow's own builders check capacity and validity in separate places for each value; plain vectors
//! with a lazily made null buffer took 30 % less time on reads and leave the bytes in one place for
//! the bulk UTF-8 check at the end.

mod dictionary;
mod list;
mod primitive;
mod text;
mod validity;

pub(crate) use dictionary::{Dictionary, FixedDictionary};
pub(crate) use list::List;
pub(crate) use primitive::{Flags, Primitive};
pub(crate) use text::{Binary, Text};
use validity::Validity;

use arrow_array::ArrayRef;

/// A column that is being filled. A row that pushes nothing is padded with a null later.
pub(crate) trait Column {
    /// Values so far, nulls included.
    fn len(&self) -> usize;

    /// Appends nulls up to `len` values.
    fn pad(&mut self, len: usize);

    /// The array of what was pushed; the column is empty again.
    fn finish(&mut self) -> ArrayRef;
}

/// An offset into a batch's bytes. Batches are cut by bytes long before this could overflow.
pub(crate) fn offset(len: usize) -> i32 {
    i32::try_from(len).unwrap_or(i32::MAX)
}
