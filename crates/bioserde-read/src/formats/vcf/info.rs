//! `INFO` as columns (VCF §1.6.1, field 8).

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, StructArray};
use arrow_schema::{DataType, Field, Fields};
use bioserde_core::vcf::Header;
use bioserde_schema::annotations::sub_fields;
use bioserde_schema::{Origin, TableSchema};
use memchr::{memchr, memchr2};

use super::annotations::{Annotations, Wanted};
use super::conformance::values::{self, Rule, Shape};
use super::conformance::{Version, keys};
use super::number::Mark;
use super::values::{Layouts, Pushed, Values};
use crate::batches::Tally;
use crate::columns::{Column, List, Text};

/// A key's number when the header does not declare it.
const UNDECLARED: u16 = u16::MAX;
const TWICE: &str = "INFO keys that stand twice";

/// Which keys there are and which of them have a column.
#[derive(Debug)]
pub(crate) struct InfoPlan {
    header: Arc<Header>,
    /// By the number of a definition.
    is_wanted: Vec<bool>,
    annotations: Vec<Wanted>,
    numbers: HashMap<Vec<u8>, u16>,
    /// By the number of a definition.
    rules: Vec<Rule>,
    version: Version,
    wants_other: bool,
    wants_layout: bool,
}

impl InfoPlan {
    pub(crate) fn new(header: &Arc<Header>, wanted: &TableSchema) -> Self {
        let mut is_wanted = vec![false; header.infos.len()];
        for column in &wanted.columns {
            if let Origin::Info { index, .. } = column.origin
                && let Some(slot) = is_wanted.get_mut(index)
            {
                *slot = true;
            }
        }
        let version = Version::of(&header.version);
        let numbered = header.infos.iter().enumerate();
        let numbers = numbered.filter_map(|(i, d)| Some((d.id.clone().into_bytes(), u16::try_from(i).ok()?)));
        Self {
            numbers: numbers.filter(|(_, i)| *i != UNDECLARED).collect(),
            rules: header.infos.iter().map(|d| Rule::info(d, version)).collect(),
            version,
            header: Arc::clone(header),
            is_wanted,
            annotations: Wanted::of(wanted),
            wants_other: wanted.position("info_other").is_some(),
            wants_layout: wanted.position("info_layout").is_some(),
        }
    }

    pub(crate) fn is_needed(&self) -> bool {
        let has_columns = self.is_wanted.contains(&true) || !self.annotations.is_empty();
        self.wants_other || self.wants_layout || has_columns
    }
}

/// Growing columns of `INFO`.
#[derive(Debug)]
pub(crate) struct InfoColumns {
    plan: Arc<InfoPlan>,
    /// By the number of a definition; nothing for those that are not wanted.
    columns: Vec<Option<Values>>,
    annotations: Annotations,
    other: KeyValues,
    layouts: Layouts,
    /// Keys in the order of the record before: the best guess for the next one.
    order: Vec<u16>,
    /// Where the undeclared keys of the current record stand.
    undeclared: Vec<(usize, usize)>,
}

impl InfoColumns {
    pub(crate) fn new(plan: &Arc<InfoPlan>) -> Self {
        let column =
            |(definition, is_wanted): (_, &bool)| is_wanted.then(|| Values::new(definition, false, true));
        let named =
            |index| plan.header.infos.get(index).and_then(sub_fields).map_or(0, |fields| fields.len());
        Self {
            annotations: Annotations::new(&plan.annotations, named),
            columns: plan.header.infos.iter().zip(&plan.is_wanted).map(column).collect(),
            plan: Arc::clone(plan),
            other: KeyValues::default(),
            layouts: Layouts::default(),
            order: Vec::new(),
            undeclared: Vec::new(),
        }
    }

    /// Appends the `INFO` of row `row`. `qual` is how `QUAL` was written, which the layout records as
    /// well.
    pub(crate) fn push(&mut self, row: usize, info: &[u8], qual: Mark, shape: Shape, tally: &mut Tally) {
        self.layouts.clear();
        if info != b"." {
            self.push_entries(row, info, shape, tally);
            if keys::has_space(info, self.plan.version) {
                tally.add(keys::INFO_SPACE);
            }
            if self.undeclared.len() > 1 {
                self.count_twice(info, tally);
            }
            self.undeclared.clear();
        }
        if self.plan.wants_other {
            self.other.close();
        }
        if self.plan.wants_layout {
            self.push_layout(info, qual);
        }
    }

    /// Counts the undeclared keys that the record has twice.
    fn count_twice(&mut self, info: &[u8], tally: &mut Tally) {
        let key = |(start, end): &(usize, usize)| info.get(*start..*end).unwrap_or_default();
        self.undeclared.sort_unstable_by(|a, b| key(a).cmp(key(b)));
        for pair in self.undeclared.windows(2) {
            if let [a, b] = pair
                && key(a) == key(b)
            {
                tally.add(TWICE);
            }
        }
    }

    fn push_entries(&mut self, row: usize, info: &[u8], shape: Shape, tally: &mut Tally) {
        let mut rest = Some(info);
        let mut place = 0;
        while let Some(text) = rest {
            let number = self.key_at(text, place);
            let (number, key_len) = match number {
                Some(found) => found,
                None => {
                    let len = memchr2(b'=', b';', text).unwrap_or(text.len());
                    let key = text.get(..len).unwrap_or_default();
                    (self.plan.numbers.get(key).copied().unwrap_or(UNDECLARED), len)
                }
            };
            let (key, after) = text.split_at_checked(key_len).unwrap_or((text, &[]));
            let value;
            match after {
                [b'=', after @ ..] => {
                    let end = memchr(b';', after).unwrap_or(after.len());
                    value = after.get(..end);
                    rest = after.get(end + 1..);
                }
                [_, after @ ..] => (value, rest) = (None, Some(after)),
                [] => (value, rest) = (None, None),
            }
            self.push_entry(row, number, key, value, shape, tally);
            if number == UNDECLARED && !key.is_empty() {
                let start = info.len() - text.len();
                self.undeclared.push((start, start + key_len));
            }
            if let Some(guess) = self.order.get_mut(place) {
                *guess = number;
            } else {
                self.order.push(number);
            }
            place += 1;
        }
        self.order.truncate(place);
    }

    /// The key that stood at this place in the record before, if it stands here again.
    #[inline]
    fn key_at(&self, text: &[u8], place: usize) -> Option<(u16, usize)> {
        let number = *self.order.get(place)?;
        let id = self.plan.header.infos.get(usize::from(number))?.id.as_bytes();
        let after = text.strip_prefix(id)?;
        matches!(after.first(), None | Some(b'=' | b';')).then_some((number, id.len()))
    }

    fn push_entry(
        &mut self,
        row: usize,
        number: u16,
        key: &[u8],
        value: Option<&[u8]>,
        shape: Shape,
        tally: &mut Tally,
    ) {
        self.annotations.push(row, number, value, tally);
        let declared = usize::from(number) < self.plan.is_wanted.len();
        let mut is_repeated = false;
        let mark = match self.columns.get_mut(usize::from(number)) {
            // Declared, and not asked for.
            Some(None) => Some(Mark::None),
            Some(Some(column)) if column.len() <= row => {
                let mark = push_value(column, row, value);
                if let (Some(rule), Some(value)) = (self.plan.rules.get(usize::from(number)), value)
                    && mark.is_some_and(|mark| mark != Mark::Missing)
                    && let Some(kind) = rule.fault(value, column.last_elements(), shape)
                {
                    tally.add(kind);
                }
                mark
            }
            Some(Some(_)) => {
                is_repeated = true;
                None
            }
            None => None,
        };
        self.layouts.add(number, mark.unwrap_or(Mark::Other));
        match mark {
            Some(Mark::Other) => tally.add("INFO numbers whose text is kept besides"),
            Some(_) => return,
            None => tally.add(match (declared, key) {
                (_, b"") => "empty INFO entries",
                (true, _) if is_repeated => TWICE,
                (false, _) => "INFO values of keys that the header does not declare",
                (true, _) => values::INFO_MISFIT,
            }),
        }
        if !declared && !key.is_empty() {
            self.check_undeclared(key, value, shape, tally);
        }
        if self.plan.wants_other {
            self.other.push(key, value);
        }
    }

    fn check_undeclared(&self, key: &[u8], value: Option<&[u8]>, shape: Shape, tally: &mut Tally) {
        if !keys::is_info_key(key, self.plan.version) {
            tally.add(keys::INFO_KEY);
        }
        let rule = Rule::reserved_info(key, &self.plan.header.version);
        if let Some(kind) = rule.and_then(|rule| rule.text_fault(value, shape)) {
            tally.add(kind);
        }
    }

    fn push_layout(&mut self, info: &[u8], qual: Mark) {
        if info == b"." && qual == Mark::None {
            return self.layouts.push_null();
        }
        self.layouts.add(UNDECLARED, qual);
        let header = &self.plan.header;
        // The entries in `info_other` have their own keys, in order: the layout needs their place only.
        self.layouts.push(|codes, out| {
            let (qual, entries) =
                codes.split_last().map_or((Mark::None, codes), |(last, rest)| (last.1, rest));
            if qual != Mark::None {
                out.push(b'@');
                qual.append(out);
                out.push(b';');
            }
            for (i, (number, mark)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push(b';');
                }
                if *mark != Mark::Other
                    && let Some(definition) = header.infos.get(usize::from(*number))
                {
                    out.extend_from_slice(definition.id.as_bytes());
                }
                mark.append(out);
            }
            if entries.is_empty() {
                out.push(b'.');
            }
        });
    }

    /// Makes every column `len` long.
    pub(crate) fn pad(&mut self, len: usize) {
        self.columns.iter_mut().flatten().for_each(|c| c.pad(len));
        self.annotations.pad(len);
    }

    /// The array of a definition's column; the column is empty again.
    pub(crate) fn finish(&mut self, index: usize) -> Option<ArrayRef> {
        self.columns.get_mut(index)?.as_mut().map(Column::finish)
    }

    /// The array of a sub-field of a definition's annotations.
    pub(crate) fn finish_annotation(&mut self, index: usize, field: usize) -> Option<ArrayRef> {
        self.annotations.finish(index, field)
    }

    pub(crate) fn finish_other(&mut self) -> ArrayRef {
        self.other.entries.finish()
    }

    pub(crate) fn finish_layout(&mut self) -> ArrayRef {
        self.layouts.column().finish()
    }
}

/// Pushes a value as row `row`; nothing when the column cannot hold it.
fn push_value(column: &mut Values, row: usize, value: Option<&[u8]>) -> Option<Mark> {
    match (column, value) {
        (Values::Flag(flags), None) => {
            flags.pad(row);
            flags.push(true);
            Some(Mark::None)
        }
        (Values::Flag(_), Some(_)) | (_, None) => None,
        (column, Some(b".")) => {
            column.pad(row + 1);
            Some(Mark::Missing)
        }
        (column, Some(value)) => {
            column.pad(row);
            match column.push(value) {
                Pushed::No => None,
                Pushed::Exact => Some(Mark::None),
                Pushed::Floats(form) => Some(form.mark()),
            }
        }
    }
}

/// The column `info_other`: keys and values as they stand.
#[derive(Debug, Default)]
struct KeyValues {
    entries: List<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    key: Text,
    value: Text,
}

impl KeyValues {
    /// A bare key has no value, which is not the same as an empty one.
    fn push(&mut self, key: &[u8], value: Option<&[u8]>) {
        self.entries.elements.key.push(key);
        match value {
            Some(value) => self.entries.elements.value.push(value),
            None => self.entries.elements.value.push_null(),
        }
    }

    fn close(&mut self) {
        if self.entries.elements.len() > self.entries.closed_elements() {
            self.entries.close();
        } else {
            self.entries.push_null();
        }
    }
}

impl Column for Entries {
    fn len(&self) -> usize {
        self.key.len()
    }

    fn pad(&mut self, len: usize) {
        self.key.pad(len);
        self.value.pad(len);
    }

    fn finish(&mut self) -> ArrayRef {
        let fields: Fields = ["key", "value"].map(|n| Field::new(n, DataType::Utf8, true)).to_vec().into();
        Arc::new(StructArray::new(fields, vec![self.key.finish(), self.value.finish()], None))
    }
}
