//! Bytes to records to record batches: one folder a format, one batch loop.
//!
//! The way of the bytes: [`Chunks`] leave the source in order; each [`Chunk`] is inflated on any thread;
//! the [`Framer`] cuts what comes out into [`Segment`]s of whole records, in order; a [`Filter`] drops
//! those outside the regions, on any thread; the [`Assembler`] collects the rest into [`Unit`]s, in
//! order; the [`Decoder`] makes the record batches of a unit, on any thread. What must be done in
//! order is cheap; who runs the rest is the caller's business.
//!
//! Beside this stands [`CramDataset`], which cuts slices from CRAM files.

#![forbid(unsafe_code)]

mod batches;
mod chunks;
mod columns;
mod cram;
mod dataset;
mod error;
mod filter;
mod formats;
mod input;
mod lines;
mod model;
mod packed;
mod record_batches;
mod registry;
mod restore;
mod rewrite;
mod sample;
mod segments;
mod slice;
mod transcode;
mod unit;
mod verify;

pub use batches::{Batches, Decoder, Tally};
pub use bioserde_core::{Header, Location};
pub use bioserde_resolve::{Piece, Want};
pub use bioserde_storage::bgzf::Inflated;
pub use chunks::{Chunk, Chunks, Next, Progress};
pub use cram::{CRAM, ContainerStarts, CramDataset, CramFault, Reference, ReferenceFault};
pub use dataset::Dataset;
pub use error::{Error, ErrorKind, Place, Result};
pub use filter::{Filter, Located, Locator, Share};
pub use input::{Bed, Input, Opening, Options, Table};
pub use model::{BamParser, Model, RecordFault, Records, SamParser, VcfParser, parse_sam, parse_vcf};
pub use packed::table::header_bytes;
pub use record_batches::RecordBatches;
pub use registry::specs;
pub use rewrite::{Field, Fields, Keep, Names, Rewritten};
pub use slice::{Part, Slice};
pub use transcode::{RecordBlocks, RecordDecoder, Transcoding};
pub use unit::{Assembler, Framer, Segment, Unit};
