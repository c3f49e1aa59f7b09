use std::sync::Arc;

use crate::fault::CramFault;
use crate::reference::{Reference, ReferenceFault, ReferenceSequence, Sequence, digest, hex};

/// The reference sequence that the records of a slice are stored as differences to, if there is one.
#[derive(Debug, Default)]
pub(super) struct SliceReference(Option<Arc<Sequence>>);

impl SliceReference {
    /// Takes the sequence of a slice that has only one; it must have the digest that the header tells.
    pub(super) fn of(
        reference: Option<&Reference>,
        sequences: &[ReferenceSequence],
        id: i32,
    ) -> Result<Self, CramFault> {
        let sequence = usize::try_from(id).ok().and_then(|id| sequences.get(id));
        let sequence = reference.zip(sequence).map(|(reference, wanted)| reference.sequence(wanted));
        Ok(Self(sequence.transpose()?))
    }

    pub(super) fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// Of the bases of `span` positions; zeros without a reference.
    pub(super) fn digest(&self, start: i32, span: i32) -> [u8; 16] {
        let len = usize::try_from(span).unwrap_or(0);
        self.bases(start.into(), len).map_or([0; 16], digest)
    }

    /// The bases at `len` positions from one on, 1-based, as far as the sequence has them; nothing without
    /// a reference, or for a record without a position.
    pub(super) fn bases(&self, position: i64, len: usize) -> Option<&[u8]> {
        let bases = self.0.as_ref()?.bases();
        let from = usize::try_from(position - 1).ok()?.min(bases.len());
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
