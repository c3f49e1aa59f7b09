pub(crate) use bioserde_model::bam::reg2bin;
use thiserror::Error;

use super::framing::FIXED;

/// The letters of the CIGAR operations (SAMv1 §4.2, `op`).
pub(crate) const OPERATIONS: &[u8; 9] = b"MIDNSHP=X";

/// A view of a BAM record's bytes (SAMv1 §4.2). Every part is checked to lie inside the record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    pub(crate) reference_id: Option<i32>,
    /// 0-based; -1 when there is none.
    pub(crate) pos: i32,
    pub(crate) mapq: u8,
    pub(crate) bin: u16,
    pub(crate) flag: u16,
    pub(crate) next_reference_id: Option<i32>,
    /// 0-based; -1 when there is none.
    pub(crate) next_pos: i32,
    pub(crate) tlen: i32,
    /// With its NUL.
    pub(crate) read_name: &'a [u8],
    pub(crate) cigar: Cigar<'a>,
    pub(crate) l_seq: usize,
    /// Two bases a byte.
    pub(crate) seq: &'a [u8],
    pub(crate) qual: &'a [u8],
    pub(crate) tags: &'a [u8],
}

/// CIGAR operations as stored: `length << 4 | operation`, little-endian.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cigar<'a>(pub(crate) &'a [u8]);

/// Why bytes are not a BAM record.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum RecordError {
    #[error("the record is shorter than its parts")]
    Short,
    #[error("{field} is {id}, but the header has {count} reference sequences")]
    ReferenceId { field: &'static str, id: i32, count: usize },
    #[error("{field} is {pos}, which is not from -1 (none) to 2147483646")]
    Position { field: &'static str, pos: i32 },
    #[error("the read name does not end with NUL")]
    ReadName,
    #[error("CIGAR operation {0} is not one of MIDNSHP=X")]
    CigarOperation(u8),
    #[error("tag {tag}: {what}")]
    Tag { tag: String, what: &'static str },
}

impl<'a> Record<'a> {
    /// A view of a record with its length before it, in a file with `references` reference sequences.
    pub(crate) fn new(bytes: &'a [u8], references: usize) -> Result<Self, RecordError> {
        let (fixed, rest) = bytes.split_first_chunk::<FIXED>().ok_or(RecordError::Short)?;
        let word = |at: usize| i32::from_le_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]]);
        let half = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
        let l_seq = usize::try_from(word(20)).map_err(|_| RecordError::Short)?;
        let take = |bytes: &'a [u8], n: usize| bytes.split_at_checked(n).ok_or(RecordError::Short);
        let (read_name, rest) = take(rest, usize::from(fixed[12]))?;
        let (cigar, rest) = take(rest, 4 * usize::from(half(16)))?;
        let (seq, rest) = take(rest, l_seq.div_ceil(2))?;
        let (qual, tags) = take(rest, l_seq)?;
        let record = Self {
            reference_id: reference_id("refID", word(4), references)?,
            pos: position("pos", word(8))?,
            mapq: fixed[13],
            bin: half(14),
            flag: half(18),
            next_reference_id: reference_id("next_refID", word(24), references)?,
            next_pos: position("next_pos", word(28))?,
            tlen: word(32),
            read_name,
            cigar: Cigar(cigar),
            l_seq,
            seq,
            qual,
            tags,
        };
        if record.read_name.last() == Some(&0) { Ok(record) } else { Err(RecordError::ReadName) }
    }

    /// The operations of the whole CIGAR: those of the `CG` tag where the record's own are the
    /// placeholder `<l_seq>S<n>N` (SAMv1 §4.2.2).
    pub(crate) fn full_cigar(&self) -> Cigar<'a> {
        let mut own = self.cigar.iter();
        let is_placeholder = match (own.next(), own.next(), own.next()) {
            (Some((len, 4)), Some((_, 3)), None) => len as usize == self.l_seq,
            _ => false,
        };
        if !is_placeholder {
            return self.cigar;
        }
        let mut tags = super::tags::Tags(self.tags);
        while let Ok(Some(tag)) = tags.next() {
            if let (b"CG", b'B', [b'I', _, _, _, _, values @ ..]) = (&tag.tag, tag.value_type, tag.value) {
                return Cigar(values);
            }
        }
        self.cigar
    }

    /// The 1-based, closed interval that the record covers; nothing when it is unplaced.
    ///
    /// A record that is unmapped or covers no base counts as one base long, as htslib's indexes and
    /// region queries have it.
    pub(crate) fn span(&self, cigar: Cigar<'_>) -> Option<(i32, i32)> {
        if self.pos < 0 {
            return None;
        }
        let start = self.pos.saturating_add(1);
        let len = if self.flag & 4 != 0 { 0 } else { cigar.reference_len() };
        let len = i32::try_from(len.max(1)).unwrap_or(i32::MAX);
        Some((start, self.pos.saturating_add(len)))
    }
}

fn reference_id(field: &'static str, id: i32, references: usize) -> Result<Option<i32>, RecordError> {
    match usize::try_from(id) {
        Ok(i) if i < references => Ok(Some(id)),
        Err(_) if id == -1 => Ok(None),
        _ => Err(RecordError::ReferenceId { field, id, count: references }),
    }
}

fn position(field: &'static str, pos: i32) -> Result<i32, RecordError> {
    // One more has no 1-based position of 32 bits.
    if pos < -1 || pos == i32::MAX { Err(RecordError::Position { field, pos }) } else { Ok(pos) }
}

impl<'a> Cigar<'a> {
    /// Each operation's length and code.
    pub(crate) fn iter(self) -> impl Iterator<Item = (u32, u8)> + use<'a> {
        self.0.chunks_exact(4).map(|b| {
            let word = b.first_chunk().map_or(0, |b| u32::from_le_bytes(*b));
            (word >> 4, b.first().map_or(0, |b| b & 15))
        })
    }

    /// Bases of the reference that the operations cover.
    pub(crate) fn reference_len(self) -> u64 {
        // M, D, N, = and X consume the reference.
        let consumes = |op: u8| 0b1_1000_1101_u16 >> op & 1 == 1;
        self.iter().filter(|(_, op)| consumes(*op)).map(|(len, _)| u64::from(len)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_those_of_the_specification() {
        assert_eq!(reg2bin(0, 1), 4681);
        assert_eq!(reg2bin(1 << 14, (1 << 14) + 1), 4682);
        assert_eq!(reg2bin((1 << 14) - 1, (1 << 14) + 1), 585);
        assert_eq!(reg2bin(0, 1 << 29), 0);
        assert_eq!(reg2bin(-1, 0), 4680);
    }

    #[test]
    fn reference_length_counts_what_consumes_it() {
        let ops = [(5, 4), (10, 0), (2, 1), (3, 2), (7, 3), (1, 7), (1, 8), (4, 5), (1, 6)];
        let bytes: Vec<u8> =
            ops.iter().flat_map(|(len, op): &(u32, u32)| (len << 4 | op).to_le_bytes()).collect();
        assert_eq!(Cigar(&bytes).reference_len(), 10 + 3 + 7 + 1 + 1);
    }
}
