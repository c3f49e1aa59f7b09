//! Rows of Arrow arrays as the input of serde.

mod cells;
mod fault;
mod fields;
mod row;
mod synthetic;
mod value;

pub(crate) use fields::{Wanted, wanted};
pub(crate) use row::Columns;
pub use row::{Rows, rows};
