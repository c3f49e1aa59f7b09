//! JSON Lines, and JSON as lists are written where a format has none.

mod column;
mod infer;
mod lines;
mod row;
mod value;

pub(crate) use self::column::Column;
pub(crate) use self::infer::Kind;
pub(crate) use self::lines::{Lines, open};
pub(crate) use self::value::{Value, found};
