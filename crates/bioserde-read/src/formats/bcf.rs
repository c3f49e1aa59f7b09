//! BCF: each record becomes a VCF line, and from there on takes VCF's way.

pub(crate) mod render;
