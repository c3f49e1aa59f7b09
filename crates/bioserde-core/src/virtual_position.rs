use std::fmt;

/// A place in a BGZF file: the offset of a block in the file and an offset in its inflated bytes
/// (SAMv1 §4.1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VirtualPosition(u64);

impl VirtualPosition {
    /// After the end of every file.
    pub const MAX: Self = Self(u64::MAX);

    /// The place `uncompressed` bytes into the block that starts at `compressed`; nothing when the
    /// block's offset needs more than 48 bits.
    pub fn new(compressed: u64, uncompressed: u16) -> Option<Self> {
        (compressed < 1 << 48).then_some(Self(compressed << 16 | u64::from(uncompressed)))
    }

    /// The offset of the block in the file.
    pub fn compressed(self) -> u64 {
        self.0 >> 16
    }

    /// The offset in the block's inflated bytes.
    pub fn uncompressed(self) -> u16 {
        u16::try_from(self.0 & 0xffff).unwrap_or(u16::MAX)
    }
}

impl From<u64> for VirtualPosition {
    fn from(raw: u64) -> Self {
        Self(raw)
    }
}

impl From<VirtualPosition> for u64 {
    fn from(p: VirtualPosition) -> Self {
        p.0
    }
}

impl fmt::Display for VirtualPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.compressed(), self.uncompressed())
    }
}
