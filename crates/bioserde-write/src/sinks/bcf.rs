//! BCF 2.2 (VCF 4.3 §6).

use bioserde_core::{RecordForm, vcf};

use super::records::{self, word};
use crate::{RecordHeader, Result, SinkSpec};

/// The registry's entry.
pub(crate) static BCF: records::Format = records::Format {
    spec: &SinkSpec {
        name: "bcf",
        suffixes: &[".bcf"],
        streams: true,
        compressions: records::BGZF,
        index_suffixes: &[".csi"],
        summary: "BCF: variants in binary form in BGZF blocks, readable by bcftools",
    },
    form: RecordForm::Bcf,
    header,
};

fn header(header: &RecordHeader<'_>, spec: &SinkSpec) -> Result<Vec<u8>> {
    let own = records::vcf(header.header, spec)?;
    match records::verbatim(header, RecordForm::Bcf) {
        Some(bytes) => Ok(bytes.to_vec()),
        None => header_bytes(own, spec),
    }
}

/// The magic, and the text with a NUL after it.
///
/// The text is the source's. `PASS` is entry 0 of the dictionary whether a line declares it or not, and lines
/// without `IDX` are numbered in their order (VCF 4.3 §6.2.1), by htslib as by [`vcf::Header::strings`].
fn header_bytes(header: &vcf::Header, spec: &SinkSpec) -> Result<Vec<u8>> {
    let mut text = records::ended_by_lf(&header.text);
    text.push(0);
    Ok([b"BCF\x02\x02", &word(text.len(), "bytes", spec)?[..], &text].concat())
}
