use std::path::{Path, PathBuf};
use std::sync::Arc;

use bioserde_crypt4gh::Keyring;
use bioserde_read::{ErrorKind, Input, Options};
use bioserde_storage::Source;
use bioserde_table::TableReader;

use super::Reader;
use super::reader::Content;
use crate::Result;

/// What it takes besides a file to open it.
///
/// ```
/// let reader = bioserde::OpenOptions::new().allow_truncated().open("../../tests/data/reads.bam")?;
/// assert_eq!(reader.format(), "bam");
/// # Ok::<(), bioserde::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    options: Options,
    index: Option<PathBuf>,
}

impl OpenOptions {
    /// Nothing besides the file.
    pub fn new() -> Self {
        Self::default()
    }

    /// The index, where it does not lie beside the file: BAI, CSI or TBI.
    #[must_use]
    pub fn index(mut self, path: impl AsRef<Path>) -> Self {
        self.index = Some(path.as_ref().to_owned());
        self
    }

    /// The reference sequences of a CRAM: a FASTA file with its FAI beside it.
    #[must_use]
    pub fn reference(mut self, path: impl AsRef<Path>) -> Self {
        self.options.opening.reference = Some(path.as_ref().to_owned());
        self
    }

    /// A file whose header a table has that does not tell its own; then its rows are read as records.
    #[must_use]
    pub fn header_from(mut self, path: impl AsRef<Path>) -> Self {
        self.options.opening.header_from = Some(path.as_ref().to_owned());
        self
    }

    /// The secret keys that an encrypted file (Crypt4GH) is opened with.
    #[must_use]
    pub fn keys(mut self, keys: Keyring) -> Self {
        self.options.keys = keys;
        self
    }

    /// Takes a file that ends too early as far as it goes.
    #[must_use]
    pub fn allow_truncated(mut self) -> Self {
        self.options.allow_truncated = true;
        self
    }

    /// Opens a file, or standard input for `-`, and reads its header.
    ///
    /// A table (Parquet, Arrow, SQLite, JSON Lines) whose header is told, by itself or by
    /// [`Self::header_from`], is read as the records that it holds: their columns are those of
    /// `docs/schema.md`. Any other table is read as it stands, and has rows and no records.
    ///
    /// # Errors
    ///
    /// The file cannot be read, its format is not known, its header is faulty, or it is truncated.
    pub fn open(self, path: &str) -> Result<Reader> {
        match Input::open_with(path, self.index.as_deref(), &self.options) {
            Ok(input) => Ok(Reader::new(path, Content::Records(Box::new(input)), self.options)),
            Err(e) if path != "-" && matches!(e.kind(), ErrorKind::NoHeader) => {
                let source = Source::open(path).map_err(bioserde_table::Error::from)?;
                let source = source.decrypted(&self.options.keys, self.options.allow_truncated);
                let source = Arc::new(source.map_err(bioserde_table::Error::from)?);
                let table = TableReader::open(&source)?;
                Ok(Reader::new(path, Content::Rows(Box::new(table)), self.options))
            }
            Err(e) => Err(e.into()),
        }
    }
}
