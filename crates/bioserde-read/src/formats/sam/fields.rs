use memchr::memchr;

use super::fault::{Excerpt, IntegerFault, LineError, QnameFault, ReferenceFault};
use super::integer::{out_of_range, signed, unsigned};
use super::references::References;

/// The tab-separated fields of a line.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    rest: Option<&'a [u8]>,
    found: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn new(line: &'a [u8]) -> Self {
        Self { rest: Some(line), found: 0 }
    }

    /// The next field; nothing after the last.
    pub(super) fn split(&mut self) -> Option<&'a [u8]> {
        let text = self.rest?;
        let (field, after) = memchr(b'\t', text).and_then(|i| text.split_at_checked(i)).unzip();
        self.rest = after.and_then(|after| after.get(1..));
        self.found += 1;
        Some(field.unwrap_or(text))
    }

    fn next(&mut self) -> Result<&'a [u8], LineError> {
        self.split().ok_or(LineError::TooFewFields { found: self.found })
    }

    fn next_five(&mut self) -> Result<[&'a [u8]; 5], LineError> {
        Ok([self.next()?, self.next()?, self.next()?, self.next()?, self.next()?])
    }
}

/// The fields that have a fixed place in the record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixed {
    pub(crate) ref_id: i32,
    /// 0-based; -1 when there is none, as `next_pos`.
    pub(crate) pos: i32,
    pub(crate) mapq: u8,
    pub(crate) flag: u16,
    pub(crate) next_ref_id: i32,
    pub(crate) next_pos: i32,
    pub(crate) tlen: i32,
}

/// The eleven mandatory fields (SAMv1 §1.4).
#[derive(Clone, Copy, Debug)]
pub(super) struct Mandatory<'a> {
    pub(super) qname: &'a [u8],
    pub(super) cigar: &'a [u8],
    pub(super) seq: &'a [u8],
    pub(super) qual: &'a [u8],
    pub(super) fixed: Fixed,
    /// Whether `fixed` gives back the text of its fields.
    pub(super) is_canonical: bool,
}

impl<'a> Mandatory<'a> {
    /// Takes the fields; those that have a fixed place in the record are read.
    pub(super) fn parse(fields: &mut Fields<'a>, references: &References) -> Result<Self, LineError> {
        let [qname, flag, rname, pos, mapq] = fields.next_five()?;
        let cigar = fields.next()?;
        let [rnext, pnext, tlen, seq, qual] = fields.next_five()?;
        let flag = parse_flag(flag)?;
        let ref_id = parse_rname(rname, references)?;
        let pos = parse_pos(pos).map_err(|fault| LineError::Pos { value: Excerpt::new(pos), fault })?;
        let mapq = parse_mapq(mapq)?;
        let (next_ref_id, rnext_is_canonical) = parse_rnext(rnext, ref_id, references)?;
        let next_pos =
            parse_pos(pnext).map_err(|fault| LineError::Pnext { value: Excerpt::new(pnext), fault })?;
        let (tlen, tlen_is_canonical) = parse_tlen(tlen)?;
        let fixed = Fixed { ref_id, pos, mapq, flag, next_ref_id, next_pos, tlen };
        Ok(Self { qname, cigar, seq, qual, fixed, is_canonical: rnext_is_canonical & tlen_is_canonical })
    }
}

/// SAMv1 §1.4, field 1.
pub(super) fn check_qname(qname: &[u8]) -> Result<(), LineError> {
    let is_allowed = |b: &u8| matches!(b, b'!'..=b'?' | b'A'..=b'~');
    let fault = match qname.len() {
        1..=254 if qname.iter().all(is_allowed) => return Ok(()),
        1..=254 => QnameFault::Character,
        n => QnameFault::Length(n),
    };
    Err(LineError::Qname { value: Excerpt::new(qname), fault })
}

fn parse_flag(text: &[u8]) -> Result<u16, LineError> {
    let error = |fault| LineError::Flag { value: Excerpt::new(text), fault };
    let value = unsigned(text, u16::MAX.into()).map_err(error)?;
    u16::try_from(value).map_err(|_| error(out_of_range(0, u16::MAX.into())))
}

fn parse_mapq(text: &[u8]) -> Result<u8, LineError> {
    let error = |fault| LineError::Mapq { value: Excerpt::new(text), fault };
    let value = unsigned(text, u8::MAX.into()).map_err(error)?;
    u8::try_from(value).map_err(|_| error(out_of_range(0, u8::MAX.into())))
}

/// The 0-based position; -1 for 0.
fn parse_pos(text: &[u8]) -> Result<i32, IntegerFault> {
    unsigned(text, i32::MAX).map(|pos| pos.wrapping_sub(1))
}

/// SAMv1 §1.4.9: -2^31+1 to 2^31-1.
fn parse_tlen(text: &[u8]) -> Result<(i32, bool), LineError> {
    let error = |fault| LineError::Tlen { value: Excerpt::new(text), fault };
    let (value, is_canonical) = signed(text, (-i32::MAX).into(), i32::MAX.into()).map_err(error)?;
    let value = i32::try_from(value).map_err(|_| error(out_of_range(-i32::MAX, i32::MAX)))?;
    Ok((value, is_canonical))
}

fn parse_rname(text: &[u8], references: &References) -> Result<i32, LineError> {
    reference_id(text, references).map_err(|fault| LineError::Rname { value: Excerpt::new(text), fault })
}

fn parse_rnext(text: &[u8], ref_id: i32, references: &References) -> Result<(i32, bool), LineError> {
    if text == b"=" {
        // `=` of a read without RNAME names nothing, and is rendered `*`.
        return Ok((ref_id, ref_id >= 0));
    }
    let id = reference_id(text, references)
        .map_err(|fault| LineError::Rnext { value: Excerpt::new(text), fault })?;
    Ok((id, id < 0 || id != ref_id))
}

fn reference_id(text: &[u8], references: &References) -> Result<i32, ReferenceFault> {
    match text {
        b"*" => Ok(-1),
        b"" => Err(ReferenceFault::Empty),
        name => references.id(name).ok_or(ReferenceFault::NotInHeader),
    }
}
