//! Which table a file is, told by the names of its columns: it may have been written again by a program that
//! drops metadata, columns or rows, or adds some.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow_schema::{DataType, Schema};
use bioserde_core::vcf::{Definition, Number, ParseHeaderError, Type};
use bioserde_core::{Family, Header, sam, vcf};
use thiserror::Error;

use crate::alignments::{self, TagColumn, TagKind, standard_kind};
use crate::variants::{self, Genotypes, Selection};
use crate::{Column, Origin, TableSchema, metadata};

/// A table of records, as far as its columns tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Recognised {
    /// Its columns that say something of a record, in the table's order, in the types that bioserde gives
    /// them.
    pub table: TableSchema,
    /// The header of its records: the one given, with what the columns add to it.
    pub header: Header,
    /// How rows hold genotypes.
    pub genotypes: Genotypes,
    /// Columns that say nothing of a record. Those of annotations' sub-fields are not among them: they say
    /// again what the column of their key says, which alone counts.
    pub unknown: Vec<String>,
    /// Lines that the header did not have.
    pub added: Vec<String>,
    /// Whether nothing of a record was left out: then what a row keeps in `residual` may be all of it.
    pub is_complete: bool,
}

/// Why a table is none of records.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecogniseError {
    /// Neither the columns of alignments nor those of variants.
    #[error("it is no table of reads or variants: of {needed}, it has {found}")]
    Neither {
        /// Columns that one of them needs.
        needed: String,
        /// Those that are there.
        found: String,
    },
    /// A column that no record can do without.
    #[error("column `{column}` is missing, and no record is without it")]
    Missing {
        /// Its name.
        column: &'static str,
    },
    /// The header is that of other records.
    #[error("it is a table of {table}, but the header is one of {header}")]
    OtherHeader {
        /// `reads` or `variants`.
        table: &'static str,
        /// `reads` or `variants`.
        header: &'static str,
    },
    /// The header has other samples.
    #[error("the table is of the samples {table}, and the header has {header}")]
    Samples {
        /// Their names in the table's metadata.
        table: String,
        /// Their names in the header.
        header: String,
    },
    /// A column of another type than its key.
    #[error("column `{column}` is {found}, but {origin} is {expected}")]
    Type {
        /// Its name.
        column: String,
        /// Its type.
        found: DataType,
        /// What it stands for.
        origin: String,
        /// What the header says.
        expected: String,
    },
    /// A column of a type that neither tags nor keys have.
    #[error("column `{column}` is {found}, which no tag and no key can be")]
    NoKind {
        /// Its name.
        column: String,
        /// Its type.
        found: DataType,
    },
    /// What the columns add makes no header.
    #[error("the header cannot be extended by what the columns say")]
    Header(#[from] ParseHeaderError),
}

const READS: [&str; 3] = ["flag", "rname", "pos"];
const VARIANTS: [&str; 4] = ["chrom", "pos", "ref", "alt"];

/// What a table with these columns is about; nothing where it is not known.
pub fn family(columns: &Schema) -> Option<Family> {
    let has = |names: &[&str]| names.iter().filter(|n| columns.index_of(n).is_ok()).count();
    // `pos` is of both.
    match (has(&READS[..2]), has(&VARIANTS[2..]) + has(&VARIANTS[..1])) {
        (0, 0) => None,
        (reads, variants) => Some(if reads >= variants { Family::Alignments } else { Family::Variants }),
    }
}

/// Tells which record each column is of.
///
/// # Errors
///
/// The columns are not those of records, or their types not those of the header.
pub fn recognise(
    columns: &Schema,
    entries: &BTreeMap<String, String>,
    header: &Header,
) -> Result<Recognised, RecogniseError> {
    // A column of nulls whose type nobody knows says as much as none.
    let fields = columns.fields().iter().filter(|f| *f.data_type() != DataType::Null);
    let columns = &Schema::new(fields.cloned().collect::<Vec<_>>());
    let names = || columns.fields().iter().map(|f| f.name().as_str());
    let Some(family) = family(columns) else {
        let found = names().collect::<Vec<_>>().join(", ");
        let needed = READS.iter().chain(&VARIANTS).copied().collect::<Vec<_>>().join(", ");
        return Err(RecogniseError::Neither { needed, found });
    };
    let needed: &[&'static str] = match family {
        Family::Alignments => &READS,
        Family::Variants => &VARIANTS,
    };
    if let Some(column) = needed.iter().copied().find(|n| columns.index_of(n).is_err()) {
        return Err(RecogniseError::Missing { column });
    }
    let origins = origins(entries);
    let mut found = match (family, header) {
        (Family::Alignments, Header::Sam(header)) => alignments(columns, &origins, header),
        (Family::Variants, Header::Vcf(header)) => variants(columns, entries, &origins, header),
        (Family::Alignments, Header::Vcf(_)) => {
            Err(RecogniseError::OtherHeader { table: "reads", header: "variants" })
        }
        (Family::Variants, Header::Sam(_)) => {
            Err(RecogniseError::OtherHeader { table: "variants", header: "reads" })
        }
    }?;
    let is_there = |name: &String| DERIVED.contains(&name.as_str()) || columns.index_of(name).is_ok();
    found.is_complete &= origins.keys().all(is_there);
    Ok(found)
}

/// Columns that say of a record what others say as well.
const DERIVED: [&str; 2] = ["record_no", "end_pos"];

/// Whether a table has every column of another that says something of a record.
fn has_all(table: &TableSchema, all: &TableSchema) -> bool {
    let is_split = |c: &Column| matches!(c.origin, Origin::Annotation { .. });
    let mut needed = all.columns.iter().filter(|c| !is_split(c) && !DERIVED.contains(&c.name.as_str()));
    needed.all(|c| table.columns.iter().any(|own| own.origin == c.origin))
}

/// What the metadata tell of each column.
fn origins(entries: &BTreeMap<String, String>) -> HashMap<String, String> {
    let list: serde_json::Value =
        entries.get(metadata::COLUMNS).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let entry = |c: &serde_json::Value| {
        Some((c.get("name")?.as_str()?.to_owned(), c.get("origin")?.as_str()?.to_owned()))
    };
    list.as_array().into_iter().flatten().filter_map(entry).collect()
}

/// The columns of `all` that a table has, in the table's order, and the names of the others.
fn select(columns: &Schema, all: TableSchema) -> (TableSchema, Vec<String>) {
    let mut by_name: HashMap<String, Column> = all.columns.into_iter().map(|c| (c.name.clone(), c)).collect();
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for field in columns.fields() {
        match by_name.remove(field.name()) {
            Some(column) => known.push(column),
            None => unknown.push(field.name().clone()),
        }
    }
    (TableSchema { family: all.family, columns: known, metadata: all.metadata }, unknown)
}

fn alignments(
    columns: &Schema,
    origins: &HashMap<String, String>,
    header: &Arc<sam::Header>,
) -> Result<Recognised, RecogniseError> {
    let mut tags: Vec<TagColumn> = Vec::new();
    let mut renamed: HashMap<String, String> = HashMap::new();
    for field in columns.fields() {
        let written = field.name().strip_prefix("tag_").filter(|tag| tag.len() == 2 && tag.is_ascii());
        let Some(written) = written else { continue };
        let origin = origins.get(field.name()).map(String::as_str);
        let tag = tag(origin, written);
        let kind = tag_kind(field.name(), field.data_type(), origin, tag)?;
        if *field.data_type() == DataType::Null || tags.iter().any(|t| t.tag == tag) {
            continue;
        }
        tags.push(TagColumn { tag, kind });
        renamed
            .insert(crate::table::column_name("tag_", &String::from_utf8_lossy(&tag)), field.name().clone());
    }
    let mut all = alignments::table(header, &tags);
    for column in &mut all.columns {
        // The case of a name may tell the tag: `tag_xS`.
        if let Some(name) = renamed.get(&column.name).filter(|_| matches!(column.origin, Origin::Tag { .. }))
        {
            column.name.clone_from(name);
        }
    }
    let (table, unknown) = select(columns, all);
    let is_complete = has_all(&table, &alignments::table(header, &[]));
    let header = Header::Sam(Arc::clone(header));
    Ok(Recognised { table, header, genotypes: Genotypes::None, unknown, added: Vec::new(), is_complete })
}

/// The tag of a column: as the metadata say, else as its name is spelt where that has upper-case letters,
/// else the standard's, else in upper case.
fn tag(origin: Option<&str>, written: &str) -> [u8; 2] {
    let told = origin.and_then(|o| o.strip_prefix("tag ")).and_then(|o| o.get(..2)).unwrap_or(written);
    let bytes = told.as_bytes().first_chunk::<2>().copied().unwrap_or_default();
    if origin.is_some() || bytes.iter().any(u8::is_ascii_uppercase) {
        return bytes;
    }
    bytes.map(|b| b.to_ascii_uppercase())
}

fn tag_kind(
    column: &str,
    found: &DataType,
    origin: Option<&str>,
    tag: [u8; 2],
) -> Result<TagKind, RecogniseError> {
    use DataType as T;
    let is_character = origin.is_some_and(|o| o.ends_with("(character)"))
        || origin.is_none() && standard_kind(tag) == Some(TagKind::Character);
    let is_told_integer = match origin {
        Some(origin) => origin.ends_with("(integer)"),
        None => standard_kind(tag) == Some(TagKind::Integer),
    };
    let is_integer = |t: &T| matches!(t, T::Int32 | T::Int64);
    let is_float = |t: &T| matches!(t, T::Float32 | T::Float64);
    Ok(match found {
        T::Utf8 if is_character => TagKind::Character,
        T::Utf8 | T::Dictionary(..) => TagKind::Text,
        t if is_integer(t) => TagKind::Integer,
        // Programs that have no nulls of integers make floats of them.
        t if is_float(t) && is_told_integer => TagKind::Integer,
        t if is_float(t) => TagKind::Float,
        T::List(element) if is_integer(element.data_type()) => TagKind::IntegerArray,
        T::List(element) if is_float(element.data_type()) => TagKind::FloatArray,
        // No row has a value.
        T::Null => TagKind::Text,
        T::List(element) if *element.data_type() == T::Null => TagKind::IntegerArray,
        other => return Err(RecogniseError::NoKind { column: column.to_owned(), found: other.clone() }),
    })
}

fn variants(
    columns: &Schema,
    entries: &BTreeMap<String, String>,
    origins: &HashMap<String, String>,
    header: &Arc<vcf::Header>,
) -> Result<Recognised, RecogniseError> {
    let has_samples = columns.fields().iter().any(|f| f.name() == "gt" || f.name().starts_with("fmt_"))
        || columns.index_of("format_layout").is_ok();
    let genotypes = match entries.get(metadata::GENOTYPES).map(String::as_str) {
        // Of records without samples, nothing is left out.
        _ if !has_samples && header.samples.is_empty() => Genotypes::Nested,
        _ if !has_samples => Genotypes::None,
        Some("long") => Genotypes::Long,
        None if columns.index_of("sample").is_ok() => Genotypes::Long,
        _ => Genotypes::Nested,
    };
    let samples: Option<Vec<String>> =
        entries.get(metadata::SAMPLES).and_then(|text| serde_json::from_str(text).ok());
    let samples = match samples {
        _ if !has_samples => Vec::new(),
        None => header.samples.clone(),
        Some(told) if told.iter().all(|name| header.samples.contains(name)) => told,
        // A header that was named gives them other names.
        Some(told) if told.len() == header.samples.len() => header.samples.clone(),
        Some(told) => {
            let (table, header) = (told.join(", "), header.samples.join(", "));
            return Err(RecogniseError::Samples { table, header });
        }
    };
    let mut own = Arc::clone(header);
    // A header may have a FORMAT column and no samples: then nothing is asked of them.
    if samples != own.samples {
        own = Arc::new(own.with_samples(&samples)?);
    }
    let selection = Selection { genotypes, ..Selection::default() };
    let added = added_keys(columns, &variants::table(&own, &selection), !samples.is_empty())?;
    let names: HashMap<&str, &str> = added.iter().map(|a| (a.key.as_str(), a.column.as_str())).collect();
    let added: Vec<String> = added.iter().map(|a| a.line.clone()).collect();
    if !added.is_empty() {
        own = Arc::new(own.with_lines(&added)?);
    }
    let mut all = variants::table(&own, &Selection { split_annotations: true, ..selection });
    let full = all.clone();
    for column in &mut all.columns {
        // A key is as the name spells it, and the name stays.
        if let Origin::Info { key, .. } | Origin::Format { key, .. } = &column.origin
            && let Some(name) = names.get(key.as_str()).filter(|name| name.eq_ignore_ascii_case(&column.name))
        {
            (*name).clone_into(&mut column.name);
        }
    }
    let (mut table, unknown) = select(columns, all);
    table.columns.retain(|c| !matches!(c.origin, Origin::Annotation { .. }));
    for column in &mut table.columns {
        settle(column, columns, origins, &own)?;
    }
    let is_complete = has_all(&table, &full);
    Ok(Recognised { table, header: Header::Vcf(own), genotypes, unknown, added, is_complete })
}

/// A key that has a column but no line in the header.
#[derive(Debug)]
struct Added {
    column: String,
    key: String,
    line: String,
}

fn added_keys(
    columns: &Schema,
    declared: &TableSchema,
    has_samples: bool,
) -> Result<Vec<Added>, RecogniseError> {
    let mut lines = Vec::new();
    let others = ["info_other", "info_layout", "fmt_other"];
    for field in columns.fields() {
        let name = field.name().as_str();
        let key = match (name.strip_prefix("info_"), name.strip_prefix("fmt_")) {
            _ if others.contains(&name) || declared.position(name).is_some() => continue,
            (Some(key), _) => ("INFO", key),
            (_, Some(key)) if has_samples => ("FORMAT", key),
            _ => continue,
        };
        let (kind, key) = key;
        if !is_key(key) {
            continue;
        }
        let (number, data_type) = match field.data_type() {
            DataType::Null => continue,
            // Of several samples a list is their values.
            DataType::List(element) if kind == "INFO" => (".", element.data_type().clone()),
            DataType::List(element) => match element.data_type() {
                DataType::List(element) => (".", element.data_type().clone()),
                other => ("1", other.clone()),
            },
            DataType::Boolean if kind == "INFO" => ("0", DataType::Boolean),
            other => ("1", other.clone()),
        };
        let Some(value) = value_type(&data_type) else {
            return Err(RecogniseError::NoKind { column: name.to_owned(), found: field.data_type().clone() });
        };
        let line = format!(
            "##{kind}=<ID={key},Number={number},Type={value:?},Description=\"The column {name} of the table\">"
        );
        lines.push(Added { column: name.to_owned(), key: key.to_owned(), line });
    }
    Ok(lines)
}

/// Whether a header may have a line for a key (VCF 4.3 §1.6.1).
fn is_key(key: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_alphabetic() || b == b'_';
    key == "1000G"
        || key.bytes().next().is_some_and(is_letter)
            && key.bytes().all(|b| is_letter(b) || b.is_ascii_digit() || b == b'.')
}

fn value_type(data_type: &DataType) -> Option<Type> {
    Some(match data_type {
        DataType::Int32 | DataType::Int64 => Type::Integer,
        DataType::Float32 | DataType::Float64 => Type::Float,
        DataType::Utf8 | DataType::Dictionary(..) => Type::String,
        DataType::Boolean => Type::Flag,
        _ => return None,
    })
}

/// Holds a column against its definition.
fn settle(
    column: &mut Column,
    columns: &Schema,
    origins: &HashMap<String, String>,
    header: &vcf::Header,
) -> Result<(), RecogniseError> {
    let list = match &column.origin {
        Origin::Info { .. } => &header.infos,
        Origin::Format { .. } => &header.formats,
        Origin::Record(_) | Origin::Tag { .. } | Origin::Annotation { .. } => return Ok(()),
    };
    // Of keys that differ in case, another table's order of definitions decided which got which name.
    if let Some((kind, index)) = told(origins.get(&column.name), list) {
        column.origin = kind.origin(index, list);
    }
    let (Origin::Info { index, .. } | Origin::Format { index, .. }) = &column.origin else { return Ok(()) };
    let (Some(definition), Ok(field)) = (list.get(*index), columns.field_with_name(&column.name)) else {
        return Ok(());
    };
    if fits(definition, field.data_type()) {
        return Ok(());
    }
    Err(RecogniseError::Type {
        column: column.name.clone(),
        found: field.data_type().clone(),
        origin: column.origin.describe(),
        expected: format!("{:?}", definition.kind),
    })
}

#[derive(Clone, Copy)]
enum Kind {
    Info,
    Format,
}

impl Kind {
    fn origin(self, index: usize, list: &[Definition]) -> Origin {
        let key = list.get(index).map(|d| d.id.clone()).unwrap_or_default();
        let declared = list.get(index).map(variants::declared).unwrap_or_default();
        match self {
            Self::Info => Origin::Info { index, key, declared },
            Self::Format => Origin::Format { index, key, declared },
        }
    }
}

fn told(origin: Option<&String>, list: &[Definition]) -> Option<(Kind, usize)> {
    let origin = origin?;
    let (kind, rest) = match (origin.strip_prefix("INFO "), origin.strip_prefix("FORMAT ")) {
        (Some(rest), _) => (Kind::Info, rest),
        (_, Some(rest)) => (Kind::Format, rest),
        _ => return None,
    };
    let key = rest.split(' ').next()?;
    Some((kind, list.iter().position(|d| d.id == key)?))
}

/// Whether values of a type can be written for a key. Integers are floats too, and everything has a text.
fn fits(definition: &Definition, found: &DataType) -> bool {
    let mut found = found;
    while let DataType::List(element) = found {
        found = element.data_type();
    }
    match (definition.kind, value_type(found)) {
        _ if *found == DataType::Null => true,
        (Type::Float, Some(Type::Integer | Type::Float)) | (Type::Integer, Some(Type::Integer)) => true,
        // SQLite has numbers for what is true or false.
        (Type::Flag, Some(kind)) => kind != Type::Float || definition.number != Number::Count(0),
        (Type::Integer, Some(Type::Float)) => true,
        (Type::Character | Type::String, Some(kind)) => kind != Type::Flag,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
