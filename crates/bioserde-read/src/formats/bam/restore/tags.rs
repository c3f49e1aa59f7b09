//! Optional fields of their columns.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch};
use bioserde_schema::alignments::TagKind;
use bioserde_schema::{Origin, TableSchema, column_name};

use super::values::{self, append_arrays, append_float, append_integer, append_text};
use crate::formats::sam::encode::append_long_cigar;
use crate::restore::RestoreError;
use crate::restore::cells::{Floats, Integers, Lists, Structs, Texts, typed};

/// A tag as a layout has it.
#[derive(Clone, Copy, Debug)]
struct Step {
    tag: [u8; 2],
    value_type: u8,
    /// Of an array.
    subtype: u8,
    /// Among the columns of tags.
    column: Option<usize>,
}

impl Step {
    fn is_cigar(&self) -> bool {
        (&self.tag, self.value_type, self.subtype) == (b"CG", b'B', b'I')
    }
}

/// The tags of a layout in order, and the columns of all other tags.
#[derive(Debug, Default)]
struct Program {
    steps: Vec<Step>,
    others: Vec<usize>,
}

impl Program {
    /// How often a tag stands after a step without having the column.
    fn without_column(&self, step: usize, tag: [u8; 2]) -> usize {
        self.steps.iter().skip(step + 1).filter(|s| s.tag == tag && s.column.is_none()).count()
    }
}

/// A column of a table of alignments that holds a tag.
#[derive(Debug)]
struct TagColumn {
    /// In the table.
    position: usize,
    name: String,
    tag: [u8; 2],
    kind: TagKind,
}

/// The columns of tags, `tags_other` and `tag_layout`.
#[derive(Debug)]
pub(super) struct TagCells {
    columns: Vec<TagColumn>,
    layout: Option<usize>,
    other: Option<usize>,
    programs: HashMap<Box<str>, Arc<Program>>,
    batch: Batch,
}

#[derive(Debug, Default)]
struct Batch {
    cells: Vec<Cells>,
    layouts: Option<Texts>,
    /// Of the texts in the dictionary of layouts.
    programs: Vec<Option<Arc<Program>>>,
    /// Of rows without a layout.
    without: Arc<Program>,
    other: Option<Other>,
}

#[derive(Debug)]
enum Cells {
    /// No row has the tag.
    Empty,
    Integers(Integers),
    Floats(Floats),
    Texts(Texts),
    IntegerLists(Lists, Integers),
    FloatLists(Lists, Floats),
}

#[derive(Debug)]
struct Other {
    lists: Structs,
    tag: Texts,
    value_type: Texts,
    value: Texts,
}

impl TagCells {
    pub(super) fn new(table: &TableSchema) -> Self {
        let columns = table.columns.iter().enumerate().filter_map(|(position, c)| match &c.origin {
            Origin::Tag { tag, kind } => {
                Some(TagColumn { position, name: c.name.clone(), tag: *tag, kind: *kind })
            }
            _ => None,
        });
        Self {
            columns: columns.collect(),
            layout: table.position("tag_layout"),
            other: table.position("tags_other"),
            programs: HashMap::new(),
            batch: Batch::default(),
        }
    }

    pub(super) fn open(&mut self, batch: &RecordBatch) -> Result<(), RestoreError> {
        let cells: Result<Vec<Cells>, _> =
            self.columns.iter().map(|c| cells(c, batch.column(c.position))).collect();
        let layouts = self.layout.map(|i| typed("tag_layout", batch.column(i), "text", Texts::new));
        let other = self.other.map(|i| batch.column(i)).filter(|a| a.null_count() < a.len());
        let mut open = Batch {
            cells: cells?,
            layouts: layouts.transpose()?,
            other: other.map(Other::new).transpose()?,
            ..Batch::default()
        };
        let has_values = |i: &usize| !matches!(open.cells.get(*i), Some(Cells::Empty) | None);
        let all = (0..self.columns.len()).filter(has_values).collect();
        open.without = Arc::new(Program { steps: Vec::new(), others: all });
        if let Some(Texts::Repeated { values, .. }) = &open.layouts {
            open.programs = vec![None; values.len()];
        }
        // Which columns have values differs from batch to batch.
        self.programs.clear();
        self.batch = open;
        Ok(())
    }

    /// Appends the optional fields of a row. `long_cigar` are operations for which the record has no room.
    pub(super) fn append(
        &mut self,
        row: usize,
        long_cigar: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) -> Result<(), RestoreError> {
        let program = self.program(row)?;
        let mut long_cigar = long_cigar;
        let mut other = self.batch.other.as_ref().map(|other| other.of_row(row)).unwrap_or_default();
        for (i, step) in program.steps.iter().enumerate() {
            if let (true, Some(operations)) = (step.is_cigar(), long_cigar) {
                append_long_cigar(operations, out);
                long_cigar = None;
                continue;
            }
            let is_written = match step.column {
                Some(column) => self.append_cell(column, row, Some(step), out)?,
                None => false,
            };
            let Some(entries) = &self.batch.other else { continue };
            if !is_written {
                entries.append_next(&mut other, Some(step), out)?;
            } else if entries.count(&other, step.tag) > program.without_column(i, step.tag) {
                // The text that was kept for lack of a value: by now there is one.
                other.start += 1;
            }
        }
        if let Some(entries) = &self.batch.other {
            while !other.is_empty() {
                entries.append_next(&mut other, None, out)?;
            }
        }
        for column in &program.others {
            self.append_cell(*column, row, None, out)?;
        }
        if let Some(operations) = long_cigar {
            append_long_cigar(operations, out);
        }
        Ok(())
    }

    fn program(&mut self, row: usize) -> Result<Arc<Program>, RestoreError> {
        let Some(layouts) = &self.batch.layouts else { return Ok(Arc::clone(&self.batch.without)) };
        let key = layouts.key(row);
        if let Some(program) = key.and_then(|key| self.batch.programs.get(key)).and_then(Option::as_ref) {
            return Ok(Arc::clone(program));
        }
        let Some(text) = layouts.get(row) else { return Ok(Arc::clone(&self.batch.without)) };
        let program = match self.programs.get(text) {
            Some(program) => Arc::clone(program),
            None => {
                let program = Arc::new(self.parse(text)?);
                self.programs.insert(text.into(), Arc::clone(&program));
                program
            }
        };
        if let Some(slot) = key.and_then(|key| self.batch.programs.get_mut(key)) {
            *slot = Some(Arc::clone(&program));
        }
        Ok(program)
    }

    /// Reads a layout (docs/schema.md, `tag_layout`).
    fn parse(&self, layout: &str) -> Result<Program, RestoreError> {
        let fault = || RestoreError::column("tag_layout", format!("is `{layout}`, which is no layout"));
        let mut program = Program::default();
        let mut is_used = vec![false; self.columns.len()];
        for entry in layout.split(' ').filter(|entry| !entry.is_empty()) {
            let (tag, value_type, subtype) = match entry.as_bytes() {
                [a, b, b':', b'B', subtype] => ([*a, *b], b'B', *subtype),
                [a, b, b':', value_type] => ([*a, *b], *value_type, 0),
                _ => return Err(fault()),
            };
            let kind = TagKind::of(value_type, Some(subtype)).ok_or_else(fault)?;
            let is_it = |c: &TagColumn| c.tag == tag && values::holds(c.kind, kind);
            // Without metadata the name does not tell the case of a tag; the layout does.
            let name = column_name("tag_", &String::from_utf8_lossy(&tag));
            let is_named = |tag: [u8; 2]| layout.split(' ').any(|entry| entry.as_bytes().starts_with(&tag));
            let is_meant = |c: &TagColumn| c.name == name && values::holds(c.kind, kind) && !is_named(c.tag);
            let column =
                self.columns.iter().position(is_it).or_else(|| self.columns.iter().position(is_meant));
            // Of a tag that stands twice, the first has the column.
            let column = column.filter(|i| is_used.get(*i) == Some(&false));
            if let Some(used) = column.and_then(|i| is_used.get_mut(i)) {
                *used = true;
            }
            program.steps.push(Step { tag, value_type, subtype, column });
        }
        let others = self.batch.without.others.iter().copied();
        program.others = others.filter(|i| is_used.get(*i) == Some(&false)).collect();
        Ok(program)
    }

    /// Appends a tag from its column; says whether the row has it. Without a step its type is the smallest
    /// that holds the value.
    fn append_cell(
        &self,
        column: usize,
        row: usize,
        step: Option<&Step>,
        out: &mut Vec<u8>,
    ) -> Result<bool, RestoreError> {
        let (Some(TagColumn { name, tag, kind, .. }), Some(cells)) =
            (self.columns.get(column), self.batch.cells.get(column))
        else {
            return Ok(false);
        };
        let start = out.len();
        out.extend_from_slice(step.map_or(tag, |step| &step.tag));
        let is_there = match cells {
            Cells::Empty => false,
            Cells::Integers(cells) => match cells.get(row) {
                Some(value) => append_integer(step.map(|s| s.value_type), value, out),
                None => false,
            },
            Cells::Floats(cells) => cells.get(row).inspect(|value| append_float(*value, out)).is_some(),
            Cells::Texts(cells) => match cells.get(row) {
                Some(text) => {
                    let usual = if *kind == TagKind::Character { b'A' } else { b'Z' };
                    let value_type = step.map_or(usual, |s| s.value_type);
                    append_text(value_type, text, out).map_err(|fault| RestoreError::column(name, fault))?;
                    true
                }
                None => false,
            },
            Cells::IntegerLists(lists, cells) => match lists.get(row) {
                Some(range) => {
                    let values = range.map(|i| cells.get(i));
                    append_arrays(step.map(|s| s.subtype), values, out)
                        .map_err(|fault| RestoreError::column(name, fault))?;
                    true
                }
                None => false,
            },
            Cells::FloatLists(lists, cells) => match lists.get(row) {
                Some(range) => {
                    values::append_floats(range.map(|i| cells.get(i)), out)
                        .map_err(|fault| RestoreError::column(name, fault))?;
                    true
                }
                None => false,
            },
        };
        if !is_there {
            out.truncate(start);
            let too_large = matches!(cells, Cells::Integers(c) if c.get(row).is_some());
            if too_large {
                return Err(RestoreError::column(name, "has a number that no tag holds"));
            }
        }
        Ok(is_there)
    }
}

fn cells(column: &TagColumn, array: &ArrayRef) -> Result<Cells, RestoreError> {
    if array.null_count() == array.len() {
        return Ok(Cells::Empty);
    }
    let name = &column.name;
    let lists = || typed(name, array, "a list", Lists::new);
    Ok(match column.kind {
        TagKind::Integer => Cells::Integers(typed(name, array, "an integer", Integers::whole)?),
        TagKind::Float => Cells::Floats(typed(name, array, "a float", Floats::new)?),
        TagKind::Character | TagKind::Text | TagKind::RepeatedText => {
            Cells::Texts(typed(name, array, "text", Texts::new)?)
        }
        TagKind::IntegerArray => {
            let (lists, elements) = lists()?;
            Cells::IntegerLists(lists, typed(name, &elements, "a list of integers", Integers::whole)?)
        }
        TagKind::FloatArray => {
            let (lists, elements) = lists()?;
            Cells::FloatLists(lists, typed(name, &elements, "a list of floats", Floats::new)?)
        }
    })
}

impl Other {
    fn new(array: &ArrayRef) -> Result<Self, RestoreError> {
        let lists = typed("tags_other", array, "a list of structs", Structs::new)?;
        let field = |name: &str| {
            lists.texts(name).ok_or_else(|| {
                RestoreError::column("tags_other", format!("has no field `{name}` that is text"))
            })
        };
        let (tag, value_type, value) = (field("tag")?, field("type")?, field("value")?);
        Ok(Self { lists, tag, value_type, value })
    }

    fn of_row(&self, row: usize) -> std::ops::Range<usize> {
        self.lists.lists.get(row).unwrap_or_default()
    }

    /// How often a tag stands among entries that begin with it.
    fn count(&self, entries: &std::ops::Range<usize>, tag: [u8; 2]) -> usize {
        let is_it = |entry: usize| self.tag.get(entry).is_some_and(|text| text.as_bytes() == tag);
        if entries.is_empty() || !is_it(entries.start) {
            return 0;
        }
        entries.clone().filter(|entry| is_it(*entry)).count()
    }

    /// Appends the next entry, if it is the one that a step names.
    fn append_next(
        &self,
        entries: &mut std::ops::Range<usize>,
        step: Option<&Step>,
        out: &mut Vec<u8>,
    ) -> Result<(), RestoreError> {
        let Some(entry) = entries.clone().next() else { return Ok(()) };
        let fault = |what: String| RestoreError::column("tags_other", what);
        let tag = self.tag.get(entry).unwrap_or_default();
        let &[a, b] = tag.as_bytes() else { return Err(fault(format!("has the tag `{tag}`"))) };
        let is_other = step.is_some_and(|step| step.tag != [a, b]);
        if is_other {
            // The step's tag was taken out of the row.
            return Ok(());
        }
        entries.start += 1;
        let value_type = self.value_type.get(entry).unwrap_or_default();
        let Some(value) = self.value.get(entry) else {
            return Err(fault(format!("has no value for {tag}")));
        };
        out.extend_from_slice(&[a, b]);
        values::append_written(value_type.as_bytes(), value, out)
            .map_err(|what| fault(format!("has `{value}` for {tag}:{value_type}: {what}")))
    }
}
