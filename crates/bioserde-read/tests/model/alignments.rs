//! Alignments, from BAM and from SAM.

use bioserde_model::{Alignment, Operation, OperationKind, Position, Tag, TagValue};
use bioserde_read::{Model, Options};
use bioserde_schema::Origin;
use bioserde_schema::alignments::TagKind;
use bioserde_testkit::alignments::{
    self as testkit, Header, Value, arb_alignment, bam_header_bytes, bam_record_bytes, sam_line,
};
use bioserde_testkit::bgzf;
use proptest::bool::weighted;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::cell::{Cell, is_float};
use crate::paths::{Columns, Cuts, arb_cuts, check_json, read};

proptest! {
    #[test]
    fn bam_columns_and_models_agree(reads in vec(arb_read(), 1..8), cuts in arb_cuts()) {
        check_bam(&testkit::typical_header(), &reads, &cuts)?;
    }

    #[test]
    fn sam_columns_and_models_agree(reads in vec(arb_alignment(), 1..8), cuts in arb_cuts()) {
        check_sam(&testkit::typical_header(), &reads, &cuts)?;
    }

    #[test]
    fn regions_of_alignments_are_those_that_overlap(
        reads in vec(arb_alignment(), 1..12),
        cuts in arb_cuts(),
        contig in 0..5_usize,
        start in 1..2_000_000_u32,
        len in 1..1_000_000_u32,
    ) {
        let header = testkit::typical_header();
        let bytes = bam(&header, &reads.iter().map(bam_record_bytes).collect::<Vec<_>>(), &cuts);
        let (_, all) = read(&bytes, &cuts.options());
        let name = header.contigs[contig].0.clone();
        let end = start + len;
        let options = Options { regions: vec![format!("{{{name}}}:{start}-{end}")], ..cuts.options() };
        let (columns, found) = read(&bytes, &options);
        let overlaps = |record: &Model| {
            let Model::Alignment(a) = record else { return false };
            a.rname.as_ref() == Some(&name)
                && a.pos.is_some_and(|p| p.get() <= end)
                && a.end_pos().is_some_and(|p| p.get() >= start)
        };
        let expected: Vec<_> = all.into_iter().filter(|r| r.as_ref().is_ok_and(overlaps)).collect();
        prop_assert_eq!(columns.unwrap().rows.len(), expected.len());
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn unusual_alignments_agree() {
    for (header, reads) in [testkit::cases(), testkit::long_reads()] {
        let as_they_are: Vec<_> = reads.iter().cloned().map(Read::from).collect();
        check_bam(&header, &as_they_are, &Cuts::WHOLE).unwrap();
        check_sam(&header, &reads, &Cuts::WHOLE).unwrap();
    }
}

/// An alignment, and what only BAM can say of it.
#[derive(Clone, Debug)]
struct Read {
    alignment: testkit::Alignment,
    /// Added to each quality, beyond what SAM can print.
    quality: u8,
    /// Whether the first quality says that there are none, and others say otherwise.
    hides_quality: bool,
    /// Instead of each float's own.
    float: Option<u32>,
    repeats_tag: bool,
    /// Whether there is a `CG` that is not the CIGAR's.
    has_cg: bool,
    /// Of the bin, which are changed.
    bin: u16,
}

impl From<testkit::Alignment> for Read {
    fn from(alignment: testkit::Alignment) -> Self {
        Self {
            alignment,
            quality: 0,
            hides_quality: false,
            float: None,
            repeats_tag: false,
            has_cg: false,
            bin: 0,
        }
    }
}

fn arb_read() -> impl Strategy<Value = Read> {
    let rarely = || weighted(0.1);
    let odd = (
        option::weighted(0.1, any::<u8>()),
        rarely(),
        option::weighted(0.1, any::<u32>()),
        rarely(),
        rarely(),
        option::weighted(0.1, 1..9_u16),
    );
    (arb_alignment(), odd).prop_map(
        |(alignment, (quality, hides_quality, float, repeats_tag, has_cg, bin))| Read {
            alignment,
            quality: quality.unwrap_or(0),
            hides_quality,
            float,
            repeats_tag,
            has_cg,
            bin: bin.unwrap_or(0),
        },
    )
}

impl Read {
    /// The alignment with its oddities, as far as a model shows them.
    fn odd(&self) -> testkit::Alignment {
        let mut alignment = self.alignment.clone();
        alignment.qual.iter_mut().flatten().for_each(|q| *q = q.wrapping_add(self.quality));
        if let Some(first) = alignment.qual.as_mut().and_then(|qual| qual.first_mut()) {
            *first = if self.hides_quality { 0xff } else { *first };
        }
        // That is how BAM says that there are none.
        alignment.qual = alignment.qual.filter(|qual| qual.iter().any(|q| *q != 0xff));
        if let Some(bits) = self.float {
            for (_, value) in &mut alignment.tags {
                match value {
                    Value::Float(x) => *x = f32::from_bits(bits),
                    Value::Floats(list) => list.fill(f32::from_bits(bits)),
                    _ => {}
                }
            }
        }
        if self.repeats_tag {
            alignment.tags.extend_from_within(..alignment.tags.len().min(1));
        }
        // After a placeholder the tag would be the CIGAR.
        let is_placeholder = matches!(alignment.cigar[..], [(_, b'S'), (_, b'N')]);
        if self.has_cg && !is_placeholder {
            alignment.tags.push((*b"CG", Value::UInt32s(vec![160])));
        }
        alignment
    }

    fn bam(&self) -> Vec<u8> {
        let mut bytes = bam_record_bytes(&self.odd());
        let bin = u16::from_le_bytes([bytes[14], bytes[15]]) ^ self.bin;
        bytes[14..16].copy_from_slice(&bin.to_le_bytes());
        bytes
    }
}

fn bam(header: &Header, records: &[Vec<u8>], cuts: &Cuts) -> Vec<u8> {
    let bytes = [bam_header_bytes(header), records.concat()].concat();
    bgzf::compress(&bytes, &cuts.blocks, true)
}

fn check_bam(header: &Header, reads: &[Read], cuts: &Cuts) -> Result<(), TestCaseError> {
    let records: Vec<_> = reads.iter().map(Read::bam).collect();
    let (columns, models) = read(&bam(header, &records, cuts), &cuts.options());
    let columns = columns.map_err(TestCaseError::fail)?;
    let models = models.into_iter().collect::<Result<Vec<_>, _>>().map_err(TestCaseError::fail)?;
    for (model, read) in models.iter().zip(reads) {
        let expected = Model::Alignment(model_of(header, &read.odd()));
        // NaN is not equal to itself, but its bits are shown.
        prop_assert_eq!(bits(model), bits(&expected));
    }
    check(&columns, &models, &records)?;
    for (row, read) in reads.iter().enumerate() {
        let has_residual = columns.get(row, "residual") != &Cell::Null;
        prop_assert!(read.bin == 0 || has_residual, "a wrong bin is in the residual only");
    }
    Ok(())
}

fn bits(model: &Model) -> String {
    let Model::Alignment(alignment) = model else { return String::new() };
    serde_json::to_string(alignment).unwrap()
}

fn check_sam(header: &Header, reads: &[testkit::Alignment], cuts: &Cuts) -> Result<(), TestCaseError> {
    let lines: Vec<_> = reads.iter().map(|read| sam_line(header, read).into_bytes()).collect();
    let text = [header.text.as_bytes(), lines.join(&b'\n').as_slice(), b"\n"].concat();
    let (columns, models) = read(&text, &cuts.options());
    match columns {
        Ok(columns) => {
            let models = models.into_iter().collect::<Result<Vec<_>, _>>().map_err(TestCaseError::fail)?;
            check(&columns, &models, &lines)
        }
        Err(error) => {
            let first = models.into_iter().find_map(Result::err);
            prop_assert_eq!(first, Some(error));
            Ok(())
        }
    }
}

/// What a model should be, by the fixture that the file was written from.
fn model_of(header: &Header, read: &testkit::Alignment) -> Alignment {
    let name = |contig: Option<usize>| contig.map(|i| header.contigs[i].0.clone());
    let position = |pos: i32| u64::try_from(pos).ok().filter(|pos| *pos > 0).and_then(Position::new);
    let operation = |(len, letter): &(u32, u8)| {
        let kind = OperationKind::from_letter(char::from(*letter)).unwrap();
        Operation { len: *len, kind }
    };
    Alignment {
        qname: read.qname.clone(),
        flag: read.flag,
        rname: name(read.rname),
        pos: position(read.pos),
        mapq: read.mapq,
        cigar: bioserde_model::Cigar(read.cigar.iter().map(operation).collect()),
        rnext: name(read.rnext),
        pnext: position(read.pnext),
        tlen: read.tlen,
        seq: (!read.seq.is_empty()).then(|| String::from_utf8(read.seq.clone()).unwrap()),
        qual: read.qual.clone(),
        tags: read.tags.iter().map(|(tag, value)| Tag { tag: *tag, value: tag_value(value) }).collect(),
    }
}

fn tag_value(value: &Value) -> TagValue {
    match value {
        Value::Character(x) => TagValue::Character(*x),
        Value::Int8(x) => TagValue::Int8(*x),
        Value::UInt8(x) => TagValue::UInt8(*x),
        Value::Int16(x) => TagValue::Int16(*x),
        Value::UInt16(x) => TagValue::UInt16(*x),
        Value::Int32(x) => TagValue::Int32(*x),
        Value::UInt32(x) => TagValue::UInt32(*x),
        Value::Float(x) => TagValue::Float(*x),
        Value::Text(x) => TagValue::Text(x.clone()),
        Value::Hex(x) => TagValue::Hex(x.clone()),
        Value::Int8s(x) => TagValue::Int8s(x.clone()),
        Value::UInt8s(x) => TagValue::UInt8s(x.clone()),
        Value::Int16s(x) => TagValue::Int16s(x.clone()),
        Value::UInt16s(x) => TagValue::UInt16s(x.clone()),
        Value::Int32s(x) => TagValue::Int32s(x.clone()),
        Value::UInt32s(x) => TagValue::UInt32s(x.clone()),
        Value::Floats(x) => TagValue::Floats(x.clone()),
    }
}

/// Every column of every row is what the model of the record says.
fn check(columns: &Columns, models: &[Model], sources: &[Vec<u8>]) -> Result<(), TestCaseError> {
    prop_assert_eq!((columns.rows.len(), models.len()), (sources.len(), sources.len()));
    for (row, (model, source)) in models.iter().zip(sources).enumerate() {
        let Model::Alignment(alignment) = model else { panic!("{model:?} is no alignment") };
        check_json(alignment)?;
        let mut taken = vec![false; alignment.tags.len()];
        for column in &columns.table.columns {
            let cell = columns.get(row, &column.name);
            let expected = match (&column.origin, column.name.as_str()) {
                (Origin::Tag { tag, kind }, _) => of_tag(alignment, *tag, *kind, &mut taken),
                (_, "tags_other" | "residual") => continue,
                (_, "record_no") => Cell::from(i64::try_from(row).unwrap()),
                (_, name) => of_field(alignment, name),
            };
            prop_assert_eq!(cell, &expected, "{} of record {}", &column.name, row);
        }
        let others = alignment.tags.iter().zip(&taken).filter(|(_, taken)| !**taken).map(|(tag, _)| tag);
        let mut is_kept = check_others(columns.get(row, "tags_other").elements(), others)?;
        is_kept |= alignment.qual.as_deref().is_some_and(|qual| printed(qual).is_none());
        let residual = columns.get(row, "residual");
        let is_source = *residual == Cell::Bytes(source.clone());
        prop_assert!(is_source || (*residual == Cell::Null && !is_kept), "residual {:?}", residual);
    }
    Ok(())
}

fn of_field(alignment: &Alignment, name: &str) -> Cell {
    let position = |position: Option<Position>| Cell::option(position.map(|p| i64::from(p.get())));
    match name {
        "qname" => Cell::option(alignment.qname.as_ref()),
        "flag" => Cell::from(i64::from(alignment.flag)),
        "rname" => Cell::option(alignment.rname.as_ref()),
        "pos" => position(alignment.pos),
        "end_pos" => position(alignment.end_pos()),
        "mapq" => Cell::from(i64::from(alignment.mapq)),
        "cigar" if alignment.cigar.0.is_empty() => Cell::Null,
        "cigar" => Cell::from(&alignment.cigar.to_string()),
        "rnext" => Cell::option(alignment.rnext.as_ref()),
        "pnext" => position(alignment.pnext),
        "tlen" => Cell::from(alignment.tlen),
        "seq" => Cell::option(alignment.seq.as_ref()),
        "qual" => Cell::option(alignment.qual.as_deref().and_then(printed).as_ref()),
        "tag_layout" => Cell::option(layout(alignment).as_ref()),
        other => panic!("column {other} is not compared"),
    }
}

/// Qualities as text; nothing where there is no text for them.
fn printed(qual: &[u8]) -> Option<String> {
    let character = |q: &u8| (*q <= 93).then(|| char::from(q + 33));
    qual.iter().map(character).collect()
}

fn layout(alignment: &Alignment) -> Option<String> {
    let mut entries: Vec<String> = Vec::new();
    for Tag { tag: [a, b], value } in &alignment.tags {
        entries.push(format!("{}{}:{}", char::from(*a), char::from(*b), value.type_name()));
    }
    if alignment.cigar.0.len() > usize::from(u16::MAX) {
        // The operations are in a tag, after the others as every writer has it.
        entries.push("CG:BI".to_owned());
    }
    (!entries.is_empty()).then(|| entries.join(" "))
}

/// The first tag of a name that a column can hold.
fn of_tag(alignment: &Alignment, tag: [u8; 2], kind: TagKind, taken: &mut [bool]) -> Cell {
    for (field, taken) in alignment.tags.iter().zip(taken) {
        if let Some(cell) = as_kind(&field.value, kind).filter(|_| field.tag == tag) {
            *taken = true;
            return cell;
        }
    }
    Cell::Null
}

/// A negative zero is in `tags_other`.
fn has_column(value: f32) -> bool {
    value.to_bits() != (-0.0_f32).to_bits()
}

fn as_kind(value: &TagValue, kind: TagKind) -> Option<Cell> {
    Some(match (kind, value) {
        (TagKind::Character, TagValue::Character(x)) => Cell::Text(char::from(*x).to_string()),
        (TagKind::Integer, _) => value.as_integer()?.into(),
        (TagKind::Float, TagValue::Float(x)) => Cell::from(has_column(*x).then_some(*x)?),
        (TagKind::Text | TagKind::RepeatedText, TagValue::Text(x) | TagValue::Hex(x)) => Cell::from(x),
        (TagKind::IntegerArray, _) => Cell::List(value.as_integers()?.into_iter().map(Cell::from).collect()),
        (TagKind::FloatArray, TagValue::Floats(list)) if list.iter().all(|x| has_column(*x)) => {
            Cell::List(list.iter().copied().map(Cell::from).collect())
        }
        _ => return None,
    })
}

/// The entries are those tags; says whether one has no text that tells all of it.
fn check_others<'a>(entries: &[Cell], tags: impl Iterator<Item = &'a Tag>) -> Result<bool, TestCaseError> {
    let mut has_nan = false;
    let mut entries = entries.iter();
    for Tag { tag, value } in tags {
        let entry = entries.next().map(Cell::elements);
        let Some([Cell::Text(name), Cell::Text(kind), Cell::Text(text)]) = entry else {
            return Err(TestCaseError::fail(format!("tags_other has {entry:?} for {tag:?}")));
        };
        prop_assert_eq!((name.as_bytes(), kind.as_str()), (&tag[..], value.type_name()));
        prop_assert!(is_text_of(text, value), "`{}` is not {:?}", text, value);
        has_nan |= match value {
            TagValue::Float(x) => x.is_nan(),
            TagValue::Floats(list) => list.iter().any(|x| x.is_nan()),
            _ => false,
        };
    }
    prop_assert_eq!(entries.next(), None);
    Ok(has_nan)
}

fn is_text_of(text: &str, value: &TagValue) -> bool {
    let elements = || text.split(',').filter(|e| !e.is_empty());
    match value {
        TagValue::Character(x) => text.as_bytes() == [*x],
        TagValue::Text(x) | TagValue::Hex(x) => text == x,
        TagValue::Float(x) => is_float(text, *x),
        TagValue::Floats(list) => {
            elements().count() == list.len() && elements().zip(list).all(|(text, x)| is_float(text, *x))
        }
        _ => match (value.as_integer(), value.as_integers()) {
            (Some(x), _) => text == x.to_string(),
            (_, Some(list)) => elements().eq(list.iter().map(i64::to_string)),
            _ => false,
        },
    }
}
