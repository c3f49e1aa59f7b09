use std::sync::Arc;

use arrow_array::{ArrayRef, ArrowPrimitiveType, BooleanArray, PrimitiveArray};
use arrow_buffer::{BooleanBufferBuilder, ScalarBuffer};

use super::{Column, Validity};

/// Numbers.
#[derive(Debug)]
pub(crate) struct Primitive<T: ArrowPrimitiveType> {
    values: Vec<T::Native>,
    validity: Validity,
}

impl<T: ArrowPrimitiveType> Default for Primitive<T> {
    fn default() -> Self {
        Self { values: Vec::new(), validity: Validity::default() }
    }
}

impl<T: ArrowPrimitiveType> Primitive<T> {
    #[inline]
    pub(crate) fn push(&mut self, value: T::Native) {
        self.values.push(value);
        self.validity.push_valid();
    }

    pub(crate) fn push_option(&mut self, value: Option<T::Native>) {
        match value {
            Some(value) => self.push(value),
            None => self.push_null(),
        }
    }

    pub(crate) fn push_null(&mut self) {
        self.values.push(T::Native::default());
        self.validity.push_nulls(1);
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.values.truncate(len);
        self.validity.truncate(len);
    }
}

impl<T: ArrowPrimitiveType> Column for Primitive<T> {
    fn len(&self) -> usize {
        self.values.len()
    }

    fn pad(&mut self, len: usize) {
        if let Some(missing) = len.checked_sub(self.values.len()).filter(|n| *n > 0) {
            self.values.resize(len, T::Native::default());
            self.validity.push_nulls(missing);
        }
    }

    fn finish(&mut self) -> ArrayRef {
        let next = Vec::with_capacity(self.values.len());
        let values = std::mem::replace(&mut self.values, next);
        Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::from(values), self.validity.finish()))
    }
}

/// Booleans that are false unless set.
#[derive(Debug)]
pub(crate) struct Flags(BooleanBufferBuilder);

impl Default for Flags {
    fn default() -> Self {
        Self(BooleanBufferBuilder::new(0))
    }
}

impl Flags {
    pub(crate) fn push(&mut self, value: bool) {
        self.0.append(value);
    }
}

impl Column for Flags {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn pad(&mut self, len: usize) {
        if let Some(missing) = len.checked_sub(self.0.len()) {
            self.0.append_n(missing, false);
        }
    }

    fn finish(&mut self) -> ArrayRef {
        Arc::new(BooleanArray::new(self.0.finish(), None))
    }
}
