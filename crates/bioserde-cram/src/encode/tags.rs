use std::collections::HashMap;

use super::record::BamRecord;
use super::streams::Streams;
use crate::bytes::Bytes;
use crate::fault::CramFault;
use crate::put::put_itf8;

/// A tag of a record, its value as BAM has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'a> {
    pub(super) name: [u8; 2],
    pub(super) kind: u8,
    pub(super) value: &'a [u8],
}

/// The tags of a record (SAMv1 §4.2.4).
pub(super) struct Tags<'a, 'b> {
    record: &'b BamRecord<'a>,
    bytes: Bytes<'a>,
}

impl<'a, 'b> Tags<'a, 'b> {
    pub(super) fn new(record: &'b BamRecord<'a>) -> Self {
        Self { record, bytes: Bytes(record.tags) }
    }
}

impl<'a> Iterator for Tags<'a, '_> {
    type Item = Result<Tag<'a>, CramFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.bytes.0.is_empty() {
            return None;
        }
        let tag = tag(&mut self.bytes).ok_or_else(|| self.record.fault("its tags are malformed"));
        if tag.is_err() {
            self.bytes = Bytes(&[]);
        }
        Some(tag)
    }
}

fn tag<'a>(bytes: &mut Bytes<'a>) -> Option<Tag<'a>> {
    let [a, b, kind] = bytes.array()?;
    let len = match kind {
        b'A' | b'c' | b'C' => 1,
        b's' | b'S' => 2,
        b'i' | b'I' | b'f' => 4,
        b'Z' | b'H' => bytes.0.iter().position(|byte| *byte == 0)? + 1,
        b'B' => {
            let mut array = *bytes;
            let width = match array.byte()? {
                b'c' | b'C' => 1,
                b's' | b'S' => 2,
                b'i' | b'I' | b'f' => 4,
                _ => return None,
            };
            let count = usize::try_from(u32::from_le_bytes(array.array()?)).ok()?;
            count.checked_mul(width)?.checked_add(5)?
        }
        _ => return None,
    };
    // A zero ends a line of the dictionary.
    if a == 0 || b == 0 {
        return None;
    }
    Some(Tag { name: [a, b], kind, value: bytes.take(len)? })
}

/// The values of one tag with one type, and of their lengths where they differ.
#[derive(Debug, Default)]
pub(super) struct TagValues {
    pub(super) values: Vec<u8>,
    pub(super) lengths: Vec<u8>,
}

/// A tag and its type as the number that CRAM has for it.
pub(super) type Key = i32;

/// Which tags records have (CRAMv3 §8.4, TD).
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    /// Each line without the zero at its end.
    lines: Vec<Vec<u8>>,
    numbers: HashMap<Vec<u8>, i32>,
}

/// What is stored of the tags of a record.
pub(super) struct TagLine {
    pub(super) number: i32,
    /// -1 for none, or one that is stored as a tag.
    pub(super) read_group: i32,
}

impl Dictionary {
    /// Takes the tags of a record.
    pub(super) fn line(
        &mut self,
        record: &BamRecord<'_>,
        skips_cigar: bool,
        read_groups: &HashMap<Vec<u8>, i32>,
        streams: &mut Streams,
    ) -> Result<TagLine, CramFault> {
        let mut line = Vec::new();
        let mut read_group = -1;
        let mut tags = Tags::new(record);
        while let Some(tag) = tags.next() {
            let tag = tag?;
            if skips_cigar && &tag.name == b"CG" {
                continue;
            }
            // Readers set the read group behind the tags: only there it keeps its place.
            let is_last = tags.bytes.0.is_empty();
            if is_last
                && (&tag.name, tag.kind) == (b"RG", b'Z')
                && let Some(group) = tag.value.strip_suffix(&[0]).and_then(|id| read_groups.get(id))
            {
                read_group = *group;
                continue;
            }
            let [a, b] = tag.name;
            line.extend([a, b, tag.kind]);
            streams.put_tag(&tag);
        }
        Ok(TagLine { number: self.number(line), read_group })
    }

    fn number(&mut self, line: Vec<u8>) -> i32 {
        if let Some(number) = self.numbers.get(&line) {
            return *number;
        }
        let number = i32::try_from(self.lines.len()).unwrap_or(i32::MAX);
        self.numbers.insert(line.clone(), number);
        self.lines.push(line);
        number
    }

    /// The lines, each with a zero at its end.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.lines.iter().flat_map(|line| line.iter().copied().chain([0])).collect()
    }
}

impl Tag<'_> {
    pub(super) fn key(&self) -> Key {
        let [a, b] = self.name.map(i32::from);
        a << 16 | b << 8 | i32::from(self.kind)
    }
}

impl TagValues {
    pub(super) fn push(&mut self, tag: &Tag<'_>) {
        self.values.extend_from_slice(tag.value);
        if fixed_len(tag.key()).is_none() {
            put_itf8(&mut self.lengths, i32::try_from(tag.value.len()).unwrap_or(i32::MAX));
        }
    }
}

/// The length that all values of a type have.
pub(super) fn fixed_len(key: Key) -> Option<i32> {
    match u8::try_from(key & 0xff) {
        Ok(b'A' | b'c' | b'C') => Some(1),
        Ok(b's' | b'S') => Some(2),
        Ok(b'i' | b'I' | b'f') => Some(4),
        _ => None,
    }
}
