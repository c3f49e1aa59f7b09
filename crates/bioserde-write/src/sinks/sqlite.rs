//! SQLite: the tables, views and zone map that [`bioserde_schema::sql`] describes.
//!
//! Encoders render what SQLite has no type for; the rows are inserted by the thread that appends. The
//! file is written without a journal, which nothing needs before it has its name: a failure removes it.

mod rows;
mod zones;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::RecordBatch;
use bioserde_schema::TableSchema;
use bioserde_schema::sql::{SqliteLayout, ZoneColumns, Zones};
use bioserde_storage::Target;
use rusqlite::{Connection, ErrorCode, OpenFlags, params};

use self::rows::{Rows, Values};
use self::zones::{Zone, ZoneMap};
use crate::cells::Cell;
use crate::{Encoded, Encoder, Error, Result, Sink, SinkOptions, SinkSpec, TableFormat};

/// The registry's entry.
#[derive(Debug)]
pub(crate) struct Sqlite;

static SPEC: SinkSpec = SinkSpec {
    name: "sqlite",
    suffixes: &[".sqlite", ".sqlite3", ".db"],
    streams: false,
    compressions: &[],
    index_suffixes: &[],
    summary: "an SQLite 3 database whose zone map finds a region without an extension",
};

/// Pages of 16 KiB: fewer levels than the usual 4 KiB, and a read by row still fetches little.
const BEFORE_LOADING: &str = "PRAGMA page_size = 16384; PRAGMA encoding = 'UTF-8'; \
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; \
    PRAGMA cache_size = -16384; BEGIN EXCLUSIVE;";

impl TableFormat for Sqlite {
    fn spec(&self) -> &'static SinkSpec {
        &SPEC
    }

    fn create(
        &self,
        mut target: Target,
        table: &TableSchema,
        options: &SinkOptions,
        _sample: Option<&RecordBatch>,
    ) -> Result<Box<dyn Sink<RecordBatch>>> {
        SPEC.refuse_options(options)?;
        let name = target.name().to_owned();
        let Some(path) = target.take_path() else {
            return Err(Error::NeedsFile { path: name, format: SPEC.name });
        };
        let path = path.to_owned();
        let layout = SqliteLayout::new(table);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(&path, flags).map_err(failed(&name, "open the database"))?;
        let begin = format!("{BEFORE_LOADING}\n{}", layout.create_tables());
        connection.execute_batch(&begin).map_err(failed(&name, "create the tables"))?;
        insert_metadata(&connection, table).map_err(failed(&name, "write the metadata"))?;
        let zone_map = layout.zone_columns().map(|columns| (columns, ZoneMap::default()));
        let layout = Arc::new(layout);
        Ok(Box::new(SqliteSink { connection, name, path, layout, zone_map, rows: 0, target }))
    }
}

fn insert_metadata(connection: &Connection, table: &TableSchema) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("INSERT INTO bioserde_meta VALUES (?1, ?2)")?;
    table.metadata.iter().try_for_each(|(key, value)| statement.execute([key, value]).map(drop))
}

/// A full disk is the same error here as in every other format.
fn failed(path: &str, action: &'static str) -> impl FnOnce(rusqlite::Error) -> Error {
    move |source| {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Error::Storage(bioserde_storage::Error::Io {
                path,
                action: "write",
                source: std::io::ErrorKind::StorageFull.into(),
            }),
            _ => Error::Sqlite { path, action, source: Box::new(source) },
        }
    }
}

/// The connection stands before the target, which removes the file when dropped.
#[derive(Debug)]
struct SqliteSink {
    connection: Connection,
    name: String,
    path: PathBuf,
    layout: Arc<SqliteLayout>,
    zone_map: Option<(ZoneColumns, ZoneMap)>,
    rows: i64,
    target: Target,
}

impl Sink<RecordBatch> for SqliteSink {
    fn encoder(&mut self) -> Result<Box<dyn Encoder<RecordBatch>>> {
        Ok(Box::new(SqliteEncoder { layout: Arc::clone(&self.layout), unit: Vec::new() }))
    }

    fn append(&mut self, unit: Encoded) -> Result<()> {
        for rows in unit.open::<Vec<Rows>>()? {
            let first = self.rows + 1;
            self.insert(&rows).map_err(failed(&self.name, "insert rows"))?;
            if let Some((columns, zone_map)) = &mut self.zone_map {
                zone_map.extend(&rows, *columns, first);
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<u64> {
        let zones = self.insert_zones().map_err(failed(&self.name, "write the zone map"))?;
        let views = self.layout.create_views(zones);
        self.connection
            .execute_batch(&format!("{views}COMMIT;"))
            .map_err(failed(&self.name, "complete the database"))?;
        let Self { connection, name, path, target, .. } = *self;
        connection.close().map_err(|(_, e)| failed(&name, "close the database")(e))?;
        let size = fs::metadata(path).map_err(|e| target.error(e))?.len();
        target.commit()?;
        Ok(size)
    }
}

impl SqliteSink {
    fn insert(&mut self, rows: &Rows) -> rusqlite::Result<()> {
        let mut core = self.connection.prepare_cached(&self.layout.insert_core())?;
        let mut core_values = Values::new(&rows.core);
        let mut sequence = match rows.sequence.as_slice() {
            [] => None,
            columns => {
                let statement = self.connection.prepare_cached(&self.layout.insert_sequence())?;
                Some((statement, Values::new(columns)))
            }
        };
        for i in 0..rows.len {
            self.rows += 1;
            core_values.insert(&mut core, self.rows, i)?;
            if let Some((statement, values)) = &mut sequence
                && values.any(i)
            {
                values.insert(statement, self.rows, i)?;
            }
        }
        Ok(())
    }

    /// Writes the zone map, after sorting the places of the rows where the source was not sorted.
    fn insert_zones(&mut self) -> rusqlite::Result<Option<Zones>> {
        let Some((_, zone_map)) = self.zone_map.take() else { return Ok(None) };
        let (zones, kind) = match zone_map.finish() {
            Some(zones) => (zones, Zones::OfRows),
            None => (self.insert_places()?, Zones::OfPlaces),
        };
        self.connection.execute_batch(self.layout.create_zones())?;
        let mut insert = self.connection.prepare(self.layout.insert_zone())?;
        for (number, zone) in (1_i64..).zip(zones) {
            let Zone { name, min_pos, max_end, first, last } = zone;
            insert.execute(params![number, name.as_deref(), min_pos, max_end, first, last])?;
        }
        drop(insert);
        self.connection.execute_batch(self.layout.create_zone_index())?;
        Ok(Some(kind))
    }

    fn insert_places(&self) -> rusqlite::Result<Vec<Zone>> {
        self.connection.execute_batch(self.layout.create_places())?;
        let mut select = self.connection.prepare(&self.layout.select_sorted())?;
        let mut insert = self.connection.prepare(self.layout.insert_place())?;
        let mut zone_map = ZoneMap::default();
        let mut sorted = select.query([])?;
        let mut place = 0_i64;
        while let Some(row) = sorted.next()? {
            place += 1;
            let (number, pos, end_pos): (i64, Option<i64>, Option<i64>) =
                (row.get(0)?, row.get(2)?, row.get(3)?);
            insert.execute(params![place, pos, end_pos, number])?;
            zone_map.push(row.get_ref(1)?.as_str_or_null()?, pos, end_pos, place);
        }
        Ok(zone_map.finish().unwrap_or_default())
    }
}

#[derive(Debug)]
struct SqliteEncoder {
    layout: Arc<SqliteLayout>,
    unit: Vec<Rows>,
}

impl Encoder<RecordBatch> for SqliteEncoder {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.unit.push(Rows::of(batch, &self.layout)?);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Encoded> {
        Ok(Encoded::new(self.unit))
    }
}

impl ZoneMap {
    fn extend(&mut self, rows: &Rows, columns: ZoneColumns, first: i64) {
        let column = |i: usize| rows.core.get(i);
        let (Some(name), Some(pos), Some(end_pos)) =
            (column(columns.name), column(columns.pos), column(columns.end_pos))
        else {
            return;
        };
        let integer = |cell| if let Cell::Integer(value) = cell { Some(value) } else { None };
        for (row, i) in (first..).zip(0..rows.len) {
            let name = if let Cell::Text(name) = name.get(i) { Some(name) } else { None };
            self.push(name, integer(pos.get(i)), integer(end_pos.get(i)), row);
        }
    }
}
