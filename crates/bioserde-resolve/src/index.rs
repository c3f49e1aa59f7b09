mod load;
mod parse;
mod reference;

use std::path::Path;

use bioserde_core::VirtualPosition;
use bioserde_storage::Source;
use thiserror::Error;

use crate::binning::Binning;
use crate::{Error, Result};

pub(crate) use load::{inflation_limit, io_error};
pub(crate) use reference::{Bin, Reference};

/// The kinds of index file for BGZF-compressed data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IndexKind {
    /// SAMv1 §5.2: BAM, positions up to 2^29.
    Bai,
    /// CSIv1: any sorted format, any position.
    Csi,
    /// The tabix format: sorted text, positions up to 2^29.
    Tbi,
}

impl IndexKind {
    /// The last position (1-based) that an index of this kind as [`crate::IndexBuilder`] makes it can hold.
    pub fn limit(self) -> u64 {
        Binning::of(self).limit()
    }

    /// What the names of such files end with.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Bai => ".bai",
            Self::Csi => ".csi",
            Self::Tbi => ".tbi",
        }
    }
}

/// How many records an index counts on one reference sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordCounts {
    /// Records that are mapped there; all of them where the format knows no unmapped records.
    pub mapped: u64,
    /// Records that have a position there but are flagged unmapped.
    pub unmapped: u64,
}

/// An index in memory, the same for every kind.
#[derive(Debug)]
pub struct Index {
    name: String,
    kind: IndexKind,
    binning: Binning,
    reference_count: usize,
    /// Those with records, by ascending number.
    references: Vec<(usize, Reference)>,
    names: Option<Vec<String>>,
    unplaced_count: Option<u64>,
}

/// What is wrong with an index file. Offsets are those of its inflated bytes.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidIndex {
    /// The content is no BAI, CSI or TBI.
    #[error("it is no BAI, CSI or TBI file; it starts with `{start}`")]
    UnknownMagic {
        /// The first bytes, with escapes.
        start: String,
    },
    /// The file ends too early.
    #[error("it ends at byte {at}, inside {what}: it is truncated")]
    Truncated {
        /// Where it ends.
        at: usize,
        /// What is incomplete.
        what: &'static str,
    },
    /// A number of items needs more bytes than there are.
    #[error("byte {at}: it announces {count} {what}, more than its {left} remaining bytes can hold")]
    Count {
        /// Of the number.
        at: usize,
        /// What is counted.
        what: &'static str,
        /// The number.
        count: u32,
        /// Bytes after it.
        left: usize,
    },
    /// It inflates to far more than an index of its size would.
    #[error("it inflates to more than {limit} bytes")]
    TooLarge {
        /// What was allowed for its size.
        limit: u64,
    },
    /// The binning scheme of a CSI cannot be.
    #[error("its binning scheme (min_shift {min_shift}, depth {depth}) is out of range")]
    Binning {
        /// As in the file.
        min_shift: u32,
        /// As in the file.
        depth: u32,
    },
    /// A bin has a number beyond the scheme, or stands twice, or is a pseudo-bin of another form.
    #[error("byte {at}: bin {bin} of reference sequence {reference} (0-based) {what}")]
    Bin {
        /// After the bin's header.
        at: usize,
        /// The number of the bin.
        bin: u32,
        /// 0-based.
        reference: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A chunk ends before it starts.
    #[error("byte {at}: a chunk ends ({end}) before it starts ({start})")]
    Chunk {
        /// After the chunk.
        at: usize,
        /// Its start.
        start: VirtualPosition,
        /// Its end.
        end: VirtualPosition,
    },
    /// The names of the reference sequences are not as many as these, or not UTF-8.
    #[error("its names are not {count} NUL-terminated UTF-8 strings, one a reference sequence")]
    Names {
        /// The number of reference sequences.
        count: usize,
    },
    /// A line of a CRAI is not what its columns are.
    #[error("line {line} is not six numbers separated by tabs: `{text}`")]
    Columns {
        /// 1-based.
        line: usize,
        /// How it begins, with escapes.
        text: String,
    },
    /// A column of a CRAI is out of its range.
    #[error("line {line}: the {column} is `{value}`, not {wanted}")]
    Column {
        /// 1-based.
        line: usize,
        /// Its name in CRAMv3 §12.
        column: &'static str,
        /// As in the file.
        value: String,
        /// What it may be.
        wanted: &'static str,
    },
    /// A CRAI has more lines than any file has slices.
    #[error("it has more than {limit} lines")]
    TooManyLines {
        /// How many are read.
        limit: usize,
    },
    /// Bytes are left after the last item.
    #[error("byte {at}: {left} bytes follow its end")]
    Trailing {
        /// Where it should have ended.
        at: usize,
        /// How many follow.
        left: usize,
    },
}

impl Index {
    /// Reads a BAI, CSI or TBI file, whichever its content is.
    ///
    /// # Errors
    ///
    /// The file cannot be read or is malformed.
    pub fn read(path: &Path) -> Result<Self> {
        Self::read_source(&Source::open_path(path)?)
    }

    /// The same of a source that is open.
    ///
    /// # Errors
    ///
    /// As [`Index::read`].
    pub fn read_source(source: &Source) -> Result<Self> {
        Self::from_bytes(source.name(), &load::load(source)?)
    }

    /// Reads an index from its inflated bytes; `name` stands for the path in messages.
    pub(crate) fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self> {
        parse::parse(name, bytes).map_err(|source| Error::Index { path: name.to_owned(), source })
    }

    /// What kind of file it was.
    pub fn kind(&self) -> IndexKind {
        self.kind
    }

    /// The number of reference sequences, those without records included.
    pub fn reference_count(&self) -> usize {
        self.reference_count
    }

    /// The names of the reference sequences, which for TBI and for CSI of text files need not be those
    /// of the data's header, nor in its order. Nothing where the numbers are those of the header.
    pub fn names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    /// How many records a reference sequence (0-based) has, where the index counts them.
    pub fn counts(&self, reference: usize) -> Option<RecordCounts> {
        self.reference(reference)?.counts
    }

    /// How many records have no reference sequence, where the index counts them.
    pub fn unplaced_count(&self) -> Option<u64> {
        self.unplaced_count
    }

    /// Every place where a record is known to start, ascending: a sample spread over the file.
    pub fn record_starts(&self) -> Vec<VirtualPosition> {
        let mut starts: Vec<_> = self.references.iter().flat_map(|(_, r)| r.record_starts()).collect();
        starts.sort_unstable();
        starts.dedup();
        starts
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn binning(&self) -> Binning {
        self.binning
    }

    /// A reference sequence that has records.
    pub(crate) fn reference(&self, number: usize) -> Option<&Reference> {
        let at = self.references.binary_search_by_key(&number, |(n, _)| *n).ok()?;
        self.references.get(at).map(|(_, reference)| reference)
    }

    /// After the last record that has a reference sequence.
    pub(crate) fn placed_end(&self) -> Option<VirtualPosition> {
        self.references.iter().filter_map(|(_, reference)| reference.end()).max()
    }
}
