use std::io::BufReader;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use bioserde_core::{Compression, FormatSpec};
use bioserde_cram::{At, ContainerHeader, CramFault, HeaderPart, MAX_EOF_LEN, Version, read_header};
use bioserde_crypt4gh::Keyring;
use bioserde_resolve::{Crai, detect, find_index, is_stale};
use bioserde_storage::Source;

use super::CRAM;
use super::edges::Edges;
use crate::dataset::{open_beside, open_source};
use crate::error::{Error, ErrorKind, Result};
use crate::registry::Header;

/// A CRAM file whose header and index are known, and from which slices can be cut: whole containers, or
/// records once [`CramDataset::cut_at_records`] was told how to decode them.
#[derive(Debug)]
pub struct CramDataset {
    source: Arc<Source>,
    pub(super) version: Version,
    header: Header,
    names: Vec<String>,
    /// Where the first data container starts.
    data_start: u64,
    /// Where the last one ends.
    data_end: u64,
    has_mark: bool,
    index: Option<Crai>,
    /// Set once a file without a mark is known to end with the end of a container.
    pub(super) is_whole: OnceLock<()>,
    /// Set where slices are cut at records.
    pub(super) edges: Option<Edges>,
}

/// Room for a container header with some 50 slices.
const HEADER_BUFFER: usize = 256;

impl CramDataset {
    /// Opens a path, reads its header, and its index where there is one.
    ///
    /// # Errors
    ///
    /// The path cannot be read or is no CRAM file of version 2.0, 2.1, 3.0 or 3.1, or its header or index
    /// is faulty.
    pub fn open(path: &str) -> Result<Self> {
        let beside = find_index(Path::new(path), &CRAM);
        Self::open_with(path, beside.as_deref(), &mut Vec::new())
    }

    /// The same with the index at a given place, or without one, and with notices of what is no error.
    ///
    /// # Errors
    ///
    /// As [`CramDataset::open`].
    pub fn open_with(path: &str, index: Option<&Path>, notices: &mut Vec<String>) -> Result<Self> {
        let source = open_source(path, &Keyring::default(), false)?;
        Self::open_source(source, index, notices)
    }

    /// The same of a file that is open, and decrypted where that is needed.
    ///
    /// # Errors
    ///
    /// As [`CramDataset::open`].
    pub fn open_source(source: Arc<Source>, index: Option<&Path>, notices: &mut Vec<String>) -> Result<Self> {
        let mut dataset = Self::without_index(source)?;
        if let Some(index) = index {
            dataset.read_index(index, notices)?;
        }
        if !dataset.has_eof() {
            let name = dataset.name();
            notices.push(format!("{name}: the mark of the end is missing: the file may be truncated"));
        }
        Ok(dataset)
    }

    fn without_index(source: Arc<Source>) -> Result<Self> {
        let path = source.name();
        let Some(size) = source.size() else {
            return Err(Error::new(path, bioserde_storage::Error::NotSeekable { path: path.to_owned() }));
        };
        let detected = detect(&source, &[&CRAM], &[]).map_err(|e| Error::new(path, e))?;
        if detected.compression != Compression::None {
            return Err(error(path, (0, CramFault::Compressed)));
        }
        let HeaderPart { version, header, len } = read_header(&source, size).map_err(|at| error(path, at))?;
        let tail = source.read_at(size.saturating_sub(MAX_EOF_LEN).max(len), MAX_EOF_LEN);
        let eof_len = version.eof_len(&tail.map_err(|e| Error::new(path, e))?);
        Ok(Self {
            names: header.names().into_iter().map(str::to_owned).collect(),
            source,
            header: Header::Sam(Arc::new(header)),
            data_start: len,
            data_end: size - eof_len.unwrap_or_default(),
            has_mark: eof_len.is_some(),
            version,
            index: None,
            is_whole: OnceLock::new(),
            edges: None,
        })
    }

    /// The path as the user gave it.
    pub fn name(&self) -> &str {
        self.source.name()
    }

    /// Its bytes.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Its format: [`CRAM`].
    pub fn spec(&self) -> &'static FormatSpec {
        &CRAM
    }

    /// Its SAM header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The reference sequences that a region may name.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The bytes of the file that stand before its records: the file definition and the container of
    /// the SAM header (CRAMv3 §6, §7).
    pub fn header_range(&self) -> Range<u64> {
        0..self.data_start
    }

    /// The container that marks the end of a file of this version (CRAMv3 §9); empty for CRAM 2.0, which
    /// has none.
    pub fn eof_container(&self) -> &'static [u8] {
        self.version.eof_container()
    }

    /// Whether the file ends with the mark of its end; true for CRAM 2.0, which has none.
    pub fn has_eof(&self) -> bool {
        self.has_mark || self.version.eof_container().is_empty()
    }

    pub(super) fn has_mark(&self) -> bool {
        self.has_mark
    }

    /// The index, where there is one.
    pub fn index(&self) -> Option<&Crai> {
        self.index.as_ref()
    }

    pub(super) fn data_end(&self) -> u64 {
        self.data_end
    }

    /// The data container at `offset`, which lies in the file as a whole.
    pub(super) fn container(&self, offset: u64) -> std::result::Result<ContainerHeader, CramFault> {
        let container = self.container_alone(offset)?;
        // A header of version 2 has no checksum: what follows tells more surely that one is there.
        let next = offset + container.container_len();
        if !self.version.has_checksums() && next < self.data_end {
            match self.container_alone(next) {
                // Its own end is for whoever reads it.
                Ok(_) | Err(CramFault::Truncated { .. }) => {}
                Err(fault @ (CramFault::Io(_) | CramFault::Storage(_))) => return Err(fault),
                Err(_) => return Err(CramFault::NoneFollows { next }),
            }
        }
        Ok(container)
    }

    fn container_alone(&self, offset: u64) -> std::result::Result<ContainerHeader, CramFault> {
        let bytes = BufReader::with_capacity(HEADER_BUFFER, self.source.stream(offset)?);
        ContainerHeader::read(bytes, self.version, self.data_end.saturating_sub(offset))
    }

    pub(super) fn error(&self, at: At) -> Error {
        error(self.name(), at)
    }

    fn read_index(&mut self, index_path: &Path, notices: &mut Vec<String>) -> Result<()> {
        if self.source.path().is_some_and(|path| is_stale(index_path, path)) {
            notices.push(format!("{}: the index is older than the file", index_path.display()));
        }
        let beside = open_beside(index_path, &self.source)?;
        let index = Crai::read_source(&beside).map_err(|e| Error::new(self.name(), e))?;
        self.check_index(&index)?;
        self.index = Some(index);
        Ok(())
    }

    /// The index of another file leads to bytes that are no containers, or says that there are none.
    fn check_index(&self, index: &Crai) -> Result<()> {
        let fault = |text: String| Err(Error::new(index.name(), ErrorKind::Crai(text)));
        let declared = self.names.len();
        if let Some(last) = index.last_reference().filter(|last| *last >= declared) {
            return fault(format!("it has reference sequence {last} (0-based), the header has {declared}"));
        }
        let data = self.data_start..self.data_end;
        if let Some(start) = index.containers().iter().find(|start| !data.contains(start)) {
            return fault(format!("it has a container at offset {start}, where the file has none"));
        }
        if index.containers().is_empty() && !data.is_empty() {
            let first = self.container(data.start).map_err(|fault| self.error((data.start, fault)))?;
            if first.records() > 0 {
                return fault("it has no containers, but the file has".to_owned());
            }
        }
        Ok(())
    }
}

/// A fault as an error of the file.
fn error(path: &str, (offset, fault): At) -> Error {
    let kind = match fault {
        CramFault::Io(e) => ErrorKind::Io(e),
        CramFault::Storage(e) => ErrorKind::Storage(e),
        fault => ErrorKind::Cram { offset, fault },
    };
    Error::new(path, kind)
}
