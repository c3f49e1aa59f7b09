//! SAM text: each line becomes a BAM record, and from there on takes BAM's way.

mod cigar;
pub(crate) mod encode;
pub(crate) mod fault;
mod integer;
#[cfg(test)]
pub(crate) mod oracle;
pub(crate) mod references;
pub(crate) mod render;
mod sequence;
mod tags;

pub(crate) use encode::{Form, encode_line};
pub(crate) use fault::LineError;
pub(crate) use references::References;
pub(crate) use render::render_record;
