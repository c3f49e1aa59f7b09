use std::fmt;
use std::io::{self, Cursor, Read};
use std::vec;

use bioserde_htsget::{Format, Ticket, TicketUrl};
use md5::{Digest, Md5};
use reqwest::Url;
use reqwest::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};

use crate::error::part_place;
use crate::http::{Http, Part, Request};
use crate::{Error, ErrorKind, Settings};

/// The joined parts of a ticket (htsget §"Response JSON fields"), one after the other.
///
/// Failures come out of [`Read::read`] as [`io::ErrorKind::Other`] with an [`Error`] inside, again and
/// again: no other kind, since some of those mean the end of a file, or a closed pipe.
pub struct Stream {
    http: Http,
    settings: Settings,
    format: Format,
    urls: vec::IntoIter<TicketUrl>,
    count: usize,
    current: Option<Current>,
    md5: Option<(Md5, [u8; 16])>,
    failure: Option<Error>,
}

enum Current {
    Inline(Cursor<Vec<u8>>),
    Fetched { part: Box<Part>, place: String },
}

impl Stream {
    pub(crate) fn new(http: Http, settings: &Settings, ticket: &Ticket) -> Self {
        let urls = ticket.urls().to_vec();
        Self {
            http,
            settings: settings.clone(),
            format: ticket.format(),
            count: urls.len(),
            urls: urls.into_iter(),
            current: None,
            md5: ticket.md5().map(|digest| (Md5::new(), digest)),
            failure: None,
        }
    }

    /// The format that the ticket says the joined parts have.
    pub fn format(&self) -> Format {
        self.format
    }

    fn next(&mut self, buf: &mut [u8]) -> Result<usize, Error> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            let n = match &mut self.current {
                None => 0,
                // It lies in memory.
                Some(Current::Inline(bytes)) => bytes.read(buf).unwrap_or_default(),
                Some(Current::Fetched { part, place }) => {
                    part.read(buf).map_err(|kind| Error::new(place.as_str(), kind))?
                }
            };
            if n > 0 {
                if let Some((md5, _)) = &mut self.md5 {
                    md5.update(buf.get(..n).unwrap_or_default());
                }
                return Ok(n);
            }
            self.current = match self.urls.next() {
                Some(url) => Some(self.open(&url)?),
                None => return self.check_digest().map(|()| 0),
            };
        }
    }

    fn open(&self, url: &TicketUrl) -> Result<Current, Error> {
        let number = self.count - self.urls.len();
        if let Some(bytes) = url.inline_bytes() {
            let bytes = bytes.map_err(|e| Error::new(part_place(number, self.count, None), e))?;
            return Ok(Current::Inline(Cursor::new(bytes)));
        }
        let parsed = Url::parse(url.url()).map_err(|e| ErrorKind::Url { what: e.to_string() });
        let place = part_place(number, self.count, parsed.as_ref().ok());
        let part = parsed.and_then(|parsed| {
            // What the ticket's server may know is nobody else's business: no token (htsget §"HTTPS data
            // block URLs").
            let request = Request { url: parsed, headers: headers(url)?, body: None, token: None };
            Part::new(self.http.clone(), request, &self.settings)
        });
        match part {
            Ok(part) => Ok(Current::Fetched { part: Box::new(part), place }),
            Err(kind) => Err(Error::new(place, kind)),
        }
    }

    fn check_digest(&mut self) -> Result<(), Error> {
        let Some((md5, wanted)) = self.md5.take() else { return Ok(()) };
        let is_that = <[u8; 16]>::from(md5.finalize()) == wanted;
        if is_that { Ok(()) } else { Err(Error::new("the joined parts", ErrorKind::Md5)) }
    }
}

/// The headers that the ticket wants to be sent.
fn headers(url: &TicketUrl) -> Result<HeaderMap, ErrorKind> {
    let mut headers = HeaderMap::new();
    for (name, value) in url.headers() {
        let pair = HeaderName::try_from(name).ok().zip(HeaderValue::try_from(value).ok());
        let (name, mut value) =
            pair.ok_or_else(|| ErrorKind::Url { what: "a header is not fit for HTTP".to_owned() })?;
        // A request without a body has neither; with one it would never be answered.
        if name == CONTENT_LENGTH || name == TRANSFER_ENCODING {
            continue;
        }
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if let Some(failure) = &self.failure {
            return Err(io::Error::other(failure.clone()));
        }
        self.next(buf).map_err(|e| {
            self.failure = Some(e.clone());
            io::Error::other(e)
        })
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("format", &self.format)
            .field("urls", &self.count)
            .finish_non_exhaustive()
    }
}
