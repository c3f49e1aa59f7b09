use bioserde_schema::sql::{ROW, identifier};

use super::table::{Form, Table};

/// Selects the key and some columns of the rows whose key is parameter 1 or higher, in order.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) sql: String,
    /// Makes the copy that is read, of rows without a key: to skip those that were read would take longer and
    /// longer, and nothing says that they come in the same order again.
    pub(super) copy: Option<String>,
}

/// Where rows without a key are copied to: a table of SQLite's temporary database.
const COPY: &str = "temp.bioserde_rows";

impl Query {
    pub(super) fn new<'a>(table: &Table, columns: impl Iterator<Item = &'a str>) -> Self {
        let name = table.name;
        match &table.form {
            Form::Core { core, has_sequence } => {
                let mut needs_sequence = false;
                let selected = columns.map(|column| {
                    let is_of_sequence = *has_sequence && !core.contains(column);
                    needs_sequence |= is_of_sequence;
                    format!(", {}.{}", if is_of_sequence { "s" } else { "r" }, identifier(column))
                });
                let selected: String = selected.collect();
                let mut from = format!("{name}_core AS r");
                if needs_sequence {
                    from.push_str(&format!(" LEFT JOIN {name}_seq AS s ON s.{ROW} = r.{ROW}"));
                }
                Self { sql: by_key(ROW, &selected, &from), copy: None }
            }
            Form::Keyed => {
                let selected: String = columns.map(|column| format!(", r.{}", identifier(column))).collect();
                Self { sql: by_key("rowid", &selected, &format!("{name} AS r")), copy: None }
            }
            Form::Plain => {
                // Names of our own: one of the columns may be called `rowid`.
                let (mut copied, mut selected) = (String::new(), String::new());
                for (i, column) in columns.enumerate() {
                    copied.push_str(&format!(", r.{} AS c{i}", identifier(column)));
                    selected.push_str(&format!(", r.c{i}"));
                }
                let copy = format!(
                    "PRAGMA query_only = OFF; CREATE TABLE {COPY} AS SELECT NULL AS c{copied} FROM {name} AS r; \
                     PRAGMA query_only = ON;"
                );
                Self { sql: by_key("rowid", &selected, &format!("{COPY} AS r")), copy: Some(copy) }
            }
        }
    }
}

fn by_key(key: &str, selected: &str, from: &str) -> String {
    format!("SELECT r.{key}{selected} FROM {from} WHERE r.{key} >= ?1 ORDER BY r.{key}")
}
