use super::record::RecordError;
pub(crate) use bioserde_model::sam::append_float;

/// The optional fields of a record, walked in order (SAMv1 §4.2.4).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tags<'a>(pub(crate) &'a [u8]);

/// One optional field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag<'a> {
    pub(crate) tag: [u8; 2],
    pub(crate) value_type: u8,
    /// Without the NUL for `Z` and `H`; subtype, count and values for `B`.
    pub(crate) value: &'a [u8],
}

impl<'a> Tags<'a> {
    /// The next field; nothing at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Tag<'a>>, RecordError> {
        let [a, b, value_type, rest @ ..] = self.0 else {
            let fault =
                RecordError::Tag { tag: String::from_utf8_lossy(self.0).into_owned(), what: "is cut off" };
            return if self.0.is_empty() { Ok(None) } else { Err(fault) };
        };
        let fault = |what| RecordError::Tag { tag: String::from_utf8_lossy(&[*a, *b]).into_owned(), what };
        let (len, skip) = match value_type {
            b'A' | b'c' | b'C' => (1, 0),
            b's' | b'S' => (2, 0),
            b'i' | b'I' | b'f' => (4, 0),
            b'Z' | b'H' => {
                (memchr::memchr(0, rest).ok_or_else(|| fault("its text does not end with NUL"))?, 1)
            }
            b'B' => {
                let [subtype, n0, n1, n2, n3, ..] = rest else { return Err(fault("its array is cut off")) };
                let size = array_size(*subtype).ok_or_else(|| fault("its array has an unknown type"))?;
                let count = u32::from_le_bytes([*n0, *n1, *n2, *n3]) as usize;
                (
                    count
                        .checked_mul(size)
                        .and_then(|n| n.checked_add(5))
                        .ok_or_else(|| fault("its array is too long"))?,
                    0,
                )
            }
            _ => return Err(fault("its type is not one of AcCsSiIfZHB")),
        };
        let (value, rest) = rest.split_at_checked(len).ok_or_else(|| fault("its value is cut off"))?;
        self.0 = rest.get(skip..).unwrap_or_default();
        Ok(Some(Tag { tag: [*a, *b], value_type: *value_type, value }))
    }
}

/// Bytes of an element of a `B` array.
pub(crate) fn array_size(subtype: u8) -> Option<usize> {
    match subtype {
        b'c' | b'C' => Some(1),
        b's' | b'S' => Some(2),
        b'i' | b'I' | b'f' => Some(4),
        _ => None,
    }
}

/// The integer that the bytes of a type hold; nothing when the type is no integer's.
pub(crate) fn integer(value_type: u8, bytes: &[u8]) -> Option<i64> {
    Some(match (value_type, bytes) {
        (b'c', [a]) => i64::from(i8::from_le_bytes([*a])),
        (b'C', [a]) => i64::from(*a),
        (b's', [a, b]) => i64::from(i16::from_le_bytes([*a, *b])),
        (b'S', [a, b]) => i64::from(u16::from_le_bytes([*a, *b])),
        (b'i', [a, b, c, d]) => i64::from(i32::from_le_bytes([*a, *b, *c, *d])),
        (b'I', [a, b, c, d]) => i64::from(u32::from_le_bytes([*a, *b, *c, *d])),
        _ => return None,
    })
}

impl<'a> Tag<'a> {
    /// The subtype of an array and its elements' bytes.
    pub(crate) fn array(&self) -> Option<(u8, std::slice::ChunksExact<'a, u8>)> {
        let [subtype, _, _, _, _, values @ ..] = self.value else { return None };
        (self.value_type == b'B').then_some(())?;
        Some((*subtype, values.chunks_exact(array_size(*subtype)?)))
    }

    /// The value as SAM text has it (SAMv1 §1.5), without tag and type; an array without its subtype.
    pub(crate) fn append_text(&self, out: &mut Vec<u8>) {
        let append_number = |out: &mut Vec<u8>, value_type: u8, bytes: &[u8]| match (value_type, bytes) {
            (b'f', [a, b, c, d]) => append_float(out, f32::from_le_bytes([*a, *b, *c, *d])),
            _ => out.extend_from_slice(
                itoa::Buffer::new().format(integer(value_type, bytes).unwrap_or_default()).as_bytes(),
            ),
        };
        match self.value_type {
            b'A' | b'Z' | b'H' => out.extend_from_slice(self.value),
            b'B' => {
                let (subtype, elements) = self.array().unwrap_or((b'c', [].chunks_exact(1)));
                for (i, element) in elements.enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    append_number(out, subtype, element);
                }
            }
            other => append_number(out, other, self.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_every_type() {
        let bytes = b"XAAaNMC\x05MDZ10\0XBBs\x02\0\0\0\x01\0\xff\xffXFf\0\0\x80?";
        let mut tags = Tags(bytes);
        let mut texts = Vec::new();
        while let Some(tag) = tags.next().unwrap() {
            let mut text = Vec::new();
            tag.append_text(&mut text);
            texts.push(String::from_utf8(text).unwrap());
        }
        assert_eq!(texts, ["a", "5", "10", "1,-1", "1"]);
    }

    #[test]
    fn refuses_what_is_cut_off_or_unknown() {
        for bytes in
            [&b"X"[..], b"XAi\0", b"XAZab", b"XAB", b"XABq\0\0\0\0", b"XABi\xff\xff\xff\xff", b"XA?1"]
        {
            assert!(Tags(bytes).next().is_err(), "{bytes:?}");
        }
        assert!(Tags(b"").next().unwrap().is_none());
    }
}
