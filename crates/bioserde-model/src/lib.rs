//! Serde models of alignment and variant records.
//!
//! A model owns its values and holds all that SAM or VCF says of a record, in the order in which it was
//! said. Coordinates are [`Position`]s: 1-based, and an interval is closed. What a specification writes
//! as `*` or `.` is [`None`] or an empty list.
//!
//! There are two serde forms. The readable one, of formats such as JSON, has the fields' own names; CIGARs
//! are texts, tags and VCF values tell their type:
//!
//! ```
//! # fn main() -> Result<(), serde_json::Error> {
//! use bioserde_model::{Tag, TagValue};
//!
//! let tag = Tag { tag: *b"NM", value: TagValue::UInt8(5) };
//! let json = serde_json::to_string(&tag)?;
//! assert_eq!(json, r#"{"tag":"NM","type":"C","value":5}"#);
//! assert_eq!(serde_json::from_str::<Tag>(&json)?, tag);
//! # Ok(())
//! # }
//! ```
//!
//! It is lossless. Floats are the shortest decimals that read back to their 32 bits; those that are no
//! numbers are the texts `inf`, `-inf` and `nan`, and a NaN with other bits than Rust's own tells them:
//! `nan:ffc00001`.

//!
//! The compact form, of formats for which `is_human_readable` is false (CBOR, MessagePack, postcard, bincode),
//! is lossless too: numbers of arrays, bases and qualities are bytes, CIGARs are BAM's numbers, floats are
//! their bits. Both forms are described in `docs/json.md`.

#![forbid(unsafe_code)]

mod alignment;
pub mod bam;
mod bases;
mod bytes;
mod cigar;
mod encode;
mod float;
mod genotype;
mod header;
mod position;
pub mod sam;
mod tag;
mod variant;
pub mod vcf;

/// The version of the serde forms. The readable form of a version reads what the same version wrote, whatever
/// the release: within it, fields may be added that may be absent, and nothing else changes. The compact form
/// is read by the same version only.
pub const MODEL_VERSION: u32 = 1;

pub use alignment::Alignment;
pub use bioserde_core::Position;
pub use cigar::{Cigar, Operation, OperationKind, ParseCigarError};
pub use encode::EncodeError;
pub use genotype::{Genotype, GenotypeAllele, ParseGenotypeError, Phasing};
pub use header::{
    HeaderError, LineEnd, ReferenceSequence, SamHeader, SamHeaderField, SamHeaderLine, SamHeaderRecord,
    StructuredLine, UnstructuredLine, VcfHeader, VcfHeaderField, VcfHeaderLine,
};
pub use tag::{Tag, TagValue};
pub use variant::{InfoField, Value, Variant};
