//! The serde forms of the models, in formats of every kind.

mod arbitrary;
mod bits;
mod formats;
mod round_trips;
