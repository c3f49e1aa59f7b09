use super::fault::Fault;
use super::typed::{Integer, Kind, until_nul};
use crate::formats::vcf::number::append_general;

/// What htslib writes for a missing character.
const MISSING_CHARACTER: u8 = 0x07;
const MISSING_FLOAT: u32 = 0x7f80_0001;
const FLOAT_END_OF_VECTOR: u32 = 0x7f80_0002;
const LAST_RESERVED_FLOAT: u32 = 0x7f80_0007;

/// Appends the elements of a vector, commas between them; `.` when there are none. Text must not have
/// the character that ends a value, `end`.
pub(super) fn append_vector(kind: Kind, bytes: &[u8], end: u8, out: &mut Vec<u8>) -> Result<(), Fault> {
    let at = out.len();
    match kind {
        Kind::Missing => {}
        Kind::Char => append_text(until_nul(bytes), end, out)?,
        Kind::Float => append_floats(bytes, out)?,
        Kind::Int8 | Kind::Int16 | Kind::Int32 => append_integers(kind, bytes, out)?,
    }
    if out.len() == at {
        out.push(b'.');
    }
    Ok(())
}

fn append_integers(kind: Kind, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
    for (i, element) in bytes.chunks_exact(kind.size()).enumerate() {
        let element = Integer::new(element)?;
        if element == Integer::EndOfVector {
            break;
        }
        if i > 0 {
            out.push(b',');
        }
        match element {
            Integer::Value(value) => append_integer(value, out),
            _ => out.push(b'.'),
        }
    }
    Ok(())
}

pub(super) fn append_integer(value: i32, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

fn append_floats(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
    let (elements, _) = bytes.as_chunks::<4>();
    for (i, element) in elements.iter().enumerate() {
        let bits = u32::from_le_bytes(*element);
        if bits == FLOAT_END_OF_VECTOR {
            break;
        }
        if i > 0 {
            out.push(b',');
        }
        append_float(bits, out)?;
    }
    Ok(())
}

/// Appends the float of a bit pattern, `.` for the one that means missing.
pub(super) fn append_float(bits: u32, out: &mut Vec<u8>) -> Result<(), Fault> {
    let value = f32::from_bits(bits);
    match bits {
        MISSING_FLOAT => out.push(b'.'),
        FLOAT_END_OF_VECTOR..=LAST_RESERVED_FLOAT => return Err(Fault::Reserved),
        _ if value.is_nan() => out.extend_from_slice(b"nan"),
        _ if value.is_infinite() => out.extend_from_slice(if value > 0.0 { b"inf" } else { b"-inf" }),
        _ => append_general(out, value),
    }
    Ok(())
}

/// Appends text that has no character which would end it in a VCF line.
pub(super) fn append_text(text: &[u8], end: u8, out: &mut Vec<u8>) -> Result<(), Fault> {
    let at = out.len();
    out.extend_from_slice(text);
    let appended = out.get_mut(at..).unwrap_or_default();
    let is_special = |b: u8| b < b' ' || b == end;
    if !appended.iter().fold(false, |found, b| found | is_special(*b)) {
        return Ok(());
    }
    for b in appended {
        match *b {
            MISSING_CHARACTER => *b = b'.',
            byte @ (b'\t' | b'\n' | b'\r') => return Err(Fault::Character(byte)),
            byte if byte == end => return Err(Fault::Character(byte)),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(kind: Kind, bytes: &[u8]) -> Result<String, Fault> {
        let mut out = Vec::new();
        append_vector(kind, bytes, b':', &mut out).map(|()| String::from_utf8(out).unwrap())
    }

    fn floats(bits: &[u32]) -> Result<String, Fault> {
        vector(Kind::Float, &bits.iter().flat_map(|b| b.to_le_bytes()).collect::<Vec<_>>())
    }

    #[test]
    fn vectors_end_where_they_say() {
        for (kind, bytes, text) in [
            (Kind::Int8, &b"\x01\xff\x80\x81\x81"[..], "1,-1,."),
            (Kind::Int8, b"\x81\x81", "."),
            (Kind::Int8, b"\x80", "."),
            (Kind::Int8, b"\x80\x80", ".,."),
            (Kind::Int8, b"", "."),
            (Kind::Int16, b"\0\x01\x01\x80\0\0", "256"),
            (Kind::Int32, b"\xff\xff\xff\x7f\x01\0\0\x80", "2147483647"),
            (Kind::Missing, b"", "."),
            (Kind::Char, b"a,b\0\0", "a,b"),
            (Kind::Char, b"\0\0", "."),
            (Kind::Char, b"\x07\0", "."),
        ] {
            assert_eq!(vector(kind, bytes).as_deref(), Ok(text), "{kind:?} {}", bytes.escape_ascii());
        }
    }

    #[test]
    fn floats_are_the_shortest_decimals() {
        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        let text = floats(&bits(&[29.0, 0.5, -0.0, 1e-10, 0.1, 0.333_333_34, f32::INFINITY]));
        assert_eq!(text.as_deref(), Ok("29,0.5,-0,1e-10,0.1,0.33333334,inf"));
        let one = 1_f32.to_bits();
        assert_eq!(floats(&[MISSING_FLOAT, one, FLOAT_END_OF_VECTOR, one]).as_deref(), Ok(".,1"));
        assert_eq!(floats(&[FLOAT_END_OF_VECTOR]).as_deref(), Ok("."));
        assert_eq!(floats(&[f32::NAN.to_bits()]).as_deref(), Ok("nan"));
        assert_eq!(floats(&[LAST_RESERVED_FLOAT]), Err(Fault::Reserved));
    }

    #[test]
    fn text_must_not_break_the_line() {
        for (text, byte) in [(&b"a:b"[..], b':'), (b"a\tb", b'\t'), (b"a\n", b'\n')] {
            assert_eq!(vector(Kind::Char, text), Err(Fault::Character(byte)));
        }
        assert_eq!(vector(Kind::Char, b"a;b=c").as_deref(), Ok("a;b=c"));
    }
}
