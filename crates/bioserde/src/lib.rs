//! Alignments and variants as serde structs, whatever file they are in.
//!
//! [`open`] reads BAM, SAM, VCF, BCF and tables of them into structs of yours, into models that hold all of a
//! record, or into Arrow record batches; [`writer`] writes such structs and models. The columns that a field
//! can be named after are those of `docs/schema.md`; `docs/serde.md` shows the whole in ten minutes.
//!
//! ```
//! #[derive(serde::Deserialize)]
//! struct Site {
//!     chrom: String,
//!     pos: u32,
//!     info_af: Vec<f32>,
//! }
//!
//! let mut common = 0;
//! for site in bioserde::open("../../tests/data/calls.vcf.gz")?.region("chr1:1-1000000")?.deserialize::<Site>()? {
//!     let site = site?;
//!     assert_eq!((site.chrom.as_str(), site.pos > 0), ("chr1", true));
//!     common += usize::from(site.info_af.iter().any(|af| *af > 0.05));
//! }
//! assert!(common > 0);
//! # Ok::<(), bioserde::Error>(())
//! ```

#![forbid(unsafe_code)]

mod de;
mod error;
mod read;
pub mod sam;
mod ser;
pub mod vcf;
mod write;

pub use arrow_array::RecordBatch;
pub use arrow_schema::{DataType, SchemaRef};
pub use bioserde_convert::Summary;
pub use bioserde_core::{Family, Header};
pub use bioserde_crypt4gh::{Keyring, PublicKey};
pub use bioserde_model::{
    Alignment, Cigar, Genotype, InfoField, Operation, OperationKind, Position, Tag, TagValue, Value, Variant,
};
pub use bioserde_read::Model;
pub use bioserde_schema::alignments::TagKind;
pub use bioserde_schema::variants::Genotypes;
pub use bioserde_write::WriteIndex;
pub use de::{Rows, rows};
pub use error::{Error, Fault, Result};
pub use read::{Alignments, Batches, Deserialized, OpenOptions, Reader, Records, Variants};
pub use write::{AlignmentWriter, RowWriter, VariantWriter, Writer};

/// Opens a file, or standard input for `-`; see [`OpenOptions`] for what it may take besides.
///
/// # Errors
///
/// As [`OpenOptions::open`].
pub fn open(path: &str) -> Result<Reader> {
    OpenOptions::new().open(path)
}

/// Prepares an output at a path, or on standard output for `-`. Its format is the one that the path's ending
/// names, unless [`Writer::format`] names another.
pub fn writer(path: &str) -> Writer {
    Writer::new(path)
}

/// The page whose examples are tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/serde.md")]
struct SerdeInTenMinutes;
