use super::Changes;
use super::record::BamRecord;
use super::tags::Tags;
use crate::fault::CramFault;

/// The operations of CIGAR as BAM numbers them (SAMv1 §4.2).
pub(super) mod op {
    pub(crate) const MATCH: u32 = 0;
    pub(crate) const INSERTION: u32 = 1;
    pub(crate) const DELETION: u32 = 2;
    pub(crate) const SKIP: u32 = 3;
    pub(crate) const SOFT_CLIP: u32 = 4;
    pub(crate) const PADDING: u32 = 6;
    pub(crate) const SEQUENCE_MATCH: u32 = 7;
    pub(crate) const SEQUENCE_MISMATCH: u32 = 8;
}

/// The longest operation that BAM can hold.
const MAX_LEN: usize = (1 << 28) - 1;

/// A CIGAR as CRAM can hold it: no two equal operations side by side, none of length 0, `=` and `X` as `M`.
#[derive(Debug, Default)]
pub(super) struct Cigar {
    operations: Vec<(u32, usize)>,
    is_in_tag: bool,
}

impl Cigar {
    /// The CIGAR of a record, empty for one that is unmapped; counts what is changed in it.
    pub(super) fn of(record: &BamRecord<'_>, changes: &mut Changes) -> Result<Self, CramFault> {
        if record.is_unmapped() {
            changes.unmapped_cigars += u64::from(!record.cigar.is_empty());
            changes.unmapped_qualities += u64::from(record.mapping_quality != 0);
            return Ok(Self::default());
        }
        let long = long(record)?;
        let (words, _) = long.unwrap_or(record.cigar).as_chunks();
        let words: Vec<u32> = words.iter().map(|word| u32::from_le_bytes(*word)).collect();
        let mut cigar = Self { operations: Vec::with_capacity(words.len()), is_in_tag: long.is_some() };
        for word in &words {
            let len = usize::try_from(word >> 4).unwrap_or(MAX_LEN);
            cigar.push(record, word & 15, len)?;
        }
        if words.iter().any(|word| matches!(word & 15, op::SEQUENCE_MATCH | op::SEQUENCE_MISMATCH)) {
            changes.sequence_matches += 1;
        } else if cigar.operations.len() != words.len() {
            changes.joined_operations += 1;
        }
        if words.is_empty() && record.len > 0 {
            changes.missing_cigars += 1;
            cigar.operations.push((op::SOFT_CLIP, record.len));
        }
        if record.len > 0 && cigar.read_len() != record.len {
            let what = format!("its CIGAR has {} bases, its SEQ {}", cigar.read_len(), record.len);
            return Err(record.fault(&what));
        }
        Ok(cigar)
    }

    fn push(&mut self, record: &BamRecord<'_>, operation: u32, len: usize) -> Result<(), CramFault> {
        let operation = match operation {
            op::SEQUENCE_MATCH | op::SEQUENCE_MISMATCH => op::MATCH,
            op::MATCH..=op::PADDING => operation,
            _ => return Err(record.fault(&format!("operation {operation} of its CIGAR is unknown"))),
        };
        match self.operations.last_mut() {
            _ if len == 0 => {}
            Some((last, before)) if *last == operation => {
                *before += len;
                if *before > MAX_LEN {
                    return Err(CramFault::CigarTooLong);
                }
            }
            _ => self.operations.push((operation, len)),
        }
        Ok(())
    }

    pub(super) fn operations(&self) -> impl Iterator<Item = (u32, usize)> + '_ {
        self.operations.iter().copied()
    }

    /// Whether it stands in the tag CG, which is then not stored.
    pub(super) fn is_in_tag(&self) -> bool {
        self.is_in_tag
    }

    /// Bases of the read.
    pub(super) fn read_len(&self) -> usize {
        self.len_of(&[op::MATCH, op::INSERTION, op::SOFT_CLIP])
    }

    /// Bases of the reference.
    pub(super) fn reference_len(&self) -> i64 {
        i64::try_from(self.len_of(&[op::MATCH, op::DELETION, op::SKIP])).unwrap_or(i64::MAX / 2)
    }

    fn len_of(&self, wanted: &[u32]) -> usize {
        self.operations().filter(|(operation, _)| wanted.contains(operation)).map(|(_, len)| len).sum()
    }
}

/// The operations of a CIGAR that is too long for its field, of the tag CG (SAMv1 §4.2.2).
fn long<'a>(record: &BamRecord<'a>) -> Result<Option<&'a [u8]>, CramFault> {
    let (words, _) = record.cigar.as_chunks();
    let [clip, skip] = words else { return Ok(None) };
    let (clip, skip) = (u32::from_le_bytes(*clip), u32::from_le_bytes(*skip));
    let is_placeholder =
        clip & 15 == op::SOFT_CLIP && usize::try_from(clip >> 4) == Ok(record.len) && skip & 15 == op::SKIP;
    if !is_placeholder {
        return Ok(None);
    }
    for tag in Tags::new(record) {
        let tag = tag?;
        if (&tag.name, tag.kind) == (b"CG", b'B')
            && let Some((b'I', array)) = tag.value.split_first()
        {
            return Ok(array.get(4..));
        }
    }
    Ok(None)
}
