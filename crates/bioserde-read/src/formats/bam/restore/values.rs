//! Values of optional fields, type first (SAMv1 §4.2.4).

use bioserde_schema::alignments::TagKind;

/// Whether a column of one kind holds values of another: all texts are texts, and where no metadata tell
/// that a column has characters, their layout does.
pub(super) fn holds(column: TagKind, value: TagKind) -> bool {
    let plain = |kind| match kind {
        TagKind::RepeatedText | TagKind::Character => TagKind::Text,
        other => other,
    };
    plain(column) == plain(value)
}

/// The types of integers, from the smallest: those without a sign first, as SAM text is read.
const INTEGERS: &[u8] = b"CScsIi";

/// Appends an integer of the type, or of the smallest that holds it where the type does not; says whether
/// there is one.
pub(super) fn append_integer(value_type: Option<u8>, value: i64, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let given = value_type.into_iter();
    for value_type in given.chain(INTEGERS.iter().copied()) {
        out.push(value_type);
        if append_element(value_type, value, out) {
            return true;
        }
        out.truncate(start);
    }
    false
}

pub(super) fn append_float(value: f32, out: &mut Vec<u8>) {
    out.push(b'f');
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends a text of type `A`, `Z` or `H`.
pub(super) fn append_text(value_type: u8, text: &str, out: &mut Vec<u8>) -> Result<(), String> {
    let bytes = text.as_bytes();
    if let Some(b) = bytes.iter().find(|b| b.is_ascii_control()) {
        // In SAM text a tab begins another field, and a line feed another record (SAMv1 §1.5).
        return Err(format!("has `{}`, which no tag holds", char::from(*b).escape_default()));
    }
    out.push(value_type);
    out.extend_from_slice(bytes);
    match (value_type, bytes) {
        (b'A', [_]) => Ok(()),
        (b'A', _) => Err(format!("is `{text}`, but a tag of type A is one character")),
        (b'H', _) if bytes.len() % 2 == 1 || !bytes.iter().all(u8::is_ascii_hexdigit) => {
            Err(format!("is `{text}`, but a tag of type H is hexadecimal digits, two a byte"))
        }
        _ => {
            out.push(0);
            Ok(())
        }
    }
}

/// Appends an array of integers of the subtype, or of the smallest that holds them all.
pub(super) fn append_arrays(
    subtype: Option<u8>,
    values: impl Iterator<Item = Option<i64>> + Clone,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    if values.clone().any(|value| value.is_none()) {
        return Err("has a null in a list, which no tag holds".to_owned());
    }
    let start = out.len();
    let given = subtype.into_iter();
    for subtype in given.chain(INTEGERS.iter().copied()) {
        out.extend_from_slice(&[b'B', subtype, 0, 0, 0, 0]);
        let mut count: u32 = 0;
        let mut each = values.clone().flatten();
        let all = each.all(|value| {
            count = count.saturating_add(1);
            append_element(subtype, value, out)
        });
        if all {
            set_count(start, count, out);
            return Ok(());
        }
        out.truncate(start);
    }
    Err("has numbers that no array holds".to_owned())
}

pub(super) fn append_floats(
    values: impl Iterator<Item = Option<f32>>,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    let start = out.len();
    out.extend_from_slice(b"Bf\0\0\0\0");
    let mut count: u32 = 0;
    for value in values {
        let value = value.ok_or("has a null in a list, which no tag holds")?;
        out.extend_from_slice(&value.to_le_bytes());
        count = count.saturating_add(1);
    }
    set_count(start, count, out);
    Ok(())
}

/// Appends a value as `tags_other` has it: as SAM text, arrays without their subtype.
pub(super) fn append_written(value_type: &[u8], text: &str, out: &mut Vec<u8>) -> Result<(), String> {
    let number = |text: &str| text.parse::<i64>().map_err(|_| "it is no integer".to_owned());
    let float = |text: &str| text.parse::<f32>().map_err(|_| "it is no number".to_owned());
    let elements = || text.split(',').filter(|_| !text.is_empty());
    match value_type {
        [value_type @ (b'c' | b'C' | b's' | b'S' | b'i' | b'I')] => {
            let value = number(text)?;
            append_integer(Some(*value_type), value, out).then_some(()).ok_or("no tag holds it".to_owned())
        }
        b"f" => {
            append_float(float(text)?, out);
            Ok(())
        }
        [value_type @ (b'A' | b'Z' | b'H')] => append_text(*value_type, text, out),
        b"Bf" => {
            let values: Vec<f32> = elements().map(float).collect::<Result<_, _>>()?;
            append_floats(values.into_iter().map(Some), out)
        }
        [b'B', subtype] => {
            let values: Vec<i64> = elements().map(number).collect::<Result<_, _>>()?;
            append_arrays(Some(*subtype), values.iter().copied().map(Some), out)
        }
        _ => Err("there is no such type".to_owned()),
    }
}

/// Appends an integer's bytes; says whether it fits.
fn append_element(value_type: u8, value: i64, out: &mut Vec<u8>) -> bool {
    macro_rules! append {
        ($t:ty) => {
            <$t>::try_from(value).map(|value| out.extend_from_slice(&value.to_le_bytes())).is_ok()
        };
    }
    match value_type {
        b'c' => append!(i8),
        b'C' => append!(u8),
        b's' => append!(i16),
        b'S' => append!(u16),
        b'i' => append!(i32),
        b'I' => append!(u32),
        _ => false,
    }
}

/// Writes the count of the array that begins at `start`.
fn set_count(start: usize, count: u32, out: &mut [u8]) {
    if let Some(place) = out.get_mut(start + 2..start + 6) {
        place.copy_from_slice(&count.to_le_bytes());
    }
}
