//! SAM text (SAMv1 §1), plain or in BGZF blocks.

use bioserde_core::{RecordForm, sam};

use super::records;
use crate::{Error, RecordHeader, Result, SinkSpec};

/// The registry's entry of plain text.
pub(crate) static SAM: records::Format = records::Format {
    spec: &SinkSpec {
        name: "sam",
        suffixes: &[".sam"],
        streams: true,
        compressions: &[],
        index_suffixes: &[],
        summary: "SAM text",
    },
    form: RecordForm::Sam,
    header: text,
};

/// The registry's entry of text in BGZF blocks.
pub(crate) static SAM_GZ: records::Format = records::Format {
    spec: &SinkSpec {
        name: "sam.gz",
        suffixes: &[".sam.gz"],
        streams: true,
        compressions: records::BGZF,
        index_suffixes: &[".csi"],
        summary: "SAM text in BGZF blocks, as bgzip makes them",
    },
    form: RecordForm::Sam,
    header: text,
};

fn text(header: &RecordHeader<'_>, spec: &SinkSpec) -> Result<Vec<u8>> {
    let own = records::sam(header.header, spec)?;
    match records::verbatim(header, RecordForm::Sam) {
        Some(text) => Ok(records::ended(text)),
        None => with_references(own, spec),
    }
}

/// The text with an `@SQ` line for each reference sequence: that of BAM may leave all of them out, since
/// the binary list has them (SAMv1 §4.2).
pub(super) fn with_references(header: &sam::Header, spec: &SinkSpec) -> Result<Vec<u8>> {
    let text = records::ended(&header.text);
    let lines = || text.split_inclusive(|b| *b == b'\n');
    if lines().any(|line| line.starts_with(b"@SQ\t")) {
        return Ok(text);
    }
    let mut out: Vec<u8> = lines().take_while(|line| line.starts_with(b"@HD\t")).flatten().copied().collect();
    let first = out.len();
    for reference in &header.reference_sequences {
        if !sam::is_reference_sequence_name(reference.name.as_bytes()) {
            let name = reference.name.escape_default().to_string();
            return Err(Error::ReferenceName { format: spec.name, name });
        }
        out.extend(format!("@SQ\tSN:{}\tLN:{}\n", reference.name, reference.length).into_bytes());
    }
    out.extend_from_slice(text.get(first..).unwrap_or_default());
    Ok(out)
}
