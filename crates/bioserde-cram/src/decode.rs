//! From the blocks of a container to BAM records.

mod bam;
mod bases;
mod features;
mod mates;
mod mismatches;
mod record;
mod tags;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::bits::Bits;
use crate::block::{Block, CORE_DATA, EXTERNAL_DATA, MAX_SIZE, SLICE_HEADER};
use crate::bytes::Bytes;
use crate::compression_header::CompressionHeader;
use crate::encoding::{Arrays, Streams};
use crate::fault::CramFault;
use crate::reader::{File, ReadOptions};
use crate::reference::Reference;
use crate::slice_header::SliceHeader;
use bases::ReferenceBases;
use record::{Record, Store};

/// Decodes the blocks of a container of `records` records.
pub(crate) fn decode(
    blocks: &[u8],
    records: u32,
    file: &File,
    options: ReadOptions,
    reference: Option<&Reference>,
) -> Result<Vec<u8>, CramFault> {
    let mut blocks = Bytes(blocks);
    let mut out = Vec::new();
    let mut left = usize::try_from(records).unwrap_or(usize::MAX);
    let (header, tags) = CompressionHeader::parse(&mut blocks, file.version)?;
    let mut budget = MAX_SIZE;
    while left > 0 {
        let slice = Slice::parse(&mut blocks, file)?;
        if slice.header.records == 0 || slice.header.records > left {
            return Err(CramFault::Malformed { what: "the number of records of a slice" });
        }
        left -= slice.header.records;
        let container = Container { header: &header, tags: &tags, file, options, reference };
        slice.decode(&container, &mut budget, &mut out)?;
    }
    Ok(out)
}

/// Whether records of a container are stored as differences to a reference that is not in the file.
pub(crate) fn is_against_reference(blocks: &[u8], records: u32, file: &File) -> Result<bool, CramFault> {
    let mut blocks = Bytes(blocks);
    let mut left = usize::try_from(records).unwrap_or(usize::MAX);
    let (header, _) = CompressionHeader::parse(&mut blocks, file.version)?;
    while left > 0 && header.needs_reference {
        let slice = Slice::header(&mut blocks, file)?;
        if slice.embedded.is_none() && slice.reference != -1 {
            return Ok(true);
        }
        left = left.saturating_sub(slice.records.max(1));
        for _ in 0..slice.blocks {
            Block::parse(&mut blocks, file.version)?;
        }
    }
    Ok(false)
}

/// Whether the dictionary of tags has RG, of which CRAM has a series besides.
pub(crate) fn has_read_group_tags(blocks: &[u8], file: &File) -> Result<bool, CramFault> {
    let (header, _) = CompressionHeader::parse(&mut Bytes(blocks), file.version)?;
    Ok(header.tag_lines.iter().flatten().any(|tag| tag.tag == *b"RG"))
}

/// What the slices of a container are decoded with.
struct Container<'a> {
    header: &'a CompressionHeader,
    tags: &'a [Arrays],
    file: &'a File,
    options: ReadOptions,
    reference: Option<&'a Reference>,
}

/// A slice with its blocks, decompressed.
struct Slice<'a> {
    header: SliceHeader,
    core: Cow<'a, [u8]>,
    external: Vec<(i32, Cow<'a, [u8]>)>,
}

impl<'a> Slice<'a> {
    fn header(blocks: &mut Bytes<'a>, file: &File) -> Result<SliceHeader, CramFault> {
        let header = Block::parse_as(blocks, file.version, SLICE_HEADER)?.content()?;
        let header = SliceHeader::parse(&header, file.version);
        header.ok_or(CramFault::Malformed { what: "a slice header" })
    }

    fn parse(blocks: &mut Bytes<'a>, file: &File) -> Result<Self, CramFault> {
        let header = Self::header(blocks, file)?;
        let mut slice = Self { header, core: Cow::Borrowed(&[]), external: Vec::new() };
        let mut size = 0;
        for _ in 0..slice.header.blocks {
            let block = Block::parse(blocks, file.version)?;
            size += block.size;
            if size > MAX_SIZE {
                return Err(CramFault::BlockTooLarge { content_id: block.content_id, size });
            }
            match block.content_type {
                CORE_DATA => slice.core = block.content()?,
                EXTERNAL_DATA => slice.external.push((block.content_id, block.content()?)),
                found => return Err(CramFault::BlockOrder { found, wanted: EXTERNAL_DATA }),
            }
        }
        Ok(slice)
    }

    fn block(&self, id: i32) -> Option<&[u8]> {
        self.external.iter().find(|(known, _)| *known == id).map(|(_, content)| content.as_ref())
    }

    fn decode(
        &self,
        container: &Container<'_>,
        budget: &mut usize,
        out: &mut Vec<u8>,
    ) -> Result<(), CramFault> {
        let Container { header, tags, file, options, reference } = *container;
        let ids = header.contents.ids().iter();
        let streams = Streams {
            core: Bits::new(&self.core),
            external: ids.map(|id| Bytes(self.block(*id).unwrap_or_default())).collect(),
        };
        let embedded = match self.header.embedded {
            Some(id) => Some(self.block(id).ok_or(CramFault::Malformed { what: "the embedded reference" })?),
            None => None,
        };
        let bases = ReferenceBases::new(&self.header, header.needs_reference, embedded, file, reference);
        let mut decoder = SliceDecoder {
            slice: &self.header,
            header,
            tags,
            file,
            generates_tags: options.generates_tags,
            streams,
            bases,
            store: Store::default(),
            last_position: self.header.start,
            budget,
        };
        let mut records: Vec<Record> = Vec::new();
        for number in 0..self.header.records {
            records.push(decoder.record(number)?);
        }
        let store = decoder.store;
        mates::resolve(&mut records)?;
        for number in 0..records.len() {
            bam::put(&records, number, &store, &self.header, file, out)?;
        }
        Ok(())
    }
}

/// What the records of a slice are read from, and into.
struct SliceDecoder<'a, 'b> {
    slice: &'a SliceHeader,
    header: &'a CompressionHeader,
    tags: &'a [Arrays],
    file: &'a File,
    generates_tags: bool,
    streams: Streams<'a>,
    bases: ReferenceBases<'a>,
    store: Store,
    /// POS of the record before.
    last_position: i32,
    /// Bytes and features that the records of the container may still have.
    budget: &'b mut usize,
}
