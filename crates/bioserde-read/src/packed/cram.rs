//! CRAM files as inputs: their containers unpack to BAM records.

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bioserde_core::FormatSpec;
use bioserde_cram::{At, Container, CramFault, CramReader, ReadOptions, Reference};
use bioserde_resolve::{Crai, Want, find_index};
use bioserde_storage::Source;

use super::{Packed, Packing, Parts};
use crate::cram::{CRAM, CramDataset};
use crate::error::{Error, ErrorKind, Result};
use crate::filter::Share;
use crate::input::Opening;

/// A CRAM file that is an input.
#[derive(Debug)]
pub(crate) struct CramPacking {
    source: Arc<Source>,
    /// As it was opened to look at its header: a stream cannot be opened again.
    reader: Mutex<Option<CramReader>>,
    header_bytes: Vec<u8>,
    description: String,
    reference: Option<Arc<Reference>>,
    /// Its containers as the server cuts them; nothing of a stream.
    dataset: Option<CramDataset>,
    /// The same with its index, once one was found.
    indexed: OnceLock<CramDataset>,
}

/// Whether a source is a CRAM file.
pub(crate) fn is_cram(source: &Source) -> Result<bool> {
    let head = source.peek(CRAM.magic.len()).map_err(|e| Error::new(source.name(), e))?;
    Ok(head == CRAM.magic)
}

impl CramPacking {
    pub(crate) fn open(source: &Arc<Source>, opening: &Opening) -> Result<Self> {
        let reference = match &opening.reference {
            Some(path) => {
                let reference = Reference::open(path);
                Some(Arc::new(reference.map_err(|e| error(source.name(), (0, e.into())))?))
            }
            None => None,
        };
        Self::with(source, reference)
    }

    /// The same with a reference that is open.
    pub(crate) fn with(source: &Arc<Source>, reference: Option<Arc<Reference>>) -> Result<Self> {
        let reader = read(source)?;
        let dataset = match source.size() {
            Some(_) => Some(CramDataset::open_source(Arc::clone(source), None, &mut Vec::new())?),
            None => None,
        };
        Ok(Self {
            source: Arc::clone(source),
            header_bytes: reader.bam_header(),
            description: format!("CRAM {}", reader.version()),
            reader: Mutex::new(Some(reader)),
            reference,
            dataset,
            indexed: OnceLock::new(),
        })
    }

    fn index(&self) -> Option<&Crai> {
        self.indexed.get().and_then(CramDataset::index)
    }

    /// The file by its containers, with its index if it has one.
    fn dataset(&self) -> Option<&CramDataset> {
        self.indexed.get().or(self.dataset.as_ref())
    }

    /// All containers, or those at some offsets.
    fn containers(&self, offsets: Option<Vec<u64>>) -> Result<Containers> {
        let first = self.reader.lock().unwrap_or_else(PoisonError::into_inner).take();
        let reader = first.map_or_else(|| read(&self.source), Ok)?;
        let (name, reference) = (self.source.name().to_owned(), self.reference.clone());
        Ok(Containers { name, reader, offsets: offsets.map(Vec::into_iter), reference })
    }
}

fn read(source: &Arc<Source>) -> Result<CramReader> {
    CramReader::open(Arc::clone(source), ReadOptions::default()).map_err(|at| error(source.name(), at))
}

impl Packing for CramPacking {
    fn describe(&self) -> String {
        self.description.clone()
    }

    fn spec(&self) -> Option<&'static FormatSpec> {
        Some(&CRAM)
    }

    fn header_bytes(&self) -> &[u8] {
        &self.header_bytes
    }

    fn shows_its_end(&self) -> bool {
        self.dataset.as_ref().is_some_and(|dataset| !dataset.eof_container().is_empty())
    }

    fn check_end(&self) -> Result<()> {
        match &self.dataset {
            Some(dataset) if !dataset.has_eof() => {
                let size = self.source.size().unwrap_or_default();
                Err(error(self.source.name(), (size, CramFault::NoMark)))
            }
            _ => Ok(()),
        }
    }

    fn find_index(&self, path: Option<&Path>, notices: &mut Vec<String>) -> Result<()> {
        let beside = || find_index(self.source.path()?, &CRAM);
        if self.has_index() || self.dataset.is_none() {
            return Ok(());
        }
        if let Some(path) = path.map(Path::to_owned).or_else(beside) {
            let mut found = Vec::new();
            let indexed = CramDataset::open_source(Arc::clone(&self.source), Some(&path), &mut found)?;
            if !indexed.has_eof() {
                // Told when the end was checked.
                found.pop();
            }
            notices.append(&mut found);
            self.indexed.get_or_init(|| indexed);
        }
        Ok(())
    }

    fn has_index(&self) -> bool {
        self.index().is_some()
    }

    fn divide(&self, regions: &[Want], bytes: u64, limit: usize) -> Option<Vec<Share>> {
        self.indexed.get()?.divide(regions, bytes, limit)
    }

    fn cuts(&self, bytes: u64) -> Result<Option<Vec<Range<u64>>>> {
        self.dataset().map(|dataset| dataset.cuts(dataset.whole_range()?, bytes)).transpose()
    }

    fn parts_in(&self, range: Range<u64>) -> Result<Option<Box<dyn Parts>>> {
        let Some(dataset) = self.dataset() else { return Ok(None) };
        let offsets = dataset.container_starts(range).collect::<Result<Vec<_>>>()?;
        Ok(Some(Box::new(self.containers(Some(offsets))?)))
    }

    fn parts(&self, wants: Option<&[Want]>) -> Result<Box<dyn Parts>> {
        let offsets = wants.zip(self.index()).map(|(wants, index)| index.plan(wants));
        Ok(Box::new(self.containers(offsets)?))
    }
}

struct Containers {
    name: String,
    reader: CramReader,
    /// Those to be read, where an index tells them.
    offsets: Option<std::vec::IntoIter<u64>>,
    reference: Option<Arc<Reference>>,
}

impl Parts for Containers {
    fn next_part(&mut self) -> Result<Option<Box<dyn Packed>>> {
        let container = match &mut self.offsets {
            None => self.reader.next_container(),
            Some(offsets) => {
                let mut containers =
                    offsets.map(|at| self.reader.container_at(at).map_err(|fault| (at, fault)));
                let has_records = |container: &Container| container.header().records() > 0;
                containers.find(|read| read.as_ref().map_or(true, has_records)).transpose()
            }
        };
        let container = container.map_err(|at| error(&self.name, at))?;
        Ok(container.map(|container| {
            let (name, reference) = (self.name.clone(), self.reference.clone());
            Box::new(PackedContainer { name, container, reference }) as Box<dyn Packed>
        }))
    }
}

#[derive(Debug)]
struct PackedContainer {
    name: String,
    container: Container,
    reference: Option<Arc<Reference>>,
}

impl Packed for PackedContainer {
    fn source_bytes(&self) -> u64 {
        self.container.header().container_len()
    }

    fn unpack(self: Box<Self>) -> Result<Vec<u8>> {
        let records = self.container.decode(self.reference.as_deref());
        records.map_err(|fault| error(&self.name, (self.container.offset(), fault)))
    }
}

fn error(path: &str, (offset, fault): At) -> Error {
    let kind = match fault {
        CramFault::Io(e) => ErrorKind::Io(e),
        CramFault::Storage(e) => ErrorKind::Storage(e),
        fault => ErrorKind::Cram { offset, fault },
    };
    Error::new(path, kind)
}
