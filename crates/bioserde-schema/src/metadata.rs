//! Keys of the metadata that every output carries: Parquet key-values, Arrow schema metadata, and the
//! SQLite table `bioserde_meta`.

use std::collections::BTreeMap;

use bioserde_core::sam;
use serde_json::{Value, json};

use crate::Column;

/// The version of this layout of columns and keys.
pub const SCHEMA_VERSION: &str = "bioserde.schema_version";
/// The program and its version.
pub const WRITER: &str = "bioserde.writer";
/// `reads` or `variants`.
pub const TABLE: &str = "bioserde.table";
/// The source's format, such as `bam`.
pub const SOURCE_FORMAT: &str = "bioserde.source.format";
/// The version that the source's header tells, where it does.
pub const SOURCE_VERSION: &str = "bioserde.source.version";
/// The source's header, byte for byte.
pub const HEADER: &str = "bioserde.header";
/// What stands after the header's text within its length in BAM and BCF, as hexadecimal digits; absent where
/// that is nothing in BAM, and one NUL in BCF.
pub const HEADER_PADDING: &str = "bioserde.header_padding";
/// JSON: `[{"name", "length"}]` in the header's order.
pub const REFERENCE_SEQUENCES: &str = "bioserde.reference_sequences";
/// JSON: the sample names of this output, in order.
pub const SAMPLES: &str = "bioserde.samples";
/// The sort order that the source's header tells, where it does.
pub const SORT_ORDER: &str = "bioserde.sort_order";
/// JSON: `[{"name", "type", "origin"}]` in order.
pub const COLUMNS: &str = "bioserde.columns";
/// The convention of `pos` and `end_pos`.
pub const COORDINATES: &str = "bioserde.coordinates";
/// `nested`, `long` or `none`.
pub const GENOTYPES: &str = "bioserde.genotypes";
/// JSON: the regions asked for; absent for whole files.
pub const REGIONS: &str = "bioserde.regions";
/// `true` when nothing of a record was left out, so that the source can be made again.
pub const COMPLETE: &str = "bioserde.complete";

/// The metadata that do not depend on the source.
pub fn base(table: &str) -> BTreeMap<String, String> {
    let entries = [
        (SCHEMA_VERSION, "1"),
        (WRITER, concat!("bioserde ", env!("CARGO_PKG_VERSION"))),
        (TABLE, table),
        (COORDINATES, "pos and end_pos are 1-based; the interval [pos, end_pos] is closed"),
    ];
    entries.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

/// The value of [`COLUMNS`].
pub fn columns(columns: &[Column]) -> String {
    let describe =
        |c: &Column| json!({"name": c.name, "type": c.data_type.to_string(), "origin": c.origin.describe()});
    Value::from_iter(columns.iter().map(describe)).to_string()
}

/// The value of [`REFERENCE_SEQUENCES`].
pub fn reference_sequences<'a>(list: impl Iterator<Item = (&'a str, Option<u64>)>) -> String {
    Value::from_iter(list.map(|(name, length)| json!({"name": name, "length": length}))).to_string()
}

/// The value of [`REFERENCE_SEQUENCES`] read again; nothing when it is something else, or lacks a length.
pub fn read_reference_sequences(text: &str) -> Option<Vec<sam::ReferenceSequence>> {
    let list: Value = serde_json::from_str(text).ok()?;
    let entry = |entry: &Value| {
        let name = entry.get("name")?.as_str()?.to_owned();
        let length = u32::try_from(entry.get("length")?.as_u64()?).ok()?;
        Some(sam::ReferenceSequence { name, length })
    };
    list.as_array()?.iter().map(entry).collect()
}

/// Bytes as [`HEADER_PADDING`] has them.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The inverse of [`to_hex`]; nothing for other text.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    pairs.iter().map(|[a, b]| Some(digit(*a)? << 4 | digit(*b)?)).collect()
}

/// A list of texts, as JSON.
pub fn texts<'a>(list: impl Iterator<Item = &'a str>) -> String {
    Value::from_iter(list).to_string()
}
