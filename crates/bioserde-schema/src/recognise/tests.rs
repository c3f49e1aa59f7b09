use arrow_schema::Field;

use super::*;

const SAM: &[u8] = b"@SQ\tSN:chr1\tLN:9\n";
const VCF: &[u8] = b"##fileformat=VCFv4.3\n##INFO=<ID=DP,Number=1,Type=Integer,Description=\"\">\n\
    ##INFO=<ID=AF,Number=A,Type=Float,Description=\"\">\n##INFO=<ID=af,Number=1,Type=Float,Description=\"\">\n\
    ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"\">\n\
    #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\n";

fn sam_header() -> Header {
    Header::Sam(Arc::new(sam::Header::parse(SAM).unwrap()))
}

fn vcf_header() -> Header {
    Header::Vcf(Arc::new(vcf::Header::parse(VCF).unwrap()))
}

fn columns(list: &[(&str, DataType)]) -> Schema {
    Schema::new(list.iter().map(|(name, t)| Field::new(*name, t.clone(), true)).collect::<Vec<_>>())
}

fn list(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(element, true)))
}

fn reads(more: &[(&str, DataType)]) -> Schema {
    let base = [("flag", DataType::Int32), ("rname", DataType::Utf8), ("pos", DataType::Int64)];
    columns(&[&base[..], more].concat())
}

fn variants_with(more: &[(&str, DataType)]) -> Schema {
    let base = [
        ("chrom", DataType::Utf8),
        ("pos", DataType::Int32),
        ("ref", DataType::Utf8),
        ("alt", list(DataType::Utf8)),
    ];
    columns(&[&base[..], more].concat())
}

fn origin_of<'a>(recognised: &'a Recognised, name: &str) -> &'a Origin {
    &recognised.table.columns.iter().find(|c| c.name == name).unwrap().origin
}

#[test]
fn tags_are_told_by_metadata_case_and_standard() {
    let schema = reads(&[
        ("tag_nm", DataType::Int64),
        ("tag_xs", DataType::Utf8),
        ("tag_zA", DataType::Float64),
        ("tag_yb", list(DataType::Int32)),
        ("tag_ts", DataType::Utf8),
        ("note", DataType::Utf8),
    ]);
    let told = r#"[{"name": "tag_yb", "type": "", "origin": "tag yb (integers)"}]"#;
    let entries = BTreeMap::from([(metadata::COLUMNS.to_owned(), told.to_owned())]);
    let found = recognise(&schema, &entries, &sam_header()).unwrap();
    let tag = |name: &str| match origin_of(&found, name) {
        Origin::Tag { tag, kind } => (*tag, *kind),
        other => panic!("{other:?}"),
    };
    assert_eq!(tag("tag_nm"), (*b"NM", TagKind::Integer));
    assert_eq!(tag("tag_xs"), (*b"XS", TagKind::Text));
    assert_eq!(tag("tag_zA"), (*b"zA", TagKind::Float));
    assert_eq!(tag("tag_yb"), (*b"yb", TagKind::IntegerArray));
    assert_eq!(tag("tag_ts"), (*b"TS", TagKind::Character));
    assert_eq!(found.unknown, ["note"]);
}

#[test]
fn new_keys_are_declared() {
    let schema = variants_with(&[
        ("info_dp", DataType::Int64),
        ("info_score", DataType::Float64),
        ("info_Marks", list(DataType::Utf8)),
        ("info_seen", DataType::Boolean),
        ("gt", list(DataType::Utf8)),
        ("fmt_w", list(DataType::Int32)),
    ]);
    let found = recognise(&schema, &BTreeMap::new(), &vcf_header()).unwrap();
    let ids: Vec<&str> = found.added.iter().map(|l| l.split(",Desc").next().unwrap()).collect();
    assert_eq!(
        ids,
        [
            "##INFO=<ID=score,Number=1,Type=Float",
            "##INFO=<ID=Marks,Number=.,Type=String",
            "##INFO=<ID=seen,Number=0,Type=Flag",
            "##FORMAT=<ID=w,Number=1,Type=Integer"
        ]
    );
    assert_eq!(found.genotypes, Genotypes::Nested);
    assert!(matches!(origin_of(&found, "info_dp"), Origin::Info { key, .. } if key == "DP"));
}

#[test]
fn a_table_without_genotypes_has_no_samples() {
    let found = recognise(&variants_with(&[]), &BTreeMap::new(), &vcf_header()).unwrap();
    let Header::Vcf(header) = &found.header else { panic!() };
    assert!(header.samples.is_empty() && !header.has_format);
}

#[test]
fn types_are_held_against_the_header() {
    let schema = variants_with(&[("info_dp", DataType::Utf8)]);
    let error = recognise(&schema, &BTreeMap::new(), &vcf_header()).unwrap_err();
    assert_eq!(error.to_string(), "column `info_dp` is Utf8, but INFO DP Number=1 Type=Integer is Integer");
    let error = recognise(&reads(&[("tag_xx", DataType::Date32)]), &BTreeMap::new(), &sam_header());
    assert!(matches!(error, Err(RecogniseError::NoKind { .. })));
}

#[test]
fn what_no_record_can_lack_is_named() {
    let missing = |schema: &Schema, header: &Header| recognise(schema, &BTreeMap::new(), header).unwrap_err();
    let schema = columns(&[("flag", DataType::Int32), ("rname", DataType::Utf8)]);
    assert_eq!(missing(&schema, &sam_header()), RecogniseError::Missing { column: "pos" });
    let error = missing(&columns(&[("x", DataType::Utf8)]), &sam_header());
    assert!(error.to_string().starts_with("it is no table of reads or variants"));
    let error = missing(&reads(&[]), &vcf_header());
    assert!(matches!(error, RecogniseError::OtherHeader { table: "reads", .. }));
}
