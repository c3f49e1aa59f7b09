//! Tables as inputs: their rows are the records of the format that they were made of.

mod header;
mod part;
mod plan;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_schema::SchemaRef;
use bioserde_crypt4gh::SUFFIX;
use bioserde_resolve::Want;
use bioserde_schema::metadata;
use bioserde_schema::recognise::{Recognised, recognise};
use bioserde_storage::Source;
use bioserde_table::{TableFormat, TableReader};

use super::{Packing, Parts};
use crate::error::{Error, Result};
use crate::input::Opening;
use crate::registry::InputFormat;
use header::Origin;
pub use header::bytes as header_bytes;
use part::{LongParts, TableParts};
use plan::Plan;

/// A table that is an input.
#[derive(Debug)]
pub(crate) struct TablePacking {
    source: Arc<Source>,
    format: TableFormat,
    /// The columns, for formats that do not tell them.
    columns: SchemaRef,
    /// As it was opened to look at it: a stream cannot be opened again.
    reader: Mutex<Option<TableReader>>,
    header_bytes: Vec<u8>,
    plan: Arc<Plan>,
    notices: Vec<String>,
}

/// Whether a source is a table. What begins as JSON may be a ticket, which is not one.
pub(crate) fn is_table(source: &Source, opening: &Opening) -> Result<bool> {
    let head = source.peek(64).map_err(|e| Error::new(source.name(), e))?;
    if head.is_empty() && opening.header_from.is_some() {
        // JSON Lines of no rows, if the name says so: what came to nothing on its way is empty too.
        let is_named = |ending: &&str| source.name().trim_end_matches(SUFFIX).ends_with(*ending);
        return Ok([".jsonl", ".ndjson"].iter().any(is_named));
    }
    let is_ticket = head.trim_ascii_start().starts_with(b"{\"htsget\"");
    Ok(!is_ticket && TableFormat::detect(&head).is_some())
}

/// Enough of a line to tell whether each sample has its row.
const FIRST_LINE: usize = 256;

/// Whether the first row is one of a sample, which its second member names.
fn has_sample_rows(head: &[u8]) -> bool {
    memchr::memmem::find(head, b"\"sample\":\"").is_some()
}

impl TablePacking {
    /// Opens a table; gives the format of its records as well.
    pub(crate) fn open(source: &Arc<Source>, opening: &Opening) -> Result<(&'static dyn InputFormat, Self)> {
        let name = source.name();
        let failed = |e| Error::new(name, e);
        let head = source.peek(FIRST_LINE).map_err(|e| Error::new(name, e))?;
        let (mut reader, origin);
        let mut entries = BTreeMap::new();
        if matches!(TableFormat::detect(&head), None | Some(TableFormat::JsonLines)) {
            // JSON Lines tell neither types nor a header.
            origin = header::origin(name, &BTreeMap::new(), opening, source.keys())?;
            let table = origin.table(has_sample_rows(&head));
            reader = TableReader::open_with(source, &table.arrow()).map_err(failed)?;
            entries.insert(metadata::COLUMNS.to_owned(), metadata::columns(&table.columns));
        } else {
            reader = TableReader::open(source).map_err(failed)?;
            origin = header::origin(name, reader.metadata(), opening, source.keys())?;
            entries.clone_from(reader.metadata());
        }
        let Origin { format, header, header_bytes, .. } = origin;
        let columns = Arc::clone(reader.schema());
        let found = recognise(&columns, &entries, &header).map_err(|e| Error::new(name, e))?;
        let notices = notices(name, &reader, &found);
        let is_same = found.header == header;
        let header_bytes = if is_same { header_bytes } else { header::bytes(format.form(), &found.header) };
        let plan = Arc::new(Plan::new(name, format, &found)?);
        reader.project(&plan.columns()).map_err(|e| Error::new(name, e))?;
        let packing = Self {
            source: Arc::clone(source),
            format: reader.format(),
            columns,
            reader: Mutex::new(Some(reader)),
            header_bytes,
            plan,
            notices,
        };
        Ok((format, packing))
    }

    fn reader(&self) -> Result<TableReader> {
        let first = self.reader.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(reader) = first {
            return Ok(reader);
        }
        let failed = |e| Error::new(self.source.name(), e);
        let mut reader = TableReader::open_with(&self.source, &self.columns).map_err(failed)?;
        reader.project(&self.plan.columns()).map_err(failed)?;
        Ok(reader)
    }
}

fn notices(name: &str, reader: &TableReader, found: &Recognised) -> Vec<String> {
    let mut notices = Vec::new();
    if !found.unknown.is_empty() {
        let unknown = found.unknown.join(", ");
        notices.push(format!("{name}: these columns say nothing of a record and are left out: {unknown}"));
    }
    if !found.added.is_empty() {
        let added = found.added.join(" ");
        notices.push(format!("{name}: the header gets a line for each new key: {added}"));
    }
    if reader.metadata().get(metadata::COMPLETE).is_some_and(|c| c == "false") {
        notices.push(format!("{name}: the table was made of some columns; what they left out stays absent"));
    }
    notices
}

impl Packing for TablePacking {
    fn describe(&self) -> String {
        self.format.name().to_owned()
    }

    fn header_bytes(&self) -> &[u8] {
        &self.header_bytes
    }

    fn notices(&self) -> &[String] {
        &self.notices
    }

    fn oddities(&self) -> Vec<(&'static str, u64)> {
        let outdated = self.plan.outdated();
        if outdated == 0 {
            Vec::new()
        } else {
            vec![("records in residual that do not fit their changed rows", outdated)]
        }
    }

    fn parts(&self, _wants: Option<&[Want]>) -> Result<Box<dyn Parts>> {
        let parts = TableParts { reader: self.reader()?, plan: Arc::clone(&self.plan) };
        Ok(if self.plan.is_long { Box::new(LongParts::new(parts)) } else { Box::new(parts) })
    }
}
