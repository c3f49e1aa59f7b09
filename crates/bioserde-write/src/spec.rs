use std::path::PathBuf;

use crate::{Error, Result};

/// How an output format is named and recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SinkSpec {
    /// The lower-case name used on the command line.
    pub name: &'static str,
    /// File name endings, with the dot, the usual one first. Empty for one that is chosen by name only.
    pub suffixes: &'static [&'static str],
    /// Whether it can be written to a pipe.
    pub streams: bool,
    /// The names of its compressions, the default first. Empty where there is no choice.
    pub compressions: &'static [&'static str],
    /// The endings of the indexes that can be written beside it, the usual one first. Empty where it can
    /// have none.
    pub index_suffixes: &'static [&'static str],
    /// One sentence for people.
    pub summary: &'static str,
}

impl SinkSpec {
    /// For formats without a choice of compression and without an index.
    pub(crate) fn refuse_options(&self, options: &SinkOptions) -> Result<()> {
        self.refuse_index(options)?;
        self.refuse_compression(options)
    }

    /// For formats without a choice of compression.
    pub(crate) fn refuse_compression(&self, options: &SinkOptions) -> Result<()> {
        match &options.compression {
            Some(given) => Err(Error::NoCompression { format: self.name, given: given.clone() }),
            None => Ok(()),
        }
    }

    /// For formats without an index.
    pub(crate) fn refuse_index(&self, options: &SinkOptions) -> Result<()> {
        match options.index {
            WriteIndex::Usual | WriteIndex::Csi => Err(Error::NoIndex { format: self.name }),
            WriteIndex::No => Ok(()),
        }
    }
}

/// What a user may choose about an output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SinkOptions {
    /// One of [`SinkSpec::compressions`], as `name` or `name:level`.
    pub compression: Option<String>,
    /// Whether an index is written beside it.
    pub index: WriteIndex,
    /// A FASTA file with its index beside it: the sequences that CRAM stores differences to. The other
    /// formats need none.
    pub reference: Option<PathBuf>,
}

/// Whether an index is written beside an output, under its name with one of
/// [`SinkSpec::index_suffixes`] after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WriteIndex {
    /// No.
    #[default]
    No,
    /// The usual one of the format; CSI where a reference sequence is declared to be longer than that
    /// can hold.
    Usual,
    /// CSI.
    Csi,
}
