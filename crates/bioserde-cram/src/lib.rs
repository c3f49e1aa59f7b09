//! CRAM (CRAMv3): its containers become BAM records, and BAM records become containers.
//!
//! A [`CramReader`] reads containers in order, or by their offsets; [`Container::decode`] makes BAM records
//! of one, on any thread. The codecs that compress blocks are those of noodles; what stands in the blocks
//! is read and written here, to and from the bytes of BAM. A [`Reference`] supplies the bases that records
//! do not have themselves.

#![forbid(unsafe_code)]

mod bits;
mod block;
mod bytes;
mod codec;
mod compression_header;
mod container_header;
mod decode;
mod definition;
mod encode;
mod encoding;
mod fault;
mod header;
mod header_block;
mod huffman;
mod input;
mod put;
mod reader;
mod reference;
mod series;
mod slice_header;

pub use container_header::ContainerHeader;
pub use definition::{MAX_EOF_LEN, Version};
pub use encode::{
    Changes, ContainerEncoder, EOF_CONTAINER, EncodedContainer, IndexLine, file_start, index_lines_to_crai,
    with_digests,
};
pub use fault::CramFault;
pub use header::{At, HeaderPart, read_header};
pub use reader::{Container, ContainerSource, CramReader, ReadOptions};
pub use reference::{Reference, ReferenceFault, ReferenceSequence};
