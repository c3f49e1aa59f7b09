use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn http(url: &str, pairs: &[(&str, &str)]) -> TicketUrl {
    TicketUrl::http(url, headers(pairs)).unwrap()
}

fn value(ticket: &Ticket) -> Value {
    serde_json::from_str(&ticket.to_json()).unwrap()
}

fn read(json: &str) -> Result<Ticket, InvalidTicket> {
    Ticket::from_json(json.as_bytes())
}

#[test]
fn e7_a_ticket_begins_with_its_only_key() {
    let ticket = Ticket::new(Format::Bam, vec![TicketUrl::inline(b"BAM\x01")]);
    assert!(ticket.to_json().starts_with("{\"htsget\":"));
    let empty = Ticket::new(Format::Vcf, Vec::new());
    for ticket in [ticket, empty] {
        assert_eq!(value(&ticket).as_object().unwrap().len(), 1);
    }
}

#[test]
fn t1_t2_format_is_upper_case_and_urls_are_in_order() {
    let ticket = Ticket::new(Format::Cram, vec![TicketUrl::inline(b"a"), http("https://x/b", &[])]);
    let wanted = json!({"htsget": {"format": "CRAM", "urls": [
        {"url": "data:;base64,YQ=="},
        {"url": "https://x/b", "headers": {}},
    ]}});
    assert_eq!(value(&ticket), wanted);
}

#[test]
fn t3_urls_are_https_http_or_data() {
    for url in ["https://x", "http://localhost:8080/a?b=c%20d", "HTTPS://[::1]/"] {
        assert!(TicketUrl::http(url, []).is_ok(), "{url}");
    }
    for url in
        ["", "ftp://x/", "file:///etc/passwd", "//x/", "https:/x", "https://", "https:///x", "data:;base64,"]
    {
        assert_eq!(TicketUrl::http(url, []), Err(InvalidTicket::Scheme), "{url}");
    }
    let stolen = r#"{"htsget":{"format":"BAM","urls":[{"url":"file:///etc/passwd"}]}}"#;
    assert!(matches!(read(stolen), Err(InvalidTicket::Url { number: 1, .. })));
}

#[test]
fn t4_http_urls_have_headers_of_strings_and_inline_ones_have_none() {
    let pairs = [("Range", "bytes=0-9"), ("Authorization", "Bearer \"x\\y\"")];
    let ticket = Ticket::new(Format::Bam, vec![http("https://x/a", &pairs), TicketUrl::inline(b"")]);
    let urls = &value(&ticket)["htsget"]["urls"];
    assert_eq!(urls[0]["headers"], json!({"Range": "bytes=0-9", "Authorization": "Bearer \"x\\y\""}));
    assert_eq!(urls[1].get("headers"), None);
}

#[test]
fn t4_headers_have_one_value_each_and_are_fit_for_http() {
    let of = |pairs: &[(&str, &str)]| TicketUrl::http("https://x/", headers(pairs));
    assert_eq!(
        of(&[("Range", "bytes=0-9"), ("range", "bytes=0-8")]),
        Err(InvalidTicket::HeaderTwice { name: "range".into() })
    );
    assert_eq!(of(&[("a b", "")]), Err(InvalidTicket::HeaderName));
    assert_eq!(of(&[("", "")]), Err(InvalidTicket::HeaderName));
    assert_eq!(of(&[("A", "x\r\nB: y")]), Err(InvalidTicket::HeaderValue { name: "A".into() }));
}

#[test]
fn t5_all_urls_have_a_class_or_none() {
    let classed = |class| http("https://x/", &[]).with_class(class);
    let both = Ticket::new(Format::Bam, vec![classed(Class::Header), classed(Class::Body)]);
    let classes: Vec<_> = both.urls().iter().map(TicketUrl::class).collect();
    assert_eq!(classes, [Some(Class::Header), Some(Class::Body)]);
    assert_eq!(value(&both)["htsget"]["urls"][1]["class"], "body");

    let mixed = Ticket::new(Format::Bam, vec![classed(Class::Header), TicketUrl::inline(b"x")]);
    assert!(mixed.urls().iter().all(|url| url.class().is_none()));
    assert!(!mixed.to_json().contains("class"));

    let peer =
        r#"{"htsget":{"format":"BAM","urls":[{"url":"https://x/","class":"header"},{"url":"https://x/"}]}}"#;
    assert!(read(peer).unwrap().urls().iter().all(|url| url.class().is_none()));
}

#[test]
fn t7_md5_is_optional_and_hexadecimal() {
    let digest =
        [0x0a, 0x60, 0x49, 0xfa, 0xd4, 0x94, 0x3f, 0xf4, 0xc6, 0xde, 0x5c, 0x22, 0xdf, 0x97, 0xd0, 0x01];
    let ticket = Ticket::new(Format::Bam, Vec::new()).with_md5(digest);
    assert_eq!(value(&ticket)["htsget"]["md5"], "0a6049fad4943ff4c6de5c22df97d001");
    assert_eq!(read(&ticket.to_json()).unwrap().md5(), Some(digest));
    for bad in ["", "0a", "+a6049fad4943ff4c6de5c22df97d001", "zz6049fad4943ff4c6de5c22df97d001"] {
        let json = format!(r#"{{"htsget":{{"format":"BAM","urls":[],"md5":"{bad}"}}}}"#);
        assert_eq!(read(&json), Err(InvalidTicket::Md5), "{bad}");
    }
}

#[test]
fn t11_urls_are_percent_encoded() {
    assert_eq!(TicketUrl::http("https://x/a b", []), Err(InvalidTicket::UrlCharacter { at: 11 }));
    for url in ["https://x/é", "https://x/a\n", "https://x/\"", "https://x/<a>", "https://x/a|b"] {
        assert!(matches!(TicketUrl::http(url, []), Err(InvalidTicket::UrlCharacter { .. })), "{url}");
    }
}

#[test]
fn t15_debug_and_errors_hide_urls_and_credentials() {
    let url = http("https://x/secret?sig=secret", &[("Authorization", "Bearer secret")]);
    let ticket = Ticket::new(Format::Bam, vec![url, TicketUrl::inline(b"secret")]);
    let shown = format!("{ticket:?}");
    assert!(shown.contains("Authorization") && !shown.contains("secret"), "{shown}");

    let bad = [
        r#"{"htsget":{"format":"BAM","urls":"https://x/secret"}}"#,
        r#"{"htsget":{"format":"BAM","urls":[{"url":"https://x/","headers":"secret \" secret"}]}}"#,
        r#"{"htsget":{"format":"BAM","urls":[{"url":"https://x/ secret"}]}}"#,
        r#"{"htsget":{"format":"BAM","urls":[{"url":"https://x/","headers":{"A":"secret\u0000"}}]}}"#,
        r#"{"htsget":{"format":"BAM","urls":[{"url":"https://x/","class":"secret"}]}}"#,
    ];
    for json in bad {
        let error = read(json).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
}

#[test]
fn d22_a_ticket_has_no_keys_beyond_the_specification() {
    let url = http("https://x/", &[("Range", "bytes=0-1")]).with_class(Class::Body);
    let ticket = value(&Ticket::new(Format::Bam, vec![url]).with_md5([0; 16]));
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&ticket["htsget"]), ["format", "md5", "urls"]);
    assert_eq!(keys(&ticket["htsget"]["urls"][0]), ["class", "headers", "url"]);
}

#[test]
fn reading_the_example_of_the_specification() {
    let json = r#"{ "htsget" : { "format" : "BAM", "urls" : [
        { "url" : "data:application/vnd.ga4gh.bam;base64,QkFNAQ==", "class" : "header" },
        { "url" : "https://htsget.blocksrv.example/sample1234/run1.bam",
          "headers" : { "Authorization" : "Bearer xxxx", "Range" : "bytes=65536-1003750" },
          "class" : "body" } ] } }"#;
    let ticket = read(json).unwrap();
    assert_eq!(ticket.format(), Format::Bam);
    assert_eq!(ticket.urls()[0].inline_bytes(), Some(Ok(b"BAM\x01".to_vec())));
    assert_eq!(ticket.urls()[1].headers()[1], ("Range".to_owned(), "bytes=65536-1003750".to_owned()));
    assert_eq!(ticket.urls()[1].inline_bytes(), None);
    assert_eq!(read(&ticket.to_json()), Ok(ticket));
}

#[test]
fn reading_passes_over_unknown_keys_within_htsget() {
    let json = r#"{"htsget":{"allowed":[1],"format":"bam","urls":[
        {"url":"https://x/","urlClass":"body","headers":{}}, {"url":"data:;base64,","headers":{"A":"b"}}]}}"#;
    let ticket = read(json).unwrap();
    assert_eq!(ticket.urls().len(), 2);
    assert!(ticket.urls()[1].headers().is_empty());
}

#[test]
fn reading_is_strict_about_types_and_the_top() {
    let bad = [
        "",
        "null",
        "[]",
        "{}",
        r#"[{"format":"BAM","urls":[]}]"#,
        r#"{"htsget":["BAM",[]]}"#,
        r#"{"htsget":{"format":"BAM","urls":[]},"x":1}"#,
        r#"{"htsget":{"format":"BAM","urls":[]}} x"#,
        r#"{"htsget":{"format":"BAM"}}"#,
        r#"{"htsget":{"urls":[]}}"#,
        r#"{"htsget":{"format":"BAM","format":"BAM","urls":[]}}"#,
        r#"{"htsget":{"format":"BAM","urls":{}}}"#,
        r#"{"htsget":{"format":"BAM","urls":[["https://x/"]]}}"#,
        r#"{"htsget":{"format":"BAM","urls":[{"headers":{}}]}}"#,
        r#"{"htsget":{"format":"BAM","urls":[{"url":"https://x/","headers":{"A":1}}]}}"#,
        r#"{"htsget":{"format":"BAM","urls":[{"url":"https://x/","headers":[]}]}}"#,
        r#"{"htsget":{"error":"NotFound","message":"no"}}"#,
    ];
    for json in bad {
        assert!(matches!(read(json), Err(InvalidTicket::Json { .. })), "{json}");
    }
    let twice = r#"{"htsget":{"format":"BAM","urls":[{"url":"https://x/","headers":{"A":"1","A":"2"}}]}}"#;
    assert!(matches!(read(twice), Err(InvalidTicket::Url { .. })));
    let sam = r#"{"htsget":{"format":"SAM","urls":[]}}"#;
    assert_eq!(read(sam), Err(InvalidTicket::UnknownFormat { format: "SAM".into() }));
}

proptest! {
    #[test]
    fn no_input_panics(bytes in any::<Vec<u8>>(), text in "[{}\\[\\]:,\"a-z0-9]*") {
        let _ = Ticket::from_json(&bytes);
        let _ = read(&text);
        let _ = read(&format!("{{\"htsget\":{text}}}"));
    }

    #[test]
    fn tickets_read_back(
        blocks in proptest::collection::vec(("[a-z0-9%/?=&]{0,9}", any::<Vec<u8>>(), "[ -~é]*", 0..3u8), 0..5),
    ) {
        let urls = blocks.iter().map(|(path, bytes, header, kind)| match kind {
            0 => TicketUrl::inline(bytes),
            1 => http(&format!("https://x/{path}"), &[("A", header)]).with_class(Class::Body),
            _ => http(&format!("http://x:80/{path}"), &[]),
        });
        let ticket = Ticket::new(Format::Bcf, urls.collect());
        prop_assert_eq!(read(&ticket.to_json()), Ok(ticket));
    }
}
