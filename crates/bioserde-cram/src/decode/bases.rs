use std::sync::Arc;

use crate::fault::CramFault;
use crate::reader::File;
use crate::reference::{Reference, ReferenceFault, Sequence};
use crate::slice_header::SliceHeader;

/// Where the records of a slice take the bases of the reference from. They are got when the first record
/// needs them.
pub(super) struct ReferenceBases<'a> {
    slice: &'a SliceHeader,
    is_needed: bool,
    embedded: Option<&'a [u8]>,
    file: &'a File,
    reference: Option<&'a Reference>,
    /// The sequence that was used last.
    current: Option<(usize, Arc<Window>)>,
}

/// Bases of a part of a reference sequence.
#[derive(Debug)]
pub(super) struct Window {
    /// Of the first base, 1-based.
    start: i64,
    bases: Bases,
    /// Of the whole sequence.
    len: i64,
}

#[derive(Debug)]
enum Bases {
    /// In upper case.
    Own(Vec<u8>),
    Shared(Arc<Sequence>),
}

impl Window {
    fn bases(&self) -> &[u8] {
        match &self.bases {
            Bases::Own(bases) => bases,
            Bases::Shared(sequence) => sequence.bases(),
        }
    }

    /// The bases at `len` positions, as far as the sequence has them.
    pub(super) fn get(&self, position: i64, len: usize) -> Result<&[u8], CramFault> {
        let to = position.saturating_add(i64::try_from(len).unwrap_or(i64::MAX)).min(self.len + 1);
        if position >= to {
            return Ok(&[]);
        }
        let from = usize::try_from(position - self.start);
        let to = usize::try_from(to - self.start);
        let (Ok(from), Ok(to)) = (from, to) else { return Err(CramFault::OutsideSlice { position }) };
        self.bases().get(from..to).ok_or(CramFault::OutsideSlice { position })
    }

    /// One base; N after the end of the sequence.
    pub(super) fn base(&self, position: i64) -> Result<u8, CramFault> {
        Ok(self.get(position, 1)?.first().copied().unwrap_or(b'N'))
    }
}

impl<'a> ReferenceBases<'a> {
    pub(super) fn new(
        slice: &'a SliceHeader,
        is_needed: bool,
        embedded: Option<&'a [u8]>,
        file: &'a File,
        reference: Option<&'a Reference>,
    ) -> Self {
        Self { slice, is_needed, embedded, file, reference, current: None }
    }

    /// The bases for records on a reference sequence; nothing where the file says that none are needed.
    pub(super) fn window(&mut self, id: i32) -> Result<Option<Arc<Window>>, CramFault> {
        let Ok(id) = usize::try_from(id) else { return Ok(None) };
        if let Some((current, window)) = &self.current
            && *current == id
        {
            return Ok(Some(Arc::clone(window)));
        }
        let window = match self.embedded {
            Some(bases) => self.embedded(id, bases)?,
            None if !self.is_needed => return Ok(None),
            None => self.external(id)?,
        };
        let window = Arc::new(window);
        self.current = Some((id, Arc::clone(&window)));
        Ok(Some(window))
    }

    fn embedded(&self, id: usize, bases: &[u8]) -> Result<Window, CramFault> {
        // §8.5: only slices on one sequence can have it.
        if usize::try_from(self.slice.reference) != Ok(id) {
            return Err(CramFault::Malformed { what: "the embedded reference" });
        }
        let len = self.file.references.get(id).map_or(0, |reference| reference.length);
        let bases = Bases::Own(bases.to_ascii_uppercase());
        Ok(Window { start: self.slice.start.into(), bases, len: len.into() })
    }

    fn external(&self, id: usize) -> Result<Window, CramFault> {
        let Some(wanted) = self.file.references.get(id) else {
            return Err(CramFault::Malformed { what: "a reference sequence id" });
        };
        let Some(reference) = self.reference else {
            return Err(ReferenceFault::NotGiven { wanted: wanted.clone() }.into());
        };
        let slice = self.slice;
        if usize::try_from(slice.reference) == Ok(id) && slice.md5 != [0; 16] {
            let bases = reference.part(wanted, slice.start, slice.span, slice.md5)?;
            return Ok(Window {
                start: slice.start.into(),
                bases: Bases::Own(bases),
                len: wanted.length.into(),
            });
        }
        let sequence = reference.sequence(wanted)?;
        Ok(Window { start: 1, len: wanted.length.into(), bases: Bases::Shared(sequence) })
    }
}
