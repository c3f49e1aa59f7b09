use crate::block::crc;

/// Appends an integer (CRAMv3 §2.3).
pub(crate) fn put_itf8(out: &mut Vec<u8>, value: i32) {
    let value = value.cast_unsigned();
    let [a, b, c, d] = value.to_be_bytes();
    match value {
        0..0x80 => out.push(d),
        0x80..0x4000 => out.extend([0x80 | c, d]),
        0x4000..0x20_0000 => out.extend([0xc0 | b, c, d]),
        0x20_0000..0x1000_0000 => out.extend([0xe0 | a, b, c, d]),
        _ => {
            let [_, x, y, z] = (value >> 4).to_be_bytes();
            out.extend([0xf0 | a >> 4, x, y, z, d & 0x0f]);
        }
    }
}

/// Appends an integer of up to 64 bits (CRAMv3 §2.3): the leading ones of the first byte count those that
/// follow.
pub(crate) fn put_ltf8(out: &mut Vec<u8>, value: u64) {
    let bits = u64::BITS - value.leading_zeros();
    // Seven bits a byte, up to 8 bytes; a ninth byte has eight.
    let following = bits.saturating_sub(1) / 7;
    if following >= 8 {
        out.push(0xff);
        out.extend(value.to_be_bytes());
        return;
    }
    let ones = !(0xff_u64 >> following) & 0xff;
    let marked = value | ones << (8 * following);
    let skipped = usize::try_from(7 - following).unwrap_or(0);
    out.extend(marked.to_be_bytes().iter().skip(skipped));
}

/// A size as an integer of the format; one that does not fit is refused elsewhere.
pub(crate) fn put_size(out: &mut Vec<u8>, size: usize) {
    put_itf8(out, i32::try_from(size).unwrap_or(i32::MAX));
}

/// Appends a block of version 3 (CRAMv3 §8), of `size` bytes once decompressed, with its checksum.
pub(crate) fn put_block(
    out: &mut Vec<u8>,
    method: u8,
    content_type: u8,
    content_id: i32,
    size: usize,
    data: &[u8],
) {
    let start = out.len();
    out.extend([method, content_type]);
    put_itf8(out, content_id);
    put_size(out, data.len());
    put_size(out, size);
    out.extend(data);
    let sum = crc(out.get(start..).unwrap_or_default());
    out.extend(sum.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bytes::Bytes;

    proptest! {
        #[test]
        fn what_is_written_is_read(value in any::<i32>(), shift in 0..32) {
            let mut out = Vec::new();
            put_itf8(&mut out, value >> shift);
            let mut bytes = Bytes(&out);
            prop_assert_eq!(bytes.itf8(), Some(value >> shift));
            prop_assert!(bytes.0.is_empty());
        }

        #[test]
        fn what_is_written_is_read_of_64_bits(value in any::<u64>(), shift in 0..64_u32) {
            let mut out = Vec::new();
            put_ltf8(&mut out, value >> shift);
            let mut bytes = Bytes(&out);
            prop_assert_eq!(bytes.ltf8(), Some(u64::cast_signed(value >> shift)));
            prop_assert!(bytes.0.is_empty());
        }
    }
}
