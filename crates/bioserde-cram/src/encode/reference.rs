use std::sync::Arc;

use crate::fault::CramFault;
use crate::reference::{Reference, ReferenceFault, ReferenceSequence, Sequence, digest, hex};

/// The reference sequence that the records of a slice are stored as differences to, if there is one.
#[derive(Debug)]
pub(super) enum SliceReference {
    None,
    Whole(Arc<Sequence>),
    /// The bases from a position on, 1-based.
    Window(i64, Vec<u8>),
}

impl SliceReference {
    /// Takes the sequence of a slice that has only one; it must have the digest that the header tells.
    pub(super) fn whole(reference: &Reference, wanted: &ReferenceSequence) -> Result<Self, CramFault> {
        Ok(Self::Whole(reference.sequence(wanted)?))
    }

    /// Takes what a slice spans of it, whatever digest the sequence has.
    pub(super) fn window(
        reference: &Reference,
        wanted: &ReferenceSequence,
        start: i32,
        span: i32,
    ) -> Result<Self, CramFault> {
        Ok(Self::Window(start.max(1).into(), reference.window(wanted, start, span)?))
    }

    pub(super) fn is_given(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Of the bases of `span` positions; zeros without a reference.
    pub(super) fn digest(&self, start: i32, span: i32) -> [u8; 16] {
        let len = usize::try_from(span).unwrap_or(0);
        self.bases(start.into(), len).map_or([0; 16], digest)
    }

    /// The bases at `len` positions from one on, 1-based, as far as the sequence has them; nothing without
    /// a reference, or for a record without a position.
    pub(super) fn bases(&self, position: i64, len: usize) -> Option<&[u8]> {
        let (start, bases) = match self {
            Self::None => return None,
            Self::Whole(sequence) => (1, sequence.bases()),
            Self::Window(start, bases) => (*start, bases.as_slice()),
        };
        let from = usize::try_from(position - start).ok()?.min(bases.len());
        bases.get(from..from.saturating_add(len).min(bases.len()))
    }
}

/// The text of a SAM header with the digests of a reference where `@SQ` lines have none (`M5`): CRAM asks
/// for them (CRAMv3 §8.3). A sequence that the reference lacks stays without.
///
/// # Errors
///
/// The reference cannot be read, or has another length for a sequence.
pub fn with_digests(text: &[u8], reference: &Reference) -> Result<Vec<u8>, ReferenceFault> {
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|b| *b == b'\n') {
        let fields = line.strip_suffix(b"\n").unwrap_or(line);
        out.extend_from_slice(fields);
        if let Some(wanted) = undigested(fields) {
            match reference.sequence(&wanted) {
                Ok(sequence) => out.extend(format!("\tM5:{}", hex(&digest(sequence.bases()))).into_bytes()),
                Err(ReferenceFault::Absent { .. }) => {}
                Err(fault) => return Err(fault),
            }
        }
        out.extend_from_slice(line.get(fields.len()..).unwrap_or_default());
    }
    Ok(out)
}

/// The sequence of an `@SQ` line that has no digest.
fn undigested(line: &[u8]) -> Option<ReferenceSequence> {
    let fields = line.strip_prefix(b"@SQ\t")?;
    let field = |key: &[u8]| fields.split(|b| *b == b'\t').find_map(|field| field.strip_prefix(key));
    if field(b"M5:").is_some() {
        return None;
    }
    let name = String::from_utf8(field(b"SN:")?.to_vec()).ok()?;
    let length = std::str::from_utf8(field(b"LN:")?).ok()?.parse().ok()?;
    Some(ReferenceSequence { name, length, md5: None })
}
