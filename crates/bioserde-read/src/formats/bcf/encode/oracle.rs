//! The encoder against bcftools.
