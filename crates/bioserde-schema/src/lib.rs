//! What a row means: columns, Arrow types, metadata keys and SQL.
//!
//! The tables are described in `docs/schema.md`; this crate is what that page describes.

#![forbid(unsafe_code)]

pub mod alignments;
pub mod annotations;
pub mod metadata;
pub mod recognise;
pub mod sql;
mod table;
pub mod variants;

pub use table::{Column, Origin, Physical, ProjectionError, TableSchema, column_name};
