use bioserde_core::Field;

use super::fields::Fields;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::bam::framing::BamFraming;
    use crate::formats::sam::render::render_record;
    use crate::unit::Framing;
    use bioserde_testkit::alignments::{
        Alignment, Header, Value, arb_alignment, bam_record_bytes, cases, kept, long_reads, typical,
        typical_header,
    };
    use proptest::prelude::{Strategy, any, proptest};

    fn rewritten(header: &Header, record: &Alignment, keep: &Keep) -> Vec<u8> {
        let mut out = b"before".to_vec();
        let bytes = bam_record_bytes(record);
        BamRewriter::new(header.contigs.len(), keep).append(&bytes, &mut out).unwrap();
        assert_eq!(out.drain(..6).as_slice(), b"before");
        assert_eq!(BamFraming.record_len(&out).unwrap(), Some(out.len()));
        out
    }

    fn text(header: &Header, bytes: &[u8]) -> String {
        let names: Vec<&str> = header.contigs.iter().map(|(name, _)| name.as_str()).collect();
        let mut line = Vec::new();
        let record = Record::new(bytes, names.len()).unwrap();
        render_record(&record, &names, &mut line).unwrap();
        String::from_utf8(line).unwrap()
    }

    /// Compares with what becomes of the text.
    fn check(header: &Header, record: &Alignment, keep: &Keep) {
        let bytes = rewritten(header, record, keep);
        let line = text(header, &bam_record_bytes(record));
        let keeps_field = |name: &str| keep.fields.iter().any(|field| field.name() == name);
        assert_eq!(text(header, &bytes), kept(&line, keeps_field, |tag| keep.tags.has(tag)), "{keep:?}");
    }

    fn keeping(fields: &[Field], tags: Names) -> Keep {
        Keep { fields: fields.iter().copied().collect(), tags, ..Keep::ALL }
    }

    fn arb_keep() -> impl Strategy<Value = Keep> {
        (any::<u16>(), any::<u16>(), any::<u8>(), any::<u8>()).prop_map(|(fields, more, only, except)| {
            // Sets with most of the fields are as likely as sets with half of them.
            let fields = if more & 1 == 0 { fields } else { fields | more };
            let fields = Field::ALL.into_iter().enumerate().filter(|(i, _)| fields >> i & 1 == 1);
            let fields = fields.map(|(_, field)| field).collect();
            let some = |bits: u8| {
                let names = ["NM", "AS", "MD", "RG", "SA", "XA", "zz", "long"].into_iter().enumerate();
                names.filter(move |(i, _)| bits >> i & 1 == 1).map(|(_, name)| name)
            };
            let tags = if more & 2 == 0 { Names::ALL } else { Names::only(some(only)) };
            let tags = if more & 4 == 0 { tags } else { tags.without(some(except)) };
            Keep { fields, tags, ..Keep::ALL }
        })
    }

    proptest! {
        #[test]
        fn records_are_what_becomes_of_their_text(record in arb_alignment(), keep in arb_keep()) {
            check(&typical_header(), &record, &keep);
        }
    }

    #[test]
    fn odd_and_long_records_are_what_becomes_of_their_text() {
        let keeps = bioserde_testkit::samples(&arb_keep(), 3, 60);
        for (header, records) in [cases(), long_reads(), (typical_header(), typical(1, 50))] {
            for (i, record) in records.iter().enumerate() {
                check(&header, record, &Keep::ALL);
                check(&header, record, &keeping(&[], Names::NONE));
                keeps.iter().skip(i % 10).step_by(10).for_each(|keep| check(&header, record, keep));
            }
        }
    }

    #[test]
    fn everything_kept_is_the_record_itself() {
        for (header, records) in [cases(), long_reads()] {
            for record in records {
                assert_eq!(rewritten(&header, &record, &Keep::ALL), bam_record_bytes(&record));
                let some = Keep { tags: Names::ALL.without(["??"]), ..Keep::ALL };
                assert_eq!(rewritten(&header, &record, &some), bam_record_bytes(&record));
            }
        }
    }

    fn read() -> Alignment {
        Alignment {
            qname: Some("r".into()),
            flag: 0x53,
            rname: Some(1),
            pos: 100_001,
            mapq: 7,
            cigar: vec![(2, b'M'), (40_000, b'N'), (2, b'M')],
            rnext: Some(1),
            pnext: 200_001,
            tlen: 3,
            seq: b"ACGT".to_vec(),
            qual: Some(vec![1, 2, 3, 4]),
            tags: vec![(*b"NM", Value::UInt8(0)), (*b"CG", Value::UInt32s(vec![16]))],
        }
    }

    #[test]
    fn flag_keeps_what_it_says_or_only_whether_the_read_is_placed() {
        let flag = |own, fields: &[Field]| {
            let record = Alignment { flag: own, ..read() };
            let bytes = rewritten(&typical_header(), &record, &keeping(fields, Names::ALL));
            Record::new(&bytes, 5).unwrap().flag
        };
        assert_eq!(flag(0x53, &[Field::Flag]), 0x53);
        assert_eq!(flag(0x57, &[Field::Flag, Field::Pos]), 0x57);
        assert_eq!(flag(0x53, &[Field::Rname, Field::Pos, Field::Cigar]), 0);
        assert_eq!(flag(0x57, &[Field::Rname, Field::Pos, Field::Cigar]), 4);
        for missing in [Field::Rname, Field::Pos, Field::Cigar] {
            let fields: Vec<Field> = Fields::ALL.without(Field::Flag).without(missing).iter().collect();
            assert_eq!(flag(0x53, &fields), 4, "without {missing:?}");
        }
    }

    #[test]
    fn bin_is_that_of_what_is_left() {
        let bin = |fields: &[Field]| {
            let bytes = rewritten(&typical_header(), &read(), &keeping(fields, Names::ALL));
            Record::new(&bytes, 5).unwrap().bin
        };
        assert_eq!(bin(&[Field::Flag, Field::Rname, Field::Pos, Field::Cigar]), reg2bin(100_000, 140_004));
        assert_eq!(bin(&[Field::Rname, Field::Pos, Field::Cigar]), reg2bin(100_000, 140_004));
        assert_eq!(bin(&[Field::Flag, Field::Rname, Field::Pos]), reg2bin(100_000, 100_001));
        // Without RNAME the read is unmapped, and counts as one base.
        assert_eq!(bin(&[Field::Pos, Field::Cigar]), reg2bin(100_000, 100_001));
        assert_eq!(bin(&[Field::Flag, Field::Rname, Field::Cigar]), 4680);
    }

    #[test]
    fn qualities_keep_their_bases() {
        let seq_and_qual = |fields: &[Field]| {
            let bytes = rewritten(&typical_header(), &read(), &keeping(fields, Names::ALL));
            let record = Record::new(&bytes, 5).unwrap();
            (record.l_seq, record.qual.to_vec())
        };
        assert_eq!(seq_and_qual(&[Field::Qual]), (4, vec![1, 2, 3, 4]));
        assert_eq!(seq_and_qual(&[Field::Seq]), (4, vec![0xff; 4]));
        assert_eq!(seq_and_qual(&[]), (0, vec![]));
    }

    #[test]
    fn operations_in_cg_go_with_cigar() {
        let (header, records) = long_reads();
        let long = records.iter().find(|record| record.cigar.len() > 65_535).unwrap();
        let operations = |fields: Fields, tags| {
            let bytes = rewritten(&header, long, &Keep { fields, tags, ..Keep::ALL });
            let record = Record::new(&bytes, header.contigs.len()).unwrap();
            let mut cg = 0;
            let mut tags = Tags(record.tags);
            while let Some(tag) = tags.next().unwrap() {
                cg += usize::from(is_operations(&tag));
            }
            (record.cigar.iter().next(), record.full_cigar().iter().count(), cg)
        };
        let n = long.cigar.len();
        let without_seq = Fields::ALL.without(Field::Seq).without(Field::Qual);
        assert_eq!(operations(Fields::ALL, Names::NONE), (Some((100_000, 4)), n, 1));
        assert_eq!(operations(Fields::ALL, Names::ALL.without(["CG"])), (Some((100_000, 4)), n, 1));
        assert_eq!(operations(without_seq, Names::NONE), (Some((0, 4)), n, 1));
        let without_cigar = Fields::ALL.without(Field::Cigar);
        for tags in [Names::ALL, Names::NONE, Names::only(["CG"])] {
            assert_eq!(operations(without_cigar, tags), (None, 0, 0));
        }
        // Beside other operations CG is a tag like others.
        let left = |tags| text(&header, &rewritten(&header, &read(), &Keep { tags, ..Keep::ALL }));
        assert!(left(Names::only(["CG"])).ends_with("\tCG:B:I,16"));
        assert!(left(Names::only(["NM"])).ends_with("\tNM:i:0"));
    }

    #[test]
    fn faulty_records_are_refused() {
        let bytes = bam_record_bytes(&read());
        let append = |bytes: &[u8], keep: &Keep| BamRewriter::new(5, keep).append(bytes, &mut Vec::new());
        let some = keeping(&[Field::Flag], Names::only(["NM"]));
        assert!(append(&bytes, &some).is_ok());
        assert!(append(&bytes[..bytes.len() - 1], &some).unwrap_err().to_string().contains("tag CG"));
        assert!(append(&bytes[..40], &some).is_err());
        assert!(BamRewriter::new(1, &some).append(&bytes, &mut Vec::new()).is_err());
    }
}
