use super::{Alignment, Header, Value, sort};
use crate::Random;

const LONG_CONTIG: u32 = (1 << 29) + 1_000_000;

fn header() -> Header {
    let mut contigs = vec![
        ("chr1".to_owned(), 100_000),
        ("empty".to_owned(), 5000),
        ("long".to_owned(), LONG_CONTIG),
        ("HLA-A*01:01:01:01".to_owned(), 3503),
        ("HLA-DRB1*15:01:01:02".to_owned(), 11_571),
    ];
    contigs.extend((0..300).map(|i| (format!("scaffold_{i}"), 1000 + i)));
    let contigs: Vec<(&str, u32)> = contigs.iter().map(|(n, l)| (n.as_str(), *l)).collect();
    Header::new(
        "coordinate",
        &contigs,
        "@RG\tID:g1\tSM:s\n@PG\tID:p\tPN:p\tCL:p -x \u{b5}\n@CO\ttab\tand:colon\n",
    )
}

/// One record for each unusual thing that a BAM file may hold, sorted by position.
pub fn cases() -> (Header, Vec<Alignment>) {
    let mut records = every_value();
    records.extend(places());
    records.extend(shapes());
    records.extend(clashing_tags());
    // A tag that no sample of the first records shows.
    records.extend((0..400).map(|i| mapped(&format!("filler{i}"), 4, 1 + i * 20)));
    records.push(with_tags("late", 4, 9000, vec![(*b"zq", Value::Text("late".into()))]));
    records.push(with_tags("later", 4, 9001, vec![(*b"zq", Value::Int32(7))]));
    sort(&mut records);
    (header(), records)
}

/// Two reads of 100,000 bases, one of them with 99,999 CIGAR operations, more than a BAM record holds.
pub fn long_reads() -> (Header, Vec<Alignment>) {
    let mut random = Random::new(11);
    let n: u32 = 100_000;
    let mut read = |name: &str, pos, cigar| {
        let seq = random.bytes(b"ACGTN", 100_000);
        let qual = Some(random.bytes(&[2, 11, 25, 37], 100_000));
        let tags = vec![(*b"NM", Value::Int32(1234)), (*b"MD", Value::Text("100000".into()))];
        Alignment {
            qname: Some(name.into()),
            flag: 0,
            rname: Some(2),
            pos,
            mapq: 60,
            cigar,
            seq,
            qual,
            tags,
            ..Alignment::default()
        }
    };
    let mut many = [(1, b'M'), (1, b'I')].repeat(49_999);
    many.push((2, b'M'));
    let records = vec![read("long", 1_000, vec![(n, b'M')]), read("operations", 2_000, many)];
    (header(), records)
}

fn mapped(name: &str, contig: usize, pos: i32) -> Alignment {
    Alignment {
        qname: Some(name.into()),
        flag: 0,
        rname: Some(contig),
        pos,
        mapq: 30,
        cigar: vec![(10, b'M')],
        seq: b"ACGTACGTAC".to_vec(),
        qual: Some(vec![30; 10]),
        ..Alignment::default()
    }
}

fn with_tags(name: &str, contig: usize, pos: i32, tags: Vec<([u8; 2], Value)>) -> Alignment {
    Alignment { tags, ..mapped(name, contig, pos) }
}

fn every_value() -> Vec<Alignment> {
    let texts = |tag: &[u8; 2]| {
        [
            Value::Text(String::new()),
            Value::Text("two words: and, punctuation; = \\ \" '".into()),
            Value::Hex("1AE301".into()),
            Value::Hex(String::new()),
            Value::Character(b'!'),
            Value::Character(b'~'),
        ]
        .map(|v| (*tag, v))
    };
    let numbers = vec![
        (*b"Xa", Value::Int8(i8::MIN)),
        (*b"Xb", Value::UInt8(u8::MAX)),
        (*b"Xc", Value::Int16(i16::MIN)),
        (*b"Xd", Value::UInt16(u16::MAX)),
        (*b"Xe", Value::Int32(i32::MIN)),
        (*b"Xf", Value::UInt32(u32::MAX)),
        (*b"Xg", Value::Float(-0.0)),
        (*b"Xh", Value::Float(f32::MIN_POSITIVE)),
        (*b"Xi", Value::Float(3.402_823_5e38)),
        (*b"Xj", Value::Float(0.1)),
        // Wider than it needs to be: the way back must keep the type.
        (*b"NM", Value::Int32(1)),
    ];
    let arrays = vec![
        (*b"Ba", Value::Int8s(vec![-128, 0, 127])),
        (*b"Bb", Value::UInt8s(vec![0, 255])),
        (*b"Bc", Value::Int16s(vec![-32_768, 32_767])),
        (*b"Bd", Value::UInt16s(vec![65_535])),
        (*b"Be", Value::Int32s(vec![i32::MIN, i32::MAX])),
        (*b"Bf", Value::UInt32s(vec![0, u32::MAX])),
        (*b"Bg", Value::Floats(vec![1.5, -0.25, 1e-20])),
        (*b"ML", Value::UInt8s(Vec::new())),
    ];
    let mut records = vec![with_tags("numbers", 0, 100, numbers), with_tags("arrays", 0, 100, arrays)];
    for (i, tag) in texts(b"Xt").into_iter().enumerate() {
        records.push(with_tags(&format!("text{i}"), 0, 110, vec![tag]));
    }
    for (i, tag) in texts(b"CO").into_iter().enumerate() {
        records.push(with_tags(&format!("comment{i}"), 0, 120, vec![tag]));
    }
    records
}

fn places() -> Vec<Alignment> {
    let last = i32::try_from(LONG_CONTIG).unwrap_or(i32::MAX) - 9;
    vec![
        mapped("first", 0, 1),
        mapped("last", 0, 99_991),
        mapped("far", 2, (1 << 29) - 4),
        mapped("end", 2, last),
        mapped("hla", 3, 17),
        Alignment { flag: 4, cigar: Vec::new(), mapq: 0, ..mapped("placed_unmapped", 0, 500) },
        Alignment { flag: 73, rnext: Some(0), pnext: 500, ..mapped("placed_mate", 0, 500) },
        Alignment { flag: 97, rnext: Some(3), pnext: 9, ..mapped("mate_elsewhere", 0, 600) },
        Alignment { flag: 97, rnext: Some(0), pnext: 0, ..mapped("mate_without_place", 0, 601) },
        Alignment { tlen: i32::MAX, ..mapped("tlen_most", 0, 602) },
        Alignment { tlen: i32::MIN + 1, ..mapped("tlen_least", 0, 602) },
        Alignment { rname: Some(0), flag: 4, qname: Some("contig_only".into()), ..Alignment::default() },
        Alignment {
            qname: Some("unplaced".into()),
            flag: 77,
            seq: b"ACGT".to_vec(),
            qual: Some(vec![0, 93, 1, 2]),
            ..Alignment::default()
        },
        Alignment {
            qname: Some("unplaced".into()),
            flag: 141,
            seq: b"TTTT".to_vec(),
            ..Alignment::default()
        },
    ]
}

fn shapes() -> Vec<Alignment> {
    let cigar = |name: &str, cigar: &[(u32, u8)], n| Alignment {
        cigar: cigar.to_vec(),
        seq: vec![b'C'; n],
        qual: Some(vec![20; n]),
        ..mapped(name, 0, 2000)
    };
    vec![
        Alignment { qname: None, ..mapped("", 0, 1000) },
        Alignment { seq: Vec::new(), qual: None, ..mapped("no_sequence", 0, 1000) },
        Alignment { seq: Vec::new(), qual: None, cigar: Vec::new(), flag: 256, ..mapped("nothing", 0, 1001) },
        Alignment { qual: None, ..mapped("no_quality", 0, 1002) },
        Alignment { mapq: 255, ..mapped("mapq_255", 0, 1003) },
        Alignment { flag: !4, ..mapped("all_flags", 0, 1004) },
        Alignment { flag: 0xf000, ..mapped("unknown_flags", 0, 1005) },
        Alignment { seq: b"=ACMGRSVTW".to_vec(), ..mapped("codes", 0, 1006) },
        Alignment {
            seq: b"TWYHKDBN=".to_vec(),
            cigar: vec![(9, b'M')],
            qual: Some(vec![0; 9]),
            ..mapped("odd_length", 0, 1007)
        },
        Alignment { qual: Some(vec![0, 93, 0, 93, 0, 93, 0, 93, 0, 93]), ..mapped("quality_range", 0, 1008) },
        // Its quality score reads `*`, as a missing one does.
        Alignment {
            seq: b"A".to_vec(),
            cigar: vec![(1, b'M')],
            qual: Some(vec![9]),
            ..mapped("quality_star", 0, 1008)
        },
        mapped(&"n".repeat(254), 0, 1009),
        cigar(
            "all_operations",
            &[
                (1, b'H'),
                (2, b'S'),
                (3, b'M'),
                (1, b'I'),
                (2, b'D'),
                (5, b'N'),
                (1, b'P'),
                (2, b'='),
                (1, b'X'),
                (1, b'S'),
                (2, b'H'),
            ],
            10,
        ),
        cigar("no_reference_bases", &[(5, b'I'), (5, b'S')], 10),
        cigar("intron", &[(5, b'M'), (90_000, b'N'), (5, b'M')], 10),
        cigar("only_clips", &[(10, b'S')], 10),
    ]
}

fn clashing_tags() -> Vec<Alignment> {
    let text = |t: &str| Value::Text(t.into());
    vec![
        with_tags("case", 0, 3000, vec![(*b"XA", text("upper")), (*b"xa", text("lower"))]),
        with_tags("case_of_standard", 0, 3001, vec![(*b"nm", Value::UInt8(5)), (*b"NM", Value::UInt8(6))]),
        with_tags("type_changes", 0, 3002, vec![(*b"XT", Value::Character(b'U'))]),
        with_tags("type_changes", 0, 3003, vec![(*b"XT", Value::Int32(3))]),
        with_tags("type_changes", 0, 3004, vec![(*b"XT", Value::Floats(vec![0.5]))]),
        with_tags(
            "standard_of_other_type",
            0,
            3005,
            vec![(*b"AS", Value::Float(1.5)), (*b"MD", Value::Int32(10))],
        ),
        with_tags("group_unknown", 0, 3006, vec![(*b"RG", text("not_in_header"))]),
        with_tags(
            "order",
            0,
            3007,
            vec![(*b"RG", text("g1")), (*b"NM", Value::UInt8(0)), (*b"AS", Value::Int8(-3))],
        ),
        with_tags(
            "order",
            0,
            3008,
            vec![(*b"AS", Value::Int16(-3)), (*b"NM", Value::UInt16(0)), (*b"RG", text("g1"))],
        ),
    ]
}
