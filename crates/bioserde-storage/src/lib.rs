//! Bytes in by range and bytes out atomically, and the BGZF blocks they are made of.

#![forbid(unsafe_code)]

pub mod bgzf;
mod encrypted;
mod error;
mod source;
mod target;

pub use error::{Error, Result};
pub use source::Source;
pub use target::Target;
