//! Alignments as rows, straight from a BAM record's bytes.

mod sequence;
mod tag_columns;

use std::sync::Arc;

use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::SchemaRef;
use bioserde_core::sam;
use bioserde_schema::TableSchema;

use super::record::{Cigar, OPERATIONS, Record, RecordError, reg2bin};
use crate::batches::{self, NewRows, Rows, Tally};
use crate::columns::{Binary, Column, FixedDictionary, Primitive, Text};
use tag_columns::TagColumns;

/// The way of a column: from its name in the schema to what fills it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    RecordNo,
    Qname,
    Flag,
    Rname,
    Pos,
    EndPos,
    Mapq,
    Cigar,
    Rnext,
    Pnext,
    Tlen,
    Seq,
    Qual,
    Residual,
    /// One that [`TagColumns`] fills.
    Tags(usize),
}

/// Makes rows for one table.
#[derive(Debug)]
pub(crate) struct NewAlignmentRows {
    schema: SchemaRef,
    slots: Arc<[Slot]>,
    tags: tag_columns::Layout,
    references: usize,
    names: ArrayRef,
}

impl NewAlignmentRows {
    /// For the columns `wanted`, which are a projection of `table`.
    pub(crate) fn new(table: &TableSchema, wanted: &TableSchema, header: &sam::Header) -> Self {
        let names: ArrayRef = Arc::new(StringArray::from(header.names()));
        let (tags, tag_slots) = tag_columns::Layout::new(table, wanted);
        let slot = |(i, column): (usize, &bioserde_schema::Column)| match column.name.as_str() {
            "record_no" => Slot::RecordNo,
            "qname" => Slot::Qname,
            "flag" => Slot::Flag,
            "rname" => Slot::Rname,
            "pos" => Slot::Pos,
            "end_pos" => Slot::EndPos,
            "mapq" => Slot::Mapq,
            "cigar" => Slot::Cigar,
            "rnext" => Slot::Rnext,
            "pnext" => Slot::Pnext,
            "tlen" => Slot::Tlen,
            "seq" => Slot::Seq,
            "qual" => Slot::Qual,
            "residual" => Slot::Residual,
            _ => Slot::Tags(tag_slots.get(i).copied().flatten().unwrap_or_default()),
        };
        let slots = wanted.columns.iter().enumerate().map(slot).collect();
        Self { schema: wanted.arrow(), slots, tags, references: header.reference_sequences.len(), names }
    }

    pub(crate) fn alignment_rows(&self) -> AlignmentRows {
        let names = || FixedDictionary::new(Arc::clone(&self.names));
        let wants = |slot| self.slots.contains(&slot);
        AlignmentRows {
            schema: Arc::clone(&self.schema),
            slots: Arc::clone(&self.slots),
            references: self.references,
            wants_seq: wants(Slot::Seq),
            wants_qual: wants(Slot::Qual),
            wants_cigar: wants(Slot::Cigar),
            wants_residual: wants(Slot::Residual),
            tags: TagColumns::new(&self.tags),
            rname: names(),
            rnext: names(),
            len: 0,
            tally: Tally::default(),
            record_no: Primitive::default(),
            qname: Text::default(),
            flag: Primitive::default(),
            pos: Primitive::default(),
            end_pos: Primitive::default(),
            mapq: Primitive::default(),
            cigar: Text::default(),
            pnext: Primitive::default(),
            tlen: Primitive::default(),
            seq: Text::default(),
            qual: Text::default(),
            residual: Binary::default(),
        }
    }
}

impl NewRows for NewAlignmentRows {
    fn rows(&self) -> Box<dyn Rows> {
        Box::new(self.alignment_rows())
    }
}

/// Growing rows of alignments.
#[derive(Debug)]
pub(crate) struct AlignmentRows {
    schema: SchemaRef,
    slots: Arc<[Slot]>,
    references: usize,
    wants_seq: bool,
    wants_qual: bool,
    wants_cigar: bool,
    wants_residual: bool,
    len: usize,
    tally: Tally,
    record_no: Primitive<Int64Type>,
    qname: Text,
    flag: Primitive<Int32Type>,
    rname: FixedDictionary,
    pos: Primitive<Int32Type>,
    end_pos: Primitive<Int32Type>,
    mapq: Primitive<Int32Type>,
    cigar: Text,
    rnext: FixedDictionary,
    pnext: Primitive<Int32Type>,
    tlen: Primitive<Int32Type>,
    seq: Text,
    qual: Text,
    tags: TagColumns,
    residual: Binary,
}

impl AlignmentRows {
    /// Appends a BAM record. `source` is what `residual` keeps when the columns cannot reproduce the
    /// record, or when the caller knows that this record is not exactly the source.
    pub(crate) fn push_record(
        &mut self,
        bytes: &[u8],
        record_no: i64,
        source: &[u8],
        is_exact: bool,
    ) -> Result<(), RecordError> {
        let record = Record::new(bytes, self.references)?;
        let cigar = record.full_cigar();
        let mut exact = is_exact;
        self.record_no.push(record_no);
        self.flag.push(i32::from(record.flag));
        self.rname.push(record.reference_id);
        self.pos.push_option(one_based(record.pos));
        let span = record.span(cigar);
        self.end_pos.push_option(span.map(|(_, end)| end));
        self.mapq.push(i32::from(record.mapq));
        self.rnext.push(record.next_reference_id);
        self.pnext.push_option(one_based(record.next_pos));
        self.tlen.push(record.tlen);
        exact &= self.push_name(record.read_name);
        exact &= self.push_cigar(&record, cigar)?;
        exact &= sequence::push_seq(self.wants_seq.then_some(&mut self.seq), &record);
        exact &= sequence::push_qual(self.wants_qual.then_some(&mut self.qual), &record);
        exact &= self.tags.push(self.len, record.tags, is_from_tag(&record, cigar), &mut self.tally)?;
        let end = span.map_or(0, |(_, end)| end);
        exact &= record.bin == reg2bin(record.pos, end);
        self.len += 1;
        if !exact && self.wants_residual {
            self.tally.add("records kept as residual");
            self.residual.pad(self.len - 1);
            self.residual.push(source);
        }
        Ok(())
    }

    /// Where the source's own oddities are counted.
    pub(crate) fn tally_mut(&mut self) -> &mut Tally {
        &mut self.tally
    }

    fn push_name(&mut self, read_name: &[u8]) -> bool {
        let name = read_name.strip_suffix(b"\0").unwrap_or(read_name);
        match name {
            b"*" => self.qname.push_null(),
            _ if name.is_ascii() && !name.contains(&0) && !name.is_empty() => self.qname.push(name),
            _ => {
                // A name that SAM does not allow: kept in `residual`.
                self.tally.add("read names that are not text");
                self.qname.push_null();
                return false;
            }
        }
        true
    }

    fn push_cigar(&mut self, record: &Record<'_>, cigar: Cigar<'_>) -> Result<bool, RecordError> {
        if let Some((_, op)) = cigar.iter().find(|(_, op)| *op > 8) {
            return Err(RecordError::CigarOperation(op));
        }
        if cigar.0.is_empty() {
            self.cigar.push_null();
        } else if self.wants_cigar {
            self.cigar.push_with(|out| append_cigar(out, cigar));
        }
        // CG stands for operations that do not fit; for any others the way back would not write it.
        Ok(!is_from_tag(record, cigar) || cigar.0.len() / 4 > usize::from(u16::MAX))
    }
}

/// Whether [`Record::full_cigar`] took the operations from `CG`.
fn is_from_tag(record: &Record<'_>, cigar: Cigar<'_>) -> bool {
    !std::ptr::eq(cigar.0, record.cigar.0)
}

/// The operations as SAM text (SAMv1 §1.4, field 6).
pub(crate) fn append_cigar(out: &mut Vec<u8>, cigar: Cigar<'_>) {
    let mut buffer = itoa::Buffer::new();
    for (len, op) in cigar.iter() {
        out.extend_from_slice(buffer.format(len).as_bytes());
        out.push(OPERATIONS.get(usize::from(op)).copied().unwrap_or(b'?'));
    }
}

fn one_based(pos: i32) -> Option<i32> {
    (pos >= 0).then(|| pos.saturating_add(1))
}

impl Rows for AlignmentRows {
    fn push(&mut self, record: &[u8], record_no: i64) -> Result<(), batches::RecordError> {
        self.push_record(record, record_no, record, true).map_err(Into::into)
    }

    fn finish(&mut self) -> Result<RecordBatch, batches::RecordError> {
        let len = std::mem::take(&mut self.len);
        let slots = Arc::clone(&self.slots);
        self.tags.pad(len);
        let mut columns = Vec::with_capacity(slots.len());
        for slot in slots.iter() {
            let column: &mut dyn Column = match slot {
                Slot::RecordNo => &mut self.record_no,
                Slot::Qname => &mut self.qname,
                Slot::Flag => &mut self.flag,
                Slot::Rname => &mut self.rname,
                Slot::Pos => &mut self.pos,
                Slot::EndPos => &mut self.end_pos,
                Slot::Mapq => &mut self.mapq,
                Slot::Cigar => &mut self.cigar,
                Slot::Rnext => &mut self.rnext,
                Slot::Pnext => &mut self.pnext,
                Slot::Tlen => &mut self.tlen,
                Slot::Seq => &mut self.seq,
                Slot::Qual => &mut self.qual,
                Slot::Residual => &mut self.residual,
                Slot::Tags(i) => {
                    columns.push(self.tags.finish(*i));
                    continue;
                }
            };
            column.pad(len);
            columns.push(column.finish());
        }
        self.clear_unwanted();
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }
}

impl AlignmentRows {
    /// Empties the columns that are filled whether or not the table has them: testing for each of
    /// them in each record costs more than filling the small ones.
    fn clear_unwanted(&mut self) {
        let fill: [(Slot, &mut dyn Column); 11] = [
            (Slot::RecordNo, &mut self.record_no),
            (Slot::Qname, &mut self.qname),
            (Slot::Flag, &mut self.flag),
            (Slot::Rname, &mut self.rname),
            (Slot::Pos, &mut self.pos),
            (Slot::EndPos, &mut self.end_pos),
            (Slot::Mapq, &mut self.mapq),
            (Slot::Cigar, &mut self.cigar),
            (Slot::Rnext, &mut self.rnext),
            (Slot::Pnext, &mut self.pnext),
            (Slot::Tlen, &mut self.tlen),
        ];
        for (slot, column) in fill {
            if column.len() > 0 && !self.slots.contains(&slot) {
                column.finish();
            }
        }
    }
}
