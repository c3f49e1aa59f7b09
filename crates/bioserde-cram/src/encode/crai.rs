use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::Span;

/// A line of a CRAI (CRAMv3 §11): where the records of a slice on one reference sequence are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexLine {
    /// 0-based; -1 for records without one.
    pub reference: i32,
    /// 1-based; 0 for records without a reference sequence.
    pub start: i32,
    /// In bases.
    pub span: i32,
    /// Of the container in the file, in bytes.
    pub container: u64,
    /// Where the slice starts after the header of the container, in bytes.
    pub slice: usize,
    /// Of the slice, in bytes.
    pub len: usize,
}

impl IndexLine {
    pub(super) fn new(span: &Span, container: u64, slice: usize, len: usize) -> Self {
        let Span { reference, first, last } = *span;
        let (start, span) = if reference < 0 { (0, 1) } else { (first, last - first + 1) };
        Self { reference, start, span, container, slice, len }
    }
}

/// The content of a CRAI file, compressed.
///
/// # Errors
///
/// Compression fails.
pub fn index_lines_to_crai(lines: &[IndexLine]) -> io::Result<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::new(6));
    for IndexLine { reference, start, span, container, slice, len } in lines {
        writeln!(gzip, "{reference}\t{start}\t{span}\t{container}\t{slice}\t{len}")?;
    }
    gzip.finish()
}
