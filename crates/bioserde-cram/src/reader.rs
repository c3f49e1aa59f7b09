use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use bioserde_core::sam;
use bioserde_storage::Source;

use crate::container_header::ContainerHeader;
use crate::decode::{decode, has_read_group_tags, is_against_reference};
use crate::definition::Version;
use crate::fault::CramFault;
use crate::header::{At, HeaderPart, read_from};
use crate::input::Input;
use crate::reference::{Reference, ReferenceSequence};

/// What decoding a container takes of its file.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) version: Version,
    pub(crate) references: Vec<ReferenceSequence>,
    pub(crate) read_groups: Vec<String>,
    /// Of names that are made since the file does not keep them.
    pub(crate) name_prefix: String,
}

impl File {
    fn new(source: &Source, version: Version, header: &sam::Header) -> Self {
        let name_prefix = Path::new(source.name()).file_name().unwrap_or_default();
        Self {
            version,
            references: references(header),
            read_groups: header.read_groups.clone(),
            name_prefix: name_prefix.to_string_lossy().into_owned(),
        }
    }
}

/// How records are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadOptions {
    /// Whether MD and NM are made where they are not stored and there is a reference, as samtools does.
    pub generates_tags: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { generates_tags: true }
    }
}

/// Reads the containers of a CRAM file of version 2.0 to 3.1, one by one. It only reads bytes: decoding is
/// for [`Container::decode`].
pub struct CramReader {
    containers: ContainerSource,
    bytes: BufReader<Box<dyn Read + Send>>,
    /// Of the next container.
    offset: u64,
    header: sam::Header,
    is_done: bool,
}

/// Reads the containers of a CRAM file by their offsets. Can be used by many threads.
#[derive(Clone, Debug)]
pub struct ContainerSource {
    source: Arc<Source>,
    file: Arc<File>,
    options: ReadOptions,
}

impl std::fmt::Debug for CramReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CramReader")
            .field("source", &self.containers.source)
            .field("offset", &self.offset)
            .finish()
    }
}

/// A container of records, as it is stored.
#[derive(Debug)]
pub struct Container {
    offset: u64,
    pub(crate) header: ContainerHeader,
    /// Its blocks.
    pub(crate) bytes: Vec<u8>,
    pub(crate) file: Arc<File>,
    options: ReadOptions,
}

impl CramReader {
    /// Reads the header of a file or stream.
    ///
    /// # Errors
    ///
    /// It cannot be read, is no CRAM file of version 2.0, 2.1, 3.0 or 3.1, or its header is faulty.
    pub fn open(source: Arc<Source>, options: ReadOptions) -> Result<Self, At> {
        let stream = source.stream(0).map_err(|e| (0, e.into()))?;
        let mut bytes = BufReader::with_capacity(1 << 16, stream);
        let HeaderPart { version, header, len } = read_from(&mut bytes, source.size())?;
        let file = Arc::new(File::new(&source, version, &header));
        Ok(Self {
            containers: ContainerSource { source, file, options },
            bytes,
            offset: len,
            header,
            is_done: false,
        })
    }

    /// The version of the file.
    pub fn version(&self) -> Version {
        self.containers.file.version
    }

    /// The SAM header.
    pub fn header(&self) -> &sam::Header {
        &self.header
    }

    /// The SAM header as a BAM file has it (SAMv1 §4.2): all that stands before the records.
    pub fn bam_header(&self) -> Vec<u8> {
        let mut bytes = b"BAM\x01".to_vec();
        let put = |bytes: &mut Vec<u8>, n: usize| {
            bytes.extend(u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes());
        };
        put(&mut bytes, self.header.text.len());
        bytes.extend_from_slice(&self.header.text);
        put(&mut bytes, self.containers.file.references.len());
        for reference in &self.containers.file.references {
            put(&mut bytes, reference.name.len() + 1);
            bytes.extend_from_slice(reference.name.as_bytes());
            bytes.push(0);
            bytes.extend(reference.length.to_le_bytes());
        }
        bytes
    }

    /// The reference sequences of the header.
    pub fn references(&self) -> &[ReferenceSequence] {
        &self.containers.file.references
    }

    /// The next container with records, in file order; nothing after the mark of the end.
    ///
    /// # Errors
    ///
    /// The bytes cannot be read or are no container, or the file ends without the mark of its end
    /// ([`CramFault::NoMark`]), which comes after all containers. After an error there are no more.
    pub fn next_container(&mut self) -> Result<Option<Container>, At> {
        while !self.is_done {
            let offset = self.offset;
            let at = |fault| (offset, fault);
            let container = self.containers.read(&mut self.bytes, offset);
            self.is_done = !matches!(&container, Ok(Some(container)) if !container.header.is_end);
            let Some(container) = container.map_err(at)? else {
                return if self.containers.file.version.eof_container().is_empty() {
                    Ok(None)
                } else {
                    Err(at(CramFault::NoMark))
                };
            };
            self.offset += container.header.container_len();
            if container.header.is_end {
                let more = self.bytes.by_ref().bytes().next();
                return match more {
                    None => Ok(None),
                    Some(Ok(_)) => Err((self.offset, CramFault::AfterMark)),
                    Some(Err(e)) => Err((self.offset, CramFault::Io(e))),
                };
            }
            if container.header.records > 0 {
                return Ok(Some(container));
            }
        }
        Ok(None)
    }

    /// The container at an offset of a file, such as a CRAI tells.
    ///
    /// # Errors
    ///
    /// The source is a stream, the bytes cannot be read, or no container starts there.
    pub fn container_at(&self, offset: u64) -> Result<Container, CramFault> {
        self.containers.container_at(offset)
    }
}

impl ContainerSource {
    /// The containers of a file whose header is known.
    pub fn new(source: Arc<Source>, version: Version, header: &sam::Header, options: ReadOptions) -> Self {
        let file = Arc::new(File::new(&source, version, header));
        Self { source, file, options }
    }

    /// The reference sequences of the header.
    pub fn references(&self) -> &[ReferenceSequence] {
        &self.file.references
    }

    /// The container at an offset of a file, such as a CRAI tells.
    ///
    /// # Errors
    ///
    /// The source is a stream, the bytes cannot be read, or no container starts there.
    pub fn container_at(&self, offset: u64) -> Result<Container, CramFault> {
        let container = self.read(&mut BufReader::new(self.source.stream(offset)?), offset)?;
        container.ok_or(CramFault::Truncated { what: "a container" })
    }

    /// Reads a container; nothing at the end of the bytes.
    fn read(
        &self,
        bytes: &mut BufReader<Box<dyn Read + Send>>,
        offset: u64,
    ) -> Result<Option<Container>, CramFault> {
        if bytes.fill_buf().map_err(CramFault::Io)?.is_empty() {
            return Ok(None);
        }
        let header = ContainerHeader::parse_data(&mut Input::new(&mut *bytes), self.file.version)?;
        let mut blocks = Vec::new();
        bytes.take(header.blocks_len).read_to_end(&mut blocks).map_err(CramFault::Io)?;
        if blocks.len() as u64 != header.blocks_len {
            return Err(CramFault::Truncated { what: "a container" });
        }
        let (file, options) = (Arc::clone(&self.file), self.options);
        Ok(Some(Container { offset, header, bytes: blocks, file, options }))
    }
}

impl Container {
    /// Where it starts in its file, in bytes.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// What its header says.
    pub fn header(&self) -> &ContainerHeader {
        &self.header
    }

    /// Its records as BAM has them, each with its length before it (SAMv1 §4.2), in file order.
    ///
    /// # Errors
    ///
    /// It is corrupt, or needs a reference that was not given or is another.
    pub fn decode(&self, reference: Option<&Reference>) -> Result<Vec<u8>, CramFault> {
        self.decode_with(reference, self.options)
    }

    /// The same, given otherwise than its reader was told.
    ///
    /// # Errors
    ///
    /// As [`Container::decode`].
    pub fn decode_with(
        &self,
        reference: Option<&Reference>,
        options: ReadOptions,
    ) -> Result<Vec<u8>, CramFault> {
        decode(&self.bytes, self.header.records, &self.file, options, reference)
    }

    /// Whether records of it are stored as differences to a reference that is not in the file.
    ///
    /// # Errors
    ///
    /// It is corrupt.
    pub fn is_against_reference(&self) -> Result<bool, CramFault> {
        is_against_reference(&self.bytes, self.header.records, &self.file)
    }

    /// Whether read groups of it are stored as tags, among the others, and not apart from them.
    ///
    /// # Errors
    ///
    /// It is corrupt.
    pub fn has_read_group_tags(&self) -> Result<bool, CramFault> {
        has_read_group_tags(&self.bytes, &self.file)
    }
}

/// The reference sequences of a header, with their digests.
pub(crate) fn references(header: &sam::Header) -> Vec<ReferenceSequence> {
    let lines = header.text.split(|b| *b == b'\n').filter(|line| line.starts_with(b"@SQ\t"));
    let digests = lines.map(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let md5 = line.split(|b| *b == b'\t').find_map(|field| field.strip_prefix(b"M5:"))?;
        Some(String::from_utf8_lossy(md5).into_owned())
    });
    let sequences = header.reference_sequences.iter().zip(digests);
    let sequence = |(sequence, md5): (&sam::ReferenceSequence, _)| ReferenceSequence {
        name: sequence.name.clone(),
        length: sequence.length,
        md5,
    };
    sequences.map(sequence).collect()
}
