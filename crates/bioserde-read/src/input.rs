//! An input: opened, its header read, its table decided.

use std::collections::HashSet;
use std::sync::Arc;

use bioserde_core::{Compression, Family, FormatSpec, Region, VirtualPosition, parse_bed, vcf};
use bioserde_resolve::{Index, IndexKind, Want, detect, find_index, is_stale};
use bioserde_schema::alignments::{self, TagColumn};
use bioserde_schema::variants::{self, Genotypes, Selection};
use bioserde_schema::{TableSchema, metadata};
use bioserde_storage::Source;
use bioserde_storage::bgzf::{EOF_MARKER, Inflated};

use crate::batches::Decoder;
use crate::chunks::{Chunks, Extent, Progress};
use crate::error::{Error, ErrorKind, Place, Result};
use crate::filter::{Filter, Locator};
use crate::registry::{self, Header, InputFormat, RowPlan};
use crate::sample;
use crate::unit::{Assembler, Framer, Segment};

/// What is wanted of an input.
#[derive(Clone, Debug)]
pub struct Options {
    /// As [`Region::parse`] reads them; everything when empty and there is no BED text.
    pub regions: Vec<String>,
    /// A BED file, whose intervals are wanted besides.
    pub bed: Option<Bed>,
    /// Columns to keep, in order; all when absent.
    pub columns: Option<Vec<String>>,
    /// Tags that get a column besides those found.
    pub tags: Vec<TagColumn>,
    /// How genotypes become columns.
    pub genotypes: Genotypes,
    /// `INFO` keys that get a column; all when absent.
    pub info: Option<Vec<String>>,
    /// `FORMAT` keys that get a column; all when absent.
    pub format_keys: Option<Vec<String>>,
    /// Samples to keep, in order; all when absent.
    pub samples: Option<Vec<String>>,
    /// Takes a file that ends too early as far as it goes.
    pub allow_truncated: bool,
    /// Records in a batch, at most.
    pub batch_records: usize,
    /// Rows in a unit, at most.
    pub unit_rows: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            regions: Vec::new(),
            bed: None,
            columns: None,
            tags: Vec::new(),
            genotypes: Genotypes::Nested,
            info: None,
            format_keys: None,
            samples: None,
            allow_truncated: false,
            batch_records: 8192,
            unit_rows: 122_880,
        }
    }
}

/// The text of a BED file, and its path for messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bed {
    /// As the user gave it.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// A unit is full at this many bytes of source, whatever its rows: it bounds memory, and keeps row
/// groups of cohorts near the size that engines like.
const UNIT_BYTES: usize = 40 << 20;

/// So many oddities of a header are told one by one.
const MAX_NOTES: usize = 5;

/// An opened input.
#[derive(Debug)]
pub struct Input {
    source: Arc<Source>,
    format: &'static dyn InputFormat,
    compression: Compression,
    header: Header,
    /// Reference sequences that a region may name.
    names: Vec<String>,
    header_blocks: Vec<(u64, u32)>,
    /// Where records begin, in a BGZF file.
    first_record: Option<VirtualPosition>,
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
    index: Option<Index>,
}

impl Input {
    /// Opens a path, or standard input for `-`, and reads its header.
    ///
    /// # Errors
    ///
    /// The path cannot be read, its format is not known, its header is faulty, it is truncated, or a
    /// region is not one of the header's.
    pub fn open(path: &str, options: &Options) -> Result<Self> {
        let source = Arc::new(Source::open(path).map_err(|e| Error::new(path, e))?);
        let detected = detect(&source, &registry::specs()).map_err(|e| Error::new(path, e))?;
        let format = registry::by_spec(detected.spec).ok_or_else(|| {
            Error::new(path, ErrorKind::Header(format!("{} cannot be read", detected.spec.name)))
        })?;
        let compression = detected.compression;
        let progress = Arc::new(Progress::default());
        check_marker(&source, compression, options.allow_truncated, &progress)?;
        let mut chunks =
            Chunks::start(&source, compression, Extent::Whole, options.allow_truncated, &progress)?;
        let HeaderEnd { header, rest, blocks } = read_header(format, source.name(), &mut chunks)?;
        let mut input = Self {
            first_record: rest.virtual_position(0),
            tags: Vec::new(),
            header_blocks: blocks,
            names: header.names().into_iter().map(str::to_owned).collect(),
            source,
            format,
            compression,
            header,
            regions: None,
            chunks: Some(chunks),
            rest: Some(rest),
            progress,
            notices: Vec::new(),
            allow_truncated: options.allow_truncated,
            index: None,
        };
        input.note_oddities();
        input.observe_first_tags();
        input.set_regions(options)?;
        Ok(input)
    }

    /// The path as the user gave it.
    pub fn name(&self) -> &str {
        self.source.name()
    }

    /// Its format.
    pub fn spec(&self) -> &'static FormatSpec {
        self.format.spec()
    }

    pub(crate) fn format(&self) -> &'static dyn InputFormat {
        self.format
    }

    /// What its bytes are wrapped in.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Its size in bytes; nothing for a stream.
    pub fn size(&self) -> Option<u64> {
        self.source.size()
    }

    /// Its header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The index that serves its regions, where there is one.
    pub fn index(&self) -> Option<&Index> {
        self.index.as_ref()
    }

    /// Lines of the header that are out of the ordinary and were kept as they are.
    pub fn header_oddities(&self) -> &[String] {
        match &self.header {
            Header::Sam(h) => &h.oddities,
            Header::Vcf(h) => &h.oddities,
        }
    }

    /// Whether the input is text that ends inside its header's last line.
    pub(crate) fn has_unended_header(&self) -> bool {
        let text = match &self.header {
            Header::Sam(h) => &h.text,
            Header::Vcf(h) => &h.text,
        };
        self.format.framing().ends_with_input() && text.last().is_some_and(|b| *b != b'\n')
    }

    /// A handful of oddities is worth reading; of more, their number.
    fn note_oddities(&mut self) {
        let oddities = self.header_oddities();
        let mut notes: Vec<String> = oddities
            .iter()
            .take(MAX_NOTES)
            .map(|text| format!("{}: header: {text}", self.source.name()))
            .collect();
        if let Some(more) = oddities.len().checked_sub(MAX_NOTES).filter(|n| *n > 0) {
            notes.push(format!("{}: header: {more} more lines are out of the ordinary", self.source.name()));
        }
        self.notices.extend(notes);
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

    fn set_regions(&mut self, options: &Options) -> Result<()> {
        let wants_any = !options.regions.is_empty() || options.bed.is_some();
        if !wants_any {
            return Ok(());
        }
        self.find_index()?;
        self.add_names_of_index();
        if self.names.is_empty() && self.format.spec().family == Family::Variants {
            // Nothing tells which contigs there are: every record is asked.
            self.names = options.regions.iter().map(|text| Region::presumed_name(text)).collect();
            let bed = options.bed.iter().flat_map(|bed| bed.text.lines());
            self.names.extend(bed.filter_map(|line| line.split_whitespace().next()).map(str::to_owned));
            let name = self.source.name();
            self.notices
                .push(format!("{name}: the header declares no contigs: the regions' names are not checked"));
        }
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let failed = |e| Error::new(self.source.name(), ErrorKind::Region(e));
        let mut regions = Vec::new();
        for text in &options.regions {
            regions.push(Region::parse(text, &names).map_err(failed)?);
        }
        if let Some(bed) = &options.bed {
            let intervals = parse_bed(&bed.text, &names);
            regions.extend(intervals.map_err(|e| Error::new(&bed.path, ErrorKind::Region(e)))?);
            if regions.is_empty() {
                let text = format!("{}: there are no intervals: no record is wanted", bed.path);
                self.notices.push(text);
            }
        }
        self.regions = Some(regions);
        let Some(index) = &self.index else {
            let name = self.source.name();
            self.notices.push(format!("{name}: no index: the whole input is read to find the regions"));
            return Ok(());
        };
        let Some(filter) = self.filter() else { return Ok(()) };
        let wants = index_wants(&filter, index, &self.names);
        let plan = index.plan(&wants).map_err(|e| Error::new(self.source.name(), e))?;
        let first = self.first_record.unwrap_or_default();
        let mut pieces = plan.pieces;
        for piece in &mut pieces {
            // Nothing before the first record is a record.
            piece.start = piece.start.max(first);
        }
        // Reading from the start ends with the old stream; the new one reads the pieces only.
        self.progress = Arc::new(Progress::default());
        let extent = Extent::Pieces(pieces);
        self.chunks = Some(Chunks::start(
            &self.source,
            self.compression,
            extent,
            self.allow_truncated,
            &self.progress,
        )?);
        self.rest = None;
        Ok(())
    }

    fn find_index(&mut self) -> Result<()> {
        let Some(path) = self.source.path().filter(|_| self.compression == Compression::Bgzf) else {
            return Ok(());
        };
        let Some(index_path) = find_index(path, self.format.spec()) else { return Ok(()) };
        if is_stale(&index_path, path) {
            self.notices.push(format!("{}: the index is older than the file", index_path.display()));
        }
        let index = Index::read(&index_path).map_err(|e| Error::new(self.source.name(), e))?;
        self.check_index(&index, &index_path.display().to_string())?;
        self.index = Some(index);
        Ok(())
    }

    /// The index of another file leads to bytes that are no records, or says that there are none.
    fn check_index(&self, index: &Index, index_path: &str) -> Result<()> {
        let fault = |text: String| Err(Error::new(index_path, ErrorKind::Index(text)));
        let (indexed, declared) = (index.reference_count(), self.header.names().len());
        if index.kind() == IndexKind::Bai && indexed != declared {
            return fault(format!("it has {indexed} reference sequences, the header {declared}"));
        }
        let (first, size) = (self.first_record.unwrap_or_default(), self.source.size().unwrap_or(u64::MAX));
        // The end of the header's last block and the start of the next one are the same place.
        let earliest = first.compressed().saturating_sub(1 << 16);
        let is_outside =
            |start: &VirtualPosition| start.compressed() < earliest || start.compressed() >= size;
        let starts = index.record_starts();
        let has_records = self.rest.as_ref().is_some_and(|rest| !rest.bytes().is_empty());
        if starts.is_empty() && index.unplaced_count() == Some(0) && has_records {
            return fault("it has no records, but the file has".to_owned());
        }
        match starts.into_iter().find(is_outside) {
            Some(start) => fault(format!("it has records at {start}, where the file has none")),
            None => Ok(()),
        }
    }

    /// Loads the index, if there is one, for those who want to look into it.
    ///
    /// # Errors
    ///
    /// The index is faulty.
    pub fn load_index(&mut self) -> Result<Option<&Index>> {
        if self.index.is_none() {
            self.find_index()?;
        }
        Ok(self.index.as_ref())
    }

    /// The region filter; nothing when everything is wanted.
    pub fn filter(&self) -> Option<Filter> {
        let regions = self.regions.as_ref()?;
        let locate = self.format.locate(&self.header, &self.names);
        Some(Filter::new(self.format.framing(), locate, regions, &self.names))
    }

    /// Tells where records lie, for an index.
    pub fn locator(&self) -> Locator {
        Locator::new(self.format.framing(), self.format.locate(&self.header, &self.names))
    }

    /// A VCF need not declare its contigs; an index knows those that have records.
    fn add_names_of_index(&mut self) {
        for name in self.index.iter().filter_map(Index::names).flatten() {
            if !self.names.contains(name) {
                self.names.push(name.clone());
            }
        }
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
        let by_index = self.regions.is_some() && self.index.is_some();
        Framer::new(self.source.name(), self.format.framing(), by_index)
    }
}

/// A table that inputs become: its columns, and what makes them.
#[derive(Debug)]
pub struct Table {
    schema: TableSchema,
    decoder: Decoder,
    unit_records: usize,
    first: String,
    header: Header,
    format: &'static str,
}

impl Table {
    /// Decides the columns of inputs that share a header.
    ///
    /// # Errors
    ///
    /// The headers differ, or a column, key or sample is not there.
    pub fn of(inputs: &mut [Input], options: &Options) -> Result<Option<Self>> {
        let Some((first, others)) = inputs.split_first_mut() else { return Ok(None) };
        for other in &mut *others {
            check_same(first, other)?;
        }
        let mut tags = Vec::new();
        for input in std::iter::once(&*first).chain(&*others) {
            input.observe_tags(&mut tags);
        }
        let selection = selection(first, options)?;
        let mut table = match &first.header {
            Header::Sam(header) => {
                let columns = alignments::tag_columns(&tags, &options.tags);
                if let Some(missing) = options.tags.iter().find(|wanted| !columns.contains(wanted)) {
                    let tag = String::from_utf8_lossy(&missing.tag).into_owned();
                    return Err(Error::new(first.name(), ErrorKind::TagWithoutColumn { tag }));
                }
                alignments::table(header, &columns)
            }
            Header::Vcf(header) => variants::table(header, &selection),
        };
        if !others.is_empty() {
            // Sorted inputs one after the other are not sorted.
            table.metadata.remove(metadata::SORT_ORDER);
        }
        table.metadata.insert(metadata::SOURCE_FORMAT.to_owned(), first.spec().name.to_owned());
        let mut wanted = table.clone();
        if let Some(columns) = &options.columns {
            wanted.project(columns).map_err(|e| Error::new(first.name(), e))?;
        }
        let is_complete = wanted.columns.len() == table.columns.len() && selection.is_complete();
        wanted.metadata.insert(metadata::COMPLETE.to_owned(), is_complete.to_string());
        wanted.metadata.insert(metadata::COLUMNS.to_owned(), metadata::columns(&wanted.columns));
        if let Some(regions) = &first.regions {
            let texts: Vec<String> = regions.iter().map(ToString::to_string).collect();
            let texts = metadata::texts(texts.iter().map(String::as_str));
            wanted.metadata.insert(metadata::REGIONS.to_owned(), texts);
        }
        let plan = RowPlan { header: &first.header, table: &table, wanted: &wanted, selection: &selection };
        let rows = first.format.rows(&plan);
        let rows_per_record = rows_per_record(&first.header, &selection);
        let per_rows = |rows: usize| (rows / rows_per_record).max(1);
        let decoder = Decoder::new(first.format.framing(), rows, per_rows(options.batch_records));
        Ok(Some(Self {
            schema: wanted,
            decoder,
            unit_records: per_rows(options.unit_rows),
            first: first.name().to_owned(),
            header: first.header.clone(),
            format: first.spec().name,
        }))
    }

    /// The columns and metadata.
    pub fn schema(&self) -> &TableSchema {
        &self.schema
    }

    /// The name of the first input.
    pub fn first(&self) -> &str {
        &self.first
    }

    /// The header of the first input.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The name of the inputs' format.
    pub fn format(&self) -> &'static str {
        self.format
    }

    /// Makes record batches of units.
    pub fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// Collects records into units.
    pub fn assembler(&self, input: &Input) -> Assembler {
        Assembler::new(input.format.framing(), self.unit_records, UNIT_BYTES)
    }
}

impl Input {
    /// Done on opening: with regions, reading goes on elsewhere, and the columns must not depend on it.
    fn observe_first_tags(&mut self) {
        if let Some(rest) = self.rest.as_ref().filter(|_| self.format.spec().family == Family::Alignments) {
            self.format.observe_tags(rest.bytes(), &self.header, &mut self.tags);
        }
    }

    fn observe_tags(&self, tags: &mut Vec<TagColumn>) {
        if self.format.spec().family != Family::Alignments {
            return;
        }
        for tag in &self.tags {
            if !tags.iter().any(|t| t.tag == tag.tag) {
                tags.push(*tag);
            }
        }
        sample::observe_spread(self.format, &self.source, self.compression, &self.header, tags);
    }
}

/// Rows that a record becomes.
fn rows_per_record(header: &Header, selection: &Selection) -> usize {
    match header {
        Header::Vcf(h) if selection.genotypes == Genotypes::Long => selection.sample_indexes(h).len().max(1),
        _ => 1,
    }
}

/// A seekable BGZF file shows at once whether it has its end.
fn check_marker(
    source: &Source,
    compression: Compression,
    allow_truncated: bool,
    progress: &Progress,
) -> Result<()> {
    let Some(size) = source.size().filter(|_| compression == Compression::Bgzf) else { return Ok(()) };
    let marker = EOF_MARKER.len() as u64;
    let tail =
        source.read_at(size.saturating_sub(marker), marker).map_err(|e| Error::new(source.name(), e))?;
    if tail == EOF_MARKER {
        return Ok(());
    }
    if allow_truncated {
        progress.set_truncated();
        return Ok(());
    }
    let place = Place { record: None, virtual_position: VirtualPosition::new(size, 0) };
    Err(Error::new(source.name(), ErrorKind::NoEofMarker).at(place))
}

/// The header, what follows it in the chunk where it ends, and the blocks up to there.
struct HeaderEnd {
    header: Header,
    rest: Inflated,
    blocks: Vec<(u64, u32)>,
}

fn read_header(format: &dyn InputFormat, name: &str, chunks: &mut Chunks) -> Result<HeaderEnd> {
    let failed = |e: crate::batches::RecordError| Error::new(name, ErrorKind::Header(chain(e.as_ref())));
    let mut before: Vec<u8> = Vec::new();
    let mut blocks = Vec::new();
    loop {
        let Some(chunk) = chunks.next() else {
            let parsed = format.header(&before, true).map_err(failed)?;
            let (header, _) = parsed.ok_or_else(|| Error::new(name, ErrorKind::TruncatedHeader))?;
            return Ok(HeaderEnd { header, rest: Inflated::default(), blocks });
        };
        let inflated = chunk?.inflate()?;
        let start = before.len();
        blocks.extend(inflated.blocks());
        before.extend_from_slice(inflated.bytes());
        if let Some((header, len)) = format.header(&before, false).map_err(failed)? {
            let skipped = len.checked_sub(start);
            // A text header is known to have ended by what follows it, which may lie in the chunk before.
            let rest = match skipped {
                Some(n) => inflated.skip(n),
                None => Inflated::plain(before.split_off(len)),
            };
            return Ok(HeaderEnd { header, rest, blocks });
        }
    }
}

/// An error with its causes, for a place that keeps text only.
fn chain(e: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(e.source(), |e| e.source());
    causes.fold(e.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// The regions in the index's numbering: tabix counts the names it has seen, BAI and CSI those of the
/// header.
fn index_wants(filter: &Filter, index: &Index, names: &[String]) -> Vec<Want> {
    let wants = filter.wants();
    let Some(index_names) = index.names() else { return wants };
    let renumber = |want| match want {
        Want::Mapped { reference, interval } => {
            let name = names.get(reference)?;
            let reference = index_names.iter().position(|n| n == name)?;
            Some(Want::Mapped { reference, interval })
        }
        Want::Unplaced => Some(Want::Unplaced),
    };
    wants.into_iter().filter_map(renumber).collect()
}

fn check_same(first: &Input, other: &mut Input) -> Result<()> {
    let what = match (&first.header, &other.header) {
        _ if first.spec().name != other.spec().name => {
            Some(format!("it is {}, not {}", other.spec().name, first.spec().name))
        }
        (Header::Sam(a), Header::Sam(b)) if a.reference_sequences != b.reference_sequences => {
            Some("the reference sequences are not the same".to_owned())
        }
        (Header::Vcf(a), Header::Vcf(b)) => {
            variants_differ(a, b).map(|w| format!("the {w} are not the same"))
        }
        _ => None,
    };
    if let Some(what) = what {
        let kind = ErrorKind::HeadersDiffer { first: first.name().to_owned(), what };
        return Err(Error::new(other.name(), kind));
    }
    if first.header.text() != other.header.text() {
        let name = other.name().to_owned();
        other
            .notices
            .push(format!("{name}: its header's text differs; the metadata hold that of {}", first.name()));
    }
    Ok(())
}

fn variants_differ(a: &vcf::Header, b: &vcf::Header) -> Option<&'static str> {
    [
        ("samples", a.samples == b.samples),
        ("contigs", a.contigs == b.contigs),
        ("INFO definitions", a.infos == b.infos),
        ("FORMAT definitions", a.formats == b.formats),
        ("BCF dictionaries", a.strings == b.strings && a.contig_strings == b.contig_strings),
    ]
    .into_iter()
    .find(|(_, same)| !same)
    .map(|(what, _)| what)
}

/// Checks what was asked of genotypes, keys and samples against the header.
fn selection(input: &Input, options: &Options) -> Result<Selection> {
    let error = |kind| Error::new(input.name(), kind);
    let given = [
        ("--info", options.info.is_some()),
        ("--format-keys", options.format_keys.is_some()),
        ("--samples", options.samples.is_some()),
        ("--genotypes", options.genotypes != Genotypes::Nested),
        ("--tags", !options.tags.is_empty()),
    ];
    let header = match &input.header {
        Header::Vcf(header) => header,
        Header::Sam(_) => {
            let wrong = given.iter().find(|(option, given)| *given && *option != "--tags");
            return match wrong {
                Some((option, _)) => {
                    Err(error(ErrorKind::OptionForFormat { option, format: input.spec().name }))
                }
                None => Ok(Selection::default()),
            };
        }
    };
    if !options.tags.is_empty() {
        return Err(error(ErrorKind::OptionForFormat { option: "--tags", format: input.spec().name }));
    }
    let check = |kind: &'static str, keys: &Option<Vec<String>>, list: &[vcf::Definition]| {
        let known: HashSet<&str> = list.iter().map(|d| d.id.as_str()).collect();
        match keys.iter().flatten().find(|k| !known.contains(k.as_str())) {
            Some(key) => {
                let nearest = bioserde_core::nearest(key, list.iter().map(|d| d.id.as_str()));
                let nearest = nearest.first().map(|s| (*s).to_owned());
                Err(error(ErrorKind::UnknownKey { kind, key: key.clone(), nearest }))
            }
            None => Ok(()),
        }
    };
    check("INFO", &options.info, &header.infos)?;
    check("FORMAT", &options.format_keys, &header.formats)?;
    let index_of = |name: &String| {
        header.samples.iter().position(|s| s == name).ok_or_else(|| {
            let nearest = bioserde_core::nearest(name, header.samples.iter().map(String::as_str));
            let nearest = nearest.first().map(|s| (*s).to_owned());
            error(ErrorKind::UnknownSample { name: name.clone(), nearest })
        })
    };
    let samples = options.samples.as_ref().map(|list| list.iter().map(index_of).collect::<Result<Vec<_>>>());
    let names = options.samples.iter().flatten().enumerate();
    for (i, name) in names {
        if options.samples.iter().flatten().take(i).any(|earlier| earlier == name) {
            return Err(error(ErrorKind::RepeatedSample { name: name.clone() }));
        }
    }
    Ok(Selection {
        genotypes: options.genotypes,
        info: options.info.clone(),
        format: options.format_keys.clone(),
        samples: samples.transpose()?,
    })
}
