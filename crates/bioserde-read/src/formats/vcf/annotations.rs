//! Annotations of `INFO` as columns: one for each sub-field, with an element for each entry.

use arrow_array::ArrayRef;
use arrow_array::types::{Float32Type, Int32Type};
use bioserde_core::vcf::Type;
use bioserde_schema::{Origin, TableSchema};
use memchr::memchr2_iter;

use super::number::integer;
use crate::batches::Tally;
use crate::columns::{Column, List, Primitive, Text};

const MISFIT: &str = "annotation values that do not fit the type of their column";
const MORE: &str = "annotation entries with more sub-fields than the header names";

/// A sub-field that has a column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// The number of the key's definition.
    index: usize,
    field: usize,
    kind: Type,
}

impl Wanted {
    /// Those of a table.
    pub(super) fn of(table: &TableSchema) -> Vec<Self> {
        let wanted = |origin: &Origin| match origin {
            Origin::Annotation { index, field, kind, .. } => {
                Some(Self { index: *index, field: *field, kind: *kind })
            }
            _ => None,
        };
        table.columns.iter().filter_map(|c| wanted(&c.origin)).collect()
    }
}

/// Growing columns of all annotations.
#[derive(Debug)]
pub(super) struct Annotations(Vec<Annotation>);

#[derive(Debug)]
struct Annotation {
    index: usize,
    /// Up to the last that is wanted.
    fields: Vec<Elements>,
    /// As many as the header names.
    named: usize,
}

/// Lists of the values of one sub-field.
#[derive(Debug)]
enum Elements {
    Unwanted,
    Text(List<Text>),
    Integer(List<Primitive<Int32Type>>),
    Float(List<Primitive<Float32Type>>),
}

impl Annotations {
    /// Columns for what is wanted; `named` tells how many sub-fields a definition names.
    pub(super) fn new(wanted: &[Wanted], named: impl Fn(usize) -> usize) -> Self {
        let mut all: Vec<Annotation> = Vec::new();
        for one in wanted {
            let place = all.iter().position(|a| a.index == one.index).unwrap_or(all.len());
            if place == all.len() {
                all.push(Annotation { index: one.index, fields: Vec::new(), named: named(one.index) });
            }
            if let Some(annotation) = all.get_mut(place) {
                annotation.want(one);
            }
        }
        Self(all)
    }

    /// Appends the value of a key as row `row`, unless the row has one, or the key has no annotations.
    #[inline]
    pub(super) fn push(&mut self, row: usize, number: u16, value: Option<&[u8]>, tally: &mut Tally) {
        if self.0.is_empty() {
            return;
        }
        let found = self.0.iter_mut().find(|a| a.index == usize::from(number));
        if let (Some(annotation), Some(value)) = (found, value.filter(|value| *value != b".")) {
            annotation.push(row, value, tally);
        }
    }

    /// Makes every column `len` long.
    pub(super) fn pad(&mut self, len: usize) {
        let fields = self.0.iter_mut().flat_map(|a| &mut a.fields);
        fields.filter_map(Elements::lists).for_each(|lists| lists.pad(len));
    }

    /// The array of a sub-field; its column is empty again.
    pub(super) fn finish(&mut self, index: usize, field: usize) -> Option<ArrayRef> {
        let annotation = self.0.iter_mut().find(|a| a.index == index)?;
        annotation.fields.get_mut(field)?.lists().map(Column::finish)
    }
}

impl Annotation {
    fn want(&mut self, wanted: &Wanted) {
        while self.fields.len() <= wanted.field {
            self.fields.push(Elements::Unwanted);
        }
        if let Some(field) = self.fields.get_mut(wanted.field) {
            *field = match wanted.kind {
                Type::Integer => Elements::Integer(List::default()),
                Type::Float => Elements::Float(List::default()),
                Type::Flag | Type::Character | Type::String => Elements::Text(List::default()),
            };
        }
    }

    fn push(&mut self, row: usize, value: &[u8], tally: &mut Tally) {
        // Of a key that stands twice the first value counts, as in the column of the key.
        if self.fields.iter_mut().filter_map(Elements::lists).any(|lists| lists.len() > row) {
            return;
        }
        self.fields.iter_mut().filter_map(Elements::lists).for_each(|lists| lists.pad(row));
        let (mut start, mut field) = (0, 0);
        for end in memchr2_iter(b',', b'|', value).chain([value.len()]) {
            if let (Some(elements), Some(text)) = (self.fields.get_mut(field), value.get(start..end)) {
                elements.push(text, tally);
            }
            start = end + 1;
            field += 1;
            if value.get(end) != Some(&b'|') {
                self.end_entry(field, tally);
                field = 0;
            }
        }
        self.fields.iter_mut().for_each(Elements::close);
    }

    /// Ends an entry that has `len` sub-fields.
    fn end_entry(&mut self, len: usize, tally: &mut Tally) {
        self.fields.iter_mut().skip(len).for_each(Elements::push_null);
        if len > self.named {
            tally.add(MORE);
        }
    }
}

impl Elements {
    fn push(&mut self, text: &[u8], tally: &mut Tally) {
        if text.is_empty() || text == b"." {
            return self.push_null();
        }
        let fits = match self {
            Self::Unwanted => true,
            Self::Text(c) => {
                c.elements.push(text);
                true
            }
            Self::Integer(c) => {
                let value = integer(text);
                c.elements.push_option(value);
                value.is_some()
            }
            Self::Float(c) => {
                let value = fast_float2::parse(text).ok().filter(|value: &f32| value.is_finite());
                c.elements.push_option(value);
                value.is_some()
            }
        };
        if !fits {
            tally.add(MISFIT);
        }
    }

    fn push_null(&mut self) {
        match self {
            Self::Unwanted => {}
            Self::Text(c) => c.elements.push_null(),
            Self::Integer(c) => c.elements.push_null(),
            Self::Float(c) => c.elements.push_null(),
        }
    }

    fn close(&mut self) {
        match self {
            Self::Unwanted => {}
            Self::Text(c) => c.close(),
            Self::Integer(c) => c.close(),
            Self::Float(c) => c.close(),
        }
    }

    fn lists(&mut self) -> Option<&mut dyn Column> {
        match self {
            Self::Unwanted => None,
            Self::Text(c) => Some(c),
            Self::Integer(c) => Some(c),
            Self::Float(c) => Some(c),
        }
    }
}
