//! What the records of CRAM files are decoded with.

use std::sync::Arc;

use bioserde_htsget::{Error, ErrorKind, Format};
use bioserde_read::{CramDataset, Reference, ReferenceFault};

use crate::failure::{Chain, Failure};

/// The first reference with which the records of a file can be decoded; nothing where they need none and
/// there is none.
///
/// # Errors
///
/// What the file lacks.
pub(crate) fn reference_for(
    cram: &CramDataset,
    references: &[Arc<Reference>],
) -> Result<Option<Arc<Reference>>, ReferenceFault> {
    let mut first = None;
    for reference in references {
        match cram.lacks(Some(reference)) {
            None => return Ok(Some(Arc::clone(reference))),
            Some(fault) => first = first.or(Some(fault)),
        }
    }
    first.or_else(|| cram.lacks(None)).map_or(Ok(None), Err)
}

/// That a file can only be sent as it is stored.
pub(crate) fn undecodable(cram: &CramDataset, fault: &ReferenceFault) -> Failure {
    tracing::warn!(path = cram.name(), reason = %Chain(fault), "records cannot be decoded");
    let message = "the records of this CRAM cannot be decoded: the server has not the reference sequences \
                   that they were written against";
    let hint =
        format!("ask for format={}, or the server's administrator for `cram.references`", Format::Cram);
    Error::new(ErrorKind::UnsupportedFormat, message).with_hint(hint).into()
}
