use super::fault::EncodeError;

/// An integer that is missing, and the end of a vector that is shorter than others, as 32 bits have them.
pub(super) const MISSING: i32 = i32::MIN;
pub(super) const END_OF_VECTOR: i32 = i32::MIN + 1;
/// The least number that is no mark (VCF 4.3 §6.3.3).
pub(super) const LEAST: i32 = i32::MIN + 8;

pub(super) const MISSING_FLOAT: u32 = 0x7f80_0001;
pub(super) const FLOAT_END_OF_VECTOR: u32 = 0x7f80_0002;

/// The types of elements (VCF 4.3 §6.3.3).
const INT8: u8 = 1;
const INT16: u8 = 2;
const INT32: u8 = 3;
const FLOAT: u8 = 5;
const CHAR: u8 = 7;

/// Appends a type and a number of elements.
fn append_descriptor(kind: u8, len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    match u8::try_from(len) {
        Ok(len @ 0..15) => out.push(len << 4 | kind),
        _ => {
            out.push(15 << 4 | kind);
            append_integer(i32::try_from(len).map_err(|_| EncodeError::TooLong)?, out);
        }
    }
    Ok(())
}

/// Appends a vector of one integer, such as a key.
pub(super) fn append_integer(value: i32, out: &mut Vec<u8>) {
    let [a, b, c, d] = value.to_le_bytes();
    match value {
        MISSING | END_OF_VECTOR => out.extend([1 << 4 | INT8, a | 0x80]),
        -120..=127 => out.extend([1 << 4 | INT8, a]),
        -32760..=32767 => out.extend([1 << 4 | INT16, a, b]),
        _ => out.extend([1 << 4 | INT32, a, b, c, d]),
    }
}

/// Appends vectors of `len` integers each, as wide as the widest needs; no value when there are none.
pub(super) fn append_integers(values: &[i32], len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    if values.is_empty() {
        out.push(0);
        return Ok(());
    }
    let greatest = values.iter().fold(i32::MIN, |most, v| most.max(*v));
    let least = values.iter().fold(i32::MAX, |least, v| least.min(if *v < LEAST { i32::MAX } else { *v }));
    if greatest <= 127 && least >= -120 {
        append_descriptor(INT8, len, out)?;
        out.extend(values.iter().map(|v| {
            let [a, ..] = v.to_le_bytes();
            if *v < LEAST { a | 0x80 } else { a }
        }));
    } else if greatest <= 32767 && least >= -32760 {
        append_descriptor(INT16, len, out)?;
        out.extend(values.iter().flat_map(|v| {
            let [a, b, ..] = v.to_le_bytes();
            [a, if *v < LEAST { b | 0x80 } else { b }]
        }));
    } else {
        append_descriptor(INT32, len, out)?;
        out.extend(values.iter().flat_map(|v| v.to_le_bytes()));
    }
    Ok(())
}

/// Appends vectors of `len` floats each, given as their bits.
pub(super) fn append_floats(values: &[u32], len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    append_descriptor(FLOAT, len, out)?;
    out.extend(values.iter().flat_map(|bits| bits.to_le_bytes()));
    Ok(())
}

/// Appends text.
pub(super) fn append_text(text: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    append_text_len(text.len(), out)?;
    out.extend_from_slice(text);
    Ok(())
}

/// Appends what stands before texts of `len` bytes each.
pub(super) fn append_text_len(len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    append_descriptor(CHAR, len, out)
}

/// The integer at the start of some text, and what follows it; nothing when there is none that 32 bits can
/// hold.
#[inline]
pub(super) fn integer(text: &[u8]) -> Option<(i32, &[u8])> {
    let (mut rest, is_negative) = match text {
        [b'-', rest @ ..] => (rest, true),
        [b'+', rest @ ..] => (rest, false),
        _ => (text, false),
    };
    let start = rest.len();
    let mut value = 0_i64;
    while let [digit @ b'0'..=b'9', after @ ..] = rest {
        value = (value * 10 + i64::from(digit - b'0')).min(i64::from(u32::MAX));
        rest = after;
    }
    if rest.len() == start {
        return None;
    }
    let value = i32::try_from(if is_negative { -value } else { value }).ok()?;
    (value >= LEAST).then_some((value, rest))
}

/// The bits of the float at the start of some text, and what follows it; nothing when there is none, or one
/// that is too large.
#[inline]
pub(super) fn float(text: &[u8]) -> Option<(u32, &[u8])> {
    let (value, len) = fast_float2::parse_partial::<f32, _>(text).ok()?;
    let (number, rest) = text.split_at_checked(len)?;
    let is_named = number.iter().any(u8::is_ascii_alphabetic) && !number.iter().any(u8::is_ascii_digit);
    (value.is_finite() || is_named).then_some((value.to_bits(), rest))
}
