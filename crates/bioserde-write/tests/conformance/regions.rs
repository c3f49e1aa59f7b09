//! Regions of an SQLite output, by the query that the documentation gives.

use std::path::Path;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray};
use bioserde_core::sam;
use bioserde_schema::alignments;
use bioserde_schema::sql::READS_IN_REGION;
use bioserde_write::SinkOptions;
use rusqlite::{Connection, named_params};

const ROWS: i32 = 5000;
/// A long read that reaches far into the zones after its own, and rows without a place.
const LONG: i32 = 700;

fn database(path: &Path, is_sorted: bool) -> Connection {
    let mut table = alignments::table(&sam::Header::default(), &[]);
    table.project(&["qname", "rname", "pos", "end_pos", "mapq", "seq"]).unwrap();
    let place = |i: i32| {
        let i = if is_sorted { i } else { i * 1999 % ROWS };
        let (name, pos) = if i < 3000 { ("chr1", i * 10) } else { ("chr2", (i - 3000) * 10) };
        let end_pos = pos + if i == LONG { 20_000 } else { 99 };
        (i < ROWS - 100).then_some((name, pos + 1, end_pos + 1))
    };
    let names = (0..ROWS).map(|i| place(i).map(|p| p.0));
    let columns: Vec<ArrayRef> = vec![
        Arc::new((0..ROWS).map(|i| Some(format!("r{i}"))).collect::<StringArray>()),
        Arc::new(names.collect::<DictionaryArray<Int32Type>>()),
        Arc::new((0..ROWS).map(|i| place(i).map(|p| p.1)).collect::<Int32Array>()),
        Arc::new((0..ROWS).map(|i| place(i).map(|p| p.2)).collect::<Int32Array>()),
        Arc::new((0..ROWS).map(|i| Some(i % 61)).collect::<Int32Array>()),
        Arc::new((0..ROWS).map(|i| Some(format!("ACGT{i}"))).collect::<StringArray>()),
    ];
    let batch = RecordBatch::try_new(table.arrow(), columns).unwrap();
    let units: Vec<_> = [(0, 1700), (1700, 3300)].map(|(at, len)| vec![batch.slice(at, len)]).to_vec();
    let sqlite = super::table("sqlite");
    super::write(sqlite, path, &table, &units, &SinkOptions::default(), false);
    Connection::open(path).unwrap()
}

fn plan(connection: &Connection, query: &str) -> Vec<String> {
    let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
    explain.raw_query().mapped(|row| row.get("detail")).map(Result::unwrap).collect()
}

#[test]
fn regions_are_found_whether_sorted_or_not() {
    let dir = tempfile::tempdir().unwrap();
    for is_sorted in [true, false] {
        let connection = database(&dir.path().join(format!("{is_sorted}.sqlite")), is_sorted);
        let qnames = |query: &str, name: &str, start: i32, end: i32| -> Vec<String> {
            let mut select = connection.prepare(query).unwrap();
            let region = named_params! {":name": name, ":start": start, ":end": end};
            let rows = select.query_map(region, |row| row.get::<_, String>("qname")).unwrap();
            let mut found: Vec<_> = rows.map(Result::unwrap).collect();
            found.sort();
            found
        };
        let scan = "SELECT qname FROM reads WHERE rname = :name AND pos <= :end AND end_pos >= :start";
        for (name, start, end) in
            [("chr1", 1, 1), ("chr1", 20_000, 21_000), ("chr1", 29_990, 40_000), ("chr2", 5000, 5000)]
        {
            let found = qnames(READS_IN_REGION, name, start, end);
            assert!(!found.is_empty() && found == qnames(scan, name, start, end), "{name}:{start}-{end}");
        }
        assert!(qnames(READS_IN_REGION, "chr3", 1, 1000).is_empty());
        let unplaced = "SELECT count(*) FROM reads_zoned WHERE zone_name IS NULL";
        assert_eq!(connection.query_row(unplaced, [], |row| row.get(0)), Ok(100));
    }
}

#[test]
fn plans_search_zones_and_leave_bases_alone() {
    let dir = tempfile::tempdir().unwrap();
    for (is_sorted, rows) in [(true, "SEARCH r"), (false, "SEARCH p")] {
        let connection = database(&dir.path().join(format!("{is_sorted}.sqlite")), is_sorted);
        let steps = plan(&connection, READS_IN_REGION);
        assert!(steps[0].starts_with("SEARCH z USING COVERING INDEX"), "{steps:?}");
        assert_eq!(steps[1], format!("{rows} USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"));
        assert_eq!(plan(&connection, "SELECT avg(mapq) FROM reads"), ["SCAN r"]);
        let zones: (i64, i64) = connection
            .query_row("SELECT count(*), max(last_row) FROM bioserde_zones", [], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })
            .unwrap();
        assert_eq!(zones, (6, i64::from(ROWS)));
    }
}

#[test]
fn regions_survive_a_vacuum() {
    let dir = tempfile::tempdir().unwrap();
    let connection = database(&dir.path().join("x.sqlite"), true);
    let bases = || -> Vec<(String, String)> {
        let mut select = connection.prepare(READS_IN_REGION).unwrap();
        let region = named_params! {":name": "chr2", ":start": 9000, ":end": 9100};
        let rows = select.query_map(region, |row| Ok((row.get("qname")?, row.get("seq")?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let before = bases();
    assert!(before.iter().all(|(qname, seq)| seq.strip_prefix("ACGT") == qname.strip_prefix('r')));
    connection.execute_batch("DELETE FROM reads_core WHERE bioserde_row < 1000; VACUUM;").unwrap();
    assert_eq!(bases(), before);
}
