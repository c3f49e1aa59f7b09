//! VCF text (VCF §1), plain or in BGZF blocks.

use bioserde_core::RecordForm;

use super::records;
use crate::{RecordHeader, Result, SinkSpec};

/// The registry's entry of plain text.
pub(crate) static VCF: records::Format = records::Format {
    spec: &SinkSpec {
        name: "vcf",
        suffixes: &[".vcf"],
        streams: true,
        compressions: &[],
        index_suffixes: &[],
        summary: "VCF text",
    },
    form: RecordForm::Vcf,
    header: text,
};

/// The registry's entry of text in BGZF blocks.
pub(crate) static VCF_GZ: records::Format = records::Format {
    spec: &SinkSpec {
        name: "vcf.gz",
        suffixes: &[".vcf.gz", ".vcf.bgz"],
        streams: true,
        compressions: records::BGZF,
        index_suffixes: &[".tbi", ".csi"],
        summary: "VCF text in BGZF blocks, as bgzip makes them",
    },
    form: RecordForm::Vcf,
    header: text,
};

/// Keeps the `IDX` of a BCF header: they are the numbers of its records, should they become BCF again.
fn text(header: &RecordHeader<'_>, spec: &SinkSpec) -> Result<Vec<u8>> {
    let own = records::vcf(header.header, spec)?;
    Ok(records::ended(records::verbatim(header, RecordForm::Vcf).unwrap_or(&own.text)))
}
