//! From BAM records to containers of CRAM 3.0.
//!
//! Every data series has an external block of its own, and so has every tag. All records are detached:
//! what a record says of its mate is stored as it stands.

mod cigar;
mod crai;
mod features;
mod file;
mod header;
mod rans;
mod record;
mod reference;
mod streams;
mod tags;

use std::collections::HashMap;
use std::sync::Arc;

use bioserde_core::sam;

use crate::block::{COMPRESSION_HEADER, SLICE_HEADER, crc};
use crate::fault::CramFault;
use crate::put::{put_block, put_itf8, put_ltf8, put_size};
use crate::reader::references;
use crate::reference::{Reference, ReferenceSequence};
use crate::series::Series;
use cigar::Cigar;
pub use crai::{IndexLine, index_lines_to_crai};
pub use file::{EOF_CONTAINER, file_start};
use record::BamRecord;
use reference::SliceReference;
pub use reference::with_digests;
use streams::Streams;
use tags::Dictionary;

/// Records of a container, at most.
const MAX_RECORDS: usize = 10_000;
/// Bytes of the records of a container, about: long reads make smaller ones.
const MAX_BYTES: usize = 16 << 20;
/// Records on one reference sequence that make a container of their own.
const OWN_CONTAINER: usize = 500;

/// Makes containers of the records of one file. Can be used by many threads.
#[derive(Debug)]
pub struct ContainerEncoder {
    references: Vec<ReferenceSequence>,
    read_groups: HashMap<Vec<u8>, i32>,
    reference: Option<Arc<Reference>>,
    reads_windows: bool,
}

/// A container of records, of which the place in the file is not known yet.
#[derive(Debug)]
pub struct EncodedContainer {
    slice: Slice,
    compression_header: Vec<u8>,
    /// The core data and the external blocks.
    blocks: Vec<u8>,
    lines: Vec<Span>,
    changes: Changes,
}

/// What is said of the records together, in both headers.
#[derive(Clone, Debug)]
struct Slice {
    /// 0-based; -1 for records without one, -2 for several.
    reference: i32,
    /// 1-based; 0 where `reference` is negative.
    start: i32,
    span: i32,
    records: usize,
    bases: u64,
    content_ids: Vec<i32>,
    md5: [u8; 16],
}

/// The positions that the records on one reference sequence have, 1-based and closed.
#[derive(Clone, Copy, Debug)]
struct Span {
    reference: i32,
    first: i32,
    last: i32,
}

/// What CRAM does not hold of the records that were written, each as how many records have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// CIGARs with `=` or `X`, which become `M`.
    pub sequence_matches: u64,
    /// CIGARs with operations of length 0, which are left out, or equal ones side by side, which are joined.
    pub joined_operations: u64,
    /// CIGARs of unmapped records, which are left out.
    pub unmapped_cigars: u64,
    /// MAPQ of unmapped records, which becomes 0.
    pub unmapped_qualities: u64,
    /// Mapped records with bases and without a CIGAR: it becomes a soft clip of all bases.
    pub missing_cigars: u64,
    /// Mapped records without RNAME or POS: FLAG gets 0x4, since readers refuse a file that has them.
    pub unplaced: u64,
    /// Flags with bits that SAM does not know, which are cleared.
    pub unknown_flags: u64,
    /// RNEXT of reads that are not paired: it is stored, and readers do not give it.
    pub unpaired_mates: u64,
    /// Empty names, which become `*`.
    pub empty_names: u64,
}

impl Changes {
    /// Adds those of other records.
    pub fn merge(&mut self, other: &Self) {
        self.sequence_matches += other.sequence_matches;
        self.joined_operations += other.joined_operations;
        self.unmapped_cigars += other.unmapped_cigars;
        self.unmapped_qualities += other.unmapped_qualities;
        self.missing_cigars += other.missing_cigars;
        self.unplaced += other.unplaced;
        self.unknown_flags += other.unknown_flags;
        self.unpaired_mates += other.unpaired_mates;
        self.empty_names += other.empty_names;
    }

    /// What was changed in words for people, and in how many records; nothing that was not.
    pub fn told(&self) -> Vec<(&'static str, u64)> {
        let all = [
            ("CIGARs with = or X, written as M", self.sequence_matches),
            (
                "CIGARs with empty or repeated operations, which CRAM leaves out or joins",
                self.joined_operations,
            ),
            ("CIGARs of unmapped reads, which CRAM does not hold", self.unmapped_cigars),
            ("MAPQs of unmapped reads, which CRAM does not hold", self.unmapped_qualities),
            ("mapped reads without a CIGAR, written with a soft clip", self.missing_cigars),
            ("mapped reads without RNAME or POS, whose FLAG gets 0x4", self.unplaced),
            ("FLAGs with bits above 0xfff, which are cleared", self.unknown_flags),
            ("RNEXTs of unpaired reads, which readers of CRAM do not give", self.unpaired_mates),
            ("empty read names, written as *", self.empty_names),
        ];
        all.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}

impl ContainerEncoder {
    /// An encoder for the records of a file with a header. With a reference, aligned bases are stored as
    /// their differences to it where a container is on one reference sequence, and it is needed to read
    /// them; else all bases are stored.
    pub fn new(header: &sam::Header, reference: Option<Arc<Reference>>) -> Self {
        let mut read_groups = HashMap::new();
        for (at, group) in header.read_groups.iter().enumerate() {
            if let Ok(at) = i32::try_from(at) {
                read_groups.entry(group.clone().into_bytes()).or_insert(at);
            }
        }
        let mut sequences = references(header);
        // A BAM header may have no text for them.
        for sequence in header.reference_sequences.iter().skip(sequences.len()) {
            let (name, length) = (sequence.name.clone(), sequence.length);
            sequences.push(ReferenceSequence { name, length, md5: None });
        }
        Self { references: sequences, read_groups, reference, reads_windows: false }
    }

    /// Reads of the reference what a container spans, rather than whole sequences, which stay in memory.
    /// Then the digests of the header are not compared: the records must come from a file that was read with
    /// this reference.
    #[must_use]
    pub fn by_windows(self) -> Self {
        Self { reads_windows: true, ..self }
    }

    /// Makes containers of BAM records, each with its length before it (SAMv1 §4.2): of up to 10,000
    /// records, on one reference sequence where there are many on it. Equal records give equal containers.
    ///
    /// # Errors
    ///
    /// A record is malformed, or cannot be held at all; the reference cannot be read, or lacks a sequence.
    pub fn encode<'a>(
        &self,
        records: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Vec<EncodedContainer>, CramFault> {
        let mut containers = Vec::new();
        let mut open: Vec<BamRecord<'a>> = Vec::new();
        let mut bytes = 0;
        let mut is_mixed = false;
        for record in records {
            let parsed = BamRecord::parse(record)?;
            let is_other = open.last().is_some_and(|last| last.reference != parsed.reference);
            let is_long = open.len() >= MAX_RECORDS || (bytes > MAX_BYTES && !open.is_empty());
            if is_long || (is_other && !is_mixed && open.len() >= OWN_CONTAINER) {
                containers.push(self.container(&open)?);
                open.clear();
                (bytes, is_mixed) = (0, false);
            } else {
                is_mixed |= is_other;
            }
            bytes += record.len();
            open.push(parsed);
        }
        if !open.is_empty() {
            containers.push(self.container(&open)?);
        }
        Ok(containers)
    }

    fn container(&self, records: &[BamRecord<'_>]) -> Result<EncodedContainer, CramFault> {
        let mut changes = Changes::default();
        let mut cigars = Vec::with_capacity(records.len());
        for record in records {
            self.check(record)?;
            cigars.push(Cigar::of(record, &mut changes)?);
        }
        let lines = spans(records, &cigars)?;
        let mut slice = Slice::of(&lines, records);
        // Where there are several, each would have to be read for a few records.
        let reference = self.slice_reference(&slice)?;
        slice.md5 = reference.digest(slice.start, slice.span);
        let is_sorted = slice.reference != -2 && records.is_sorted_by_key(|record| record.position);
        let mut writer = SliceWriter {
            streams: Streams::default(),
            dictionary: Dictionary::default(),
            read_groups: &self.read_groups,
            reference,
            is_mixed: slice.reference == -2,
            last_position: is_sorted.then_some(slice.start),
            changes,
        };
        for (record, cigar) in records.iter().zip(&cigars) {
            slice.bases += writer.record(record, cigar)?;
        }
        let SliceWriter { streams, dictionary, reference, changes, .. } = writer;
        let needs_reference = reference.is_given();
        let compression_header =
            header::compression_header(is_sorted, needs_reference, &dictionary, &streams)?;
        let mut blocks = Vec::new();
        slice.content_ids = streams.put_blocks(&mut blocks)?;
        Ok(EncodedContainer { slice, compression_header, blocks, lines, changes })
    }

    fn slice_reference(&self, slice: &Slice) -> Result<SliceReference, CramFault> {
        let wanted = usize::try_from(slice.reference).ok().and_then(|id| self.references.get(id));
        match self.reference.as_deref().zip(wanted) {
            None => Ok(SliceReference::None),
            Some((reference, wanted)) if self.reads_windows => {
                SliceReference::window(reference, wanted, slice.start, slice.span)
            }
            Some((reference, wanted)) => SliceReference::whole(reference, wanted),
        }
    }

    fn check(&self, record: &BamRecord<'_>) -> Result<(), CramFault> {
        let known = self.references.len();
        for id in [record.reference, record.mate_reference] {
            if id < -1 || usize::try_from(id).is_ok_and(|at| at >= known) {
                return Err(CramFault::UnknownReference { id, known });
            }
        }
        Ok(())
    }
}

/// The spans of the records on each reference sequence, in their order.
fn spans(records: &[BamRecord<'_>], cigars: &[Cigar]) -> Result<Vec<Span>, CramFault> {
    let mut spans: Vec<Span> = Vec::new();
    for (record, cigar) in records.iter().zip(cigars) {
        // One without a position counts as at the start.
        let first = (record.position + 1).max(1);
        let last = i64::from(first) + cigar.reference_len().max(1) - 1;
        let last = i32::try_from(last).map_err(|_| record.fault("its end is beyond 2^31 - 1"))?;
        let reference = record.reference;
        match spans.iter_mut().rev().find(|span| span.reference == reference) {
            Some(span) => (span.first, span.last) = (span.first.min(first), span.last.max(last)),
            None => spans.push(Span { reference, first, last }),
        }
    }
    Ok(spans)
}

impl Slice {
    fn of(spans: &[Span], records: &[BamRecord<'_>]) -> Self {
        let (reference, start, span) = match spans {
            [Span { reference: -1, .. }] => (-1, 0, 0),
            [only] => (only.reference, only.first, only.last - only.first + 1),
            _ => (-2, 0, 0),
        };
        let (records, content_ids) = (records.len(), Vec::new());
        Self { reference, start, span, records, bases: 0, content_ids, md5: [0; 16] }
    }

    /// CRAMv3 §8.5.
    fn header(&self, record_counter: u64) -> Vec<u8> {
        let mut out = Vec::new();
        for value in [self.reference, self.start, self.span] {
            put_itf8(&mut out, value);
        }
        put_size(&mut out, self.records);
        put_ltf8(&mut out, record_counter);
        // The core data as well.
        put_size(&mut out, self.content_ids.len() + 1);
        put_size(&mut out, self.content_ids.len());
        self.content_ids.iter().for_each(|id| put_itf8(&mut out, *id));
        put_itf8(&mut out, -1);
        out.extend(self.md5);
        out
    }
}

/// Takes the records of a slice, one after the other.
struct SliceWriter<'a> {
    streams: Streams,
    dictionary: Dictionary,
    read_groups: &'a HashMap<Vec<u8>, i32>,
    reference: SliceReference,
    /// Whether the records are on several reference sequences.
    is_mixed: bool,
    /// POS of the record before, where positions are stored as differences.
    last_position: Option<i32>,
    changes: Changes,
}

impl EncodedContainer {
    /// How many records it has.
    pub fn records(&self) -> u64 {
        self.slice.records as u64
    }

    /// What it does not hold of them.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Appends the container as it is after `record_counter` records of the file, and gives the lines of
    /// the index for a container that starts at `offset` of the file.
    ///
    /// # Errors
    ///
    /// It is larger than the format allows.
    pub fn put(
        &self,
        record_counter: u64,
        offset: u64,
        out: &mut Vec<u8>,
    ) -> Result<Vec<IndexLine>, CramFault> {
        let slice_header = self.slice.header(record_counter);
        let mut blocks = Vec::new();
        put_block(
            &mut blocks,
            0,
            COMPRESSION_HEADER,
            0,
            self.compression_header.len(),
            &self.compression_header,
        );
        let landmark = blocks.len();
        put_block(&mut blocks, 0, SLICE_HEADER, 0, slice_header.len(), &slice_header);
        let len = blocks.len() + self.blocks.len();
        self.put_header(record_counter, len, landmark, out)?;
        out.extend(&blocks);
        out.extend(&self.blocks);
        let slice_len = len - landmark;
        let line = |span: &Span| IndexLine::new(span, offset, landmark, slice_len);
        Ok(self.lines.iter().map(line).collect())
    }

    /// CRAMv3 §7.
    fn put_header(
        &self,
        record_counter: u64,
        len: usize,
        landmark: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), CramFault> {
        let len = i32::try_from(len).map_err(|_| CramFault::ContainerTooLarge)?;
        let start = out.len();
        out.extend(len.to_le_bytes());
        for value in [self.slice.reference, self.slice.start, self.slice.span] {
            put_itf8(out, value);
        }
        put_size(out, self.slice.records);
        put_ltf8(out, record_counter);
        put_ltf8(out, self.slice.bases);
        // Compression header, slice header and core data besides.
        put_size(out, self.slice.content_ids.len() + 3);
        put_itf8(out, 1);
        put_size(out, landmark);
        let sum = crc(out.get(start..).unwrap_or_default());
        out.extend(sum.to_le_bytes());
        Ok(())
    }
}

impl SliceWriter<'_> {
    fn int(&mut self, series: Series, value: i32) {
        put_itf8(self.streams.of(series), value);
    }
}
