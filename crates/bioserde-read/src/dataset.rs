//! What is known of an input before a record is read: format, header, names, index.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use bioserde_core::{Compression, FormatSpec, RecordForm, Region, VirtualPosition};
use bioserde_crypt4gh::Keyring;
use bioserde_resolve::{Index, IndexKind, Piece, SlicePlan, Want, detect, find_index, is_stale};
use bioserde_storage::Source;
use bioserde_storage::bgzf::{EOF_MARKER, Inflated, ReadBlockError, read_block};

use crate::chunks::{Chunks, Extent};
use crate::cram::Reference;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::filter::{Filter, Locator};
use crate::formats::{bam, bcf};
use crate::input::Opening;
use crate::packed::Packing;
use crate::packed::cram::{CramPacking, is_cram};
use crate::packed::table::{TablePacking, is_table};
use crate::registry::{self, Header, InputFormat};
use crate::slice::End;

/// An input whose format, header and index are known.
#[derive(Debug)]
pub struct Dataset {
    pub(crate) source: Arc<Source>,
    pub(crate) format: &'static dyn InputFormat,
    pub(crate) compression: Compression,
    /// Where the records are no stream of bytes.
    pub(crate) packing: Option<Arc<dyn Packing>>,
    pub(crate) header: Header,
    /// As they stand in the input, inflated.
    pub(crate) header_bytes: Vec<u8>,
    /// Reference sequences that a region may name.
    pub(crate) names: Vec<String>,
    /// Where records begin, in a BGZF file.
    pub(crate) first_record: Option<VirtualPosition>,
    /// Whether anything follows the header.
    pub(crate) has_records: bool,
    pub(crate) index: Option<Index>,
    /// See [`Header::record_numbers`].
    record_numbers: Option<Vec<Option<usize>>>,
    /// Of a BGZF file, once it has been looked for.
    pub(crate) end: OnceLock<End>,
}

/// The header, and what follows it where it ends.
pub(crate) struct HeaderEnd {
    header: Header,
    header_bytes: Vec<u8>,
    /// In a BGZF file, the virtual position after the header.
    end: Option<VirtualPosition>,
    has_records: bool,
}

impl Dataset {
    /// Opens a path, reads its header, and its index where there is one.
    ///
    /// # Errors
    ///
    /// The path cannot be read, its format is not known, or its header or index is faulty.
    pub fn open(path: &str) -> Result<Self> {
        let mut dataset = Self::open_with(path, None, &mut Vec::new())?;
        dataset.find_index(&mut Vec::new())?;
        dataset.add_names_of_index();
        Ok(dataset)
    }

    /// The same with the index at a given place, or without one, and with notices of what is no error.
    ///
    /// # Errors
    ///
    /// As [`Dataset::open`].
    pub fn open_with(path: &str, index: Option<&Path>, notices: &mut Vec<String>) -> Result<Self> {
        Self::open_source(open_source(path, &Keyring::default(), false)?, index, notices)
    }

    /// The same of a file that is open, and decrypted where that is needed.
    ///
    /// # Errors
    ///
    /// As [`Dataset::open`].
    pub fn open_source(source: Arc<Source>, index: Option<&Path>, notices: &mut Vec<String>) -> Result<Self> {
        let mut dataset = Self::of(source, &Opening::default())?;
        if let Some(index) = index {
            dataset.read_index(index, notices)?;
        }
        dataset.add_names_of_index();
        if !dataset.has_marker()? {
            let name = dataset.name();
            notices.push(format!("{name}: the end-of-file marker is missing: the file may be truncated"));
        }
        Ok(dataset)
    }

    /// The records of a CRAM file as BAM: decoded with a reference, where they need one, whenever they are
    /// read. The index is a CRAI.
    ///
    /// # Errors
    ///
    /// The file is no CRAM that can be read, or its header or index is faulty.
    pub fn open_cram(
        source: Arc<Source>,
        index: Option<&Path>,
        reference: Option<Arc<Reference>>,
        notices: &mut Vec<String>,
    ) -> Result<Self> {
        let packing = CramPacking::with(&source, reference)?;
        if index.is_some() {
            packing.find_index(index, notices)?;
        }
        let mut reader = HeaderReader::new(&bam::Bam, source.name());
        let end = reader.read_packed(&packing)?;
        let packing: Option<Arc<dyn Packing>> = Some(Arc::new(packing));
        let kind = Kind { format: &bam::Bam, compression: Compression::None, packing };
        Ok(Self::new(source, kind, end))
    }

    /// Reads the header of a source.
    pub(crate) fn of(source: Arc<Source>, opening: &Opening) -> Result<Self> {
        let kind = identify(&source, opening)?;
        let mut reader = HeaderReader::new(kind.format, source.name());
        let end = match (&kind.packing, kind.compression) {
            (Some(packing), _) => reader.read_packed(packing.as_ref())?,
            (None, Compression::Bgzf) => read_header_blocks(kind.format, &source)?,
            (None, compression) => {
                let progress = Arc::default();
                let mut chunks = Chunks::start(&source, compression, Extent::Whole, true, &progress)?;
                reader.read(&mut chunks)?.0
            }
        };
        Ok(Self::new(source, kind, end))
    }

    pub(crate) fn new(source: Arc<Source>, kind: Kind, end: HeaderEnd) -> Self {
        let Kind { format, compression, packing } = kind;
        Self {
            names: end.header.names().into_iter().map(str::to_owned).collect(),
            record_numbers: end.header.record_numbers(format.form()),
            source,
            format,
            compression,
            packing,
            header: end.header,
            header_bytes: end.header_bytes,
            first_record: end.end,
            has_records: end.has_records,
            index: None,
            end: OnceLock::new(),
        }
    }

    /// The path as the user gave it.
    pub fn name(&self) -> &str {
        self.source.name()
    }

    /// Its bytes.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Its format; that of the records for a table.
    pub fn spec(&self) -> &'static FormatSpec {
        let own = self.packing.as_ref().and_then(|packing| packing.spec());
        own.unwrap_or_else(|| self.format.spec())
    }

    /// What its bytes are wrapped in.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Its header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The header's bytes as the format has them, inflated: text for SAM and VCF, and with what comes
    /// before and after the text for BAM (SAMv1 §4.2) and BCF (VCF §6.2).
    pub fn header_bytes(&self) -> &[u8] {
        &self.header_bytes
    }

    /// What stands after the text within its length, where that is not what usually does.
    pub(crate) fn header_padding(&self) -> Option<&[u8]> {
        let (bytes, text) = (&self.header_bytes, self.header.text());
        match self.format.form() {
            RecordForm::Bam => Some(bam::header::padding(bytes, text)).filter(|p| !p.is_empty()),
            RecordForm::Bcf => Some(bcf::padding(bytes, text)).filter(|p| *p != b"\0"),
            RecordForm::Sam | RecordForm::Vcf => None,
        }
    }

    /// The reference sequences that a region may name: those of the header, and others that an index
    /// knows.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The index, where there is one.
    pub fn index(&self) -> Option<&Index> {
        self.index.as_ref()
    }

    pub(crate) fn error(&self, kind: impl Into<ErrorKind>) -> Error {
        Error::new(self.source.name(), kind)
    }

    /// Reads the index beside the file, if there is one.
    pub(crate) fn find_index(&mut self, notices: &mut Vec<String>) -> Result<()> {
        let Some(path) = self.source.path().filter(|_| self.compression == Compression::Bgzf) else {
            return Ok(());
        };
        match find_index(path, self.format.spec()) {
            Some(index) => self.read_index(&index, notices),
            None => Ok(()),
        }
    }

    pub(crate) fn read_index(&mut self, index_path: &Path, notices: &mut Vec<String>) -> Result<()> {
        if self.source.path().is_some_and(|path| is_stale(index_path, path)) {
            notices.push(format!("{}: the index is older than the file", index_path.display()));
        }
        let beside = open_beside(index_path, &self.source)?;
        let index = Index::read_source(&beside).map_err(|e| self.error(e))?;
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
        if starts.is_empty() && index.unplaced_count() == Some(0) && self.has_records {
            return fault("it has no records, but the file has".to_owned());
        }
        match starts.into_iter().find(is_outside) {
            Some(start) => fault(format!("it has records at {start}, where the file has none")),
            None => Ok(()),
        }
    }

    /// A VCF need not declare its contigs; an index knows those that have records.
    pub(crate) fn add_names_of_index(&mut self) {
        for name in self.index.iter().filter_map(Index::names).flatten() {
            if !self.names.contains(name) {
                self.names.push(name.clone());
            }
        }
    }

    /// Keeps the records that overlap any of `regions`.
    pub fn filter(&self, regions: &[Region]) -> Filter {
        let locate = self.format.locate(&self.header, &self.names);
        Filter::new(self.format.framing(), locate, regions, &self.names)
    }

    /// Tells where records lie, for an index.
    pub(crate) fn locator(&self) -> Locator {
        Locator::new(self.format.framing(), self.format.locate(&self.header, &self.names))
    }

    /// A part that is wanted, in the index's numbering: tabix counts the names it has seen, BAI and CSI
    /// those of the header, or as the records of BCF do. Nothing where the index has no such number, and thus
    /// no records.
    pub(crate) fn index_want(&self, index: &Index, want: Want) -> Option<Want> {
        let Want::Mapped { reference, interval } = want else { return Some(want) };
        let reference = match (index.names(), &self.record_numbers) {
            (Some(index_names), _) => {
                let name = self.names.get(reference)?;
                index_names.iter().position(|n| n == name)?
            }
            (None, Some(numbers)) => {
                let number = numbers.get(reference).copied().flatten()?;
                // htslib counts contigs, not their numbers: where these have gaps, it has no entries for the
                // last ones unless they have records.
                let is_beyond = number >= self.names.len() && number >= index.reference_count();
                (!is_beyond).then_some(number)?
            }
            (None, None) => reference,
        };
        Some(Want::Mapped { reference, interval })
    }

    /// The parts of a file that hold the records that a filter keeps, and some others.
    pub(crate) fn pieces(&self, index: &Index, filter: &Filter) -> Result<Vec<Piece>> {
        let wants: Vec<_> =
            filter.wants().into_iter().filter_map(|want| self.index_want(index, want)).collect();
        let SlicePlan { mut pieces } = index.plan(&wants).map_err(|e| self.error(e))?;
        for piece in &mut pieces {
            // Nothing before the first record is a record.
            piece.start = piece.start.max(self.first_record.unwrap_or_default());
        }
        Ok(pieces)
    }

    /// Whether a BGZF file ends with the end-of-file marker (SAMv1 §4.1.2); true for others.
    pub(crate) fn has_marker(&self) -> Result<bool> {
        has_marker(&self.source, self.compression)
    }
}

/// Opens a path, or standard input for `-`, and decrypts it where that is needed.
pub(crate) fn open_source(path: &str, keys: &Keyring, allow_truncated: bool) -> Result<Arc<Source>> {
    let source = Source::open(path).and_then(|source| source.decrypted(keys, allow_truncated));
    source.map(Arc::new).map_err(|e| Error::new(path, e))
}

/// Opens what belongs to a source, with its keys.
pub(crate) fn open_beside(path: &Path, source: &Source) -> Result<Source> {
    let beside = Source::open_path(path).and_then(|beside| beside.decrypted(source.keys(), false));
    beside.map_err(|e| Error::new(source.name(), e))
}

/// What a source was found to be.
#[derive(Debug)]
pub(crate) struct Kind {
    /// Of its records.
    pub(crate) format: &'static dyn InputFormat,
    /// What its bytes are wrapped in; none where it is packed.
    pub(crate) compression: Compression,
    /// Where its records are no stream of bytes.
    pub(crate) packing: Option<Arc<dyn Packing>>,
}

/// What [`identify`] looks for before the formats of the registry.
const PACKED: [&str; 5] = ["cram", "parquet", "arrow", "sqlite", "jsonl"];

/// Recognises the format of a source.
pub(crate) fn identify(source: &Arc<Source>, opening: &Opening) -> Result<Kind> {
    if is_table(source, opening)? {
        let (format, packing) = TablePacking::open(source, opening)?;
        return Ok(Kind { format, compression: Compression::None, packing: Some(Arc::new(packing)) });
    }
    let refuse = |format: &'static str| match &opening.header_from {
        Some(_) => {
            Err(Error::new(source.name(), ErrorKind::OptionForFormat { option: "--header-from", format }))
        }
        None => Ok(()),
    };
    if is_cram(source)? {
        refuse("cram")?;
        let packing = CramPacking::open(source, opening)?;
        let format = &bam::Bam;
        return Ok(Kind { format, compression: Compression::None, packing: Some(Arc::new(packing)) });
    }
    let detected = detect(source, &registry::specs(), &PACKED).map_err(|e| Error::new(source.name(), e))?;
    let format = registry::by_spec(detected.spec).ok_or_else(|| {
        Error::new(source.name(), ErrorKind::Header(format!("{} cannot be read", detected.spec.name)))
    })?;
    refuse(detected.spec.name)?;
    let packing = format.packing(source, opening)?;
    Ok(Kind { format, compression: detected.compression, packing })
}

/// A seekable BGZF file shows at once whether it has its end.
pub(crate) fn has_marker(source: &Source, compression: Compression) -> Result<bool> {
    let Some(size) = source.size().filter(|_| compression == Compression::Bgzf) else { return Ok(true) };
    let marker = EOF_MARKER.len() as u64;
    let tail = source.read_at(size.saturating_sub(marker), marker);
    Ok(tail.map_err(|e| Error::new(source.name(), e))? == EOF_MARKER)
}

/// Reads the header of a BGZF file block by block: no more of them than it takes.
fn read_header_blocks(format: &'static dyn InputFormat, source: &Source) -> Result<HeaderEnd> {
    let mut reader = HeaderReader::new(format, source.name());
    let mut offset = 0;
    loop {
        let block = read_block(source, offset).map_err(|e| block_error(source.name(), offset, e))?;
        let Some(block) = block else {
            let mut end = reader.finish()?;
            end.end = VirtualPosition::new(offset, 0);
            return Ok(end);
        };
        offset = block.next;
        let before = reader.bytes.len();
        reader.bytes.extend_from_slice(&block.bytes);
        let Some((header, len)) = reader.parse(false)? else { continue };
        let mut has_records = len < reader.bytes.len();
        // A text header is known to have ended by what follows it, which may lie in a block before.
        let end = match len.checked_sub(before) {
            Some(at) if at < block.bytes.len() => {
                VirtualPosition::new(block.offset, u16::try_from(at).unwrap_or(0))
            }
            Some(_) => {
                let next = read_block(source, offset).map_err(|e| block_error(source.name(), offset, e))?;
                has_records = next.is_some_and(|block| !block.bytes.is_empty());
                VirtualPosition::new(offset, 0)
            }
            None => reader.place(source, len)?,
        };
        reader.bytes.truncate(len);
        return Ok(HeaderEnd { header, header_bytes: reader.bytes, end, has_records });
    }
}

pub(crate) fn block_error(name: &str, offset: u64, e: ReadBlockError) -> Error {
    match e {
        ReadBlockError::Storage(e) => Error::new(name, e),
        ReadBlockError::Block(e) => {
            let place = Place { record: None, virtual_position: VirtualPosition::new(offset, 0) };
            Error::new(name, ErrorKind::Block(e)).at(place)
        }
    }
}

/// Collects bytes until they hold a header.
pub(crate) struct HeaderReader<'a> {
    format: &'static dyn InputFormat,
    name: &'a str,
    bytes: Vec<u8>,
    /// Where each block starts in the file, and how many bytes it inflates to.
    pub(crate) blocks: Vec<(u64, u32)>,
}

impl<'a> HeaderReader<'a> {
    pub(crate) fn new(format: &'static dyn InputFormat, name: &'a str) -> Self {
        Self { format, name, bytes: Vec::new(), blocks: Vec::new() }
    }

    /// Reads chunks up to the one in which the header ends; gives what follows it there as well.
    pub(crate) fn read(&mut self, chunks: &mut Chunks) -> Result<(HeaderEnd, Inflated)> {
        loop {
            let Some(chunk) = chunks.next() else { return Ok((self.finish()?, Inflated::default())) };
            let inflated = chunk?.inflate()?;
            let start = self.bytes.len();
            self.blocks.extend(inflated.blocks());
            self.bytes.extend_from_slice(inflated.bytes());
            let Some((header, len)) = self.parse(false)? else { continue };
            let rest = match len.checked_sub(start) {
                Some(n) => inflated.skip(n),
                // As above: it may lie in the chunk before.
                None => Inflated::plain(self.bytes.split_off(len)),
            };
            let mut header_bytes = std::mem::take(&mut self.bytes);
            header_bytes.truncate(len);
            let (end, has_records) = (rest.virtual_position(0), !rest.bytes().is_empty());
            return Ok((HeaderEnd { header, header_bytes, end, has_records }, rest));
        }
    }

    /// Reads the header of what has to be unpacked.
    pub(crate) fn read_packed(&mut self, packing: &dyn Packing) -> Result<HeaderEnd> {
        self.bytes.extend_from_slice(packing.header_bytes());
        Ok(HeaderEnd { has_records: true, ..self.finish()? })
    }

    fn parse(&self, at_end: bool) -> Result<Option<(Header, usize)>> {
        let failed =
            |e: crate::batches::RecordError| Error::new(self.name, ErrorKind::Header(chain(e.as_ref())));
        self.format.header(&self.bytes, at_end).map_err(failed)
    }

    /// The header of an input that has nothing else.
    fn finish(&mut self) -> Result<HeaderEnd> {
        let parsed = self.parse(true)?;
        let (header, len) = parsed.ok_or_else(|| Error::new(self.name, ErrorKind::TruncatedHeader))?;
        let mut header_bytes = std::mem::take(&mut self.bytes);
        header_bytes.truncate(len);
        Ok(HeaderEnd { header, header_bytes, end: None, has_records: false })
    }

    /// The place of a byte among the inflated bytes of the file.
    fn place(&self, source: &Source, at: usize) -> Result<Option<VirtualPosition>> {
        let (mut offset, mut passed) = (0, 0);
        loop {
            let block = read_block(source, offset).map_err(|e| block_error(self.name, offset, e))?;
            let Some(block) = block else { return Ok(VirtualPosition::new(offset, 0)) };
            if at < passed + block.bytes.len() {
                let within = u16::try_from(at - passed).unwrap_or(0);
                return Ok(VirtualPosition::new(offset, within));
            }
            passed += block.bytes.len();
            offset = block.next;
        }
    }
}

/// An error with its causes, for a place that keeps text only.
fn chain(e: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(e.source(), |e| e.source());
    causes.fold(e.to_string(), |text, cause| format!("{text}: {cause}"))
}
