//! A SAM line as a BAM record.

use super::cigar::{self, Cigar};
use super::fault::{CigarFault, Excerpt, LineError, TagFault};
use super::fields::{Fields, Fixed, Mandatory, check_qname};
use super::references::References;
use super::sequence;
use super::tags::{self, Seen};
use crate::formats::bam::framing::FIXED;
use crate::formats::bam::record::{Record, reg2bin};

/// Whether a line can be had back from the record that was made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Rendering the record gives exactly the line.
    Canonical,
    /// Rendering the record gives another line, such as one with `7` for `+07`, or `N` for `n`.
    Variant,
}

/// What is to be said of a line whose record was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Encoded {
    pub(crate) form: Form,
    /// Tags that are or hold `nan` or `inf`, for which SAMv1 §1.5 has no form.
    pub(crate) non_finite: u64,
}

/// Operations that `n_cigar_op` can count; more of them stand in the `CG` tag (SAMv1 §4.2.2).
const MAX_OPERATIONS: usize = 65_535;
/// The bit of FLAG that says the read is unmapped.
const UNMAPPED: u16 = 4;
/// The longest operation of a CIGAR.
const MAX_SPAN: u32 = (1 << 28) - 1;

/// Appends the BAM record, its `block_size` first, that a line without its end describes (SAMv1 §1.4,
/// §1.5, §4.2). Appends nothing when the line is refused.
///
/// What htslib corrects is kept as it is written: the flag of a mapped read without CIGAR, and the
/// reference of a mapped read or mate at position 0.
///
/// # Errors
///
/// The first field that SAMv1 forbids, or that BAM cannot hold.
pub(crate) fn encode_line(
    line: &[u8],
    references: &References,
    out: &mut Vec<u8>,
) -> Result<Encoded, LineError> {
    let start = out.len();
    encode(line, references, start, out).inspect_err(|_| out.truncate(start))
}

fn encode(
    line: &[u8],
    references: &References,
    start: usize,
    out: &mut Vec<u8>,
) -> Result<Encoded, LineError> {
    let mut fields = Fields::new(line);
    let Mandatory { qname, cigar, seq, qual, fixed, is_canonical } =
        Mandatory::parse(&mut fields, references)?;
    out.reserve(line.len() + FIXED);
    let parts = Parts { fixed, qname, cigar, seq, qual };
    let (mut seen, mut tags_are_canonical) = (Seen::new(), true);
    let appended = append_parts(&parts, out, |long_cigar, out| {
        tags_are_canonical = append_tags(fields, &mut seen, out)?;
        long_cigar.map_or(Ok(()), |operations| append_cg(operations, &seen, out))
    })?;
    let record = out.get(start..).unwrap_or_default();
    let has_cg = appended.is_long || seen.contains(*b"CG");
    let cigar_is_canonical =
        appended.is_cigar_canonical && (!has_cg || is_cg_resolved(record) == appended.is_long);
    let is_canonical = is_canonical & cigar_is_canonical & appended.is_seq_canonical & tags_are_canonical;
    let form = if is_canonical { Form::Canonical } else { Form::Variant };
    Ok(Encoded { form, non_finite: seen.non_finite })
}

/// The parts of a record before its optional fields, as SAM has them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) fixed: Fixed,
    pub(crate) qname: &'a [u8],
    pub(crate) cigar: &'a [u8],
    pub(crate) seq: &'a [u8],
    pub(crate) qual: &'a [u8],
}

/// How the parts were written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Appended {
    /// The CIGAR has more operations than a record can count: `CG` has them.
    is_long: bool,
    is_cigar_canonical: bool,
    is_seq_canonical: bool,
}

/// Appends a BAM record of its parts and of what `tags` appends, which is given the operations of a CIGAR
/// that belongs in `CG`. What was appended until an error stays.
pub(crate) fn append_parts<E: From<LineError>>(
    parts: &Parts<'_>,
    out: &mut Vec<u8>,
    tags: impl FnOnce(Option<&[u8]>, &mut Vec<u8>) -> Result<(), E>,
) -> Result<Appended, E> {
    let Parts { fixed, qname, cigar: cigar_text, seq, qual } = *parts;
    let start = out.len();
    check_qname(qname)?;
    out.extend_from_slice(&[0; FIXED]);
    out.extend_from_slice(qname);
    out.push(0);
    let cigar_at = out.len();
    let cigar_error = |fault| LineError::Cigar { value: Excerpt::new(cigar_text), fault };
    let cigar = cigar::append(cigar_text, out).map_err(cigar_error)?;
    let long_cigar = (cigar.operations > MAX_OPERATIONS).then(|| out.split_off(cigar_at));
    if long_cigar.is_some() {
        out.extend_from_slice(&placeholder(&cigar, seq).map_err(cigar_error)?);
    }
    let (l_seq, is_seq_canonical) =
        sequence::append_seq(seq, out).map_err(|fault| LineError::Seq { value: Excerpt::new(seq), fault })?;
    if cigar.operations > 0 && l_seq > 0 && u64::try_from(l_seq) != Ok(cigar.query_len) {
        return Err(cigar_error(CigarFault::SeqLength { cigar: cigar.query_len, seq: l_seq }).into());
    }
    sequence::append_qual(qual, l_seq, out)
        .map_err(|fault| LineError::Qual { value: Excerpt::new(qual), fault })?;
    tags(long_cigar.as_deref(), out)?;
    let record = out.get_mut(start..).unwrap_or_default();
    finish(&fixed, &cigar, l_seq, qname.len(), record)?;
    Ok(Appended { is_long: long_cigar.is_some(), is_cigar_canonical: cigar.is_canonical, is_seq_canonical })
}

/// SAMv1 §4.2.2: `<l_seq>S<reference length>N` stands for operations that are in the `CG` tag.
fn placeholder(cigar: &Cigar, seq: &[u8]) -> Result<[u8; 8], CigarFault> {
    let too_long = CigarFault::Span(cigar.reference_len);
    let fits = |n: u32| (n <= MAX_SPAN).then_some(n << 4);
    let l_seq = if seq == b"*" { 0 } else { seq.len() };
    let soft_clip = u32::try_from(l_seq).ok().and_then(fits).ok_or(too_long)? | 4;
    let skip = u32::try_from(cigar.reference_len).ok().and_then(fits).ok_or(too_long)? | 3;
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&soft_clip.to_le_bytes());
    bytes[4..].copy_from_slice(&skip.to_le_bytes());
    Ok(bytes)
}

/// Appends the optional fields; returns whether they are canonical.
fn append_tags(mut fields: Fields<'_>, seen: &mut Seen, out: &mut Vec<u8>) -> Result<bool, LineError> {
    let mut is_canonical = true;
    while let Some(field) = fields.split() {
        is_canonical &= tags::append(field, seen, out)
            .map_err(|fault| LineError::Tag { value: Excerpt::new(field), fault })?;
    }
    Ok(is_canonical)
}

/// Appends the `CG` tag of a long CIGAR (SAMv1 §4.2.2), after the others as htslib has it.
fn append_cg(operations: &[u8], seen: &Seen, out: &mut Vec<u8>) -> Result<(), LineError> {
    if seen.contains(*b"CG") {
        return Err(LineError::Tag { value: Excerpt::new(b"CG"), fault: TagFault::LongCigar });
    }
    append_long_cigar(operations, out);
    Ok(())
}

/// The `CG` tag with operations of a CIGAR.
pub(crate) fn append_long_cigar(operations: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"CGBI");
    out.extend_from_slice(&u32::try_from(operations.len() / 4).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(operations);
}

/// Whether a reader of the record takes its `CG` tag for its CIGAR.
fn is_cg_resolved(record: &[u8]) -> bool {
    let record = Record::new(record, usize::MAX);
    record.is_ok_and(|r| !std::ptr::eq(r.full_cigar().0, r.cigar.0))
}

/// Writes the fixed part of the record that lies at `start` (SAMv1 §4.2).
fn finish(
    fixed: &Fixed,
    cigar: &Cigar,
    l_seq: usize,
    l_qname: usize,
    record: &mut [u8],
) -> Result<(), LineError> {
    let too_long = LineError::TooLong { size: record.len() };
    let block_size = record.len().checked_sub(4).and_then(|n| i32::try_from(n).ok());
    let (Some(block_size), Ok(l_seq)) = (block_size, i32::try_from(l_seq)) else { return Err(too_long) };
    // `check_qname` and the placeholder keep both in range.
    let l_read_name = u8::try_from(l_qname + 1).unwrap_or(u8::MAX);
    let n_cigar_op = if cigar.operations > MAX_OPERATIONS { 2 } else { cigar.operations };
    let n_cigar_op = u16::try_from(n_cigar_op).unwrap_or(u16::MAX);
    // §4.2.1: a read that is unmapped or covers no base counts as one base long.
    let span = if fixed.flag & UNMAPPED != 0 { 1 } else { cigar.reference_len.max(1) };
    let span = i32::try_from(span).unwrap_or(i32::MAX);
    let bin = reg2bin(fixed.pos, fixed.pos.saturating_add(span));
    let half = |low: u16, high: u16| i32::from_le_bytes(concat(low.to_le_bytes(), high.to_le_bytes()));
    let words = [
        block_size,
        fixed.ref_id,
        fixed.pos,
        half(u16::from_le_bytes([l_read_name, fixed.mapq]), bin),
        half(n_cigar_op, fixed.flag),
        l_seq,
        fixed.next_ref_id,
        fixed.next_pos,
        fixed.tlen,
    ];
    for (place, word) in record.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    Ok(())
}

fn concat([a, b]: [u8; 2], [c, d]: [u8; 2]) -> [u8; 4] {
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::sam::fault::{IntegerFault, QnameFault, SeqFault};
    use crate::formats::sam::render::render_record;
    use bioserde_core::sam::Header;

    const NAMES: [&str; 2] = ["one", "two"];

    fn references() -> References {
        References::new(&Header::parse(b"@SQ\tSN:one\tLN:99\n@SQ\tSN:two\tLN:99\n").unwrap())
    }

    fn encoded(line: &[u8]) -> Result<(Vec<u8>, Form), LineError> {
        let mut out = b"before".to_vec();
        let result = encode_line(line, &references(), &mut out);
        let record = out.split_off(6);
        assert_eq!(out, b"before");
        assert!(result.is_ok() || record.is_empty());
        result.map(|encoded| (record, encoded.form))
    }

    /// The line that a line comes back as, and the form that was told of it.
    fn there_and_back(line: &[u8]) -> (Vec<u8>, Form) {
        let (record, form) = encoded(line).unwrap();
        let mut out = Vec::new();
        render_record(&Record::new(&record, 2).unwrap(), &NAMES, &mut out).unwrap();
        (out, form)
    }

    #[test]
    fn every_field_has_its_place() {
        let line = b"r1\t99\ttwo\t7\t60\t2M1D1M\t=\t37\t-39\tTTA\t!~*\tNM:i:1";
        let record = b"\x38\0\0\0\x01\0\0\0\x06\0\0\0\x03\x3c\x49\x12\x03\0\x63\0\x03\0\0\0\
            \x01\0\0\0\x24\0\0\0\xd9\xff\xff\xff\
            r1\0\x20\0\0\0\x12\0\0\0\x10\0\0\0\x88\x10\0\x5d\x09NMC\x01";
        assert_eq!(encoded(line), Ok((record.to_vec(), Form::Canonical)));
        assert_eq!(there_and_back(line).0, line);
    }

    #[test]
    fn absent_fields_are_canonical() {
        for line in [
            &b"*\t4\t*\t0\t0\t*\t*\t0\t0\t*\t*"[..],
            b"a\t0\tone\t0\t255\t1M\ttwo\t0\t0\tA\t*",
            b"a\t0\tone\t2147483647\t0\t*\t*\t5\t-2147483647\t*\t*\tXX:Z:",
        ] {
            assert_eq!(there_and_back(line), (line.to_vec(), Form::Canonical));
        }
    }

    #[test]
    fn variants_are_told() {
        for line in [
            &b"a\t4\tone\t1\t0\t*\tone\t0\t0\tA\tI"[..],
            b"a\t4\t*\t0\t0\t*\t=\t0\t0\tA\tI",
            b"a\t4\t*\t0\t0\t*\t*\t0\t+1\tA\tI",
            b"a\t4\t*\t0\t0\t*\t*\t0\t-0\tA\tI",
            b"a\t0\tone\t1\t0\t01M\t*\t0\t0\tA\tI",
            b"a\t4\t*\t0\t0\t*\t*\t0\t0\tn\tI",
            b"a\t4\t*\t0\t0\t*\t*\t0\t0\tA\tI\tXX:f:1.0",
            b"a\t0\tone\t1\t0\t1S1N\t*\t0\t0\tA\tI\tCG:B:I,16",
        ] {
            let (back, form) = there_and_back(line);
            assert_eq!(form, Form::Variant, "{}", line.escape_ascii());
            assert_ne!(back, line, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn whatever_a_byte_is_the_form_is_true() {
        let good = b"r1\t99\ttwo\t7\t60\t1H2M1D1M\t=\t37\t-39\tTTA\t!~*\tNM:i:-1\tXA:A:x\tXB:B:s,-1,20\t\
            XF:f:-1.5e-09\tXH:H:0A\tCG:B:I,16\tXZ:Z:a b";
        let mut accepted = 0;
        for (at, byte) in (0..good.len()).flat_map(|at| (0..=u8::MAX).map(move |b| (at, b))) {
            let mut line = good.to_vec();
            line[at] = byte;
            if encoded(&line).is_ok() {
                let (back, form) = there_and_back(&line);
                assert_eq!(form == Form::Canonical, back == line, "{}", line.escape_ascii());
                accepted += 1;
            }
        }
        assert!(accepted > 1000);
    }

    #[test]
    fn a_long_cigar_stands_in_cg() {
        let cigar = "1M1I".repeat(33_000);
        let seq = "AC".repeat(33_000);
        let line = format!("a\t0\tone\t1\t0\t{cigar}\t*\t0\t0\t{seq}\t*\tNM:i:1");
        assert_eq!(there_and_back(line.as_bytes()), (line.clone().into_bytes(), Form::Canonical));
        let (record, _) = encoded(line.as_bytes()).unwrap();
        let record = Record::new(&record, 2).unwrap();
        assert_eq!(record.cigar.iter().collect::<Vec<_>>(), [(66_000, 4), (33_000, 3)]);
        assert_eq!(record.bin, 4681 >> 3);
        assert!(record.tags.starts_with(b"NMC\x01CGBI\xd0\x01\x01\0\x10\0\0\0\x11\0\0\0"));
        let twice = format!("{line}\tCG:B:I,16");
        let fault = TagFault::LongCigar;
        assert_eq!(encoded(twice.as_bytes()), Err(LineError::Tag { value: Excerpt::new(b"CG"), fault }));
        let wide = line.replacen("1M", "268435455D1M", 1);
        let fault = CigarFault::Span(268_435_455 + 33_000);
        let value = Excerpt::new(wide.split('\t').nth(5).unwrap().as_bytes());
        assert_eq!(encoded(wide.as_bytes()), Err(LineError::Cigar { value, fault }));
    }

    #[test]
    fn each_field_is_named_in_its_error() {
        let good: [&[u8]; 11] = [b"a", b"4", b"one", b"1", b"0", b"1M", b"*", b"0", b"0", b"A", b"I"];
        let with = |i: usize, value: &'static [u8]| {
            let mut fields = good;
            fields[i] = value;
            encoded(&fields.join(&b'\t')).unwrap_err().to_string()
        };
        assert!(encoded(&good.join(&b'\t')).is_ok());
        assert_eq!(with(0, b"a@"), "QNAME `a@` has a character that is not one of [!-?A-~]");
        assert_eq!(with(0, b""), "QNAME `` has 0 characters; 1 to 254 are possible");
        assert_eq!(with(1, b"65536"), "FLAG `65536` is not 0 to 65535");
        assert_eq!(with(2, b"three"), "RNAME `three` is not the SN of an @SQ line of the header");
        assert_eq!(with(2, b"="), "RNAME `=` is not the SN of an @SQ line of the header");
        assert_eq!(with(3, b"2147483648"), "POS `2147483648` is not 0 to 2147483647");
        assert_eq!(with(4, b"256"), "MAPQ `256` is not 0 to 255");
        assert_eq!(with(5, b"2M"), "CIGAR `2M` describes 2 bases, but SEQ has 1");
        assert_eq!(with(6, b""), "RNEXT `` is empty; `*` stands for none");
        assert_eq!(with(7, b"*"), "PNEXT `*` is not a decimal integer");
        assert_eq!(with(8, b"-2147483648"), "TLEN `-2147483648` is not -2147483647 to 2147483647");
        assert_eq!(with(9, b"!"), "SEQ `!` has a character that is not one of [A-Za-z=.]");
        assert_eq!(with(10, b"II"), "QUAL `II` has 2 characters, but SEQ has 1");
        assert_eq!(with(10, b"I\t"), "optional field `` is not `TAG:TYPE:VALUE`");
    }

    #[test]
    fn eleven_fields_are_needed() {
        let line = b"a\t4\t*\t0\t0\t*\t*\t0\t0\tA\tI";
        for (i, _) in line.iter().enumerate().filter(|(_, b)| **b == b'\t') {
            let found = line[..i].split(|b| *b == b'\t').count();
            assert_eq!(encoded(&line[..i]), Err(LineError::TooFewFields { found }));
        }
        assert_eq!(encoded(b""), Err(LineError::TooFewFields { found: 1 }));
        let long_name = [&[b'x'; 255][..], &line[1..]].concat();
        assert!(matches!(encoded(&long_name), Err(LineError::Qname { fault: QnameFault::Length(255), .. })));
        let fault = IntegerFault::Empty;
        let flag = LineError::Flag { value: Excerpt::new(b""), fault };
        assert_eq!(encoded(b"a\t\t*\t0\t0\t*\t*\t0\t0\tA\tI"), Err(flag));
        let seq = LineError::Seq { value: Excerpt::new(b""), fault: SeqFault::Empty };
        assert_eq!(encoded(b"a\t4\t*\t0\t0\t*\t*\t0\t0\t\tI"), Err(seq));
    }
}
