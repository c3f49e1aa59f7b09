use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray};

use crate::columns::{Column, FixedDictionary, offset};

/// Contigs that are known beforehand, those of the header as a rule, shared by every unit.
#[derive(Debug)]
pub(crate) struct Contigs {
    ids: HashMap<Vec<u8>, i32>,
    names: Vec<String>,
    array: ArrayRef,
}

impl Contigs {
    pub(crate) fn new(names: Vec<String>) -> Self {
        let ids = names.iter().enumerate().map(|(i, n)| (n.clone().into_bytes(), offset(i))).collect();
        Self { ids, array: Arc::new(StringArray::from(names.clone())), names }
    }

    /// The position of a contig among them.
    pub(crate) fn id(&self, name: &[u8]) -> Option<i32> {
        self.ids.get(name).copied()
    }
}

/// The column `chrom`: the header's contigs, and after them those that a batch has besides.
#[derive(Debug)]
pub(crate) struct ChromColumn {
    contigs: Arc<Contigs>,
    keys: FixedDictionary,
    undeclared: Vec<String>,
    last: (Vec<u8>, i32),
}

impl ChromColumn {
    pub(crate) fn new(contigs: &Arc<Contigs>) -> Self {
        let keys = FixedDictionary::new(Arc::clone(&contigs.array));
        Self { contigs: Arc::clone(contigs), keys, undeclared: Vec::new(), last: (Vec::new(), 0) }
    }

    /// Pushes a name, which is UTF-8; says whether the header declares it.
    pub(crate) fn push(&mut self, name: &[u8]) -> bool {
        if self.last.0 != name || name.is_empty() {
            let id = self.contigs.id(name).unwrap_or_else(|| self.undeclared_id(name));
            self.last = (name.to_vec(), id);
        }
        self.keys.push(Some(self.last.1));
        usize::try_from(self.last.1).is_ok_and(|id| id < self.contigs.names.len())
    }

    fn undeclared_id(&mut self, name: &[u8]) -> i32 {
        let known = self.undeclared.iter().position(|n| n.as_bytes() == name);
        let at = known.unwrap_or_else(|| {
            self.undeclared.push(String::from_utf8_lossy(name).into_owned());
            self.undeclared.len() - 1
        });
        offset(self.contigs.names.len() + at)
    }

    pub(crate) fn finish(&mut self) -> ArrayRef {
        if self.undeclared.is_empty() {
            return self.keys.finish();
        }
        let all = self.contigs.names.iter().chain(&self.undeclared).map(String::as_str);
        let values: ArrayRef = Arc::new(StringArray::from_iter_values(all));
        self.undeclared.clear();
        self.last.0.clear();
        self.keys.finish_with(values)
    }
}
