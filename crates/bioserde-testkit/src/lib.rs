//! Fixtures, generators and oracles for bioserde's own tests.
//!
//! Every generator is a pure function of its arguments: the same bytes at every run. The writers follow
//! the specifications and share no code with the program, so that the two can be compared.
#![forbid(unsafe_code)]
#![expect(clippy::expect_used, reason = "fixtures are made from constants: a fault here is a failed test")]

pub mod alignments;
pub mod bgzf;
pub mod damage;
pub mod fixtures;
mod lines;
mod random;
mod samples;
pub mod variants;

pub use lines::{Difference, compare_lines};
pub use random::Random;
pub use samples::samples;
