//! VCF text (VCF §1), plain or in BGZF blocks.

use bioserde_core::{RecordForm, Records};
use bioserde_storage::Target;

use super::records;
use crate::{RecordFormat, RecordHeader, Result, Sink, SinkOptions, SinkSpec};

/// The registry's entry of plain text.
#[derive(Debug)]
pub(crate) struct Vcf;

/// The registry's entry of text in BGZF blocks.
#[derive(Debug)]
pub(crate) struct VcfGz;

static PLAIN: SinkSpec = SinkSpec {
    name: "vcf",
    suffixes: &[".vcf"],
    streams: true,
    compressions: &[],
    index_suffixes: &[],
    summary: "VCF text",
};

static BLOCKS: SinkSpec = SinkSpec {
    name: "vcf.gz",
    suffixes: &[".vcf.gz", ".vcf.bgz"],
    streams: true,
    compressions: records::BGZF,
    index_suffixes: &[".tbi", ".csi"],
    summary: "VCF text in BGZF blocks, as bgzip makes them",
};

impl RecordFormat for Vcf {
    fn spec(&self) -> &'static SinkSpec {
        &PLAIN
    }

    fn form(&self) -> RecordForm {
        RecordForm::Vcf
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

impl RecordFormat for VcfGz {
    fn spec(&self) -> &'static SinkSpec {
        &BLOCKS
    }

    fn form(&self) -> RecordForm {
        RecordForm::Vcf
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

/// Keeps the `IDX` of a BCF header: they are the numbers of its records, should they become BCF again.
fn text(header: &RecordHeader<'_>, spec: &SinkSpec) -> Result<Vec<u8>> {
    let own = records::vcf(header.header, spec)?;
    Ok(records::ended(records::verbatim(header, RecordForm::Vcf).unwrap_or(&own.text)))
}
