use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::{option, sample};

use super::{Alignment, Value};

const CONTIGS: usize = 5;
const TAGS: [[u8; 2]; 14] = [
    *b"NM", *b"AS", *b"MD", *b"RG", *b"SA", *b"TS", *b"ML", *b"XA", *b"xa", *b"Xf", *b"XB", *b"nm", *b"zz",
    *b"Z9",
];

/// Any alignment that the specification allows, on the first five contigs of a header.
///
/// Lengths of CIGAR, sequence and qualities agree; tags may clash, repeat no name, and hold any type.
pub fn arb_alignment() -> impl Strategy<Value = Alignment> {
    let place = option::weighted(0.9, (0..CONTIGS, 1..2_000_000_i32));
    let mate = option::weighted(0.8, (0..CONTIGS, 0..2_000_000_i32));
    let fields = (option::weighted(0.95, "[!-?A-~]{1,20}"), any::<u16>(), any::<u8>(), any::<i32>());
    (fields, place, mate, arb_bases(), arb_tags()).prop_map(|(fields, place, mate, bases, tags)| {
        let (qname, flag, mapq, tlen) = fields;
        let (cigar, seq, qual) = bases;
        let qname = qname.filter(|n| n != "*");
        Alignment {
            qname,
            flag: if place.is_none() { flag | 4 } else { flag },
            rname: place.map(|p| p.0),
            pos: place.map_or(0, |p| p.1),
            mapq,
            cigar: if place.is_none() { Vec::new() } else { cigar },
            rnext: mate.map(|m| m.0),
            pnext: mate.map_or(0, |m| m.1),
            tlen: tlen.max(-i32::MAX),
            seq,
            qual,
            tags,
        }
    })
}

type Bases = (Vec<(u32, u8)>, Vec<u8>, Option<Vec<u8>>);

fn arb_bases() -> impl Strategy<Value = Bases> {
    // Clips stand at the ends (SAMv1 §1.4, field 6).
    let clip = || option::weighted(0.2, (1..30_u32, Just(b'S')));
    let operation = (1..30_u32, sample::select(b"MIDNP=X".to_vec()));
    let cigar = (clip(), vec(operation, 0..6), clip()).prop_map(|(first, operations, last)| {
        first.into_iter().chain(operations).chain(last).collect::<Vec<_>>()
    });
    (cigar, any::<bool>(), any::<bool>(), any::<u64>()).prop_map(|(cigar, has_seq, has_qual, seed)| {
        let read_bases = cigar.iter().filter(|(_, op)| b"MIS=X".contains(op)).map(|(n, _)| *n).sum::<u32>();
        let n = if cigar.is_empty() { 12 } else { usize::try_from(read_bases).unwrap_or_default() };
        let n = if has_seq { n } else { 0 };
        let mut random = crate::Random::new(seed);
        let seq = random.bytes(b"=ACMGRSVTWYHKDBN", n);
        let scores: Vec<u8> = (0..94).collect();
        let qual = (has_qual && n > 0).then(|| random.bytes(&scores, n));
        (cigar, seq, qual)
    })
}

fn arb_tags() -> impl Strategy<Value = Vec<([u8; 2], Value)>> {
    (sample::subsequence(TAGS.to_vec(), 0..8).prop_shuffle(), vec(arb_value(), 8))
        .prop_map(|(tags, values)| tags.into_iter().zip(values).collect())
}

fn arb_value() -> impl Strategy<Value = Value> {
    let float =
        prop_oneof![Just(0.5_f32), -1e6_f32..1e6, any::<f32>().prop_filter("finite", |x| x.is_finite())];
    prop_oneof![
        (b'!'..=b'~').prop_map(Value::Character),
        any::<i8>().prop_map(Value::Int8),
        any::<u8>().prop_map(Value::UInt8),
        any::<i16>().prop_map(Value::Int16),
        any::<u16>().prop_map(Value::UInt16),
        any::<i32>().prop_map(Value::Int32),
        any::<u32>().prop_map(Value::UInt32),
        float.clone().prop_map(Value::Float),
        "[ -~]{0,20}".prop_map(Value::Text),
        "([0-9A-F]{2}){0,6}".prop_map(Value::Hex),
        vec(any::<i8>(), 0..5).prop_map(Value::Int8s),
        vec(any::<u8>(), 0..5).prop_map(Value::UInt8s),
        vec(any::<i16>(), 0..5).prop_map(Value::Int16s),
        vec(any::<u16>(), 0..5).prop_map(Value::UInt16s),
        vec(any::<i32>(), 0..5).prop_map(Value::Int32s),
        vec(any::<u32>(), 0..5).prop_map(Value::UInt32s),
        vec(float, 0..5).prop_map(Value::Floats),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_agree() {
        for record in crate::samples(&arb_alignment(), 1, 500) {
            let read_bases = record.cigar.iter().filter(|(_, op)| b"MIS=X".contains(op));
            let read_bases: u32 = read_bases.map(|(n, _)| *n).sum();
            let n = u32::try_from(record.seq.len()).unwrap();
            assert!(record.cigar.is_empty() || n == 0 || n == read_bases, "{record:?}");
            assert!(record.qual.is_none_or(|q| q.len() == record.seq.len()));
            assert_eq!(record.rname.is_none(), record.pos == 0);
        }
    }
}
