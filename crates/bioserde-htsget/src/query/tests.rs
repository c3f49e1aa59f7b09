use bioserde_core::{Interval, Position};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;

const READS: Endpoint = Endpoint::Reads;
const VARIANTS: Endpoint = Endpoint::Variants;

fn get(endpoint: Endpoint, query: &str) -> Result<Query, Error> {
    Query::from_get(endpoint, "a/b", query)
}

fn post(endpoint: Endpoint, body: &str) -> Result<Query, Error> {
    Query::from_post(endpoint, "a/b", "", body.as_bytes())
}

#[track_caller]
fn is(kind: ErrorKind, result: Result<Query, Error>) {
    assert_eq!(result.as_ref().map_err(Error::kind), Err(kind), "{result:?}");
}

#[track_caller]
fn input(result: Result<Query, Error>) {
    is(ErrorKind::InvalidInput, result);
}

fn placed(name: &str, start: Option<u64>, end: Option<u64>) -> QueryRegion {
    QueryRegion::Placed { reference_name: name.into(), start, end }
}

fn name_of(query: &str) -> String {
    get(READS, query).unwrap().regions.unwrap()[0].reference_name().to_owned()
}

#[test]
fn e2_an_id_may_contain_a_slash() {
    assert_eq!(get(READS, "").unwrap().id, "a/b");
    is(ErrorKind::NotFound, Query::from_get(READS, "", ""));
}

#[test]
fn e3_service_info_is_no_id() {
    is(ErrorKind::NotFound, Query::from_get(READS, "service-info", ""));
    is(ErrorKind::NotFound, Query::from_post(VARIANTS, "service-info", "", b""));
    assert!(Query::from_get(READS, "service-info/x", "").is_ok());
}

#[test]
fn e5_post_with_query_parameters_is_invalid_input() {
    let names = ["format", "class", "referenceName", "start", "end", "fields", "tags", "notags"];
    for name in names {
        for query in [
            format!("{name}=x"),
            format!("token=1&{name}"),
            format!("%{:02x}{}=", name.as_bytes()[0], &name[1..]),
        ] {
            input(Query::from_post(READS, "a", &query, b""));
        }
    }
    assert!(Query::from_post(READS, "a", "token=1&Format=BAM&&=", b"").is_ok());
}

#[test]
fn p1_format_is_optional_and_of_the_endpoint() {
    assert_eq!(get(READS, "").unwrap().reply_format(), Format::Bam);
    assert_eq!(get(VARIANTS, "").unwrap().reply_format(), Format::Vcf);
    assert_eq!(get(READS, "format=cram").unwrap().format, Some(Format::Cram));
    assert_eq!(post(VARIANTS, r#"{"format":"bcf"}"#).unwrap().format, Some(Format::Bcf));
    is(ErrorKind::UnsupportedFormat, get(READS, "format=VCF"));
    is(ErrorKind::UnsupportedFormat, get(READS, "format="));
    is(ErrorKind::UnsupportedFormat, post(READS, r#"{"format":"SAM"}"#));
}

#[test]
fn p2_class_is_header_or_absent() {
    assert!(get(READS, "class=header").unwrap().is_header_only);
    assert!(post(READS, r#"{"class":"header"}"#).unwrap().is_header_only);
    for class in ["body", "", "Header", "headers"] {
        input(get(READS, &format!("class={class}")));
        input(post(READS, &format!(r#"{{"class":"{class}"}}"#)));
    }
}

#[test]
fn p3_d4_class_header_stands_alone_but_for_format() {
    assert!(get(READS, "class=header&format=BAM&referenceMD5=x").is_ok());
    for other in [
        "referenceName=1",
        "referenceName=*",
        "start=1",
        "end=1",
        "fields=SEQ",
        "tags=",
        "notags=",
        "tags=NM",
    ] {
        input(get(READS, &format!("class=header&{other}")));
    }
    assert!(post(READS, r#"{"class":"header","format":"BAM"}"#).is_ok());
    let others =
        [r#""regions":[{"referenceName":"1"}]"#, r#""fields":["SEQ"]"#, r#""tags":[]"#, r#""notags":[]"#];
    for other in others {
        input(post(READS, &format!(r#"{{"class":"header",{other}}}"#)));
    }
}

#[test]
fn p5_without_reference_name_everything_is_selected() {
    let query = get(READS, "format=BAM").unwrap();
    assert_eq!((&query.regions, query.selected()), (&None, None));
    assert!(!query.is_header_only);
}

#[test]
fn p6_star_is_unplaced_reads() {
    for query in [get(READS, "referenceName=*"), get(READS, "referenceName=%2A")] {
        assert_eq!(query.unwrap().selected(), Some(vec![Region::Unplaced]));
    }
    let query = post(READS, r#"{"regions":[{"referenceName":"*"}]}"#).unwrap();
    assert_eq!(query.regions, Some(vec![QueryRegion::Unplaced]));
    assert_eq!(name_of("referenceName=*1"), "*1");
    is(ErrorKind::NotFound, get(VARIANTS, "referenceName=*"));
    is(ErrorKind::NotFound, post(VARIANTS, r#"{"regions":[{"referenceName":"*"}]}"#));
}

#[test]
fn p8_positions_are_whole_numbers_of_64_bits() {
    let query = get(READS, "referenceName=1&start=0&end=18446744073709551615").unwrap();
    assert_eq!(query.regions, Some(vec![placed("1", Some(0), Some(u64::MAX))]));
    for bad in ["", "-1", "+1", "1.0", "1e3", "0x1", "1,000", "18446744073709551616", "%20", "1%20", "٣"] {
        input(get(READS, &format!("referenceName=1&start={bad}")));
        input(get(READS, &format!("referenceName=1&end={bad}")));
    }
    for bad in ["-1", "-0", "1.0", "1e3", "18446744073709551616", "\"1\"", "null", "[1]", "true"] {
        input(post(READS, &format!(r#"{{"regions":[{{"referenceName":"1","start":{bad}}}]}}"#)));
    }
}

#[test]
fn p8_half_open_becomes_closed() {
    let at = |p| Position::new(p).unwrap();
    let selected = get(READS, "referenceName=chr2&start=999&end=1000").unwrap().selected();
    let interval = Interval { start: at(1000), end: at(1000) };
    assert_eq!(selected, Some(vec![Region::Mapped { name: "chr2".into(), interval }]));
}

#[test]
fn p9_start_or_end_needs_a_placed_reference() {
    for query in ["start=1", "end=1", "start=1&end=2", "referenceName=*&start=0", "referenceName=*&end=1"] {
        input(get(READS, query));
        input(get(VARIANTS, query));
    }
    input(post(READS, r#"{"regions":[{"referenceName":"*","start":1}]}"#));
}

#[test]
fn p10_get_start_above_end_is_invalid_range_and_equal_is_empty() {
    is(ErrorKind::InvalidRange, get(READS, "referenceName=1&start=5&end=4"));
    is(ErrorKind::InvalidRange, get(READS, "referenceName=1&start=1&end=0"));
    assert_eq!(get(READS, "referenceName=1&start=5&end=5").unwrap().selected(), Some(Vec::new()));
}

#[test]
fn d7_end_zero_is_an_empty_range() {
    for query in ["referenceName=1&start=0&end=0", "referenceName=1&end=0"] {
        let query = get(READS, query).unwrap();
        assert_eq!(query.selected(), Some(Vec::new()));
        assert_eq!(query.regions.unwrap()[0].reference_name(), "1");
    }
}

#[test]
fn p11_d8_post_start_not_below_end_is_invalid_range() {
    for range in [r#""start":5,"end":4"#, r#""start":5,"end":5"#, r#""start":0,"end":0"#, r#""end":0"#] {
        let body = format!(r#"{{"regions":[{{"referenceName":"1"}},{{"referenceName":"1",{range}}}]}}"#);
        let error = post(READS, &body).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRange);
        assert!(error.message().contains("region 2 of `regions`"), "{error}");
    }
}

#[test]
fn p12_fields_are_read_by_both_methods() {
    let both = [get(READS, "fields=QNAME,QUAL"), post(READS, r#"{"fields":["QUAL","QNAME"]}"#)];
    for query in both {
        let fields = query.unwrap().fields.unwrap();
        assert!(fields.iter().eq([Field::Qname, Field::Qual]));
        assert!(fields.effective().contains(Field::Seq));
    }
    assert_eq!(get(READS, "").unwrap().fields, None);
    for bad in ["fields=qname", "fields=", "fields=SEQ,", "fields=%51NAME%2C,"] {
        input(get(READS, bad));
    }
    input(post(READS, r#"{"fields":[]}"#));
}

#[test]
fn p13_tags_absent_is_all_and_empty_is_none() {
    let tag = Tag::Sam(*b"NM");
    let keeps = |query: Result<Query, Error>| query.unwrap().keeps(&tag);
    assert!(keeps(get(READS, "")));
    assert!(keeps(get(READS, "tags=MD,NM")));
    assert!(keeps(post(READS, r#"{"tags":["NM"]}"#)));
    assert!(!keeps(get(READS, "tags=")));
    assert!(!keeps(get(READS, "tags")));
    assert!(!keeps(get(READS, "tags=MD,nm")));
    assert!(!keeps(post(READS, r#"{"tags":[]}"#)));
    for bad in ["tags=N", "tags=NMX", "tags=NM,", "tags=NM;MD", "notags=0A"] {
        input(get(READS, bad));
    }
}

#[test]
fn p14_notags_are_left_out_and_may_not_meet_tags() {
    let query = get(READS, "notags=OQ,NM").unwrap();
    assert!(!query.keeps(&Tag::Sam(*b"OQ")) && query.keeps(&Tag::Sam(*b"MD")));
    assert!(get(READS, "notags=").unwrap().keeps(&Tag::Sam(*b"MD")));
    assert!(get(READS, "tags=MD&notags=OQ").is_ok());
    assert!(get(READS, "tags=&notags=OQ").is_ok());
    input(get(READS, "tags=MD,NM&notags=NM"));
    input(post(READS, r#"{"tags":["NM"],"notags":["NM"]}"#));
    input(get(VARIANTS, "tags=DP&notags=INFO/DP"));
    assert!(get(VARIANTS, "tags=DP&notags=FORMAT/DP").is_ok());
}

#[test]
fn p15_post_lists_are_arrays_of_strings() {
    for name in ["fields", "tags", "notags"] {
        for bad in ["\"NM\"", "\"NM,MD\"", "[1]", "[\"NM,MD\"]", "{}", "null", "[[\"NM\"]]"] {
            input(post(READS, &format!(r#"{{"{name}":{bad}}}"#)));
        }
    }
}

#[test]
fn p16_d2_empty_or_malformed_regions_are_invalid_input() {
    assert_eq!(post(READS, "{}").unwrap().regions, None);
    for bad in ["[]", "null", "{}", "\"1\"", "[1]", "[\"1\"]", "[[\"1\"]]", "[null]"] {
        let error = post(READS, &format!(r#"{{"regions":{bad}}}"#)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("`regions`"), "{error}");
    }
}

#[test]
fn p17_a_region_without_reference_name_is_invalid_input() {
    for bad in ["{}", r#"{"start":1,"end":2}"#, r#"{"referenceName":""}"#, r#"{"referencename":"1"}"#] {
        input(post(READS, &format!(r#"{{"regions":[{bad}]}}"#)));
    }
}

#[test]
fn p18_regions_are_merged() {
    let body = r#"{"regions":[{"referenceName":"2","start":50,"end":60},{"referenceName":"1"},
        {"referenceName":"2","start":1,"end":2},{"referenceName":"2","start":55,"end":70}]}"#;
    let merged: Vec<_> =
        post(READS, body).unwrap().selected().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(merged, ["2:2-2", "2:51-70", "1"]);
}

#[test]
fn p19_an_empty_body_asks_for_everything() {
    for body in ["", " \r\n\t", "{}", "{ }"] {
        assert_eq!(post(READS, body).unwrap(), Query::new(READS, "a/b"));
    }
}

#[test]
fn p20_variants_have_tags_and_no_fields() {
    input(get(VARIANTS, "fields=POS"));
    input(post(VARIANTS, r#"{"fields":["POS"]}"#));
    let keeps = |query: &str, tag: Tag| get(VARIANTS, query).unwrap().keeps(&tag);
    let (info, format) = (|| Tag::Info("DP".into()), || Tag::Format("DP".into()));
    assert!(keeps("tags=DP", info()) && keeps("tags=INFO/DP", info()) && keeps("tags=INFO%2FDP", info()));
    assert!(!keeps("tags=AF", info()) && !keeps("tags=", info()) && !keeps("notags=DP", info()));
    // Without the extension FORMAT is left alone.
    assert!(keeps("tags=AF", format()) && keeps("tags=", format()) && keeps("notags=DP", format()));
    assert!(keeps("tags=FORMAT/DP", format()) && !keeps("tags=FORMAT/GT", format()));
    assert!(!keeps("tags=FORMAT/GT", info()) && !keeps("notags=FORMAT/DP", format()));
}

#[test]
fn d5_bodies_that_are_no_json_objects_are_invalid_input() {
    let bodies =
        ["x", "[]", "[\"BAM\"]", "null", "1", "{\"format\":}", "{\"format\":\"BAM\"", "{} {}", "\u{feff}{}"];
    for body in bodies {
        input(post(READS, body));
    }
    input(Query::from_post(READS, "a", "", b"{\"format\":\"\xff\"}"));
    input(post(READS, &format!("{{\"x\":{}", "[".repeat(100_000))));
}

#[test]
fn duplicates_are_invalid_input() {
    for name in ["format", "class", "referenceName", "start", "end", "fields", "tags", "notags"] {
        let error = get(READS, &format!("{name}=1&x=1&x=2&{name}=1")).unwrap_err();
        assert_eq!(error.message(), format!("`{name}` is given twice"));
    }
    input(get(READS, "tags=NM&%74ags=NM"));
    input(post(READS, r#"{"format":"BAM","format":"BAM"}"#));
    input(post(READS, r#"{"regions":[{"referenceName":"1","start":1,"start":1}]}"#));
}

#[test]
fn unknown_parameters_and_keys_are_passed_over() {
    assert!(get(READS, "referenceMD5=%zz&noHeaderPrefix=1&%zz=1&Format=x&=&&FIELDS=x&").is_ok());
    let body = r#"{"referenceMD5":[1,{"x":null}],"regions":[{"referenceName":"1","strand":"+"}]}"#;
    assert!(post(READS, body).is_ok());
}

#[test]
fn positions_at_the_top_of_a_body_are_invalid_input() {
    // Passed over they would turn a region into the whole file.
    for body in [r#"{"referenceName":"1"}"#, r#"{"start":1}"#, r#"{"end":1}"#] {
        let error = post(READS, body).unwrap_err();
        assert!(error.message().contains("`regions`"), "{error}");
    }
}

#[test]
fn names_may_arrive_unencoded_and_are_decoded_once() {
    assert_eq!(name_of("referenceName=HLA-A*01:01:01:02N"), "HLA-A*01:01:01:02N");
    assert_eq!(name_of("referenceName=HLA-A%2A01%3A01"), "HLA-A*01:01");
    assert_eq!(name_of("referenceName=a+b|c,d=e:f;g"), "a+b|c,d=e:f;g");
    assert_eq!(name_of("referenceName=a%2Bb%253Ac"), "a+b%3Ac");
    input(get(READS, "referenceName="));
    for bad in ["a%", "a%4", "a%zz", "%ff"] {
        input(get(READS, &format!("referenceName={bad}")));
    }
}

#[test]
fn messages_name_the_parameter_and_are_short() {
    let long = "x".repeat(100_000);
    let results = [
        ("`format`", get(READS, &format!("format={long}"))),
        ("`class`", get(READS, &format!("class={long}"))),
        ("`start`", get(READS, &format!("referenceName=1&start={long}"))),
        ("`fields`", get(READS, &format!("fields={long}"))),
        ("`tags`", get(READS, &format!("tags={long}"))),
        ("`notags`", get(VARIANTS, &format!("tags={long}&notags={long}"))),
        ("`referenceName`", get(READS, &format!("referenceName={long}%"))),
        ("`start`", post(READS, &format!(r#"{{"regions":[{{"start":"{long}"}}]}}"#))),
        ("`regions`", post(READS, &format!(r#"{{"regions":"{long}"}}"#))),
    ];
    for (name, result) in results {
        let error = result.unwrap_err();
        assert!(error.message().contains(name), "{error}");
        assert!(error.message().len() < 300 && error.to_json().len() < 500, "{error}");
        assert!(error.hint().is_some(), "{error}");
    }
}

#[test]
fn queries_are_written() {
    let mut query = Query::new(READS, "x");
    assert_eq!((query.to_query_string().as_deref(), query.to_json().as_deref()), (Some(""), Some("{}")));
    query.format = Some(Format::Bam);
    query.regions = Some(vec![placed("HLA*1+", Some(0), Some(5))]);
    query.tags = TagSelection::Only([Tag::Sam(*b"NM"), Tag::Sam(*b"MD")].into());
    assert_eq!(
        query.to_query_string().unwrap(),
        "format=BAM&referenceName=HLA%2A1%2B&start=0&end=5&tags=MD,NM"
    );
    assert_eq!(
        query.to_json().unwrap(),
        r#"{"format":"BAM","regions":[{"end":5,"referenceName":"HLA*1+","start":0}],"tags":["MD","NM"]}"#
    );
    query.regions = Some(vec![QueryRegion::Unplaced, placed("1", None, None)]);
    assert_eq!(query.to_query_string(), None);
    query.regions = Some(vec![placed("1", Some(5), Some(5))]);
    assert_eq!(query.to_json(), None);
}

/// Parameters that are often right, so that many queries parse.
fn raw_query() -> impl Strategy<Value = String> {
    let name = prop_oneof![Just("*".to_owned()), "[A-Za-z0-9+*:|,=%é]{1,6}"];
    let position = || option::of(prop_oneof![0..6u64, any::<u64>()]);
    let list =
        || option::of(prop_oneof!["", "(NM|MD|OQ|RG)(,(XA|XB))?", "(INFO/|FORMAT/)?(DP|AF)", "[A-Z,/]{0,5}"]);
    let fields = option::of("(QNAME|QUAL|SEQ)(,(POS|FLAG))?");
    let format = option::of(prop_oneof!["bam|CRAM|vcf|BCF|parquet"]);
    (format, option::of(name), position(), position(), fields, list(), list()).prop_map(
        |(format, name, start, end, fields, tags, notags)| {
            let numbers = [("start", start), ("end", end)].map(|(n, v)| (n, v.map(|v| v.to_string())));
            let texts = [
                ("format", format),
                ("referenceName", name),
                ("fields", fields),
                ("tags", tags),
                ("notags", notags),
            ];
            let pairs = texts.into_iter().chain(numbers).filter_map(|(n, v)| v.map(|v| format!("{n}={v}")));
            pairs.collect::<Vec<_>>().join("&")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_get_that_parses_means_the_same_written_again(raw in raw_query(), is_reads in any::<bool>()) {
        let endpoint = if is_reads { READS } else { VARIANTS };
        let Ok(query) = get(endpoint, &raw) else { return Ok(()) };
        let again = query.to_query_string().unwrap();
        prop_assert_eq!(get(endpoint, &again), Ok(query.clone()), "{}", again);
        match query.to_json() {
            Some(body) => prop_assert_eq!(post(endpoint, &body), Ok(query), "{}", body),
            None => prop_assert_eq!(query.selected(), Some(Vec::new())),
        }
    }

    #[test]
    fn a_post_that_parses_means_the_same_written_again(
        list in vec(("[A-Z*]{1,2}", option::of(0..9u64), option::of(0..9u64)), 1..5),
    ) {
        let regions: Vec<_> = list.iter().map(|(name, start, end)| {
            let position = |n: &str, v: &Option<u64>| v.map(|v| format!(r#","{n}":{v}"#)).unwrap_or_default();
            format!(r#"{{"referenceName":"{name}"{}{}}}"#, position("start", start), position("end", end))
        }).collect();
        let Ok(query) = post(READS, &format!(r#"{{"regions":[{}]}}"#, regions.join(","))) else { return Ok(()) };
        prop_assert_eq!(post(READS, &query.to_json().unwrap()), Ok(query));
    }

    #[test]
    fn no_query_string_panics(
        raw in "((format|class|referenceName|start|end|fields|tags|notags|x)(=|%)?[ -~é]{0,4}&?){0,4}",
        any in any::<String>(),
        is_reads in any::<bool>(),
    ) {
        let endpoint = if is_reads { READS } else { VARIANTS };
        let _ = get(endpoint, &raw);
        let _ = Query::from_get(endpoint, &any, &any);
        let _ = Query::from_post(endpoint, "x", &any, b"");
    }

    #[test]
    fn no_body_panics(bytes in any::<Vec<u8>>(), value in "[\\[\\]{}:,\"0-9a-z.-]{0,20}") {
        let _ = Query::from_post(READS, "x", "", &bytes);
        for key in ["format", "regions", "tags", "fields", "x"] {
            let _ = post(READS, &format!(r#"{{"{key}":{value}}}"#));
            let _ = post(READS, &format!(r#"{{"regions":[{{"referenceName":{value}}}],"{key}":[{value}]}}"#));
        }
    }
}
