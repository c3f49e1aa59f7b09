//! `FORMAT` and the samples as columns (VCF §1.6.2).

mod gt;

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, StructArray};
use arrow_schema::{DataType, Field, Fields};
use bioserde_core::vcf::Header;
use bioserde_schema::variants::{Genotypes, Selection};
use bioserde_schema::{Origin, TableSchema};
use memchr::memchr;

use super::conformance::genotype::{self, Genotype};
use super::conformance::values::{self, Rule, Shape};
use super::conformance::{Version, keys};
use super::line::Line;
use super::number::{FloatForm, Mark};
use super::values::{Layouts, Pushed, Values};
use crate::batches::Tally;
use crate::columns::{Column, Dictionary, List, Primitive, Text, offset};
use gt::GtTable;

/// A key's number when the header does not declare it.
const UNDECLARED: u16 = u16::MAX;
/// Stands in the codes of a layout for "every sample leaves its trailing missing values out".
const DROPPED: u16 = u16::MAX - 1;

/// Which keys and samples have a column.
#[derive(Debug)]
pub(crate) struct GenotypePlan {
    header: Arc<Header>,
    is_wanted: Vec<bool>,
    numbers: HashMap<Vec<u8>, u16>,
    /// By the number of a definition.
    rules: Vec<Rule>,
    version: Version,
    /// Position of each sample of the header among those wanted.
    places: Vec<Option<usize>>,
    is_all: bool,
    samples: usize,
    layout: Genotypes,
    wants_other: bool,
    wants_layout: bool,
}

impl GenotypePlan {
    pub(crate) fn new(header: &Arc<Header>, selection: &Selection, wanted: &TableSchema) -> Self {
        let mut is_wanted = vec![false; header.formats.len()];
        for column in &wanted.columns {
            if let Origin::Format { index, .. } = column.origin
                && let Some(slot) = is_wanted.get_mut(index)
            {
                *slot = true;
            }
        }
        let indexes = selection.sample_indexes(header);
        let mut places = vec![None; header.samples.len()];
        for (place, index) in indexes.iter().enumerate() {
            if let Some(slot) = places.get_mut(*index) {
                *slot = Some(place);
            }
        }
        let version = Version::of(&header.version);
        let numbered = header.formats.iter().enumerate();
        let numbers = numbered.filter_map(|(i, d)| Some((d.id.clone().into_bytes(), u16::try_from(i).ok()?)));
        Self {
            header: Arc::clone(header),
            rules: header.formats.iter().map(|d| Rule::format(d, version)).collect(),
            version,
            numbers: numbers.filter(|(_, i)| *i < DROPPED).collect(),
            is_wanted,
            is_all: indexes.iter().copied().eq(0..header.samples.len()),
            places,
            samples: indexes.len(),
            layout: selection.genotypes,
            wants_other: wanted.position("fmt_other").is_some(),
            wants_layout: wanted.position("format_layout").is_some(),
        }
    }

    /// Whether lists hold the samples of a row.
    fn is_nested(&self) -> bool {
        self.layout == Genotypes::Nested && self.samples != 1
    }

    /// Rows that a record becomes.
    pub(crate) fn rows_per_record(&self) -> usize {
        if self.layout == Genotypes::Long { self.samples.max(1) } else { 1 }
    }

    pub(crate) fn is_needed(&self) -> bool {
        let any = self.wants_other || self.wants_layout || self.is_wanted.contains(&true);
        any && self.samples > 0 && self.layout != Genotypes::None
    }
}

/// Growing columns of `FORMAT` keys.
#[derive(Debug)]
pub(crate) struct GenotypeColumns {
    plan: Arc<GenotypePlan>,
    /// By the number of a definition. For rows of one sample only the elements are used.
    columns: Vec<Option<List<Values>>>,
    other: Others,
    layouts: Layouts,
    gt: GtTable,
    known_genotypes: KnownGenotypes,
    /// What is wrong with `FORMAT`.
    faults: Vec<&'static str>,
    /// Of the current record.
    alternates: u32,
    /// `FORMAT` of the record before, and its keys.
    format: Vec<u8>,
    keys: Vec<Key>,
    has_duplicates: bool,
    /// Samples in the order wanted, where that is not the header's.
    reordered: Vec<(usize, usize)>,
}

#[derive(Clone, Copy, Debug)]
struct Key {
    number: u16,
    /// In `format`.
    start: usize,
    end: usize,
    form: FloatForm,
    has_numbers: bool,
    rule: Option<Rule>,
    is_gt: bool,
}

/// What the genotypes of the current batch say, by their numbers in its dictionary.
#[derive(Debug, Default)]
struct KnownGenotypes {
    genotypes: Vec<Genotype>,
}

impl KnownGenotypes {
    /// Forgets them: a new batch has a new dictionary.
    fn clear(&mut self) {
        self.genotypes.clear();
    }

    /// The genotype that was pushed last.
    #[inline]
    fn last(&mut self, column: &Dictionary, version: Version) -> Genotype {
        let Some(id) = column.last() else { return Genotype::default() };
        match usize::try_from(id).ok().and_then(|id| self.genotypes.get(id)) {
            Some(genotype) => *genotype,
            None => self.read_to(id, column, version),
        }
    }

    fn read_to(&mut self, id: i32, column: &Dictionary, version: Version) -> Genotype {
        while let Some(text) = column.get(offset(self.genotypes.len())) {
            self.genotypes.push(Genotype::read(text, version));
        }
        usize::try_from(id).ok().and_then(|id| self.genotypes.get(id)).copied().unwrap_or_default()
    }
}

/// How the samples of a record leave trailing missing values out.
#[derive(Clone, Copy, Debug, Default)]
struct Trailing {
    dropped: bool,
    written: bool,
}

impl GenotypeColumns {
    pub(crate) fn new(plan: &Arc<GenotypePlan>) -> Self {
        let column = |(definition, is_wanted): (&bioserde_core::vcf::Definition, &bool)| {
            is_wanted.then(|| List::of(Values::new(definition, definition.id == "GT", false)))
        };
        Self {
            columns: plan.header.formats.iter().zip(&plan.is_wanted).map(column).collect(),
            plan: Arc::clone(plan),
            other: Others::default(),
            layouts: Layouts::default(),
            gt: GtTable::default(),
            known_genotypes: KnownGenotypes::default(),
            faults: Vec::new(),
            alternates: 0,
            format: Vec::new(),
            keys: Vec::new(),
            has_duplicates: false,
            reordered: Vec::new(),
        }
    }

    /// Appends the samples of row `row`; says whether the columns reproduce their text.
    pub(crate) fn push(&mut self, row: usize, line: &Line<'_>, alternates: u32, tally: &mut Tally) -> bool {
        let format = line.format.unwrap_or(b".");
        if self.keys.is_empty() || format != self.format.as_slice() {
            self.set_format(format);
        }
        self.faults.iter().for_each(|kind| tally.add(kind));
        self.alternates = alternates;
        self.pad_before(row);
        let trailing = match self.push_genotypes_only(line.samples) {
            Some(beyond) => {
                tally.add_many(genotype::RANGE, beyond);
                Trailing::default()
            }
            None => self.push_samples(line.samples, tally),
        };
        self.close_row();
        if self.plan.wants_other {
            self.other.close(self.plan.rows_per_record());
        }
        if self.plan.wants_layout {
            self.push_layout(trailing);
        }
        !(self.has_duplicates || trailing.dropped && trailing.written)
    }

    fn set_format(&mut self, format: &[u8]) {
        self.format.clear();
        self.format.extend_from_slice(format);
        self.keys.clear();
        self.has_duplicates = false;
        let mut start = 0;
        for key in format.split(|b| *b == b':') {
            let number = self.plan.numbers.get(key).copied().unwrap_or(UNDECLARED);
            let is_known = self.keys.iter().any(|k| self.format.get(k.start..k.end) == Some(key));
            self.has_duplicates |= is_known;
            // The second of two equal keys has no column of its own.
            let number = if is_known { UNDECLARED } else { number };
            let end = start + key.len();
            let rule = self.plan.rules.get(usize::from(number)).copied();
            let is_other = number == UNDECLARED && !is_known;
            let reserved = || Rule::reserved_format(key, &self.plan.header.version);
            let rule = if is_other { reserved() } else { rule };
            let is_gt = key == b"GT" && !is_known;
            let form = FloatForm::ANY;
            self.keys.push(Key { number, start, end, form, has_numbers: false, rule, is_gt });
            start = end + 1;
        }
        self.set_faults();
    }

    /// Judges the keys of a `FORMAT`; `.` stands for none.
    fn set_faults(&mut self) {
        self.faults.clear();
        if self.format == b"." {
            return;
        }
        if self.has_duplicates {
            self.faults.push(keys::FORMAT_TWICE);
        }
        if self.keys.iter().skip(1).any(|key| key.is_gt) {
            self.faults.push(keys::GT_FIRST);
        }
        let is_faulty = |key: &Key| {
            let text = self.format.get(key.start..key.end).unwrap_or_default();
            key.number == UNDECLARED && !keys::is_format_key(text, self.plan.version)
        };
        if self.keys.iter().any(is_faulty) {
            self.faults.push(keys::FORMAT_KEY);
        }
    }

    /// Nulls for the records since a key was last there.
    fn pad_before(&mut self, row: usize) {
        let (nested, samples) = (self.plan.is_nested(), self.plan.samples);
        for key in &mut self.keys {
            (key.form, key.has_numbers) = (FloatForm::ANY, false);
            if let Some(Some(column)) = self.columns.get_mut(usize::from(key.number)) {
                if nested { column.pad(row) } else { column.elements.pad(row * samples) }
            }
        }
    }

    /// Pushes the samples of a record that has nothing but genotypes of one width; says how many have an
    /// allele that the record does not have. Nothing if it is not one.
    fn push_genotypes_only(&mut self, samples: &[u8]) -> Option<u64> {
        let [Key { number, .. }] = self.keys.as_slice() else { return None };
        match self.columns.get_mut(usize::from(*number)) {
            Some(Some(List { elements: Values::Genotype(column), .. })) if self.plan.is_all => {
                gt::push_all(&mut self.gt, column, samples, self.plan.samples, self.alternates)
            }
            _ => None,
        }
    }

    fn push_samples(&mut self, samples: &[u8], tally: &mut Tally) -> Trailing {
        let mut trailing = Trailing::default();
        // No keys and no values: how BCF without genotypes is written.
        if self.format == b"." && samples.split(|b| *b == b'\t').all(|sample| sample == b".") {
            return trailing;
        }
        if self.plan.is_all {
            for (place, sample) in samples.split(|b| *b == b'\t').enumerate() {
                self.push_sample(place, sample, &mut trailing, tally);
            }
            return trailing;
        }
        // Samples come in the order that was asked for: find where each stands first.
        let mut reordered = std::mem::take(&mut self.reordered);
        reordered.clear();
        reordered.resize(self.plan.samples, (0, 0));
        let mut start = 0;
        for (sample, place) in samples.split(|b| *b == b'\t').zip(&self.plan.places) {
            if let Some(slot) = place.and_then(|place| reordered.get_mut(place)) {
                *slot = (start, start + sample.len());
            }
            start += sample.len() + 1;
        }
        for (place, (start, end)) in reordered.iter().enumerate() {
            self.push_sample(place, samples.get(*start..*end).unwrap_or_default(), &mut trailing, tally);
        }
        self.reordered = reordered;
        trailing
    }

    fn push_sample(&mut self, place: usize, sample: &[u8], trailing: &mut Trailing, tally: &mut Tally) {
        let mut rest = Some(sample);
        let mut is_last_missing = false;
        let mut count = 0;
        let mut shape = Shape { alternates: self.alternates, ploidy: 0 };
        for key in &mut self.keys {
            let Some(text) = rest else {
                if let Some(Some(column)) = self.columns.get_mut(usize::from(key.number)) {
                    column.elements.push_null();
                }
                continue;
            };
            let end = memchr(b':', text).unwrap_or(text.len());
            let value = text.get(..end).unwrap_or_default();
            rest = text.get(end + 1..);
            count += 1;
            is_last_missing = value == b".";
            let kept = match self.columns.get_mut(usize::from(key.number)) {
                Some(None) => continue,
                Some(Some(column)) => {
                    let kept = push_value(&mut column.elements, value, key);
                    let fault = match &column.elements {
                        Values::Genotype(column) => {
                            let genotype = self.known_genotypes.last(column, self.plan.version);
                            shape.ploidy = genotype.ploidy;
                            genotype.fault(shape.alternates)
                        }
                        elements if kept.is_some() && !is_last_missing => {
                            key.rule.and_then(|rule| rule.fault(value, elements.last_elements(), shape))
                        }
                        _ => None,
                    };
                    fault.into_iter().for_each(|kind| tally.add(kind));
                    kept
                }
                None => {
                    let fault = if key.is_gt {
                        let genotype = Genotype::read(value, self.plan.version);
                        shape.ploidy = genotype.ploidy;
                        genotype.fault(shape.alternates)
                    } else {
                        key.rule.and_then(|rule| rule.text_fault(Some(value), shape))
                    };
                    fault.into_iter().for_each(|kind| tally.add(kind));
                    None
                }
            };
            if kept != Some(true) {
                tally.add(match (kept, key.number) {
                    (Some(_), _) => "FORMAT numbers whose text is kept besides",
                    (None, UNDECLARED) => "FORMAT values of keys that the header does not declare",
                    (None, _) => values::FORMAT_MISFIT,
                });
                if self.plan.wants_other {
                    let name = self.format.get(key.start..key.end).unwrap_or_default();
                    self.other.push(place, name, value);
                }
            }
        }
        if rest.is_some() {
            // More values than keys: nothing tells what they are.
            tally.add("samples with more values than FORMAT has keys");
            (trailing.dropped, trailing.written) = (true, true);
        }
        trailing.dropped |= count < self.keys.len();
        trailing.written |= is_last_missing && count > 1;
    }

    fn close_row(&mut self) {
        if self.plan.is_nested() {
            for key in &self.keys {
                if let Some(Some(column)) = self.columns.get_mut(usize::from(key.number)) {
                    column.close();
                }
            }
        }
    }

    fn push_layout(&mut self, trailing: Trailing) {
        self.layouts.clear();
        for key in &self.keys {
            let mark = if key.has_numbers { key.form.mark() } else { Mark::None };
            self.layouts.add(key.number, mark);
        }
        if trailing.dropped {
            self.layouts.add(DROPPED, Mark::None);
        }
        let (format, keys) = (&self.format, &self.keys);
        let write = |codes: &[(u16, Mark)], out: &mut Vec<u8>| {
            for (i, key) in keys.iter().enumerate() {
                if i > 0 {
                    out.push(b':');
                }
                out.extend_from_slice(format.get(key.start..key.end).unwrap_or_default());
                codes.get(i).map_or(Mark::None, |(_, mark)| *mark).append(out);
            }
            if trailing.dropped {
                out.push(b'/');
            }
        };
        if self.keys.iter().any(|k| k.number == UNDECLARED) {
            // Numbers do not tell undeclared keys apart.
            self.layouts.column();
        }
        self.layouts.push(write);
        for _ in 1..self.plan.rows_per_record() {
            self.layouts.repeat();
        }
    }

    /// Makes every column as long as `len` records.
    pub(crate) fn pad(&mut self, len: usize) {
        let (nested, samples) = (self.plan.is_nested(), self.plan.samples);
        for column in self.columns.iter_mut().flatten() {
            if nested { column.pad(len) } else { column.elements.pad(len * samples) }
        }
    }

    /// The array of a definition's column; the column is empty again.
    pub(crate) fn finish(&mut self, index: usize) -> Option<ArrayRef> {
        self.gt.clear();
        self.known_genotypes.clear();
        let nested = self.plan.is_nested();
        let column = self.columns.get_mut(index)?.as_mut()?;
        Some(if nested { column.finish() } else { column.elements.finish() })
    }

    pub(crate) fn finish_other(&mut self) -> ArrayRef {
        self.other.entries.finish()
    }

    pub(crate) fn finish_layout(&mut self) -> ArrayRef {
        self.layouts.column().finish()
    }
}

/// Pushes a sample's value, or a null where it is missing or does not fit. Says whether the column
/// reproduces its text; nothing when it does not even hold the value.
fn push_value(column: &mut Values, value: &[u8], key: &mut Key) -> Option<bool> {
    if value == b"." && !matches!(column, Values::Genotype(_)) {
        column.push_null();
        return Some(true);
    }
    match column.push(value) {
        Pushed::No => {
            column.push_null();
            None
        }
        Pushed::Exact => Some(true),
        Pushed::Floats(form) => {
            let joined = key.form.join(form, !key.has_numbers);
            if joined.mark() == Mark::Other {
                return Some(false);
            }
            (key.form, key.has_numbers) = (joined, true);
            Some(true)
        }
    }
}

/// The column `fmt_other`: samples, keys and values as they stand.
#[derive(Debug, Default)]
struct Others {
    entries: List<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    sample: Primitive<Int32Type>,
    key: Text,
    value: Text,
}

impl Others {
    fn push(&mut self, sample: usize, key: &[u8], value: &[u8]) {
        let entries = &mut self.entries.elements;
        entries.sample.push(offset(sample));
        entries.key.push(key);
        entries.value.push(value);
    }

    /// Ends a record of `rows` rows; the first of them has the entries.
    fn close(&mut self, rows: usize) {
        if self.entries.elements.len() > self.entries.closed_elements() {
            self.entries.close();
        } else {
            self.entries.push_null();
        }
        let len = self.entries.len();
        self.entries.pad(len + rows - 1);
    }
}

impl Column for Entries {
    fn len(&self) -> usize {
        self.sample.len()
    }

    fn pad(&mut self, len: usize) {
        self.sample.pad(len);
        self.key.pad(len);
        self.value.pad(len);
    }

    fn finish(&mut self) -> ArrayRef {
        let fields: Fields = vec![
            Field::new("sample", DataType::Int32, true),
            Field::new("key", DataType::Utf8, true),
            Field::new("value", DataType::Utf8, true),
        ]
        .into();
        let arrays = vec![self.sample.finish(), self.key.finish(), self.value.finish()];
        Arc::new(StructArray::new(fields, arrays, None))
    }
}
