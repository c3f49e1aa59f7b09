//! Rows of serde as Arrow arrays.

mod column;
mod serializer;

pub(crate) use column::Column;
pub(crate) use serializer::Writing;
