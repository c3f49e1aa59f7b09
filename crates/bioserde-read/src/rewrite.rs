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
use bioserde_resolve::Piece;

use crate::batches::RecordError;
use crate::chunks::{Chunks, Extent};
use crate::dataset::Dataset;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::Filter;
use crate::unit::{Framer, Framing, Segment, record_len};
use blocks::Blocks;

pub(crate) use bam::BamRewriter;
pub(crate) use bcf::BcfRewriter;
pub use bioserde_core::Field;
pub use fields::Fields;
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
        let wanted = self.wanted_chunks(filter)?;
        self.rewrite_chunks(wanted, filter, keep, out)
    }

    /// The same of the records in a piece of [`Dataset::divide_all`], of a CRAM.
    ///
    /// # Errors
    ///
    /// As [`Dataset::rewrite`], and [`ErrorKind::OptionForFormat`] for other formats.
    pub fn rewrite_piece(&self, piece: Piece, keep: &Keep, out: &mut dyn Write) -> Result<Rewritten> {
        let range = piece.start.compressed()..piece.end.compressed();
        let parts = self.packing.as_ref().map(|packing| packing.parts_in(range)).transpose()?.flatten();
        let parts = parts.ok_or_else(|| {
            let (option, format) = ("rewriting a piece", self.spec().name);
            self.error(ErrorKind::OptionForFormat { option, format })
        })?;
        let chunks = Chunks::of_parts(self.name(), parts, false, &Arc::default())?;
        self.rewrite_chunks((chunks, false), None, keep, out)
    }

    /// Rewrites what is kept of chunks, which an index may have led to.
    fn rewrite_chunks(
        &self,
        (chunks, by_index): (Chunks, bool),
        filter: Option<&Filter>,
        keep: &Keep,
        out: &mut dyn Write,
    ) -> Result<Rewritten> {
        let mut run = Run {
            rewriter: self.rewriter(keep)?,
            framing: self.format.framing(),
            filter,
            blocks: Blocks::new(self.name(), out),
            records: 0,
        };
        let mut framer = Framer::new(self.name(), self.format.framing(), by_index);
        // An extent says where records begin; without blocks there are no places.
        let has_header = self.compression != Compression::Bgzf && self.packing.is_none();
        let mut header = if has_header { self.header_bytes.len() } else { 0 };
        for chunk in chunks {
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
    fn wanted_chunks(&self, filter: Option<&Filter>) -> Result<(Chunks, bool)> {
        if let Some(packing) = &self.packing {
            let wants = filter.map(Filter::wants);
            let chunks =
                Chunks::unpack(self.name(), packing.as_ref(), wants.as_deref(), false, &Arc::default());
            return Ok((chunks?, false));
        }
        let index = self.index.as_ref().filter(|_| self.compression == Compression::Bgzf);
        let (extent, by_index) = match filter.zip(index) {
            Some((filter, index)) => (Extent::Pieces(self.pieces(index, filter)?), true),
            None => (Extent::From(self.first_record.unwrap_or_default()), false),
        };
        let chunks = Chunks::start(&self.source, self.compression, extent, false, &Arc::default());
        Ok((chunks?, by_index))
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

#[cfg(test)]
mod tests {
    use std::io::{self, Read};
    use std::path::Path;

    use super::*;
    use bioserde_core::{Interval, Position, Region};
    use bioserde_storage::bgzf::EOF_MARKER;
    use bioserde_testkit::{alignments, bgzf, variants};
    use flate2::Compression as Level;
    use flate2::read::GzEncoder;

    const SMALL_BLOCKS: [usize; 2] = [3000, 17];

    fn dataset(folder: &Path, name: &str, bytes: &[u8]) -> Dataset {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        Dataset::open(path.to_str().unwrap()).unwrap()
    }

    /// The records, inflated.
    fn rewrite(dataset: &Dataset, regions: Option<&[Region]>, keep: &Keep) -> Result<Vec<u8>> {
        let filter = regions.map(|regions| dataset.filter(regions));
        let mut out = Vec::new();
        let rewritten = dataset.rewrite(filter.as_ref(), keep, &mut out)?;
        assert_eq!(rewritten.bytes, out.len() as u64);
        let records = bgzf::decompress(&out);
        if dataset.spec().name == "vcf" {
            let lines = records.split_inclusive(|b| *b == b'\n').count();
            assert_eq!(rewritten.records, lines as u64);
        }
        Ok(records)
    }

    fn variant_lines(n: usize) -> (String, Vec<String>) {
        (variants::typical_header(2), variants::typical(5, n, 2))
    }

    fn chr1() -> Vec<Region> {
        let at = |n| Position::new(n).unwrap();
        vec![Region::Mapped {
            name: "chr1".to_owned(),
            interval: Interval { start: at(1), end: at(2_000_000) },
        }]
    }

    #[test]
    fn text_of_every_wrapping_gives_the_same_blocks() {
        let (header, lines) = variant_lines(3000);
        let keep = Keep { format: Names::NONE, ..Keep::keys(Names::only(["DP"])) };
        for end in ["\n", "\r\n"] {
            let text = variants::vcf_text(&header, &lines).replace('\n', end);
            let mut gzip = Vec::new();
            GzEncoder::new(text.as_bytes(), Level::fast()).read_to_end(&mut gzip).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let datasets = [
                dataset(folder.path(), "plain.vcf", text.as_bytes()),
                dataset(folder.path(), "gzip.vcf.gz", &gzip),
                dataset(folder.path(), "bgzf.vcf.gz", &bgzf::compress(text.as_bytes(), &SMALL_BLOCKS, true)),
                dataset(folder.path(), "cut.vcf.gz", &bgzf::compress(text.as_bytes(), &SMALL_BLOCKS, false)),
            ];
            let left = lines.iter().map(|line| variants::kept(line, |key| key == "DP", |_| false) + end);
            let left: String = left.collect();
            for dataset in datasets {
                let body = text.split_at(dataset.header_bytes().len()).1;
                assert_eq!(rewrite(&dataset, None, &Keep::ALL).unwrap(), body.as_bytes());
                assert_eq!(rewrite(&dataset, None, &keep).unwrap(), left.as_bytes());
                let regions = rewrite(&dataset, Some(&chr1()), &keep).unwrap();
                let count = regions.split_inclusive(|b| *b == b'\n').count();
                assert!(count > 10 && count < 2900 && regions.starts_with(b"chr1\t"), "{count}");
                assert!(rewrite(&dataset, Some(&[]), &keep).unwrap().is_empty());
            }
        }
    }

    #[test]
    fn a_file_of_headers_has_no_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let text = variants::typical_header(0);
        for (name, bytes) in [
            ("plain.vcf", text.clone().into_bytes()),
            ("bgzf.vcf.gz", bgzf::compress(text.as_bytes(), &SMALL_BLOCKS, true)),
        ] {
            let mut out = Vec::new();
            let dataset = dataset(folder.path(), name, &bytes);
            assert_eq!(dataset.rewrite(None, &Keep::ALL, &mut out).unwrap(), Rewritten::default());
            assert!(out.is_empty());
        }
    }

    #[test]
    fn a_last_line_without_its_end_is_a_line_unless_the_file_is_cut() {
        let (header, lines) = variant_lines(100);
        let text = variants::vcf_text(&header, &lines);
        let text = text.trim_end().as_bytes();
        let folder = tempfile::tempdir().unwrap();
        let whole = [
            dataset(folder.path(), "plain.vcf", text),
            dataset(folder.path(), "marked.vcf.gz", &bgzf::compress(text, &SMALL_BLOCKS, true)),
        ];
        for dataset in whole {
            let body = text.split_at(dataset.header_bytes().len()).1;
            assert_eq!(rewrite(&dataset, None, &Keep::ALL).unwrap(), body);
        }
        let cut = dataset(folder.path(), "cut.vcf.gz", &bgzf::compress(text, &SMALL_BLOCKS, false));
        let error = rewrite(&cut, None, &Keep::ALL).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::TruncatedRecord { .. }), "{error}");
        assert!(error.is_truncation() && error.place().virtual_position.is_some());
    }

    fn bam() -> Vec<u8> {
        let records = alignments::typical(3, 4000);
        alignments::bam_bytes(&alignments::typical_header(), &records)
    }

    #[test]
    fn a_bam_is_whole_without_its_marker_and_faulty_when_cut_elsewhere() {
        let inflated = bam();
        let folder = tempfile::tempdir().unwrap();
        let bytes = bgzf::compress(&inflated, &SMALL_BLOCKS, true);
        let without = bytes.strip_suffix(&EOF_MARKER).unwrap();
        let keep = Keep { tags: Names::NONE, ..Keep::ALL };
        let whole = dataset(folder.path(), "whole.bam", &bytes);
        let records = inflated.split_at(whole.header_bytes().len()).1;
        assert_eq!(rewrite(&whole, None, &Keep::ALL).unwrap(), records);
        let unmarked = dataset(folder.path(), "unmarked.bam", without);
        assert_eq!(rewrite(&unmarked, None, &Keep::ALL).unwrap(), records);
        let cut = dataset(folder.path(), "cut.bam", without.split_at(without.len() - 5).0);
        assert!(rewrite(&cut, None, &keep).unwrap_err().is_truncation());
        // Between two blocks, inside a record.
        let cut = bgzf::compress(inflated.split_at(inflated.len() - 5).0, &SMALL_BLOCKS, false);
        let cut = dataset(folder.path(), "record.bam", &cut);
        let error = rewrite(&cut, None, &keep).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::TruncatedRecord { .. }), "{error}");
        let mut corrupt = bytes.clone();
        let middle = corrupt.len() / 2;
        corrupt.splice(middle..middle + 8, [0xaa; 8]);
        let corrupt = dataset(folder.path(), "corrupt.bam", &corrupt);
        assert!(matches!(rewrite(&corrupt, None, &keep).unwrap_err().kind(), ErrorKind::Block(_)));
    }

    #[test]
    fn a_faulty_record_is_told_with_its_place() {
        let (header, mut lines) = variant_lines(100);
        lines.splice(41..42, ["chr1\t5\t.\tA".to_owned()]);
        let folder = tempfile::tempdir().unwrap();
        let bytes = variants::vcf_bgzf(&header, &lines, &SMALL_BLOCKS, true);
        let dataset = dataset(folder.path(), "x.vcf.gz", &bytes);
        let error = rewrite(&dataset, None, &Keep::keys(Names::NONE)).unwrap_err();
        assert_eq!(error.place().record, Some(42));
        assert!(error.place().virtual_position.is_some());
        assert!(error.to_string().contains("the line has 4 columns"), "{error}");
    }

    /// Counts calls, and fails where it is told to.
    #[derive(Default)]
    struct Client {
        writes: u32,
        flushes: u32,
        fails_at_write: Option<u32>,
        fails_at_flush: Option<u32>,
    }

    impl Write for Client {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.writes += 1;
            if self.fails_at_write == Some(self.writes) {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            self.flushes += 1;
            if self.fails_at_flush == Some(self.flushes) {
                return Err(io::ErrorKind::TimedOut.into());
            }
            Ok(())
        }
    }

    #[test]
    fn a_client_that_leaves_stops_even_a_search_that_finds_nothing() {
        let folder = tempfile::tempdir().unwrap();
        // More than two chunks of 64 blocks.
        let dataset = dataset(folder.path(), "x.bam", &bgzf::compress(&bam(), &SMALL_BLOCKS, true));
        let mut all = Client::default();
        dataset.rewrite(None, &Keep::ALL, &mut all).unwrap();
        assert!(all.writes > 3 && all.flushes > 3);
        let mut client = Client { fails_at_write: Some(2), ..Client::default() };
        let error = dataset.rewrite(None, &Keep::ALL, &mut client).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Write(e) if e.kind() == io::ErrorKind::BrokenPipe));
        assert_eq!(client.writes, 2);
        let mut client = Client { fails_at_flush: Some(2), ..Client::default() };
        let error = dataset.rewrite(Some(&dataset.filter(&[])), &Keep::ALL, &mut client).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Write(e) if e.kind() == io::ErrorKind::TimedOut));
        assert_eq!((client.writes, client.flushes), (0, 2));
    }

    #[test]
    fn sam_is_kept_whole_or_refused() {
        let (header, records) = (alignments::typical_header(), alignments::typical(3, 50));
        let text = alignments::sam_text(&header, &records);
        let folder = tempfile::tempdir().unwrap();
        let dataset = dataset(folder.path(), "x.sam", text.as_bytes());
        let body = text.split_at(header.text.len()).1;
        assert_eq!(rewrite(&dataset, None, &Keep::ALL).unwrap(), body.as_bytes());
        let error = rewrite(&dataset, None, &Keep { tags: Names::NONE, ..Keep::ALL }).unwrap_err();
        assert!(error.to_string().contains("taking parts of records away does not apply to sam"), "{error}");
    }
}
