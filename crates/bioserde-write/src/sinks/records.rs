//! What the formats of records share: a header, then the records as they come, plain or in BGZF blocks.

mod blocks;
mod index;
mod plain;

use bioserde_core::{Family, Header, RecordForm, Records, sam, vcf};
use bioserde_storage::Target;

use crate::{Error, RecordFormat, RecordHeader, Result, Sink, SinkOptions, SinkSpec};

/// The compression of every format whose records are in blocks.
pub(super) const BGZF: &[&str] = &["bgzf"];

/// A format whose output is a header and then the records as they come.
#[derive(Debug)]
pub(crate) struct Format {
    /// With [`BGZF`], the records are in blocks.
    pub(super) spec: &'static SinkSpec,
    pub(super) form: RecordForm,
    /// The bytes before the first record.
    pub(super) header: fn(&RecordHeader<'_>, &SinkSpec) -> Result<Vec<u8>>,
}

impl RecordFormat for Format {
    fn spec(&self) -> &'static SinkSpec {
        self.spec
    }

    fn form(&self) -> RecordForm {
        self.form
    }

    fn create(
        &self,
        target: Target,
        header: &RecordHeader<'_>,
        options: &SinkOptions,
    ) -> Result<Box<dyn Sink<Records>>> {
        let bytes = (self.header)(header, self.spec)?;
        if self.spec.compressions.is_empty() {
            self.spec.refuse_options(options)?;
            return Ok(Box::new(plain::Plain::begin(target, &bytes)?));
        }
        let level = blocks::level(options.compression.as_deref(), self.spec)?;
        let index = index::Index::begin(self, &target, header.header, options)?;
        Ok(Box::new(blocks::BlockSink::begin(target, &bytes, level, index)?))
    }
}

/// The source's own header, if it stands as the output's form has it.
pub(super) fn verbatim<'a>(header: &RecordHeader<'a>, form: RecordForm) -> Option<&'a [u8]> {
    header.bytes.filter(|(own, _)| *own == form).map(|(_, bytes)| bytes)
}

/// The header of alignments.
pub(super) fn sam<'a>(header: &'a Header, spec: &SinkSpec) -> Result<&'a sam::Header> {
    match header {
        Header::Sam(header) => Ok(header),
        Header::Vcf(_) => Err(Error::OtherFamily { format: spec.name, family: Family::Variants.name() }),
    }
}

/// The header of variants.
pub(super) fn vcf<'a>(header: &'a Header, spec: &SinkSpec) -> Result<&'a vcf::Header> {
    match header {
        Header::Vcf(header) => Ok(header),
        Header::Sam(_) => Err(Error::OtherFamily { format: spec.name, family: Family::Alignments.name() }),
    }
}

/// Text whose last line is ended, so that a record can follow.
pub(super) fn ended(text: &[u8]) -> Vec<u8> {
    let end: &[u8] = if text.is_empty() || text.ends_with(b"\n") { b"" } else { b"\n" };
    [text, end].concat()
}

/// The same, every line ended by `\n` alone: in a binary header no line has an end of its own kind.
pub(super) fn ended_by_lf(text: &[u8]) -> Vec<u8> {
    let mut out = ended(text);
    if memchr::memmem::find(&out, b"\r\n").is_some() {
        let lines = text.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        out = ended(&lines.collect::<Vec<_>>().join(&b'\n'));
    }
    out
}

/// A number as the binary headers have it.
pub(super) fn word(n: usize, what: &'static str, spec: &SinkSpec) -> Result<[u8; 4]> {
    let n = i32::try_from(n).map_err(|_| Error::HeaderTooLong { format: spec.name, what })?;
    Ok(n.to_le_bytes())
}
