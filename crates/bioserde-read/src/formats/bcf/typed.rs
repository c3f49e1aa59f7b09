use super::fault::Fault;

/// The type of the elements of a typed value (VCF 4.3 §6.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Type 0: there is no value, whatever its length.
    Missing,
    Int8,
    Int16,
    Int32,
    Float,
    Char,
}

impl Kind {
    fn new(code: u8) -> Result<Self, Fault> {
        Ok(match code {
            0 => Self::Missing,
            1 => Self::Int8,
            2 => Self::Int16,
            3 => Self::Int32,
            5 => Self::Float,
            7 => Self::Char,
            _ => return Err(Fault::UnknownType(code)),
        })
    }

    /// Bytes of an element.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::Missing => 0,
            Self::Int8 | Self::Char => 1,
            Self::Int16 => 2,
            Self::Int32 | Self::Float => 4,
        }
    }
}

/// A vector: elements of one kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Typed<'a> {
    pub(crate) kind: Kind,
    pub(crate) bytes: &'a [u8],
}

/// An element of a vector of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Integer {
    Value(i32),
    Missing,
    EndOfVector,
}

impl Integer {
    /// The element that one, two or four bytes hold.
    pub(super) fn new(bytes: &[u8]) -> Result<Self, Fault> {
        let (value, lowest) = match *bytes {
            [a] => (i8::from_le_bytes([a]).into(), i8::MIN.into()),
            [a, b] => (i16::from_le_bytes([a, b]).into(), i16::MIN.into()),
            [a, b, c, d] => (i32::from_le_bytes([a, b, c, d]), i32::MIN),
            _ => return Err(Fault::NotIntegers),
        };
        match i32::wrapping_sub(value, lowest) {
            0 => Ok(Self::Missing),
            1 => Ok(Self::EndOfVector),
            2..=7 => Err(Fault::Reserved),
            _ => Ok(Self::Value(value)),
        }
    }
}

impl<'a> Typed<'a> {
    /// The elements of a vector of integers; none when there is no value.
    pub(super) fn integers(self) -> Result<impl Iterator<Item = Result<Integer, Fault>> + use<'a>, Fault> {
        let size = match self.kind {
            Kind::Missing => 1,
            Kind::Int8 | Kind::Int16 | Kind::Int32 => self.kind.size(),
            Kind::Float | Kind::Char => return Err(Fault::NotIntegers),
        };
        Ok(self.bytes.chunks_exact(size).map(Integer::new))
    }

    /// The text; nothing when there is no value.
    pub(super) fn text(self) -> Result<&'a [u8], Fault> {
        match self.kind {
            Kind::Missing | Kind::Char => Ok(until_nul(self.bytes)),
            _ => Err(Fault::NotText),
        }
    }
}

/// Text is padded with NUL.
pub(super) fn until_nul(text: &[u8]) -> &[u8] {
    memchr::memchr(0, text).and_then(|end| text.get(..end)).unwrap_or(text)
}

/// The bytes that are left of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rest<'a>(pub(crate) &'a [u8]);

impl<'a> Rest<'a> {
    pub(crate) fn take(&mut self, n: usize) -> Result<&'a [u8], Fault> {
        let (head, rest) = self.0.split_at_checked(n).ok_or(Fault::Short)?;
        self.0 = rest;
        Ok(head)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (head, rest) = self.0.split_first_chunk().ok_or(Fault::Short)?;
        self.0 = rest;
        Ok(*head)
    }

    /// A type and the number of elements.
    pub(crate) fn descriptor(&mut self) -> Result<(Kind, usize), Fault> {
        let [descriptor] = self.array()?;
        let kind = Kind::new(descriptor & 15)?;
        let len = match descriptor >> 4 {
            // The length follows, itself typed.
            15 => usize::try_from(self.integer().map_err(|_| Fault::Length)?).map_err(|_| Fault::Length)?,
            short => usize::from(short),
        };
        Ok((kind, len))
    }

    pub(crate) fn typed(&mut self) -> Result<Typed<'a>, Fault> {
        let (kind, len) = self.descriptor()?;
        Ok(Typed { kind, bytes: self.vector(kind, len)? })
    }

    /// The bytes of `len` elements.
    pub(super) fn vector(&mut self, kind: Kind, len: usize) -> Result<&'a [u8], Fault> {
        self.take(len.checked_mul(kind.size()).ok_or(Fault::Short)?)
    }

    /// A vector of one integer.
    pub(crate) fn integer(&mut self) -> Result<i32, Fault> {
        let [descriptor] = self.array()?;
        let size = match descriptor {
            0x11 => 1,
            0x12 => 2,
            0x13 => 4,
            _ => return Err(Fault::NotAnInteger),
        };
        match Integer::new(self.take(size)?)? {
            Integer::Value(value) => Ok(value),
            _ => Err(Fault::NotAnInteger),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(bytes: &[u8]) -> Result<(Kind, Vec<u8>, usize), Fault> {
        let mut rest = Rest(bytes);
        rest.typed().map(|v| (v.kind, v.bytes.to_vec(), rest.0.len()))
    }

    #[test]
    fn every_descriptor_is_read() {
        assert_eq!(typed(b"\0rest"), Ok((Kind::Missing, vec![], 4)));
        assert_eq!(typed(b"\x21\x01\x02!"), Ok((Kind::Int8, vec![1, 2], 1)));
        assert_eq!(typed(b"\x12\x01\x02"), Ok((Kind::Int16, vec![1, 2], 0)));
        assert_eq!(typed(b"\x13abcd"), Ok((Kind::Int32, b"abcd".to_vec(), 0)));
        assert_eq!(typed(b"\x15abcd"), Ok((Kind::Float, b"abcd".to_vec(), 0)));
        assert_eq!(typed(b"\xf7\x11\x02ab"), Ok((Kind::Char, b"ab".to_vec(), 0)));
        assert_eq!(typed(b"\xf7\x12\x02\0ab"), Ok((Kind::Char, b"ab".to_vec(), 0)));
    }

    #[test]
    fn faulty_descriptors_are_refused() {
        assert_eq!(typed(b""), Err(Fault::Short));
        assert_eq!(typed(b"\x21\x01"), Err(Fault::Short));
        assert_eq!(typed(b"\x14abcd"), Err(Fault::UnknownType(4)));
        assert_eq!(typed(b"\xf7\x11\xf0"), Err(Fault::Length));
        assert_eq!(typed(b"\xf7\x17\x02ab"), Err(Fault::Length));
        assert_eq!(typed(b"\xf7\x11\x80"), Err(Fault::Length));
        assert_eq!(typed(b"\xf3\x13\xff\xff\xff\x7fabc"), Err(Fault::Short));
    }

    #[test]
    fn integers_of_every_width_have_their_marks() {
        use Integer::{EndOfVector, Missing, Value};
        let read = |bytes: &[u8]| Rest(bytes).typed()?.integers()?.collect::<Result<Vec<_>, _>>();
        assert_eq!(read(b"\x41\x80\x81\x88\x7f"), Ok(vec![Missing, EndOfVector, Value(-120), Value(127)]));
        assert_eq!(read(b"\x32\0\x80\x01\x80\x08\x80"), Ok(vec![Missing, EndOfVector, Value(-32760)]));
        let words = b"\x33\0\0\0\x80\x01\0\0\x80\x08\0\0\x80";
        assert_eq!(read(words), Ok(vec![Missing, EndOfVector, Value(i32::MIN + 8)]));
        assert_eq!(read(b"\x11\x82"), Err(Fault::Reserved));
        assert_eq!(read(b"\x17a"), Err(Fault::NotIntegers));
        assert_eq!(read(b"\0"), Ok(vec![]));
    }
}
