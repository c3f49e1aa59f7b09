//! Floats that a tool printed with six digits, and the program in the shortest form.

/// `got` with each number that equals the expected one in six digits written as that is.
pub(crate) fn with_equal_floats(expected: &str, got: &str) -> String {
    let is_delimiter = |c: char| matches!(c, '\t' | ';' | ',' | ':' | '=');
    let mut wanted = expected.split(is_delimiter);
    let mut out = String::new();
    for piece in got.split_inclusive(is_delimiter) {
        let (text, delimiter) = piece.split_at(piece.trim_end_matches(is_delimiter).len());
        out.push_str(wanted.next().filter(|e| are_equal(e, text)).unwrap_or(text));
        out.push_str(delimiter);
    }
    out
}

/// Integers are equal as texts only.
fn are_equal(expected: &str, got: &str) -> bool {
    let has_fraction = |text: &str| text.contains(['.', 'e']);
    let (Ok(e), Ok(g)) = (expected.parse::<f64>(), got.parse::<f64>()) else { return false };
    (has_fraction(expected) || has_fraction(got)) && (e - g).abs() <= e.abs() * 1e-5
}

#[test]
fn integers_and_other_texts_are_not_touched() {
    assert_eq!(with_equal_floats("A=0.333333;B=12", "A=0.33333334;B=12"), "A=0.333333;B=12");
    assert_eq!(with_equal_floats("1234567", "1234568"), "1234568");
    assert_eq!(with_equal_floats("A=1e+06", "A=1000000"), "A=1e+06");
    assert_eq!(with_equal_floats("A=x,1", "A=y,1"), "A=y,1");
}
