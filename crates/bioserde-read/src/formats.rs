//! One folder a format.

pub(crate) mod bam;
pub(crate) mod bcf;
pub(crate) mod sam;
pub(crate) mod vcf;
