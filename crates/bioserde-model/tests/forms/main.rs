//! The serde forms of the models, in formats of every kind.

#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod arbitrary;
mod bits;
mod formats;
mod round_trips;
mod schemas;
mod snapshots;
