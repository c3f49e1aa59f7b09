//! `INFO`, and the form of `QUAL`, by the layout.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch};
use bioserde_schema::{Origin, TableSchema};

use super::values::{Cells, parse_mark, split_mark};
use crate::formats::vcf::number::Mark;
use crate::restore::RestoreError;
use crate::restore::cells::{Structs, Texts, typed};

/// What ends an entry of INFO.
const FORBIDDEN: &[u8] = b";";

#[derive(Debug)]
enum Step {
    /// A key's column, by its number among those of INFO.
    Column(usize, Mark),
    /// `KEY=.`
    Missing(String),
    /// The next entry of `info_other`.
    Other,
}

/// An `INFO` as its layout tells it.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) qual: Mark,
    steps: Vec<Step>,
    /// Columns that the layout does not name.
    others: Vec<usize>,
}

#[derive(Debug)]
struct InfoColumn {
    position: usize,
    name: String,
    key: String,
    declared: String,
}

/// The columns of `INFO`.
#[derive(Debug)]
pub(super) struct InfoCells {
    columns: Vec<InfoColumn>,
    by_key: HashMap<String, usize>,
    /// Keys of the header that have no column any more.
    dropped: HashSet<String>,
    layout: Option<usize>,
    other: Option<usize>,
    programs: HashMap<Box<str>, Arc<Program>>,
    cells: Vec<Cells>,
    layouts: Option<Texts>,
    known: Vec<Option<Arc<Program>>>,
    without: Arc<Program>,
    others: Option<Others>,
}

#[derive(Debug)]
struct Others {
    lists: Structs,
    key: Texts,
    value: Texts,
}

impl InfoCells {
    pub(super) fn new(table: &TableSchema, keys: &[String]) -> Self {
        let columns = table.columns.iter().enumerate().filter_map(|(position, c)| match &c.origin {
            Origin::Info { key, declared, .. } => {
                let (name, key, declared) = (c.name.clone(), key.clone(), declared.clone());
                Some(InfoColumn { position, name, key, declared })
            }
            _ => None,
        });
        let columns: Vec<InfoColumn> = columns.collect();
        let is_dropped = |key: &&String| !columns.iter().any(|c| c.key == **key);
        Self {
            dropped: keys.iter().filter(is_dropped).cloned().collect(),
            by_key: columns.iter().enumerate().map(|(i, c)| (c.key.clone(), i)).collect(),
            columns,
            layout: table.position("info_layout"),
            other: table.position("info_other"),
            programs: HashMap::new(),
            cells: Vec::new(),
            layouts: None,
            known: Vec::new(),
            without: Arc::default(),
            others: None,
        }
    }

    pub(super) fn open(&mut self, batch: &RecordBatch) -> Result<(), RestoreError> {
        let cells = self.columns.iter().map(|c| Cells::new(&c.name, &c.declared, batch.column(c.position)));
        self.cells = cells.collect::<Result<_, _>>()?;
        let layouts = self.layout.map(|i| batch.column(i)).filter(|a| a.null_count() < a.len());
        self.layouts = layouts.map(|a| typed("info_layout", a, "text", Texts::new)).transpose()?;
        let other = self.other.map(|i| batch.column(i)).filter(|a| a.null_count() < a.len());
        self.others = other.map(Others::new).transpose()?;
        let has_values = |i: &usize| !matches!(self.cells.get(*i), Some(Cells::Empty) | None);
        let others = (0..self.columns.len()).filter(has_values).collect();
        self.without = Arc::new(Program { others, ..Program::default() });
        // Which columns have values differs from batch to batch.
        self.programs.clear();
        self.known.clear();
        if let Some(Texts::Repeated { values, .. }) = &self.layouts {
            self.known.resize(values.len(), None);
        }
        Ok(())
    }

    pub(super) fn program(&mut self, row: usize) -> Result<Arc<Program>, RestoreError> {
        let Some(layouts) = &self.layouts else { return Ok(Arc::clone(&self.without)) };
        let key = layouts.key(row);
        if let Some(program) = key.and_then(|key| self.known.get(key)).and_then(Option::as_ref) {
            return Ok(Arc::clone(program));
        }
        let Some(text) = layouts.get(row) else { return Ok(Arc::clone(&self.without)) };
        let program = match self.programs.get(text) {
            Some(program) => Arc::clone(program),
            None => {
                let program = Arc::new(self.parse(text)?);
                self.programs.insert(text.into(), Arc::clone(&program));
                program
            }
        };
        if let Some(slot) = key.and_then(|key| self.known.get_mut(key)) {
            *slot = Some(Arc::clone(&program));
        }
        Ok(program)
    }

    /// Reads a layout (docs/schema.md, `info_layout`).
    fn parse(&self, layout: &str) -> Result<Program, RestoreError> {
        let fault = || RestoreError::column("info_layout", format!("is `{layout}`, which is no layout"));
        let mut program = Program::default();
        let mut entries = layout;
        if let Some(rest) = layout.strip_prefix('@') {
            let (mark, rest) = rest.split_once(';').ok_or_else(fault)?;
            program.qual = match mark {
                "*" => Mark::Other,
                mark => mark.strip_prefix('%').and_then(parse_mark).ok_or_else(fault)?,
            };
            entries = rest;
        }
        let mut is_used = vec![false; self.columns.len()];
        for entry in entries.split(';').filter(|_| entries != ".") {
            if entry == "*" {
                program.steps.push(Step::Other);
                continue;
            }
            if let Some(key) = entry.strip_suffix("=.") {
                // Where a value was put there since, it counts.
                program.steps.push(Step::Missing(key.to_owned()));
                continue;
            }
            let (key, mark) = split_mark(entry, |key| self.by_key.contains_key(key));
            // A column that the table no longer has.
            let Some(column) = self.by_key.get(key) else { continue };
            if let Some(used) = is_used.get_mut(*column) {
                *used = true;
            }
            program.steps.push(Step::Column(*column, mark));
        }
        let others = self.without.others.iter().copied();
        program.others = others.filter(|i| is_used.get(*i) == Some(&false)).collect();
        Ok(program)
    }

    pub(super) fn append(
        &self,
        program: &Program,
        row: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), RestoreError> {
        let mut begun = false;
        let mut seen = Vec::new();
        let mut others = self.others.as_ref().and_then(|o| o.lists.lists.get(row)).unwrap_or_default();
        for step in &program.steps {
            match step {
                Step::Column(column, mark) => self.append_column(*column, *mark, row, &mut begun, out)?,
                Step::Missing(key) => {
                    // Where a value was put there since, it counts.
                    let column = self.by_key.get(key).copied();
                    let is_set = column.and_then(|i| self.cells.get(i)).is_some_and(|c| c.is_valid(row));
                    if !is_set {
                        separate(&mut begun, out);
                        out.extend_from_slice(key.as_bytes());
                        out.extend_from_slice(b"=.");
                    }
                }
                Step::Other => self.append_other(program, row, &mut others, &mut seen, &mut begun, out)?,
            }
        }
        while !others.is_empty() {
            self.append_other(program, row, &mut others, &mut seen, &mut begun, out)?;
        }
        for column in &program.others {
            let in_other = || self.has_other(row, *column);
            if self.cells.get(*column).is_some_and(|c| c.is_valid(row)) && !in_other() {
                self.append_column(*column, Mark::None, row, &mut begun, out)?;
            }
        }
        if !begun {
            out.push(b'.');
        }
        Ok(())
    }

    fn append_column(
        &self,
        column: usize,
        mark: Mark,
        row: usize,
        begun: &mut bool,
        out: &mut Vec<u8>,
    ) -> Result<(), RestoreError> {
        let (Some(InfoColumn { name, key, .. }), Some(cells)) =
            (self.columns.get(column), self.cells.get(column))
        else {
            return Ok(());
        };
        if !cells.is_valid(row) {
            return Ok(());
        }
        separate(begun, out);
        out.extend_from_slice(key.as_bytes());
        if matches!(cells, Cells::Flags(_)) {
            return Ok(());
        }
        out.push(b'=');
        cells.append(name, row, mark, FORBIDDEN, out)
    }

    /// Appends the next entry of `info_other`, unless its key's column says something else by now: then that
    /// counts. An entry whose column was taken out of the table is left out with it.
    fn append_other(
        &self,
        program: &Program,
        row: usize,
        entries: &mut Range<usize>,
        seen: &mut Vec<usize>,
        begun: &mut bool,
        out: &mut Vec<u8>,
    ) -> Result<(), RestoreError> {
        let (Some(others), Some(entry)) = (&self.others, entries.next()) else { return Ok(()) };
        let key = others.key.get(entry).unwrap_or_default();
        if self.dropped.contains(key) {
            return Ok(());
        }
        // A key that stands twice has its column for the first time, and its entry for the second.
        let is_first = |column: &usize| !seen.contains(column);
        let column = self.by_key.get(key).copied().filter(|c| program.others.contains(c)).filter(is_first);
        seen.extend(column);
        if let Some((column, cells)) = column.and_then(|i| Some((i, self.cells.get(i)?)))
            && cells.is_valid(row)
            && !cells.is_said_by(row, others.value.get(entry).unwrap_or_default())
        {
            return self.append_column(column, Mark::None, row, begun, out);
        }
        separate(begun, out);
        super::values::append_text("info_other", key, FORBIDDEN, out)?;
        match others.value.get(entry) {
            Some(value) => {
                out.push(b'=');
                super::values::append_text("info_other", value, FORBIDDEN, out)
            }
            None => Ok(()),
        }
    }

    /// Whether `info_other` of a row has a column's key: its text is there because the column has no form
    /// for it.
    fn has_other(&self, row: usize, column: usize) -> bool {
        let (Some(others), Some(column)) = (&self.others, self.columns.get(column)) else { return false };
        let entries = others.lists.lists.get(row).unwrap_or_default();
        entries.into_iter().any(|entry| others.key.get(entry) == Some(column.key.as_str()))
    }
}

/// An empty entry, as after a last `;`, is one too: what was written does not tell whether there was one.
fn separate(begun: &mut bool, out: &mut Vec<u8>) {
    if std::mem::replace(begun, true) {
        out.push(b';');
    }
}

impl Others {
    fn new(array: &ArrayRef) -> Result<Self, RestoreError> {
        let lists = typed("info_other", array, "a list of structs", Structs::new)?;
        let field = |name: &str| {
            lists.texts(name).ok_or_else(|| {
                RestoreError::column("info_other", format!("has no field `{name}` that is text"))
            })
        };
        let (key, value) = (field("key")?, field("value")?);
        Ok(Self { lists, key, value })
    }
}
