//! Models as records, lines and serde values, and back.

#![expect(clippy::print_stdout, reason = "a skipped test says so")]
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

// The model crate's own generators: it cannot have them from a crate that depends on it.
#[path = "../../../bioserde-model/tests/forms/arbitrary.rs"]
mod arbitrary;
#[path = "../../../bioserde-model/tests/forms/bits.rs"]
mod bits;
#[path = "../../../bioserde-model/tests/forms/formats.rs"]
mod formats;

mod alignments;
mod corpus;
mod variants;
