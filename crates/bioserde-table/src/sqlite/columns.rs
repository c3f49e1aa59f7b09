use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Schema};
use bioserde_schema::metadata;
use bioserde_schema::sql::identifier;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde::Deserialize;
use serde::de::DeserializeSeed;

use super::failed;
use super::table::Table;
use crate::error::Cause;
use crate::json::Kind;
use crate::reader::PART_ROWS;
use crate::types::Types;
use crate::{Error, Result};

/// The types of a table's columns: those of its metadata, else those that were given, else those of its
/// first values.
pub(super) fn types(
    connection: &Connection,
    table: &Table,
    given: Option<&Schema>,
    path: &Arc<str>,
) -> Result<Types> {
    let told = told(table).map_err(|source| Error::Metadata {
        path: Arc::clone(path),
        key: metadata::COLUMNS,
        source,
    })?;
    let columns = table.columns.iter().map(|name| {
        let given = || given?.field_with_name(name).ok().map(|f| f.data_type().clone());
        let known = told.get(name).cloned().or_else(given);
        let data_type = match known {
            Some(data_type) => data_type,
            None => seen(connection, table, name).map_err(failed(path, "read the columns"))?,
        };
        Ok((name.as_str(), data_type))
    });
    Types::new(path, columns.collect::<Result<Vec<_>>>()?.into_iter())
}

#[derive(Deserialize)]
struct Told {
    name: String,
    #[serde(rename = "type")]
    data_type: String,
}

fn told(table: &Table) -> std::result::Result<HashMap<String, DataType>, Cause> {
    let Some(text) = table.metadata.get(metadata::COLUMNS) else { return Ok(HashMap::new()) };
    let told: Vec<Told> = serde_json::from_str(text)?;
    told.into_iter().map(|column| Ok((column.name, column.data_type.parse()?))).collect()
}

/// The type that the first values of a column have.
fn seen(connection: &Connection, table: &Table, name: &str) -> rusqlite::Result<DataType> {
    let sql = format!("SELECT {} FROM {} LIMIT {PART_ROWS}", identifier(name), table.name);
    let mut select = connection.prepare(&sql)?;
    let mut rows = select.query([])?;
    let mut values = Seen::default();
    while let Some(row) = rows.next()? {
        values.take(row.get_ref(0)?);
    }
    if let Some(data_type) = values.data_type(name) {
        return Ok(data_type);
    }
    let sql = "SELECT type FROM pragma_table_info(?1) WHERE name = ?2";
    let declared: String = connection.query_row(sql, [table.name, name], |row| row.get(0))?;
    Ok(match declared.to_ascii_uppercase().as_str() {
        "INTEGER" | "INT" => DataType::Int64,
        "REAL" => DataType::Float64,
        "BLOB" => DataType::Binary,
        _ => DataType::Null,
    })
}

/// What the values of a column have been so far.
#[derive(Debug, Default)]
struct Seen {
    has_integers: bool,
    has_floats: bool,
    has_blobs: bool,
    has_nan: bool,
    has_text: bool,
    /// What the texts are as JSON; text that is none, or no list, makes them plain.
    lists: Option<Kind>,
    is_plain: bool,
}

impl Seen {
    fn take(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => {}
            ValueRef::Integer(_) => self.has_integers = true,
            ValueRef::Real(_) => self.has_floats = true,
            ValueRef::Blob(_) => self.has_blobs = true,
            ValueRef::Text(b"NaN") => self.has_nan = true,
            ValueRef::Text(text) => {
                self.has_text = true;
                let lists = self.lists.get_or_insert_default();
                let mut json = serde_json::Deserializer::from_slice(text);
                self.is_plain = self.is_plain
                    || !text.starts_with(b"[")
                    || lists.deserialize(&mut json).and_then(|()| json.end()).is_err();
            }
        }
    }

    fn data_type(&self, name: &str) -> Option<DataType> {
        let is_list = self.has_text && !self.is_plain && !self.has_nan;
        Some(match self {
            _ if is_list => self.lists.as_ref()?.data_type(name),
            _ if self.has_text => DataType::Utf8,
            _ if self.has_floats => DataType::Float64,
            _ if self.has_nan => {
                if self.has_integers {
                    DataType::Float64
                } else {
                    DataType::Utf8
                }
            }
            _ if self.has_integers => DataType::Int64,
            _ if self.has_blobs => DataType::Binary,
            _ => return None,
        })
    }
}
