use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bioserde_core::Family;
use bioserde_schema::metadata;
use bioserde_schema::sql::{ROW, identifier};
use rusqlite::Connection;

use super::failed;
use crate::reader::own_metadata;
use crate::{Error, Result};

/// The table or view of a database that has the rows.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) columns: Vec<String>,
    pub(super) form: Form,
}

/// How the rows lie.
#[derive(Debug)]
pub(super) enum Form {
    /// As bioserde lays them: these columns are in the core table, the others in that of the sequences.
    Core { core: BTreeSet<String>, has_sequence: bool },
    /// A table with the key `rowid`.
    Keyed,
    /// A view, or a table without such a key: in the order in which SQLite gives them.
    Plain,
}

impl Table {
    pub(super) fn find(connection: &Connection, path: &Arc<str>) -> Result<Self> {
        let all = tables(connection).map_err(failed(path, "read the tables"))?;
        let metadata = if all.contains_key("bioserde_meta") {
            let read = pairs(connection, "SELECT key, coalesce(value, '') FROM bioserde_meta");
            own_metadata(read.map_err(failed(path, "read the metadata"))?.into_iter())
        } else {
            BTreeMap::new()
        };
        let names = [Family::Alignments, Family::Variants].map(Family::name);
        let told = metadata.get(metadata::TABLE);
        let known = names.into_iter().filter(|name| all.contains_key(*name));
        let mut found: Vec<&'static str> = known.collect();
        if let Some(told) = told
            && found.contains(&told.as_str())
        {
            found.retain(|name| name == told);
        }
        let [name] = found.as_slice() else {
            let tables = all.into_keys().collect::<Vec<_>>().join(", ");
            let tables = if tables.is_empty() { "no tables".to_owned() } else { tables };
            return Err(Error::NoTable { path: Arc::clone(path), tables });
        };
        let read = |name: &str| columns(connection, name).map_err(failed(path, "read the columns"));
        let mut columns = read(name)?;
        let form = form(connection, name, &all, &columns).map_err(failed(path, "read the columns"))?;
        columns.retain(|column| column != ROW);
        Ok(Self { name, metadata, columns, form })
    }

    /// The highest key, where there are keys.
    pub(super) fn max_key(&self, connection: &Connection) -> rusqlite::Result<Option<i64>> {
        let sql = match &self.form {
            Form::Core { .. } => format!("SELECT max({ROW}) FROM {}_core", self.name),
            Form::Keyed => format!("SELECT max(rowid) FROM {}", self.name),
            Form::Plain => return Ok(None),
        };
        connection.query_row(&sql, [], |row| row.get(0))
    }
}

/// The tables and views, and the SQL of views.
fn tables(connection: &Connection) -> rusqlite::Result<BTreeMap<String, Option<String>>> {
    let sql = "SELECT name, iif(type = 'view', sql, NULL) FROM sqlite_schema WHERE type IN ('table', 'view')";
    let mut select = connection.prepare(sql)?;
    select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn pairs(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<(String, String)>> {
    let mut select = connection.prepare(sql)?;
    select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let select = connection.prepare(&format!("SELECT * FROM {}", identifier(table)))?;
    Ok(select.column_names().map(str::to_owned).collect())
}

fn form(
    connection: &Connection,
    name: &str,
    all: &BTreeMap<String, Option<String>>,
    wanted: &[String],
) -> rusqlite::Result<Form> {
    let (core, sequence) = (format!("{name}_core"), format!("{name}_seq"));
    match all.get(name) {
        // The view as bioserde makes it: every row of the core table, and nothing else.
        Some(Some(sql)) if sql.trim_end().ends_with(&format!("FROM {core} AS r")) => {
            let in_core: BTreeSet<String> = columns(connection, &core)?.into_iter().collect();
            let has_sequence = all.contains_key(&sequence);
            let in_sequence = if has_sequence { columns(connection, &sequence)? } else { Vec::new() };
            let is_there = |column: &String| in_core.contains(column) || in_sequence.contains(column);
            if is_key(connection, &core)? && wanted.iter().all(is_there) {
                return Ok(Form::Core { core: in_core, has_sequence });
            }
            Ok(Form::Plain)
        }
        Some(Some(_)) | None => Ok(Form::Plain),
        Some(None) => {
            let has_rowid = connection.prepare(&format!("SELECT rowid FROM {name}")).is_ok();
            let is_hidden = wanted.iter().any(|column| column.eq_ignore_ascii_case("rowid"));
            Ok(if has_rowid && !is_hidden { Form::Keyed } else { Form::Plain })
        }
    }
}

/// Whether a table's key is the one that bioserde gives it. In a table that was made again by a query it may be
/// a column like others, with a value twice or null.
fn is_key(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM pragma_table_info(?1) WHERE name = ?2 AND pk = 1 AND type = 'INTEGER'";
    connection.query_row(sql, [table, ROW], |row| Ok(row.get::<_, i64>(0)? == 1))
}
