//! One folder a format.

pub(crate) mod bcf;
pub(crate) mod sam;
