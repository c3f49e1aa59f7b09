//! BAM (SAMv1 §4.2).

use bioserde_core::{RecordForm, sam};

use super::records::{self, word};
use crate::{RecordHeader, Result, SinkSpec};

/// The registry's entry.
pub(crate) static BAM: records::Format = records::Format {
    spec: &SinkSpec {
        name: "bam",
        suffixes: &[".bam"],
        streams: true,
        compressions: records::BGZF,
        index_suffixes: &[".bai", ".csi"],
        summary: "BAM: alignments in BGZF blocks, readable by samtools and every genome browser",
    },
    form: RecordForm::Bam,
    header,
};

fn header(header: &RecordHeader<'_>, spec: &SinkSpec) -> Result<Vec<u8>> {
    let own = records::sam(header.header, spec)?;
    match records::verbatim(header, RecordForm::Bam) {
        Some(bytes) => Ok(bytes.to_vec()),
        None => header_bytes(own, spec),
    }
}

/// The magic, the text, and the list of reference sequences.
fn header_bytes(header: &sam::Header, spec: &SinkSpec) -> Result<Vec<u8>> {
    let text = records::ended_by_lf(&header.text);
    let references = &header.reference_sequences;
    let mut out = b"BAM\x01".to_vec();
    out.extend(word(text.len(), "bytes", spec)?);
    out.extend(text);
    out.extend(word(references.len(), "reference sequences", spec)?);
    for reference in references {
        out.extend(word(reference.name.len() + 1, "bytes", spec)?);
        out.extend(reference.name.as_bytes());
        out.push(0);
        out.extend(reference.length.to_le_bytes());
    }
    Ok(out)
}
