use memchr::memchr;

use super::fault::{IntegerFault, TagFault};
use super::integer::signed;
use crate::formats::bam::tags::append_float;

/// The tags that a line has had so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    tags: [u64; 51],
    /// How many of them are or hold `nan` or `inf`, for which SAMv1 §1.5 has no form.
    pub(super) non_finite: u64,
}

impl Seen {
    pub(super) fn new() -> Self {
        Self { tags: [0; 51], non_finite: 0 }
    }

    pub(super) fn contains(&self, tag: [u8; 2]) -> bool {
        let (word, bit) = Self::place(tag);
        self.tags.get(word).is_some_and(|w| w & bit != 0)
    }

    /// Whether the tag is new.
    fn insert(&mut self, tag: [u8; 2]) -> bool {
        let (word, bit) = Self::place(tag);
        self.tags.get_mut(word).is_some_and(|w| {
            let is_new = *w & bit == 0;
            *w |= bit;
            is_new
        })
    }

    fn note_floats(&mut self, values: Option<&[u8]>) {
        let (values, _) = values.unwrap_or_default().as_chunks();
        self.non_finite += u64::from(values.iter().any(|v| !f32::from_le_bytes(*v).is_finite()));
    }

    /// One bit for each of the 52 × 62 tags of `[A-Za-z][A-Za-z0-9]`.
    fn place([a, b]: [u8; 2]) -> (usize, u64) {
        let rank = |b: u8| match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            _ => b.wrapping_sub(b'0').wrapping_add(52),
        };
        let i = usize::from(rank(a)) * 62 + usize::from(rank(b));
        (i / 64, 1 << (i % 64))
    }
}

/// Appends an optional field in BAM's form (SAMv1 §1.5, §4.2.4); returns whether the value is written
/// the way it would be rendered.
pub(super) fn append(field: &[u8], seen: &mut Seen, out: &mut Vec<u8>) -> Result<bool, TagFault> {
    let [a, b, b':', value_type, b':', value @ ..] = field else { return Err(TagFault::Syntax) };
    if !a.is_ascii_alphabetic() || !b.is_ascii_alphanumeric() {
        return Err(TagFault::Name);
    }
    if !seen.insert([*a, *b]) {
        return Err(TagFault::Duplicate);
    }
    out.extend_from_slice(&[*a, *b]);
    match value_type {
        b'A' => append_character(value, out),
        b'i' => append_integer(value, out),
        b'f' => {
            out.push(b'f');
            let is_canonical = append_float_value(value, out);
            seen.note_floats(out.get(out.len().saturating_sub(4)..));
            is_canonical
        }
        b'Z' => append_text(value, out),
        b'H' => append_hex(value, out),
        b'B' => {
            // Subtype and count stand before the elements.
            let elements_at = out.len() + 6;
            let is_canonical = append_array(value, out);
            if value.first() == Some(&b'f') {
                seen.note_floats(out.get(elements_at..));
            }
            is_canonical
        }
        _ => Err(TagFault::Type),
    }
}

fn append_character(value: &[u8], out: &mut Vec<u8>) -> Result<bool, TagFault> {
    let [character @ b'!'..=b'~'] = value else { return Err(TagFault::Character) };
    out.extend_from_slice(&[b'A', *character]);
    Ok(true)
}

/// The smallest type that holds the integer, as htslib chooses it: signed where it has a minus.
fn append_integer(text: &[u8], out: &mut Vec<u8>) -> Result<bool, TagFault> {
    let (value, is_canonical) = signed(text, i32::MIN.into(), u32::MAX.into()).map_err(TagFault::Integer)?;
    let low = value.to_le_bytes();
    let (value_type, size) = if text.starts_with(b"-") {
        match value {
            -0x80.. => (b'c', 1),
            -0x8000..-0x80 => (b's', 2),
            _ => (b'i', 4),
        }
    } else {
        match value {
            ..=0xff => (b'C', 1),
            0x100..=0xffff => (b'S', 2),
            _ => (b'I', 4),
        }
    };
    out.push(value_type);
    // In two's complement, the low bytes of an integer in range are those of the narrow type.
    out.extend(low.iter().take(size));
    Ok(is_canonical)
}

fn append_text(value: &[u8], out: &mut Vec<u8>) -> Result<bool, TagFault> {
    let highest = value.iter().fold(0, |highest: u8, b| highest.max(b.wrapping_sub(b' ')));
    if highest > b'~' - b' ' {
        return Err(TagFault::Text);
    }
    out.push(b'Z');
    out.extend_from_slice(value);
    out.push(0);
    Ok(true)
}

fn append_hex(value: &[u8], out: &mut Vec<u8>) -> Result<bool, TagFault> {
    if !value.len().is_multiple_of(2) || !value.iter().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F')) {
        return Err(TagFault::Hex);
    }
    out.push(b'H');
    out.extend_from_slice(value);
    out.push(0);
    Ok(true)
}

fn append_array(value: &[u8], out: &mut Vec<u8>) -> Result<bool, TagFault> {
    let (subtype, mut rest) = match value {
        [subtype] => (*subtype, None),
        [subtype, b',', rest @ ..] => (*subtype, Some(rest)),
        _ => return Err(TagFault::Subtype),
    };
    let append_element = element(subtype).ok_or(TagFault::Subtype)?;
    out.extend_from_slice(&[b'B', subtype]);
    let count_at = out.len();
    out.extend_from_slice(&[0; 4]);
    let mut count: u32 = 0;
    let mut is_canonical = true;
    while let Some(values) = rest {
        let (text, after) = match memchr(b',', values).and_then(|i| values.split_at_checked(i)) {
            Some((text, after)) => (text, after.get(1..)),
            None => (values, None),
        };
        is_canonical &= append_element(text, out)?;
        count = count.saturating_add(1);
        rest = after;
    }
    if let Some(place) = out.get_mut(count_at..count_at + 4) {
        place.copy_from_slice(&count.to_le_bytes());
    }
    Ok(is_canonical)
}

type AppendElement = fn(&[u8], &mut Vec<u8>) -> Result<bool, TagFault>;

/// How an element of an array of a subtype is appended; nothing for an unknown subtype.
fn element(subtype: u8) -> Option<AppendElement> {
    macro_rules! integer {
        ($t:ty) => {
            |text, out| {
                let (min, max) = (i64::from(<$t>::MIN), i64::from(<$t>::MAX));
                let (value, is_canonical) = signed(text, min, max).map_err(TagFault::Integer)?;
                let out_of_range = TagFault::Integer(IntegerFault::OutOfRange { min, max });
                let value = <$t>::try_from(value).map_err(|_| out_of_range)?;
                out.extend_from_slice(&value.to_le_bytes());
                Ok(is_canonical)
            }
        };
    }
    Some(match subtype {
        b'c' => integer!(i8),
        b'C' => integer!(u8),
        b's' => integer!(i16),
        b'S' => integer!(u16),
        b'i' => integer!(i32),
        b'I' => integer!(u32),
        b'f' => append_float_value,
        _ => return None,
    })
}

fn append_float_value(text: &[u8], out: &mut Vec<u8>) -> Result<bool, TagFault> {
    let value = float(text)?;
    // The text is rendered where the value will stand, so that no buffer is needed to compare it.
    let at = out.len();
    append_float(out, value);
    let is_canonical = out.get(at..) == Some(text);
    out.truncate(at);
    out.extend_from_slice(&value.to_le_bytes());
    Ok(is_canonical)
}

/// The value of `[-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?`, and of `inf` and `nan` in any case: BAM can
/// hold those and htslib writes them so.
fn float(text: &[u8]) -> Result<f32, TagFault> {
    let (sign, magnitude) = match text {
        [b'-', rest @ ..] => (-1.0_f32, rest),
        [b'+', rest @ ..] => (1.0, rest),
        rest => (1.0, rest),
    };
    let is = |word: &[u8]| magnitude.eq_ignore_ascii_case(word);
    if is(b"nan") {
        return Ok(f32::NAN.copysign(sign));
    }
    if is(b"inf") || is(b"infinity") {
        return Ok(f32::INFINITY.copysign(sign));
    }
    let has_digit = decimal_digits(magnitude).ok_or(TagFault::Float)?;
    let value: f32 = fast_float2::parse(magnitude).map_err(|_| TagFault::Float)?;
    // A value that rounds to zero or infinity would be lost.
    if value.is_infinite() || (value == 0.0 && has_digit) {
        return Err(TagFault::FloatRange);
    }
    Ok(value.copysign(sign))
}

/// Whether a number without its sign has a digit other than 0 before its exponent; nothing when it is
/// no number.
fn decimal_digits(text: &[u8]) -> Option<bool> {
    let exponent_at = text.iter().position(|b| matches!(b, b'e' | b'E'));
    let (mantissa, exponent) = match exponent_at.and_then(|i| text.split_at_checked(i)) {
        Some((mantissa, exponent)) => (mantissa, exponent.get(1..)),
        None => (text, None),
    };
    let is_digits = |t: &[u8]| t.iter().all(u8::is_ascii_digit);
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(b"-").or_else(|| exponent.strip_prefix(b"+")).unwrap_or(exponent);
        if digits.is_empty() || !is_digits(digits) {
            return None;
        }
    }
    let (whole, fraction) = match memchr(b'.', mantissa).and_then(|i| mantissa.split_at_checked(i)) {
        Some((whole, fraction)) => (whole, fraction.get(1..)?),
        None => (&mantissa[..0], mantissa),
    };
    let is_number = is_digits(whole) && is_digits(fraction) && !fraction.is_empty();
    is_number.then(|| mantissa.iter().any(|b| matches!(b, b'1'..=b'9')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(field: &[u8]) -> Result<(Vec<u8>, bool), TagFault> {
        let mut out = Vec::new();
        append(field, &mut Seen::new(), &mut out).map(|canonical| (out, canonical))
    }

    #[test]
    fn integers_take_the_smallest_type() {
        let cases: [(&[u8], &[u8]); 10] = [
            (b"0", b"XXC\0"),
            (b"255", b"XXC\xff"),
            (b"-128", b"XXc\x80"),
            (b"256", b"XXS\0\x01"),
            (b"65535", b"XXS\xff\xff"),
            (b"-129", b"XXs\x7f\xff"),
            (b"65536", b"XXI\0\0\x01\0"),
            (b"4294967295", b"XXI\xff\xff\xff\xff"),
            (b"-32769", b"XXi\xff\x7f\xff\xff"),
            (b"-2147483648", b"XXi\0\0\0\x80"),
        ];
        for (text, bytes) in cases {
            let field = [b"XX:i:", text].concat();
            assert_eq!(tag(&field), Ok((bytes.to_vec(), true)), "{}", text.escape_ascii());
        }
        assert_eq!(tag(b"XX:i:+00"), Ok((b"XXC\0".to_vec(), false)));
        assert_eq!(tag(b"XX:i:-0"), Ok((b"XXc\0".to_vec(), false)));
    }

    #[test]
    fn every_other_type_is_encoded() {
        assert_eq!(tag(b"XX:A:~"), Ok((b"XXA~".to_vec(), true)));
        assert_eq!(tag(b"XX:Z:"), Ok((b"XXZ\0".to_vec(), true)));
        assert_eq!(tag(b"XX:Z:a: b"), Ok((b"XXZa: b\0".to_vec(), true)));
        assert_eq!(tag(b"XX:H:1AFF"), Ok((b"XXH1AFF\0".to_vec(), true)));
        assert_eq!(tag(b"XX:f:1.5"), Ok((b"XXf\0\0\xc0\x3f".to_vec(), true)));
        assert_eq!(tag(b"XX:B:i"), Ok((b"XXBi\0\0\0\0".to_vec(), true)));
        assert_eq!(tag(b"XX:B:s,-1,+2"), Ok((b"XXBs\x02\0\0\0\xff\xff\x02\0".to_vec(), false)));
        assert_eq!(tag(b"XX:B:f,1"), Ok((b"XXBf\x01\0\0\0\0\0\x80\x3f".to_vec(), true)));
    }

    #[test]
    fn floats_that_are_no_numbers_are_counted() {
        let mut seen = Seen::new();
        for (field, n) in [
            (&b"X0:f:nan"[..], 1),
            (b"X1:f:-Inf", 2),
            (b"X2:f:3.402823466E+38", 2),
            (b"X3:B:f,1,inf,nan", 3),
            (b"X4:B:f,1", 3),
            (b"X5:B:I,2139095040", 3),
            (b"X6:Z:nan", 3),
        ] {
            append(field, &mut seen, &mut Vec::new()).unwrap();
            assert_eq!(seen.non_finite, n, "{}", field.escape_ascii());
        }
    }

    #[test]
    fn floats_are_decimal() {
        let accepted: [(&[u8], f32); 9] = [
            (b"-.9", -0.9),
            (b"+00009e-0", 9.0),
            (b"009.9", 9.9),
            (b"9.9E+19", 9.9e19),
            (b"0e99", 0.0),
            (b"1e-40", 1e-40),
            (b"3.402823466E+38", f32::MAX),
            (b"-INF", f32::NEG_INFINITY),
            (b"infinity", f32::INFINITY),
        ];
        for (text, value) in accepted {
            assert_eq!(float(text), Ok(value), "{}", text.escape_ascii());
        }
        assert!(float(b"-nan").is_ok_and(|v| v.is_nan() && v.is_sign_negative()));
        for text in [&b""[..], b"-", b"10.", b".", b"e", b"1e", b"1e+", b"0x1p3", b"1 ", b"--1", b"1.2.3"] {
            assert_eq!(float(text), Err(TagFault::Float), "{}", text.escape_ascii());
        }
        for text in [&b"1E-46"[..], b"-3.502823466E+38", b"1e9999999999"] {
            assert_eq!(float(text), Err(TagFault::FloatRange), "{}", text.escape_ascii());
        }
    }

    #[test]
    fn refuses_each_kind_of_fault() {
        let range = |min, max| TagFault::Integer(IntegerFault::OutOfRange { min, max });
        let i32_u32 = range(i32::MIN.into(), u32::MAX.into());
        let cases: [(&[u8], TagFault); 22] = [
            (b"", TagFault::Syntax),
            (b"XX:i", TagFault::Syntax),
            (b"X:Z:short", TagFault::Syntax),
            (b"XXX:Z:long", TagFault::Syntax),
            (b"0A:Z:0", TagFault::Name),
            (b"A_:Z:0", TagFault::Name),
            (b"XX:z:case", TagFault::Type),
            (b"XX:I:1", TagFault::Type),
            (b"XX:A:", TagFault::Character),
            (b"XX:A:AA", TagFault::Character),
            (b"XX:A: ", TagFault::Character),
            (b"XX:i:", TagFault::Integer(IntegerFault::Empty)),
            (b"XX:i:10.9", TagFault::Integer(IntegerFault::NotDecimal)),
            (b"XX:i:4294967296", i32_u32),
            (b"XX:Z:\x7f", TagFault::Text),
            (b"XX:Z:\xc3\xa9", TagFault::Text),
            (b"XX:H:9", TagFault::Hex),
            (b"XX:H:ab", TagFault::Hex),
            (b"XX:B:", TagFault::Subtype),
            (b"XX:B:F,1", TagFault::Subtype),
            (b"XX:B:c,128", range(-128, 127)),
            (b"XX:B:C,1,", TagFault::Integer(IntegerFault::Empty)),
        ];
        for (field, fault) in cases {
            assert_eq!(tag(field), Err(fault), "{}", field.escape_ascii());
        }
    }

    #[test]
    fn a_tag_stands_once() {
        let (mut seen, mut out) = (Seen::new(), Vec::new());
        for a in (b'A'..=b'Z').chain(b'a'..=b'z') {
            for b in (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9') {
                let field = [a, b, b':', b'A', b':', b'x'];
                assert_eq!(append(&field, &mut seen, &mut out), Ok(true));
                assert_eq!(append(&field, &mut seen, &mut out), Err(TagFault::Duplicate));
            }
        }
    }
}
