//! The keys of `INFO` and `FORMAT` (VCF §1.6.1, field 8, and §1.6.2).

use super::Version;

pub(crate) const INFO_SPACE: &str = "INFO columns with white space";
pub(crate) const INFO_KEY: &str = "INFO keys with characters that they may not have";
pub(crate) const FORMAT_KEY: &str = "FORMAT keys with characters that they may not have";
pub(crate) const FORMAT_TWICE: &str = "FORMAT keys that stand twice";
pub(crate) const GT_FIRST: &str = "FORMAT columns in which GT is not first";

/// Whether `INFO` has white space that its version forbids. VCF 4.3 and later allow it in values.
#[inline]
pub(crate) fn has_space(info: &[u8], version: Version) -> bool {
    version < Version::V4_3 && memchr::memchr(b' ', info).is_some()
}

/// Whether an `INFO` key that the header does not declare may have its characters. VCF 4.1 and 4.2 forbid
/// white space alone.
pub(crate) fn is_info_key(key: &[u8], version: Version) -> bool {
    version < Version::V4_3 || key == b"1000G" || is_key(key)
}

/// Whether a `FORMAT` key that the header does not declare may have its characters. In VCF 4.1 and 4.2 it is
/// alphanumeric: no underscore.
pub(crate) fn is_format_key(key: &[u8], version: Version) -> bool {
    if version < Version::V4_3 { key.iter().all(u8::is_ascii_alphanumeric) } else { is_key(key) }
}

/// `[A-Za-z_][0-9A-Za-z_.]*` (VCF 4.3 and later).
fn is_key(key: &[u8]) -> bool {
    let is_start = |b: &u8| b.is_ascii_alphabetic() || *b == b'_';
    let is_inner = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.');
    key.first().is_some_and(is_start) && key.iter().all(is_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_characters_of_their_version() {
        let (old, new) = (Version::of("VCFv4.2"), Version::V4_3);
        for key in ["DP", "_x", "a.b", "G_S"] {
            assert!(is_info_key(key.as_bytes(), new) && is_format_key(key.as_bytes(), new), "{key}");
        }
        for key in ["G S", "G*S", "1GS", "G%3AS", ""] {
            assert!(!is_info_key(key.as_bytes(), new) && !is_format_key(key.as_bytes(), new), "{key}");
        }
        assert!(is_info_key(b"1000G", new) && !is_format_key(b"1000G", new));
        assert!(is_format_key(b"1GS", old) && !is_format_key(b"G_S", old) && is_info_key(b"G_S", old));
    }

    #[test]
    fn blanks_are_allowed_since_4_3() {
        assert!(has_space(b"A=b c", Version::of("VCFv4.1")));
        assert!(!has_space(b"A=b c", Version::V4_3));
    }
}
