//! The program against oracles: `samtools`, `bcftools`, the specifications' own test files, and damage.
//!
//! The corpus lies where `BIOSERDE_CORPUS` says, else in `../shared/corpus` beside the checkout. A test
//! whose corpus or oracle is not there prints `skipped: ...` and passes; with `BIOSERDE_REQUIRE_ORACLES=1`
//! it fails instead, when a tool is missing or a corpus was named.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

mod alignments_oracle;
mod annotations;
mod contract;
mod cram_exact;
mod cram_records;
mod cram_slices;
mod crypt4gh;
mod damaged_tables;
mod determinism;
mod edited_tables;
mod failed_table;
mod fixtures;
mod floats;
mod foreign_index;
mod header_conformance;
mod htsget_client;
mod htsget_cram;
mod htsget_slices;
mod index;
mod layers;
mod matrix;
mod naive_filter;
mod noodles_client;
mod oracle;
mod program;
mod record_conformance;
mod records_out;
mod regions;
mod rewrite;
mod roundtrip;
mod sam_line;
mod server;
mod slices;
mod table;
mod tables_in;
mod truncation;
mod variants_oracle;
mod vcf_line;
