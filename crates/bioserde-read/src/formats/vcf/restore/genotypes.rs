//! `FORMAT` and the samples, by the layout.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch};
use bioserde_schema::variants::Genotypes;
use bioserde_schema::{Origin, TableSchema};

use super::Samples;
use super::values::{Cells, append_text, split_mark};
use crate::formats::vcf::number::Mark;
use crate::restore::RestoreError;
use crate::restore::cells::{Integers, Lists, Structs, Texts, typed};

/// What ends a value of a sample.
const FORBIDDEN: &[u8] = b":";

/// A `FORMAT` as its layout tells it.
#[derive(Debug, Default)]
struct Program {
    /// As it stands in the line.
    format: String,
    keys: Vec<Key>,
    /// Every sample leaves trailing missing values out.
    drops: bool,
    /// Columns with values that the layout does not name.
    others: Vec<usize>,
}

#[derive(Debug)]
struct Key {
    text: String,
    column: Option<usize>,
    mark: Mark,
}

#[derive(Debug)]
struct FormatColumn {
    position: usize,
    name: String,
    key: String,
    declared: String,
}

/// The columns of `FORMAT` keys.
#[derive(Debug)]
pub(super) struct GenotypeCells {
    samples: Arc<Samples>,
    columns: Vec<FormatColumn>,
    by_key: HashMap<String, usize>,
    /// Keys of the header that have no column any more.
    dropped: HashSet<String>,
    layout: Option<usize>,
    other: Option<usize>,
    sample: Option<usize>,
    programs: HashMap<String, Arc<Program>>,
    cells: Vec<SampleCells>,
    layouts: Option<Texts>,
    others: Option<Others>,
    names: Option<Texts>,
}

/// The values of a key for each sample.
#[derive(Debug)]
enum SampleCells {
    /// A row is a sample, or there is one sample.
    Flat(Cells),
    /// A row has a list of samples.
    Nested(Lists, Cells),
}

#[derive(Debug)]
struct Others {
    lists: Structs,
    sample: Integers,
    key: Texts,
    value: Texts,
}

impl GenotypeCells {
    pub(super) fn new(table: &TableSchema, samples: &Arc<Samples>, keys: &[String]) -> Self {
        let columns = table.columns.iter().enumerate().filter_map(|(position, c)| match &c.origin {
            Origin::Format { key, declared, .. } => {
                let (name, key, declared) = (c.name.clone(), key.clone(), declared.clone());
                Some(FormatColumn { position, name, key, declared })
            }
            _ => None,
        });
        let columns: Vec<FormatColumn> = columns.collect();
        let is_dropped = |key: &&String| !columns.iter().any(|c| c.key == **key);
        Self {
            dropped: keys.iter().filter(is_dropped).cloned().collect(),
            by_key: columns.iter().enumerate().map(|(i, c)| (c.key.clone(), i)).collect(),
            columns,
            samples: Arc::clone(samples),
            layout: table.position("format_layout"),
            other: table.position("fmt_other"),
            sample: table.position("sample").filter(|_| samples.layout == Genotypes::Long),
            programs: HashMap::new(),
            cells: Vec::new(),
            layouts: None,
            others: None,
            names: None,
        }
    }

    pub(super) fn is_long(&self) -> bool {
        self.samples.layout == Genotypes::Long
    }

    /// How many samples a record has.
    pub(super) fn samples(&self) -> usize {
        self.samples.names.len()
    }

    /// Whether the rows of a record are those of its samples, each once at most.
    pub(super) fn check_samples(&self, row: usize, rows: usize) -> Result<(), RestoreError> {
        let fault = |what: String| Err(RestoreError::column("sample", what));
        let wanted = &self.samples.names;
        let Some(names) = &self.names else {
            let all = wanted.len();
            return if rows == all {
                Ok(())
            } else {
                fault(format!("is missing, and a record has {rows} rows, not {all}"))
            };
        };
        if rows == wanted.len() && (0..rows).all(|i| names.get(row + i) == wanted.get(i).map(String::as_str))
        {
            return Ok(());
        }
        let mut left: HashMap<&str, bool> = wanted.iter().map(|name| (name.as_str(), true)).collect();
        for row in row..row + rows {
            let name = names.get(row).unwrap_or_default();
            match left.get_mut(name) {
                Some(is_left) if *is_left => *is_left = false,
                Some(_) => return fault(format!("is `{name}` twice in one record")),
                None => return fault(format!("is `{name}`, which is no sample of the header")),
            }
        }
        Ok(())
    }

    pub(super) fn open(&mut self, batch: &RecordBatch) -> Result<(), RestoreError> {
        let is_nested = self.samples.layout == Genotypes::Nested && self.samples.names.len() != 1;
        let cells = |c: &FormatColumn| {
            let array = batch.column(c.position);
            if !is_nested || array.null_count() == array.len() {
                return Cells::new(&c.name, &c.declared, array).map(SampleCells::Flat);
            }
            let (lists, elements) = typed(&c.name, array, "a list with an element a sample", Lists::new)?;
            Ok(SampleCells::Nested(lists, Cells::new(&c.name, &c.declared, &elements)?))
        };
        self.cells = self.columns.iter().map(cells).collect::<Result<_, _>>()?;
        // Which columns have values differs from batch to batch.
        self.programs.clear();
        let column = |i: Option<usize>| i.map(|i| batch.column(i)).filter(|a| a.null_count() < a.len());
        let layouts = column(self.layout).map(|a| typed("format_layout", a, "text", Texts::new));
        self.layouts = layouts.transpose()?;
        self.names = column(self.sample).map(|a| typed("sample", a, "text", Texts::new)).transpose()?;
        self.others = column(self.other).map(Others::new).transpose()?;
        Ok(())
    }

    /// Appends `FORMAT` and the samples with the tabs before them. `rows` is how many rows from `row` on are
    /// of the record.
    pub(super) fn append(&mut self, row: usize, rows: usize, out: &mut Vec<u8>) -> Result<(), RestoreError> {
        if self.samples.names.is_empty() || self.samples.layout == Genotypes::None {
            return Ok(());
        }
        let program = self.program(row, rows)?;
        out.push(b'\t');
        out.extend_from_slice(program.format.as_bytes());
        let mut others = self.others.as_ref().and_then(|o| o.lists.lists.get(row)).unwrap_or_default();
        for sample in 0..self.samples.names.len() {
            out.push(b'\t');
            self.append_sample(&program, row, rows, sample, &mut others, out)?;
        }
        if others.start >= others.end {
            return Ok(());
        }
        Err(RestoreError::column("fmt_other", "has a value of a sample or key that FORMAT does not name"))
    }

    fn append_sample(
        &self,
        program: &Program,
        row: usize,
        rows: usize,
        sample: usize,
        others: &mut Range<usize>,
        out: &mut Vec<u8>,
    ) -> Result<(), RestoreError> {
        let row_of_sample = self.row_of(row, rows, sample);
        let start = out.len();
        // Where the values end that are not left out.
        let mut end = start;
        for (i, key) in program.keys.iter().enumerate() {
            if i > 0 {
                out.push(b':');
            }
            let value_at = out.len();
            match self.next_other(others, sample, &key.text) {
                Some(value) if self.is_said_by(key, row_of_sample, sample, value) => {
                    append_text("fmt_other", value, FORBIDDEN, out)?;
                }
                _ => self.append_cell(key, row_of_sample, sample, out)?,
            }
            if i == 0 || out.get(value_at..) != Some(b".") {
                end = out.len();
            }
        }
        if program.drops {
            out.truncate(end);
        }
        Ok(())
    }

    /// Whether the text of `fmt_other` counts: not if the column was taken out of the table, or its cell says
    /// something else by now.
    fn is_said_by(&self, key: &Key, row: Option<usize>, sample: usize, text: &str) -> bool {
        let Some(cells) = key.column.and_then(|i| self.cells.get(i)) else {
            return !self.dropped.contains(&key.text);
        };
        let Some(row) = row else { return true };
        let (cells, at) = match cells {
            SampleCells::Flat(cells) => (cells, row),
            SampleCells::Nested(lists, cells) => match lists.get(row) {
                Some(range) => (cells, range.start + sample),
                None => return true,
            },
        };
        !cells.is_valid(at) || cells.is_said_by(at, text)
    }

    #[inline]
    fn append_cell(
        &self,
        key: &Key,
        row: Option<usize>,
        sample: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), RestoreError> {
        let column = key.column.and_then(|i| self.columns.get(i).zip(self.cells.get(i))).zip(row);
        let Some(((FormatColumn { name, .. }, cells), row)) = column else {
            out.push(b'.');
            return Ok(());
        };
        match cells {
            SampleCells::Flat(cells) => cells.append(name, row, key.mark, FORBIDDEN, out),
            SampleCells::Nested(lists, cells) => match lists.get(row) {
                None => {
                    out.push(b'.');
                    Ok(())
                }
                Some(range) if range.len() == self.samples.names.len() => {
                    cells.append(name, range.start + sample, key.mark, FORBIDDEN, out)
                }
                Some(range) => {
                    let (found, wanted) = (range.len(), self.samples.names.len());
                    let fault = format!("has a list of {found}, but there are {wanted} samples");
                    Err(RestoreError::column(name, fault))
                }
            },
        }
    }

    /// The row that has a sample's values. In the long layout a sample may have none.
    fn row_of(&self, row: usize, rows: usize, sample: usize) -> Option<usize> {
        if !self.is_long() {
            return Some(row);
        }
        let Some(names) = &self.names else { return (sample < rows).then_some(row + sample) };
        let wanted = self.samples.names.get(sample).map(String::as_str);
        let expected = row + sample;
        if sample < rows && names.get(expected) == wanted {
            return Some(expected);
        }
        (row..row + rows).find(|row| names.get(*row) == wanted)
    }

    /// What `fmt_other` has of a sample and key, which come in order.
    fn next_other(&self, others: &mut Range<usize>, sample: usize, key: &str) -> Option<&str> {
        if others.start >= others.end {
            return None;
        }
        let entries = self.others.as_ref()?;
        let is_sample = entries.sample.get(others.start) == i64::try_from(sample).ok();
        if !is_sample || entries.key.get(others.start) != Some(key) {
            return None;
        }
        let value = entries.value.get(others.start);
        others.start += 1;
        value
    }

    fn program(&mut self, row: usize, rows: usize) -> Result<Arc<Program>, RestoreError> {
        let layout = self.layouts.as_ref().and_then(|layouts| layouts.get(row)).unwrap_or(".");
        let program = match self.programs.get(layout) {
            Some(program) => Arc::clone(program),
            None => {
                let program = Arc::new(self.parse(layout)?);
                self.programs.insert(layout.to_owned(), Arc::clone(&program));
                program
            }
        };
        let mut added = program.others.iter().filter(|i| self.has_value(**i, row, rows)).peekable();
        if added.peek().is_none() {
            return Ok(program);
        }
        let keys = |i: &usize| self.columns.get(*i).map(|c| c.key.as_str());
        let mut added: Vec<&str> = added.filter_map(keys).collect();
        added.sort_by_key(|key| *key != "GT");
        let layout = match layout {
            "." => added.join(":"),
            layout => format!("{}:{}", layout.trim_end_matches('/'), added.join(":")),
        };
        Ok(Arc::new(self.parse(&layout)?))
    }

    /// Reads a layout (docs/schema.md, `format_layout`).
    fn parse(&self, layout: &str) -> Result<Program, RestoreError> {
        let (keys, drops) = layout.strip_suffix('/').map_or((layout, false), |keys| (keys, true));
        let mut program = Program { drops, ..Program::default() };
        for entry in keys.split(':') {
            let (key, mark) = split_mark(entry, |key| self.by_key.contains_key(key));
            if program.keys.iter().any(|other| other.text == key) {
                // Which value is whose only the record tells.
                let fault = format!("has {key} twice, and `residual` has no record that fits the row");
                return Err(RestoreError::column("format_layout", fault));
            }
            if !program.keys.is_empty() {
                program.format.push(':');
            }
            program.format.push_str(key);
            let column = self.by_key.get(key).copied();
            program.keys.push(Key { text: key.to_owned(), column, mark });
        }
        let is_named = |i: &usize| program.keys.iter().any(|key| key.column == Some(*i));
        let is_empty = |i: &usize| matches!(self.cells.get(*i), Some(SampleCells::Flat(Cells::Empty)) | None);
        program.others = (0..self.columns.len()).filter(|i| !is_empty(i) && !is_named(i)).collect();
        Ok(program)
    }

    /// Whether a sample of a record has a value in a column.
    fn has_value(&self, column: usize, row: usize, rows: usize) -> bool {
        match self.cells.get(column) {
            Some(SampleCells::Flat(cells)) => (row..row + rows).any(|row| cells.is_valid(row)),
            Some(SampleCells::Nested(lists, cells)) => {
                lists.get(row).is_some_and(|mut range| range.any(|i| cells.is_valid(i)))
            }
            None => false,
        }
    }
}

impl Others {
    fn new(array: &ArrayRef) -> Result<Self, RestoreError> {
        let lists = typed("fmt_other", array, "a list of structs", Structs::new)?;
        let fault =
            |name: &str| RestoreError::column("fmt_other", format!("has no field `{name}` of its type"));
        let text = |name: &str| lists.texts(name).ok_or_else(|| fault(name));
        let (key, value) = (text("key")?, text("value")?);
        let sample = lists.integers("sample").ok_or_else(|| fault("sample"))?;
        Ok(Self { lists, sample, key, value })
    }
}
