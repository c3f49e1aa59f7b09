use std::collections::{HashMap, HashSet};
use std::fmt;
use std::io::Read;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use bioserde_storage::Source;
use memchr::{memchr, memchr_iter, memmem, memrchr};
use serde::de::DeserializeSeed;

use super::row::{Fault, Members, Row};
use super::{Column, Kind, found};
use crate::error::{Found, Place};
use crate::part::Content;
use crate::reader::{Opened, PART_BYTES, PART_ROWS, Parts};
use crate::types::Types;
use crate::{Error, Result, TableFormat};

/// A line has at most so many bytes.
const MAX_LINE: usize = 1 << 30;
/// Columns that are not told are those of so many bytes of lines.
const LOOK_AT: usize = 4 << 20;

pub(crate) fn open(source: &Arc<Source>, columns: Option<&Schema>) -> Result<Opened> {
    let path: Arc<str> = source.name().into();
    let mut text = Text::new(source)?;
    let types = match columns {
        Some(columns) => with_others(columns, source, &mut text)?,
        None => infer(&mut text)?,
    };
    for field in types.schema.fields() {
        if Column::new(field.data_type()).is_none() {
            let (column, data_type) = (field.name().clone(), field.data_type().clone());
            return Err(Error::Type { path, column, format: TableFormat::JsonLines, data_type });
        }
    }
    let shape = Shape::new(types.clone(), &types.schema, columns.is_none());
    let parts = LineParts { text, table: Arc::clone(&types.schema), shape: Arc::new(shape) };
    Ok(Opened { metadata: Default::default(), types, rows: None, parts: Box::new(parts) })
}

/// The columns that are known, and those of other members. A file is looked through for these: a member that is
/// null in most rows may come late.
fn with_others(columns: &Schema, source: &Source, text: &mut Text) -> Result<Types> {
    let mut row = Kind::rows();
    // What cannot be told of others is told where a line is read.
    _ = look(text, &mut row)?;
    if source.size().is_some() {
        look_further(columns, source, &mut row)?;
    }
    let known = columns.fields().iter().map(|f| (f.name().as_str(), f.data_type().clone()));
    let others = row.columns().into_iter().filter(|(name, _)| columns.index_of(name).is_err());
    Types::new(&Arc::clone(&text.path), known.chain(others))
}

fn infer(text: &mut Text) -> Result<Types> {
    let mut row = Kind::rows();
    match look(text, &mut row)? {
        None => Types::new(&text.path, row.columns().into_iter()),
        Some((line, e)) => Err(Error::Line { path: Arc::clone(&text.path), line, source: found(&e).into() }),
    }
}

/// Takes the first lines in, up to one that is no row or does not fit those before.
fn look(text: &mut Text, row: &mut Kind) -> Result<Option<(u64, serde_json::Error)>> {
    while text.rest().len() < LOOK_AT && text.fill()? {}
    let whole =
        if text.has_ended { text.rest().len() } else { memrchr(b'\n', text.rest()).unwrap_or_default() };
    let lines = text.rest().get(..whole).unwrap_or_default();
    let mut numbered = (1..).zip(split(lines));
    Ok(numbered.find_map(|(number, line)| row.take_line(line).err().map(|e| (number, e))))
}

/// What the names of members begin with that a record may have or not.
const OPTIONAL: [&[u8]; 3] = [b"\"tag_", b"\"info_", b"\"fmt_"];
/// Of so many lines the values of a member tell its type.
const TELLING_LINES: u32 = 1000;

/// Takes lines in that have a member which nobody knows so far.
fn look_further(columns: &Schema, source: &Source, row: &mut Kind) -> Result<()> {
    let mut known: HashSet<String> = columns.fields().iter().map(|f| f.name().clone()).collect();
    known.extend(row.columns().into_iter().map(|(name, _)| name.to_owned()));
    let mut lines_of: HashMap<String, u32> = HashMap::new();
    let mut text = Text::new(source)?;
    while let Some((lines, _)) = text.cut()? {
        for at in OPTIONAL.iter().flat_map(|prefix| memmem::find_iter(&lines, prefix)) {
            let Some(name) = member_at(&lines, at).filter(|name| !known.contains(*name)) else { continue };
            let count = lines_of.entry(name.to_owned()).or_default();
            *count += 1;
            if *count <= TELLING_LINES {
                let (before, after) = lines.split_at(at);
                let start = memrchr(b'\n', before).map_or(0, |end| end + 1);
                let end = at + memchr(b'\n', after).unwrap_or(after.len());
                // A fault is told where the line is read.
                _ = row.take_line(lines.get(start..end).unwrap_or_default());
            }
        }
    }
    Ok(())
}

/// The name of the member that begins there; nothing where it is no name, but within a text.
fn member_at(lines: &[u8], at: usize) -> Option<&str> {
    if lines.get(at.wrapping_sub(1)) == Some(&b'\\') {
        return None;
    }
    let rest = lines.get(at + 1..)?;
    let (name, after) = rest.split_at_checked(memchr(b'"', rest)?)?;
    let is_name = after.get(1..)?.trim_ascii_start().starts_with(b":");
    std::str::from_utf8(name).ok().filter(|name| is_name && !name.contains('\\'))
}

/// The lines of a text, which may end in `\n`.
fn split(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.split(|b| *b == b'\n')
}

#[derive(Debug)]
struct LineParts {
    text: Text,
    table: SchemaRef,
    shape: Arc<Shape>,
}

impl Parts for LineParts {
    fn project(&mut self, _: &[usize], types: Types) -> Result<()> {
        self.shape = Arc::new(Shape::new(types, &self.table, self.shape.is_inferred));
        Ok(())
    }

    fn next(&mut self, _: u64) -> Result<Option<Content>> {
        let lines = self.text.cut()?;
        Ok(lines.map(|(bytes, len)| Content::Lines(Lines { bytes, len, shape: Arc::clone(&self.shape) })))
    }

    fn position(&self) -> u64 {
        self.text.position
    }
}

/// Text that is cut into whole lines.
struct Text {
    stream: Box<dyn Read + Send>,
    path: Arc<str>,
    bytes: Vec<u8>,
    start: usize,
    position: u64,
    has_ended: bool,
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Text").field("position", &self.position).finish_non_exhaustive()
    }
}

impl Text {
    fn new(source: &Source) -> Result<Self> {
        let (stream, path) = (source.stream(0)?, source.name().into());
        Ok(Self { stream, path, bytes: Vec::new(), start: 0, position: 0, has_ended: false })
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// Reads on; tells whether there is more.
    fn fill(&mut self) -> Result<bool> {
        self.bytes.drain(..self.start.min(self.bytes.len()));
        self.start = 0;
        let read =
            self.stream.by_ref().take(PART_BYTES as u64).read_to_end(&mut self.bytes).map_err(|source| {
                bioserde_storage::Error::Io { path: self.path.to_string(), action: "read", source }
            })?;
        self.has_ended = read < PART_BYTES;
        Ok(!self.has_ended)
    }

    /// Some whole lines, and how many.
    fn cut(&mut self) -> Result<Option<(Vec<u8>, u64)>> {
        loop {
            let rest = self.rest();
            let (mut lines, mut end) = (0, 0);
            for at in memchr_iter(b'\n', rest).take(PART_ROWS) {
                (lines, end) = (lines + 1, at + 1);
            }
            let is_full = lines == PART_ROWS || rest.len() >= PART_BYTES;
            if self.has_ended && lines < PART_ROWS && end < rest.len() {
                (lines, end) = (lines + 1, rest.len());
            }
            if lines > 0 && (is_full || self.has_ended) {
                let cut = rest.get(..end).unwrap_or_default().to_vec();
                self.start += end;
                self.position += end as u64;
                return Ok(Some((cut, lines as u64)));
            }
            if self.has_ended {
                return Ok(None);
            }
            if rest.len() > MAX_LINE {
                let what = Found(format!("a line of more than {MAX_LINE} bytes"));
                let format = TableFormat::JsonLines;
                let path = Arc::clone(&self.path);
                return Err(Error::Malformed { path, format, action: "read the rows", source: what.into() });
            }
            self.fill()?;
        }
    }
}

/// How lines become rows.
#[derive(Debug)]
struct Shape {
    types: Types,
    members: Members,
    /// The places in the whole table of the columns that are read.
    places: Vec<usize>,
    width: usize,
    is_inferred: bool,
}

impl Shape {
    fn new(types: Types, table: &Schema, is_inferred: bool) -> Self {
        let place = |field: &Arc<Field>| table.index_of(field.name()).ok();
        let places = types.schema.fields().iter().filter_map(place).collect();
        let members = Members::new(table, &types.schema);
        Self { types, members, places, width: table.fields().len(), is_inferred }
    }

    fn refused(&self, line: u64, fault: Option<Fault>, error: &serde_json::Error) -> Error {
        let path = Arc::clone(&self.types.path);
        let place = Place::Line(line);
        match fault {
            Some(Fault::Unknown(name)) => {
                let nearest = bioserde_core::nearest(&name, self.members.names());
                let nearest = nearest.first().map(|s| (*s).to_owned());
                Error::UnknownMember { path, place, name, nearest, is_inferred: self.is_inferred }
            }
            Some(Fault::Repeated(name)) => Error::RepeatedMember { path, place, name },
            Some(Fault::Value(column)) if error.is_data() => {
                let field = self.types.schema.field_with_name(&column);
                let expected = field.map_or(DataType::Null, |f| f.data_type().clone());
                Error::Value { path, place, column, expected, source: found(error).into() }
            }
            _ => Error::Line { path, line, source: found(error).into() },
        }
    }
}

/// Lines that are not parsed yet.
#[derive(Debug)]
pub(crate) struct Lines {
    bytes: Vec<u8>,
    len: u64,
    shape: Arc<Shape>,
}

impl Lines {
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    pub(crate) fn batch(&self, first_line: u64) -> Result<RecordBatch> {
        let shape = &self.shape;
        let fields = shape.types.schema.fields();
        let mut columns: Vec<Column> = fields.iter().filter_map(|f| Column::new(f.data_type())).collect();
        let mut last = vec![0; shape.width];
        let mut rows = 0;
        for line in split(&self.bytes) {
            rows += 1;
            let mut fault = None;
            let row = Row {
                members: &shape.members,
                columns: &mut columns,
                last: &mut last,
                number: rows,
                fault: &mut fault,
            };
            let mut json = serde_json::Deserializer::from_slice(line);
            let read = row.deserialize(&mut json).and_then(|()| json.end());
            read.map_err(|error| shape.refused(first_line + rows as u64, fault, &error))?;
            for (column, place) in columns.iter_mut().zip(&shape.places) {
                if last.get(*place) != Some(&rows) {
                    column.push_null();
                }
            }
        }
        let finish = |(field, column): (&Arc<Field>, Column)| {
            column.finish().map_err(|source| Error::Value {
                path: Arc::clone(&shape.types.path),
                place: Place::Rows(first_line + 1, first_line + rows as u64),
                column: field.name().clone(),
                expected: field.data_type().clone(),
                source: source.into(),
            })
        };
        let arrays = fields.iter().zip(columns).map(finish).collect::<Result<_>>()?;
        shape.types.batch(arrays, rows, first_line)
    }
}
