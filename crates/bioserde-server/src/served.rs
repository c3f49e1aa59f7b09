//! A file that is served: its header, index and identity, ready for any number of requests.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use bioserde_core::{FormatSpec, Interval, Region, nearest};
use bioserde_crypt4gh::Keyring;
use bioserde_htsget::{Class, Error, ErrorKind, Format, TicketUrl};
use bioserde_read::{CRAM, CramDataset, Dataset, Filter, Reference, Want, specs};
use bioserde_resolve::{Object, find_index};
use bioserde_storage::Source;
use bioserde_storage::bgzf::{EOF_MARKER, compress_blocks};
use bytes::Bytes;

use crate::decoding::{reference_for, undecodable};
use crate::failure::{Chain, Failure};
use crate::file_stamp::FileStamp;

/// The largest header, as BGZF, that stands in a ticket; larger ones are fetched.
const INLINE_HEADER: usize = 64 << 10;

/// What tells one version of a file and its index from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    object: Object,
    data: FileStamp,
    index: Option<(PathBuf, FileStamp)>,
}

impl Stamp {
    /// Looks at the file and for its index. An index that a link leads to out of the folder is none.
    pub(crate) fn of(object: Object, spec: &FormatSpec) -> io::Result<Self> {
        let is_inside = |path: &PathBuf| {
            let inside = |root: &PathBuf| path.canonicalize().is_ok_and(|target| target.starts_with(root));
            object.root.as_ref().is_none_or(inside)
        };
        let index = object.index.clone().or_else(|| find_index(&object.path, spec).filter(is_inside));
        let index = index.map(|path| FileStamp::of(&path).map(|stamp| (path, stamp))).transpose()?;
        Ok(Self { data: FileStamp::of(&object.path)?, index, object })
    }

    /// Whether nothing has changed since.
    pub(crate) fn is_current(&self, spec: &FormatSpec) -> bool {
        Self::of(self.object.clone(), spec).is_ok_and(|now| now == *self)
    }

    /// Also tells how it is cut: a URL that was given for records must not get whole containers elsewhere.
    fn digest(&self, data: &Data) -> String {
        let index = self.index.as_ref().map(|(_, stamp)| stamp.text());
        let cut = if data.is_cut_at_records() { "at records" } else { "at containers" };
        let digest = digest(&SHA256, format!("{} {index:?} {cut}", self.data.text()).as_bytes());
        digest.as_ref().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The format of a file, and that in which it is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Form {
    pub(crate) file: Format,
    pub(crate) reply: Format,
}

impl Form {
    pub(crate) const CRAM_AS_BAM: Self = Self { file: Format::Cram, reply: Format::Bam };

    /// A file as it is.
    pub(crate) fn own(format: Format) -> Self {
        Self { file: format, reply: format }
    }
}

/// What files are opened with.
#[derive(Clone, Debug)]
pub(crate) struct Opener {
    /// Of encrypted ones.
    pub(crate) keys: Keyring,
    /// Of CRAM files.
    pub(crate) references: Vec<Arc<Reference>>,
}

/// A file by how it can be cut.
#[derive(Debug)]
pub(crate) enum Data {
    /// At records.
    Records {
        dataset: Box<Dataset>,
        /// Keeps nothing; see [`Filter::for_share`].
        filter: Box<Filter>,
    },
    /// At containers; and at records where [`CramDataset::is_exact`] says so.
    Containers(Box<CramDataset>),
}

impl Data {
    /// Whether slices of regions have the wanted records and no others.
    pub(crate) fn is_cut_at_records(&self) -> bool {
        match self {
            Self::Records { .. } => true,
            Self::Containers(cram) => cram.is_exact(),
        }
    }
}

/// An open file with all that a ticket needs.
#[derive(Debug)]
pub(crate) struct Served {
    /// In which it is served.
    pub(crate) format: Format,
    file: Format,
    pub(crate) data: Data,
    /// Changes with the file or its index.
    pub(crate) version: String,
    /// As the reply begins, the same in every one.
    pub(crate) header: Bytes,
    /// As the reply ends.
    pub(crate) end: &'static [u8],
    header_url: Option<TicketUrl>,
    numbers: HashMap<String, usize>,
    pub(crate) stamp: Stamp,
    /// Whether its records can be read.
    pub(crate) is_decodable: bool,
    /// What its records are decoded with.
    reference: Option<Arc<Reference>>,
    memory: u64,
}

impl Served {
    /// Opens the file of a stamp.
    pub(crate) fn open(form: Form, stamp: Stamp, opener: &Opener) -> Result<Self, Failure> {
        let source = open(&stamp.object.path, &opener.keys)?;
        let index = stamp.index.as_ref().map(|(path, _)| path.as_path());
        let mut notices = Vec::new();
        let Parts { data, header, end, is_decodable, reference } = match form {
            Form { file: Format::Cram, reply: Format::Cram } => {
                containers(source, index, &opener.references, &mut notices)?
            }
            Form { file: Format::Cram, .. } => decoded(source, index, &opener.references, &mut notices)?,
            Form { reply, .. } => records(reply, source, index, &mut notices)?,
        };
        for notice in notices {
            tracing::warn!("{notice}");
        }
        let inline = (header.len() <= INLINE_HEADER).then(|| TicketUrl::inline(&header));
        let index_size = stamp.index.as_ref().map_or(0, |(_, stamp)| stamp.length());
        // Inflated; what reads and writes containers has reference sequences of its own.
        let copies = if form.file == Format::Cram { 48 } else { 16 };
        let mut served = Self {
            version: stamp.digest(&data),
            header_url: inline.map(|url| url.with_class(Class::Header)),
            numbers: HashMap::new(),
            memory: 8 * index_size + copies * header.len() as u64 + 4096,
            format: form.reply,
            file: form.file,
            data,
            header,
            end,
            stamp,
            is_decodable,
            reference,
        };
        // Of names that stand twice the first counts, as elsewhere.
        let numbers = served.names().iter().enumerate().rev().map(|(i, name)| (name.clone(), i));
        served.numbers = numbers.collect();
        Ok(served)
    }

    /// The file's bytes.
    pub(crate) fn source(&self) -> &Arc<Source> {
        match &self.data {
            Data::Records { dataset, .. } => dataset.source(),
            Data::Containers(cram) => cram.source(),
        }
    }

    /// The file that can be cut at records, and the filter from which others are made.
    ///
    /// # Errors
    ///
    /// `UnsupportedFormat`: it is served as it is stored.
    pub(crate) fn records(&self) -> Result<(&Dataset, &Filter), Error> {
        match &self.data {
            Data::Records { dataset, filter } => Ok((dataset, filter)),
            Data::Containers(_) => {
                let message = format!("this part is not one of {}", self.format);
                Err(Error::new(ErrorKind::UnsupportedFormat, message))
            }
        }
    }

    /// Reference sequences, by number.
    pub(crate) fn names(&self) -> &[String] {
        match &self.data {
            Data::Records { dataset, .. } => dataset.names(),
            Data::Containers(cram) => cram.names(),
        }
    }

    /// The header as a part of a ticket, unless it is too large for that.
    pub(crate) fn header_url(&self) -> Option<&TicketUrl> {
        self.header_url.as_ref()
    }

    /// Whether the file is still the one that was opened.
    pub(crate) fn is_current(&self) -> bool {
        spec(self.file).is_some_and(|spec| self.stamp.is_current(spec))
    }

    /// The index, wherever it lies.
    pub(crate) fn index_path(&self) -> Option<&Path> {
        self.stamp.index.as_ref().map(|(path, ..)| path.as_path())
    }

    /// Whether its records are decoded to another format than the file's.
    pub(crate) fn is_decoded(&self) -> bool {
        self.file != self.format
    }

    /// The FASTA file that its records are decoded with.
    pub(crate) fn reference_path(&self) -> Option<&Path> {
        self.reference.as_ref().map(|reference| Path::new(reference.path()))
    }

    /// About how much memory it takes.
    pub(crate) fn memory(&self) -> u64 {
        self.memory
    }

    /// The number of a reference sequence.
    ///
    /// # Errors
    ///
    /// `NotFound`, with the nearest names.
    pub(crate) fn number(&self, name: &str) -> Result<usize, Error> {
        self.numbers.get(name).copied().ok_or_else(|| {
            let short: String = name.chars().take(100).collect();
            let error = Error::new(ErrorKind::NotFound, format!("there is no reference sequence `{short}`"));
            match nearest(&short, self.names().iter().map(String::as_str)).as_slice() {
                [] => error,
                names => error.with_hint(format!("did you mean {}?", names.join(" or "))),
            }
        })
    }

    /// Regions by number, ascending; those of [`bioserde_htsget::Query::selected`] are merged.
    pub(crate) fn wants(&self, regions: &[Region]) -> Result<Vec<Want>, Error> {
        let want = |region: &Region| match region {
            Region::Unplaced => Ok(Want::Unplaced),
            Region::Mapped { name, interval } => {
                Ok(Want::Mapped { reference: self.number(name)?, interval: *interval })
            }
        };
        let mut wants = regions.iter().map(want).collect::<Result<Vec<_>, Error>>()?;
        wants.sort_by_key(|want| match want {
            Want::Mapped { reference, interval } => (*reference, *interval),
            Want::Unplaced => (usize::MAX, Interval::ALL),
        });
        Ok(wants)
    }
}

struct Parts {
    data: Data,
    header: Bytes,
    end: &'static [u8],
    is_decodable: bool,
    reference: Option<Arc<Reference>>,
}

/// Opens a file, and decrypts it where that is needed.
fn open(path: &Path, keys: &Keyring) -> Result<Arc<Source>, Failure> {
    let source = Source::open_path(path).and_then(|source| source.decrypted(keys, false));
    source.map(Arc::new).map_err(|e| bioserde_read::Error::new(&path.to_string_lossy(), e).into())
}

fn containers(
    source: Arc<Source>,
    index: Option<&Path>,
    references: &[Arc<Reference>],
    notices: &mut Vec<String>,
) -> Result<Parts, Failure> {
    let mut cram = CramDataset::open_source(source, index, notices)?;
    let found = reference_for(&cram, references);
    match &found {
        Ok(reference) if !cram.cut_at_records(reference.clone()) => {
            tracing::info!(path = cram.name(), "slices are whole containers: CRAM 2 is not written");
        }
        Ok(_) => {}
        Err(e) if references.is_empty() => {
            tracing::info!(path = cram.name(), reason = %Chain(e), "slices are whole containers");
        }
        Err(e) => {
            tracing::warn!(path = cram.name(), reason = %Chain(e), "slices are whole containers");
        }
    }
    let range = cram.header_range();
    let header = cram.source().read_at(range.start, range.end - range.start);
    let header = header.map_err(|e| {
        tracing::error!(error = %Chain(&e), "a file cannot be read");
        Failure::internal("the file behind this id cannot be read")
    })?;
    let end = cram.eof_container();
    let (is_decodable, reference) = (found.is_ok(), found.unwrap_or_default());
    let data = Data::Containers(Box::new(cram));
    Ok(Parts { data, header: header.into(), end, is_decodable, reference })
}

/// A CRAM file as BAM.
fn decoded(
    source: Arc<Source>,
    index: Option<&Path>,
    references: &[Arc<Reference>],
    notices: &mut Vec<String>,
) -> Result<Parts, Failure> {
    let cram = CramDataset::open_source(Arc::clone(&source), index, &mut Vec::new())?;
    let reference = reference_for(&cram, references).map_err(|fault| undecodable(&cram, &fault))?;
    let dataset = Dataset::open_cram(source, index, reference.clone(), notices)?;
    Ok(Parts { reference, ..of_dataset(dataset)? })
}

fn records(
    format: Format,
    source: Arc<Source>,
    index: Option<&Path>,
    notices: &mut Vec<String>,
) -> Result<Parts, Failure> {
    let dataset = Dataset::open_source(source, index, notices)?;
    if !dataset.spec().name.eq_ignore_ascii_case(format.name()) {
        tracing::error!(
            path = dataset.name(),
            "the file is {} by its content, not {format}",
            dataset.spec().name
        );
        return Err(Failure::internal("the file behind this id is not of the format that its name says"));
    }
    // Its header is served all the same.
    if let Err(e) = dataset.check_end() {
        tracing::error!(error = %Chain(&e), "a file is not whole");
    }
    of_dataset(dataset)
}

fn of_dataset(dataset: Dataset) -> Result<Parts, Failure> {
    let header = compress_blocks(dataset.header_bytes());
    let header = header.map_err(|_| Failure::internal("the header behind this id cannot be compressed"))?;
    let data = Data::Records { filter: Box::new(dataset.filter(&[])), dataset: Box::new(dataset) };
    Ok(Parts { data, header: header.into(), end: &EOF_MARKER, is_decodable: true, reference: None })
}

/// The description of a format that files are served in.
pub(crate) fn spec(format: Format) -> Option<&'static FormatSpec> {
    if format == Format::Cram {
        return Some(&CRAM);
    }
    specs().into_iter().find(|spec| spec.name.eq_ignore_ascii_case(format.name()))
}

/// A shared file.
pub(crate) type Shared = Arc<Served>;
