//! The columns of variants.

use arrow_schema::DataType;
use bioserde_core::Family;
use bioserde_core::vcf::{Definition, Header, Number, Type};

use crate::annotations::sub_fields;
use crate::metadata;
use crate::table::{
    Column, Origin, Physical, TableSchema, column_name, dictionary, list, list_of_struct, unique_name,
};

/// How genotypes become columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Genotypes {
    /// One row a record; with several samples, element i of a list is sample i.
    #[default]
    Nested,
    /// One row a record and sample.
    Long,
    /// Left out.
    None,
}

impl Genotypes {
    /// The name on the command line and in the metadata.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nested => "nested",
            Self::Long => "long",
            Self::None => "none",
        }
    }
}

/// Which parts of a record become columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// How genotypes become columns.
    pub genotypes: Genotypes,
    /// `INFO` keys that get a column; all that are declared when absent.
    pub info: Option<Vec<String>>,
    /// `FORMAT` keys that get a column; all that are declared when absent.
    pub format: Option<Vec<String>>,
    /// Positions in the header's sample list; all when absent.
    pub samples: Option<Vec<usize>>,
    /// Whether the sub-fields of annotations get columns besides.
    pub split_annotations: bool,
}

impl Selection {
    /// Whether nothing of a record is left out.
    pub fn is_complete(&self) -> bool {
        self.genotypes != Genotypes::None
            && self.info.is_none()
            && self.format.is_none()
            && self.samples.is_none()
    }

    fn has_info(&self, key: &str) -> bool {
        self.info.as_ref().is_none_or(|keys| keys.iter().any(|k| k == key))
    }

    /// Positions of the selected samples in the header's list.
    pub fn sample_indexes(&self, header: &Header) -> Vec<usize> {
        self.samples.clone().unwrap_or_else(|| (0..header.samples.len()).collect())
    }
}

/// The type of one value of a key.
fn scalar(kind: Type) -> DataType {
    match kind {
        Type::Integer => DataType::Int32,
        Type::Float => DataType::Float32,
        Type::Flag => DataType::Boolean,
        Type::Character | Type::String => DataType::Utf8,
    }
}

/// Whether a key's column holds a list.
pub fn is_list(definition: &Definition) -> bool {
    definition.kind != Type::Flag && definition.number != Number::Count(1)
}

pub(crate) fn declared(definition: &Definition) -> String {
    format!("Number={} Type={:?}", definition.number_text, definition.kind)
}

fn physical(data_type: &DataType) -> Physical {
    match data_type {
        DataType::Int32 | DataType::Float32 | DataType::Boolean | DataType::Utf8 => Physical::Dictionary,
        DataType::List(element) => physical(element.data_type()),
        _ => Physical::Dictionary,
    }
}

/// The table of variants for a header and a selection.
pub fn table(header: &Header, selection: &Selection) -> TableSchema {
    use DataType::{Float32, Int32, Int64, Utf8};
    let mut columns: Vec<Column> = Vec::new();
    let samples = selection.sample_indexes(header);
    let has_genotypes = selection.genotypes != Genotypes::None && !samples.is_empty();
    let is_long = has_genotypes && selection.genotypes == Genotypes::Long;
    let record = |name: &str, data_type, nullable, origin, physical| Column {
        name: name.to_owned(),
        data_type,
        nullable,
        origin: Origin::Record(origin),
        physical,
    };
    columns.push(record(
        "record_no",
        Int64,
        false,
        "order of the record in this export, from 0",
        Physical::Delta,
    ));
    if is_long {
        columns.push(record("sample", dictionary(), false, "sample name", Physical::Dictionary));
    }
    columns.extend([
        record("chrom", dictionary(), false, "VCF field 1 CHROM", Physical::Dictionary),
        record("pos", Int32, false, "VCF field 2 POS, 1-based", Physical::Delta),
        record(
            "end_pos",
            Int32,
            false,
            "last reference base covered (END, SVLEN, LEN or REF), 1-based",
            Physical::Delta,
        ),
        record("id", list(Utf8), true, "VCF field 3 ID", Physical::Plain),
        record("ref", Utf8, false, "VCF field 4 REF", Physical::Dictionary),
        record("alt", list(Utf8), false, "VCF field 5 ALT; empty for `.`", Physical::Dictionary),
        record("qual", Float32, true, "VCF field 6 QUAL", Physical::Dictionary),
        record("filter", list(Utf8), true, "VCF field 7 FILTER", Physical::Dictionary),
    ]);
    push_info(&mut columns, header, selection);
    if selection.split_annotations {
        push_annotations(&mut columns, header, selection);
    }
    let other = list_of_struct(&[("key", Utf8), ("value", Utf8)]);
    columns.push(record(
        "info_other",
        other,
        true,
        "INFO without a column of its key and type",
        Physical::Bulk,
    ));
    columns.push(record("info_layout", dictionary(), true, "order and form of INFO", Physical::Dictionary));
    if has_genotypes {
        push_format(&mut columns, header, selection, samples.len() > 1 && !is_long);
        let other = list_of_struct(&[("sample", Int32), ("key", Utf8), ("value", Utf8)]);
        columns.push(record(
            "fmt_other",
            other,
            true,
            "FORMAT values without a column of their key and type",
            Physical::Bulk,
        ));
        columns.push(record(
            "format_layout",
            dictionary(),
            true,
            "order and form of FORMAT",
            Physical::Dictionary,
        ));
    }
    if selection.is_complete() {
        let origin = "the source line, where the columns do not reproduce it";
        columns.push(record("residual", DataType::Binary, true, origin, Physical::Bulk));
    }
    let metadata = table_metadata(header, selection, &samples, has_genotypes);
    TableSchema { family: Family::Variants, columns, metadata }
}

fn push_info(columns: &mut Vec<Column>, header: &Header, selection: &Selection) {
    for (index, d) in header.infos.iter().enumerate() {
        if !selection.has_info(&d.id) {
            continue;
        }
        let data_type = if is_list(d) { list(scalar(d.kind)) } else { scalar(d.kind) };
        let name = unique_name(column_name("info_", &d.id), columns);
        let origin = Origin::Info { index, key: d.id.clone(), declared: declared(d) };
        // END grows with POS from row to row.
        let physical = if d.id == "END" && data_type == DataType::Int32 {
            Physical::Delta
        } else {
            physical(&data_type)
        };
        let nullable = d.kind != Type::Flag;
        columns.push(Column { name, data_type, nullable, origin, physical });
    }
}

fn push_annotations(columns: &mut Vec<Column>, header: &Header, selection: &Selection) {
    for (index, d) in header.infos.iter().enumerate().filter(|(_, d)| selection.has_info(&d.id)) {
        for (field, sub_field) in sub_fields(d).into_iter().flatten().enumerate() {
            let prefix = column_name("", &d.id);
            let name = unique_name(column_name(&format!("{prefix}_"), &sub_field.name), columns);
            let data_type = list(scalar(sub_field.kind));
            let kind = sub_field.kind;
            let origin = Origin::Annotation { index, key: d.id.clone(), field, name: sub_field.name, kind };
            let physical = physical(&data_type);
            columns.push(Column { name, data_type, nullable: true, origin, physical });
        }
    }
}

fn push_format(columns: &mut Vec<Column>, header: &Header, selection: &Selection, nested: bool) {
    let wrap = |t: DataType| if nested { list(t) } else { t };
    for (index, d) in header.formats.iter().enumerate() {
        if selection.format.as_ref().is_some_and(|keys| !keys.contains(&d.id)) {
            continue;
        }
        let is_gt = d.id == "GT";
        let element = if is_gt {
            dictionary()
        } else if is_list(d) {
            list(scalar(d.kind))
        } else if d.kind == Type::Flag {
            // FORMAT has no flags (VCF §1.4.4); what stands there is text.
            DataType::Utf8
        } else {
            scalar(d.kind)
        };
        let name = if is_gt { "gt".to_owned() } else { unique_name(column_name("fmt_", &d.id), columns) };
        let origin = Origin::Format { index, key: d.id.clone(), declared: declared(d) };
        columns.push(Column {
            name,
            data_type: wrap(element),
            nullable: true,
            origin,
            physical: Physical::Dictionary,
        });
    }
}

fn table_metadata(
    header: &Header,
    selection: &Selection,
    samples: &[usize],
    has_genotypes: bool,
) -> std::collections::BTreeMap<String, String> {
    let mut metadata = metadata::base("variants");
    let mut set = |key: &str, value: String| metadata.insert(key.to_owned(), value);
    // A header's bytes are UTF-8: the parser refuses others.
    set(metadata::HEADER, String::from_utf8_lossy(&header.text).into_owned());
    set(metadata::SOURCE_VERSION, header.version.clone());
    let contigs = header.contigs.iter().map(|c| (c.name.as_str(), c.length));
    set(metadata::REFERENCE_SEQUENCES, metadata::reference_sequences(contigs));
    let names = samples.iter().filter_map(|i| header.samples.get(*i)).map(String::as_str);
    set(metadata::SAMPLES, metadata::texts(names));
    let genotypes = if has_genotypes { selection.genotypes } else { Genotypes::None };
    set(metadata::GENOTYPES, genotypes.name().to_owned());
    metadata
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"##fileformat=VCFv4.3\n\
        ##INFO=<ID=AC,Number=A,Type=Integer,Description=\"\">\n##INFO=<ID=ac,Number=1,Type=Integer,Description=\"\">\n\
        ##INFO=<ID=DB,Number=0,Type=Flag,Description=\"\">\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"\">\n\
        ##FORMAT=<ID=AD,Number=R,Type=Integer,Description=\"\">\n\
        #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\n";

    fn types(selection: &Selection) -> Vec<(String, String)> {
        let table = table(&Header::parse(TEXT).unwrap(), selection);
        table.columns.iter().map(|c| (c.name.clone(), c.data_type.to_string())).collect()
    }

    #[test]
    fn types_follow_the_header() {
        let types = types(&Selection::default());
        let of = |name: &str| types.iter().find(|(n, _)| n == name).map(|(_, t)| t.as_str());
        assert_eq!(of("info_ac"), Some("List(Int32)"));
        assert_eq!(of("info_ac_2"), Some("Int32"));
        assert_eq!(of("info_db"), Some("Boolean"));
        assert_eq!(of("gt"), Some("List(Dictionary(Int32, Utf8))"));
        assert_eq!(of("fmt_ad"), Some("List(List(Int32))"));
        assert!(of("residual").is_some());
    }

    #[test]
    fn sub_fields_of_annotations_are_lists_when_they_are_asked_for() {
        const CSQ: &str =
            "##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Format: Allele|AF|allele|STRAND\">\n#CHROM";
        let text = std::str::from_utf8(TEXT).unwrap().replace("#CHROM", CSQ);
        let header = Header::parse(text.as_bytes()).unwrap();
        let columns = |selection: &Selection| {
            let columns = table(&header, selection).columns.into_iter();
            let split = columns.filter(|c| matches!(c.origin, Origin::Annotation { .. }));
            split.map(|c| format!("{} {}", c.name, c.data_type)).collect::<Vec<_>>()
        };
        assert!(columns(&Selection::default()).is_empty());
        let split = Selection { split_annotations: true, ..Selection::default() };
        assert!(split.is_complete());
        let expected = [
            "csq_allele List(Utf8)",
            "csq_af List(Float32)",
            "csq_allele_2 List(Utf8)",
            "csq_strand List(Int32)",
        ];
        assert_eq!(columns(&split), expected);
        assert!(columns(&Selection { info: Some(vec!["AC".to_owned()]), ..split }).is_empty());
    }

    #[test]
    fn one_sample_and_long_rows_hold_scalars() {
        let one = types(&Selection { samples: Some(vec![1]), ..Selection::default() });
        assert!(one.contains(&("fmt_ad".into(), "List(Int32)".into())));
        assert!(!one.iter().any(|(n, _)| n == "residual"));
        let long = types(&Selection { genotypes: Genotypes::Long, ..Selection::default() });
        assert!(long.contains(&("gt".into(), "Dictionary(Int32, Utf8)".into())));
        assert_eq!(long[1].0, "sample");
        let none = types(&Selection { genotypes: Genotypes::None, ..Selection::default() });
        assert!(!none.iter().any(|(n, _)| n == "gt"));
    }
}
