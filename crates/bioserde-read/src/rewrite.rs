//! Rewriting: the records of a dataset with some of their fields, tags or keys taken away, as whole BGZF
//! blocks.

mod bam;
mod bcf;
mod blocks;
mod fields;
mod keep;
mod vcf;

use std::io::Write;
use std::sync::Arc;

use bioserde_core::Compression;

use crate::batches::RecordError;
use crate::chunks::{Chunks, Extent};
use crate::dataset::Dataset;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::Filter;
use crate::unit::{Framer, Framing, Segment, record_len};
use blocks::Blocks;

pub(crate) use bam::BamRewriter;
pub(crate) use bcf::BcfRewriter;
pub use fields::{Field, Fields};
pub use keep::{Keep, Names};
pub(crate) use vcf::VcfRewriter;

/// Takes parts of records away, for one format.
pub(crate) trait Rewriter: std::fmt::Debug {
    /// Appends what is kept of a record. What was appended before an error is of no use.
    fn append(&mut self, record: &[u8], out: &mut Vec<u8>) -> std::result::Result<(), RecordError>;
}

/// Keeps all of every record of any format.
#[derive(Debug)]
struct Verbatim;

impl Rewriter for Verbatim {
    fn append(&mut self, record: &[u8], out: &mut Vec<u8>) -> std::result::Result<(), RecordError> {
        out.extend_from_slice(record);
        Ok(())
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rewritten {
    /// How many records.
    pub records: u64,
    /// How many bytes, compressed as they are.
    pub bytes: u64,
}

impl Dataset {
    /// Writes to `out` what `keep` says of each record, or of those that `filter` keeps: in the order of the
    /// file, each once, as whole BGZF blocks (SAMv1 §4.1) that begin at a record wherever one fits a block.
    /// Neither the header nor an end-of-file marker is written.
    ///
    /// With a filter and an index only the parts of the file that the index names are read; else all of it
    /// is, whatever it is wrapped in. A BGZF file need not have its end-of-file marker. Memory does not grow
    /// with the file: about 4 MiB of it are inflated at a time.
    ///
    /// `out` is flushed after each such part, also when nothing of it is wanted, so an error of `flush` stops
    /// even a search that finds nothing. What was written before an error stays written.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Write`]: `out` failed; nothing is wrong with the input.
    /// - [`ErrorKind::OptionForFormat`]: parts of this format's records cannot be taken away.
    /// - Others: the input cannot be read, or is corrupt or truncated where it is read. A block that is not
    ///   read is not checked.
    pub fn rewrite(&self, filter: Option<&Filter>, keep: &Keep, out: &mut dyn Write) -> Result<Rewritten> {
        let mut run = Run {
            rewriter: self.rewriter(keep)?,
            framing: self.format.framing(),
            filter,
            blocks: Blocks::new(self.name(), out),
            records: 0,
        };
        let (extent, by_index) = self.extent(filter)?;
        let mut framer = Framer::new(self.name(), self.format.framing(), by_index);
        // An extent says where records begin; without blocks there are no places.
        let mut header = if self.compression == Compression::Bgzf { 0 } else { self.header_bytes.len() };
        for chunk in Chunks::start(&self.source, self.compression, extent, false, &Arc::default())? {
            let chunk = chunk?.inflate()?;
            let skipped = header.min(chunk.bytes().len());
            header -= skipped;
            for segment in framer.push(chunk.skip(skipped))? {
                run.segment(&segment)?;
            }
            run.blocks.flush()?;
        }
        if let Some(last) = framer.finish(false)? {
            self.check_last_line(&last)?;
            run.segment(&last)?;
        }
        run.finish()
    }

    fn rewriter(&self, keep: &Keep) -> Result<Box<dyn Rewriter>> {
        if *keep == Keep::ALL {
            return Ok(Box::new(Verbatim));
        }
        self.format.rewriter(&self.header, keep).ok_or_else(|| {
            self.error(ErrorKind::OptionForFormat {
                option: "taking parts of records away",
                format: self.spec().name,
            })
        })
    }

    /// What has to be read, and whether an index says so.
    fn extent(&self, filter: Option<&Filter>) -> Result<(Extent, bool)> {
        let index = self.index.as_ref().filter(|_| self.compression == Compression::Bgzf);
        Ok(match filter.zip(index) {
            Some((filter, index)) => (Extent::Pieces(self.pieces(index, filter)?), true),
            None => (Extent::From(self.first_record.unwrap_or_default()), false),
        })
    }

    /// A last line without its end is a line, but not where the file lacks its own end as well.
    fn check_last_line(&self, last: &Segment) -> Result<()> {
        if self.has_marker()? {
            return Ok(());
        }
        Err(last.error(0, 0, ErrorKind::TruncatedRecord { got: last.bytes().len() }))
    }
}

struct Run<'a> {
    rewriter: Box<dyn Rewriter>,
    framing: Arc<dyn Framing>,
    filter: Option<&'a Filter>,
    blocks: Blocks<'a>,
    records: u64,
}

impl Run<'_> {
    fn segment(&mut self, segment: &Segment) -> Result<()> {
        let Some(filter) = self.filter else { return self.append(segment) };
        filter.apply(segment)?.iter().try_for_each(|wanted| self.append(wanted))
    }

    fn append(&mut self, segment: &Segment) -> Result<()> {
        let bytes = segment.bytes();
        let mut at = 0;
        for index in 0..segment.records() {
            let rest = bytes.get(at..).unwrap_or_default();
            let len = record_len(self.framing.as_ref(), rest);
            let record = rest.get(..len).unwrap_or_default();
            let rewriter = self.rewriter.as_mut();
            let fault = |e| -> Error { segment.error(index, at, ErrorKind::Record(e)) };
            self.blocks.append(|out| rewriter.append(record, out).map_err(fault))?;
            at += len;
        }
        self.records += segment.records() as u64;
        Ok(())
    }

    fn finish(self) -> Result<Rewritten> {
        Ok(Rewritten { records: self.records, bytes: self.blocks.finish()? })
    }
}
