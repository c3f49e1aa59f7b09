//! SAM text (SAMv1 §1), plain or in BGZF blocks.

use bioserde_core::{RecordForm, Records, sam};
use bioserde_storage::Target;

use super::records;
use crate::{Error, RecordFormat, RecordHeader, Result, Sink, SinkOptions, SinkSpec};

/// The registry's entry of plain text.
#[derive(Debug)]
pub(crate) struct Sam;

/// The registry's entry of text in BGZF blocks.
#[derive(Debug)]
pub(crate) struct SamGz;

static PLAIN: SinkSpec = SinkSpec {
    name: "sam",
    suffixes: &[".sam"],
    streams: true,
    compressions: &[],
    index_suffixes: &[],
    summary: "SAM text",
};

static BLOCKS: SinkSpec = SinkSpec {
    name: "sam.gz",
    suffixes: &[".sam.gz"],
    streams: true,
    compressions: records::BGZF,
    index_suffixes: &[".csi"],
    summary: "SAM text in BGZF blocks, as bgzip makes them",
};

impl RecordFormat for Sam {
    fn spec(&self) -> &'static SinkSpec {
        &PLAIN
    }

    fn form(&self) -> RecordForm {
        RecordForm::Sam
    }

    fn create(
        &self,
        target: Target,
        header: &RecordHeader<'_>,
        options: &SinkOptions,
    ) -> Result<Box<dyn Sink<Records>>> {
        records::plain(self, target, &text(header, &PLAIN)?, options)
    }
}

impl RecordFormat for SamGz {
    fn spec(&self) -> &'static SinkSpec {
        &BLOCKS
    }

    fn form(&self) -> RecordForm {
        RecordForm::Sam
    }

    fn create(
        &self,
        target: Target,
        header: &RecordHeader<'_>,
        options: &SinkOptions,
    ) -> Result<Box<dyn Sink<Records>>> {
        records::blocks(self, target, &text(header, &BLOCKS)?, header.header, options)
    }
}

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
