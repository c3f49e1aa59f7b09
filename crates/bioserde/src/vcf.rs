//! Variants as VCF text, one line at a time (VCF 4.3 §1.6).
//!
//! ```
//! let header = bioserde::vcf::Header::parse(
//!     b"##fileformat=VCFv4.3\n##INFO=<ID=DP,Number=1,Type=Integer,Description=\"Depth\">\n\
//!       #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n",
//! )?;
//! let line = "chr1\t7\trs1\tA\tC,G\t29\tPASS\tDP=12";
//! let variant = bioserde::vcf::from_str(line, &header)?;
//! assert_eq!(variant.info[0].value, bioserde::Value::Integer(12));
//! assert_eq!(bioserde::vcf::to_string(&variant)?, line);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::io::{self, Write};

pub use bioserde_core::vcf::{Header, ParseHeaderError};
pub use bioserde_model::vcf::{append, to_string};
pub use bioserde_model::{EncodeError, VcfHeader};
pub use bioserde_read::{RecordFault, VcfParser, parse_vcf as from_str};

use crate::Variant;

/// Writes the line of a variant, with its end.
///
/// # Errors
///
/// A value that VCF text cannot hold, as `InvalidData`, and what the writer says.
pub fn to_writer(variant: &Variant, mut writer: impl Write) -> io::Result<()> {
    let mut line = Vec::new();
    append(variant, &mut line).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
    line.push(b'\n');
    writer.write_all(&line)
}
