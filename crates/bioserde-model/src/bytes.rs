//! Lists of numbers as bytes, for formats that people do not read: little-endian, as BAM has them.

use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes, where serde would have a list of numbers.
pub(crate) struct Bytes<B>(pub(crate) B);

impl<B: AsRef<[u8]>> Serialize for Bytes<B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0.as_ref())
    }
}

impl<'de> Deserialize<'de> for Bytes<Vec<u8>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Buffer;

        impl<'de> Visitor<'de> for Buffer {
            type Value = Vec<u8>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }

            fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
                Ok(bytes)
            }

            /// Some formats have no bytes of their own.
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<u8>, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = seq.next_element()? {
                    bytes.push(byte);
                }
                Ok(bytes)
            }
        }

        deserializer.deserialize_byte_buf(Buffer).map(Self)
    }
}

/// A number of a fixed size.
pub(crate) trait Number: Copy {
    /// In bytes.
    const SIZE: usize;

    /// Appends it, little-endian.
    fn append(self, out: &mut Vec<u8>);

    /// Reads it from so many bytes.
    fn read(bytes: &[u8]) -> Option<Self>;
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Number for $number {
            const SIZE: usize = size_of::<Self>();

            fn append(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            fn read(bytes: &[u8]) -> Option<Self> {
                bytes.first_chunk().map(|bytes| Self::from_le_bytes(*bytes))
            }
        }
    )*};
}

numbers!(i8 u8 i16 u16 i32 u32 f32);

/// The bytes of some numbers.
pub(crate) fn of<T: Number>(list: &[T]) -> Vec<u8> {
    let mut out = Vec::with_capacity(list.len() * T::SIZE);
    for number in list {
        number.append(&mut out);
    }
    out
}

pub(crate) fn serialize<T: Number, S: Serializer>(list: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(&of(list))
}

pub(crate) fn deserialize<'de, T: Number, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let Bytes(bytes) = Bytes::deserialize(deserializer)?;
    if bytes.len() % T::SIZE != 0 {
        return Err(D::Error::invalid_length(bytes.len(), &"bytes of whole numbers"));
    }
    Ok(bytes.chunks_exact(T::SIZE).filter_map(T::read).collect())
}
