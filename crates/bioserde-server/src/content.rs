mod body;
mod reply;

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bioserde_storage::Source;
use bytes::Bytes;

pub(crate) use self::reply::{Description, not_modified, reply};

/// Bytes of which the length is known before any is read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    segments: Vec<Segment>,
    len: u64,
}

#[derive(Clone, Debug)]
enum Segment {
    Memory(Bytes),
    /// Bytes of a file, half-open.
    File(Arc<Source>, Range<u64>),
}

impl Segment {
    fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File(_, range) => range.end - range.start,
        }
    }

    /// A part of it, both ends within it.
    fn part(&self, range: Range<u64>) -> Self {
        match self {
            Self::Memory(bytes) => {
                let place = |at| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                Self::Memory(bytes.slice(place(range.start)..place(range.end)))
            }
            Self::File(source, own) => {
                Self::File(Arc::clone(source), own.start + range.start..own.start + range.end)
            }
        }
    }
}

impl Content {
    pub(crate) fn push_bytes(&mut self, bytes: impl Into<Bytes>) {
        self.push(Segment::Memory(bytes.into()));
    }

    /// Adds bytes of a file, which must have them.
    pub(crate) fn push_file(&mut self, source: &Arc<Source>, range: Range<u64>) {
        if range.start < range.end {
            self.push(Segment::File(Arc::clone(source), range));
        }
    }

    pub(crate) fn append(&mut self, other: &Self) {
        for segment in &other.segments {
            self.push(segment.clone());
        }
    }

    fn push(&mut self, segment: Segment) {
        if segment.len() > 0 {
            self.len += segment.len();
            self.segments.push(segment);
        }
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// The bytes of it that lie in memory.
    pub(crate) fn in_memory(&self) -> u64 {
        self.segments.iter().map(|s| if matches!(s, Segment::Memory(_)) { s.len() } else { 64 }).sum()
    }

    /// Its first bytes, at most `len` of them.
    pub(crate) fn beginning(&self, len: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.part(0..len.min(self.len)).read_all(|more| {
            bytes.extend_from_slice(more);
            Ok(())
        })?;
        Ok(bytes)
    }

    /// A part of it.
    fn part(&self, range: Range<u64>) -> Self {
        let mut part = Self::default();
        let mut at = 0;
        for segment in &self.segments {
            let end = at + segment.len();
            let (from, to) = (range.start.max(at), range.end.min(end));
            if from < to {
                part.push(segment.part(from - at..to - at));
            }
            at = end;
        }
        part
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_part_has_its_bytes(lens in vec(0usize..9, 0..6), a in 0u64..40, b in 0u64..40) {
            let mut content = Content::default();
            let mut whole = Vec::new();
            for len in lens {
                let bytes: Vec<u8> = (0..len).map(|i| u8::try_from(whole.len() + i).unwrap()).collect();
                whole.extend_from_slice(&bytes);
                content.push_bytes(bytes);
            }
            prop_assert_eq!(content.len(), whole.len() as u64);
            let (a, b) = (a.min(b).min(content.len()), a.max(b).min(content.len()));
            let part = content.part(a..b);
            let got: Vec<u8> = part.segments.iter().flat_map(|segment| match segment {
                Segment::Memory(bytes) => bytes.to_vec(),
                Segment::File(..) => unreachable!(),
            }).collect();
            prop_assert_eq!(&got, &whole[usize::try_from(a).unwrap()..usize::try_from(b).unwrap()]);
            prop_assert_eq!(part.len(), b - a);
        }
    }
}
