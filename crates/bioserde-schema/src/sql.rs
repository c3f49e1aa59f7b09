//! SQL: quoting, and the tables, views and zone map of an SQLite output.
//!
//! A user reads the view that has the family's name, `reads` or `variants`; it has every column under
//! its own name. What lies beneath serves speed:
//!
//! - `reads_core` or `variants_core` has every column but the bases and qualities, which are in
//!   `reads_seq`: a scan that does not select them never touches their pages. Rows of the two have the
//!   same `bioserde_row`. It is declared rather than left to the implicit `rowid` because `VACUUM`
//!   renumbers those.
//! - `bioserde_zones` has one row for each run of up to [`ZONE_ROWS`] neighbouring rows on one reference
//!   sequence: its name, the lowest `pos`, the highest `end_pos`, and the first and last row. Zones
//!   never span two sequences; rows without one are in zones whose `name` is null.
//! - `bioserde_places` exists only when the source is not sorted by position: it lists the rows as
//!   sorted (`place`), and zones then count places.
//! - The view `reads_zoned` or `variants_zoned` joins zones and rows, so that a region is found by
//!   [`READS_IN_REGION`] or [`VARIANTS_IN_REGION`] in any SQLite, without an extension.
//! - `bioserde_meta` has the table's metadata, one key a row.
//!
//! Types: integers and flags are INTEGER (0 and 1), text and dictionary values TEXT, lists TEXT that is
//! JSON, binary BLOB. A 32-bit float is stored as the 64-bit REAL of the same value; NaN, which SQLite
//! would turn into NULL, is the text `NaN`.

use arrow_schema::DataType;
use bioserde_core::Family;

use crate::{Column, TableSchema};

/// The key that the tables of an SQLite output share; row 1 is the first of the export.
pub const ROW: &str = "bioserde_row";
/// Rows of a zone, at most. Of 128 to 2048, measured on a million reads, 1024 found a region soonest:
/// smaller zones are more to search than they save rows.
pub const ZONE_ROWS: i64 = 1024;

/// The reads that overlap the closed, 1-based interval from `:start` to `:end` of `:name`.
pub const READS_IN_REGION: &str = "\
SELECT * FROM reads_zoned \
WHERE zone_name = :name AND zone_min_pos <= :end AND zone_max_end >= :start \
AND pos <= :end AND end_pos >= :start";

/// The variants that overlap the closed, 1-based interval from `:start` to `:end` of `:name`.
pub const VARIANTS_IN_REGION: &str = "\
SELECT * FROM variants_zoned \
WHERE zone_name = :name AND zone_min_pos <= :end AND zone_max_end >= :start \
AND pos <= :end AND end_pos >= :start";

/// A name as an SQL identifier, in double quotes.
pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The SQLite type that a column is declared with.
pub fn sqlite_type(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Boolean | DataType::Int32 | DataType::Int64 => "INTEGER",
        DataType::Float32 | DataType::Float64 => "REAL",
        DataType::Binary => "BLOB",
        _ => "TEXT",
    }
}

/// How the zones of an SQLite output find their rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zones {
    /// The rows are sorted by position: zones count rows.
    OfRows,
    /// They are not: zones count the places of `bioserde_places`.
    OfPlaces,
}

/// The names and positions of the columns that a zone map is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZoneColumns {
    /// The position of `rname` or `chrom` in [`SqliteLayout::core`].
    pub name: usize,
    /// The position of `pos` there.
    pub pos: usize,
    /// The position of `end_pos` there.
    pub end_pos: usize,
}

/// A table as an SQLite output stores it.
#[derive(Clone, Debug)]
pub struct SqliteLayout {
    family: Family,
    columns: Vec<Column>,
    core: Vec<usize>,
    sequence: Vec<usize>,
}

impl SqliteLayout {
    /// The layout of a table, of which any columns may be missing.
    pub fn new(table: &TableSchema) -> Self {
        let is_apart =
            |c: &Column| table.family == Family::Alignments && matches!(c.name.as_str(), "seq" | "qual");
        let (sequence, core) =
            (0..table.columns.len()).partition(|i| table.columns.get(*i).is_some_and(is_apart));
        Self { family: table.family, columns: table.columns.clone(), core, sequence }
    }

    /// Positions in the table of the columns in the core table, in its order.
    pub fn core(&self) -> &[usize] {
        &self.core
    }

    /// Positions in the table of the columns in `reads_seq`, in its order; empty where there are none.
    pub fn sequence(&self) -> &[usize] {
        &self.sequence
    }

    /// The columns of the zone map; nothing when one of them is missing.
    pub fn zone_columns(&self) -> Option<ZoneColumns> {
        let position = |name: &str| self.named(&self.core).position(|c| c.name == name);
        Some(ZoneColumns {
            name: position(self.name_column())?,
            pos: position("pos")?,
            end_pos: position("end_pos")?,
        })
    }

    /// Creates the tables that rows are loaded into, and the one for the metadata.
    pub fn create_tables(&self) -> String {
        let mut sql =
            "CREATE TABLE bioserde_meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;\n".to_owned();
        for (table, columns) in self.tables() {
            let columns: String = self
                .named(columns)
                .map(|c| format!(",\n  {} {}", identifier(&c.name), sqlite_type(&c.data_type)))
                .collect();
            sql += &format!("CREATE TABLE {table}(\n  {ROW} INTEGER PRIMARY KEY{columns}\n);\n");
        }
        sql
    }

    /// Inserts a row into the core table: parameter 1 is the row, the others are [`Self::core`].
    pub fn insert_core(&self) -> String {
        insert(&self.core_table(), self.core.len())
    }

    /// Inserts a row into `reads_seq`: parameter 1 is the row, the others are [`Self::sequence`].
    pub fn insert_sequence(&self) -> String {
        insert(&self.sequence_table(), self.sequence.len())
    }

    /// Creates the table that lists the rows as sorted.
    pub fn create_places(&self) -> &'static str {
        "CREATE TABLE bioserde_places(\
         place INTEGER PRIMARY KEY, pos INTEGER, end_pos INTEGER, row INTEGER NOT NULL);"
    }

    /// Inserts into `bioserde_places`.
    pub fn insert_place(&self) -> &'static str {
        "INSERT INTO bioserde_places VALUES (?1, ?2, ?3, ?4)"
    }

    /// Selects row, name, `pos` and `end_pos` of every row as sorted.
    pub fn select_sorted(&self) -> String {
        let (table, name) = (self.core_table(), self.name_column());
        format!("SELECT {ROW}, {name}, pos, end_pos FROM {table} ORDER BY {name}, pos, {ROW}")
    }

    /// Creates the table of zones.
    pub fn create_zones(&self) -> &'static str {
        "CREATE TABLE bioserde_zones(zone INTEGER PRIMARY KEY, name TEXT, \
         min_pos INTEGER, max_end INTEGER, first_row INTEGER NOT NULL, last_row INTEGER NOT NULL);"
    }

    /// Inserts into `bioserde_zones`.
    pub fn insert_zone(&self) -> &'static str {
        "INSERT INTO bioserde_zones VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
    }

    /// Creates the index of the zones. It has all their columns, so that a search reads nothing else.
    pub fn create_zone_index(&self) -> &'static str {
        "CREATE INDEX bioserde_zones_by_name \
         ON bioserde_zones(name, min_pos, max_end, first_row, last_row);"
    }

    /// Creates the view with every column, and the one that joins the zones where there are any.
    pub fn create_views(&self, zones: Option<Zones>) -> String {
        let view = self.family.name();
        let core = self.core_table();
        let columns = self.select_list(false);
        let mut sql = format!("CREATE VIEW {view} AS SELECT {columns}\n  FROM {core} AS r;\n");
        let Some(zones) = zones else { return sql };
        // SQLite never changes the order of a CROSS JOIN: zones first, then their rows.
        let (rows, by) = match zones {
            Zones::OfRows => (format!("CROSS JOIN {core} AS r"), format!("r.{ROW}")),
            Zones::OfPlaces => (
                format!("CROSS JOIN bioserde_places AS p CROSS JOIN {core} AS r ON r.{ROW} = p.row"),
                "p.place".to_owned(),
            ),
        };
        let columns = self.select_list(zones == Zones::OfPlaces);
        sql += &format!(
            "CREATE VIEW {view}_zoned AS SELECT z.name AS zone_name, z.min_pos AS zone_min_pos, \
             z.max_end AS zone_max_end, {columns}\n  FROM bioserde_zones AS z {rows}\n  \
             WHERE {by} BETWEEN z.first_row AND z.last_row;\n"
        );
        sql
    }

    /// Every column in the table's order. Those that `bioserde_places` has come from there if wanted:
    /// a row outside a region is then never looked up.
    fn select_list(&self, from_places: bool) -> String {
        let sequence = self.sequence_table();
        let qualified = |(i, c): (usize, &Column)| {
            let name = identifier(&c.name);
            match c.name.as_str() {
                // Not a join: the planner would keep it in every aggregate, wanted or not.
                _ if self.sequence.contains(&i) => {
                    format!("(SELECT {name} FROM {sequence} AS s WHERE s.{ROW} = r.{ROW}) AS {name}")
                }
                "pos" | "end_pos" if from_places => format!("p.{name} AS {name}"),
                _ => format!("r.{name} AS {name}"),
            }
        };
        self.columns.iter().enumerate().map(qualified).collect::<Vec<_>>().join(", ")
    }

    fn tables(&self) -> impl Iterator<Item = (String, &[usize])> {
        let sequence = (!self.sequence.is_empty()).then(|| (self.sequence_table(), self.sequence.as_slice()));
        std::iter::once((self.core_table(), self.core.as_slice())).chain(sequence)
    }

    fn named<'a>(&'a self, positions: &'a [usize]) -> impl Iterator<Item = &'a Column> {
        positions.iter().filter_map(|i| self.columns.get(*i))
    }

    fn core_table(&self) -> String {
        format!("{}_core", self.family.name())
    }

    fn sequence_table(&self) -> String {
        format!("{}_seq", self.family.name())
    }

    fn name_column(&self) -> &'static str {
        match self.family {
            Family::Alignments => "rname",
            Family::Variants => "chrom",
        }
    }
}

fn insert(table: &str, columns: usize) -> String {
    format!("INSERT INTO {table} VALUES (?1{})", ", ?".repeat(columns))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alignments;
    use bioserde_core::sam;

    fn layout(columns: &[&str]) -> SqliteLayout {
        let mut table = alignments::table(&sam::Header::default(), &[]);
        table.project(columns).unwrap();
        SqliteLayout::new(&table)
    }

    #[test]
    fn identifiers_are_quoted() {
        assert_eq!(identifier("ref"), "\"ref\"");
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
    }

    #[test]
    fn bases_and_qualities_are_apart() {
        let layout = layout(&["qname", "seq", "pos", "qual"]);
        assert_eq!((layout.core(), layout.sequence()), (&[0, 2][..], &[1, 3][..]));
        assert_eq!(layout.zone_columns(), None);
        assert_eq!(layout.insert_sequence(), "INSERT INTO reads_seq VALUES (?1, ?, ?)");
        let views = layout.create_views(None);
        assert!(views.contains("r.\"qname\" AS \"qname\", (SELECT \"seq\" FROM reads_seq AS s"), "{views}");
    }

    #[test]
    fn zones_need_three_columns() {
        let layout = layout(&["end_pos", "seq", "pos", "rname"]);
        assert_eq!(layout.zone_columns(), Some(ZoneColumns { name: 2, pos: 1, end_pos: 0 }));
        let views = layout.create_views(Some(Zones::OfPlaces));
        assert!(views.contains("p.\"pos\" AS \"pos\""), "{views}");
        assert!(!layout.create_views(Some(Zones::OfRows)).contains("places"));
    }
}
