//! Optional fields as columns.

use std::sync::Arc;

use arrow_array::types::{Float32Type, Int64Type};
use arrow_array::{ArrayRef, StructArray};
use arrow_schema::{DataType, Field, Fields};
use bioserde_schema::alignments::TagKind;
use bioserde_schema::{Origin, TableSchema};

use crate::batches::Tally;
use crate::columns::{Column, Dictionary, List, Primitive, Text};
use crate::formats::bam::record::RecordError;
use crate::formats::bam::tags::{Tag, Tags, integer};

/// The tag has no column.
const NONE: u8 = u8::MAX;
/// The tag has a column that was not asked for.
const UNWANTED: u8 = u8::MAX - 1;

/// Which tags have which column.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The column of each tag, by 7 bits of each letter.
    of_tag: Arc<[u8]>,
    kinds: Vec<TagKind>,
    wants_other: bool,
    wants_layout: bool,
}

fn index(tag: [u8; 2]) -> usize {
    usize::from(tag[0] & 0x7f) << 7 | usize::from(tag[1] & 0x7f)
}

impl Layout {
    /// The layout of a table of which `wanted` is a projection, and for each wanted column the number
    /// that [`TagColumns::finish`] knows it by. What has a column in `table` never counts as other.
    pub(crate) fn new(table: &TableSchema, wanted: &TableSchema) -> (Self, Vec<Option<usize>>) {
        let mut of_tag = vec![NONE; 1 << 14];
        let mut kinds = Vec::new();
        let mut numbers = Vec::new();
        for column in table.columns.iter().filter(|c| wanted.position(&c.name).is_none()) {
            if let Origin::Tag { tag, .. } = &column.origin {
                set(&mut of_tag, *tag, UNWANTED);
            }
        }
        for column in &wanted.columns {
            numbers.push(match &column.origin {
                // The schema keeps tables below 254 tags: `alignments::MAX_TAGS`.
                Origin::Tag { tag, kind } => {
                    u8::try_from(kinds.len()).ok().filter(|i| *i < UNWANTED).map(|i| {
                        set(&mut of_tag, *tag, i);
                        kinds.push(*kind);
                        usize::from(i) + FIRST
                    })
                }
                _ if column.name == "tags_other" => Some(OTHER),
                _ if column.name == "tag_layout" => Some(LAYOUT),
                _ => None,
            });
        }
        let (wants_other, wants_layout) = (numbers.contains(&Some(OTHER)), numbers.contains(&Some(LAYOUT)));
        (Self { of_tag: of_tag.into(), kinds, wants_other, wants_layout }, numbers)
    }
}

fn set(of_tag: &mut [u8], tag: [u8; 2], value: u8) {
    if let Some(slot) = of_tag.get_mut(index(tag)) {
        *slot = value;
    }
}

const OTHER: usize = 0;
const LAYOUT: usize = 1;
const FIRST: usize = 2;

#[derive(Debug)]
enum TagColumn {
    Character(Text),
    Integer(Primitive<Int64Type>),
    Float(Primitive<Float32Type>),
    Text(Text),
    Repeated(Dictionary),
    Integers(List<Primitive<Int64Type>>),
    Floats(List<Primitive<Float32Type>>),
}

impl TagColumn {
    fn new(kind: TagKind) -> Self {
        match kind {
            TagKind::Character => Self::Character(Text::default()),
            TagKind::Integer => Self::Integer(Primitive::default()),
            TagKind::Float => Self::Float(Primitive::default()),
            TagKind::Text => Self::Text(Text::default()),
            TagKind::RepeatedText => Self::Repeated(Dictionary::default()),
            TagKind::IntegerArray => Self::Integers(List::default()),
            TagKind::FloatArray => Self::Floats(List::default()),
        }
    }

    fn column(&mut self) -> &mut dyn Column {
        match self {
            Self::Character(c) | Self::Text(c) => c,
            Self::Integer(c) => c,
            Self::Float(c) => c,
            Self::Repeated(c) => c,
            Self::Integers(c) => c,
            Self::Floats(c) => c,
        }
    }

    /// Pushes a value as row `row`; says whether the column can hold it.
    fn push(&mut self, row: usize, tag: &Tag<'_>) -> bool {
        match (self, tag.value_type) {
            (Self::Integer(c), b'c' | b'C' | b's' | b'S' | b'i' | b'I') if c.len() <= row => {
                c.pad(row);
                c.push_option(integer(tag.value_type, tag.value));
            }
            (Self::Text(c), b'Z' | b'H') | (Self::Character(c), b'A')
                if c.len() <= row && is_text(tag.value) =>
            {
                c.pad(row);
                c.push(tag.value);
            }
            (Self::Repeated(c), b'Z' | b'H') if c.len() <= row && is_text(tag.value) => {
                c.pad(row);
                c.push(tag.value);
            }
            (Self::Float(c), b'f') if c.len() <= row => {
                c.pad(row);
                c.push_option(tag.value.first_chunk().map(|b| f32::from_le_bytes(*b)));
            }
            (Self::Integers(c), b'B') if c.len() <= row => {
                let Some((subtype, elements)) = tag.array().filter(|(s, _)| *s != b'f') else { return false };
                c.pad(row);
                elements.for_each(|e| c.elements.push_option(integer(subtype, e)));
                c.close();
            }
            (Self::Floats(c), b'B') if c.len() <= row => {
                let Some((_, elements)) = tag.array().filter(|(s, _)| *s == b'f') else { return false };
                c.pad(row);
                elements.for_each(|e| {
                    c.elements.push_option(e.first_chunk().map(|b| f32::from_le_bytes(*b)));
                });
                c.close();
            }
            _ => return false,
        }
        true
    }
}

/// SQLite keeps no sign of zero, but that of a text.
fn has_negative_zero(tag: &Tag<'_>) -> bool {
    let is_it = |b: &[u8]| b.first_chunk() == Some(&(-0.0_f32).to_le_bytes());
    match tag.value_type {
        b'f' => is_it(tag.value),
        b'B' => tag.array().is_some_and(|(subtype, mut elements)| subtype == b'f' && elements.any(is_it)),
        _ => false,
    }
}

fn is_text(value: &[u8]) -> bool {
    value.is_ascii() || std::str::from_utf8(value).is_ok()
}

/// Growing columns of optional fields.
#[derive(Debug)]
pub(crate) struct TagColumns {
    of_tag: Arc<[u8]>,
    columns: Vec<TagColumn>,
    other: Other,
    wants_other: bool,
    layout: Dictionary,
    wants_layout: bool,
    /// The current record's layout, in the form of `tag_layout`.
    text: Vec<u8>,
}

impl TagColumns {
    pub(crate) fn new(layout: &Layout) -> Self {
        Self {
            of_tag: Arc::clone(&layout.of_tag),
            columns: layout.kinds.iter().map(|kind| TagColumn::new(*kind)).collect(),
            other: Other::default(),
            wants_other: layout.wants_other,
            layout: Dictionary::default(),
            wants_layout: layout.wants_layout,
            text: Vec::new(),
        }
    }

    /// Appends the optional fields of row `row`; says whether the columns reproduce their bytes. `has_cigar`
    /// tells that the CIGAR is that of the first `CG`.
    pub(crate) fn push(
        &mut self,
        row: usize,
        tags: &[u8],
        mut has_cigar: bool,
        tally: &mut Tally,
    ) -> Result<bool, RecordError> {
        let mut tags = Tags(tags);
        let mut exact = true;
        self.text.clear();
        while let Some(tag) = tags.next()? {
            if !self.text.is_empty() {
                self.text.push(b' ');
            }
            self.text.extend_from_slice(&tag.tag);
            self.text.extend_from_slice(&[b':', tag.value_type]);
            if tag.value_type == b'B' {
                self.text.extend(tag.value.first());
            }
            // The operations are in `cigar`; the place is in the layout.
            if has_cigar && (&tag.tag, tag.value_type, tag.value.first()) == (b"CG", b'B', Some(&b'I')) {
                has_cigar = false;
                continue;
            }
            let slot = self.of_tag.get(index(tag.tag)).copied().unwrap_or(NONE);
            let column = self.columns.get_mut(usize::from(slot)).filter(|_| tag.tag.is_ascii());
            let stays = self.wants_other && has_negative_zero(&tag);
            if slot != UNWANTED && !column.is_some_and(|c| !stays && c.push(row, &tag)) && self.wants_other {
                tally.add("tags kept in tags_other");
                exact &= self.other.push(&tag);
            }
        }
        if self.wants_other {
            self.other.close();
        }
        if !self.wants_layout {
            return Ok(exact);
        }
        if !self.text.is_ascii() {
            exact = false;
            self.text.clear();
        }
        if self.text.is_empty() {
            self.layout.push_null();
        } else {
            self.layout.push(&self.text);
        }
        Ok(exact)
    }

    pub(crate) fn pad(&mut self, len: usize) {
        self.columns.iter_mut().for_each(|c| c.column().pad(len));
    }

    /// The array of a column by its number; the column is empty again.
    pub(crate) fn finish(&mut self, number: usize) -> ArrayRef {
        match number.checked_sub(FIRST) {
            Some(i) => match self.columns.get_mut(i) {
                Some(column) => column.column().finish(),
                None => self.layout.finish(),
            },
            None if number == OTHER => self.other.finish(),
            None => self.layout.finish(),
        }
    }
}

/// The column `tags_other`.
#[derive(Debug, Default)]
struct Other {
    entries: List<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    tag: Text,
    kind: Text,
    value: Text,
}

impl Other {
    fn push(&mut self, tag: &Tag<'_>) -> bool {
        let Entries { tag: name, kind, value } = &mut self.entries.elements;
        let is_name = tag.tag.is_ascii();
        if is_name {
            name.push(&tag.tag);
        } else {
            name.push_null();
        }
        kind.push_with(|out| {
            out.push(tag.value_type);
            if tag.value_type == b'B' {
                out.extend(tag.value.first());
            }
        });
        // A NaN's payload has no text.
        let is_nan = |b: &[u8]| b.first_chunk().is_some_and(|b| f32::from_le_bytes(*b).is_nan());
        let has_nan = match tag.array() {
            Some((subtype, mut elements)) => subtype == b'f' && elements.any(is_nan),
            None => tag.value_type == b'f' && is_nan(tag.value),
        };
        let is_valid = !matches!(tag.value_type, b'A' | b'Z' | b'H') || is_text(tag.value);
        if is_valid {
            value.push_with(|out| tag.append_text(out));
        } else {
            value.push_null();
        }
        is_name && is_valid && !has_nan
    }

    fn close(&mut self) {
        if self.entries.elements.len() > self.entries.closed_elements() {
            self.entries.close();
        } else {
            self.entries.push_null();
        }
    }

    fn finish(&mut self) -> ArrayRef {
        self.entries.finish()
    }
}

impl Column for Entries {
    fn len(&self) -> usize {
        self.tag.len()
    }

    fn pad(&mut self, len: usize) {
        self.tag.pad(len);
        self.kind.pad(len);
        self.value.pad(len);
    }

    fn finish(&mut self) -> ArrayRef {
        let fields: Fields =
            ["tag", "type", "value"].map(|n| Field::new(n, DataType::Utf8, true)).to_vec().into();
        let arrays = vec![self.tag.finish(), self.kind.finish(), self.value.finish()];
        Arc::new(StructArray::new(fields, arrays, None))
    }
}
