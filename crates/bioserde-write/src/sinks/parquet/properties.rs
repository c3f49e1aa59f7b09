use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use arrow_schema::DataType;
use bioserde_schema::{Physical, TableSchema, metadata};
use parquet::basic::{Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::sample;
use crate::{Error, Result, SinkOptions, SinkSpec};

/// Bytes of a page of list elements, before compression.
const NESTED_PAGE: usize = 128 << 10;

/// The writer's settings: docs/schema.md "Physical form", with the measurements in docs/decisions.md.
pub(super) fn of(
    table: &TableSchema,
    options: &SinkOptions,
    sample: Option<&RecordBatch>,
    spec: &'static SinkSpec,
) -> Result<WriterProperties> {
    let compression = compression(options.compression.as_deref(), spec)?;
    let mut builder = WriterProperties::builder()
        .set_compression(compression)
        .set_created_by(concat!("bioserde ", env!("CARGO_PKG_VERSION")).to_owned())
        // Lists are named `list.element`, as the format's specification and Athena want it.
        .set_coerce_types(true)
        .set_max_row_group_row_count(None)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_key_value_metadata(Some(key_values(&table.metadata)))
        .set_sorting_columns(sorting(table));
    for (i, column) in table.columns.iter().enumerate() {
        let repeats = sample.is_none_or(|batch| sample::repeats(batch.column(i)));
        for (path, data_type) in leaves(&column.name, &column.data_type) {
            let is_integer = matches!(data_type, DataType::Int32 | DataType::Int64);
            let dictionary = column.physical == Physical::Dictionary && repeats;
            builder = builder.set_column_dictionary_enabled(path.clone(), dictionary);
            if is_integer && !dictionary {
                builder = builder.set_column_encoding(path.clone(), Encoding::DELTA_BINARY_PACKED);
            }
            let is_nested = path.parts().len() > 1;
            if is_nested {
                // A page of a cohort's genotypes is held with levels and dictionary numbers, twelve
                // bytes a value, until it is full.
                builder = builder.set_column_data_page_size_limit(path.clone(), NESTED_PAGE);
            }
            let statistics = match column.physical {
                Physical::Bulk => EnabledStatistics::None,
                // Nobody prunes by the elements of a list.
                _ if is_nested => EnabledStatistics::None,
                _ => EnabledStatistics::Page,
            };
            builder = builder.set_column_statistics_enabled(path, statistics);
        }
    }
    Ok(builder.build())
}

fn compression(given: Option<&str>, spec: &'static SinkSpec) -> Result<Compression> {
    let given = given.unwrap_or("zstd");
    let unknown = || Error::UnknownCompression {
        format: spec.name,
        given: given.to_owned(),
        known: spec.compressions.join(", "),
    };
    let (name, level) = match given.split_once(':') {
        Some((name, level)) => (name, Some(level.parse::<u8>().map_err(|_| unknown())?)),
        None => (given, None),
    };
    Ok(match (name, level) {
        // Level 1 is smaller *and* faster than 3 on reads and variants alike.
        ("zstd", level) => {
            Compression::ZSTD(ZstdLevel::try_new(i32::from(level.unwrap_or(1))).map_err(|_| unknown())?)
        }
        ("gzip", level) => {
            Compression::GZIP(GzipLevel::try_new(u32::from(level.unwrap_or(6))).map_err(|_| unknown())?)
        }
        ("snappy", None) => Compression::SNAPPY,
        ("lz4", None) => Compression::LZ4_RAW,
        ("none", None) => Compression::UNCOMPRESSED,
        _ => return Err(unknown()),
    })
}

fn key_values(metadata: &BTreeMap<String, String>) -> Vec<KeyValue> {
    metadata.iter().map(|(k, v)| KeyValue::new(k.clone(), v.clone())).collect()
}

/// A source sorted by coordinate gives rows sorted by position within each reference sequence; the
/// order of the sequences is the header's, not the alphabet's, so only single-sequence files could
/// claim to be sorted by name, and readers take the claim literally. `record_no` always ascends.
fn sorting(table: &TableSchema) -> Option<Vec<SortingColumn>> {
    table.metadata.get(metadata::SORT_ORDER)?;
    let index = table.position("record_no").and_then(|i| i32::try_from(i).ok())?;
    (index == 0).then(|| vec![SortingColumn { column_idx: 0, descending: false, nulls_first: false }])
}

/// The Parquet paths of a column's leaves with their types.
fn leaves(name: &str, data_type: &DataType) -> Vec<(ColumnPath, DataType)> {
    fn walk(parts: &mut Vec<String>, data_type: &DataType, out: &mut Vec<(ColumnPath, DataType)>) {
        match data_type {
            DataType::List(element) => {
                parts.extend(["list".to_owned(), "element".to_owned()]);
                walk(parts, element.data_type(), out);
                parts.truncate(parts.len() - 2);
            }
            DataType::Struct(fields) => {
                for field in fields {
                    parts.push(field.name().clone());
                    walk(parts, field.data_type(), out);
                    parts.pop();
                }
            }
            _ => out.push((ColumnPath::new(parts.clone()), data_type.clone())),
        }
    }
    let mut out = Vec::new();
    walk(&mut vec![name.to_owned()], data_type, &mut out);
    out
}
