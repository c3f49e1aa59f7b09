use std::path::PathBuf;

use bioserde_crypt4gh::Keyring;
use bioserde_schema::alignments::TagColumn;
use bioserde_schema::variants::Genotypes;

/// What is wanted of an input.
#[derive(Clone, Debug)]
pub struct Options {
    /// As [`bioserde_core::Region::parse`] reads them; everything when empty and there is no BED text.
    pub regions: Vec<String>,
    /// A BED file, whose intervals are wanted besides.
    pub bed: Option<Bed>,
    /// Columns to keep, in order; all when absent.
    pub columns: Option<Vec<String>>,
    /// Tags that get a column besides those found.
    pub tags: Vec<TagColumn>,
    /// How genotypes become columns.
    pub genotypes: Genotypes,
    /// `INFO` keys that get a column; all when absent.
    pub info: Option<Vec<String>>,
    /// `FORMAT` keys that get a column; all when absent.
    pub format_keys: Option<Vec<String>>,
    /// Samples to keep, in order; all when absent.
    pub samples: Option<Vec<String>>,
    /// Whether the sub-fields of annotations get columns besides, by [`bioserde_schema::annotations`].
    pub split_annotations: bool,
    /// What it takes besides the file to read its records.
    pub opening: Opening,
    /// Makes each record again of its row, and keeps it as `residual` where that is not the record.
    pub verify: bool,
    /// What encrypted files are opened with.
    pub keys: Keyring,
    /// Takes a file that ends too early as far as it goes.
    pub allow_truncated: bool,
    /// Records in a batch, at most.
    pub batch_records: usize,
    /// Rows in a unit, at most.
    pub unit_rows: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            regions: Vec::new(),
            bed: None,
            columns: None,
            tags: Vec::new(),
            genotypes: Genotypes::Nested,
            info: None,
            format_keys: None,
            samples: None,
            split_annotations: false,
            opening: Opening::default(),
            verify: true,
            keys: Keyring::default(),
            allow_truncated: false,
            batch_records: 8192,
            unit_rows: 122_880,
        }
    }
}

/// What it may take besides a file to read its records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// The reference sequences of a CRAM: a FASTA file with its FAI beside it.
    pub reference: Option<PathBuf>,
    /// A file whose header a table has that does not tell its own.
    pub header_from: Option<PathBuf>,
    /// Nothing but the header is wanted: no record of a CRAM or of a table is looked at.
    pub header_only: bool,
}

/// The text of a BED file, and its path for messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bed {
    /// As the user gave it.
    pub path: String,
    /// What it holds.
    pub text: String,
}
