//! BCF: each record becomes a VCF line, and from there on takes VCF's way.

mod dictionary;
mod fault;
mod genotype;
#[cfg(test)]
mod oracle;
pub(crate) mod render;
mod typed;
mod values;

pub(crate) use dictionary::Dictionary;
pub(crate) use fault::RecordError;
pub(crate) use render::render;
