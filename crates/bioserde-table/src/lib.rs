//! Tables in: Parquet, Arrow, SQLite and JSON Lines to record batches.
//!
//! A table may be as bioserde wrote it, or as another program wrote it again: types that say the same are
//! made one (see [`canonical`]). What the columns mean is for others to know; `docs/schema.md` says it.

#![forbid(unsafe_code)]

mod arrow;
mod error;
mod float;
mod format;
mod json;
mod parquet;
mod part;
mod reader;
mod sqlite;
mod types;

pub use error::{Error, Place, Result};
pub use float::to_float32;
pub use format::TableFormat;
pub use part::TablePart;
pub use reader::TableReader;
pub use types::{canonical, cast};
