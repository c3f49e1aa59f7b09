//! CRAM (CRAMv3) as far as its containers: enough to cut whole ones out of a file, and to decode and encode
//! those at the edges of regions. All records are read by [`Input`](crate::Input).

mod dataset;
mod divide;
mod edges;
mod exact;
mod slice;
mod starts;
#[cfg(test)]
mod tests;

use bioserde_core::{Family, FormatSpec};

pub use bioserde_cram::{CramFault, Reference, ReferenceFault};
pub use dataset::CramDataset;
pub use starts::ContainerStarts;

/// CRAM: its name, magic and file name endings. It is none of [`specs`](crate::specs): its records are read
/// as those of BAM, and [`CramDataset`] cuts slices from it.
pub static CRAM: FormatSpec = FormatSpec {
    name: "cram",
    family: Family::Alignments,
    magic: b"CRAM",
    suffixes: &[".cram"],
    index_suffixes: &[".crai"],
};
