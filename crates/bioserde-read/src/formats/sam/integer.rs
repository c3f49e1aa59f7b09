use super::fault::IntegerFault;

/// The integer that `[0-9]+` without leading zeros says, at most `max`.
pub(super) fn unsigned(text: &[u8], max: i32) -> Result<i32, IntegerFault> {
    if let [b'0', _, ..] = text {
        let is_decimal = text.iter().all(u8::is_ascii_digit);
        return Err(if is_decimal { IntegerFault::LeadingZero } else { IntegerFault::NotDecimal });
    }
    if text.first().is_some_and(|b| !b.is_ascii_digit()) {
        return Err(not_unsigned(text, max));
    }
    let (value, _) = signed(text, 0, i64::from(max))?;
    i32::try_from(value).map_err(|_| out_of_range(0, max))
}

/// The integer that `[-+]?[0-9]+` says, at least `min` and at most `max`, and whether an integer is
/// usually written so: without `+`, leading zeros and `-0`.
pub(super) fn signed(text: &[u8], min: i64, max: i64) -> Result<(i64, bool), IntegerFault> {
    let (negative, plus, digits) = match text {
        [b'-', digits @ ..] => (true, false, digits),
        [b'+', digits @ ..] => (false, true, digits),
        digits => (false, false, digits),
    };
    if digits.is_empty() {
        return Err(if text.is_empty() { IntegerFault::Empty } else { IntegerFault::NotDecimal });
    }
    let mut magnitude: i64 = 0;
    for b in digits {
        let digit = b.wrapping_sub(b'0');
        if digit > 9 {
            return Err(IntegerFault::NotDecimal);
        }
        magnitude = magnitude.saturating_mul(10).saturating_add(i64::from(digit));
    }
    let value = if negative { -magnitude } else { magnitude };
    if !(min..=max).contains(&value) {
        return Err(IntegerFault::OutOfRange { min, max });
    }
    let leading_zero = digits.len() > 1 && digits.first() == Some(&b'0');
    let minus_zero = negative && magnitude == 0;
    Ok((value, !(plus || leading_zero || minus_zero)))
}

fn not_unsigned(text: &[u8], max: i32) -> IntegerFault {
    match text {
        [b'-', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
            out_of_range(0, max)
        }
        _ => IntegerFault::NotDecimal,
    }
}

pub(super) fn out_of_range(min: i32, max: i32) -> IntegerFault {
    IntegerFault::OutOfRange { min: min.into(), max: max.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsigned_fields_are_plain_digits() {
        assert_eq!(unsigned(b"0", 9), Ok(0));
        assert_eq!(unsigned(b"2147483647", i32::MAX), Ok(i32::MAX));
        assert_eq!(unsigned(b"", 9), Err(IntegerFault::Empty));
        assert_eq!(unsigned(b"099", 99), Err(IntegerFault::LeadingZero));
        for text in [&b"0x20"[..], b"*", b"+1", b"1.9", b"1 ", b"-", b"-x"] {
            assert_eq!(unsigned(text, 99), Err(IntegerFault::NotDecimal), "{text:?}");
        }
        for text in [&b"-1"[..], b"100", b"99999999999999999999999"] {
            assert_eq!(unsigned(text, 99), Err(IntegerFault::OutOfRange { min: 0, max: 99 }), "{text:?}");
        }
    }

    #[test]
    fn signed_values_tell_how_they_are_written() {
        let i32s = |text| signed(text, i32::MIN.into(), i32::MAX.into());
        assert_eq!(i32s(b"-2147483648"), Ok((i32::MIN.into(), true)));
        for (text, value) in [(&b"+200"[..], 200), (b"-0", 0), (b"000000000000000000000000000999", 999)] {
            assert_eq!(i32s(text), Ok((value, false)), "{text:?}");
        }
        assert_eq!(i32s(b"+"), Err(IntegerFault::NotDecimal));
        assert!(matches!(i32s(b"2147483648"), Err(IntegerFault::OutOfRange { .. })));
    }
}
