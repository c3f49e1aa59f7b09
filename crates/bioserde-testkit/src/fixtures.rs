//! The files under `tests/data`, which anyone can open without running anything.

use crate::{alignments, bgzf, variants};

/// Reads in `reads.bam` and `reads.sam`.
pub const READS: usize = 1300;
/// Records in `calls.vcf.gz`.
pub const CALLS: usize = 500;

/// The name and the bytes of every fixture.
pub fn all() -> Vec<(&'static str, Vec<u8>)> {
    let reads = alignments::typical(1, READS);
    let header = alignments::typical_header();
    let bam = bgzf::compress(&alignments::bam_bytes(&header, &reads), &[20_000], true);
    let sam = alignments::sam_text(&header, &reads).into_bytes();
    let calls = variants::typical(2, CALLS, 3);
    let vcf = variants::vcf_bgzf(&variants::typical_header(3), &calls, &[10_000], true);
    vec![("reads.bam", bam), ("reads.sam", sam), ("calls.vcf.gz", vcf)]
}
