//! Structs of one's own against the columns of files.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray};
use bioserde::{Error, Genotypes, Result};
use serde::{Deserialize, Serialize};

const READS: &str = "../../tests/data/reads.bam";
const CALLS: &str = "../../tests/data/calls.vcf.gz";

fn all<T: serde::de::DeserializeOwned>(path: &str) -> Result<Vec<T>> {
    bioserde::open(path)?.deserialize::<T>()?.collect()
}

#[derive(Debug, PartialEq, Deserialize, Serialize)]
struct Other {
    tag: String,
    r#type: String,
    value: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Read {
    record_no: u64,
    qname: Option<String>,
    flag: u16,
    rname: Option<String>,
    pos: Option<u32>,
    end_pos: Option<i64>,
    mapq: u8,
    cigar: Option<bioserde::Cigar>,
    rnext: Option<String>,
    pnext: Option<i32>,
    tlen: i32,
    seq: Option<String>,
    qual: Option<String>,
    tag_nm: Option<u8>,
    tag_md: Option<String>,
    tag_ml: Option<Vec<u8>>,
    tags_other: Option<Vec<Other>>,
    tag_layout: Option<String>,
    residual: Option<Vec<u8>>,
}

#[test]
fn the_fields_of_reads_are_those_of_their_models() {
    let reads = all::<Read>(READS).unwrap();
    let models = bioserde::open(READS).unwrap().alignments().unwrap();
    let mut count = 0;
    for (read, model) in reads.iter().zip(models) {
        let model = model.unwrap();
        assert_eq!((read.record_no, read.mapq, read.flag), (count, model.mapq, model.flag));
        assert_eq!((&read.qname, &read.rname, &read.rnext), (&model.qname, &model.rname, &model.rnext));
        assert_eq!(read.pos, model.pos.map(bioserde::Position::get));
        assert_eq!(read.end_pos, model.end_pos().map(|p| p.get().into()));
        assert_eq!(read.pnext, model.pnext.map(|p| p.get().try_into().unwrap()));
        assert_eq!((&read.seq, read.tlen), (&model.seq, model.tlen));
        assert_eq!(read.cigar.clone().unwrap_or_default(), model.cigar);
        let nm = model.tags.iter().find(|tag| tag.tag == *b"NM");
        assert_eq!(read.tag_nm.map(i64::from), nm.and_then(|tag| tag.value.as_integer()));
        assert_eq!(read.residual, None);
        count += 1;
    }
    assert_eq!((count, reads.len()), (1300, 1300));
}

#[test]
fn the_forms_of_a_file_give_the_same_structs() {
    let folder = tempfile::tempdir().unwrap();
    let wanted = all::<Read>(READS).unwrap();
    assert_eq!(all::<Read>("../../tests/data/reads.sam").unwrap(), wanted);
    for name in ["x.parquet", "x.arrow", "x.arrows", "x.sqlite", "x.sam", "x.sam.gz"] {
        let path = write_reads(&folder, name);
        assert_eq!(all::<Read>(&path).unwrap(), wanted, "{name}");
    }
    let path = write_reads(&folder, "x.jsonl");
    let reader = bioserde::OpenOptions::new().header_from(READS).open(&path).unwrap();
    assert_eq!(reader.deserialize::<Read>().unwrap().collect::<Result<Vec<_>>>().unwrap(), wanted);
}

fn write_reads(folder: &tempfile::TempDir, name: &str) -> String {
    let path = folder.path().join(name).to_str().unwrap().to_owned();
    let reads = bioserde::open(READS).unwrap().alignments().unwrap();
    let bioserde::Header::Sam(header) = reads.header().clone() else { panic!() };
    let mut writer = bioserde::writer(&path).alignments(&header).unwrap();
    reads.for_each(|read| writer.write(&read.unwrap()).unwrap());
    assert_eq!(writer.finish().unwrap().records, 1300);
    path
}

#[derive(Debug, PartialEq, Deserialize)]
struct Site {
    chrom: String,
    pos: u32,
    info_af: Option<Vec<f32>>,
    info_db: bool,
    gt: Vec<Option<String>>,
    fmt_ad: Vec<Option<Vec<Option<i32>>>>,
}

#[test]
fn only_the_columns_that_are_named_are_decoded() {
    let sites = bioserde::open(CALLS).unwrap().deserialize::<Site>().unwrap();
    let schema = sites.schema();
    let names: Vec<_> = schema.fields().iter().map(|f| f.name().clone()).collect();
    assert_eq!(names, ["chrom", "pos", "info_af", "info_db", "gt", "fmt_ad"]);
    let sites = sites.collect::<Result<Vec<_>>>().unwrap();
    assert_eq!(sites.len(), 500);
    assert_eq!(sites[0].gt, [Some("0/1".to_owned()), Some("0/0".to_owned()), Some("1/0".to_owned())]);
    assert_eq!(sites[0].fmt_ad[2], Some(vec![Some(13), Some(47)]));
    assert!(sites[0].info_db);
}

#[test]
fn variants_in_any_form_give_the_same_structs() {
    let folder = tempfile::tempdir().unwrap();
    let wanted = all::<Site>(CALLS).unwrap();
    for name in ["x.vcf", "x.vcf.gz", "x.parquet", "x.arrow", "x.sqlite"] {
        let path = folder.path().join(name).to_str().unwrap().to_owned();
        let calls = bioserde::open(CALLS).unwrap().variants().unwrap();
        let bioserde::Header::Vcf(header) = calls.header().clone() else { panic!() };
        let mut writer = bioserde::writer(&path).variants(&header).unwrap();
        calls.for_each(|call| writer.write(&call.unwrap()).unwrap());
        writer.finish().unwrap();
        assert_eq!(all::<Site>(&path).unwrap(), wanted, "{name}");
    }
    let path = folder.path().join("x.bcf").to_str().unwrap().to_owned();
    match Command::new("bcftools").args(["view", "-Ob", "-o", &path, CALLS]).status() {
        Ok(status) if status.success() => assert_eq!(all::<Site>(&path).unwrap(), wanted),
        _ => println!("skipped: bcftools is not there"),
    }
}

#[test]
fn regions_limit_structs_models_and_batches_alike() {
    let open = || bioserde::open(CALLS).unwrap().region("chr1:10000-30000").unwrap().region("chr2").unwrap();
    let sites = open().deserialize::<Site>().unwrap().collect::<Result<Vec<_>>>().unwrap();
    let models = open().variants().unwrap().count();
    let rows: usize = open().batches().unwrap().map(|b| b.unwrap().num_rows()).sum();
    assert_eq!((sites.len(), rows), (models, models));
    assert!(models > 0 && models < 500);
    let filtered = all::<Site>(CALLS).unwrap().into_iter();
    let filtered = filtered.filter(|s| s.chrom == "chr2" || (s.chrom == "chr1" && s.pos <= 30_000));
    assert!(
        filtered
            .map(|s| s.pos)
            .eq(sites.iter().filter(|s| s.pos >= 10_000 || s.chrom == "chr2").map(|s| s.pos))
    );

    let folder = tempfile::tempdir().unwrap();
    let bed = folder.path().join("x.bed");
    std::fs::write(&bed, "chr1\t9999\t30000\nchr2\t0\t243000000\n").unwrap();
    let reader = bioserde::open(CALLS).unwrap().regions_file(bed.to_str().unwrap()).unwrap();
    assert_eq!(reader.variants().unwrap().count(), models);
}

#[test]
fn genotypes_can_be_rows() {
    #[derive(Deserialize)]
    struct Call {
        sample: String,
        gt: Option<String>,
    }
    let reader = bioserde::open(CALLS).unwrap().genotypes(Genotypes::Long).samples(["S002", "S000"]);
    let calls = reader.deserialize::<Call>().unwrap().collect::<Result<Vec<_>>>().unwrap();
    assert_eq!(calls.len(), 1000);
    assert_eq!((calls[0].sample.as_str(), calls[0].gt.as_deref()), ("S002", Some("1/0")));
}

#[test]
fn maps_tuples_and_flattened_structs_take_what_is_named() {
    let open = || bioserde::open(CALLS).unwrap().columns(["pos", "chrom"]);
    let first = open().deserialize::<(u32, String)>().unwrap().next().unwrap().unwrap();
    assert_eq!(first, (12111, "chr1".to_owned()));
    let first = open().deserialize::<BTreeMap<String, serde_json::Value>>().unwrap().next().unwrap().unwrap();
    assert_eq!(serde_json::to_string(&first).unwrap(), r#"{"chrom":"chr1","pos":12111}"#);
    #[derive(Deserialize)]
    struct Outer {
        pos: u32,
        #[serde(flatten)]
        inner: Inner,
    }
    #[derive(Deserialize)]
    struct Inner {
        chrom: String,
    }
    let first = open().deserialize::<Outer>().unwrap().next().unwrap().unwrap();
    assert_eq!((first.pos, first.inner.chrom.as_str()), (12111, "chr1"));
    let error = open().deserialize::<(u32,)>().unwrap().next().unwrap().unwrap_err();
    assert!(error.to_string().ends_with("row 1: there are 2 columns, and 1 were taken"), "{error}");
}

/// The text of the first error of the rows of `columns` as `T`.
fn fault<T: for<'de> Deserialize<'de>>(columns: Vec<(&str, ArrayRef)>) -> String {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    match bioserde::rows::<T>(&batch) {
        Err(e) => e.to_string(),
        Ok(rows) => rows.iter().find_map(Result::err).unwrap().to_string(),
    }
}

#[test]
fn what_does_not_fit_is_told_with_column_row_and_types() {
    #[derive(Deserialize)]
    struct Row<T> {
        pos: T,
    }
    let pos = |values: Vec<Option<i32>>| vec![("pos", Arc::new(Int32Array::from(values)) as ArrayRef)];
    assert_eq!(
        fault::<Row<String>>(pos(vec![Some(1)])),
        "the batch: row 1: column `pos` is Int32, the field wants a string"
    );
    assert_eq!(
        fault::<Row<u16>>(pos(vec![Some(1), Some(70_000)])),
        "the batch: row 2: column `pos` (Int32): 70000 does not fit, the field wants u16"
    );
    assert_eq!(
        fault::<Row<u32>>(pos(vec![Some(-1)])),
        "the batch: row 1: column `pos` (Int32): -1 does not fit, the field wants u32"
    );
    assert_eq!(
        fault::<Row<i32>>(pos(vec![Some(1), Some(2), None])),
        "the batch: row 3: column `pos` (Int32): there is no value, the field wants i32"
    );
    assert_eq!(
        fault::<Row<f32>>(pos(vec![Some(16_777_216), Some(16_777_217)])),
        "the batch: row 2: column `pos` (Int32): 16777217 does not fit, the field wants f32"
    );
    let text = |text: &str| vec![("pos", Arc::new(StringArray::from(vec![text])) as ArrayRef)];
    assert_eq!(fault::<Row<i32>>(text("7")), "the batch: row 1: column `pos` is Utf8, the field wants i32");
    #[derive(Deserialize)]
    enum Strand {
        Plus,
        Minus,
    }
    assert_eq!(
        fault::<Row<Strand>>(text("Pluss")),
        "the batch: row 1: column `pos` (Utf8): unknown variant `Pluss`, expected `Plus` or `Minus`"
    );
    let batch = RecordBatch::try_from_iter(text("Minus")).unwrap();
    let rows = bioserde::rows::<Row<Strand>>(&batch).unwrap();
    assert!(matches!(rows.iter().next().unwrap().unwrap().pos, Strand::Minus));
    let wide = vec![("pos", Arc::new(Float64Array::from(vec![1e300])) as ArrayRef)];
    assert!(fault::<Row<f32>>(wide).ends_with("does not fit, the field wants f32"));
    let far = vec![("pos", Arc::new(Int64Array::from(vec![i64::MAX])) as ArrayRef)];
    assert!(fault::<Row<f64>>(far).ends_with("9223372036854775807 does not fit, the field wants f64"));
    assert_eq!(
        fault::<Row<i32>>(vec![("posn", Arc::new(Int32Array::from(vec![1])) as ArrayRef)]),
        "the batch: there is no column `pos` for the field of this name; did you mean `posn`"
    );
    let small = vec![("pos", Arc::new(arrow_array::UInt8Array::from(vec![1])) as ArrayRef)];
    assert_eq!(fault::<Row<i32>>(small), "the batch: column `pos` is UInt8, which no field can hold");
}

#[test]
fn a_row_that_does_not_fit_is_followed_by_the_next() {
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only whether it fits counts")]
    struct Row {
        info_svtype: String,
    }
    let rows: Vec<_> = bioserde::open(CALLS).unwrap().deserialize::<Row>().unwrap().collect();
    assert_eq!(rows.len(), 500);
    let error = rows.iter().find_map(|row| row.as_ref().err()).unwrap();
    assert!(error.to_string().starts_with("../../tests/data/calls.vcf.gz: row "), "{error}");
    assert_eq!(error.hint().as_deref(), Some("make the field an Option"));
}

#[test]
fn records_and_columns_are_not_mixed_up() {
    assert!(matches!(bioserde::open(CALLS).unwrap().alignments(), Err(Error::OtherFamily { .. })));
    let chosen = bioserde::open(CALLS).unwrap().columns(["pos"]).variants();
    assert!(matches!(chosen, Err(Error::OptionForRecords { option: "columns", .. })));
    assert_eq!(bioserde::open(CALLS).unwrap().records().unwrap().count(), 500);
    assert_eq!(bioserde::open(CALLS).unwrap().format(), "vcf");
}
