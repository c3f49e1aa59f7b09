//! SAM text: each line becomes a BAM record, and from there on takes BAM's way.

pub(crate) mod encode;
