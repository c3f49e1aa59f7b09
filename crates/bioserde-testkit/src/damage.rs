//! Files that are damaged the way files get damaged.

use crate::bgzf::{EOF_MARKER, blocks};

/// What happened to a BGZF file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Damage {
    /// It ends between two blocks.
    CutAtBlockBoundary,
    /// It ends inside the header of a block.
    CutInBlockHeader,
    /// It ends inside the compressed data of a block.
    CutInBlock,
    /// Only the end-of-file marker is missing.
    NoMarker,
    /// One bit of a block's checksum is wrong.
    FlippedChecksum,
    /// One bit of a block's compressed data is wrong.
    FlippedData,
    /// A block does not begin with the gzip magic.
    WrongBlockMagic,
    /// A block says it is one byte long.
    TinyBlockSize,
    /// A block says it inflates to 4 GiB.
    HugeInflatedSize,
}

impl Damage {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::CutAtBlockBoundary,
        Self::CutInBlockHeader,
        Self::CutInBlock,
        Self::NoMarker,
        Self::FlippedChecksum,
        Self::FlippedData,
        Self::WrongBlockMagic,
        Self::TinyBlockSize,
        Self::HugeInflatedSize,
    ];

    /// Whether the file only ends too early, so that what is there can be used.
    pub fn is_truncation(self) -> bool {
        matches!(self, Self::CutAtBlockBoundary | Self::CutInBlockHeader | Self::CutInBlock | Self::NoMarker)
    }

    /// A damaged copy of a file of at least three blocks; the damage is in the middle one, or at the
    /// file's end.
    pub fn apply(self, file: &[u8]) -> Vec<u8> {
        let blocks = blocks(file);
        let block = blocks[blocks.len() / 2].clone();
        let mut out = file.to_vec();
        match self {
            Self::CutAtBlockBoundary => out.truncate(block.start),
            Self::CutInBlockHeader => out.truncate(block.start + 7),
            Self::CutInBlock => out.truncate(block.start + block.len() / 2),
            Self::NoMarker => {
                if out.ends_with(&EOF_MARKER) {
                    out.truncate(out.len() - EOF_MARKER.len());
                }
            }
            Self::FlippedChecksum => out[block.end - 8] ^= 1,
            Self::FlippedData => out[block.start + 18 + (block.len() - 26) / 2] ^= 0x10,
            Self::WrongBlockMagic => out[block.start] = b'x',
            Self::TinyBlockSize => out[block.start + 16..block.start + 18].fill(0),
            Self::HugeInflatedSize => out[block.end - 4..block.end].fill(0xff),
        }
        out
    }
}

/// A length in a BAM record (SAMv1 §4.2) that does not fit what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordDamage {
    /// `block_size` is 2^31 - 1.
    HugeBlockSize,
    /// `block_size` is negative when read as signed.
    NegativeBlockSize,
    /// `block_size` is smaller than the fixed fields.
    TinyBlockSize,
    /// `l_read_name` is 0.
    NoName,
    /// `n_cigar_op` is 65,535.
    HugeOperationCount,
    /// `l_seq` is 2^31 - 1.
    HugeSequence,
    /// `l_seq` is -1.
    NegativeSequence,
    /// `refID` is beyond the header's list.
    UnknownReference,
}

impl RecordDamage {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::HugeBlockSize,
        Self::NegativeBlockSize,
        Self::TinyBlockSize,
        Self::NoName,
        Self::HugeOperationCount,
        Self::HugeSequence,
        Self::NegativeSequence,
        Self::UnknownReference,
    ];

    /// A damaged copy of one encoded record, `block_size` included.
    pub fn apply(self, record: &[u8]) -> Vec<u8> {
        let mut out = record.to_vec();
        let (at, bytes): (usize, &[u8]) = match self {
            Self::HugeBlockSize => (0, &[0xff, 0xff, 0xff, 0x7f]),
            Self::NegativeBlockSize => (0, &[0xff; 4]),
            Self::TinyBlockSize => (0, &[31, 0, 0, 0]),
            Self::NoName => (12, &[0]),
            Self::HugeOperationCount => (16, &[0xff; 2]),
            Self::HugeSequence => (20, &[0xff, 0xff, 0xff, 0x7f]),
            Self::NegativeSequence => (20, &[0xff; 4]),
            Self::UnknownReference => (4, &[0xff, 0xff, 0xff, 0x7f]),
        };
        out[at..at + bytes.len()].copy_from_slice(bytes);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_damage_changes_the_file() {
        let data = crate::Random::new(2).bytes(b"ACGT", 5000);
        let file = crate::bgzf::compress(&data, &[1000], true);
        for damage in Damage::ALL {
            let damaged = damage.apply(&file);
            assert_ne!(damaged, file, "{damage:?}");
            assert_eq!(damaged.len() < file.len(), damage.is_truncation(), "{damage:?}");
        }
    }
}
