//! Alignments as BAM records and SAM lines.

use std::io::Write;
use std::process::{Command, Stdio};

use bioserde_core::sam::Header;
use bioserde_model::bam::Encoder;
use bioserde_model::{Alignment, Cigar, Operation, OperationKind, Tag, TagValue, sam};
use bioserde_read::{BamParser, SamParser};
use proptest::prelude::*;

use crate::arbitrary::arb_alignment;
use crate::bits::Bits;

const HEADER: &str = "@SQ\tSN:chr1\tLN:2147483647\n@SQ\tSN:HLA-A*01:01\tLN:9\n";

fn header() -> Header {
    Header::parse(HEADER.as_bytes()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn bam_holds_what_it_does_not_refuse(alignment in arb_alignment()) {
        let mut record = Vec::new();
        if Encoder::new(&header()).encode(&alignment, &mut record).is_ok() {
            let again = BamParser::new(&header()).parse(&record);
            prop_assert_eq!(again.unwrap().bits(), alignment.bits());
        } else {
            prop_assert!(record.is_empty());
        }
    }

    #[test]
    fn bam_holds_every_type(alignment in arb_alignment().prop_map(for_bam)) {
        let mut record = Vec::new();
        Encoder::new(&header()).encode(&alignment, &mut record).map_err(TestCaseError::fail_of)?;
        let again = BamParser::new(&header()).parse(&record);
        prop_assert_eq!(again.unwrap().bits(), alignment.bits());
    }

    #[test]
    fn sam_holds_what_it_does_not_refuse(alignment in arb_alignment()) {
        let Ok(line) = sam::to_string(&alignment) else { return Ok(()) };
        prop_assert!(!line.contains(['\n', '\r']));
        if let Ok(again) = SamParser::new(&header()).parse(&line) {
            prop_assert_eq!(again.bits(), with_smallest_types(alignment).bits());
        }
    }

    #[test]
    fn sam_holds_all_but_the_width_of_integers(alignment in arb_alignment().prop_map(for_sam)) {
        let line = sam::to_string(&alignment).map_err(TestCaseError::fail_of)?;
        let again = SamParser::new(&header()).parse(&line).map_err(TestCaseError::fail_of)?;
        prop_assert_eq!(again.bits(), with_smallest_types(alignment).bits());
    }

    #[test]
    fn samtools_reads_sam_as_it_is_written(
        alignments in proptest::collection::vec(arb_alignment().prop_map(for_samtools), 30)
    ) {
        let lines: Vec<_> = alignments.iter().map(|a| sam::to_string(a).unwrap() + "\n").collect();
        let text = HEADER.to_owned() + &lines.concat();
        let Some(read) = samtools(&text) else { return Ok(()) };
        prop_assert_eq!(read, text);
    }
}

/// An error of any kind as a failed case.
trait Fail {
    fn fail_of(error: impl ToString) -> Self;
}

impl Fail for TestCaseError {
    fn fail_of(error: impl ToString) -> Self {
        Self::fail(error.to_string())
    }
}

/// The same alignment, with what BAM cannot hold changed.
fn for_bam(mut alignment: Alignment) -> Alignment {
    let known = |name: Option<String>| name.map(|n| if n.len() % 2 == 0 { "chr1" } else { "HLA-A*01:01" });
    alignment.qname = alignment.qname.map(|name| name.replace(['\0', '*'], "x").chars().take(60).collect());
    alignment.rname = known(alignment.rname).map(str::to_owned);
    alignment.rnext = known(alignment.rnext).map(str::to_owned);
    alignment.pos = alignment.pos.filter(|p| p.get() > 0);
    alignment.pnext = alignment.pnext.filter(|p| p.get() > 0);
    let is_code = |c: &char| "=ACMGRSVTWYHKDBN".contains(*c);
    let seq: Option<String> = alignment.seq.map(|seq| seq.chars().filter(is_code).collect());
    alignment.seq = seq.filter(|seq| !seq.is_empty());
    let len = alignment.seq.as_ref().map_or(0, String::len);
    alignment.qual = alignment.qual.map(|mut qual| {
        qual.resize(len, 40);
        qual
    });
    alignment.qual = alignment.qual.filter(|qual| qual.iter().any(|q| *q != 0xff));
    alignment.tags.retain(|tag| tag.tag != *b"CG");
    for Tag { value, .. } in &mut alignment.tags {
        if let TagValue::Text(text) | TagValue::Hex(text) = value {
            *text = text.replace('\0', "");
        }
    }
    alignment
}

/// The same alignment, with what SAM text cannot hold or SAMv1 forbids changed.
fn for_sam(alignment: Alignment) -> Alignment {
    let mut alignment = for_bam(alignment);
    let is_name = |c: &char| matches!(c, '!'..=')' | '+'..='?' | 'A'..='~');
    let qname: Option<String> = alignment.qname.map(|name| name.chars().filter(is_name).collect());
    alignment.qname = qname.filter(|name| !name.is_empty());
    alignment.tlen = alignment.tlen.max(-i32::MAX);
    alignment.qual.iter_mut().flatten().for_each(|q| *q %= 94);
    alignment.qual = alignment.qual.filter(|qual| *qual != [9]);
    alignment.cigar = matching_cigar(alignment.cigar, alignment.seq.as_deref());
    let mut seen = Vec::new();
    alignment.tags.retain(|tag| {
        let is_new = !seen.contains(&tag.tag);
        seen.push(tag.tag);
        is_new && tag.tag[0].is_ascii_alphabetic() && tag.tag[1].is_ascii_alphanumeric()
    });
    for Tag { value, .. } in &mut alignment.tags {
        match value {
            TagValue::Character(x) => *x = b'!' + *x % 94,
            TagValue::Text(text) => text.retain(|c| matches!(c, ' '..='~')),
            TagValue::Hex(text) => *text = text.bytes().map(|b| format!("{b:02X}")).collect(),
            TagValue::Float(x) => *x = one_nan(*x),
            TagValue::Floats(list) => list.iter_mut().for_each(|x| *x = one_nan(*x)),
            _ => {}
        }
    }
    alignment
}

fn one_nan(x: f32) -> f32 {
    if x.is_nan() { f32::NAN } else { x }
}

/// Operations without clips inside that describe as many bases as there are.
fn matching_cigar(cigar: Cigar, seq: Option<&str>) -> Cigar {
    use OperationKind::{HardClip, Match, SoftClip};
    let mut operations = cigar.0;
    operations.retain(|o| !matches!(o.kind, HardClip | SoftClip));
    let Some(seq) = seq.filter(|_| !operations.is_empty()) else { return Cigar(operations) };
    operations.retain(|o| !o.kind.consumes_read());
    operations.push(Operation { len: u32::try_from(seq.len()).unwrap(), kind: Match });
    Cigar(operations)
}

/// The same alignment, without what samtools corrects or prints with fewer digits.
fn for_samtools(alignment: Alignment) -> Alignment {
    let mut alignment = for_sam(alignment);
    alignment.cigar.0.retain(|o| o.len > 0 && o.len < 1000);
    if alignment.rname.is_none() || alignment.pos.is_none() || alignment.cigar.0.is_empty() {
        alignment.flag |= 4;
    }
    if alignment.rname.is_none() || alignment.pos.is_none() {
        (alignment.rname, alignment.pos) = (None, None);
    }
    if alignment.pnext.is_none() || alignment.rnext.is_none() {
        (alignment.rnext, alignment.pnext) = (None, None);
    }
    let short = |x: &mut f32| *x = if x.is_finite() { (*x % 1000.0).trunc() / 8.0 + 0.5 } else { 0.5 };
    for Tag { value, .. } in &mut alignment.tags {
        match value {
            TagValue::Float(x) => short(x),
            TagValue::Floats(list) => list.iter_mut().for_each(short),
            _ => {}
        }
    }
    alignment
}

/// The alignment with each integer tag in the smallest type that holds it.
fn with_smallest_types(mut alignment: Alignment) -> Alignment {
    for Tag { value, .. } in &mut alignment.tags {
        let Some(x) = value.as_integer() else { continue };
        *value = match x {
            0..=0xff => TagValue::UInt8(u8::try_from(x).unwrap()),
            0x100..=0xffff => TagValue::UInt16(u16::try_from(x).unwrap()),
            0x1_0000.. => TagValue::UInt32(u32::try_from(x).unwrap()),
            -0x80.. => TagValue::Int8(i8::try_from(x).unwrap()),
            -0x8000.. => TagValue::Int16(i16::try_from(x).unwrap()),
            _ => TagValue::Int32(i32::try_from(x).unwrap()),
        };
    }
    alignment
}

/// What samtools prints of a SAM text; nothing when it is absent.
fn samtools(text: &str) -> Option<String> {
    let mut command = Command::new("samtools");
    command.args(["view", "-h", "--no-PG", "-"]);
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else {
        let required = std::env::var_os("BIOSERDE_REQUIRE_ORACLES").is_some_and(|v| v == "1");
        assert!(!required, "an oracle is required: no samtools");
        println!("skipped: no samtools");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let input = text.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{text}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_long_cigar_stands_in_cg() {
    let cigar: Cigar = "1M1I".repeat(33_000).parse().unwrap();
    let line = format!("a\t0\tchr1\t1\t0\t{cigar}\t*\t0\t0\t{}\t*\tNM:i:1", "AC".repeat(33_000));
    let alignment = SamParser::new(&header()).parse(&line).unwrap();
    let mut record = Vec::new();
    Encoder::new(&header()).encode(&alignment, &mut record).unwrap();
    assert_eq!(record[16..18], [2, 0]);
    assert_eq!(BamParser::new(&header()).parse(&record).unwrap(), alignment);
    assert_eq!(sam::to_string(&alignment).unwrap(), line);
    let cg = Tag { tag: *b"CG", value: TagValue::UInt32s(vec![16]) };
    let twice = Alignment { tags: vec![cg], ..alignment };
    assert!(Encoder::new(&header()).encode(&twice, &mut record).is_err());
}

#[test]
fn a_record_is_taken_whole() {
    let mut record = Vec::new();
    let line = "a\t4\t*\t0\t0\t*\t*\t0\t0\tA\tI";
    let alignment = SamParser::new(&header()).parse(line).unwrap();
    Encoder::new(&header()).encode(&alignment, &mut record).unwrap();
    let parser = BamParser::new(&header());
    assert!(parser.parse(&record).is_ok());
    for n in 0..record.len() {
        assert!(parser.parse(&record[..n]).is_err(), "{n}");
    }
    record.push(0);
    assert!(parser.parse(&record).is_err());
}
