use std::sync::Arc;

use arrow_array::{ArrayRef, ListArray};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::{Field, FieldRef};

use super::{Column, Validity, offset};

/// Lists of whatever the element column holds.
#[derive(Debug)]
pub(crate) struct List<C> {
    pub(crate) elements: C,
    offsets: Vec<i32>,
    validity: Validity,
}

impl<C: Default> Default for List<C> {
    fn default() -> Self {
        Self::of(C::default())
    }
}

impl<C> List<C> {
    /// Lists over an element column that is empty.
    pub(crate) fn of(elements: C) -> Self {
        Self { elements, offsets: vec![0], validity: Validity::default() }
    }
}

impl<C: Column> List<C> {
    /// Ends a list whose elements were pushed to [`List::elements`].
    pub(crate) fn close(&mut self) {
        self.offsets.push(offset(self.elements.len()));
        self.validity.push_valid();
    }

    /// How many elements the last list has.
    #[inline]
    pub(crate) fn last_elements(&self) -> usize {
        match self.offsets.as_slice() {
            [.., before, last] => usize::try_from(last - before).unwrap_or(0),
            _ => 0,
        }
    }

    pub(crate) fn push_null(&mut self) {
        self.pad(self.len() + 1);
    }

    /// The number of elements that belong to closed lists.
    pub(crate) fn closed_elements(&self) -> usize {
        self.offsets.last().and_then(|o| usize::try_from(*o).ok()).unwrap_or(0)
    }
}

impl<C: Column> Column for List<C> {
    fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    fn pad(&mut self, len: usize) {
        if let Some(missing) = len.checked_sub(self.len()).filter(|n| *n > 0) {
            self.offsets.resize(len + 1, offset(self.elements.len()));
            self.validity.push_nulls(missing);
        }
    }

    fn finish(&mut self) -> ArrayRef {
        let elements = self.elements.finish();
        let mut offsets = Vec::with_capacity(self.offsets.len());
        offsets.push(0);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(std::mem::replace(&mut self.offsets, offsets)));
        let field: FieldRef = Arc::new(Field::new_list_field(elements.data_type().clone(), true));
        Arc::new(ListArray::new(field, offsets, elements, self.validity.finish()))
    }
}
