//! Tables are read as they were written, whatever their format.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use bioserde_storage::Source;
use bioserde_table::{TableFormat, TableReader};

use crate::oracle;
use crate::program;
use crate::table::{Table, cell};

/// The formats that are read, with the endings by which the program writes them.
const FORMATS: &[(&str, TableFormat)] = &[
    ("parquet", TableFormat::Parquet),
    ("arrow", TableFormat::ArrowFile),
    ("arrows", TableFormat::ArrowStream),
    ("sqlite", TableFormat::Sqlite),
    ("jsonl", TableFormat::JsonLines),
];

fn source(path: &Path) -> Arc<Source> {
    Arc::new(Source::open(path.to_str().unwrap()).unwrap())
}

fn batches(mut reader: TableReader) -> Vec<RecordBatch> {
    let mut batches: Vec<RecordBatch> = Vec::new();
    while let Some(part) = reader.next_part().unwrap() {
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        assert_eq!(part.first_row(), u64::try_from(rows).unwrap());
        let batch = part.batch().unwrap();
        assert_eq!(batch.schema(), *reader.schema());
        batches.push(batch);
    }
    assert!(reader.next_part().unwrap().is_none());
    batches
}

/// Every value of a column; as text, since NaN is not equal to itself and the two zeros are.
fn column(batches: &[RecordBatch], name: &str) -> Vec<String> {
    let values = batches.iter().flat_map(|batch| {
        let column = batch.column_by_name(name).unwrap();
        (0..column.len()).map(move |i| format!("{:?}", cell(column, i)))
    });
    values.collect()
}

fn sources() -> Vec<(PathBuf, Vec<&'static str>)> {
    let data = program::root().join("tests/data");
    let mut sources = vec![
        (data.join("reads.bam"), vec![]),
        (data.join("calls.vcf.gz"), vec![]),
        (data.join("calls.vcf.gz"), vec!["--genotypes", "long"]),
        (data.join("calls.vcf.gz"), vec!["--genotypes", "none"]),
    ];
    if let Some(corpus) = oracle::corpus() {
        let of_corpus =
            ["reads/htsnexus_test_NA12878.bam", "variants/spec-v4.3.vcf.gz", "variants/1kg_2020_chrM.vcf.gz"];
        sources.extend(of_corpus.map(|name| (corpus.join(name), vec![])));
    }
    sources
}

#[test]
fn every_format_gives_the_rows_that_were_written() {
    for (input, args) in sources() {
        let folder = tempfile::tempdir().unwrap();
        let path = |ending: &str| folder.path().join(format!("out.{ending}"));
        for (ending, _) in FORMATS {
            program::convert(&input, &path(ending), &args).ok();
        }
        let written = Table::read(&path("parquet"));
        let columns = TableReader::open(&source(&path("arrow"))).unwrap().schema().as_ref().clone();
        for (ending, format) in FORMATS {
            let what = format!("{} {args:?} as {ending}", input.display());
            let reader = TableReader::open_with(&source(&path(ending)), &columns).unwrap();
            assert_eq!(reader.format(), *format);
            assert!(
                reader
                    .schema()
                    .fields()
                    .iter()
                    .map(|f| f.name())
                    .eq(columns.fields().iter().map(|f| f.name()))
            );
            let told = reader.metadata().iter().all(|(key, value)| written.metadata.get(key) == Some(value));
            assert!(told && (reader.metadata().is_empty() == (*format == TableFormat::JsonLines)), "{what}");
            assert!(reader.rows().is_none_or(|rows| rows == u64::try_from(written.len()).unwrap()));
            let found = batches(reader);
            for field in columns.fields() {
                let expected = written.rows().map(|row| format!("{:?}", row.get(field.name())));
                let found = column(&found, field.name());
                assert!(expected.eq(found.iter().cloned()), "{what}: {}", field.name());
            }
        }
    }
}

#[test]
fn chosen_columns_are_those_of_the_whole() {
    let (input, _) = sources().swap_remove(0);
    let folder = tempfile::tempdir().unwrap();
    for (ending, _) in FORMATS {
        let path = folder.path().join(format!("out.{ending}"));
        program::convert(&input, &path, &[]).ok();
        let whole = batches(TableReader::open(&source(&path)).unwrap());
        let mut reader = TableReader::open(&source(&path)).unwrap();
        reader.project(&["seq", "record_no", "cigar", "seq"]).unwrap();
        let some = batches(reader);
        assert_eq!(some[0].num_columns(), 3);
        for name in ["record_no", "seq", "cigar"] {
            assert_eq!(column(&some, name), column(&whole, name), "{ending} {name}");
        }
        let mut reader = TableReader::open(&source(&path)).unwrap();
        reader.project(&[]).unwrap();
        assert_eq!(
            batches(reader).iter().map(RecordBatch::num_rows).sum::<usize>(),
            column(&whole, "seq").len()
        );
    }
}
