//! Models of every kind, also those that no file holds.

use bioserde_model::{
    Alignment, Cigar, InfoField, Operation, OperationKind, Position, Tag, TagValue, Value, Variant,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Any alignment that has a serde form.
pub(crate) fn arb_alignment() -> impl Strategy<Value = Alignment> {
    let text = || option::of(arb_text());
    let seq = prop_oneof![4 => "[=ACMGRSVTWYHKDBN]{1,40}", 1 => arb_text()];
    let names = (text(), text(), text(), option::of(seq));
    let positions = (option::of(arb_position()), option::of(arb_position()));
    let numbers = (any::<u16>(), any::<u8>(), any::<i32>());
    let lists = (arb_cigar(), option::of(vec(any::<u8>(), 0..40)), vec(arb_tag(), 0..8));
    (names, positions, numbers, lists).prop_map(|(names, positions, numbers, (cigar, qual, tags))| {
        let (qname, rname, rnext, seq) = names;
        let (pos, pnext) = positions;
        let (flag, mapq, tlen) = numbers;
        Alignment { qname, flag, rname, pos, mapq, cigar, rnext, pnext, tlen, seq, qual, tags }
    })
}

/// Any variant; its values need not be of the number or type that a header would tell.
pub(crate) fn arb_variant() -> impl Strategy<Value = Variant> {
    let texts = || vec(arb_text(), 0..3);
    let site = (arb_text(), arb_position(), arb_position(), texts(), arb_text(), texts());
    let info = vec((arb_text(), arb_value()).prop_map(|(key, value)| InfoField { key, value }), 0..6);
    let samples = vec(vec(arb_value(), 0..5), 0..4);
    let rest = (option::of(arb_float()), option::of(texts()), info, texts(), samples);
    (site, rest).prop_map(|(site, (qual, filter, info, format, samples))| {
        let (chrom, pos, end_pos, id, reference, alternate) = site;
        Variant { chrom, pos, end_pos, id, reference, alternate, qual, filter, info, format, samples }
    })
}

/// Texts of every script, empty ones and those of control characters included.
pub(crate) fn arb_text() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[ -~]{0,12}", 1 => "\\PC{0,6}", 1 => any::<String>(), 1 => Just(String::new())]
}

/// 0 and the last position included.
pub(crate) fn arb_position() -> impl Strategy<Value = Position> {
    let number = prop_oneof![4 => 0..=0x7fff_ffff_u64, 1 => Just(0), 1 => Just(0x7fff_ffff)];
    number.prop_map(|n| Position::new(n).unwrap_or_default())
}

/// Any CIGAR, lengths of 0 and of 28 bits included.
pub(crate) fn arb_cigar() -> impl Strategy<Value = Cigar> {
    let len = prop_oneof![4 => 0..500_u32, 1 => 0..1_u32 << 28, 1 => Just((1 << 28) - 1)];
    let operation = (len, (0..9_u8).prop_filter_map("a code", OperationKind::from_code))
        .prop_map(|(len, kind)| Operation { len, kind });
    vec(operation, 0..8).prop_map(Cigar)
}

/// Any bits, those of infinite numbers and of NaN often.
pub(crate) fn arb_float() -> impl Strategy<Value = f32> {
    let special = [0, 0x8000_0000, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0x7f80_0001, 0xffc0_0001, 1];
    prop_oneof![any::<u32>(), proptest::sample::select(special.to_vec()), 0x7f80_0000..=0x7fff_ffff_u32]
        .prop_map(f32::from_bits)
}

/// A tag of any type.
pub(crate) fn arb_tag() -> impl Strategy<Value = Tag> {
    let name = prop_oneof![3 => "[A-Za-z][A-Za-z0-9]", 1 => "[\\x00-\\x7f]{2}"];
    let name = name.prop_filter_map("two bytes", |name| <[u8; 2]>::try_from(name.as_bytes()).ok());
    (name, arb_tag_value()).prop_map(|(tag, value)| Tag { tag, value })
}

/// A value of any type, empty arrays included.
pub(crate) fn arb_tag_value() -> impl Strategy<Value = TagValue> {
    prop_oneof![
        any::<u8>().prop_map(TagValue::Character),
        any::<i8>().prop_map(TagValue::Int8),
        any::<u8>().prop_map(TagValue::UInt8),
        any::<i16>().prop_map(TagValue::Int16),
        any::<u16>().prop_map(TagValue::UInt16),
        any::<i32>().prop_map(TagValue::Int32),
        any::<u32>().prop_map(TagValue::UInt32),
        arb_float().prop_map(TagValue::Float),
        arb_text().prop_map(TagValue::Text),
        arb_text().prop_map(TagValue::Hex),
        vec(any::<i8>(), 0..5).prop_map(TagValue::Int8s),
        vec(any::<u8>(), 0..5).prop_map(TagValue::UInt8s),
        vec(any::<i16>(), 0..5).prop_map(TagValue::Int16s),
        vec(any::<u16>(), 0..5).prop_map(TagValue::UInt16s),
        vec(any::<i32>(), 0..5).prop_map(TagValue::Int32s),
        vec(any::<u32>(), 0..5).prop_map(TagValue::UInt32s),
        vec(arb_float(), 0..5).prop_map(TagValue::Floats),
    ]
}

/// A value of any type; missing, empty, and lists of what is missing included.
pub(crate) fn arb_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Flag),
        Just(Value::Missing),
        any::<i32>().prop_map(Value::Integer),
        arb_float().prop_map(Value::Float),
        arb_text().prop_map(Value::Text),
        arb_genotype().prop_map(Value::Genotype),
        vec(option::of(any::<i32>()), 0..4).prop_map(Value::Integers),
        vec(option::of(arb_float()), 0..4).prop_map(Value::Floats),
        vec(option::of(arb_text()), 0..4).prop_map(Value::Texts),
        option::of(arb_text()).prop_map(Value::Other),
    ]
}

/// The text of a genotype of any ploidy, with any mixture of marks.
pub(crate) fn arb_genotype() -> impl Strategy<Value = String> {
    "[/|]?([0-9]|[1-9][0-9]{1,2}|\\.)([/|]([0-9]|\\.)){0,4}"
}
