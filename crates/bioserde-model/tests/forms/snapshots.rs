//! The readable form, pinned: a difference here is a new `MODEL_VERSION`.

use bioserde_model::{Alignment, InfoField, Position, SamHeader, Tag, TagValue, Value, Variant, VcfHeader};
use insta::assert_snapshot;

pub(crate) const SAM: &str =
    "@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:chr1\tLN:9\n@CO\tfree\ttext\n@zz\tab:c:d\n@CO\n@PG\tID:a\r\n";

pub(crate) const VCF: &str = "##fileformat=VCFv4.3\n##INFO=<ID=DP,Number=1,Type=Integer,Description=\"a \\\"b\\\"\">\n\
    ##INFO=<ID=broken\n##odd\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1\n";

fn json(model: &impl serde::Serialize) -> String {
    serde_json::to_string(model).unwrap()
}

#[test]
fn alignments() {
    let values = [
        TagValue::Character(0xe9),
        TagValue::Int8(-1),
        TagValue::UInt8(1),
        TagValue::Int16(-2),
        TagValue::UInt16(2),
        TagValue::Int32(-3),
        TagValue::UInt32(3),
        TagValue::Float(0.1),
        TagValue::Text("é".to_owned()),
        TagValue::Hex("1A".to_owned()),
        TagValue::Int8s(vec![]),
        TagValue::UInt8s(vec![1, 2]),
        TagValue::Int16s(vec![-1]),
        TagValue::UInt16s(vec![1]),
        TagValue::Int32s(vec![-1]),
        TagValue::UInt32s(vec![1]),
        TagValue::Floats(vec![f32::NAN, f32::INFINITY, f32::from_bits(0x7f80_0001)]),
    ];
    let tags = values.into_iter().map(|value| Tag { tag: *b"X0", value }).collect();
    let alignment = Alignment {
        qname: Some("r1".to_owned()),
        flag: 99,
        rname: Some("chr1".to_owned()),
        pos: Position::new(7),
        mapq: 60,
        cigar: "2S3M".parse().unwrap(),
        rnext: None,
        pnext: None,
        tlen: -39,
        seq: Some("ACGTN".to_owned()),
        qual: Some(vec![0, 1, 2, 93, 40]),
        tags,
    };
    assert_snapshot!("alignment", json(&alignment));
    let bare = Alignment { seq: None, qual: None, cigar: "*".parse().unwrap(), tags: vec![], ..alignment };
    assert_snapshot!("alignment_without_bases", json(&bare));
}

#[test]
fn variants() {
    let values = [
        Value::Flag,
        Value::Missing,
        Value::Integer(-1),
        Value::Float(29.5),
        Value::Text("a%3Bb".to_owned()),
        Value::Integers(vec![Some(1), None]),
        Value::Floats(vec![None, Some(f32::NEG_INFINITY)]),
        Value::Texts(vec![Some(String::new()), None]),
        Value::Other(Some("x".to_owned())),
        Value::Other(None),
    ];
    let variant = Variant {
        chrom: "20".to_owned(),
        pos: Position::new(10).unwrap(),
        end_pos: Position::new(12).unwrap(),
        id: vec!["rs1".to_owned()],
        reference: "ACG".to_owned(),
        alternate: vec!["A".to_owned(), "<DEL>".to_owned()],
        qual: Some(29.0),
        filter: Some(vec!["PASS".to_owned()]),
        info: values.into_iter().map(|value| InfoField { key: "K".to_owned(), value }).collect(),
        format: vec!["GT".to_owned(), "DP".to_owned()],
        samples: vec![
            vec![Value::Genotype("|0/1|.".to_owned()), Value::Integer(7)],
            vec![Value::Genotype(".".to_owned())],
            vec![],
        ],
    };
    assert_snapshot!("variant", json(&variant));
    let bare = Variant { qual: None, filter: None, info: vec![], samples: vec![], format: vec![], ..variant };
    assert_snapshot!("variant_site", json(&bare));
}

#[test]
fn headers() {
    assert_snapshot!("sam_header", json(&SamHeader::from_text(SAM)));
    assert_snapshot!("vcf_header", json(&VcfHeader::from_text(VCF).unwrap()));
}
