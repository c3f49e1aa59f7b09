use bioserde_htsget::{Format, QueryRegion, Ticket, TicketUrl};
use md5::{Digest, Md5};

use super::server::{Framing, Reply, Server};
use super::{fetch, fetch_with, read, settings, ticket};
use crate::{Address, Client, Error, ErrorKind, Settings, Wanted};

fn open(settings: Settings, url: &str, wanted: &Wanted) -> Result<Vec<u8>, Error> {
    let address: Address = url.parse().unwrap();
    read(Client::new(settings).unwrap().open(&address, wanted)?)
}

fn region(name: &str, start: u64, end: u64) -> QueryRegion {
    QueryRegion::Placed { reference_name: name.into(), start: Some(start), end: Some(end) }
}

/// What a server that answers every request for a ticket so is told apart by.
fn answer(reply: Reply) -> (Error, usize) {
    let server = Server::start(move |_, _| reply.clone());
    let error = fetch(&server.origin).unwrap_err();
    (error, server.asked().len())
}

#[test]
fn parts_are_joined_in_order() {
    let server = Server::start(|asked, _| match asked.target.as_str() {
        "/1" => Reply::ok("one").framed(Framing::Chunks),
        "/3" => Reply::ok(""),
        "/4" => Reply::ok("four"),
        _ => {
            let http = |path: &str| TicketUrl::http(format!("{}{path}", asked.origin()), []).unwrap();
            let urls =
                vec![http("/1"), TicketUrl::inline(b"two"), http("/3"), TicketUrl::inline(b""), http("/4")];
            Reply::ok(Ticket::new(Format::Bam, urls).to_json())
        }
    });
    assert_eq!(fetch(&server.origin).unwrap(), b"onetwofour");
    let server = Server::start(|_, _| Reply::ok(Ticket::new(Format::Bam, vec![]).to_json()));
    assert_eq!(fetch(&server.origin).unwrap(), b"");
}

#[test]
fn one_region_is_got_and_several_are_posted() {
    let json = r#"{"htsget":{"format":"BAM","urls":[{"url":"data:;base64,QQ=="}],"new":[1]}}"#;
    let server = Server::start(move |_, _| Reply::ok(json));
    let url = format!("{}/v1/reads/a%20b?key=s", server.origin);
    let wanted = |wanted: &Wanted| assert_eq!(open(settings(), &url, wanted).unwrap(), b"A");
    wanted(&Wanted::All);
    wanted(&Wanted::Header);
    wanted(&Wanted::Regions(vec![region("chr1", 9, 20)]));
    wanted(&Wanted::Regions(vec![region("chr1", 9, 20), QueryRegion::Unplaced]));
    let asked = server.asked();
    let targets: Vec<_> = asked.iter().map(|a| format!("{} {} {}", a.method, a.target, a.body)).collect();
    let regions = r#"{"regions":[{"end":20,"referenceName":"chr1","start":9},{"referenceName":"*"}]}"#;
    assert_eq!(
        targets,
        [
            "GET /v1/reads/a%20b?key=s ".to_owned(),
            "GET /v1/reads/a%20b?key=s&class=header ".to_owned(),
            "GET /v1/reads/a%20b?key=s&referenceName=chr1&start=9&end=20 ".to_owned(),
            format!("POST /v1/reads/a%20b?key=s {regions}"),
        ]
    );
    assert!(
        asked.iter().all(|a| a.header("accept").unwrap().starts_with("application/vnd.ga4gh.htsget.v1."))
    );
    assert_eq!(asked[3].header("content-type"), Some("application/json"));
}

#[test]
fn a_redirected_post_keeps_its_regions() {
    let server = Server::start(|asked, _| match asked.target.as_str() {
        "/reads/x" => Reply::new(302, "").with("Location", "/elsewhere"),
        "/elsewhere" => {
            assert!(asked.method == "POST" && asked.body.contains("chr2"));
            Reply::ok(Ticket::new(Format::Bam, vec![TicketUrl::inline(b"A")]).to_json())
        }
        _ => Reply::new(404, ""),
    });
    let regions = Wanted::Regions(vec![region("chr1", 9, 20), region("chr2", 1, 2)]);
    assert_eq!(open(settings(), &format!("{}/reads/x", server.origin), &regions).unwrap(), b"A");
}

#[test]
fn t12_the_token_goes_to_the_server_of_the_ticket_alone() {
    let data = Server::start(|asked, _| {
        assert_eq!(asked.header("authorization"), None);
        Reply::ok("bytes")
    });
    let elsewhere = data.origin.clone();
    let server = Server::start(move |asked, _| match asked.target.as_str() {
        "/part" => {
            assert_eq!(asked.header("authorization"), None, "not even there");
            Reply::ok("more")
        }
        _ => {
            assert_eq!(asked.header("authorization"), Some("Bearer abc"));
            let urls = [format!("{elsewhere}/x"), format!("{}/part", asked.origin())];
            let urls = urls.map(|url| TicketUrl::http(url, []).unwrap());
            Reply::ok(Ticket::new(Format::Bam, urls.to_vec()).to_json())
        }
    });
    let with_token = || Settings { token: Some("abc".parse().unwrap()), ..settings() };
    assert_eq!(fetch_with(with_token(), &server.origin).unwrap(), b"bytesmore");
    // A redirect to another origin does not get it either; one within the origin does.
    let stranger = Server::start(|asked, _| {
        assert_eq!(asked.header("authorization"), None);
        ticket(asked, &[])
    });
    let to = stranger.origin.clone();
    let leaves = Server::start(move |asked, _| match asked.target.as_str() {
        "/reads/x" => Reply::new(307, "").with("Location", "/reads/y"),
        _ => {
            assert_eq!(asked.header("authorization"), Some("Bearer abc"));
            Reply::new(307, "").with("Location", format!("{to}/reads/x"))
        }
    });
    assert_eq!(fetch_with(with_token(), &leaves.origin).unwrap(), b"");
    assert_eq!(stranger.asked().len(), 1);
}

#[test]
fn t7_the_digest_of_the_ticket_is_compared() {
    let server = |right: bool| {
        Server::start(move |asked, _| match asked.target.as_str() {
            "/part" => Reply::ok("bytes"),
            _ => {
                let mut digest: [u8; 16] = Md5::digest(b"headbytes").into();
                digest[15] ^= u8::from(!right);
                let url = TicketUrl::http(format!("{}/part", asked.origin()), []).unwrap();
                let ticket = Ticket::new(Format::Bam, vec![TicketUrl::inline(b"head"), url]);
                Reply::ok(ticket.with_md5(digest).to_json())
            }
        })
    };
    assert_eq!(fetch(&server(true).origin).unwrap(), b"headbytes");
    assert_eq!(fetch(&server(false).origin).unwrap_err().kind(), &ErrorKind::Md5);
}

#[test]
fn errors_of_htsget_are_repeated_and_not_tried_again() {
    let body = r#"{"htsget":{"error":"InvalidAuthentication","message":"the token\u001b[2J expired"}}"#;
    let (error, asked) = answer(Reply::new(401, body));
    let text = error.to_string();
    assert!(text.ends_with("/reads/x: the server answers 401 Unauthorized: InvalidAuthentication: the token\u{fffd}[2J expired"), "{text}");
    assert!(error.hint().unwrap().contains("--token-file") && asked == 1);
    let (error, _) = answer(Reply::new(404, r#"{"htsget":{"error":"NotFound","message":"no `x`"}}"#));
    assert!(error.is_not_found() && error.to_string().contains("no `x`"), "{error}");
    let (error, asked) = answer(Reply::new(404, "<html>nothing here</html>"));
    assert!(error.is_not_found() && error.hint().unwrap().contains("/reads/ID") && asked == 1);
    assert!(!error.to_string().contains("html"), "{error}");
    let (error, asked) = answer(Reply::new(500, r#"{"htsget":{"error":"InternalServerError"}}"#));
    assert!(error.to_string().contains("500") && asked == 4, "{error}");
}

#[test]
fn what_is_no_ticket_is_told() {
    let (error, asked) = answer(Reply::ok("<html>log in</html>"));
    assert!(error.to_string().contains("no htsget ticket: ") && asked == 1, "{error}");
    let (error, _) = answer(Reply::ok(r#"{"htsget":{"format":"BAM","urls":[{"url":"ftp://x/y"}]}}"#));
    assert!(error.to_string().contains("URL 1 of the ticket"), "{error}");
    let (error, _) = answer(Reply::ok(r#"{"htsget":{"format":"BAM","urls":[{"url":"data:,A"}]}}"#));
    assert!(error.to_string().starts_with("part 1 of 1: the data URI"), "{error}");
    let (error, _) = answer(Reply::ok("{}").with("Content-Encoding", "gzip"));
    assert!(error.to_string().contains("content coding"), "{error}");
}

#[test]
fn an_endless_ticket_is_given_up() {
    let limit = Settings { ticket_limit: 10_000, ..settings() };
    for framing in [Framing::Length, Framing::Chunks] {
        let server = Server::start(move |_, _| Reply::ok(vec![b' '; 1 << 20]).framed(framing));
        let error = fetch_with(limit.clone(), &server.origin).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::TicketSize { limit: 10_000 });
    }
}

#[test]
fn a_ticket_that_breaks_off_is_asked_for_again() {
    let server = Server::start(|asked, n| {
        let reply = ticket(asked, &[]);
        if n < 2 { reply.cut(10) } else { reply }
    });
    assert_eq!(fetch(&server.origin).unwrap(), b"");
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn nobody_there_is_told_after_some_tries() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = fetch(&format!("http://{gone}")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unreachable { tries: 4, .. }), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[test]
fn formats_that_are_not_read_are_told_and_the_others_are_asked_for() {
    let (error, _) = answer(Reply::ok(r#"{"htsget":{"format":"PARQUET","urls":[]}}"#));
    assert_eq!(error.kind(), &ErrorKind::Format(Format::Parquet));
    assert!(error.hint().unwrap().contains("curl"));
    let unsupported = r#"{"htsget":{"error":"UnsupportedFormat","message":"ask for format=BCF"}}"#;
    let server = Server::start(move |asked, _| match asked.target.split_once('?') {
        Some((_, "format=BCF")) => {
            Reply::ok(Ticket::new(Format::Bcf, vec![TicketUrl::inline(b"B")]).to_json())
        }
        Some(("/reads/x", "format=CRAM")) => {
            Reply::ok(Ticket::new(Format::Cram, vec![TicketUrl::inline(b"C")]).to_json())
        }
        _ => Reply::new(400, unsupported),
    });
    let open = |path: &str| open(settings(), &format!("{}{path}", server.origin), &Wanted::All);
    assert_eq!(open("/variants/x").unwrap(), b"B");
    assert!(open("/variants/x?format=VCF").unwrap_err().to_string().contains("ask for format=BCF"));
    assert_eq!(open("/reads/x").unwrap(), b"C");
    assert!(open("/reads/y").unwrap_err().hint().unwrap().contains("CRAM"));
    assert_eq!(server.asked().len(), 7);
}

#[test]
fn t15_messages_have_no_query_and_no_path_of_a_part() {
    let server = Server::start(|asked, _| match asked.target.split_once("/signed") {
        Some(_) => Reply::new(403, "expired"),
        None => ticket(asked, &["/signed/abcdef?signature=abcdef"]),
    });
    let error = open(settings(), &format!("{}/reads/x?key=abcdef", server.origin), &Wanted::All).unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("abcdef") && shown.contains("part 1 of 1"), "{shown}");
    assert!(error.hint().unwrap().contains("expire"));
}
