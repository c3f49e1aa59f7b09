//! BCF 2.2 (VCF 4.3 §6).

use bioserde_core::{RecordForm, Records, vcf};
use bioserde_storage::Target;

use super::records::{self, word};
use crate::{RecordFormat, RecordHeader, Result, Sink, SinkOptions, SinkSpec};

/// The registry's entry.
#[derive(Debug)]
pub(crate) struct Bcf;

static SPEC: SinkSpec = SinkSpec {
    name: "bcf",
    suffixes: &[".bcf"],
    streams: true,
    compressions: records::BGZF,
    index_suffixes: &[".csi"],
    summary: "BCF: variants in binary form in BGZF blocks, readable by bcftools",
};

impl RecordFormat for Bcf {
    fn spec(&self) -> &'static SinkSpec {
        &SPEC
    }

    fn form(&self) -> RecordForm {
        RecordForm::Bcf
    }

    fn create(
        &self,
        target: Target,
        header: &RecordHeader<'_>,
        options: &SinkOptions,
    ) -> Result<Box<dyn Sink<Records>>> {
        let own = records::vcf(header.header, &SPEC)?;
        let bytes = match records::verbatim(header, RecordForm::Bcf) {
            Some(bytes) => bytes.to_vec(),
            None => header_bytes(own)?,
        };
        records::blocks(self, target, &bytes, header.header, options)
    }
}

/// The magic, and the text with a NUL after it.
///
/// The text is the source's. `PASS` is entry 0 of the dictionary whether a line declares it or not, and lines
/// without `IDX` are numbered in their order (VCF 4.3 §6.2.1), by htslib as by [`vcf::Header::strings`].
fn header_bytes(header: &vcf::Header) -> Result<Vec<u8>> {
    let mut text = records::ended_by_lf(&header.text);
    text.push(0);
    Ok([b"BCF\x02\x02", &word(text.len(), "bytes", &SPEC)?[..], &text].concat())
}
