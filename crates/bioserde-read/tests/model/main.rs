//! The column path and the model path agree on every field of random records.
//!
//! `PROPTEST_CASES` sets the number of random files of each property; 256 without it.

#![expect(clippy::print_stdout, reason = "a skipped test says so")]
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod alignments;
mod cell;
mod paths;
mod variants;
