use std::sync::Arc;

use bioserde_core::{Position, sam};
use bioserde_model::{Alignment, Cigar, Operation, OperationKind, Tag, TagValue};

use super::{Model, ModelError, Models, text};
use crate::batches;
use crate::formats::bam::record::{self, Record, RecordError};
use crate::formats::bam::tags::{self, Tags};
use crate::formats::sam::encode::encode_line;
use crate::formats::sam::references::References;
use crate::lines::strip_end;

/// Models of BAM records.
#[derive(Debug)]
pub(crate) struct BamModels {
    header: Arc<sam::Header>,
}

impl BamModels {
    pub(crate) fn new(header: &Arc<sam::Header>) -> Self {
        Self { header: Arc::clone(header) }
    }

    fn name(&self, id: Option<i32>) -> Option<String> {
        let sequence = self.header.reference_sequences.get(usize::try_from(id?).ok()?)?;
        Some(sequence.name.clone())
    }
}

impl BamModels {
    /// The model of a record with its length before it.
    pub(super) fn alignment(&self, record: &[u8]) -> Result<Alignment, batches::RecordError> {
        let record = Record::new(record, self.header.reference_sequences.len())?;
        let cigar = record.full_cigar();
        let is_cigar_from_tag = !std::ptr::eq(cigar.0, record.cigar.0);
        Ok(Alignment {
            qname: qname(record.read_name)?,
            flag: record.flag,
            rname: self.name(record.reference_id),
            pos: position("pos", record.pos)?,
            mapq: record.mapq,
            cigar: operations(cigar)?,
            rnext: self.name(record.next_reference_id),
            pnext: position("next_pos", record.next_pos)?,
            tlen: record.tlen,
            seq: seq(&record),
            qual: qual(record.qual),
            tags: tags(record.tags, is_cigar_from_tag)?,
        })
    }
}

impl Models for BamModels {
    fn model(&mut self, record: &[u8]) -> Result<Model, batches::RecordError> {
        self.alignment(record).map(Model::Alignment)
    }
}

/// Models of SAM lines, by way of BAM records.
#[derive(Debug)]
pub(crate) struct SamModels {
    records: BamModels,
    references: References,
    record: Vec<u8>,
}

impl SamModels {
    pub(crate) fn new(header: &Arc<sam::Header>) -> Self {
        let (records, references) = (BamModels::new(header), References::new(header));
        Self { records, references, record: Vec::new() }
    }
}

impl SamModels {
    /// The model of a line without its end.
    pub(super) fn alignment(&mut self, line: &[u8]) -> Result<Alignment, batches::RecordError> {
        self.record.clear();
        encode_line(line, &self.references, &mut self.record)?;
        self.records.alignment(&self.record)
    }
}

impl Models for SamModels {
    fn model(&mut self, line: &[u8]) -> Result<Model, batches::RecordError> {
        self.alignment(strip_end(line).0).map(Model::Alignment)
    }
}

fn qname(read_name: &[u8]) -> Result<Option<String>, ModelError> {
    match read_name.strip_suffix(b"\0").unwrap_or(read_name) {
        b"*" => Ok(None),
        name => text("the read name", name).map(Some),
    }
}

/// The 1-based position of a 0-based one; nothing for -1.
fn position(field: &'static str, zero_based: i32) -> Result<Option<Position>, ModelError> {
    if zero_based < 0 {
        return Ok(None);
    }
    let position = Position::from_zero_based(zero_based.into());
    let fault = ModelError::Position { field, value: i64::from(zero_based) + 1 };
    position.map(Some).ok_or(fault)
}

fn operations(cigar: record::Cigar<'_>) -> Result<Cigar, RecordError> {
    let operation = |(len, code)| {
        let kind = OperationKind::from_code(code).ok_or(RecordError::CigarOperation(code))?;
        Ok(Operation { len, kind })
    };
    cigar.iter().map(operation).collect::<Result<_, _>>().map(Cigar)
}

/// The letters of the codes of bases (SAMv1 §4.2.3).
const BASES: [char; 16] = ['=', 'A', 'C', 'M', 'G', 'R', 'S', 'V', 'T', 'W', 'Y', 'H', 'K', 'D', 'B', 'N'];

fn seq(record: &Record<'_>) -> Option<String> {
    let codes = record.seq.iter().flat_map(|two| [two >> 4, two & 15]);
    let letters = codes.take(record.l_seq).filter_map(|code| BASES.get(usize::from(code)));
    (record.l_seq > 0).then(|| letters.collect())
}

/// SAMv1 §4.2.3: 0xff for every base stands for qualities that are not there.
fn qual(qual: &[u8]) -> Option<Vec<u8>> {
    qual.iter().any(|q| *q != 0xff).then(|| qual.to_vec())
}

/// The optional fields, without the `CG` that the CIGAR was taken from: the first one (SAMv1 §4.2.2).
fn tags(bytes: &[u8], mut has_cigar: bool) -> Result<Vec<Tag>, batches::RecordError> {
    let mut rest = Tags(bytes);
    let mut list = Vec::new();
    while let Some(field) = rest.next()? {
        if has_cigar && field.tag == *b"CG" && field.value_type == b'B' && field.value.first() == Some(&b'I')
        {
            has_cigar = false;
            continue;
        }
        let fault = |what| RecordError::Tag { tag: field.tag.escape_ascii().to_string(), what };
        if !field.tag.is_ascii() {
            return Err(fault("its name is not text").into());
        }
        let value = value(&field).ok_or_else(|| fault("its text is not UTF-8"))?;
        list.push(Tag { tag: field.tag, value });
    }
    Ok(list)
}

/// The value of a field, whose length and type [`Tags`] has checked; nothing when it is text that is
/// not UTF-8.
fn value(field: &tags::Tag<'_>) -> Option<TagValue> {
    let string = || String::from_utf8(field.value.to_vec()).ok();
    Some(match (field.value_type, field.value) {
        (b'A', [x]) => TagValue::Character(*x),
        (b'c', [x]) => TagValue::Int8(i8::from_le_bytes([*x])),
        (b'C', [x]) => TagValue::UInt8(*x),
        (b's', [a, b]) => TagValue::Int16(i16::from_le_bytes([*a, *b])),
        (b'S', [a, b]) => TagValue::UInt16(u16::from_le_bytes([*a, *b])),
        (b'i', [a, b, c, d]) => TagValue::Int32(i32::from_le_bytes([*a, *b, *c, *d])),
        (b'I', [a, b, c, d]) => TagValue::UInt32(u32::from_le_bytes([*a, *b, *c, *d])),
        (b'f', [a, b, c, d]) => TagValue::Float(f32::from_le_bytes([*a, *b, *c, *d])),
        (b'Z', _) => TagValue::Text(string()?),
        (b'H', _) => TagValue::Hex(string()?),
        (b'B', [subtype, _, _, _, _, elements @ ..]) => match subtype {
            b'c' => TagValue::Int8s(array(elements, i8::from_le_bytes)),
            b'C' => TagValue::UInt8s(elements.to_vec()),
            b's' => TagValue::Int16s(array(elements, i16::from_le_bytes)),
            b'S' => TagValue::UInt16s(array(elements, u16::from_le_bytes)),
            b'i' => TagValue::Int32s(array(elements, i32::from_le_bytes)),
            b'I' => TagValue::UInt32s(array(elements, u32::from_le_bytes)),
            b'f' => TagValue::Floats(array(elements, f32::from_le_bytes)),
            _ => return None,
        },
        _ => return None,
    })
}

fn array<const N: usize, T>(bytes: &[u8], element: fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks().0.iter().map(|b| element(*b)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(tags: &[u8]) -> String {
        super::tags(tags, false).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert_eq!(qname(b"*\0"), Ok(None));
        assert_eq!(qname(b"\xff\0"), Err(ModelError::NotUtf8("the read name")));
        assert_eq!(refused(b"XXZ\xff\0"), "tag XX: its text is not UTF-8");
        assert_eq!(refused(b"X\xe9C\0"), "tag X\\xe9: its name is not text");
    }

    #[test]
    fn positions_are_one_based_and_have_an_end() {
        assert_eq!(position("pos", -1), Ok(None));
        assert_eq!(position("pos", i32::MAX - 1), Ok(Some(Position::MAX)));
        let fault = ModelError::Position { field: "pos", value: 1 << 31 };
        assert_eq!(position("pos", i32::MAX), Err(fault));
    }

    #[test]
    fn only_the_tag_that_the_cigar_is_from_is_left_out() {
        let bytes = b"CGBI\x01\0\0\0\x10\0\0\0NMC\x01CGBI\0\0\0\0";
        let names = |has_cigar| {
            tags(bytes, has_cigar).unwrap().iter().map(|t| t.value.type_name()).collect::<Vec<_>>()
        };
        assert_eq!(names(false), ["BI", "C", "BI"]);
        assert_eq!(names(true), ["C", "BI"]);
    }

    #[test]
    fn qualities_are_missing_as_a_whole_only() {
        assert_eq!(qual(b""), None);
        assert_eq!(qual(b"\xff\xff"), None);
        assert_eq!(qual(b"\xff\x01"), Some(vec![0xff, 1]));
    }
}
