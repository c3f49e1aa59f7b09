/// The 32-bit float that is nearest to a 64-bit one. Nothing when it is too large for 32 bits.
pub fn to_float32(value: f64) -> Option<f32> {
    let narrow = nearest(value);
    (narrow.is_finite() || !value.is_finite()).then_some(narrow)
}

/// Whether a 32-bit float stands for a 64-bit one: it has the same value, or its shortest decimal reads as
/// `value` too, as `0.1` does.
pub(crate) fn is_float32(value: f64) -> bool {
    let narrow = nearest(value);
    let is_shortest = || narrow.to_string().parse::<f64>().is_ok_and(|wide| wide == value);
    value.is_nan() || f64::from(narrow) == value || narrow.is_finite() && is_shortest()
}

/// The 32-bit float that is nearest to a decimal; nothing when that is too large, or no number.
pub(crate) fn parse_float32(text: &str) -> Option<f32> {
    let narrow: f32 = text.parse().ok()?;
    let is_number = text.contains(|c: char| c.is_ascii_digit());
    (narrow.is_finite() || !is_number).then_some(narrow)
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
    fn others_are_rounded_unless_they_are_too_large() {
        for (text, nearest) in [("16777217", 16_777_216.0), ("0.123456789", 0.123_456_79), ("1e-60", 0.0)] {
            assert_eq!(to_float32(text.parse().unwrap()), Some(nearest), "{text}");
            assert_eq!(parse_float32(text), Some(nearest), "{text}");
        }
        for text in ["1e39", "-1e300"] {
            assert_eq!(to_float32(text.parse().unwrap()), None, "{text}");
            assert_eq!(parse_float32(text), None, "{text}");
        }
        assert_eq!(parse_float32("-inf"), Some(f32::NEG_INFINITY));
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
