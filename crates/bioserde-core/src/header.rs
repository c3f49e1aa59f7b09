pub mod sam;
pub mod vcf;
