//! What is no table, or not a whole one, is refused with the place; and no row is lost or read twice.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_schema::{DataType, Field, Schema};
use bioserde_storage::Source;
use bioserde_table::{Error, Place, Result, TableReader};
use rusqlite::Connection;
use tempfile::TempDir;

/// A file with this content.
fn file(content: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table");
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

fn database(sql: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table");
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    (folder, path)
}

/// The column `pos` of all rows.
fn positions(path: &std::path::Path, columns: Option<&Schema>) -> Result<Vec<Option<i64>>> {
    let source = Arc::new(Source::open(path.to_str().unwrap()).unwrap());
    let mut reader = match columns {
        Some(columns) => TableReader::open_with(&source, columns)?,
        None => TableReader::open(&source)?,
    };
    let mut positions = Vec::new();
    while let Some(part) = reader.next_part()? {
        let batch = part.batch()?;
        let column = batch.column_by_name("pos").unwrap();
        match column.data_type() {
            DataType::Int64 => positions.extend(column.as_primitive::<arrow_array::types::Int64Type>()),
            _ => positions.extend((0..column.len()).map(|_| None)),
        }
    }
    Ok(positions)
}

fn refused(content: &[u8]) -> Error {
    let (_folder, path) = file(content);
    positions(&path, None).unwrap_err()
}

#[test]
fn a_line_that_is_no_object_is_named() {
    for (text, line) in [
        ("{\"pos\":1}\n{\"pos\":2\n{\"pos\":3}\n", 2),
        ("{\"pos\":1}\n\n{\"pos\":3}\n", 2),
        ("{\"pos\":1}\n{\"pos\":2} x\n", 2),
        ("{\"pos\":1}\n{\"pos\":2}\n[3]\n", 3),
        ("{\"pos\":1}\n{\"po", 2),
    ] {
        let error = refused(text.as_bytes());
        assert!(matches!(error, Error::Line { line: found, .. } if found == line), "{text:?}: {error}");
    }
}

#[test]
fn the_number_of_a_line_counts_those_of_parts_before() {
    let mut text: String = (0..20_000).map(|i| format!("{{\"pos\":{i}}}\n")).collect();
    text.push_str("{\"pos\":true}\n");
    let (_folder, path) = file(text.as_bytes());
    let columns = Schema::new(vec![Field::new("pos", DataType::Int64, true)]);
    let error = positions(&path, Some(&columns)).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, Error::Value { place: Place::Line(20_001), .. }), "{text}");
    assert!(text.ends_with("line 20001: column `pos`: not a value of Int64"), "{text}");
}

#[test]
fn a_member_that_stands_twice_is_refused() {
    let error = refused(b"{\"pos\":1,\"ref\":\"A\"}\n{\"pos\":2,\"ref\":\"C\",\"pos\":3}\n");
    let is_it = matches!(&error, Error::RepeatedMember { place: Place::Line(2), name, .. } if name == "pos");
    assert!(is_it, "{error}");
}

#[test]
fn a_member_without_a_column_is_refused_with_the_nearest() {
    // What the first lines have are columns too: those of a user.
    let mut lines = b"{\"pos\":1}\n".repeat(1_000_000);
    lines.extend(b"{\"poss\":2}\n");
    let (_folder, path) = file(&lines);
    let columns = Schema::new(vec![Field::new("pos", DataType::Int64, true)]);
    let error = positions(&path, Some(&columns)).unwrap_err();
    assert!(
        error.to_string().ends_with("line 1000001: there is no column `poss`; did you mean `pos`"),
        "{error}"
    );
}

#[test]
fn files_that_are_cut_off_say_so() {
    let error = refused(b"ARROW1\0\0and no footer");
    assert!(matches!(error, Error::Truncated { what: "it does not end with its footer", .. }), "{error}");
    let error = refused(&[0xff, 0xff, 0xff, 0xff, 0x40, 0, 0, 0, 1, 2]);
    assert!(matches!(error, Error::Truncated { what: "a message is not whole", .. }), "{error}");
    let error = refused(b"PAR1");
    assert!(matches!(error, Error::Malformed { action: "read the columns", .. }), "{error}");
    let error = refused(b"SQLite format 3\0and no more");
    assert!(matches!(error, Error::Malformed { .. }), "{error}");
    assert!(matches!(refused(b"BAM\x01"), Error::Unrecognised { .. }));
}

#[test]
fn a_database_without_a_known_table_names_those_it_has() {
    let (_folder, path) = database("CREATE TABLE calls(pos INTEGER); CREATE VIEW v AS SELECT 1;");
    let error = positions(&path, None).unwrap_err();
    assert!(matches!(&error, Error::NoTable { tables, .. } if tables == "calls, v"), "{error}");
    let (_folder, path) = database("CREATE TABLE reads(pos); CREATE TABLE variants(pos);");
    assert!(matches!(positions(&path, None).unwrap_err(), Error::NoTable { .. }));
}

#[test]
fn a_value_of_another_type_is_named_by_its_row() {
    let (_folder, path) = database(
        "CREATE TABLE reads(pos INTEGER); INSERT INTO reads VALUES (1), (2), ('x');
         CREATE TABLE bioserde_meta(key TEXT, value TEXT);
         INSERT INTO bioserde_meta VALUES ('bioserde.columns', '[{\"name\":\"pos\",\"type\":\"Int64\"}]');",
    );
    let error = positions(&path, None).unwrap_err();
    assert!(matches!(error, Error::Value { place: Place::Row(3), .. }), "{error}");
}

/// Keys below 1, keys that are columns like others, twice and null: none of it loses a row.
#[test]
fn every_row_of_a_table_of_another_making_is_read_once() {
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)";
    let cases = [
        "CREATE TABLE reads(pos INTEGER); INSERT INTO reads(rowid, pos)".to_owned()
            + rows
            + " SELECT i - 10000, i FROM n;",
        "CREATE TABLE reads(bioserde_row INTEGER, pos INTEGER); INSERT INTO reads ".to_owned()
            + rows
            + " SELECT nullif(i / 5000, 2), i FROM n;",
        "CREATE TABLE reads_core(bioserde_row INTEGER, pos INTEGER); INSERT INTO reads_core ".to_owned()
            + rows
            + " SELECT nullif(i / 5000, 2), i FROM n; CREATE VIEW reads AS SELECT r.pos FROM reads_core AS r;",
        "CREATE TABLE reads(k INTEGER PRIMARY KEY, pos INTEGER) WITHOUT ROWID; INSERT INTO reads ".to_owned()
            + rows
            + " SELECT i, i FROM n;",
        "CREATE TABLE reads(pos INTEGER); INSERT INTO reads(rowid, pos) VALUES
            (-9223372036854775808, 1), (9223372036854775807, 2);"
            .to_owned(),
    ];
    for sql in cases {
        let (_folder, path) = database(&sql);
        let found: Vec<i64> = positions(&path, None).unwrap().into_iter().flatten().collect();
        let n = if sql.contains("-9223372036854775808") { 2 } else { 20_000 };
        assert!(found.iter().copied().eq(1..=n), "{sql}: {}", found.len());
    }
}
