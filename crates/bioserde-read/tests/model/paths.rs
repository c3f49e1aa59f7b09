//! A file, read both ways.

use std::fs;
use std::ops::Range;

use bioserde_read::{Input, Model, Options, Table};
use bioserde_schema::TableSchema;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::cell::Cell;

/// What the column path makes of a file.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) table: TableSchema,
    pub(crate) rows: Vec<Vec<Cell>>,
}

impl Columns {
    /// The cell of a column in a row.
    pub(crate) fn get(&self, row: usize, name: &str) -> &Cell {
        &self.rows[row][self.table.position(name).unwrap_or_else(|| panic!("no column {name}"))]
    }
}

/// How a file is written and read, as far as that should make no difference.
#[derive(Clone, Debug)]
pub(crate) struct Cuts {
    /// Inflated sizes of the BGZF blocks.
    pub(crate) blocks: Vec<usize>,
    batch_records: usize,
    unit_rows: usize,
}

impl Cuts {
    pub(crate) const WHOLE: Self = Self { blocks: Vec::new(), batch_records: 8192, unit_rows: 122_880 };

    pub(crate) fn options(&self) -> Options {
        let Self { batch_records, unit_rows, .. } = *self;
        Options { batch_records, unit_rows, ..Options::default() }
    }
}

pub(crate) fn arb_cuts() -> impl Strategy<Value = Cuts> {
    let rows: Range<usize> = 1..12;
    let cuts = (vec(1..3000_usize, 1..4), 1..5_usize, rows);
    cuts.prop_map(|(blocks, batch_records, unit_rows)| Cuts { blocks, batch_records, unit_rows })
}

/// Writes a file and reads it both ways: the columns, or why there are none, and each record's model,
/// or why it has none.
pub(crate) fn read(bytes: &[u8], options: &Options) -> (Result<Columns, String>, Vec<Result<Model, String>>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, bytes).unwrap();
    let path = path.to_str().unwrap();
    (columns(path, options).map_err(|e| e.to_string()), models(path, options))
}

/// The models of a file, or why a record has none.
pub(crate) fn models(path: &str, options: &Options) -> Vec<Result<Model, String>> {
    let input = Input::open(path, options).unwrap();
    input.records().map(|record| record.map_err(|e| e.to_string())).collect()
}

fn columns(path: &str, options: &Options) -> bioserde_read::Result<Columns> {
    let mut inputs = vec![Input::open(path, options)?];
    let table = Table::of(&mut inputs, options)?.unwrap();
    let input = &mut inputs[0];
    let (rest, chunks) = input.take_chunks();
    let (mut framer, filter) = (input.framer(), input.filter());
    let mut segments = Vec::new();
    for inflated in rest.into_iter().map(Ok).chain(chunks.into_iter().flatten().map(|c| c?.inflate())) {
        segments.extend(framer.push(inflated?)?);
    }
    segments.extend(input.finish(&mut framer)?);
    let mut assembler = table.assembler(input);
    let mut units = Vec::new();
    for segment in segments {
        let kept = filter.as_ref().map_or_else(|| Ok(vec![segment.clone()]), |f| f.apply(&segment))?;
        kept.into_iter().for_each(|segment| assembler.push(segment, |unit| units.push(unit)));
    }
    units.extend(assembler.finish());
    let mut rows = Vec::new();
    for unit in units {
        let mut batches = table.decoder().decode(unit);
        while let Some(batch) = batches.next_batch()? {
            rows.extend(Cell::rows(&batch));
        }
    }
    Ok(Columns { table: table.schema().clone(), rows })
}

/// The JSON of a model reads back to it.
pub(crate) fn check_json<T>(model: &T) -> Result<(), TestCaseError>
where
    T: serde::Serialize + serde::de::DeserializeOwned + std::fmt::Debug,
{
    let json = serde_json::to_string(model).unwrap();
    let again: T = serde_json::from_str(&json).map_err(|e| TestCaseError::fail(format!("{e}: {json}")))?;
    // NaN is not equal to itself, but its text is.
    prop_assert_eq!(serde_json::to_string(&again).unwrap(), json);
    Ok(())
}
