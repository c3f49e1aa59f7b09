use bioserde_core::vcf::Type;

use super::fault::{EncodeError, Need, Part};
use super::keys::{Key, Keys};
use super::typed::{
    MISSING, MISSING_FLOAT, append_floats, append_integer, append_integers, append_text, float, integer,
};

/// Appends the `INFO` column; tells how many keys there are. `numbers` is memory to work in.
pub(super) fn append(
    info: &[u8],
    keys: &Keys,
    numbers: &mut Vec<i32>,
    out: &mut Vec<u8>,
) -> Result<u16, EncodeError> {
    let mut count = 0_u16;
    if info == b"." {
        return Ok(count);
    }
    for field in info.split(|b| *b == b';').filter(|field| !field.is_empty()) {
        let (id, value) = match memchr::memchr(b'=', field).and_then(|at| field.split_at_checked(at)) {
            Some((id, value)) => (id, value.get(1..)),
            None => (field, None),
        };
        let key = keys.info(id)?;
        append_integer(key.number, out);
        match value {
            None => out.push(0),
            Some(value) => append_value(key, id, value, numbers, out)?,
        }
        count = count.checked_add(1).ok_or(EncodeError::TooMany(Part::Info))?;
    }
    Ok(count)
}

fn append_value(
    key: Key,
    id: &[u8],
    value: &[u8],
    numbers: &mut Vec<i32>,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let elements = value.split(|b| *b == b',');
    let is_missing = |element: &[u8]| matches!(element, b"." | b"");
    match key.kind {
        Type::Integer => {
            numbers.clear();
            for element in elements {
                numbers.push(match integer(element) {
                    Some((number, [])) => number,
                    _ if is_missing(element) => MISSING,
                    _ => return Err(EncodeError::value(Part::Info, id, element, Need::Integer)),
                });
            }
            append_integers(numbers, numbers.len(), out)
        }
        Type::Float => {
            let mut floats = Vec::with_capacity(4);
            for element in elements {
                floats.push(match float(element) {
                    Some((bits, [])) => bits,
                    _ if is_missing(element) => MISSING_FLOAT,
                    _ => return Err(EncodeError::value(Part::Info, id, element, Need::Float)),
                });
            }
            append_floats(&floats, floats.len(), out)
        }
        // A value that a flag should not have is kept as text.
        Type::Flag | Type::Character | Type::String => append_text(value, out),
    }
}
