//! Files in: opened, limited to regions and columns, and read as structs, models or record batches.

mod batches;
mod deserialized;
mod options;
mod reader;
mod records;

pub use batches::Batches;
pub use deserialized::Deserialized;
pub use options::OpenOptions;
pub use reader::Reader;
pub use records::{Alignments, Records, Variants};
