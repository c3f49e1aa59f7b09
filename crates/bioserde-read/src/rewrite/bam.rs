use super::fields::{Field, Fields};
use super::keep::{Keep, Names};
use super::{RecordError, Rewriter};
use crate::formats::bam::record::{Cigar, Record, reg2bin};
use crate::formats::bam::tags::{Tag, Tags};

/// FLAG: the segment is unmapped (SAMv1 §1.4).
const UNMAPPED: u16 = 4;
const SOFT_CLIP: u32 = 4;
const NO_QUALITY: u8 = 0xff;

/// Takes fields and tags of BAM records away; [`Keep`] has the rules.
#[derive(Debug)]
pub(crate) struct BamRewriter {
    references: usize,
    fields: Fields,
    tags: TagSet,
}

/// A set of tags in the form that is asked fastest.
#[derive(Debug)]
enum TagSet {
    All,
    None,
    /// A bit for each pair of bytes.
    Some(Box<[u64; 1024]>),
}

impl TagSet {
    fn new(names: &Names) -> Self {
        if names.is_all() {
            return Self::All;
        }
        let mut bits = Box::new([if names.has_others() { u64::MAX } else { 0 }; 1024]);
        for name in names.mentioned() {
            let Ok(tag) = <[u8; 2]>::try_from(name.as_bytes()) else { continue };
            let (word, bit) = Self::place(tag);
            if let Some(word) = bits.get_mut(word) {
                *word = if names.has(name) { *word | bit } else { *word & !bit };
            }
        }
        if bits.iter().all(|word| *word == 0) { Self::None } else { Self::Some(bits) }
    }

    fn place(tag: [u8; 2]) -> (usize, u64) {
        let number = u16::from_le_bytes(tag);
        (usize::from(number / 64), 1 << (number % 64))
    }

    fn has(&self, tag: [u8; 2]) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Some(bits) => {
                let (word, bit) = Self::place(tag);
                bits.get(word).is_some_and(|word| word & bit != 0)
            }
        }
    }
}

impl BamRewriter {
    /// For records of a file with `references` reference sequences.
    pub(crate) fn new(references: usize, keep: &Keep) -> Self {
        Self { references, fields: keep.fields, tags: TagSet::new(&keep.tags) }
    }

    fn keeps(&self, field: Field) -> bool {
        self.fields.contains(field)
    }

    /// Everything between the length and the tags (SAMv1 §4.2).
    fn append_fields(&self, record: &Record<'_>, full: Cigar<'_>, out: &mut Vec<u8>) {
        let or = |field, value: i32, none| if self.keeps(field) { value } else { none };
        let keeps_seq = self.keeps(Field::Seq) || self.keeps(Field::Qual);
        let reference = or(Field::Rname, record.reference_id.unwrap_or(-1), -1);
        let pos = or(Field::Pos, record.pos, -1);
        let cigar = if self.keeps(Field::Cigar) { record.cigar.0 } else { &[] };
        let flag = self.flag(record, reference >= 0 && pos >= 0 && !cigar.is_empty());
        let read_name = if self.keeps(Field::Qname) { record.read_name } else { b"*\0" };
        // These three were counts of 8, 16 and 32 bits in the record, and grew not, but for a name.
        let l_read_name = u8::try_from(read_name.len()).unwrap_or(u8::MAX);
        let n_cigar_op = u16::try_from(cigar.len() / 4).unwrap_or(u16::MAX);
        let l_seq = if keeps_seq { u32::try_from(record.l_seq).unwrap_or(u32::MAX) } else { 0 };

        out.extend(reference.to_le_bytes());
        out.extend(pos.to_le_bytes());
        out.push(l_read_name);
        out.push(if self.keeps(Field::Mapq) { record.mapq } else { 255 });
        out.extend(self.bin(record, full, pos, flag).to_le_bytes());
        out.extend(n_cigar_op.to_le_bytes());
        out.extend(flag.to_le_bytes());
        out.extend(l_seq.to_le_bytes());
        out.extend(or(Field::Rnext, record.next_reference_id.unwrap_or(-1), -1).to_le_bytes());
        out.extend(or(Field::Pnext, record.next_pos, -1).to_le_bytes());
        out.extend(or(Field::Tlen, record.tlen, 0).to_le_bytes());
        out.extend_from_slice(read_name);
        match cigar.split_first_chunk::<4>() {
            Some((_, rest)) if !keeps_seq && is_placeholder(record, full) => {
                out.extend(SOFT_CLIP.to_le_bytes());
                out.extend_from_slice(rest);
            }
            _ => out.extend_from_slice(cigar),
        }
        if keeps_seq {
            out.extend_from_slice(record.seq);
            if self.keeps(Field::Qual) {
                out.extend_from_slice(record.qual);
            } else {
                out.resize(out.len() + record.qual.len(), NO_QUALITY);
            }
        }
    }

    fn flag(&self, record: &Record<'_>, is_placed: bool) -> u16 {
        match (self.keeps(Field::Flag), is_placed) {
            (true, _) => record.flag,
            (false, true) => record.flag & UNMAPPED,
            (false, false) => UNMAPPED,
        }
    }

    fn bin(&self, record: &Record<'_>, full: Cigar<'_>, pos: i32, flag: u16) -> u16 {
        let keeps_cigar = self.keeps(Field::Cigar);
        if keeps_cigar && pos == record.pos && (flag ^ record.flag) & UNMAPPED == 0 {
            return record.bin;
        }
        let rewritten = Record { pos, flag, ..*record };
        let span = rewritten.span(if keeps_cigar { full } else { Cigar(&[]) });
        reg2bin(pos, span.map_or(0, |(_, end)| end))
    }

    fn append_tags(
        &self,
        record: &Record<'_>,
        full: Cigar<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), RecordError> {
        let has_cigar = is_placeholder(record, full);
        match (&self.tags, has_cigar) {
            (TagSet::None, false) => return Ok(()),
            (TagSet::All, false) => {
                out.extend_from_slice(record.tags);
                return Ok(());
            }
            _ => {}
        }
        let mut tags = Tags(record.tags);
        loop {
            let before = tags.0;
            let Some(tag) = tags.next()? else { return Ok(()) };
            let is_kept = if has_cigar && is_operations(&tag) {
                self.keeps(Field::Cigar)
            } else {
                self.tags.has(tag.tag)
            };
            if is_kept {
                out.extend_from_slice(before.get(..before.len() - tags.0.len()).unwrap_or_default());
            }
        }
    }
}

/// Whether the record's own operations stand for those of the tag `CG` (SAMv1 §4.2.2).
fn is_placeholder(record: &Record<'_>, full: Cigar<'_>) -> bool {
    !std::ptr::eq(record.cigar.0, full.0)
}

fn is_operations(tag: &Tag<'_>) -> bool {
    tag.tag == *b"CG" && tag.value_type == b'B' && tag.value.first() == Some(&b'I')
}

impl Rewriter for BamRewriter {
    fn append(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
        let record = Record::new(bytes, self.references)?;
        let full = record.full_cigar();
        let start = out.len();
        if self.fields == Fields::ALL {
            let fields = bytes.len() - record.tags.len();
            out.extend_from_slice(bytes.get(..fields).unwrap_or_default());
        } else {
            out.extend([0; 4]);
            self.append_fields(&record, full, out);
        }
        self.append_tags(&record, full, out)?;
        // What shrinks fits its own length; a name of one letter may grow by one byte.
        let block_size = u32::try_from(out.len() - start - 4).unwrap_or(u32::MAX);
        if let Some(place) = out.get_mut(start..start + 4) {
            place.copy_from_slice(&block_size.to_le_bytes());
        }
        Ok(())
    }
}
