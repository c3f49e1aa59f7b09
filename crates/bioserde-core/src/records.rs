use crate::Interval;

/// How the bytes of a record are laid out. Formats of one family stand for each other's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordForm {
    /// A BAM record, `block_size` first (SAMv1 §4.2).
    Bam,
    /// A SAM line with its end (SAMv1 §1.4).
    Sam,
    /// A VCF line with its end (VCF §1.6).
    Vcf,
    /// A BCF record, `l_shared` and `l_indiv` first (VCF §6.3).
    Bcf,
}

/// Where a record lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// Position in the header's list of reference sequences; nothing when the record is unplaced, or
    /// on a sequence that the header does not have.
    pub reference: Option<usize>,
    /// 1-based, closed; nothing when the record has no position.
    pub interval: Option<Interval>,
    /// Whether an alignment is mapped. True for variants.
    pub is_mapped: bool,
}

/// Whole records of one form side by side, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// Their bytes, without anything between them.
    pub bytes: Vec<u8>,
    /// Where each ends in `bytes`, ascending.
    pub ends: Vec<usize>,
    /// Where each lies; empty when nobody asked.
    pub locations: Vec<Location>,
}

impl Records {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Each record's bytes.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> + '_ {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| self.bytes.get(start..*end).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_follow_each_other() {
        let records = Records { bytes: b"abcd".to_vec(), ends: vec![1, 1, 4], locations: Vec::new() };
        assert_eq!(records.iter().collect::<Vec<_>>(), [&b"a"[..], b"", b"bcd"]);
        assert_eq!(records.len(), 3);
        assert!(Records::default().is_empty());
    }
}
