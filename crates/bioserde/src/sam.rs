//! Alignments as SAM text, one line at a time (SAMv1 §1.4, §1.5).
//!
//! ```
//! let header = bioserde::sam::Header::parse(b"@SQ\tSN:chr1\tLN:99\n")?;
//! let line = "r1\t0\tchr1\t7\t60\t4M\t*\t0\t0\tACGT\t*\tNM:i:0";
//! let mut alignment = bioserde::sam::from_str(line, &header)?;
//! alignment.mapq = 3;
//! assert_eq!(bioserde::sam::to_string(&alignment)?, line.replace("\t60\t", "\t3\t"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::io::{self, Write};

pub use bioserde_core::sam::{Header, ParseHeaderError};
pub use bioserde_model::sam::{append, to_string};
pub use bioserde_model::{EncodeError, SamHeader};
pub use bioserde_read::{RecordFault, SamParser, parse_sam as from_str};

use crate::Alignment;

/// Writes the line of an alignment, with its end.
///
/// # Errors
///
/// A value that SAM text cannot hold, as `InvalidData`, and what the writer says.
pub fn to_writer(alignment: &Alignment, mut writer: impl Write) -> io::Result<()> {
    let mut line = Vec::new();
    append(alignment, &mut line).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
    line.push(b'\n');
    writer.write_all(&line)
}
