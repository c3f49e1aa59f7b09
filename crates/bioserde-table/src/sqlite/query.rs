use bioserde_schema::sql::{ROW, identifier};

use super::table::{Form, Table};

/// Selects some columns of the rows from parameter 1 on, in order.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) sql: String,
    /// Whether parameter 1 is the lowest key, rather than how many rows come before. Column 0 is the key
    /// then, else null.
    pub(super) is_by_key: bool,
}

impl Query {
    pub(super) fn new<'a>(table: &Table, columns: impl Iterator<Item = &'a str>) -> Self {
        let name = table.name;
        let mut needs_sequence = false;
        let selected = columns.map(|column| {
            let quoted = identifier(column);
            match &table.form {
                Form::Core { core, has_sequence } if *has_sequence && !core.contains(column) => {
                    needs_sequence = true;
                    format!(", s.{quoted}")
                }
                _ => format!(", r.{quoted}"),
            }
        });
        let selected: String = selected.collect();
        let (from, key) = match &table.form {
            Form::Core { .. } if needs_sequence => {
                (format!("{name}_core AS r LEFT JOIN {name}_seq AS s ON s.{ROW} = r.{ROW}"), Some(ROW))
            }
            Form::Core { .. } => (format!("{name}_core AS r"), Some(ROW)),
            Form::Keyed => (format!("{name} AS r"), Some("rowid")),
            Form::Plain => (format!("{name} AS r"), None),
        };
        let sql = match key {
            Some(key) => {
                format!("SELECT r.{key}{selected} FROM {from} WHERE r.{key} >= ?1 ORDER BY r.{key}")
            }
            None => format!("SELECT NULL{selected} FROM {from} LIMIT -1 OFFSET ?1"),
        };
        Self { sql, is_by_key: key.is_some() }
    }
}
