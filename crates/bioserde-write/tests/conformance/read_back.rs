//! Reads an output with another reader and compares it with what was written.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{DataType, SchemaRef};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use serde_json::Value;

use super::rows::Case;
use super::values::{self, Record};

pub(crate) fn check(format: &str, path: &Path, case: &Case) {
    let what = format!("{format}, {}", case.name);
    let text = || fs::read_to_string(path).unwrap();
    match format {
        "parquet" => parquet(path, case, &what),
        "arrow" => {
            let reader = FileReader::try_new(File::open(path).unwrap(), None).unwrap();
            let schema = reader.schema();
            arrow(&schema, reader.map(Result::unwrap), case, &what);
        }
        "arrows" => {
            let reader = StreamReader::try_new(File::open(path).unwrap(), None).unwrap();
            let schema = reader.schema();
            arrow(&schema, reader.map(Result::unwrap), case, &what);
        }
        "sqlite" => sqlite(path, case, &what),
        "csv" => fields(csv(&text()), case, &what),
        "tsv" => {
            let unescape = |field: &str| {
                let marked = field.replace(r"\\", "\u{0}");
                marked.replace(r"\t", "\t").replace(r"\n", "\n").replace(r"\r", "\r").replace('\u{0}', r"\")
            };
            let lines =
                text().split_terminator('\n').map(|l| l.split('\t').map(unescape).collect()).collect();
            fields(lines, case, &what);
        }
        "jsonl" => {
            let records: Vec<Record> = text().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
            assert_eq!(records, values::of(case), "{what}");
        }
        "table" => {
            let text = text();
            assert_eq!(text.lines().count(), 1 + values::of(case).len(), "{what}");
            let names = text.lines().next().unwrap().split_whitespace();
            assert!(names.eq(case.table.columns.iter().map(|c| &c.name)), "{what}");
        }
        other => panic!("no reader of {other}"),
    }
}

fn parquet(path: &Path, case: &Case, what: &str) {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let key_values = builder.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
    let metadata: BTreeMap<_, _> =
        key_values.into_iter().map(|kv| (kv.key, kv.value.unwrap_or_default())).collect();
    assert!(case.table.metadata.iter().all(|(k, v)| metadata.get(k) == Some(v)), "{what}");
    let found: Vec<_> =
        builder.build().unwrap().flat_map(|batch| values::of_batch(&batch.unwrap())).collect();
    assert_eq!(found, values::of(case), "{what}");
}

fn arrow(schema: &SchemaRef, batches: impl Iterator<Item = RecordBatch>, case: &Case, what: &str) {
    assert_eq!(*schema, case.table.arrow(), "{what}");
    let found: Vec<_> = batches.flat_map(|batch| values::of_batch(&batch)).collect();
    assert_eq!(found, values::of(case), "{what}");
}

fn sqlite(path: &Path, case: &Case, what: &str) {
    let connection = Connection::open(path).unwrap();
    let integrity: String = connection.query_row("PRAGMA integrity_check", [], |r| r.get(0)).unwrap();
    assert_eq!(integrity, "ok", "{what}");
    let mut select = connection.prepare("SELECT key, value FROM bioserde_meta").unwrap();
    let pairs = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(pairs.map(Result::unwrap).collect::<BTreeMap<_, _>>(), case.table.metadata, "{what}");

    let view = case.table.family.name();
    let mut select = connection.prepare(&format!("SELECT * FROM {view}")).unwrap();
    assert!(select.column_names().eq(case.table.columns.iter().map(|c| &c.name)), "{what}");
    let record = |row: &Row<'_>| -> Record {
        let columns = case.table.columns.iter().enumerate();
        let value = columns.map(|(i, c)| (c.name.clone(), sql_value(row.get_ref(i).unwrap(), &c.data_type)));
        value.filter(|(_, value)| !value.is_null()).collect()
    };
    let found: Vec<Record> =
        select.query_map([], |row| Ok(record(row))).unwrap().map(Result::unwrap).collect();
    assert_eq!(found, values::of(case), "{what}");
}

fn sql_value(value: ValueRef<'_>, data_type: &DataType) -> Value {
    match (value, data_type) {
        (ValueRef::Null, _) => Value::Null,
        (ValueRef::Integer(i), DataType::Boolean) => Value::from([false, true][usize::try_from(i).unwrap()]),
        (ValueRef::Integer(i), DataType::Int32 | DataType::Int64) => Value::from(i),
        (ValueRef::Real(x), DataType::Float32) => {
            let single: f32 = x.to_string().parse().unwrap();
            assert_eq!(f64::from(single).to_bits(), x.to_bits());
            values::float(single)
        }
        (ValueRef::Text(text), DataType::List(_)) => serde_json::from_slice(text).unwrap(),
        (ValueRef::Text(b"NaN"), DataType::Float32) => values::float(f32::NAN),
        (ValueRef::Text(text), DataType::Utf8 | DataType::Dictionary(_, _)) => {
            Value::from(std::str::from_utf8(text).unwrap())
        }
        (ValueRef::Blob(bytes), DataType::Binary) => values::binary(bytes),
        (value, data_type) => panic!("{value:?} for {data_type}"),
    }
}

/// Compares lines of fields. An empty field may be null or empty.
fn fields(lines: Vec<Vec<String>>, case: &Case, what: &str) {
    let mut lines = lines.into_iter();
    assert!(lines.next().unwrap().iter().eq(case.table.columns.iter().map(|c| &c.name)), "{what}");
    let expected = values::of(case);
    assert_eq!(lines.len(), expected.len(), "{what}");
    for (line, expected) in lines.zip(expected) {
        assert_eq!(line.len(), case.table.columns.len(), "{what}: {line:?}");
        for (field, column) in line.into_iter().zip(&case.table.columns) {
            let expected = expected.get(&column.name).cloned().unwrap_or_default();
            let found = match &expected {
                Value::Null if field.is_empty() => Value::Null,
                Value::String(_) | Value::Null => Value::from(field),
                _ => serde_json::from_str(&field).unwrap(),
            };
            assert_eq!(found, expected, "{what}: {}", column.name);
        }
    }
}

/// Fields by RFC 4180.
fn csv(text: &str) -> Vec<Vec<String>> {
    let mut lines = vec![];
    let (mut line, mut field, mut quoted) = (vec![], String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => field.push(chars.next().unwrap()),
            '"' => quoted = !quoted,
            ',' | '\n' if !quoted => {
                line.push(std::mem::take(&mut field));
                if c == '\n' {
                    lines.push(std::mem::take(&mut line));
                }
            }
            _ => field.push(c),
        }
    }
    assert!(line.is_empty() && field.is_empty() && !quoted);
    lines
}
