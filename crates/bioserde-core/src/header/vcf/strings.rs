use std::collections::{BTreeMap, HashSet};

/// A dictionary in the making. Its numbers may leave gaps of any size: tools that drop header lines keep the
/// numbers of the others.
#[derive(Debug, Default)]
pub(super) struct Strings {
    pub(super) entries: BTreeMap<usize, String>,
    ids: HashSet<String>,
}

impl Strings {
    /// Enters an id under its `IDX`, or under the next one; gives the id that stood there.
    pub(super) fn insert(&mut self, id: &str, idx: Option<usize>) -> Option<String> {
        let is_new = self.ids.insert(id.to_owned());
        let next = || self.entries.last_key_value().map_or(0, |(last, _)| last + 1);
        let at = match idx {
            Some(at) => at,
            None if is_new => next(),
            None => return None,
        };
        self.entries.insert(at, id.to_owned())
    }
}
