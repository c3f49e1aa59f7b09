use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use bioserde_core::Family;
use bioserde_core::vcf::Type;
use thiserror::Error;

use crate::alignments::TagKind;

/// Where a column's values come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A field that every record has, or something derived from several; in words.
    Record(&'static str),
    /// An optional field of an alignment (SAMv1 §1.5).
    Tag {
        /// The two letters, with their case.
        tag: [u8; 2],
        /// What the column holds.
        kind: TagKind,
    },
    /// An `INFO` key (VCF §1.6.1).
    Info {
        /// The position of the definition in the header's `INFO` list.
        index: usize,
        /// The key, with its case.
        key: String,
        /// `Number` and `Type` as the header has them.
        declared: String,
    },
    /// A `FORMAT` key (VCF §1.6.2).
    Format {
        /// The position of the definition in the header's `FORMAT` list.
        index: usize,
        /// The key, with its case.
        key: String,
        /// `Number` and `Type` as the header has them.
        declared: String,
    },
    /// A sub-field of an `INFO` key's annotations. The key's own column has it as well.
    Annotation {
        /// The position of the definition in the header's `INFO` list.
        index: usize,
        /// The key, with its case.
        key: String,
        /// The position of the sub-field in an entry.
        field: usize,
        /// The name of the sub-field, with its case.
        name: String,
        /// What the column's elements hold.
        kind: Type,
    },
}

impl Origin {
    /// The origin in words, for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Record(text) => (*text).to_owned(),
            Self::Tag { tag: [a, b], kind } => {
                format!("tag {}{} ({})", char::from(*a), char::from(*b), kind.name())
            }
            Self::Info { key, declared, .. } => format!("INFO {key} {declared}"),
            Self::Format { key, declared, .. } => format!("FORMAT {key} {declared}"),
            Self::Annotation { key, name, .. } => format!("sub-field `{name}` of INFO {key}"),
        }
    }
}

/// How a column is best stored where a format gives the choice. Measured: docs/decisions.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Physical {
    /// Integers that change little from row to row.
    Delta,
    /// Few distinct values.
    Dictionary,
    /// Mostly distinct values, worth statistics.
    Plain,
    /// Long values of which no statistics prune: bases, qualities, source records.
    Bulk,
}

/// A column: its name, its type, where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Lower case, `[a-z0-9_]`, unique in its table.
    pub name: String,
    /// Never unsigned, FixedSizeList or Null.
    pub data_type: DataType,
    /// Whether a record may lack it.
    pub nullable: bool,
    /// Where its values come from.
    pub origin: Origin,
    /// How it is best stored.
    pub physical: Physical,
}

/// A table: its columns, and what its metadata say.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSchema {
    /// What a row is about.
    pub family: Family,
    /// In order.
    pub columns: Vec<Column>,
    /// Key-value metadata of the output, by the names in [`crate::metadata`].
    pub metadata: BTreeMap<String, String>,
}

/// A column was asked for that the table does not have.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("there is no column `{name}`{}", .nearest.as_ref().map(|n| format!("; did you mean `{n}`")).unwrap_or_default())]
pub struct ProjectionError {
    /// The name asked for.
    pub name: String,
    /// The most similar name.
    pub nearest: Option<String>,
}

impl TableSchema {
    /// The Arrow schema, metadata included.
    pub fn arrow(&self) -> SchemaRef {
        let fields: Vec<Field> =
            self.columns.iter().map(|c| Field::new(&c.name, c.data_type.clone(), c.nullable)).collect();
        let metadata: HashMap<String, String> = self.metadata.clone().into_iter().collect();
        Arc::new(Schema::new_with_metadata(fields, metadata))
    }

    /// The position of a column.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    /// Keeps the named columns only, in the order given; names match without regard to case.
    ///
    /// # Errors
    ///
    /// A name that the table does not have.
    pub fn project<S: AsRef<str>>(&mut self, names: &[S]) -> Result<(), ProjectionError> {
        let mut columns: Vec<Column> = Vec::with_capacity(names.len());
        for name in names {
            let name = name.as_ref();
            let found = self.columns.iter().find(|c| c.name.eq_ignore_ascii_case(name));
            let column = found.ok_or_else(|| {
                let nearest = bioserde_core::nearest(name, self.columns.iter().map(|c| c.name.as_str()));
                ProjectionError { name: name.to_owned(), nearest: nearest.first().map(|s| (*s).to_owned()) }
            })?;
            if !columns.iter().any(|c| c.name == column.name) {
                columns.push(column.clone());
            }
        }
        self.columns = columns;
        Ok(())
    }
}

/// Makes names unique: a name that is taken gets `_2`, `_3` and so on.
pub(crate) fn unique_name(wanted: String, taken: &[Column]) -> String {
    // Columns of the record that come after those of the keys.
    let is_reserved =
        |name: &str| matches!(name, "info_other" | "info_layout" | "fmt_other" | "format_layout");
    let is_free = |name: &str| !is_reserved(name) && !taken.iter().any(|c| c.name == name);
    if is_free(&wanted) {
        return wanted;
    }
    (2..).map(|i| format!("{wanted}_{i}")).find(|name| is_free(name)).unwrap_or(wanted)
}

/// A key as part of a column name: lower case, every other character than `[a-z0-9_]` replaced.
pub fn column_name(prefix: &str, key: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    format!("{prefix}{}", key.chars().map(safe).collect::<String>())
}

/// `Dictionary(Int32, Utf8)`.
pub(crate) fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// `List(T)` with nullable elements.
pub(crate) fn list(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(element, true)))
}

/// `List(Struct(fields))`, every field nullable.
pub(crate) fn list_of_struct(fields: &[(&str, DataType)]) -> DataType {
    let fields: Vec<Field> = fields.iter().map(|(n, t)| Field::new(*n, t.clone(), true)).collect();
    list(DataType::Struct(fields.into()))
}
