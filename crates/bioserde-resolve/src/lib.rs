//! From a path to a format, an index and a slice plan; and from sorted records to an index.
//!
//! [`detect`] recognises a source by its content, [`find_index`] and [`Index::read`] find and load
//! what says where its records lie, and [`Index::plan`] turns wanted regions into the parts of the
//! file to read. [`Crai`] does the same for CRAM, in containers. [`IndexBuilder`] and [`gzi`] write such
//! files. [`Locations`] leads from the ids of a server to paths.

#![forbid(unsafe_code)]

mod binning;
mod build;
mod crai;
mod detect;
mod error;
mod gzi;
mod index;
mod locate;
mod locations;
mod plan;

pub use build::{BuildError, IndexBuilder, IndexRecord};
pub use crai::{ContainerPlace, Crai};
pub use detect::{Detected, Foreign, detect};
pub use error::{Error, Result};
pub use gzi::gzi;
pub use index::{Index, IndexKind, InvalidIndex, RecordCounts};
pub use locate::{find_index, is_stale};
pub use locations::{InvalidLocation, Listed, Listing, Location, Locations, Object};
pub use plan::{Piece, SlicePlan, Want};
