/// The bits of a core data block, the highest of each byte first (CRAMv3 §2.2).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bits<'a> {
    bytes: &'a [u8],
    /// Those of the first byte that were read already.
    used: u32,
}

impl<'a> Bits<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, used: 0 }
    }

    pub(crate) fn bit(&mut self) -> Option<u32> {
        let (first, rest) = self.bytes.split_first()?;
        let bit = u32::from(*first >> (7 - self.used)) & 1;
        self.used += 1;
        if self.used == 8 {
            (self.used, self.bytes) = (0, rest);
        }
        Some(bit)
    }

    /// Up to 32 bits as a number.
    pub(crate) fn bits(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            value = value << 1 | self.bit()?;
        }
        Some(value)
    }

    /// How many bits follow each other that are `bit`, up to 32; the one after them is read as well.
    pub(crate) fn run(&mut self, bit: u32) -> Option<u32> {
        for count in 0..=32 {
            if self.bit()? != bit {
                return Some(count);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bit_is_the_first() {
        let mut bits = Bits::new(&[0b1010_0000, 0b0111_1111, 0xff]);
        assert_eq!((bits.bits(3), bits.run(0), bits.bits(0)), (Some(5), Some(6), Some(0)));
        assert_eq!((bits.run(1), bits.bit()), (None, None));
    }
}
