//! Values of keys as text.

use std::ops::Range;

use arrow_array::{Array, ArrayRef, BooleanArray};
use arrow_schema::DataType;

use crate::formats::vcf::number::{Mark, append_fixed, append_general, append_plain};
use crate::restore::RestoreError;
use crate::restore::cells::{Floats, Integers, Lists, Texts, flags, wrong_type};

/// The values of a key.
#[derive(Debug)]
pub(super) enum Cells {
    Flags(BooleanArray),
    Integers(Integers),
    Floats(Floats),
    Texts(Texts),
    Lists(Lists, Box<Cells>),
    /// No row has the key.
    Empty,
}

impl Cells {
    /// For a key that the header declares so.
    pub(super) fn new(name: &str, declared: &str, array: &ArrayRef) -> Result<Self, RestoreError> {
        if array.null_count() == array.len() || *array.data_type() == DataType::Null {
            return Ok(Self::Empty);
        }
        if declared.contains("Number=0 Type=Flag")
            && let Some(numbers) = Integers::whole(array)
        {
            let is_set = |row| numbers.get(row).map(|value| value != 0);
            return Ok(Self::Flags((0..array.len()).map(is_set).collect()));
        }
        let integers = || Integers::new(array).map(Self::Integers);
        if declared.contains("Type=Integer") && Floats::new(array).is_some() {
            let whole = Integers::whole(array).map(Self::Integers);
            return whole.ok_or_else(|| wrong_type(name, array.data_type(), "of integers"));
        }
        let floats = || Floats::new(array).map(Self::Floats);
        let texts = || Texts::new(array).map(Self::Texts);
        let scalar = flags(array).map(Self::Flags).or_else(integers).or_else(floats).or_else(texts);
        if let Some(scalar) = scalar {
            return Ok(scalar);
        }
        let (lists, elements) = Lists::new(array)
            .ok_or_else(|| wrong_type(name, array.data_type(), "of a type that a key has"))?;
        let elements = Self::new(name, declared, &elements)?;
        Ok(Self::Lists(lists, Box::new(elements)))
    }

    /// Whether there is a value.
    #[inline]
    pub(super) fn is_valid(&self, row: usize) -> bool {
        match self {
            Self::Flags(c) => c.is_valid(row) && c.value(row),
            Self::Integers(c) => c.get(row).is_some(),
            Self::Floats(c) => c.get(row).is_some(),
            Self::Texts(c) => c.get(row).is_some(),
            Self::Lists(c, _) => c.get(row).is_some(),
            Self::Empty => false,
        }
    }

    /// Whether a text says what the cell does: not if someone changed the cell since the text was kept.
    pub(super) fn is_said_by(&self, row: usize, text: &str) -> bool {
        match self {
            Self::Flags(_) => true,
            Self::Integers(c) => c.get(row) == text.parse().ok(),
            Self::Floats(c) => match (c.get(row), text.parse::<f32>()) {
                (Some(value), Ok(said)) => value == said || value.is_nan() && said.is_nan(),
                (value, said) => value.is_none() && said.is_err(),
            },
            Self::Texts(c) => c.get(row) == Some(text),
            Self::Lists(lists, elements) => {
                let said = text.split(',').filter(|_| !text.is_empty());
                let Some(mut range) = lists.get(row) else { return false };
                let is_same = |(i, said): (usize, &str)| match said {
                    "." => !elements.is_valid(i),
                    said => elements.is_said_by(i, said),
                };
                range.len() == said.clone().count() && range.by_ref().zip(said).all(is_same)
            }
            Self::Empty => false,
        }
    }

    /// Appends the value; `.` where there is none. `forbidden` are characters that end it, apart from the
    /// comma of a list.
    pub(super) fn append(
        &self,
        name: &str,
        row: usize,
        mark: Mark,
        forbidden: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), RestoreError> {
        match self {
            Self::Integers(c) => match c.get(row) {
                Some(value) if i32::try_from(value).is_err() => {
                    return Err(RestoreError::column(
                        name,
                        format!("is {value}, which is no 32-bit integer"),
                    ));
                }
                value => value.map(|value| append_decimal(value, out)),
            },
            Self::Floats(c) => c.get(row).map(|value| append_float(value, mark, out)),
            Self::Texts(c) => match c.get(row) {
                Some(text) => Some(append_text(name, text, forbidden, out)?),
                None => None,
            },
            Self::Lists(lists, elements) => match lists.get(row).filter(|range| !range.is_empty()) {
                Some(range) => {
                    // A comma would end an element.
                    let forbidden: &[u8] = if forbidden == b";" { b";," } else { b":," };
                    for (i, element) in range.enumerate() {
                        if i > 0 {
                            out.push(b',');
                        }
                        elements.append(name, element, mark, forbidden, out)?;
                    }
                    return Ok(());
                }
                None => None,
            },
            Self::Flags(c) => c.is_valid(row).then(|| out.push(if c.value(row) { b'1' } else { b'0' })),
            Self::Empty => None,
        }
        .unwrap_or_else(|| out.push(b'.'));
        Ok(())
    }
}

fn parse_float(text: &[u8]) -> Option<f32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

pub(super) fn append_decimal(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

pub(super) fn append_float(value: f32, mark: Mark, out: &mut Vec<u8>) {
    match mark {
        Mark::Plain => append_plain(out, value),
        Mark::Fixed(digits) => {
            let start = out.len();
            append_fixed(out, value, digits);
            // A value that was put there since may have more digits than the mark says.
            if out.get(start..).and_then(parse_float) != Some(value) {
                out.truncate(start);
                append_general(out, value);
            }
        }
        Mark::None | Mark::Missing | Mark::Other => append_general(out, value),
    }
}

/// Appends a text, unless it has a character that would end it.
pub(super) fn append_text(
    name: &str,
    text: &str,
    forbidden: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), RestoreError> {
    let ends = |b: &u8| matches!(b, b'\t' | b'\n' | b'\r') || forbidden.contains(b);
    match text.as_bytes().iter().find(|b| ends(b)) {
        None => {
            out.extend_from_slice(text.as_bytes());
            Ok(())
        }
        Some(b) => {
            let is_of_key = name.starts_with("info_") || name.starts_with("fmt_");
            let advice = if is_of_key { format!("; VCF writes it %{b:02X}") } else { String::new() };
            let (character, text) = (char::from(*b).escape_default(), text.escape_debug());
            Err(RestoreError::column(name, format!("has `{character}` in `{text}`{advice}")))
        }
    }
}

pub(super) fn append_texts(
    name: &str,
    range: Range<usize>,
    texts: &Texts,
    separator: u8,
    out: &mut Vec<u8>,
) -> Result<(), RestoreError> {
    for (i, element) in range.enumerate() {
        if i > 0 {
            out.push(separator);
        }
        append_text(name, texts.get(element).unwrap_or("."), &[separator], out)?;
    }
    Ok(())
}

/// The end of a layout's entry: the key, and what its mark says. A key may itself have a `%`.
pub(super) fn split_mark(entry: &str, is_key: impl Fn(&str) -> bool) -> (&str, Mark) {
    if is_key(entry) {
        return (entry, Mark::None);
    }
    match entry.rsplit_once('%') {
        Some((key, mark)) => match parse_mark(mark) {
            Some(mark) => (key, mark),
            None => (entry, Mark::None),
        },
        None => (entry, Mark::None),
    }
}

/// What follows a `%`.
pub(super) fn parse_mark(text: &str) -> Option<Mark> {
    if text == "p" { Some(Mark::Plain) } else { text.parse().ok().map(Mark::Fixed) }
}
