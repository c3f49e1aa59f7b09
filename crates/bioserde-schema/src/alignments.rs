//! The columns of alignments.

mod tag_registry;

use arrow_schema::DataType;
use bioserde_core::{Family, sam};

pub use tag_registry::standard_kind;

use crate::metadata;
use crate::table::{Column, Origin, Physical, TableSchema, dictionary, list, list_of_struct};

/// What a tag's column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TagKind {
    /// One character (`A`).
    Character,
    /// Integers of every width (`c C s S i I`).
    Integer,
    /// 32-bit IEEE 754 (`f`).
    Float,
    /// Text (`Z`) or hexadecimal digits (`H`).
    Text,
    /// Text with few distinct values, such as read groups.
    RepeatedText,
    /// `B` of an integer type.
    IntegerArray,
    /// `B` of `f`.
    FloatArray,
}

impl TagKind {
    /// The kind that holds a BAM value type, and for `B` its subtype (SAMv1 §4.2.4).
    pub fn of(value_type: u8, subtype: Option<u8>) -> Option<Self> {
        Some(match (value_type, subtype) {
            (b'A', _) => Self::Character,
            (b'c' | b'C' | b's' | b'S' | b'i' | b'I', _) => Self::Integer,
            (b'f', _) => Self::Float,
            (b'Z' | b'H', _) => Self::Text,
            (b'B', Some(b'f')) => Self::FloatArray,
            (b'B', Some(b'c' | b'C' | b's' | b'S' | b'i' | b'I')) => Self::IntegerArray,
            _ => return None,
        })
    }

    /// The kind in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Character => "character",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Text | Self::RepeatedText => "text",
            Self::IntegerArray => "integers",
            Self::FloatArray => "floats",
        }
    }

    fn data_type(self) -> DataType {
        match self {
            Self::Character | Self::Text => DataType::Utf8,
            Self::Integer => DataType::Int64,
            Self::Float => DataType::Float32,
            Self::RepeatedText => dictionary(),
            Self::IntegerArray => list(DataType::Int64),
            Self::FloatArray => list(DataType::Float32),
        }
    }

    fn physical(self) -> Physical {
        match self {
            Self::Character | Self::Integer | Self::RepeatedText | Self::Text | Self::Float => {
                Physical::Dictionary
            }
            Self::IntegerArray | Self::FloatArray => Physical::Bulk,
        }
    }
}

/// A tag that gets a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TagColumn {
    /// The two letters, with their case.
    pub tag: [u8; 2],
    /// What the column holds.
    pub kind: TagKind,
}

/// So many tags a table has at most; any others are in `tags_other`. Files that use local tags use a
/// handful.
pub const MAX_TAGS: usize = 250;

/// The tags that get a column: the standard ones, then `extra` ones in the order of their letters.
///
/// Of two tags that differ in case only, the standard one has the column, else the one that sorts
/// first, which is the upper-case one; the other goes to `tags_other`. For tags that are standard the
/// standard's type counts, unless `requested` says otherwise.
pub fn tag_columns(observed: &[TagColumn], requested: &[TagColumn]) -> Vec<TagColumn> {
    let mut columns: Vec<TagColumn> =
        tag_registry::STANDARD.iter().map(|(tag, kind)| TagColumn { tag: **tag, kind: *kind }).collect();
    for column in &mut columns {
        if let Some(wanted) = requested.iter().find(|r| r.tag == column.tag) {
            column.kind = wanted.kind;
        }
    }
    let mut observed = observed.to_vec();
    observed.sort_by_key(|c| c.tag);
    for column in requested.iter().chain(&observed) {
        // CG holds the CIGAR operations that do not fit a BAM record; `cigar` has them.
        let is_cigar = column.tag == *b"CG";
        // SAMv1 §1.5: the names of columns could not tell others apart.
        let [a, b] = column.tag;
        let is_tag = a.is_ascii_alphabetic() && b.is_ascii_alphanumeric();
        if !is_cigar
            && is_tag
            && columns.len() < MAX_TAGS
            && !columns.iter().any(|c| c.tag.eq_ignore_ascii_case(&column.tag))
        {
            columns.push(*column);
        }
    }
    columns
}

/// The table of alignments for a header and a list of tags.
pub fn table(header: &sam::Header, tags: &[TagColumn]) -> TableSchema {
    use DataType::{Int32, Int64, Utf8};
    let mut columns = Vec::new();
    let mut push = |name: &str, data_type, nullable, origin, physical| {
        let name = name.to_owned();
        columns.push(Column { name, data_type, nullable, origin: Origin::Record(origin), physical });
    };
    push("record_no", Int64, false, "order of the record in this export, from 0", Physical::Delta);
    push("qname", Utf8, true, "SAM field 1 QNAME", Physical::Plain);
    push("flag", Int32, false, "SAM field 2 FLAG", Physical::Dictionary);
    push("rname", dictionary(), true, "SAM field 3 RNAME", Physical::Dictionary);
    push("pos", Int32, true, "SAM field 4 POS, 1-based", Physical::Delta);
    push("end_pos", Int32, true, "last reference base covered (POS and CIGAR), 1-based", Physical::Delta);
    push("mapq", Int32, false, "SAM field 5 MAPQ", Physical::Dictionary);
    push("cigar", Utf8, true, "SAM field 6 CIGAR (from CG where it is there)", Physical::Dictionary);
    push("rnext", dictionary(), true, "SAM field 7 RNEXT, resolved", Physical::Dictionary);
    push("pnext", Int32, true, "SAM field 8 PNEXT, 1-based", Physical::Delta);
    push("tlen", Int32, false, "SAM field 9 TLEN", Physical::Delta);
    push("seq", Utf8, true, "SAM field 10 SEQ", Physical::Bulk);
    push("qual", Utf8, true, "SAM field 11 QUAL, phred + 33", Physical::Bulk);
    for TagColumn { tag, kind } in tags {
        let name = crate::table::column_name("tag_", &String::from_utf8_lossy(tag));
        let origin = Origin::Tag { tag: *tag, kind: *kind };
        let (data_type, physical) = (kind.data_type(), kind.physical());
        columns.push(Column { name, data_type, nullable: true, origin, physical });
    }
    let mut push = |name: &str, data_type, origin, physical| {
        let name = name.to_owned();
        columns.push(Column { name, data_type, nullable: true, origin: Origin::Record(origin), physical });
    };
    let other = list_of_struct(&[("tag", Utf8), ("type", Utf8), ("value", Utf8)]);
    push("tags_other", other, "tags without a column of their name and type", Physical::Bulk);
    push("tag_layout", dictionary(), "order and BAM types of the tags", Physical::Dictionary);
    push(
        "residual",
        DataType::Binary,
        "the source record, where the columns do not reproduce it",
        Physical::Bulk,
    );

    let mut table = TableSchema { family: Family::Alignments, columns, metadata: metadata::base("reads") };
    let mut set = |key: &str, value: String| table.metadata.insert(key.to_owned(), value);
    // A header's bytes are UTF-8: the parser refuses others.
    set(metadata::HEADER, String::from_utf8_lossy(&header.text).into_owned());
    let references = header.reference_sequences.iter().map(|r| (r.name.as_str(), Some(u64::from(r.length))));
    set(metadata::REFERENCE_SEQUENCES, metadata::reference_sequences(references));
    if let Some(version) = &header.version {
        set(metadata::SOURCE_VERSION, version.clone());
    }
    if let Some(order) = &header.sort_order {
        set(metadata::SORT_ORDER, order.clone());
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_tags_win_over_their_other_case() {
        let extra = [
            TagColumn { tag: *b"nm", kind: TagKind::Text },
            TagColumn { tag: *b"xa", kind: TagKind::Text },
            TagColumn { tag: *b"XA", kind: TagKind::Integer },
        ];
        let columns = tag_columns(&extra, &[]);
        assert!(!columns.iter().any(|c| c.tag == *b"nm" || c.tag == *b"xa"));
        assert!(columns.contains(&extra[2]));
        let requested = tag_columns(&extra, &[TagColumn { tag: *b"xa", kind: TagKind::Text }]);
        assert!(requested.iter().any(|c| c.tag == *b"xa"));
    }

    #[test]
    fn names_are_unique() {
        let table = table(&sam::Header::default(), &tag_columns(&[], &[]));
        let mut names: Vec<_> = table.columns.iter().map(|c| c.name.clone()).collect();
        let n = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), n);
    }
}
