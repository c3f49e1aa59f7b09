//! Which of the decrypted bytes make up the file (Crypt4GH §4.2), and where they lie.

use crate::cipher::{CipherKey, OVERHEAD};
use crate::{ENCRYPTED_SEGMENT, Error, Header, Result, SEGMENT};

/// Bytes of the unedited data that are kept, half-open, and where they come to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Of the unedited data.
    pub start: u64,
    /// Of the unedited data; nothing where they go on to its end.
    pub end: Option<u64>,
    /// In the edited data.
    pub at: u64,
}

/// The decrypted bytes of a file whose header was opened.
#[derive(Debug)]
pub struct Content {
    header_length: u64,
    pub(crate) keys: Vec<CipherKey>,
    kept: Vec<Kept>,
    pub(crate) allows_truncated: bool,
}

impl Content {
    /// Of a file with this header.
    pub fn new(header: Header) -> Self {
        let kept = kept(header.edits.as_deref());
        Self { header_length: header.len, keys: header.keys, kept, allows_truncated: false }
    }

    /// Takes a file that ends too early as far as its whole segments go.
    #[must_use]
    pub fn allow_truncated(self) -> Self {
        Self { allows_truncated: true, ..self }
    }

    /// Where the first segment starts in the file.
    pub fn header_length(&self) -> u64 {
        self.header_length
    }

    /// Where a segment (0-based) starts in the file.
    pub fn segment_offset(&self, segment: u64) -> u64 {
        self.header_length.saturating_add(segment.saturating_mul(ENCRYPTED_SEGMENT as u64))
    }

    /// How many bytes a file of `encrypted_length` bytes has, once decrypted and edited.
    ///
    /// # Errors
    ///
    /// The file ends where none can end. One that was cut between two segments goes unnoticed.
    pub fn length(&self, encrypted_length: u64) -> Result<u64> {
        let unedited = self.unedited_length(encrypted_length)?;
        let Some(last) = self.kept.last() else { return Ok(0) };
        let needed = last.end.unwrap_or(last.start);
        if needed > unedited && !self.allows_truncated {
            return Err(Error::EndsBeforeEdits { kept: needed, length: unedited });
        }
        let clipped =
            |kept: &Kept| kept.end.map_or(unedited, |end| end.min(unedited)).saturating_sub(kept.start);
        Ok(self.kept.iter().map(clipped).sum())
    }

    fn unedited_length(&self, encrypted_length: u64) -> Result<u64> {
        let body = encrypted_length.saturating_sub(self.header_length);
        let (whole, rest) = (body / ENCRYPTED_SEGMENT as u64, body % ENCRYPTED_SEGMENT as u64);
        let last = match rest {
            0 => 0,
            rest => match rest.checked_sub(OVERHEAD as u64) {
                Some(length) => length,
                None if self.allows_truncated => 0,
                None => return Err(Error::Truncated { segment: whole, length: rest }),
            },
        };
        Ok(whole * SEGMENT as u64 + last)
    }

    /// The kept bytes that hold a place in the edited data, or, after the last, nothing.
    pub(crate) fn kept_at(&self, offset: u64) -> Option<Kept> {
        let after = self.kept.partition_point(|kept| kept.at <= offset);
        let kept = *self.kept.get(after.checked_sub(1)?)?;
        kept.end.is_none_or(|end| offset - kept.at < end - kept.start).then_some(kept)
    }
}

/// What an edit list keeps: the first length is left out, the second kept, and so on; after a last one that
/// is left out everything is kept, after a last one that is kept nothing.
fn kept(edits: Option<&[u64]>) -> Vec<Kept> {
    let Some(edits) = edits else { return vec![Kept { start: 0, end: None, at: 0 }] };
    let (mut kept, mut from, mut at) = (Vec::new(), 0_u64, 0_u64);
    let (pairs, rest) = edits.as_chunks::<2>();
    for [left_out, length] in pairs {
        let start = from.saturating_add(*left_out);
        from = start.saturating_add(*length);
        if from > start {
            kept.push(Kept { start, end: Some(from), at });
        }
        at = at.saturating_add(from - start);
    }
    if let [left_out] = rest {
        kept.push(Kept { start: from.saturating_add(*left_out), end: None, at });
    }
    kept
}
