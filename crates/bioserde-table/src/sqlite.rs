//! SQLite: the rows of `reads` or `variants`, by one connection that only reads.

mod columns;
mod query;
mod rows;
mod table;

use std::sync::Arc;

use arrow_schema::Schema;
use bioserde_storage::Source;
use rusqlite::{Connection, OpenFlags};

use self::query::Query;
use self::rows::Filling;
pub(crate) use self::rows::Rows;
use self::table::Table;
use crate::error::{Found, Place};
use crate::part::Content;
use crate::reader::{Opened, Parts};
use crate::types::Types;
use crate::{Error, Result, TableFormat};

/// A database may be of another's making: its views call no functions that do harm, its cells are
/// checked. One transaction, so that all rows are of one state.
const BEFORE_READING: &str =
    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON; BEGIN;";

pub(crate) fn open(source: &Arc<Source>, columns: Option<&Schema>) -> Result<Opened> {
    let path: Arc<str> = source.name().into();
    let file = source
        .path()
        .ok_or_else(|| Error::NeedsFile { path: path.to_string(), format: TableFormat::Sqlite })?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)
        .and_then(|connection| connection.execute_batch(BEFORE_READING).map(|()| connection))
        .map_err(failed(&path, "open the file"))?;
    let table = Table::find(&connection, &path)?;
    let types = columns::types(&connection, &table, columns, &path)?;
    let max_key = table.max_key(&connection).map_err(failed(&path, "read the tables"))?;
    let query = Query::new(&table, types.schema.fields().iter().map(|f| f.name().as_str()));
    Ok(Opened {
        metadata: table.metadata.clone(),
        rows: None,
        types: types.clone(),
        parts: Box::new(SqliteParts {
            connection,
            table,
            query,
            types: Arc::new(types),
            next: Next::default(),
            size: source.size().unwrap_or_default(),
            max_key,
        }),
    })
}

pub(crate) fn failed(path: &Arc<str>, action: &'static str) -> impl FnOnce(rusqlite::Error) -> Error {
    let path = Arc::clone(path);
    move |source| Error::Malformed { path, format: TableFormat::Sqlite, action, source: Box::new(source) }
}

#[derive(Debug)]
struct SqliteParts {
    connection: Connection,
    table: Table,
    query: Query,
    types: Arc<Types>,
    next: Next,
    size: u64,
    max_key: Option<i64>,
}

/// Where reading goes on.
#[derive(Clone, Copy, Debug)]
struct Next {
    /// No row that is still to be read has a lower key; nothing when none can have a higher one.
    key: Option<i64>,
}

impl Default for Next {
    fn default() -> Self {
        Self { key: Some(i64::MIN) }
    }
}

impl Next {
    /// Goes past a row. Only in a damaged database do keys not ascend: then rows would come again.
    fn pass(&mut self, key: i64) -> std::result::Result<(), Found> {
        if self.key.is_none_or(|lowest| key < lowest) {
            return Err(Found(format!("the keys of its rows do not ascend: {key} comes late")));
        }
        self.key = key.checked_add(1);
        Ok(())
    }
}

impl Parts for SqliteParts {
    fn project(&mut self, _: &[usize], types: Types) -> Result<()> {
        self.query = Query::new(&self.table, types.schema.fields().iter().map(|f| f.name().as_str()));
        self.types = Arc::new(types);
        Ok(())
    }

    fn next(&mut self, first_row: u64) -> Result<Option<Content>> {
        let path = &self.types.path;
        let mut filling = Filling::new(&self.types)?;
        let malformed = |e| failed(path, "read the rows")(e);
        if let Some(copy) = self.query.copy.take() {
            self.connection.execute_batch(&copy).map_err(malformed)?;
        }
        let mut select = self.connection.prepare_cached(&self.query.sql).map_err(malformed)?;
        let Some(start) = self.next.key else { return Ok(None) };
        let mut rows = select.query([start]).map_err(malformed)?;
        while !filling.is_full() {
            let Some(row) = rows.next().map_err(malformed)? else { break };
            let key = row.get::<_, i64>(0).map_err(malformed)?;
            let number = first_row + filling.len() + 1;
            filling.push(row, &self.types).map_err(|(column, source)| {
                let field = self.types.schema.fields().get(column);
                Error::Value {
                    path: Arc::clone(path),
                    place: Place::Row(number),
                    column: field.map(|f| f.name().clone()).unwrap_or_default(),
                    expected: field.map_or(arrow_schema::DataType::Null, |f| f.data_type().clone()),
                    source,
                }
            })?;
            self.next.pass(key).map_err(|source| Error::Malformed {
                path: Arc::clone(path),
                format: TableFormat::Sqlite,
                action: "read the rows",
                source: source.into(),
            })?;
        }
        Ok((filling.len() > 0).then(|| Content::Rows(filling.finish(Arc::clone(&self.types)))))
    }

    fn position(&self) -> u64 {
        let read = self.next.key.unwrap_or(i64::MAX).saturating_sub(1);
        let read = u64::try_from(read).unwrap_or_default();
        match self.max_key.and_then(|max| u64::try_from(max).ok()).filter(|max| *max > 0) {
            Some(max) => u64::try_from(u128::from(self.size) * u128::from(read.min(max)) / u128::from(max))
                .unwrap_or(self.size),
            None => 0,
        }
    }
}
