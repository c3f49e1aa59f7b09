//! Alignments as BAM records (SAMv1 §4.2).

use std::collections::HashMap;

use bioserde_core::{Position, sam};

use crate::encode::{EncodeError, Result};
use crate::{Alignment, Cigar, Tag, TagValue, bases, bytes, cigar};

/// Makes BAM records of alignments, for one header.
#[derive(Clone, Debug)]
pub struct Encoder {
    /// The `refID` of each reference sequence.
    ids: HashMap<String, i32>,
}

/// Operations that `n_cigar_op` can count; more of them stand in the `CG` tag (SAMv1 §4.2.2).
const MAX_OPERATIONS: usize = 65_535;

/// The bit of FLAG that says the read is unmapped.
const UNMAPPED: u16 = 4;

impl Encoder {
    /// For the reference sequences of a header, in its order.
    pub fn new(header: &sam::Header) -> Self {
        let names = header.reference_sequences.iter().map(|r| r.name.clone());
        Self { ids: names.zip(0..).collect() }
    }

    /// Appends the record of an alignment, its `block_size` first. The bin is computed; a CIGAR of more
    /// than 65,535 operations goes to the `CG` tag, after the others.
    ///
    /// # Errors
    ///
    /// A value that BAM cannot hold. Nothing is appended then.
    pub fn encode(&self, alignment: &Alignment, out: &mut Vec<u8>) -> Result {
        let start = out.len();
        self.append(alignment, start, out).inspect_err(|_| out.truncate(start))
    }

    fn append(&self, alignment: &Alignment, start: usize, out: &mut Vec<u8>) -> Result {
        let ref_id = self.id("RNAME", alignment.rname.as_deref())?;
        let next_ref_id = self.id("RNEXT", alignment.rnext.as_deref())?;
        let pos = zero_based("POS", alignment.pos)?;
        let next_pos = zero_based("PNEXT", alignment.pnext)?;
        let qname = qname(alignment.qname.as_deref())?;
        let l_seq = alignment.seq.as_ref().map_or(0, String::len);
        let l_seq = i32::try_from(l_seq).map_err(|_| too_long(l_seq))?;
        let operations = operations(alignment)?;
        let is_long = operations.len() > MAX_OPERATIONS;
        let own = if is_long { placeholder(l_seq, &alignment.cigar)? } else { operations.clone() };
        let n_cigar_op = u16::try_from(own.len()).unwrap_or(u16::MAX);
        // The fixed part; `block_size` is known at the end.
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&ref_id.to_le_bytes());
        out.extend_from_slice(&pos.to_le_bytes());
        out.push(u8::try_from(qname.len() + 1).unwrap_or(u8::MAX));
        out.push(alignment.mapq);
        out.extend_from_slice(&bin(alignment, pos).to_le_bytes());
        out.extend_from_slice(&n_cigar_op.to_le_bytes());
        out.extend_from_slice(&alignment.flag.to_le_bytes());
        for word in [l_seq, next_ref_id, next_pos, alignment.tlen] {
            out.extend_from_slice(&word.to_le_bytes());
        }
        out.extend_from_slice(qname);
        out.push(0);
        out.extend_from_slice(&bytes::of(&own));
        append_bases(alignment, out)?;
        for tag in &alignment.tags {
            append_tag(tag, out)?;
        }
        if is_long {
            append_tag(&Tag { tag: *b"CG", value: TagValue::UInt32s(operations) }, out)?;
        }
        let len = out.len() - start - 4;
        let block_size = i32::try_from(len).map_err(|_| too_long(len))?;
        if let Some(place) = out.get_mut(start..start + 4) {
            place.copy_from_slice(&block_size.to_le_bytes());
        }
        Ok(())
    }

    fn id(&self, field: &'static str, name: Option<&str>) -> Result<i32> {
        let Some(name) = name else { return Ok(-1) };
        let fault = || EncodeError::new(field, name, "is not a reference sequence of the header");
        self.ids.get(name).copied().ok_or_else(fault)
    }
}

fn too_long(len: usize) -> EncodeError {
    EncodeError::new("the record", len, "is too long: it has at most 2147483647 bytes")
}

fn zero_based(field: &'static str, position: Option<Position>) -> Result<i32> {
    check_position(field, position)?;
    // A position is below 2^31.
    Ok(position.and_then(|p| i32::try_from(p.get()).ok()).map_or(-1, |p| p - 1))
}

/// SAM and BAM have no position 0.
pub(crate) fn check_position(field: &'static str, position: Option<Position>) -> Result {
    match position {
        Some(p) if p.get() == 0 => Err(EncodeError::new(field, p, "stands for no position")),
        _ => Ok(()),
    }
}

fn qname(qname: Option<&str>) -> Result<&[u8]> {
    match qname {
        None => Ok(b"*"),
        Some(name) if name == "*" || name.len() > 254 || name.contains('\0') => Err(EncodeError::new(
            "QNAME",
            name.escape_debug(),
            "is `*`, has a NUL, or has more than 254 bytes",
        )),
        Some(name) => Ok(name.as_bytes()),
    }
}

/// The operations as numbers; refuses a `CG` tag that would be taken for them.
fn operations(alignment: &Alignment) -> Result<Vec<u32>> {
    let cigar = &alignment.cigar;
    let fault = || EncodeError::new("CIGAR", cigar, "has an operation of 2^28 bases or more");
    let operations = cigar.packed().ok_or_else(fault)?;
    let is_cg = |tag: &Tag| tag.tag == *b"CG" && matches!(tag.value, TagValue::UInt32s(_));
    if (operations.len() > MAX_OPERATIONS || is_placeholder(alignment)) && alignment.tags.iter().any(is_cg) {
        return Err(EncodeError::new("tag CG", cigar, "would be taken for the CIGAR"));
    }
    Ok(operations)
}

/// Whether a `CG` tag stands for the CIGAR: `<l_seq>S<n>N` (SAMv1 §4.2.2).
pub(crate) fn is_placeholder(alignment: &Alignment) -> bool {
    use crate::OperationKind::{Skip, SoftClip};
    let l_seq = alignment.seq.as_ref().map_or(0, String::len);
    let [first, second] = alignment.cigar.0.as_slice() else { return false };
    first.kind == SoftClip && second.kind == Skip && usize::try_from(first.len) == Ok(l_seq)
}

fn placeholder(l_seq: i32, cigar: &Cigar) -> Result<Vec<u32>> {
    let fault =
        || EncodeError::new("CIGAR", cigar, "is too long for CG: SEQ or the span has 2^28 bases or more");
    let fits = |n: u64| u32::try_from(n).ok().filter(|n| *n <= cigar::MAX_LEN);
    let clip = u64::try_from(l_seq).ok().and_then(fits).ok_or_else(fault)?;
    let skip = fits(cigar.reference_len()).ok_or_else(fault)?;
    Ok(vec![clip << 4 | 4, skip << 4 | 3])
}

fn bin(alignment: &Alignment, pos: i32) -> u16 {
    let is_unmapped = alignment.flag & UNMAPPED != 0;
    let span = if is_unmapped { 1 } else { alignment.cigar.reference_len().max(1) };
    reg2bin(pos, pos.saturating_add(i32::try_from(span).unwrap_or(i32::MAX)))
}

/// The bin of a 0-based, half-open interval (SAMv1 §4.2.1).
#[inline]
pub fn reg2bin(start: i32, end: i32) -> u16 {
    let last = end.saturating_sub(1).max(start);
    let bin = [(14, 4681), (17, 585), (20, 73), (23, 9), (26, 1)]
        .into_iter()
        .find(|(shift, _)| start >> shift == last >> shift)
        .map_or(0, |(shift, offset)| offset + (start >> shift));
    // Beyond 2^29 htslib keeps the low 16 bits.
    u16::try_from(bin & 0xffff).unwrap_or(u16::MAX)
}

/// Appends bases and qualities (SAMv1 §4.2.3).
fn append_bases(alignment: &Alignment, out: &mut Vec<u8>) -> Result {
    let seq = alignment.seq.as_deref();
    check_lengths(seq, alignment.qual.as_deref())?;
    let seq = seq.unwrap_or_default();
    if !bases::pack(seq, out) {
        return Err(EncodeError::new("SEQ", seq, "has a letter that is none of =ACMGRSVTWYHKDBN"));
    }
    match &alignment.qual {
        Some(qual) => out.extend_from_slice(qual),
        None => out.resize(out.len() + seq.len(), 0xff),
    }
    Ok(())
}

/// `SEQ` and `QUAL` are not empty, of one length, and not what stands for none.
pub(crate) fn check_lengths(seq: Option<&str>, qual: Option<&[u8]>) -> Result {
    let len = seq.map_or(0, str::len);
    if seq == Some("") {
        return Err(EncodeError::new("SEQ", "", "is empty; nothing stands for `*`"));
    }
    let Some(qual) = qual else { return Ok(()) };
    if qual.len() != len {
        return Err(EncodeError::new("QUAL of length", qual.len(), "is not as long as SEQ"));
    }
    if qual.iter().all(|q| *q == 0xff) {
        return Err(EncodeError::new("QUAL", 255, "for every base stands for `*`"));
    }
    Ok(())
}

/// Appends a tag (SAMv1 §4.2.4).
fn append_tag(Tag { tag, value }: &Tag, out: &mut Vec<u8>) -> Result {
    let name = tag.escape_ascii();
    if !tag.is_ascii() {
        return Err(EncodeError::new("a tag's name", name, "is not ASCII"));
    }
    out.extend_from_slice(tag);
    let (value_type, subtype) = value.type_name().split_at(1);
    out.extend_from_slice(value_type.as_bytes());
    out.extend_from_slice(subtype.as_bytes());
    match value {
        TagValue::Character(x) | TagValue::UInt8(x) => out.push(*x),
        TagValue::Int8(x) => out.extend_from_slice(&x.to_le_bytes()),
        TagValue::Int16(x) => out.extend_from_slice(&x.to_le_bytes()),
        TagValue::UInt16(x) => out.extend_from_slice(&x.to_le_bytes()),
        TagValue::Int32(x) => out.extend_from_slice(&x.to_le_bytes()),
        TagValue::UInt32(x) => out.extend_from_slice(&x.to_le_bytes()),
        TagValue::Float(x) => out.extend_from_slice(&x.to_le_bytes()),
        TagValue::Text(text) | TagValue::Hex(text) => {
            if text.contains('\0') {
                return Err(EncodeError::new(format_args!("tag {name}"), text.escape_debug(), "has a NUL"));
            }
            out.extend_from_slice(text.as_bytes());
            out.push(0);
        }
        TagValue::Int8s(list) => append_array(list, out)?,
        TagValue::UInt8s(list) => append_array(list, out)?,
        TagValue::Int16s(list) => append_array(list, out)?,
        TagValue::UInt16s(list) => append_array(list, out)?,
        TagValue::Int32s(list) => append_array(list, out)?,
        TagValue::UInt32s(list) => append_array(list, out)?,
        TagValue::Floats(list) => append_array(list, out)?,
    }
    Ok(())
}

fn append_array<T: bytes::Number>(list: &[T], out: &mut Vec<u8>) -> Result {
    let count = u32::try_from(list.len()).map_err(|_| too_long(list.len()))?;
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&bytes::of(list));
    Ok(())
}
