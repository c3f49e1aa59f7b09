//! Numbers, and the form in which they were written.

pub(crate) use bioserde_model::vcf::append_float as append_general;

/// An integer written as its digits alone: no `+`, no leading zero, within 32 bits. Anything else is
/// not a number that reads back to the same text.
pub(crate) fn integer(text: &[u8]) -> Option<i32> {
    let (digits, is_negative) = match text {
        [b'-', digits @ ..] => (digits, true),
        _ => (text, false),
    };
    match digits {
        [b'0'] if !is_negative => return Some(0),
        [] | [b'0', ..] => return None,
        _ if digits.len() > 10 => return None,
        _ => {}
    }
    let mut value: i64 = 0;
    for b in digits {
        let digit = b.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    i32::try_from(if is_negative { -value } else { value }).ok()
}

/// How the floats of a value were written, as far as a column cannot tell. Forms of several numbers
/// are joined: the value reads back to its text when one form covers them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FloatForm {
    /// Each is the shortest decimal; exponents below -4 are written `1e-05`, as C's `%g` does.
    general: bool,
    /// Each is the shortest decimal, without an exponent.
    plain: bool,
    /// Each has this many digits after the point.
    fixed: Option<u8>,
}

impl FloatForm {
    /// The form of no number at all, which every other form covers.
    pub(crate) const ANY: Self = Self { general: true, plain: true, fixed: None };

    /// The form that covers both, where `first` tells that nothing was joined before.
    pub(crate) fn join(self, other: Self, first: bool) -> Self {
        if first {
            return other;
        }
        Self {
            general: self.general && other.general,
            plain: self.plain && other.plain,
            fixed: self.fixed.filter(|d| other.fixed == Some(*d)),
        }
    }

    /// The mark of the form in a layout: [`Mark::Other`] where no form reads the text back, so that it
    /// has to be kept.
    pub(crate) fn mark(self) -> Mark {
        match self {
            Self { general: true, .. } => Mark::None,
            Self { plain: true, .. } => Mark::Plain,
            Self { fixed: Some(digits), .. } => Mark::Fixed(digits),
            _ => Mark::Other,
        }
    }
}

/// What a layout says of a value besides its key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Mark {
    /// The column's value is written in the usual form.
    #[default]
    None,
    /// `.` stands for the value.
    Missing,
    /// The text is in `*_other`, whether or not the column holds its value.
    Other,
    /// Floats are written without an exponent.
    Plain,
    /// Floats have so many digits after the point.
    Fixed(u8),
}

impl Mark {
    /// Appends the mark as it stands after a key: `=.`, `*`, `%p`, `%2`.
    pub(crate) fn append(self, out: &mut Vec<u8>) {
        match self {
            Self::None => {}
            Self::Missing => out.extend_from_slice(b"=."),
            Self::Other => out.push(b'*'),
            Self::Plain => out.extend_from_slice(b"%p"),
            Self::Fixed(digits) => {
                out.push(b'%');
                out.extend_from_slice(itoa::Buffer::new().format(digits).as_bytes());
            }
        }
    }
}

/// Powers of ten that a 32-bit float holds exactly.
const POWERS: [f32; 11] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10];

/// So many significant digits read back from every 32-bit float (C's `FLT_DIG`).
const SAFE_DIGITS: usize = 6;

/// A float (VCF 4.3 §1.3) and its form. Nothing when the text is no number, or one beyond the range of
/// 32 bits. Where no form reads the text back, the form has no mark.
pub(crate) fn float(text: &[u8]) -> Option<(f32, FloatForm)> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let is_negative = digits.len() < text.len();
    let mut mantissa: u32 = 0;
    let mut point = None;
    for (i, b) in digits.iter().enumerate() {
        match b {
            // Eight digits at most: the sum stays below 2^32.
            b'0'..=b'9' if i < 9 => mantissa = mantissa.wrapping_mul(10).wrapping_add(u32::from(b - b'0')),
            b'.' if point.is_none() => point = Some(i),
            _ => return slow_float(text),
        }
    }
    let decimals = point.map_or(0, |at| digits.len() - at - 1);
    let count = digits.len() - usize::from(point.is_some());
    let whole = point.unwrap_or(digits.len());
    let has_usual_start = whole == 1 || (whole > 1 && digits.first() != Some(&b'0'));
    let is_short = mantissa < 10_u32.pow(6) && count <= 8;
    if !is_short
        || !has_usual_start
        || count == 0
        || (point.is_some() && decimals == 0)
        || (is_negative && mantissa == 0)
    {
        return slow_float(text);
    }
    // Both are exact, so that the quotient is the nearest float.
    #[expect(clippy::cast_precision_loss, reason = "below 10^6, which a float holds exactly")]
    let value = mantissa as f32 / POWERS.get(decimals)?;
    let value = if is_negative { -value } else { value };
    let is_shortest = decimals == 0 || !digits.ends_with(b"0");
    let is_tiny = mantissa != 0 && value.abs() < 1e-4;
    let fixed = u8::try_from(decimals).ok();
    debug_assert!(count - usize::from(whole == 1 && digits.starts_with(b"0")) <= SAFE_DIGITS + 2);
    Some((value, FloatForm { general: is_shortest && !is_tiny, plain: is_shortest, fixed }))
}

/// SQLite keeps no sign of zero: no column has one.
pub(crate) fn unsigned_zero(value: f32) -> f32 {
    if value == 0.0 { 0.0 } else { value }
}

/// Tries the forms by writing the number again.
fn slow_float(text: &[u8]) -> Option<(f32, FloatForm)> {
    let value: f32 = fast_float2::parse(text).ok()?;
    if !value.is_finite() {
        let is_named = !text.iter().any(u8::is_ascii_digit);
        return is_named.then_some((value, FloatForm { general: false, plain: false, fixed: None }));
    }
    if value == 0.0 && value.is_sign_negative() {
        // No column has a negative zero: the text is kept besides.
        return Some((value, FloatForm { general: false, plain: false, fixed: None }));
    }
    let mut written = Vec::with_capacity(32);
    let mut reads_back = |write: &dyn Fn(&mut Vec<u8>)| {
        written.clear();
        write(&mut written);
        written == text
    };
    let general = reads_back(&|out| append_general(out, value));
    let plain = reads_back(&|out| append_plain(out, value));
    let decimals = memchr::memchr(b'.', text).map_or(0, |at| text.len() - at - 1);
    let fixed = u8::try_from(decimals).ok().filter(|d| *d <= 20);
    let fixed = fixed.filter(|d| reads_back(&|out| append_fixed(out, value, *d)));
    Some((value, FloatForm { general, plain, fixed }))
}

/// Appends the shortest decimal without an exponent.
pub(crate) fn append_plain(out: &mut Vec<u8>, value: f32) {
    out.extend_from_slice(format!("{value}").as_bytes());
}

/// Appends so many digits after the point.
pub(crate) fn append_fixed(out: &mut Vec<u8>, value: f32, digits: u8) {
    out.extend_from_slice(format!("{value:.*}", usize::from(digits)).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_their_digits_alone() {
        let t = |text: &str| integer(text.as_bytes());
        assert_eq!(t("0"), Some(0));
        assert_eq!(t("-2147483648"), Some(i32::MIN));
        assert_eq!(t("2147483647"), Some(i32::MAX));
        for bad in ["", "-", "-0", "+1", "01", "1.0", "1e3", "2147483648", "99999999999", " 1", "0x1"] {
            assert_eq!(t(bad), None, "{bad}");
        }
    }

    fn written(text: &str) -> Option<String> {
        let (value, form) = float(text.as_bytes())?;
        let mut out = Vec::new();
        match form.mark() {
            Mark::None => append_general(&mut out, value),
            Mark::Plain => append_plain(&mut out, value),
            Mark::Fixed(d) => append_fixed(&mut out, value, d),
            Mark::Missing | Mark::Other => return None,
        }
        Some(String::from_utf8(out).unwrap())
    }

    #[test]
    fn floats_read_back_to_their_text() {
        let texts = [
            "0",
            "1",
            "29.00",
            "0.5",
            "0.500000",
            "-0.00",
            "-1.5",
            "100",
            "1e-05",
            "1.5e-10",
            "0.00001",
            "0.0001",
            "0.000199681",
            "123456",
            "999999",
            "0.999999",
            "12345.678",
            "3000000000",
            "0.123456789",
            "0.1234567",
            "1234567",
        ];
        for text in texts {
            if let Some(again) = written(text) {
                assert_eq!(again, text);
            }
            let (value, _) =
                float(text.as_bytes()).unwrap_or_else(|| (text.parse().unwrap(), FloatForm::ANY));
            assert_eq!(value.to_bits(), text.parse::<f32>().unwrap().to_bits(), "{text}");
        }
        for text in ["29.00", "0.500000", "1e-05", "0.00001", "0.999999", "100"] {
            assert_eq!(written(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", ".", "0x1p3", "1e400", "abc", "1,5", "1 ", "--1"] {
            assert_eq!(float(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_no_form_reads_back_is_told() {
        for text in ["1.", ".5", "+1", "1E3", "1e3", "nan", "inf", "-INF", "01.5", "1e-5", "0.123456789"] {
            assert_eq!(float(text.as_bytes()).map(|(_, form)| form.mark()), Some(Mark::Other), "{text}");
        }
    }

    #[test]
    fn joined_forms_cover_all_or_nothing() {
        let form = |text: &str| float(text.as_bytes()).unwrap().1;
        let join = |texts: &[&str]| {
            texts.iter().enumerate().fold(FloatForm::ANY, |f, (i, t)| f.join(form(t), i == 0)).mark()
        };
        assert_eq!(join(&["0.5", "1e-05"]), Mark::None);
        assert_eq!(join(&["0.50", "0.25"]), Mark::Fixed(2));
        assert_eq!(join(&["0.50", "0.125"]), Mark::Other);
        assert_eq!(join(&["0.00001", "0.5"]), Mark::Plain);
        assert_eq!(join(&[]), Mark::None);
    }

    #[test]
    fn every_short_decimal_is_read_as_the_nearest_float() {
        for m in (0..1_000_000_u32).step_by(37) {
            for d in 1..=6 {
                let text = format!("{:.*}", d, f64::from(m) / 10_f64.powi(i32::try_from(d).unwrap()));
                let (value, form) = float(text.as_bytes()).expect("a short decimal");
                assert_eq!(value.to_bits(), text.parse::<f32>().unwrap().to_bits(), "{text}");
                assert_ne!(form.mark(), Mark::Other);
                assert_eq!(written(&text).unwrap(), text);
            }
        }
    }
}
