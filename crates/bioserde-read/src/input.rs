//! An input: opened, its header read, its table decided.

mod options;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bioserde_core::{Compression, Family, FormatSpec, RecordForm, Region, VirtualPosition, parse_bed};
use bioserde_resolve::Index;
use bioserde_schema::alignments::TagColumn;
use bioserde_storage::Source;
use bioserde_storage::bgzf::Inflated;

use crate::chunks::{Chunk, Chunks, Extent, Progress};
use crate::dataset::{Dataset, HeaderReader, has_marker, identify, open_source};
use crate::error::{Error, ErrorKind, Place, Result};
use crate::filter::{Filter, Locator};
use crate::registry::{Header, InputFormat};
use crate::sample;
use crate::unit::{Framer, Segment};

pub use options::{Bed, Opening, Options};
pub use table::Table;
pub(crate) use table::{check_options, check_same};

/// An opened input.
#[derive(Debug)]
pub struct Input {
    pub(crate) dataset: Dataset,
    header_blocks: Vec<(u64, u32)>,
    /// Tags seen in the first records, for alignments.
    tags: Vec<TagColumn>,
    /// Nothing when everything is wanted.
    regions: Option<Vec<Region>>,
    chunks: Option<Chunks>,
    /// Inflated bytes after the header.
    rest: Option<Inflated>,
    progress: Arc<Progress>,
    notices: Vec<String>,
    allow_truncated: bool,
    /// Where the index is, if not beside the file.
    index_path: Option<PathBuf>,
}

impl Input {
    /// Opens a path, or standard input for `-`, and reads its header.
    ///
    /// # Errors
    ///
    /// The path cannot be read, its format is not known, its header is faulty, it is truncated, or a
    /// region is not one of the header's.
    pub fn open(path: &str, options: &Options) -> Result<Self> {
        Self::open_with(path, None, options)
    }

    /// The same with an index at another place.
    ///
    /// # Errors
    ///
    /// As [`Input::open`].
    pub fn open_with(path: &str, index: Option<&Path>, options: &Options) -> Result<Self> {
        Self::of(open_source(path, &options.keys, options.allow_truncated)?, index, options)
    }

    /// The same of a source that is open, decrypted where that is needed, and that nobody has read from.
    ///
    /// # Errors
    ///
    /// As [`Input::open`].
    pub fn open_source(source: Arc<Source>, options: &Options) -> Result<Self> {
        Self::of(source, None, options)
    }

    fn of(source: Arc<Source>, index: Option<&Path>, options: &Options) -> Result<Self> {
        let kind = identify(&source, &options.opening)?;
        let (format, compression) = (kind.format, kind.compression);
        let progress = Arc::new(Progress::default());
        if !has_marker(&source, compression)? {
            if !options.allow_truncated {
                let end = VirtualPosition::new(source.size().unwrap_or_default(), 0);
                let place = Place { record: None, virtual_position: end };
                return Err(Error::new(source.name(), ErrorKind::NoEofMarker).at(place));
            }
            progress.set_truncated();
        }
        if let Some(Err(e)) = kind.packing.as_ref().map(|packing| packing.check_end()) {
            if !options.allow_truncated {
                return Err(e);
            }
            progress.set_truncated();
        }
        let mut reader = HeaderReader::new(format, source.name());
        let (chunks, end, rest) = match &kind.packing {
            Some(packing) => {
                let end = reader.read_packed(packing.as_ref())?;
                let allow = options.allow_truncated;
                let mut chunks = Chunks::unpack(source.name(), packing.as_ref(), None, allow, &progress)?;
                let first = if options.opening.header_only { None } else { chunks.next().transpose()? };
                (chunks, end, first.map(Chunk::inflate).transpose()?.unwrap_or_default())
            }
            None => {
                let allow = options.allow_truncated;
                let mut chunks = Chunks::start(&source, compression, Extent::Whole, allow, &progress)?;
                let (end, rest) = reader.read(&mut chunks)?;
                (chunks, end, rest)
            }
        };
        let header_blocks = std::mem::take(&mut reader.blocks);
        let mut input = Self {
            dataset: Dataset::new(Arc::clone(&source), kind, end),
            header_blocks,
            tags: Vec::new(),
            regions: None,
            chunks: Some(chunks),
            rest: Some(rest),
            progress,
            notices: Vec::new(),
            allow_truncated: options.allow_truncated,
            index_path: index.map(Path::to_owned),
        };
        let packing = input.dataset.packing.clone();
        input.notices.extend(packing.iter().flat_map(|p| p.notices()).cloned());
        input.observe_first_tags();
        input.set_regions(options)?;
        Ok(input)
    }

    /// The path as the user gave it.
    pub fn name(&self) -> &str {
        self.dataset.name()
    }

    /// Its format.
    pub fn spec(&self) -> &'static FormatSpec {
        self.dataset.spec()
    }

    /// What one of its records is.
    pub fn form(&self) -> RecordForm {
        self.format().form()
    }

    pub(crate) fn format(&self) -> &'static dyn InputFormat {
        self.dataset.format
    }

    /// What its bytes are wrapped in.
    pub fn compression(&self) -> Compression {
        self.dataset.compression
    }

    /// What its records are unpacked from, for people; nothing for a stream of bytes.
    pub fn packing(&self) -> Option<String> {
        self.dataset.packing.as_ref().map(|packing| packing.describe())
    }

    /// What was odd in what was unpacked so far, and how often.
    pub fn packing_oddities(&self) -> Vec<(&'static str, u64)> {
        self.dataset.packing.as_ref().map(|packing| packing.oddities()).unwrap_or_default()
    }

    /// Whether it shows at once, without being read, that it has its end: BGZF and CRAM files do.
    pub fn shows_its_end(&self) -> bool {
        match &self.dataset.packing {
            Some(packing) => packing.shows_its_end(),
            None => self.compression() == Compression::Bgzf && self.size().is_some(),
        }
    }

    /// Whether it is decrypted as it is read.
    pub fn is_encrypted(&self) -> bool {
        self.dataset.source.is_encrypted()
    }

    /// Its size in bytes, once decrypted; nothing for a stream.
    pub fn size(&self) -> Option<u64> {
        self.dataset.source.size()
    }

    /// Its header.
    pub fn header(&self) -> &Header {
        &self.dataset.header
    }

    /// The index that serves its regions, where there is one.
    pub fn index(&self) -> Option<&Index> {
        self.dataset.index()
    }

    /// Whether an index was found that serves its regions, a CRAI of a CRAM included.
    pub fn has_index(&self) -> bool {
        self.index().is_some() || self.dataset.packing.as_ref().is_some_and(|packing| packing.has_index())
    }

    /// Lines of the header that are out of the ordinary and were kept as they are, each as `line N: WHAT`.
    pub fn header_oddities(&self) -> &[String] {
        match &self.dataset.header {
            Header::Sam(h) => &h.oddities,
            Header::Vcf(h) => &h.oddities,
        }
    }

    /// Whether the input is text that ends inside its header's last line.
    pub(crate) fn has_unended_header(&self) -> bool {
        let text = self.dataset.header.text();
        self.dataset.format.framing().ends_with_input() && text.last().is_some_and(|b| *b != b'\n')
    }

    /// The BGZF blocks up to the chunk in which the header ends: where each starts in the file, and how
    /// many bytes it inflates to.
    pub fn header_blocks(&self) -> &[(u64, u32)] {
        &self.header_blocks
    }

    /// Things that the user should know and that are no errors.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// How far reading has come.
    pub fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    /// Limits what is read to the regions and intervals of the options, in place of those that it was opened
    /// with. Nothing may have been taken yet.
    ///
    /// # Errors
    ///
    /// A region is not one of the header's, or the index is faulty.
    pub fn limit(&mut self, options: &Options) -> Result<()> {
        self.set_regions(options)
    }

    fn set_regions(&mut self, options: &Options) -> Result<()> {
        let wants_any = !options.regions.is_empty() || options.bed.is_some();
        if !wants_any {
            return Ok(());
        }
        self.find_index()?;
        let Self { dataset, notices, .. } = self;
        let name = dataset.name().to_owned();
        dataset.add_names_of_index();
        if dataset.names.is_empty() && dataset.spec().family == Family::Variants {
            // Nothing tells which contigs there are: every record is asked.
            dataset.names = options.regions.iter().map(|text| Region::presumed_name(text)).collect();
            let bed = options.bed.iter().flat_map(|bed| bed.text.lines());
            dataset.names.extend(bed.filter_map(|line| line.split_whitespace().next()).map(str::to_owned));
            let text = "the header declares no contigs: the regions' names are not checked";
            notices.push(format!("{name}: {text}"));
        }
        let regions = regions(dataset, options, notices)?;
        let filter = dataset.filter(&regions);
        self.regions = Some(regions);
        // A stream has no index to be made, and cannot be read again.
        if dataset.source.path().is_none() {
            return Ok(());
        }
        if let Some(packing) = dataset.packing.as_ref().filter(|p| p.has_index() || p.spec().is_none()) {
            let is_truncated = self.progress.is_truncated();
            self.progress = Arc::new(Progress::default());
            if is_truncated {
                self.progress.set_truncated();
            }
            let (wants, allow) = (filter.wants(), self.allow_truncated);
            let chunks = Chunks::unpack(&name, packing.as_ref(), Some(&wants), allow, &self.progress)?;
            (self.chunks, self.rest) = (Some(chunks), None);
            return Ok(());
        }
        let Some(index) = &dataset.index else {
            let notice = format!("{name}: no index: the whole input is read to find the regions");
            if !notices.contains(&notice) {
                notices.push(notice);
            }
            return Ok(());
        };
        let pieces = dataset.pieces(index, &filter)?;
        // Reading from the start ends with the old stream; the new one reads the pieces only.
        self.progress = Arc::new(Progress::default());
        let (extent, allow) = (Extent::Pieces(pieces), self.allow_truncated);
        let chunks = Chunks::start(&dataset.source, dataset.compression, extent, allow, &self.progress)?;
        self.chunks = Some(chunks);
        self.rest = None;
        Ok(())
    }

    /// Loads the index, if there is one, for those who want to look into it.
    ///
    /// # Errors
    ///
    /// The index is faulty.
    pub fn load_index(&mut self) -> Result<Option<&Index>> {
        if self.dataset.index.is_none() {
            self.find_index()?;
        }
        Ok(self.dataset.index())
    }

    fn find_index(&mut self) -> Result<()> {
        if let Some(packing) = &self.dataset.packing {
            return packing.find_index(self.index_path.as_deref(), &mut self.notices);
        }
        match &self.index_path {
            Some(path) => self.dataset.read_index(path, &mut self.notices),
            None => self.dataset.find_index(&mut self.notices),
        }
    }

    /// The region filter; nothing when everything is wanted.
    pub fn filter(&self) -> Option<Filter> {
        Some(self.dataset.filter(self.regions.as_ref()?))
    }

    /// Tells where records lie, for an index.
    pub fn locator(&self) -> Locator {
        self.dataset.locator()
    }

    /// The chunks, and the bytes after the header that come before them. Given once.
    pub fn take_chunks(&mut self) -> (Option<Inflated>, Option<Chunks>) {
        (self.rest.take(), self.chunks.take())
    }

    /// Ends the framing of this input's chunks: gives the last record where only the end of the input
    /// ends it.
    ///
    /// # Errors
    ///
    /// The input ends inside a record, unless it may: then the records before it were asked for.
    pub fn finish(&self, framer: &mut Framer) -> Result<Option<Segment>> {
        match framer.finish(self.progress.is_truncated()) {
            Err(e) if e.is_truncation() && self.allow_truncated => {
                self.progress.set_truncated();
                Ok(None)
            }
            outcome => outcome,
        }
    }

    /// Cuts this input's chunks into records.
    pub fn framer(&self) -> Framer {
        let by_index = self.regions.is_some() && self.dataset.index.is_some();
        Framer::new(self.dataset.name(), self.dataset.format.framing(), by_index)
    }
}

impl Input {
    /// Done on opening: with regions, reading goes on elsewhere, and the columns must not depend on it.
    fn observe_first_tags(&mut self) {
        let Some(rest) = self.rest.as_ref().filter(|_| self.spec().family == Family::Alignments) else {
            return;
        };
        self.dataset.format.observe_tags(rest.bytes(), &self.dataset.header, &mut self.tags);
    }

    pub(crate) fn observe_tags(&self, tags: &mut Vec<TagColumn>) {
        if self.spec().family != Family::Alignments {
            return;
        }
        for tag in &self.tags {
            if !tags.iter().any(|t| t.tag == tag.tag) {
                tags.push(*tag);
            }
        }
        let Dataset { format, source, compression, header, packing, .. } = &self.dataset;
        if packing.is_some() {
            return;
        }
        sample::observe_spread(*format, source, *compression, header, tags);
    }
}

/// The regions asked for, as the dataset has them.
fn regions(dataset: &Dataset, options: &Options, notices: &mut Vec<String>) -> Result<Vec<Region>> {
    let names: Vec<&str> = dataset.names.iter().map(String::as_str).collect();
    let parse = |text: &String| Region::parse(text, &names).map_err(|e| dataset.error(ErrorKind::Region(e)));
    let mut regions: Vec<Region> = options.regions.iter().map(parse).collect::<Result<_>>()?;
    if let Some(bed) = &options.bed {
        let intervals = parse_bed(&bed.text, &names);
        regions.extend(intervals.map_err(|e| Error::new(&bed.path, ErrorKind::Region(e)))?);
        if regions.is_empty() {
            notices.push(format!("{}: there are no intervals: no record is wanted", bed.path));
        }
    }
    Ok(regions)
}
