use std::io::Read;

use reqwest::blocking::{Client, Response};
use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, HeaderMap, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Method, Url};

use super::Fault;
use super::retry::{is_passing, retry_after};
use crate::error::root_cause;
use crate::{Error, ErrorKind, Settings, Token};

/// Redirects that are followed one after another.
const REDIRECTS: usize = 10;
/// Bytes that are read of an answer that only says what is wrong.
const ERROR_BYTES: u64 = 64 << 10;

/// Sends requests.
#[derive(Clone, Debug)]
pub(crate) struct Http(Client);

/// A request that can be sent again.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    /// The body of a `POST`; without it the request is a `GET`.
    pub(crate) body: Option<String>,
    /// For the origin of `url` and no other.
    pub(crate) token: Option<Token>,
}

impl Http {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let mut builder = Client::builder()
            .user_agent(concat!("bioserde/", env!("CARGO_PKG_VERSION")))
            // Those of the library lose headers on the way, and go from https to http.
            .redirect(Policy::none())
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.idle_timeout);
        if !settings.system_proxy {
            builder = builder.no_proxy();
        }
        let client = builder.build();
        client.map(Self).map_err(|e| Error::new("client", ErrorKind::Setup { what: root_cause(&e) }))
    }

    /// Sends a request once, following redirects with the same headers and, save for 303, the same
    /// method: a `POST` of htsget changes nothing (htsget §"POST request").
    pub(crate) fn send(&self, request: &Request) -> Result<Response, Fault> {
        let mut url = request.url.clone();
        let mut body = request.body.as_ref();
        for _ in 0..=REDIRECTS {
            let response = self.send_to(url.clone(), request, body)?;
            let status = response.status().as_u16();
            if !matches!(status, 301 | 302 | 303 | 307 | 308) {
                return Ok(response);
            }
            url = redirect_target(&url, &response)
                .map_err(|what| Fault::Lasting(ErrorKind::Redirect { what }))?;
            if status == 303 {
                body = None;
            }
        }
        Err(Fault::Lasting(ErrorKind::Redirect { what: "in a circle" }))
    }

    fn send_to(&self, url: Url, request: &Request, body: Option<&String>) -> Result<Response, Fault> {
        let mut headers = request.headers.clone();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Some(token) = &request.token
            && url.origin() == request.url.origin()
        {
            headers.insert(AUTHORIZATION, token.authorization());
        }
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let mut builder = self.0.request(method, url).headers(headers);
        if let Some(body) = body {
            builder = builder.body(body.clone());
        }
        builder.send().map_err(|e| {
            let what = if e.is_timeout() { "it took too long".to_owned() } else { root_cause(&e) };
            if e.is_builder() {
                return Fault::Lasting(ErrorKind::Url { what });
            }
            Fault::broken(what)
        })
    }
}

/// Where a redirect leads (RFC 9110 §10.2.2).
pub(crate) fn redirect_target(from: &Url, response: &Response) -> Result<Url, &'static str> {
    let location = response.headers().get(LOCATION).ok_or("without saying where to")?;
    let location = std::str::from_utf8(location.as_bytes()).map_err(|_| "to no URL")?;
    let url = from.join(location).map_err(|_| "to no URL")?;
    match (from.scheme(), url.scheme()) {
        ("https", "http") => Err("from https to http, where others could read along"),
        (_, "http" | "https") => Ok(url),
        _ => Err("to something other than http and https"),
    }
}

/// The beginning of an answer that only says what is wrong.
fn body_text(response: Response) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What came before a failure may still say something.
    let _ = response.take(ERROR_BYTES).read_to_end(&mut bytes);
    bytes
}

/// The fault that an answer with another status than the wanted ones is.
pub(crate) fn refusal(response: Response) -> Fault {
    let status = response.status().as_u16();
    let (reason, after) = (response.status().canonical_reason(), retry_after(&response));
    let error = bioserde_htsget::Error::from_json(status, &body_text(response)).map(|e| {
        // It was written by someone else and goes to a terminal.
        let visible = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
        bioserde_htsget::Error::new(e.kind(), e.message().chars().map(visible).collect::<String>())
    });
    let kind = ErrorKind::Status { status, reason, error };
    if is_passing(status) { Fault::Passing { kind, after } } else { Fault::Lasting(kind) }
}

/// Bytes that were encoded on the way would have to be decoded, which htsget rules out (htsget
/// §"Protocol essentials").
pub(crate) fn check_coding(response: &Response) -> Result<(), Fault> {
    match response.headers().get(CONTENT_ENCODING) {
        Some(coding) if !coding.as_bytes().eq_ignore_ascii_case(b"identity") => {
            Err(Fault::answer("it has a content coding, which htsget does not allow"))
        }
        _ => Ok(()),
    }
}
