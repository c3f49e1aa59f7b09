//! Inputs that hold their records otherwise than as a stream of bytes: the containers of CRAM, the rows of a
//! table. They unpack to the stream of another format, and from there on take its way.

pub(crate) mod cram;
pub(crate) mod table;

use std::fmt::Debug;
use std::ops::Range;
use std::path::Path;

use bioserde_core::FormatSpec;
use bioserde_resolve::Want;

use crate::error::Result;
use crate::filter::Share;

/// An opened input that has to be unpacked.
pub(crate) trait Packing: Debug + Send + Sync {
    /// What it is, for people: `CRAM 3.0`, `Parquet`.
    fn describe(&self) -> String;

    /// Its own format; nothing for a table, whose records are those of the format that it unpacks to.
    fn spec(&self) -> Option<&'static FormatSpec> {
        None
    }

    /// The header as the format that it unpacks to has it.
    fn header_bytes(&self) -> &[u8];

    /// What the user should know and what is no error.
    fn notices(&self) -> &[String] {
        &[]
    }

    /// What was odd in the parts that were unpacked so far, and how often.
    fn oddities(&self) -> Vec<(&'static str, u64)> {
        Vec::new()
    }

    /// Whether it shows at once, without being read, that it has its end.
    fn shows_its_end(&self) -> bool {
        false
    }

    /// Refuses what shows that it ends too early.
    fn check_end(&self) -> Result<()> {
        Ok(())
    }

    /// Reads the index at a path, or else the one beside the input, for [`Packing::parts`].
    fn find_index(&self, _path: Option<&Path>, _notices: &mut Vec<String>) -> Result<()> {
        Ok(())
    }

    /// Whether an index was found.
    fn has_index(&self) -> bool {
        false
    }

    /// Divides regions by an index, as [`Dataset::divide`](crate::Dataset::divide) says.
    fn divide(&self, _regions: &[Want], _bytes: u64, _limit: usize) -> Option<Vec<Share>> {
        None
    }

    /// Where all of it can be cut into pieces of about so many bytes, in bytes of the source.
    fn cuts(&self, _bytes: u64) -> Result<Option<Vec<Range<u64>>>> {
        Ok(None)
    }

    /// Begins to unpack the parts in a range of [`Packing::cuts`].
    fn parts_in(&self, _range: Range<u64>) -> Result<Option<Box<dyn Parts>>> {
        Ok(None)
    }

    /// Begins to unpack: all parts, or at least those with records that are wanted.
    fn parts(&self, wants: Option<&[Want]>) -> Result<Box<dyn Parts>>;
}

/// The parts of an input, in order.
pub(crate) trait Parts: Send {
    /// The next part. Called on one thread, so that it should do no more than must be done in order.
    fn next_part(&mut self) -> Result<Option<Box<dyn Packed>>>;
}

/// A part of an input, which any thread can unpack.
pub(crate) trait Packed: Debug + Send {
    /// How many bytes of the source it takes, for the progress.
    fn source_bytes(&self) -> u64;

    /// Its records, as the format that it unpacks to has them.
    fn unpack(self: Box<Self>) -> Result<Vec<u8>>;
}
