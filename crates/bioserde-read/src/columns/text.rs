use std::sync::Arc;

use arrow_array::{ArrayRef, BinaryArray, StringArray};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};

use super::{Column, Validity, offset};

/// Texts. What is pushed must be UTF-8: callers divert anything else first.
#[derive(Debug, Default)]
pub(crate) struct Text(Bytes);

/// Byte strings.
#[derive(Debug, Default)]
pub(crate) struct Binary(Bytes);

#[derive(Debug)]
struct Bytes {
    bytes: Vec<u8>,
    offsets: Vec<i32>,
    validity: Validity,
}

impl Default for Bytes {
    fn default() -> Self {
        Self { bytes: Vec::new(), offsets: vec![0], validity: Validity::default() }
    }
}

impl Bytes {
    fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    #[inline]
    fn close(&mut self) {
        self.offsets.push(offset(self.bytes.len()));
        self.validity.push_valid();
    }

    fn pad(&mut self, len: usize) {
        if let Some(missing) = len.checked_sub(self.len()).filter(|n| *n > 0) {
            self.offsets.resize(len + 1, offset(self.bytes.len()));
            self.validity.push_nulls(missing);
        }
    }

    fn take(&mut self) -> (OffsetBuffer<i32>, Buffer, Option<NullBuffer>) {
        let bytes = Vec::with_capacity(self.bytes.len() + self.bytes.len() / 8);
        let mut offsets = Vec::with_capacity(self.offsets.len());
        offsets.push(0);
        let bytes = std::mem::replace(&mut self.bytes, bytes);
        let offsets = std::mem::replace(&mut self.offsets, offsets);
        (OffsetBuffer::new(ScalarBuffer::from(offsets)), Buffer::from_vec(bytes), self.validity.finish())
    }
}

impl Text {
    pub(crate) fn push(&mut self, value: &[u8]) {
        self.0.bytes.extend_from_slice(value);
        self.0.close();
    }

    /// Pushes what `write` appends to the column's bytes.
    pub(crate) fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.0.bytes);
        self.0.close();
    }

    pub(crate) fn push_null(&mut self) {
        self.0.pad(self.0.len() + 1);
    }

    pub(crate) fn finish_text(&mut self) -> StringArray {
        let (offsets, bytes, nulls) = self.0.take();
        match StringArray::try_new(offsets, bytes, nulls) {
            Ok(array) => array,
            // The contract of `push` was broken. Replacing is wrong, but not memory-unsafe, and the
            // debug assertion finds it in tests.
            Err(e) => {
                debug_assert!(false, "text column: {e}");
                StringArray::from(Vec::<Option<&str>>::new())
            }
        }
    }
}

impl Column for Text {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn pad(&mut self, len: usize) {
        self.0.pad(len);
    }

    fn finish(&mut self) -> ArrayRef {
        Arc::new(self.finish_text())
    }
}

impl Binary {
    pub(crate) fn push(&mut self, value: &[u8]) {
        self.0.bytes.extend_from_slice(value);
        self.0.close();
    }
}

impl Column for Binary {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn pad(&mut self, len: usize) {
        self.0.pad(len);
    }

    fn finish(&mut self) -> ArrayRef {
        let (offsets, bytes, nulls) = self.0.take();
        Arc::new(BinaryArray::new(offsets, bytes, nulls))
    }
}
