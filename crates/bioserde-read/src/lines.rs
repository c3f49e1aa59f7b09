//! Records that are lines of text.

use crate::unit::{FrameError, Framing};

/// A line is a record; the last one may lack its end.
#[derive(Debug)]
pub(crate) struct LineFraming;

impl Framing for LineFraming {
    fn record_len(&self, bytes: &[u8]) -> Result<Option<usize>, FrameError> {
        Ok(memchr::memchr(b'\n', bytes).map(|i| i + 1))
    }

    fn ends_with_input(&self) -> bool {
        true
    }
}

/// A line without its end, and whether that was `\r\n`.
pub(crate) fn strip_end(line: &[u8]) -> (&[u8], bool) {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    match line.strip_suffix(b"\r") {
        Some(line) => (line, true),
        None => (line, false),
    }
}

/// What `residual` keeps of a line in a file whose header has such ends: all but the end, or all where the end
/// is the other.
pub(crate) fn kept(line: &[u8], is_crlf: bool) -> &[u8] {
    let (text, has_crlf) = strip_end(line);
    if has_crlf == is_crlf { text } else { line }
}

/// Appends a line, and the end that it lacks as the last one of a file may.
pub(crate) fn append_line(line: &[u8], end: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(line);
    if !line.ends_with(b"\n") {
        out.extend_from_slice(end);
    }
}

/// The lines at the start of `bytes` that begin with `prefix`, in bytes; nothing when it is not yet
/// known whether there are more of them.
pub(crate) fn header_len(bytes: &[u8], prefix: u8, at_end: bool) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        match rest.first() {
            None => return at_end.then_some(at),
            Some(b) if *b != prefix => return Some(at),
            Some(_) => match memchr::memchr(b'\n', rest) {
                Some(i) => at += i + 1,
                None => return at_end.then_some(bytes.len()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_ends_where_another_line_begins() {
        assert_eq!(header_len(b"@a\n@b\nx", b'@', false), Some(6));
        assert_eq!(header_len(b"@a\n@b\n", b'@', false), None);
        assert_eq!(header_len(b"@a\n@b", b'@', true), Some(5));
        assert_eq!(header_len(b"", b'@', true), Some(0));
    }
}
