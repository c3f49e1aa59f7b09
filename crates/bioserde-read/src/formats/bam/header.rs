use bioserde_core::sam::{Header, ReferenceSequence};
use thiserror::Error;

/// What every BAM file starts with.
pub(crate) const MAGIC: &[u8] = b"BAM\x01";

/// Why the beginning of a BAM file cannot be read (SAMv1 §4.2).
#[derive(Debug, Error)]
pub(crate) enum HeaderError {
    #[error("it does not start with the magic `BAM\\1`")]
    Magic,
    #[error(
        "a reference sequence in the binary list has no name that ends with NUL, or one that is not UTF-8"
    )]
    Name,
    #[error("reference sequence `{name}` has length {length}; 0 to 2147483647 are possible")]
    Length { name: String, length: u32 },
    #[error("the binary list says there are {count} reference sequences")]
    Count { count: u32 },
    #[error(
        "the text has {text} @SQ lines, but the binary list has {binary} reference sequences, or they differ"
    )]
    Disagree { text: usize, binary: usize },
    #[error(transparent)]
    Text(#[from] bioserde_core::sam::ParseHeaderError),
}

/// The header and its length in bytes; nothing when more bytes are needed.
pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(Header, usize)>, HeaderError> {
    let mut rest = Rest(bytes);
    let Some(magic) = rest.take(MAGIC.len()) else { return Ok(None) };
    if magic != MAGIC {
        return Err(HeaderError::Magic);
    }
    let Some(text) = rest.u32().and_then(|len| rest.take(len as usize)) else { return Ok(None) };
    // §4.2: the text may be padded with NULs.
    let end = text.iter().position(|b| *b == 0).unwrap_or(text.len());
    let text = text.get(..end).unwrap_or(text);
    let Some(count) = rest.u32() else { return Ok(None) };
    if count > i32::MAX.unsigned_abs() {
        return Err(HeaderError::Count { count });
    }
    let mut list = Vec::new();
    for _ in 0..count {
        let Some(name) = rest.u32().and_then(|len| rest.take(len as usize)) else { return Ok(None) };
        let Some(length) = rest.u32() else { return Ok(None) };
        let name =
            name.strip_suffix(b"\0").and_then(|n| std::str::from_utf8(n).ok()).ok_or(HeaderError::Name)?;
        let name = name.to_owned();
        if length > i32::MAX.unsigned_abs() {
            return Err(HeaderError::Length { name, length });
        }
        list.push(ReferenceSequence { name, length });
    }
    let mut header = Header::parse(text)?;
    // The binary list is what records refer to. The text may leave its @SQ lines out, not contradict.
    let in_text = &header.reference_sequences;
    if !in_text.is_empty() && *in_text != list {
        return Err(HeaderError::Disagree { text: in_text.len(), binary: list.len() });
    }
    header.reference_sequences = list;
    Ok(Some((header, bytes.len() - rest.0.len())))
}

/// The beginning of a BAM file: the text, what pads it, and the list of reference sequences.
pub(crate) fn bytes(text: &[u8], padding: Option<&[u8]>, list: &[ReferenceSequence]) -> Vec<u8> {
    let word = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
    let padding = padding.unwrap_or_default();
    let mut out = [MAGIC, &word(text.len() + padding.len()), text, padding, &word(list.len())].concat();
    for ReferenceSequence { name, length } in list {
        out.extend_from_slice(&word(name.len() + 1));
        out.extend_from_slice(name.as_bytes());
        out.push(0);
        out.extend_from_slice(&length.to_le_bytes());
    }
    out
}

/// What stands after the text within its length.
pub(crate) fn padding<'a>(bytes: &'a [u8], text: &[u8]) -> &'a [u8] {
    let Some((len, rest)) = bytes.get(4..).and_then(|rest| rest.split_first_chunk::<4>()) else { return &[] };
    let all = rest.get(..u32::from_le_bytes(*len) as usize).unwrap_or_default();
    all.get(text.len()..).unwrap_or_default()
}

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(n)?;
        self.0 = tail;
        Some(head)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.first_chunk().map(|b| u32::from_le_bytes(*b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bam(text: &[u8], list: &[(&[u8], u32)]) -> Vec<u8> {
        let word = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
        let mut out = [MAGIC, &word(text.len()), text, &word(list.len())].concat();
        for (name, length) in list {
            out.extend([&word(name.len())[..], name, &length.to_le_bytes()].concat());
        }
        out
    }

    #[test]
    fn waits_for_every_byte() {
        let bytes = bam(b"@SQ\tSN:a\tLN:5\n\0\0", &[(b"a\0", 5)]);
        for n in 0..bytes.len() {
            assert!(parse(&bytes[..n]).unwrap().is_none(), "{n}");
        }
        let (header, len) = parse(&bytes).unwrap().unwrap();
        assert_eq!((header.names(), len), (vec!["a"], bytes.len()));
        assert_eq!(header.text, b"@SQ\tSN:a\tLN:5\n");
    }

    #[test]
    fn text_and_list_must_agree() {
        assert!(matches!(
            parse(&bam(b"@SQ\tSN:b\tLN:5\n", &[(b"a\0", 5)])),
            Err(HeaderError::Disagree { .. })
        ));
        assert!(matches!(parse(&bam(b"", &[(b"a", 5)])), Err(HeaderError::Name)));
        assert!(parse(&bam(b"", &[(b"a\0", 5)])).unwrap().is_some());
        assert!(matches!(parse(b"BAM\x02"), Err(HeaderError::Magic)));
    }
}
