use crate::bits::Bits;
use crate::bytes::Bytes;

/// A canonical Huffman code (CRAMv3 §13.4): values by the length of their codes, then by the values.
#[derive(Debug)]
pub(crate) struct Huffman {
    /// The values in the order of their codes.
    values: Vec<i32>,
    /// For each length that occurs: it, the first code of it, and where that one's value stands.
    lengths: Vec<Length>,
}

#[derive(Clone, Copy, Debug)]
struct Length {
    bits: u32,
    first_code: u64,
    first_value: usize,
    count: u64,
}

const MAX_BITS: u32 = 31;

impl Huffman {
    pub(crate) fn parse(parameters: &mut Bytes<'_>) -> Option<Self> {
        let count = parameters.count()?;
        let values: Vec<i32> = (0..count).map(|_| parameters.itf8()).collect::<Option<_>>()?;
        if parameters.count()? != count {
            return None;
        }
        let bits = (0..count).map(|_| u32::try_from(parameters.itf8()?).ok());
        let bits: Vec<u32> = bits.collect::<Option<_>>()?;
        let mut codes: Vec<(u32, i32)> = bits.into_iter().zip(values).collect();
        codes.sort_unstable();
        if codes.last().is_some_and(|(bits, _)| *bits > MAX_BITS) {
            return None;
        }
        let mut lengths: Vec<Length> = Vec::new();
        for (at, (bits, _)) in codes.iter().enumerate() {
            match lengths.last_mut() {
                Some(last) if last.bits == *bits => last.count += 1,
                last => {
                    let (next, before) = last.map_or((0, 0), |l| (l.first_code + l.count, l.bits));
                    let first_code = next << (bits - before);
                    lengths.push(Length { bits: *bits, first_code, first_value: at, count: 1 });
                }
            }
        }
        Some(Self { values: codes.into_iter().map(|(_, value)| value).collect(), lengths })
    }

    /// The value that needs no bits, if that is how it is.
    pub(crate) fn constant(&self) -> Option<i32> {
        self.lengths.first().filter(|first| first.bits == 0)?;
        self.values.first().copied()
    }

    pub(crate) fn value(&self, bits: &mut Bits<'_>) -> Option<i32> {
        if let Some(value) = self.constant() {
            return Some(value);
        }
        let (mut code, mut read) = (0_u64, 0);
        for length in &self.lengths {
            let more = length.bits - read;
            code = code << more | u64::from(bits.bits(more)?);
            read = length.bits;
            if let Some(at) = code.checked_sub(length.first_code).filter(|at| *at < length.count) {
                return self.values.get(length.first_value + usize::try_from(at).ok()?).copied();
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn huffman(bytes: &[u8]) -> Option<Huffman> {
        Huffman::parse(&mut Bytes(bytes))
    }

    #[test]
    fn codes_are_canonical() {
        // A: 1 bit, D and B: 3, C: 2.
        let code = huffman(&[4, b'A', b'D', b'B', b'C', 4, 1, 3, 3, 2]).unwrap();
        let mut bits = Bits::new(&[0b0101_1011, 0b1000_0000]);
        let read: Vec<_> = (0..4).map(|_| code.value(&mut bits).unwrap()).collect();
        assert_eq!(read, [65, 67, 66, 68]);
        assert!(code.constant().is_none());
    }

    #[test]
    fn one_value_needs_no_bits() {
        let code = huffman(&[1, 7, 1, 0]).unwrap();
        assert_eq!((code.constant(), code.value(&mut Bits::new(&[]))), (Some(7), Some(7)));
        assert_eq!(huffman(&[0, 0]).unwrap().value(&mut Bits::new(&[0xff])), None);
        assert!(huffman(&[1, 7, 2, 0, 0]).is_none() && huffman(&[1, 7, 1, 32]).is_none());
    }
}
