use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use md5::{Digest, Md5};
use noodles_core::{Position, Region};
use noodles_fasta as fasta;
use thiserror::Error;

/// A reference sequence that a file was written against, as its header has it (SAMv1 §1.3, `@SQ`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceSequence {
    /// `SN`.
    pub name: String,
    /// `LN`, in bases.
    pub length: u32,
    /// `M5`, if the header tells it: 32 hexadecimal digits.
    pub md5: Option<String>,
}

/// The reference sequences of a FASTA file, read where they are needed. Can be used by many threads.
#[derive(Debug)]
pub struct Reference {
    path: String,
    lengths: HashMap<String, u64>,
    fasta: Mutex<Fasta>,
    cache: Mutex<Cache>,
}

struct Fasta(fasta::io::IndexedReader<fasta::io::BufReader<File>>);

impl std::fmt::Debug for Fasta {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fasta")
    }
}

/// Whole sequences, the last used last.
#[derive(Debug, Default)]
struct Cache(Vec<Arc<Sequence>>);

/// A whole sequence in upper case.
#[derive(Debug)]
pub(crate) struct Sequence {
    name: String,
    bases: Vec<u8>,
}

/// Whole sequences are kept up to this size together, and at least the last one.
const CACHE: usize = 256 << 20;

impl Sequence {
    pub(crate) fn bases(&self) -> &[u8] {
        &self.bases
    }
}

/// Why the bases of a reference sequence cannot be had.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReferenceFault {
    /// No reference was given.
    #[error("the records need reference sequence `{}` ({})", .wanted.name, described(.wanted))]
    NotGiven {
        /// What the header says of it.
        wanted: ReferenceSequence,
    },
    /// The FASTA file lacks the sequence.
    #[error("{path}: it has no sequence `{}` ({}), which the records need", .wanted.name, described(.wanted))]
    Absent {
        /// The FASTA file.
        path: String,
        /// What the header says of it.
        wanted: ReferenceSequence,
    },
    /// The sequence has another length than the header says.
    #[error("{path}: sequence `{name}` has {found} bases, the header says {wanted}")]
    Length {
        /// The FASTA file.
        path: String,
        /// Of the sequence.
        name: String,
        /// In bases.
        found: u64,
        /// In bases.
        wanted: u32,
    },
    /// The sequence has other bases than those that the file was written against.
    #[error("{path}: sequence `{name}`{} has MD5 {found}, the CRAM file was written against {wanted}",
        .interval.map(|(a, b)| format!(" at {a}-{b}")).unwrap_or_default())]
    Digest {
        /// The FASTA file.
        path: String,
        /// Of the sequence.
        name: String,
        /// The part that was compared, 1-based and closed; nothing for all of it.
        interval: Option<(u32, u32)>,
        /// Of the FASTA file's bases.
        found: String,
        /// As the CRAM file has it.
        wanted: String,
    },
    /// The FASTA file or its index cannot be read.
    #[error("{path}: cannot read")]
    Io {
        /// The FASTA file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// There is no index beside a compressed FASTA file, or it is faulty.
    #[error("{path}: its index (.fai, and .gzi if it is compressed) cannot be read")]
    Index {
        /// The FASTA file.
        path: String,
        /// Why.
        source: io::Error,
    },
}

fn described(wanted: &ReferenceSequence) -> String {
    let md5 = wanted.md5.as_ref().map(|md5| format!(", MD5 {md5}")).unwrap_or_default();
    format!("{} bases{md5}", wanted.length)
}

impl ReferenceFault {
    /// A short piece of advice.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotGiven { .. } => {
                Some("--reference FILE gives the FASTA file that it was written against")
            }
            Self::Absent { .. } | Self::Length { .. } | Self::Digest { .. } => {
                Some("--reference takes the FASTA file that the CRAM file was written against")
            }
            Self::Index { .. } => Some("make the index: samtools faidx FILE"),
            Self::Io { .. } => None,
        }
    }
}

impl Reference {
    /// Opens a FASTA file, plain or in BGZF blocks, by the index beside it (`.fai`, and `.gzi` for BGZF).
    /// The index of a plain one is made in memory if there is none.
    ///
    /// # Errors
    ///
    /// The file or its index cannot be read.
    pub fn open(path: &Path) -> Result<Self, ReferenceFault> {
        let name = path.to_string_lossy().into_owned();
        let io = |source| ReferenceFault::Io { path: name.clone(), source };
        File::open(path).map_err(io)?;
        let index_error = |source| ReferenceFault::Index { path: name.clone(), source };
        let mut index_path = path.as_os_str().to_owned();
        index_path.push(".fai");
        let is_compressed = path.extension().is_some_and(|e| e == "gz" || e == "bgz");
        let index = match Path::new(&index_path).exists() || is_compressed {
            true => fasta::fai::fs::read(&index_path),
            false => fasta::fs::index(path),
        };
        let index = index.map_err(index_error)?;
        let records: &[fasta::fai::Record] = index.as_ref();
        let lengths = records.iter().map(|r| (r.name().to_string(), r.length())).collect();
        let builder = fasta::io::indexed_reader::Builder::default().set_index(index);
        let reader = builder.build_from_path(path).map_err(index_error)?;
        let fasta = Mutex::new(Fasta(reader));
        Ok(Self { path: name, lengths, fasta, cache: Mutex::default() })
    }

    /// The path of the FASTA file.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The bases of `span` positions from `start` (1-based) on, as far as the sequence goes; they must have
    /// the digest.
    pub(crate) fn part(
        &self,
        wanted: &ReferenceSequence,
        start: i32,
        span: i32,
        md5: [u8; 16],
    ) -> Result<Vec<u8>, ReferenceFault> {
        let bases = self.window(wanted, start, span)?;
        let (start, end) = interval(wanted, start, span);
        self.check_digest(&wanted.name, &bases, &hex(&md5), Some((start, end)))?;
        Ok(bases)
    }

    /// The same whatever digest they have.
    pub(crate) fn window(
        &self,
        wanted: &ReferenceSequence,
        start: i32,
        span: i32,
    ) -> Result<Vec<u8>, ReferenceFault> {
        self.check(wanted)?;
        let (start, end) = interval(wanted, start, span);
        if start <= end { self.read(&wanted.name, start, end) } else { Ok(Vec::new()) }
    }

    /// All bases of a sequence; they must have the digest that the header tells.
    pub(crate) fn sequence(&self, wanted: &ReferenceSequence) -> Result<Arc<Sequence>, ReferenceFault> {
        // Held while it is read: the others would read the same.
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = cache.0.iter().position(|sequence| sequence.name == wanted.name) {
            let sequence = cache.0.remove(at);
            cache.0.push(Arc::clone(&sequence));
            return Ok(sequence);
        }
        self.check(wanted)?;
        let bases = self.read(&wanted.name, 1, wanted.length)?;
        if let Some(md5) = &wanted.md5 {
            self.check_digest(&wanted.name, &bases, md5, None)?;
        }
        let sequence = Arc::new(Sequence { name: wanted.name.clone(), bases });
        cache.push(Arc::clone(&sequence));
        Ok(sequence)
    }

    /// Checks that there is a sequence of the wanted name and length. Its bases are checked where they are
    /// used.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn check(&self, wanted: &ReferenceSequence) -> Result<(), ReferenceFault> {
        let path = || self.path.clone();
        match self.lengths.get(&wanted.name) {
            None => Err(ReferenceFault::Absent { path: path(), wanted: wanted.clone() }),
            Some(found) if *found != u64::from(wanted.length) => Err(ReferenceFault::Length {
                path: path(),
                name: wanted.name.clone(),
                found: *found,
                wanted: wanted.length,
            }),
            Some(_) => Ok(()),
        }
    }

    fn check_digest(
        &self,
        name: &str,
        bases: &[u8],
        wanted: &str,
        interval: Option<(u32, u32)>,
    ) -> Result<(), ReferenceFault> {
        let found = hex(&digest(bases));
        if found.eq_ignore_ascii_case(wanted) {
            return Ok(());
        }
        let (path, name, wanted) = (self.path.clone(), name.to_owned(), wanted.to_ascii_lowercase());
        Err(ReferenceFault::Digest { path, name, interval, found, wanted })
    }

    fn read(&self, name: &str, start: u32, end: u32) -> Result<Vec<u8>, ReferenceFault> {
        let position = |n: u32| Position::new(usize::try_from(n).unwrap_or(0)).unwrap_or(Position::MIN);
        let region = Region::new(name, position(start)..=position(end));
        let mut fasta = self.fasta.lock().unwrap_or_else(PoisonError::into_inner);
        let record = fasta.0.query(&region);
        let record = record.map_err(|source| ReferenceFault::Io { path: self.path.clone(), source })?;
        let bases = record.sequence().as_ref().to_ascii_uppercase();
        if bases.len() as u64 != u64::from(end - start) + 1 {
            let source = io::Error::new(io::ErrorKind::InvalidData, "its index does not fit it");
            return Err(ReferenceFault::Index { path: self.path.clone(), source });
        }
        Ok(bases)
    }
}

/// `span` positions from `start` on as far as a sequence goes, 1-based and closed.
fn interval(wanted: &ReferenceSequence, start: i32, span: i32) -> (u32, u32) {
    let start = u32::try_from(start).unwrap_or(0).max(1);
    let end = start.saturating_add(u32::try_from(span).unwrap_or(0)).saturating_sub(1);
    (start, end.min(wanted.length))
}

impl Cache {
    fn push(&mut self, sequence: Arc<Sequence>) {
        self.0.push(sequence);
        while self.0.len() > 1 && self.0.iter().map(|s| s.bases.len()).sum::<usize>() > CACHE {
            self.0.remove(0);
        }
    }
}

pub(crate) fn digest(bases: &[u8]) -> [u8; 16] {
    Md5::digest(bases).into()
}

pub(crate) fn hex(digest: &[u8; 16]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
