//! A BAM record as a SAM line.

use thiserror::Error;

use super::sequence::BASES;
use crate::formats::bam::record::{OPERATIONS, Record, RecordError};
use crate::formats::bam::tags::Tags;

/// Why a BAM record has no SAM line.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum RenderError {
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error("{field} {id} has no name")]
    NoName { field: &'static str, id: i32 },
    #[error("{field} has a control character, which SAM text cannot hold")]
    ControlCharacter { field: &'static str },
    #[error("a quality of {0} has no character in SAM; 93 is the highest")]
    Quality(u8),
}

/// Appends the SAM line, without its end, of a BAM record (SAMv1 §1.4, §1.5); `names` are those of the
/// reference sequences in the header's order.
///
/// RNEXT is `=` where it is RNAME. The `CG` tag that holds the CIGAR becomes the CIGAR (SAMv1 §4.2.2).
///
/// # Errors
///
/// A record that SAM cannot express. What was appended until then stays.
pub(crate) fn render_record(
    record: &Record<'_>,
    names: &[impl AsRef<[u8]>],
    out: &mut Vec<u8>,
) -> Result<(), RenderError> {
    let name = |id: Option<i32>, field| match id {
        None => Ok(&b"*"[..]),
        Some(id) => usize::try_from(id)
            .ok()
            .and_then(|i| names.get(i))
            .map(AsRef::as_ref)
            .ok_or(RenderError::NoName { field, id }),
    };
    let qname = record.read_name.strip_suffix(b"\0").unwrap_or(record.read_name);
    check_text(qname, "the read name")?;
    out.extend_from_slice(if qname.is_empty() { b"*" } else { qname });
    push_integer(record.flag, out);
    out.push(b'\t');
    out.extend_from_slice(name(record.reference_id, "refID")?);
    push_integer(i64::from(record.pos) + 1, out);
    push_integer(record.mapq, out);
    out.push(b'\t');
    let is_cg_resolved = push_cigar(record, out)?;
    out.push(b'\t');
    if record.next_reference_id.is_some() && record.next_reference_id == record.reference_id {
        out.push(b'=');
    } else {
        out.extend_from_slice(name(record.next_reference_id, "next_refID")?);
    }
    push_integer(i64::from(record.next_pos) + 1, out);
    push_integer(record.tlen, out);
    out.push(b'\t');
    push_seq(record, out);
    out.push(b'\t');
    push_qual(record.qual, out)?;
    push_tags(record.tags, is_cg_resolved, out)
}

fn push_integer(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.push(b'\t');
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Returns whether the CIGAR was that of the `CG` tag.
fn push_cigar(record: &Record<'_>, out: &mut Vec<u8>) -> Result<bool, RenderError> {
    let cigar = record.full_cigar();
    if cigar.0.is_empty() {
        out.push(b'*');
    }
    for (length, code) in cigar.iter() {
        let operation = OPERATIONS.get(usize::from(code)).ok_or(RecordError::CigarOperation(code))?;
        out.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
        out.push(*operation);
    }
    Ok(!std::ptr::eq(cigar.0, record.cigar.0))
}

fn push_seq(record: &Record<'_>, out: &mut Vec<u8>) {
    if record.l_seq == 0 {
        out.push(b'*');
        return;
    }
    let end = out.len() + record.l_seq;
    out.reserve(record.l_seq + 1);
    for pair in record.seq {
        out.extend_from_slice(&PAIRS[usize::from(*pair)]);
    }
    // The last byte of an odd number of bases has one of them.
    out.truncate(end);
}

const PAIRS: [[u8; 2]; 256] = pairs();

const fn pairs() -> [[u8; 2]; 256] {
    let mut pairs = [[0; 2]; 256];
    let mut i = 0;
    while i < 256 {
        pairs[i] = [BASES[i >> 4], BASES[i & 15]];
        i += 1;
    }
    pairs
}

fn push_qual(qual: &[u8], out: &mut Vec<u8>) -> Result<(), RenderError> {
    if qual.iter().all(|q| *q == 0xff) {
        out.push(b'*');
        return Ok(());
    }
    let highest = qual.iter().copied().fold(0, u8::max);
    if highest > b'~' - b'!' {
        return Err(RenderError::Quality(highest));
    }
    out.extend(qual.iter().map(|q| q.wrapping_add(b'!')));
    Ok(())
}

fn push_tags(tags: &[u8], is_cg_resolved: bool, out: &mut Vec<u8>) -> Result<(), RenderError> {
    let mut tags = Tags(tags);
    while let Some(tag) = tags.next()? {
        if is_cg_resolved && tag.tag == *b"CG" {
            continue;
        }
        let (value_type, subtype) = match (tag.value_type, tag.value) {
            (b'c' | b'C' | b's' | b'S' | b'i' | b'I', _) => (b'i', None),
            (b'B', [subtype, _, _, _, _, values @ ..]) => (b'B', Some((*subtype, values.is_empty()))),
            (value_type @ (b'A' | b'Z' | b'H'), text) => {
                check_text(text, "an optional field")?;
                (value_type, None)
            }
            (value_type, _) => (value_type, None),
        };
        check_text(&tag.tag, "the name of an optional field")?;
        let [a, b] = tag.tag;
        out.extend_from_slice(&[b'\t', a, b, b':', value_type, b':']);
        if let Some((subtype, is_empty)) = subtype {
            out.push(subtype);
            if !is_empty {
                out.push(b',');
            }
        }
        tag.append_text(out);
    }
    Ok(())
}

fn check_text(text: &[u8], field: &'static str) -> Result<(), RenderError> {
    let is_control = |b: u8| b < b' ' || b == 0x7f;
    let has_control = text.iter().fold(false, |found, b| found | is_control(*b));
    if has_control { Err(RenderError::ControlCharacter { field }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &[u8] = b"\x4b\0\0\0\x01\0\0\0\x06\0\0\0\x02\x3c\x49\x12\x01\0\x63\0\x03\0\0\0\
        \0\0\0\0\xff\xff\xff\xff\xd9\xff\xff\xffr\0\x30\0\0\0\x12\x40\xff\xff\xff\
        XAAxXBBs\x02\0\0\0\xff\xff\x02\0XCBf\0\0\0\0XSs\x01\x01";

    fn rendered(record: &[u8]) -> Result<String, RenderError> {
        let mut out = Vec::new();
        render_record(&Record::new(record, 2)?, &["one", "two"], &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn every_part_is_rendered() {
        let line = "r\t99\ttwo\t7\t60\t3M\tone\t0\t-39\tACG\t*\tXA:A:x\tXB:B:s,-1,2\tXC:B:f\tXS:i:257";
        assert_eq!(rendered(RECORD).unwrap(), line);
    }

    #[test]
    fn what_sam_cannot_hold_is_refused() {
        let with = |at: usize, byte: u8| {
            let mut record = RECORD.to_vec();
            record[at] = byte;
            rendered(&record).unwrap_err()
        };
        let control = |field| RenderError::ControlCharacter { field };
        assert_eq!(with(36, b'\t'), control("the read name"));
        assert_eq!(with(38, 0x39), RenderError::Record(RecordError::CigarOperation(9)));
        assert_eq!(with(44, 94), RenderError::Quality(0xff));
        assert_eq!(with(47, b'\n'), control("the name of an optional field"));
        assert_eq!(with(50, b'\n'), control("an optional field"));
        let mut out = Vec::new();
        let record = Record::new(RECORD, 2).unwrap();
        let error = render_record(&record, &["one"], &mut out).unwrap_err();
        assert_eq!(error, RenderError::NoName { field: "refID", id: 1 });
    }
}
