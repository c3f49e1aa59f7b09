/// A 64-bit float as the 32-bit one that it stands for: that of the same value, or the one whose shortest
/// decimal reads as `value` too, as `0.1` does. Nothing when 32 bits do not hold it.
pub fn to_float32(value: f64) -> Option<f32> {
    if value.is_nan() {
        return Some(f32::NAN);
    }
    let narrow = nearest(value);
    let is_same = f64::from(narrow) == value
        || (narrow.is_finite() && narrow.to_string().parse::<f64>().is_ok_and(|wide| wide == value));
    is_same.then_some(narrow)
}

/// A decimal as a 32-bit float; nothing when it says more than that float, or is none.
pub(crate) fn parse_float32(text: &str) -> Option<f32> {
    let narrow: f32 = text.parse().ok()?;
    if narrow.is_nan() {
        return Some(narrow);
    }
    let digits = text.bytes().take_while(|b| !matches!(b, b'e' | b'E')).filter(u8::is_ascii_digit).count();
    // Every decimal of six digits is told apart by 32 bits, unless it is too large or too small.
    if digits <= 6 && narrow.is_normal() {
        return Some(narrow);
    }
    let wide: f64 = text.parse().ok()?;
    // Where two decimals are as short and as near, writers differ.
    let shortest = [narrow.to_string(), serde_json::to_string(&narrow).unwrap_or_default()];
    let is_shortest = || shortest.iter().any(|text| text.parse::<f64>().is_ok_and(|other| other == wide));
    (f64::from(narrow) == wide || (narrow.is_finite() && is_shortest())).then_some(narrow)
}

#[expect(clippy::cast_possible_truncation, reason = "the nearest 32-bit float is what is wanted")]
fn nearest(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_32_bits_tell_are_kept() {
        for value in [0.0, -0.0, 0.5, 0.1, 29.1, 1e-45, 3.402_823_5e38, 16_777_216.0, f64::INFINITY] {
            let narrow = to_float32(value).unwrap();
            assert_eq!(narrow.to_bits(), value.to_string().parse::<f32>().unwrap().to_bits(), "{value}");
        }
        assert!(to_float32(f64::NAN).unwrap().is_nan());
        assert_eq!(to_float32(f64::from(0.1_f32)), Some(0.1));
    }

    #[test]
    fn values_that_32_bits_do_not_tell_are_refused() {
        for text in ["16777217", "0.123456789", "1e39", "1e-60", "3.14159265358979"] {
            assert_eq!(to_float32(text.parse().unwrap()), None, "{text}");
            assert_eq!(parse_float32(text), None, "{text}");
        }
    }

    #[test]
    fn the_shortest_decimal_of_every_float_reads_back() {
        let mut bits = 1_u32;
        for _ in 0..200_000 {
            bits = bits.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let value = f32::from_bits(bits);
            if value.is_finite() {
                assert_eq!(parse_float32(&value.to_string()).map(f32::to_bits), Some(bits));
                assert_eq!(to_float32(f64::from(value)).map(f32::to_bits), Some(bits));
                assert_eq!(to_float32(value.to_string().parse().unwrap()), Some(value));
            }
        }
    }
}
