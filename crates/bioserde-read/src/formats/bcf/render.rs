//! A BCF record as a VCF line.
