//! Positions, regions, headers and format descriptions: the words that every bioserde crate shares.
//!
//! Nothing here reads a file, and nothing here knows Arrow.

#![forbid(unsafe_code)]

mod field;
mod format;
mod header;
mod nearest;
mod position;
mod records;
mod region;
mod virtual_position;

pub use field::Field;
pub use format::{Compression, Family, FormatSpec};
pub use header::{Header, sam, vcf};
pub use nearest::{DidYouMean, nearest};
pub use position::{Interval, Position};
pub use records::{Location, RecordForm, Records};
pub use region::{ParseRegionError, Region, parse_bed};
pub use virtual_position::VirtualPosition;
