use std::time::Duration;

use bioserde_htsget::{Format, Ticket, TicketUrl};
use reqwest::Url;

use super::server::{Asked, Framing, Reply, Server};
use super::{fetch, fetch_with, settings, ticket};
use crate::{ErrorKind, Settings};

/// Bytes that differ everywhere.
fn data() -> Vec<u8> {
    (0..200_000u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

/// A server of one part.
fn serve(answer: impl Fn(&Asked, usize) -> Reply + Send + 'static) -> Server {
    Server::start(
        move |asked, n| if asked.target == "/part" { answer(asked, n) } else { ticket(asked, &["/part"]) },
    )
}

/// A server of one part that is asked for with a `Range`.
fn serve_range(range: &'static str, answer: impl Fn(&Asked, usize) -> Reply + Send + 'static) -> Server {
    Server::start(move |asked, n| {
        if asked.target == "/part" {
            return answer(asked, n);
        }
        let headers = [("Range".to_owned(), range.to_owned())];
        let url = TicketUrl::http(format!("{}/part", asked.origin()), headers).unwrap();
        Reply::ok(Ticket::new(Format::Bam, vec![url]).to_json())
    })
}

#[test]
fn a_part_that_breaks_off_is_gone_on_with_by_range() {
    for framing in [Framing::Length, Framing::Chunks] {
        let server = serve(move |asked, n| {
            let reply = match asked.range(data().len()) {
                Some(range) => Reply::part(&data(), range),
                None => Reply::ok(data()).framed(framing),
            };
            let reply = reply.with("ETag", "\"1\"");
            if n < 2 { reply.cut(100_000) } else { reply }
        });
        assert!(fetch(&server.origin).unwrap() == data());
        let asked = server.asked_for("/part");
        let ranges: Vec<_> = asked.iter().map(|a| (a.header("range"), a.header("if-range"))).collect();
        let tag = Some("\"1\"");
        match framing {
            Framing::Length => assert_eq!(
                ranges,
                [(None, None), (Some("bytes=100000-799999"), tag), (Some("bytes=200000-799999"), tag)]
            ),
            _ => assert!(ranges[1].0.unwrap().ends_with('-') && ranges[1].1 == tag),
        }
    }
}

#[test]
fn a_part_without_a_tag_is_fetched_again_and_must_be_the_same() {
    let server = serve(|_, n| if n == 0 { Reply::ok(data()).cut(500_000) } else { Reply::ok(data()) });
    assert!(fetch(&server.origin).unwrap() == data());
    assert!(server.asked_for("/part").iter().all(|asked| asked.header("range").is_none()));
    let server = serve(|_, n| {
        let mut data = data();
        data[7] += u8::from(n > 0);
        Reply::ok(data).cut(500_000 + 300_000 * n)
    });
    let error = fetch(&server.origin).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Changed { .. }), "{error}");
}

#[test]
fn other_tags_and_other_sizes_are_other_data() {
    let server = serve(|_, n| Reply::ok(data()).with("ETag", format!("\"{n}\"")).cut(5_000));
    assert!(matches!(fetch(&server.origin).unwrap_err().kind(), ErrorKind::Changed { .. }));
    let server = serve(|_, n| Reply::ok(&data()[n..]).cut(5_000));
    assert!(matches!(fetch(&server.origin).unwrap_err().kind(), ErrorKind::Changed { .. }));
}

#[test]
fn a_server_that_refuses_ranges_is_asked_for_all() {
    let server = serve(|asked, n| match asked.header("range") {
        Some(_) => Reply::new(403, "signed without Range"),
        None if n == 0 => Reply::ok(data()).with("ETag", "\"1\"").cut(300_000),
        None => Reply::ok(data()).with("ETag", "\"1\""),
    });
    assert!(fetch(&server.origin).unwrap() == data());
    assert_eq!(server.asked_for("/part").len(), 3);
}

#[test]
fn what_is_too_short_is_never_whole() {
    for framing in [Framing::Length, Framing::Chunks] {
        let server = serve(move |_, _| Reply::ok(data()).framed(framing).cut(1000));
        let error = fetch(&server.origin).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Broken { position: 1000, tries: 4, .. }), "{error}");
        assert!(error.to_string().starts_with("part 1 of 1 at http://127.0.0.1:"), "{error}");
        assert_eq!(server.asked_for("/part").len(), 4);
    }
    let server = serve(|_, _| Reply::ok(data()).framed(Framing::Nothing));
    let error = fetch(&server.origin).unwrap_err();
    assert!(error.to_string().contains("nothing tells where it ends"), "{error}");
}

#[test]
fn a_silent_server_is_not_waited_for() {
    let server = serve(|_, _| Reply::ok(data()).cut(1000).stall(Duration::from_millis(600)));
    let patience = Settings { idle_timeout: Duration::from_millis(200), tries: 2, ..settings() };
    let error = fetch_with(patience, &server.origin).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Broken { .. }), "{error}");
}

#[test]
fn failures_that_pass_are_tried_again_and_others_are_not() {
    for status in [429, 500, 502, 503, 504] {
        let server = serve(move |_, n| match n {
            0 | 1 => Reply::new(status, "later").with("Retry-After", "0"),
            _ => Reply::ok("bytes"),
        });
        assert_eq!(fetch(&server.origin).unwrap(), b"bytes", "{status}");
    }
    for (status, tries) in [(500, 4), (503, 4), (501, 1), (400, 1), (403, 1), (404, 1), (410, 1), (204, 1)] {
        let server = serve(move |_, _| Reply::new(status, "no"));
        let error = fetch(&server.origin).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Status { status: s, .. } if *s == status), "{error}");
        assert_eq!(server.asked_for("/part").len(), tries, "{status}");
    }
}

#[test]
fn a_pause_that_is_too_long_is_told() {
    let server = serve(|_, _| Reply::new(503, "later").with("Retry-After", "3600"));
    let error = fetch(&server.origin).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Wait { status: 503, seconds: 3600 });
    let server = serve(|_, n| match n {
        0 => Reply::new(503, "").with("Retry-After", "1"),
        _ => Reply::ok("bytes"),
    });
    let started = std::time::Instant::now();
    assert_eq!(fetch(&server.origin).unwrap(), b"bytes");
    assert!(started.elapsed() >= Duration::from_secs(1), "Retry-After is kept to");
}

#[test]
fn a_range_of_the_ticket_is_what_is_given() {
    let cases = [("bytes=5-9", 5, 10), ("bytes=799990-", 799_990, 800_000), ("bytes=-28", 799_972, 800_000)];
    for (range, start, end) in cases {
        let knows = serve_range(range, move |asked, _| {
            assert_eq!(asked.header("range"), Some(range));
            Reply::part(&data(), (start, end))
        });
        assert!(fetch(&knows.origin).unwrap() == data()[start..end], "{range}");
        // RFC 9110 §14.2: a server may ignore it.
        let ignores = serve_range(range, |_, _| Reply::ok(data()));
        assert!(fetch(&ignores.origin).unwrap() == data()[start..end], "{range}");
    }
    let wrong = serve_range("bytes=5-9", |_, _| Reply::part(&data(), (6, 10)));
    assert!(fetch(&wrong.origin).unwrap_err().to_string().contains("begins at byte 6"));
    let beyond = serve_range("bytes=5-9", |_, _| Reply::ok("abc"));
    assert!(fetch(&beyond.origin).unwrap_err().to_string().contains("there are 3"));
    let several = serve_range("bytes=1-2,5-6", |_, _| Reply::ok("abc"));
    assert!(matches!(fetch(&several.origin).unwrap_err().kind(), ErrorKind::Url { .. }));
}

#[test]
fn t13_a_range_of_the_ticket_is_split_where_it_broke_off() {
    let server = serve_range("bytes=1000-700000", |asked, n| {
        let reply = Reply::part(&data(), asked.range(800_000).unwrap()).with("ETag", "\"1\"");
        if n == 0 { reply.cut(9000) } else { reply }
    });
    assert!(fetch(&server.origin).unwrap() == data()[1000..700_001]);
    let ranges: Vec<_> =
        server.asked_for("/part").iter().map(|a| a.header("range").map(str::to_owned)).collect();
    assert_eq!(ranges, [Some("bytes=1000-700000".into()), Some("bytes=10000-700000".into())]);
}

#[test]
fn a_range_may_come_in_pieces() {
    let server = serve_range("bytes=0-799999", |asked, _| {
        let (start, end) = asked.range(800_000).unwrap();
        Reply::part(&data(), (start, end.min(start + 300_000))).with("ETag", "\"1\"")
    });
    assert!(fetch(&server.origin).unwrap() == data());
    assert_eq!(server.asked_for("/part").len(), 3);
}

#[test]
fn t4_headers_of_the_ticket_are_sent_and_t13_to_redirects_too() {
    let other = Server::start(|asked, _| {
        assert_eq!(asked.header("x-key"), Some("secret"));
        assert_eq!(asked.header("authorization"), Some("Bearer of-the-ticket"));
        Reply::ok("bytes")
    });
    for status in [301, 302, 303, 307, 308] {
        let to = format!("{}/there", other.origin);
        let server = Server::start(move |asked, _| {
            if asked.target == "/part" {
                assert_eq!(asked.header("x-key"), Some("secret"));
                return Reply::new(status, "").with("Location", to.clone());
            }
            let headers = [("X-Key", "secret"), ("Authorization", "Bearer of-the-ticket")];
            let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let url = TicketUrl::http(format!("{}/part", asked.origin()), headers).unwrap();
            Reply::ok(Ticket::new(Format::Bam, vec![url]).to_json())
        });
        assert_eq!(fetch(&server.origin).unwrap(), b"bytes", "{status}");
    }
    assert_eq!(other.asked_for("/there").len(), 5);
}

#[test]
fn redirects_that_lead_nowhere_are_errors() {
    let what = |reply: Reply| fetch(&serve(move |_, _| reply.clone()).origin).unwrap_err().to_string();
    assert!(what(Reply::new(302, "").with("Location", "/part")).ends_with("in a circle"));
    assert!(what(Reply::new(302, "")).ends_with("without saying where to"));
    assert!(what(Reply::new(302, "").with("Location", "file:///etc/passwd")).contains("other than http"));
}

#[test]
fn t13_no_redirect_leads_from_https_to_http() {
    let target = |from: &str, to: &str| {
        let response = http::Response::builder().status(302).header("Location", to).body("").unwrap();
        crate::http::redirect_target(&Url::parse(from).unwrap(), &response.into()).map(|url| url.to_string())
    };
    assert!(target("https://x/a", "http://x/b").unwrap_err().contains("https to http"));
    assert_eq!(target("https://x/a/b", "../c?d").as_deref(), Ok("https://x/c?d"));
    assert_eq!(target("http://x/a", "https://y/b").as_deref(), Ok("https://y/b"));
}

#[test]
fn a_content_coding_is_refused() {
    let server = serve(|asked, _| {
        assert_eq!(asked.header("accept-encoding"), Some("identity"));
        Reply::ok("x").with("Content-Encoding", "gzip")
    });
    assert!(fetch(&server.origin).unwrap_err().to_string().contains("content coding"));
}
