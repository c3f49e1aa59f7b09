use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use arrow_schema::{Schema, SchemaRef};
use bioserde_storage::Source;

use crate::part::Content;
use crate::types::Types;
use crate::{Error, Result, TableFormat, TablePart, arrow, json, parquet, sqlite};

/// So many rows are in a part, unless they are long.
pub(crate) const PART_ROWS: usize = 8192;
/// About so many bytes are in a part.
pub(crate) const PART_BYTES: usize = 3 << 20;

/// The parts of a table of one format.
pub(crate) trait Parts: fmt::Debug + Send {
    /// Leaves out all but the columns at `positions`, which ascend. Called before any part is asked for.
    fn project(&mut self, positions: &[usize], types: Types) -> Result<()>;

    /// The next rows; nothing at the end. `first_row` rows were read before.
    fn next(&mut self, first_row: u64) -> Result<Option<Content>>;

    /// How many bytes of the input have been read in all.
    fn position(&self) -> u64;
}

/// What a format tells when it is opened.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) types: Types,
    pub(crate) rows: Option<u64>,
    pub(crate) parts: Box<dyn Parts>,
}

/// A table that is read from its first row to its last.
#[derive(Debug)]
pub struct TableReader {
    format: TableFormat,
    opened: Opened,
    next_row: u64,
    position: u64,
    has_begun: bool,
    has_ended: bool,
}

impl TableReader {
    /// Opens a table of any format.
    ///
    /// JSON Lines do not tell their columns: those of the first rows count, and a later row with another
    /// member, or with a value of another type, is an error. [`Self::open_with`] is for those who know better.
    ///
    /// # Errors
    ///
    /// What is no table, a stream of a format that needs a file, and damage.
    pub fn open(source: &Arc<Source>) -> Result<Self> {
        Self::open_as(source, None)
    }

    /// Opens a table whose columns are known, for formats that do not tell them.
    ///
    /// They count in JSON Lines, and in databases without the table `bioserde_meta`. Parquet, Arrow and
    /// other databases have their own.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub fn open_with(source: &Arc<Source>, columns: &Schema) -> Result<Self> {
        Self::open_as(source, Some(columns))
    }

    fn open_as(source: &Arc<Source>, columns: Option<&Schema>) -> Result<Self> {
        let head = source.peek(TableFormat::MAGIC_LEN)?;
        let path = || source.name().to_owned();
        let format = TableFormat::detect(&head).ok_or_else(|| Error::Unrecognised { path: path() })?;
        if source.path().is_none() && !format.streams() {
            return Err(Error::NeedsFile { path: path(), format });
        }
        let opened = match format {
            TableFormat::Parquet => parquet::open(source),
            TableFormat::ArrowFile => arrow::open_file(source),
            TableFormat::ArrowStream => arrow::open_stream(source),
            TableFormat::Sqlite => sqlite::open(source, columns),
            TableFormat::JsonLines => json::open(source, columns),
        }?;
        Ok(Self { format, opened, next_row: 0, position: 0, has_begun: false, has_ended: false })
    }

    /// The format found.
    pub fn format(&self) -> TableFormat {
        self.format
    }

    /// The metadata whose keys begin with `bioserde.`; none when another program dropped them, or the
    /// format has no place for them.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.opened.metadata
    }

    /// The columns of the batches, in the table's order, each nullable and of a type that
    /// [`crate::canonical`] gives.
    pub fn schema(&self) -> &SchemaRef {
        &self.opened.types.schema
    }

    /// How many rows there are, where the format tells it without reading them.
    pub fn rows(&self) -> Option<u64> {
        self.opened.rows
    }

    /// Leaves out all columns but those named, in the table's order. Others are not read, where the format
    /// allows it.
    ///
    /// # Errors
    ///
    /// A name that the table does not have; a call after the first part.
    pub fn project(&mut self, names: &[&str]) -> Result<()> {
        let types = &self.opened.types;
        let path = || Arc::clone(&types.path);
        if self.has_begun {
            return Err(Error::ProjectedLate { path: path() });
        }
        let position = |name: &&str| {
            types.schema.index_of(name).map_err(|_| {
                let all = types.schema.fields().iter().map(|f| f.name().as_str());
                let nearest = bioserde_core::nearest(name, all).first().map(|s| (*s).to_owned());
                Error::NoColumn { path: path(), name: (*name).to_owned(), nearest }
            })
        };
        let positions: Vec<usize> =
            names.iter().map(position).collect::<Result<BTreeSet<_>>>()?.into_iter().collect();
        let types = types.project(&positions);
        self.opened.parts.project(&positions, types.clone())?;
        self.opened.types = types;
        Ok(())
    }

    /// The next rows, in the table's order; nothing at the end.
    ///
    /// # Errors
    ///
    /// Damage, and what the system refuses. Nothing is read after an error.
    pub fn next_part(&mut self) -> Result<Option<TablePart>> {
        self.has_begun = true;
        if self.has_ended {
            return Ok(None);
        }
        self.has_ended = true;
        let Some(content) = self.opened.parts.next(self.next_row)? else { return Ok(None) };
        self.has_ended = false;
        let position = self.opened.parts.position();
        let bytes_read = position.saturating_sub(self.position);
        let part = TablePart { first_row: self.next_row, bytes_read, content };
        self.position = position;
        self.next_row += part.content.rows();
        Ok(Some(part))
    }
}

/// The entries whose keys begin with `bioserde.`.
pub(crate) fn own_metadata(entries: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    entries.filter(|(key, _)| key.starts_with("bioserde.")).collect()
}
