//! Variants: VCF text, well formed and odd, and generators.

mod arbitrary;
mod cases;
mod kept;
mod typical;

use crate::bgzf;

pub use arbitrary::arb_variant_line;
pub use cases::{case_header, cases};
pub use kept::kept;
pub use typical::{typical, typical_header};

/// A whole VCF file: a header that ends with the `#CHROM` line, and lines without their ends.
pub fn vcf_text<S: AsRef<str>>(header: &str, lines: &[S]) -> String {
    let mut out = header.to_owned();
    for line in lines {
        out.push_str(line.as_ref());
        out.push('\n');
    }
    out
}

/// The same, compressed into blocks of the inflated `sizes` (see [`bgzf::compress`]).
pub fn vcf_bgzf<S: AsRef<str>>(header: &str, lines: &[S], sizes: &[usize], marker: bool) -> Vec<u8> {
    bgzf::compress(vcf_text(header, lines).as_bytes(), sizes, marker)
}

/// The `#CHROM` line for `samples` samples, `FORMAT` only where there is one.
fn chrom_line(samples: usize) -> String {
    let mut line = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO".to_owned();
    if samples > 0 {
        line.push_str("\tFORMAT");
    }
    for i in 0..samples {
        line.push_str(&format!("\tS{i:03}"));
    }
    line.push('\n');
    line
}
