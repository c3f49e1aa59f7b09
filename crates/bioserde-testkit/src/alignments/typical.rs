use super::{Alignment, Header, Value};
use crate::Random;

const READ_LENGTH: u32 = 36;

/// The header of [`typical`] reads: five contigs, one of them empty, one with an HLA name.
pub fn typical_header() -> Header {
    Header::new(
        "coordinate",
        &[
            ("chr1", 248_956_422),
            ("chr2", 242_193_529),
            ("chrX", 156_040_895),
            ("HLA-A*01:01:01:01", 3503),
            ("chrM", 16_569),
        ],
        "@RG\tID:a\tSM:NA1\tPL:ILLUMINA\n@RG\tID:b\tSM:NA1\tPL:ILLUMINA\n@PG\tID:bwa\tPN:bwa\n@CO\tgenerated\n",
    )
}

/// `n` paired short reads with the tags that aligners write, sorted by position; about one in forty
/// is unmapped. The third contig has none.
pub fn typical(seed: u64, n: usize) -> Vec<Alignment> {
    let mut random = Random::new(seed);
    let header = typical_header();
    let mut records: Vec<Alignment> = (0..n).map(|i| read(&mut random, &header, i)).collect();
    sort(&mut records);
    records
}

/// Sorts by contig and position as `SO:coordinate` says, the unplaced last.
pub fn sort(records: &mut [Alignment]) {
    records.sort_by_key(|r| (r.rname.unwrap_or(usize::MAX), r.pos));
}

fn read(random: &mut Random, header: &Header, i: usize) -> Alignment {
    let n = usize::try_from(READ_LENGTH).unwrap_or_default();
    let seq = random.bytes(b"ACGT", n);
    // Quality scores come in runs of few values.
    let level = random.pick(&[&[37_u8, 37, 37, 25][..], &[37, 25, 11], &[40, 38, 32, 2]]);
    let qual = random.bytes(level, n);
    let mut record =
        Alignment { qname: Some(format!("r{i:05}")), seq, qual: Some(qual), ..Alignment::default() };
    if random.one_in(60) {
        record.flag = 77;
        return record;
    }
    let contig = [0, 0, 0, 1, 1, 3, 4][random.index(7)];
    let longest = i32::try_from(header.contigs[contig].1).unwrap_or(i32::MAX).min(4_000_000);
    record.rname = Some(contig);
    record.pos = random.between(1, longest - 100);
    if random.one_in(60) {
        record.flag = 69;
        (record.rnext, record.pnext) = (record.rname, record.pos);
        return record;
    }
    place(random, &mut record);
    tag(random, &mut record);
    record
}

fn place(random: &mut Random, record: &mut Alignment) {
    let is_reverse = random.one_in(2);
    record.flag = if is_reverse { 147 } else { 99 };
    record.mapq = *[60, 60, 60, 27, 0].get(random.index(5)).unwrap_or(&60);
    record.cigar = match random.below(8) {
        0 => vec![(6, b'S'), (READ_LENGTH - 6, b'M')],
        1 => vec![(20, b'M'), (2, b'D'), (READ_LENGTH - 20, b'M')],
        2 => vec![(20, b'M'), (3, b'I'), (READ_LENGTH - 23, b'M')],
        _ => vec![(READ_LENGTH, b'M')],
    };
    (record.rnext, record.tlen) = (record.rname, random.between(60, 400));
    record.pnext = record.pos + if is_reverse { -record.tlen } else { record.tlen };
    if record.pnext < 1 || random.one_in(50) {
        record.flag = if is_reverse { 113 } else { 97 };
        (record.rnext, record.pnext, record.tlen) = (Some(1), random.between(1, 4_000_000), 0);
    } else if is_reverse {
        record.tlen = -record.tlen;
    }
}

fn tag(random: &mut Random, record: &mut Alignment) {
    let mismatches = i64::from(random.below(3));
    let mut push = |tag: &[u8; 2], value| record.tags.push((*tag, value));
    push(b"NM", Value::smallest(mismatches));
    push(b"MD", Value::Text(if mismatches == 0 { "36".into() } else { "12A23".into() }));
    push(b"AS", Value::smallest(36 - 5 * mismatches));
    push(b"RG", Value::Text((*random.pick(&["a", "b"])).to_owned()));
    if random.one_in(30) {
        push(b"SA", Value::Text(format!("chr2,{},+,20S16M,60,0;", random.between(1, 4_000_000))));
    }
    if random.one_in(40) {
        push(b"XF", Value::Float(f32::from(u8::try_from(random.below(200)).unwrap_or(0)) / 8.0));
    }
}
