//! VCF text (VCF 4.1 to 4.5).

mod annotations;
pub(crate) mod chrom;
pub(crate) mod conformance;
pub(crate) mod end;
pub(crate) mod genotypes;
pub(crate) mod info;
pub(crate) mod line;
pub(crate) mod number;
pub(crate) mod restore;
pub(crate) mod rows;
mod transcode;
pub(crate) mod values;

use std::sync::Arc;

use bioserde_core::{Family, FormatSpec, Interval, Position, RecordForm, vcf};

use crate::batches::{NewRows, RecordError};
use crate::filter::{Locate, Location};
use crate::lines::{LineFraming, header_len, strip_end};
use crate::model::{Models, VcfModels};
use crate::registry::{Header, InputFormat, RestorePlan, RowPlan};
use crate::restore::NewRestore;
use crate::rewrite::{Keep, Rewriter, VcfRewriter};
use crate::transcode::NewTranscode;
use crate::unit::Framing;
use chrom::Contigs;
use line::{Line, LineError};
use restore::NewVariantRestore;

/// The registry's entry.
#[derive(Debug)]
pub(crate) struct Vcf;

static SPEC: FormatSpec = FormatSpec {
    name: "vcf",
    family: Family::Variants,
    magic: b"##fileformat=VCF",
    suffixes: &[".vcf", ".vcf.gz", ".vcf.bgz"],
    index_suffixes: &[".tbi", ".csi"],
};

impl InputFormat for Vcf {
    fn spec(&self) -> &'static FormatSpec {
        &SPEC
    }

    fn header(&self, bytes: &[u8], at_end: bool) -> Result<Option<(Header, usize)>, RecordError> {
        let Some(len) = header_len(bytes, b'#', at_end) else { return Ok(None) };
        let header = vcf::Header::parse(bytes.get(..len).unwrap_or_default())?;
        Ok(Some((Header::Vcf(Arc::new(header)), len)))
    }

    fn framing(&self) -> Arc<dyn Framing> {
        Arc::new(LineFraming)
    }

    fn locate(&self, _header: &Header, names: &[String]) -> Arc<dyn Locate> {
        Arc::new(LocateVcf(Contigs::new(names.to_vec())))
    }

    fn rows(&self, plan: &RowPlan<'_>) -> Arc<dyn NewRows> {
        Arc::new(rows::NewVariantRows::new(plan.wanted, &vcf_header(plan.header), plan.selection))
    }

    fn restore(&self, plan: &RestorePlan<'_>) -> Option<Arc<dyn NewRestore>> {
        let is_crlf = plan.header.text().ends_with(b"\r\n");
        Some(Arc::new(NewVariantRestore::new(
            plan.table,
            plan.samples.clone(),
            &vcf_header(plan.header),
            is_crlf,
        )))
    }

    fn form(&self) -> RecordForm {
        RecordForm::Vcf
    }

    fn transcode(&self, header: &Header, form: RecordForm) -> Option<Arc<dyn NewTranscode>> {
        transcode::new_transcode(&vcf_header(header), form)
    }

    fn models(&self, header: &Header) -> Box<dyn Models> {
        Box::new(VcfModels::new(&vcf_header(header)))
    }

    fn rewriter(&self, header: &Header, keep: &Keep) -> Option<Box<dyn Rewriter>> {
        Some(Box::new(VcfRewriter::new(&vcf_header(header), keep)))
    }
}

/// The header of a VCF or BCF input.
pub(crate) fn vcf_header(header: &Header) -> Arc<vcf::Header> {
    match header {
        Header::Vcf(header) => Arc::clone(header),
        Header::Sam(_) => Arc::default(),
    }
}

#[derive(Debug)]
struct LocateVcf(Contigs);

impl Locate for LocateVcf {
    fn locate(&self, record: &[u8]) -> Result<Location, RecordError> {
        Ok(location(strip_end(record).0, &self.0)?)
    }

    fn name<'a>(&self, record: &'a [u8]) -> Option<&'a str> {
        let name = record.split(|b| *b == b'\t').next()?;
        std::str::from_utf8(name).ok()
    }
}

/// Where the record of a line lies.
pub(crate) fn location(text: &[u8], contigs: &Contigs) -> Result<Location, LineError> {
    let line = Line::parse(text)?;
    let position = |p: i32| u64::try_from(p).ok().and_then(Position::new);
    let interval = position(line.pos).zip(position(end::end_position(&line)));
    Ok(Location {
        reference: contigs.id(line.chrom).and_then(|id| usize::try_from(id).ok()),
        interval: interval.map(|(start, end)| Interval { start, end }),
        is_mapped: true,
    })
}
