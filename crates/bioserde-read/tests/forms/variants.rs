//! Variants as VCF lines.

use bioserde_core::vcf::Header;
use bioserde_model::{InfoField, Position, Value, Variant, vcf};
use bioserde_read::VcfParser;
use bioserde_testkit::variants::{arb_variant_line, case_header};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::arbitrary::{arb_float, arb_genotype, arb_variant};
use crate::bits::Bits;

/// Keys of every type, once of one value and once of any number.
const META: &str = "##fileformat=VCFv4.4\n\
    ##INFO=<ID=DB,Number=0,Type=Flag,Description=\"\">\n\
    ##INFO=<ID=I,Number=1,Type=Integer,Description=\"\">\n##INFO=<ID=IS,Number=.,Type=Integer,Description=\"\">\n\
    ##INFO=<ID=F,Number=1,Type=Float,Description=\"\">\n##INFO=<ID=FS,Number=A,Type=Float,Description=\"\">\n\
    ##INFO=<ID=T,Number=1,Type=String,Description=\"\">\n##INFO=<ID=TS,Number=R,Type=String,Description=\"\">\n\
    ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"\">\n\
    ##FORMAT=<ID=I,Number=1,Type=Integer,Description=\"\">\n##FORMAT=<ID=IS,Number=G,Type=Integer,Description=\"\">\n\
    ##FORMAT=<ID=F,Number=1,Type=Float,Description=\"\">\n##FORMAT=<ID=FS,Number=2,Type=Float,Description=\"\">\n\
    ##FORMAT=<ID=T,Number=1,Type=Character,Description=\"\">\n##FORMAT=<ID=TS,Number=.,Type=String,Description=\"\">\n\
    #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\tc\n";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn variants_come_back_from_text(variant in arb_fitting()) {
        let line = vcf::to_string(&variant).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let parser = VcfParser::new(&Header::parse(META.as_bytes()).unwrap());
        let again = parser.parse(&line).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(again.bits(), variant.bits(), "{}", line);
    }

    #[test]
    fn lines_of_every_kind_come_back((samples, line) in arb_line()) {
        let parser = VcfParser::new(&Header::parse(case_header(samples).as_bytes()).unwrap());
        let Ok(variant) = parser.parse(&line) else { return Ok(()) };
        let written = vcf::to_string(&variant).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(parser.parse(&written).unwrap().bits(), variant.bits(), "{}", written);
    }

    #[test]
    fn what_is_written_is_one_line_of_the_right_columns(variant in arb_variant()) {
        let Ok(line) = vcf::to_string(&variant) else { return Ok(()) };
        prop_assert!(!line.contains(['\n', '\r']));
        let has_format = !(variant.format.is_empty() && variant.samples.is_empty());
        prop_assert_eq!(line.split('\t').count(), 8 + usize::from(has_format) + variant.samples.len());
    }
}

fn arb_line() -> impl Strategy<Value = (usize, String)> {
    let line =
        |samples| (Just(samples), arb_variant_line(&Header::parse(case_header(samples).as_bytes()).unwrap()));
    prop_oneof![line(0), line(1), line(3)]
}

/// A variant under the header above: every value is of its key's type and number, or has no key.
fn arb_fitting() -> impl Strategy<Value = Variant> {
    let texts = |n| vec(arb_word(), 1..n);
    let site = ("[A-Za-z0-9<>_]{1,8}", 0..2_000_000_000_u64, option::of(texts(3)), "[ACGTN]{1,9}");
    let alternate = option::of(vec("[ACGT]{1,5}|\\*|<INS>|A\\[1:5\\[", 1..4));
    let rest = (option::of(arb_number()), option::of(texts(3)), vec(arb_info(), 0..8));
    let format =
        proptest::sample::subsequence(vec!["GT", "I", "IS", "F", "FS", "T", "TS", "undeclared"], 1..8);
    let samples = format.prop_flat_map(|keys| {
        let sample: Vec<_> = keys.iter().map(|key| arb_of(key).boxed()).collect();
        let sample = (sample, 1..9_usize).prop_map(|(mut values, most)| {
            values.truncate(most);
            values
        });
        (Just(keys), vec(sample, 3))
    });
    (site, alternate, rest, samples).prop_map(|(site, alternate, (qual, filter, info), (keys, samples))| {
        let (chrom, pos, id, reference) = site;
        let position = |n| Position::new(n).unwrap();
        let end = pos + u64::try_from(reference.len()).unwrap() - 1;
        Variant {
            chrom,
            pos: position(pos),
            end_pos: position(end),
            id: id.unwrap_or_default(),
            reference,
            alternate: alternate.unwrap_or_default(),
            qual,
            filter,
            info,
            format: keys.into_iter().map(str::to_owned).collect(),
            samples,
        }
    })
}

fn arb_info() -> impl Strategy<Value = InfoField> {
    let key = proptest::sample::select(vec!["DB", "I", "IS", "F", "FS", "T", "TS", "undeclared"]);
    let field = |key: &'static str| {
        let value = if key == "DB" { Just(Value::Flag).boxed() } else { arb_of(key).boxed() };
        value.prop_map(move |value| InfoField { key: key.to_owned(), value })
    };
    key.prop_flat_map(field)
}

/// A value of a key, or that it is missing.
fn arb_of(key: &str) -> impl Strategy<Value = Value> + use<> {
    let value = match key {
        "GT" => return arb_genotype().prop_map(Value::Genotype).boxed(),
        "undeclared" => return "[!-+<-~-]{0,5}".prop_map(|t| Value::Other(Some(t))).boxed(),
        "I" => any::<i32>().prop_map(Value::Integer).boxed(),
        "IS" => arb_list(any::<i32>()).prop_map(Value::Integers).boxed(),
        "F" => arb_number().prop_map(Value::Float).boxed(),
        "FS" => arb_list(arb_number()).prop_map(Value::Floats).boxed(),
        "T" => arb_word().prop_map(Value::Text).boxed(),
        _ => arb_list(arb_word()).prop_map(Value::Texts).boxed(),
    };
    prop_oneof![6 => value, 1 => Just(Value::Missing)].boxed()
}

/// A list, not of what is missing alone.
fn arb_list<T: Clone + std::fmt::Debug>(
    element: impl Strategy<Value = T>,
) -> impl Strategy<Value = Vec<Option<T>>> {
    let list = vec(option::weighted(0.8, element), 1..5);
    list.prop_filter("a list of nothing is missing", |list| !matches!(list.as_slice(), [None]))
}

/// Any float, of NaN only the one that text tells.
fn arb_number() -> impl Strategy<Value = f32> {
    arb_float().prop_map(|x| if x.is_nan() { f32::NAN } else { x })
}

/// A text without separators, empty or of any script.
fn arb_word() -> impl Strategy<Value = String> {
    let has_separator = |text: &String| text == "." || text.contains([';', ':', ',', '=', '\t', '\n', '\r']);
    "[!-~]{0,6}|[a-zé中 %]{1,4}|\\PC{0,3}".prop_filter("no separators", move |text| !has_separator(text))
}
