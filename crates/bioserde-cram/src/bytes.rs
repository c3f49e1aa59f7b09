/// Bytes in memory that are read from the front. Every read gives nothing when too few are left.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(crate) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    /// The bytes before the next `stop`, which is read as well.
    pub(crate) fn until(&mut self, stop: u8) -> Option<&'a [u8]> {
        let len = self.0.iter().position(|b| *b == stop)?;
        let taken = self.take(len)?;
        self.byte()?;
        Some(taken)
    }

    /// An integer (CRAMv3 §2.3): the leading ones of its first byte count the bytes that follow.
    #[inline]
    pub(crate) fn itf8(&mut self) -> Option<i32> {
        let first = self.byte()?;
        if first < 0x80 {
            return Some(first.into());
        }
        let following = first.leading_ones().min(4);
        let mask = if following == 4 { 0x0f } else { 0x7f >> following };
        let mut value = u32::from(first & mask);
        for i in 0..following {
            let byte = u32::from(self.byte()?);
            value = if i == 3 { value << 4 | byte & 0x0f } else { value << 8 | byte };
        }
        Some(value.cast_signed())
    }

    /// The same for up to 64 bits.
    pub(crate) fn ltf8(&mut self) -> Option<i64> {
        let first = self.byte()?;
        let following = first.leading_ones();
        let mut value = u64::from(first) & (0x7f >> following);
        for _ in 0..following {
            value = value << 8 | u64::from(self.byte()?);
        }
        Some(value.cast_signed())
    }

    /// A number of things of at least one byte each that all follow, so it is no more than the bytes left.
    pub(crate) fn count(&mut self) -> Option<usize> {
        usize::try_from(self.itf8()?).ok().filter(|count| *count <= self.0.len())
    }

    /// A number that is not negative.
    pub(crate) fn size(&mut self) -> Option<usize> {
        usize::try_from(self.itf8()?).ok()
    }

    /// So many bytes as the number before them says.
    pub(crate) fn sized(&mut self) -> Option<Bytes<'a>> {
        let len = self.size()?;
        self.take(len).map(Bytes)
    }
}
