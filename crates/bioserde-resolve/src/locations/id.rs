/// Bytes of the longest id. Names in a URL are hardly longer, and paths of 4096 bytes have room for it.
const MAX_ID: usize = 1024;
/// Bytes of the longest name that file systems have.
const MAX_SEGMENT: usize = 255;

/// Whether a text is a relative path that can lead nowhere but down, on any operating system.
pub(super) fn is_path(text: &str) -> bool {
    text.len() <= MAX_ID && text.split('/').all(is_segment)
}

/// Whether a text can be the name of a file that is not hidden. With the leading dot `.` and `..` go.
pub(super) fn is_segment(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_SEGMENT
        && !text.starts_with('.')
        && !text.contains(|c: char| c == '\\' || c == '/' || c.is_control())
        && !has_drive(text)
}

/// Whether a text begins like `C:`, which Windows takes for another place.
fn has_drive(text: &str) -> bool {
    matches!(text.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_paths() {
        for good in ["a", "a/b/c", "NA12878", "é/日本", "a b", "a..b", "x.", "$%&?*~", "-rf", "ab:c"] {
            assert!(is_path(good), "{good}");
        }
        assert!(is_path(&"x".repeat(255)));
        assert!(is_path(&format!("{}x", "xxx/".repeat(255))));
    }

    #[test]
    fn what_could_lead_elsewhere_is_no_path() {
        for bad in [
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            ".",
            "..",
            "a/..",
            "../a",
            "a/./b",
            "./a",
            ".a",
            "a/.b/c",
            "...",
            "a\\b",
            "\\\\host\\a",
            "C:",
            "c:a",
            "a/C:/b",
            "\0",
            "a\0b",
            "a\nb",
            "\u{7f}",
            "a\u{85}",
        ] {
            assert!(!is_path(bad), "{bad:?}");
        }
        assert!(!is_path(&"x".repeat(256)));
        assert!(!is_path(&format!("{}xx", "xxx/".repeat(256))));
    }
}
