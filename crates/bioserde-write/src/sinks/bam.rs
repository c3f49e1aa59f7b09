//! BAM (SAMv1 §4.2).

use bioserde_core::{RecordForm, Records, sam};
use bioserde_storage::Target;

use super::records::{self, word};
use crate::{RecordFormat, RecordHeader, Result, Sink, SinkOptions, SinkSpec};

/// The registry's entry.
#[derive(Debug)]
pub(crate) struct Bam;

static SPEC: SinkSpec = SinkSpec {
    name: "bam",
    suffixes: &[".bam"],
    streams: true,
    compressions: records::BGZF,
    index_suffixes: &[".bai", ".csi"],
    summary: "BAM: alignments in BGZF blocks, readable by samtools and every genome browser",
};

impl RecordFormat for Bam {
    fn spec(&self) -> &'static SinkSpec {
        &SPEC
    }

    fn form(&self) -> RecordForm {
        RecordForm::Bam
    }

    fn create(
        &self,
        target: Target,
        header: &RecordHeader<'_>,
        options: &SinkOptions,
    ) -> Result<Box<dyn Sink<Records>>> {
        let own = records::sam(header.header, &SPEC)?;
        let bytes = match records::verbatim(header, RecordForm::Bam) {
            Some(bytes) => bytes.to_vec(),
            None => header_bytes(own)?,
        };
        records::blocks(self, target, &bytes, header.header, options)
    }
}

/// The magic, the text, and the list of reference sequences.
fn header_bytes(header: &sam::Header) -> Result<Vec<u8>> {
    let text = records::ended_by_lf(&header.text);
    let references = &header.reference_sequences;
    let mut out = b"BAM\x01".to_vec();
    out.extend(word(text.len(), "bytes", &SPEC)?);
    out.extend(text);
    out.extend(word(references.len(), "reference sequences", &SPEC)?);
    for reference in references {
        out.extend(word(reference.name.len() + 1, "bytes", &SPEC)?);
        out.extend(reference.name.as_bytes());
        out.push(0);
        out.extend(reference.length.to_le_bytes());
    }
    Ok(out)
}
