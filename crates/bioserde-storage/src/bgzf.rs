//! BGZF (SAMv1 §4.1): gzip members of at most 64 KiB, each of which tells its size.

mod block;
mod blocks;
mod compress;
mod group;
mod next;
mod single;

pub use block::{BlockError, EOF_MARKER, is_bgzf, is_gzip};
pub use blocks::{Blocks, WriteBlockError};
pub use compress::{BlockEncoder, Level, MAX_CONTENT, compress, compress_blocks};
pub use group::{Group, GroupError, GroupReader, Inflated};
pub use next::block_end;
pub use single::{Block, ReadBlockError, read_block};
