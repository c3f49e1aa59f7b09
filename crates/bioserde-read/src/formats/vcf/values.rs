//! Values of declared keys as growing columns.

use arrow_array::ArrayRef;
use arrow_array::types::{Float32Type, Int32Type};
use bioserde_core::vcf::{Definition, Type};
use bioserde_schema::variants::is_list;

use super::number::{FloatForm, Mark, float, integer, unsigned_zero};
use crate::columns::{Column, Dictionary, Flags, List, Primitive, Text};

/// A column of the values of one key.
#[derive(Debug)]
pub(crate) enum Values {
    Integer(Primitive<Int32Type>),
    Float(Primitive<Float32Type>),
    Text(Text),
    Flag(Flags),
    Genotype(Dictionary),
    Integers(List<Primitive<Int32Type>>),
    Floats(List<Primitive<Float32Type>>),
    Texts(List<Text>),
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// The column cannot hold it: nothing was pushed.
    No,
    /// The column's value is its text.
    Exact,
    /// The column holds floats, which were written in this form.
    Floats(FloatForm),
}

impl Values {
    /// The column that the schema has for a definition.
    pub(crate) fn new(definition: &Definition, is_genotype: bool, has_flags: bool) -> Self {
        match (definition.kind, is_list(definition)) {
            _ if is_genotype => Self::Genotype(Dictionary::default()),
            (Type::Integer, false) => Self::Integer(Primitive::default()),
            (Type::Float, false) => Self::Float(Primitive::default()),
            (Type::Flag, _) if has_flags => Self::Flag(Flags::default()),
            (Type::Flag | Type::Character | Type::String, false) => Self::Text(Text::default()),
            (Type::Integer, true) => Self::Integers(List::default()),
            (Type::Float, true) => Self::Floats(List::default()),
            (Type::Flag | Type::Character | Type::String, true) => Self::Texts(List::default()),
        }
    }

    fn column(&mut self) -> &mut dyn Column {
        match self {
            Self::Integer(c) => c,
            Self::Float(c) => c,
            Self::Text(c) => c,
            Self::Flag(c) => c,
            Self::Genotype(c) => c,
            Self::Integers(c) => c,
            Self::Floats(c) => c,
            Self::Texts(c) => c,
        }
    }

    /// Pushes a value that is not `.` and is UTF-8.
    pub(crate) fn push(&mut self, value: &[u8]) -> Pushed {
        match self.try_push(value) {
            None => Pushed::No,
            Some(None) => Pushed::Exact,
            Some(Some(form)) => Pushed::Floats(form),
        }
    }

    fn try_push(&mut self, value: &[u8]) -> Option<Option<FloatForm>> {
        match self {
            Self::Integer(c) => c.push(integer(value)?),
            Self::Float(c) => {
                let (number, form) = float(value)?;
                c.push(unsigned_zero(number));
                return Some(Some(form));
            }
            Self::Text(c) => c.push(value),
            Self::Genotype(c) => c.push(value),
            // A flag has no value.
            Self::Flag(_) => return None,
            Self::Integers(c) => push_integers(c, value)?,
            Self::Floats(c) => return push_floats(c, value).map(Some),
            Self::Texts(c) => push_texts(c, value),
        }
        Some(None)
    }

    /// How many elements the last value has, where it is a list.
    #[inline]
    pub(crate) fn last_elements(&self) -> Option<usize> {
        match self {
            Self::Integers(c) => Some(c.last_elements()),
            Self::Floats(c) => Some(c.last_elements()),
            Self::Texts(c) => Some(c.last_elements()),
            _ => None,
        }
    }

    pub(crate) fn push_null(&mut self) {
        let len = self.len();
        self.pad(len + 1);
    }
}

fn push_integers(list: &mut List<Primitive<Int32Type>>, value: &[u8]) -> Option<()> {
    for element in value.split(|b| *b == b',') {
        match (element, integer(element)) {
            (b".", _) => list.elements.push_null(),
            (_, Some(number)) => list.elements.push(number),
            _ => {
                list.elements.truncate(list.closed_elements());
                return None;
            }
        }
    }
    list.close();
    Some(())
}

fn push_floats(list: &mut List<Primitive<Float32Type>>, value: &[u8]) -> Option<FloatForm> {
    let mut form = FloatForm::ANY;
    let mut is_first = true;
    for element in value.split(|b| *b == b',') {
        match (element, float(element)) {
            (b".", _) => list.elements.push_null(),
            (_, Some((number, element_form))) => {
                list.elements.push(unsigned_zero(number));
                form = form.join(element_form, is_first);
                is_first = false;
            }
            _ => {
                list.elements.truncate(list.closed_elements());
                return None;
            }
        }
    }
    list.close();
    Some(form)
}

fn push_texts(list: &mut List<Text>, value: &[u8]) {
    for element in value.split(|b| *b == b',') {
        if element == b"." {
            list.elements.push_null();
        } else {
            list.elements.push(element);
        }
    }
    list.close();
}

impl Column for Values {
    fn len(&self) -> usize {
        match self {
            Self::Integer(c) => c.len(),
            Self::Float(c) => c.len(),
            Self::Text(c) => c.len(),
            Self::Flag(c) => c.len(),
            Self::Genotype(c) => c.len(),
            Self::Integers(c) => c.len(),
            Self::Floats(c) => c.len(),
            Self::Texts(c) => c.len(),
        }
    }

    fn pad(&mut self, len: usize) {
        self.column().pad(len);
    }

    fn finish(&mut self) -> ArrayRef {
        self.column().finish()
    }
}

/// Texts of layouts, built once for each combination of marks.
#[derive(Debug, Default)]
pub(crate) struct Layouts {
    column: Dictionary,
    /// The current record's keys and marks.
    codes: Vec<(u16, Mark)>,
    last: Vec<(u16, Mark)>,
    text: Vec<u8>,
}

impl Layouts {
    pub(crate) fn clear(&mut self) {
        self.codes.clear();
    }

    pub(crate) fn add(&mut self, key: u16, mark: Mark) {
        self.codes.push((key, mark));
    }

    /// Pushes the current record's layout, whose text `write` makes when it is not that of the
    /// record before.
    pub(crate) fn push(&mut self, write: impl FnOnce(&[(u16, Mark)], &mut Vec<u8>)) {
        if self.codes != self.last || self.text.is_empty() {
            self.text.clear();
            write(&self.codes, &mut self.text);
            self.last.clone_from(&self.codes);
        }
        self.column.push(&self.text);
    }

    /// Pushes the layout that was pushed last.
    pub(crate) fn repeat(&mut self) {
        self.column.push(&self.text);
    }

    /// The column; the next record may not rely on the text of the one before.
    pub(crate) fn column(&mut self) -> &mut Dictionary {
        self.text.clear();
        &mut self.column
    }

    pub(crate) fn push_null(&mut self) {
        self.column.push_null();
    }
}
