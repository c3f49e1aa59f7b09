//! Alignments as SAM text (SAMv1 §1.4, §1.5).

use crate::bam::{check_lengths, check_position, is_placeholder};
use crate::encode::{EncodeError, Result, append_integer, check_float, into_string};
use crate::{Alignment, Position, Tag, TagValue};

/// The SAM line of an alignment, without its end.
///
/// Integer tags are written `i`: of their widths SAM text tells nothing. `RNEXT` is `=` where it is
/// `RNAME`.
///
/// # Errors
///
/// A value that SAM text cannot hold, or that would read back as another one.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let json = r#"{"qname":"r1","flag":4,"rname":null,"pos":null,"mapq":0,"cigar":null,"rnext":null,
///     "pnext":null,"tlen":0,"seq":"ACGT","qual":[40,40,40,2],"tags":[{"tag":"RG","type":"Z","value":"a"}]}"#;
/// let alignment = serde_json::from_str(json)?;
/// let line = "r1\t4\t*\t0\t0\t*\t*\t0\t0\tACGT\tIII#\tRG:Z:a";
/// assert_eq!(bioserde_model::sam::to_string(&alignment)?, line);
/// # Ok(())
/// # }
/// ```
pub fn to_string(alignment: &Alignment) -> Result<String> {
    let mut out = Vec::new();
    append(alignment, &mut out)?;
    into_string(out)
}

/// Appends the SAM line of an alignment, without its end; see [`to_string`].
///
/// # Errors
///
/// As those of [`to_string`]. Nothing is appended then.
pub fn append(alignment: &Alignment, out: &mut Vec<u8>) -> Result {
    let start = out.len();
    append_fields(alignment, out).inspect_err(|_| out.truncate(start))
}

fn append_fields(alignment: &Alignment, out: &mut Vec<u8>) -> Result {
    check_position("POS", alignment.pos)?;
    check_position("PNEXT", alignment.pnext)?;
    check_lengths(alignment.seq.as_deref(), alignment.qual.as_deref())?;
    append_qname(alignment.qname.as_deref(), out)?;
    append_number(alignment.flag, out);
    append_name("RNAME", alignment.rname.as_deref(), out)?;
    append_number(alignment.pos.map_or(0, Position::get), out);
    append_number(alignment.mapq, out);
    append_cigar(alignment, out)?;
    match alignment.rnext.as_deref() {
        Some(name) if alignment.rname.as_deref() == Some(name) => out.extend_from_slice(b"\t="),
        name => append_name("RNEXT", name, out)?,
    }
    append_number(alignment.pnext.map_or(0, Position::get), out);
    append_tlen(alignment.tlen, out)?;
    append_seq(alignment.seq.as_deref(), out)?;
    append_qual(alignment.qual.as_deref(), out)?;
    alignment.tags.iter().try_for_each(|tag| append_tag(tag, out))
}

fn append_number(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.push(b'\t');
    append_integer(value, out);
}

fn append_qname(qname: Option<&str>, out: &mut Vec<u8>) -> Result {
    let Some(name) = qname else {
        out.push(b'*');
        return Ok(());
    };
    let is_allowed = |b: &u8| matches!(b, b'!'..=b'?' | b'A'..=b'~');
    if name == "*" || !(1..=254).contains(&name.len()) || !name.as_bytes().iter().all(is_allowed) {
        return Err(EncodeError::new("QNAME", name.escape_debug(), "is not 1 to 254 of [!-?A-~], or is `*`"));
    }
    out.extend_from_slice(name.as_bytes());
    Ok(())
}

fn append_name(field: &'static str, name: Option<&str>, out: &mut Vec<u8>) -> Result {
    out.push(b'\t');
    let Some(name) = name else {
        out.push(b'*');
        return Ok(());
    };
    if !bioserde_core::sam::is_reference_sequence_name(name.as_bytes()) {
        let what = "has characters that SAMv1 §1.2.1 forbids";
        return Err(EncodeError::new(field, name.escape_debug(), what));
    }
    out.extend_from_slice(name.as_bytes());
    Ok(())
}

fn append_cigar(alignment: &Alignment, out: &mut Vec<u8>) -> Result {
    let cigar = &alignment.cigar;
    if cigar.packed().is_none() {
        return Err(EncodeError::new("CIGAR", cigar, "has an operation of 2^28 bases or more"));
    }
    let is_cg = |tag: &Tag| tag.tag == *b"CG" && matches!(tag.value, TagValue::UInt32s(_));
    if is_placeholder(alignment) && alignment.tags.iter().any(is_cg) {
        return Err(EncodeError::new("tag CG", cigar, "would be taken for the CIGAR"));
    }
    out.push(b'\t');
    if cigar.0.is_empty() {
        out.push(b'*');
    }
    for operation in &cigar.0 {
        append_integer(operation.len, out);
        out.extend_from_slice(operation.kind.letter().encode_utf8(&mut [0; 4]).as_bytes());
    }
    Ok(())
}

fn append_tlen(tlen: i32, out: &mut Vec<u8>) -> Result {
    if tlen == i32::MIN {
        return Err(EncodeError::new("TLEN", tlen, "is not -2147483647 to 2147483647"));
    }
    append_number(tlen, out);
    Ok(())
}

fn append_seq(seq: Option<&str>, out: &mut Vec<u8>) -> Result {
    let seq = seq.unwrap_or("*");
    let is_base = |b: &u8| b"*=ACMGRSVTWYHKDBN".contains(b);
    // Other letters are allowed in SAM text, but BAM reads them as others.
    if !seq.as_bytes().iter().all(is_base) || (seq.contains('*') && seq != "*") {
        let what = "has a letter that is none of =ACMGRSVTWYHKDBN";
        return Err(EncodeError::new("SEQ", seq.escape_debug(), what));
    }
    out.push(b'\t');
    out.extend_from_slice(seq.as_bytes());
    Ok(())
}

fn append_qual(qual: Option<&[u8]>, out: &mut Vec<u8>) -> Result {
    out.push(b'\t');
    match qual {
        None => out.push(b'*'),
        Some([9]) => return Err(EncodeError::new("QUAL", 9, "of a single base is written `*`, as none is")),
        Some(qual) => {
            if let Some(q) = qual.iter().find(|q| **q > b'~' - b'!') {
                return Err(EncodeError::new("QUAL", q, "has no character in SAM; 93 is the highest"));
            }
            out.extend(qual.iter().map(|q| q + b'!'));
        }
    }
    Ok(())
}

fn append_tag(Tag { tag, value }: &Tag, out: &mut Vec<u8>) -> Result {
    let [a, b] = *tag;
    let name = tag.escape_ascii();
    if !a.is_ascii_alphabetic() || !b.is_ascii_alphanumeric() {
        return Err(EncodeError::new("a tag's name", name, "is not [A-Za-z][A-Za-z0-9]"));
    }
    let is_printable = |b: u8| matches!(b, b' '..=b'~');
    let value_type = match value {
        _ if value.as_integer().is_some() => "i",
        _ => value.type_name().get(..1).unwrap_or_default(),
    };
    out.extend_from_slice(&[b'\t', a, b, b':']);
    out.extend_from_slice(value_type.as_bytes());
    out.push(b':');
    let fault =
        |value: &dyn std::fmt::Display, what| Err(EncodeError::new(format_args!("tag {name}"), value, what));
    match value {
        TagValue::Character(b'!'..=b'~') => {}
        TagValue::Character(x) => return fault(&x.escape_ascii(), "is not one of [!-~]"),
        TagValue::Text(text) if !text.bytes().all(is_printable) => {
            return fault(&text.escape_debug(), "is not of [ -~]");
        }
        TagValue::Hex(text) if !is_hex(text) => {
            return fault(&text.escape_debug(), "is not pairs of the digits 0-9A-F");
        }
        _ => {}
    }
    append_value(value, tag, out)
}

fn is_hex(text: &str) -> bool {
    text.len().is_multiple_of(2) && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'))
}

fn append_value(value: &TagValue, tag: &[u8; 2], out: &mut Vec<u8>) -> Result {
    let field = || format!("tag {}", tag.escape_ascii());
    match value {
        TagValue::Character(x) => out.push(*x),
        TagValue::Int8(x) => append_integer(*x, out),
        TagValue::UInt8(x) => append_integer(*x, out),
        TagValue::Int16(x) => append_integer(*x, out),
        TagValue::UInt16(x) => append_integer(*x, out),
        TagValue::Int32(x) => append_integer(*x, out),
        TagValue::UInt32(x) => append_integer(*x, out),
        TagValue::Float(x) => {
            check_float(*x, field())?;
            append_float(out, *x);
        }
        TagValue::Text(text) | TagValue::Hex(text) => out.extend_from_slice(text.as_bytes()),
        TagValue::Int8s(list) => append_array(b'c', list, out),
        TagValue::UInt8s(list) => append_array(b'C', list, out),
        TagValue::Int16s(list) => append_array(b's', list, out),
        TagValue::UInt16s(list) => append_array(b'S', list, out),
        TagValue::Int32s(list) => append_array(b'i', list, out),
        TagValue::UInt32s(list) => append_array(b'I', list, out),
        TagValue::Floats(list) => {
            out.push(b'f');
            for x in list {
                check_float(*x, field())?;
                out.push(b',');
                append_float(out, *x);
            }
        }
    }
    Ok(())
}

fn append_array<T: Copy + itoa::Integer>(subtype: u8, list: &[T], out: &mut Vec<u8>) {
    out.push(subtype);
    for x in list {
        out.push(b',');
        append_integer(*x, out);
    }
}

/// Appends a float as the shortest decimal that reads back to it; `nan`, `inf` and `-inf` for those that
/// are no numbers, as htslib writes them.
pub fn append_float(out: &mut Vec<u8>, value: f32) {
    if value.is_finite() {
        let mut buffer = ryu::Buffer::new();
        let text = buffer.format_finite(value);
        out.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
    } else {
        let text: &[u8] = if value.is_nan() {
            b"nan"
        } else if value > 0.0 {
            b"inf"
        } else {
            b"-inf"
        };
        out.extend_from_slice(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alignment() -> Alignment {
        Alignment {
            qname: Some("r1".to_owned()),
            flag: 99,
            rname: Some("chr1".to_owned()),
            pos: Position::new(7),
            mapq: 60,
            cigar: "1S2M".parse().unwrap(),
            rnext: Some("chr1".to_owned()),
            pnext: None,
            tlen: -39,
            seq: Some("ACG".to_owned()),
            qual: None,
            tags: vec![
                Tag { tag: *b"XA", value: TagValue::Character(b'x') },
                Tag { tag: *b"XB", value: TagValue::Int16s(vec![-1, 2]) },
                Tag { tag: *b"XF", value: TagValue::Float(1e-9) },
                Tag { tag: *b"NM", value: TagValue::UInt32(7) },
                Tag { tag: *b"XE", value: TagValue::Floats(vec![]) },
            ],
        }
    }

    #[test]
    fn every_field_has_its_place() {
        let line =
            "r1\t99\tchr1\t7\t60\t1S2M\t=\t0\t-39\tACG\t*\tXA:A:x\tXB:B:s,-1,2\tXF:f:1e-9\tNM:i:7\tXE:B:f";
        assert_eq!(to_string(&alignment()).unwrap(), line);
    }

    #[test]
    fn what_would_read_back_otherwise_is_refused() {
        let refused = |change: fn(&mut Alignment)| {
            let mut alignment = alignment();
            change(&mut alignment);
            let mut out = b"before".to_vec();
            let error = append(&alignment, &mut out).unwrap_err();
            assert_eq!(out, b"before");
            error.to_string()
        };
        let tag = |value: TagValue| {
            let mut alignment = alignment();
            alignment.tags = vec![Tag { tag: *b"XX", value }];
            to_string(&alignment).unwrap_err().to_string()
        };
        assert_eq!(
            refused(|a| a.qname = Some("*".to_owned())),
            "QNAME `*` is not 1 to 254 of [!-?A-~], or is `*`"
        );
        assert_eq!(
            refused(|a| a.rnext = Some("a\tb".to_owned())),
            "RNEXT `a\\tb` has characters that SAMv1 §1.2.1 forbids"
        );
        assert_eq!(refused(|a| a.pos = Position::new(0)), "POS `0` stands for no position");
        assert_eq!(refused(|a| a.tlen = i32::MIN), "TLEN `-2147483648` is not -2147483647 to 2147483647");
        assert_eq!(
            refused(|a| a.seq = Some("acg".to_owned())),
            "SEQ `acg` has a letter that is none of =ACMGRSVTWYHKDBN"
        );
        assert_eq!(refused(|a| a.seq = Some(String::new())), "SEQ `` is empty; nothing stands for `*`");
        assert_eq!(refused(|a| a.qual = Some(vec![1])), "QUAL of length `1` is not as long as SEQ");
        assert_eq!(refused(|a| a.qual = Some(vec![0xff; 3])), "QUAL `255` for every base stands for `*`");
        assert_eq!(
            refused(|a| a.qual = Some(vec![94; 3])),
            "QUAL `94` has no character in SAM; 93 is the highest"
        );
        assert_eq!(
            refused(|a| (a.seq, a.qual) = (Some("A".to_owned()), Some(vec![9]))),
            "QUAL `9` of a single base is written `*`, as none is"
        );
        assert_eq!(tag(TagValue::Character(b' ')), "tag XX ` ` is not one of [!-~]");
        assert_eq!(tag(TagValue::Text("a\nb".to_owned())), "tag XX `a\\nb` is not of [ -~]");
        assert_eq!(tag(TagValue::Hex("1".to_owned())), "tag XX `1` is not pairs of the digits 0-9A-F");
        let nan = f32::from_bits(0xffc0_0001);
        assert_eq!(tag(TagValue::Float(nan)), "tag XX `nan:ffc00001` has bits that `nan` does not tell");
        assert_eq!(tag(TagValue::Floats(vec![nan])), tag(TagValue::Float(nan)));
    }
}
