use std::hash::BuildHasher;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Int32Array, StringArray};
use hashbrown::HashTable;

use super::{Column, Primitive, Text, offset};

/// Distinct texts, numbered by first occurrence.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    table: HashTable<(u64, i32)>,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    hasher: foldhash::fast::FixedState,
}

impl Interner {
    pub(crate) fn intern(&mut self, value: &[u8]) -> i32 {
        let hash = self.hasher.hash_one(value);
        let found = self.table.find(hash, |(h, id)| *h == hash && self.get(*id) == Some(value));
        if let Some((_, id)) = found {
            return *id;
        }
        let id = offset(self.ends.len());
        self.bytes.extend_from_slice(value);
        self.ends.push(self.bytes.len());
        self.table.insert_unique(hash, (hash, id), |(h, _)| *h);
        id
    }

    pub(crate) fn get(&self, id: i32) -> Option<&[u8]> {
        let i = usize::try_from(id).ok()?;
        let start = i.checked_sub(1).map_or(Some(0), |i| self.ends.get(i).copied())?;
        self.bytes.get(start..*self.ends.get(i)?)
    }

    /// The texts in order; the interner is empty again.
    fn finish(&mut self) -> StringArray {
        let mut text = Text::default();
        for i in 0..self.ends.len() {
            text.push(self.get(offset(i)).unwrap_or_default());
        }
        self.table.clear();
        self.bytes.clear();
        self.ends.clear();
        text.finish_text()
    }
}

/// Texts with few distinct values, found while rows are pushed. Each batch has its own dictionary.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    keys: Primitive<Int32Type>,
    interner: Interner,
    last: Option<i32>,
}

impl Dictionary {
    /// Pushes a text, which must be UTF-8.
    pub(crate) fn push(&mut self, value: &[u8]) {
        // Neighbouring rows mostly agree: comparing is cheaper than hashing.
        let id = match self.last {
            Some(id) if self.interner.get(id) == Some(value) => id,
            _ => self.interner.intern(value),
        };
        self.last = Some(id);
        self.keys.push(id);
    }

    /// The number of a text in this batch's dictionary.
    pub(crate) fn intern(&mut self, value: &[u8]) -> i32 {
        self.interner.intern(value)
    }

    /// The number of the value that was pushed last.
    pub(crate) fn last(&self) -> Option<i32> {
        self.last
    }

    /// The value of a number.
    pub(crate) fn get(&self, id: i32) -> Option<&[u8]> {
        self.interner.get(id)
    }

    /// Pushes a text by its number in this batch's dictionary.
    pub(crate) fn push_key(&mut self, id: i32) {
        self.keys.push(id);
    }

    pub(crate) fn push_null(&mut self) {
        self.keys.push_null();
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.keys.truncate(len);
    }
}

impl Column for Dictionary {
    fn len(&self) -> usize {
        self.keys.len()
    }

    fn pad(&mut self, len: usize) {
        self.keys.pad(len);
    }

    fn finish(&mut self) -> ArrayRef {
        self.last = None;
        finish(&mut self.keys, Arc::new(self.interner.finish()))
    }
}

/// Texts out of a list that is known from the start, such as reference sequence names.
#[derive(Debug)]
pub(crate) struct FixedDictionary {
    keys: Primitive<Int32Type>,
    values: ArrayRef,
}

impl FixedDictionary {
    pub(crate) fn new(values: ArrayRef) -> Self {
        Self { keys: Primitive::default(), values }
    }

    pub(crate) fn push(&mut self, key: Option<i32>) {
        self.keys.push_option(key);
    }

    /// As [`Column::finish`], with a longer list for this batch.
    pub(crate) fn finish_with(&mut self, values: ArrayRef) -> ArrayRef {
        finish(&mut self.keys, values)
    }
}

impl Column for FixedDictionary {
    fn len(&self) -> usize {
        self.keys.len()
    }

    fn pad(&mut self, len: usize) {
        self.keys.pad(len);
    }

    fn finish(&mut self) -> ArrayRef {
        finish(&mut self.keys, Arc::clone(&self.values))
    }
}

fn finish(keys: &mut Primitive<Int32Type>, values: ArrayRef) -> ArrayRef {
    let keys = keys.finish();
    let keys = arrow_array::cast::AsArray::as_primitive::<Int32Type>(&keys).clone();
    match DictionaryArray::<Int32Type>::try_new(keys, values) {
        Ok(array) => Arc::new(array),
        // Keys come from the interner or are checked against the header: they are in range.
        Err(e) => {
            debug_assert!(false, "dictionary column: {e}");
            let none: StringArray = Vec::<Option<&str>>::new().into();
            Arc::new(DictionaryArray::<Int32Type>::new(Int32Array::from(Vec::<i32>::new()), Arc::new(none)))
        }
    }
}
