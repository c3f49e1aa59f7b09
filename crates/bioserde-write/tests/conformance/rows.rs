//! Rows of every type that a table has, with everything that is awkward about them.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, BooleanBuilder};
use arrow_array::{
    ArrayRef, DictionaryArray, Float32Array, Int32Array, Int64Array, ListArray, RecordBatch, StringArray,
    StructArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::DataType;
use bioserde_core::{sam, vcf};
use bioserde_schema::TableSchema;
use bioserde_schema::alignments::{self, TagColumn, TagKind};
use bioserde_schema::variants::{self, Genotypes, Selection};

/// A table and its units of batches.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) table: TableSchema,
    pub(crate) units: Vec<Vec<RecordBatch>>,
}

const TEXTS: [&str; 8] = ["a", "", "é→漢", "x,y", "say \"hi\"", "tab\there", "line\nbreak\r", "back\\slash"];
const FLOATS: [f32; 6] = [0.1, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, 3.0e38];

const VCF: &[u8] = b"##fileformat=VCFv4.3\n##contig=<ID=chr1>\n\
    ##INFO=<ID=AC,Number=A,Type=Integer,Description=\"\">\n##INFO=<ID=AF,Number=A,Type=Float,Description=\"\">\n\
    ##INFO=<ID=DB,Number=0,Type=Flag,Description=\"\">\n##INFO=<ID=DP,Number=1,Type=Integer,Description=\"\">\n\
    ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"\">\n##FORMAT=<ID=AD,Number=R,Type=Integer,Description=\"\">\n\
    ##FORMAT=<ID=GL,Number=G,Type=Float,Description=\"\">\n\
    #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\n";

/// Whole tables of both families, parts of them, and no rows at all.
pub(crate) fn cases() -> Vec<Case> {
    let tags = [
        TagColumn { tag: *b"XF", kind: TagKind::Float },
        TagColumn { tag: *b"XB", kind: TagKind::FloatArray },
        TagColumn { tag: *b"XI", kind: TagKind::IntegerArray },
    ];
    let header = sam::Header { text: b"@CO\tnon-ASCII: \xc3\xa9\n".to_vec(), ..sam::Header::default() };
    let reads = alignments::table(&header, &alignments::tag_columns(&tags, &[]));
    let header = vcf::Header::parse(VCF).unwrap();
    let nested = variants::table(&header, &Selection::default());
    let long = Selection { genotypes: Genotypes::Long, ..Selection::default() };
    let part = |columns: &[&str]| {
        let mut table = reads.clone();
        table.project(columns).unwrap();
        table
    };
    let case = |name, table: &TableSchema, units: &[&[usize]]| {
        let mut seed = 0;
        let mut batch = |rows: &usize| {
            seed += 1;
            batch(table, *rows, seed)
        };
        let units = units.iter().map(|unit| unit.iter().map(&mut batch).collect()).collect();
        Case { name, table: table.clone(), units }
    };
    vec![
        case("reads", &reads, &[&[40, 7], &[], &[0], &[1100], &[5]]),
        case("reads, one unit", &reads, &[&[3]]),
        case("reads, no units", &reads, &[]),
        case("reads, no rows", &reads, &[&[], &[0, 0]]),
        case("reads, without bases", &part(&["rname", "pos", "end_pos", "mapq"]), &[&[9], &[9]]),
        case("reads, bases only", &part(&["qual", "seq"]), &[&[9], &[9]]),
        case("reads, no zone map", &part(&["qname", "seq", "pos", "tag_rg"]), &[&[9], &[9]]),
        case("reads, one column", &part(&["cigar"]), &[&[9]]),
        case("variants", &nested, &[&[30], &[20, 10]]),
        case("variants, a row a sample", &variants::table(&header, &long), &[&[30], &[20, 10]]),
    ]
}

/// A batch whose dictionaries differ from those of another seed.
fn batch(table: &TableSchema, rows: usize, seed: usize) -> RecordBatch {
    let columns = (seed..).step_by(3).zip(&table.columns);
    let arrays =
        columns.map(|(seed, column)| array(&column.data_type, column.nullable, rows, seed)).collect();
    RecordBatch::try_new(table.arrow(), arrays).unwrap()
}

fn array(data_type: &DataType, nullable: bool, rows: usize, seed: usize) -> ArrayRef {
    let is_valid = move |i: usize| !nullable || !(i + seed).is_multiple_of(4);
    let texts = move |i: usize| is_valid(i).then(|| TEXTS[(i * 7 + seed) % TEXTS.len()]);
    let integer = move |i: usize| i32::try_from(i * 31 + seed).unwrap() - 50;
    match data_type {
        DataType::Int32 => {
            Arc::new((0..rows).map(|i| is_valid(i).then(|| integer(i))).collect::<Int32Array>())
        }
        DataType::Int64 => {
            let value = |i| i64::from(integer(i)) << 33;
            Arc::new((0..rows).map(|i| is_valid(i).then(|| value(i))).collect::<Int64Array>())
        }
        DataType::Float32 => {
            let value = |i: usize| is_valid(i).then(|| FLOATS[(i + seed) % FLOATS.len()]);
            Arc::new((0..rows).map(value).collect::<Float32Array>())
        }
        DataType::Boolean => {
            let mut builder = BooleanBuilder::new();
            (0..rows).for_each(|i| builder.append_option(is_valid(i).then_some(i % 2 == 0)));
            Arc::new(builder.finish())
        }
        DataType::Utf8 => Arc::new((0..rows).map(texts).collect::<StringArray>()),
        DataType::Binary => {
            let mut builder = BinaryBuilder::new();
            (0..rows)
                .for_each(|i| builder.append_option(texts(i).map(|t| [t.as_bytes(), b"\xff\0"].concat())));
            Arc::new(builder.finish())
        }
        DataType::Dictionary(_, _) => {
            let values: StringArray = (seed..seed + 5).map(|i| Some(format!("v{i}"))).collect();
            let key = |i: usize| is_valid(i).then(|| i32::try_from(i % 5).unwrap());
            Arc::new(DictionaryArray::new((0..rows).map(key).collect::<Int32Array>(), Arc::new(values)))
        }
        DataType::List(element) => {
            let lengths = (0..rows).map(|i| if is_valid(i) { (i + seed) % 3 } else { 0 });
            let offsets = OffsetBuffer::<i32>::from_lengths(lengths);
            let values = usize::try_from(*offsets.last().unwrap()).unwrap();
            let values = array(element.data_type(), true, values, seed + 1);
            let nulls = NullBuffer::from_iter((0..rows).map(is_valid));
            Arc::new(ListArray::new(Arc::clone(element), offsets, values, Some(nulls)))
        }
        DataType::Struct(fields) => {
            let columns = fields.iter().map(|f| array(f.data_type(), true, rows, seed)).collect();
            Arc::new(StructArray::new(fields.clone(), columns, None))
        }
        other => panic!("no rows of type {other}"),
    }
}
