use std::collections::HashSet;

use bioserde_resolve::BuildError;

/// Where a BAM record lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// 0-based; nothing for an unplaced record.
    reference: Option<usize>,
    /// 1-based; 0 for none.
    position: u32,
}

impl Place {
    pub(super) fn of(record: &[u8]) -> Self {
        let word = |at: usize| record.get(at..)?.first_chunk().map(|bytes| i32::from_le_bytes(*bytes));
        let reference = word(4).and_then(|id| usize::try_from(id).ok());
        let position = word(8).and_then(|position| u32::try_from(position.wrapping_add(1)).ok());
        Self { reference, position: position.unwrap_or(0) }
    }
}

/// Whether records follow each other as an index needs it.
#[derive(Debug)]
pub(super) struct Order {
    names: Vec<String>,
    last: Option<Place>,
    /// Reference sequences that had records.
    seen: HashSet<usize>,
}

impl Order {
    pub(super) fn new(names: Vec<String>) -> Self {
        Self { names, last: None, seen: HashSet::new() }
    }

    /// Takes the place of the next record.
    pub(super) fn push(&mut self, place: Place) -> Result<(), BuildError> {
        let last = self.last.replace(place);
        let Some(reference) = place.reference else { return Ok(()) };
        let is_new = self.seen.insert(reference);
        let (name, position) = (self.name(reference), place.position);
        match last {
            Some(Place { reference: None, .. }) => Err(BuildError::AfterUnplaced { name, position }),
            Some(last) if last.reference == Some(reference) && last.position > position => {
                Err(BuildError::Descending { name, position, previous: last.position })
            }
            Some(Place { reference: Some(other), position: at }) if other != reference && !is_new => {
                let previous = format!("{}:{at}", self.name(other));
                Err(BuildError::Scattered { name, position, previous })
            }
            _ => Ok(()),
        }
    }

    fn name(&self, reference: usize) -> String {
        self.names.get(reference).cloned().unwrap_or_default()
    }
}
