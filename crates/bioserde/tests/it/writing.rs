//! Structs and models to files, and back.

use std::collections::BTreeMap;
use std::process::Command;

use bioserde::{Error, Header, Result, Value, Variant, WriteIndex};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

const READS: &str = "../../tests/data/reads.bam";
const CALLS: &str = "../../tests/data/calls.vcf.gz";

fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

fn reads() -> (bioserde::Alignments, std::sync::Arc<bioserde::sam::Header>) {
    let reads = bioserde::open(READS).unwrap().alignments().unwrap();
    let Header::Sam(header) = reads.header().clone() else { panic!() };
    (reads, header)
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Inner {
    a: i16,
    b: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Strand {
    Plus,
    Minus,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Row {
    name: String,
    start: u32,
    big: Option<i64>,
    share: f64,
    small: Option<f32>,
    is_good: bool,
    letters: Vec<char>,
    nested: Vec<Vec<Option<u8>>>,
    inner: Inner,
    inners: Option<Vec<Inner>>,
    strand: Strand,
    pair: (i32, i32),
}

fn inner() -> impl Strategy<Value = Inner> {
    (any::<i16>(), any::<Option<String>>()).prop_map(|(a, b)| Inner { a, b })
}

fn row() -> impl Strategy<Value = Row> {
    let simple = (
        any::<String>(),
        any::<u32>(),
        any::<Option<i64>>(),
        any::<f64>(),
        any::<Option<f32>>(),
        any::<bool>(),
    );
    let nested = (
        prop::collection::vec(any::<char>(), 0..4),
        prop::collection::vec(prop::collection::vec(any::<Option<u8>>(), 0..3), 0..3),
        inner(),
        prop::option::of(prop::collection::vec(inner(), 0..3)),
        prop_oneof![Just(Strand::Plus), Just(Strand::Minus)],
        any::<(i32, i32)>(),
    );
    (simple, nested).prop_map(
        |((name, start, big, share, small, is_good), (letters, nested, inner, inners, strand, pair))| Row {
            name,
            start,
            big,
            share,
            small,
            is_good,
            letters,
            nested,
            inner,
            inners,
            strand,
            pair,
        },
    )
}

fn there_and_back(rows: &[Row], name: &str) -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder, name);
    let mut writer = bioserde::writer(&path).rows().unwrap();
    rows.iter().for_each(|row| writer.serialize(row).unwrap());
    writer.finish().unwrap();
    bioserde::open(&path).unwrap().deserialize().unwrap().collect::<Result<_>>().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn structs_come_back_from_parquet(rows in prop::collection::vec(row(), 1..20)) {
        prop_assert_eq!(there_and_back(&rows, "x.parquet"), rows);
    }

    #[test]
    fn structs_come_back_from_arrow(rows in prop::collection::vec(row(), 1..20)) {
        prop_assert_eq!(there_and_back(&rows, "x.arrow"), rows);
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    chrom: String,
    start: u32,
    share: f64,
    small: f32,
    is_good: bool,
    comment: Option<String>,
    depths: Vec<Option<i32>>,
}

fn flat(i: u32) -> Flat {
    Flat {
        chrom: format!("chr{}", i % 3),
        start: i,
        share: f64::from(i) / 7.0,
        small: 0.1,
        is_good: i.is_multiple_of(2),
        comment: (i % 20_000 == 7).then(|| "seldom".to_owned()),
        depths: vec![Some(1); usize::from(i.is_multiple_of(2))],
    }
}

#[test]
fn flat_structs_come_back_from_every_table() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<Flat> = (0..30_000).map(flat).collect();
    for name in ["x.parquet", "x.arrow", "x.arrows", "x.sqlite", "x.jsonl"] {
        let path = path(&folder, name);
        let mut writer = bioserde::writer(&path).rows().unwrap();
        rows.iter().for_each(|row| writer.serialize(row).unwrap());
        writer.finish().unwrap();
        let again: Vec<Flat> =
            bioserde::open(&path).unwrap().deserialize().unwrap().collect::<Result<_>>().unwrap();
        assert_eq!(again, rows, "{name}");
    }
}

#[test]
fn columns_of_any_table_can_be_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder, "x.parquet");
    let mut writer = bioserde::writer(&path).rows().unwrap();
    writer.serialize(&flat(4)).unwrap();
    writer.finish().unwrap();
    let open = |columns: [&str; 2]| bioserde::open(&path).unwrap().columns(columns);
    let rows = open(["start", "chrom"]).deserialize::<(u32, String)>().unwrap();
    assert_eq!(rows.collect::<Result<Vec<_>>>().unwrap(), [(4, "chr1".to_owned())]);
    let error = open(["start", "chron"]).deserialize::<(u32, String)>().unwrap_err();
    assert_eq!(error.to_string(), format!("{path}: there is no column `chron`; did you mean `chrom`"));
    assert!(matches!(open(["start", "chrom"]).records(), Err(Error::OptionForRecords { .. })));
    assert!(matches!(bioserde::open(&path).unwrap().records(), Err(Error::NotRecords { .. })));
    assert!(matches!(bioserde::open(&path).unwrap().region("chr1"), Err(Error::NotRecords { .. })));
}

#[test]
fn a_table_without_rows_has_no_columns() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["x.parquet", "x.arrow", "x.csv", "x.jsonl"] {
        let path = path(&folder, name);
        bioserde::writer(&path).rows().unwrap().finish().unwrap();
        assert!(std::fs::exists(&path).unwrap(), "{name}");
    }
}

#[test]
fn csv_is_text_with_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder, "x.csv");
    let mut writer = bioserde::writer(&path).rows().unwrap();
    writer.serialize(&flat(2)).unwrap();
    writer.serialize(&BTreeMap::from([("chrom", "chrX")])).unwrap();
    writer.finish().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        text,
        "chrom,start,share,small,is_good,comment,depths\n\
         chr2,2,0.2857142857142857,0.1,true,,[1]\nchrX,,,,,,\n"
    );
}

#[test]
fn rows_that_do_not_fit_together_are_refused_and_nothing_appears() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder, "x.parquet");
    let mut writer = bioserde::writer(&path).rows().unwrap();
    writer.serialize(&BTreeMap::from([("a", 1)])).unwrap();
    let error = writer.serialize(&BTreeMap::from([("a", "x")])).unwrap_err();
    assert_eq!(error.to_string(), format!("{path}: row 2: column `a` is Int32, the row has text"));
    assert!(matches!(writer.serialize(&BTreeMap::from([("a", 1)])), Err(Error::Failed { .. })));
    assert!(matches!(writer.finish(), Err(Error::Failed { .. })));

    let mut writer = bioserde::writer(&path).rows().unwrap();
    let error = writer.serialize(&BTreeMap::from([("a", u64::MAX)])).unwrap_err();
    assert!(error.to_string().contains("column `a`: 18446744073709551615 is more than"), "{error}");
    let error = bioserde::writer(&path).rows().unwrap().serialize(&7).unwrap_err();
    assert!(error.to_string().ends_with("row 1: the row has an integer of 32 bits or less"), "{error}");
    let error = bioserde::writer(&path).rows().unwrap().serialize(&None::<Flat>).unwrap_err();
    assert!(error.to_string().ends_with("row 1: the row has no fields"), "{error}");

    let mut writer = bioserde::writer(&path).rows().unwrap();
    writer.serialize(&flat(1)).unwrap();
    drop(writer);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_field_that_is_new_after_the_columns_were_fixed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = bioserde::writer(&path(&folder, "x.parquet")).rows().unwrap();
    for i in 0..8192 {
        writer.serialize(&BTreeMap::from([("a", i)])).unwrap();
    }
    let error = writer.serialize(&BTreeMap::from([("a", 1), ("b", 2)])).unwrap_err();
    assert!(error.to_string().contains("row 8193: column `b`: the columns were fixed"), "{error}");
}

#[test]
fn formats_that_hold_other_things_are_refused() {
    let (_, header) = reads();
    assert!(matches!(bioserde::writer("x.bam").rows(), Err(Error::WrongFormat { .. })));
    assert!(matches!(bioserde::writer("x.vcf").alignments(&header), Err(Error::WrongFormat { .. })));
    assert!(matches!(bioserde::writer("x.what").rows(), Err(Error::UnknownFormat { .. })));
    assert!(matches!(bioserde::writer("x").format("what").rows(), Err(Error::NoFormat { .. })));
}

#[test]
fn models_come_back_from_bam_and_samtools_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder, "x.bam");
    let (models, header) = reads();
    let models: Vec<_> = models.collect::<Result<_>>().unwrap();
    let mut writer = bioserde::writer(&path).index(WriteIndex::Usual).alignments(&header).unwrap();
    models.iter().for_each(|model| writer.write(model).unwrap());
    assert_eq!(writer.finish().unwrap().records, 1300);
    let again: Vec<_> = bioserde::open(&path).unwrap().alignments().unwrap().collect::<Result<_>>().unwrap();
    assert_eq!(again, models);
    let view = |path: &str| Command::new("samtools").args(["view", "--no-PG", "-h", path]).output();
    match (view(READS), view(&path)) {
        (Ok(before), Ok(after)) => {
            assert!(before.status.success() && after.status.success());
            assert!(before.stdout == after.stdout, "samtools reads another file");
        }
        _ => crate::skip("samtools"),
    }
    let by_index = bioserde::open(&path).unwrap().region("chr2").unwrap();
    assert!(by_index.notices().is_empty(), "{:?}", by_index.notices());
    assert_eq!(
        by_index.alignments().unwrap().count(),
        models.iter().filter(|m| m.rname.as_deref() == Some("chr2")).count()
    );
}

#[test]
fn models_come_back_from_vcf() {
    let folder = tempfile::tempdir().unwrap();
    let calls = bioserde::open(CALLS).unwrap().variants().unwrap();
    let Header::Vcf(header) = calls.header().clone() else { panic!() };
    let models: Vec<_> = calls.collect::<Result<_>>().unwrap();
    for name in ["x.vcf", "x.vcf.gz", "x.bcf"] {
        let path = path(&folder, name);
        let mut writer = bioserde::writer(&path).variants(&header).unwrap();
        models.iter().for_each(|model| writer.write(model).unwrap());
        writer.finish().unwrap();
        let again: Vec<_> =
            bioserde::open(&path).unwrap().variants().unwrap().collect::<Result<_>>().unwrap();
        let mut expected = models.clone();
        if name == "x.bcf" {
            expected.iter_mut().for_each(fill);
        }
        assert_eq!(again, expected, "{name}");
    }
}

/// BCF has a value of each key for every sample, where VCF may leave out the last ones.
fn fill(model: &mut Variant) {
    for sample in &mut model.samples {
        sample.resize(model.format.len(), Value::Missing);
    }
}

#[test]
fn a_record_that_cannot_be_is_refused_and_nothing_appears() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder, "x.bam");
    let (mut models, header) = reads();
    let mut model = models.next().unwrap().unwrap();
    let mut writer = bioserde::writer(&path).alignments(&header).unwrap();
    writer.write(&model).unwrap();
    model.rname = Some("chrZ".to_owned());
    let error = writer.write(&model).unwrap_err();
    let what = "record 2: RNAME `chrZ` is not a reference sequence of the header";
    assert_eq!(error.to_string(), format!("{path}: {what}"));
    assert!(matches!(writer.finish(), Err(Error::Failed { .. })));

    let mut writer = bioserde::writer(&path).alignments(&header).unwrap();
    model.rname = None;
    for _ in 0..20_000 {
        writer.write(&model).unwrap();
    }
    drop(writer);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_variant_with_another_number_of_samples_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder, "x.vcf.gz");
    let mut calls = bioserde::open(CALLS).unwrap().variants().unwrap();
    let Header::Vcf(header) = calls.header().clone() else { panic!() };
    let mut call = calls.next().unwrap().unwrap();
    call.samples.pop();
    let mut writer = bioserde::writer(&path).variants(&header).unwrap();
    writer.write(&call).unwrap();
    let error = writer.finish().unwrap_err();
    assert!(matches!(error, Error::Convert(_)), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn files_are_replaced_only_when_that_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = path(&folder, "x.sam");
    std::fs::write(&path, "").unwrap();
    let (_, header) = reads();
    assert!(bioserde::writer(&path).alignments(&header).unwrap().finish().is_err());
    assert!(bioserde::writer(&path).format("jsonl").rows().is_err());
    bioserde::writer(&path).overwrite().alignments(&header).unwrap().finish().unwrap();
    assert!(std::fs::read(&path).unwrap().starts_with(b"@"));
}
