use std::io::Read;

use crc32fast::Hasher;
use reqwest::StatusCode;
use reqwest::Version;
use reqwest::blocking::Response;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderValue, IF_RANGE, RANGE, TRANSFER_ENCODING};

use super::range::{self, ContentRange, Wanted};
use super::{Fault, Http, Pauses, Request, check_coding, refusal};
use crate::error::root_cause;
use crate::{ErrorKind, Settings};

/// After so many bytes earlier failures no longer count.
const GOT_ON: u64 = 1 << 20;

/// The bytes of one URL. Where they break off, they are gone on with: by `Range` where an entity tag
/// says that the bytes are still the same, or else from the beginning, and then what was given out
/// before must come again.
#[derive(Debug)]
pub(crate) struct Part {
    http: Http,
    request: Request,
    wanted: Wanted,
    pauses: Pauses,
    body: Option<Body>,
    /// What the first answer told.
    window: Option<Window>,
    /// Strong, so that equal tags mean equal bytes (RFC 9110 §8.8.1).
    etag: Option<HeaderValue>,
    /// Bytes given out, and their checksum.
    given: u64,
    checksum: Hasher,
    since_failure: u64,
    /// Whether the server refused to go on in the middle.
    refuses_ranges: bool,
}

#[derive(Debug)]
struct Body {
    response: Response,
    given: u64,
}

/// The wanted bytes, counted from the start of the resource.
#[derive(Clone, Copy, Debug)]
struct Window {
    start: u64,
    /// Does not belong; nothing where only the end of the answer tells.
    end: Option<u64>,
    /// Of the resource.
    size: Option<u64>,
}

/// The bytes of an answer, counted likewise.
#[derive(Clone, Copy, Debug)]
struct Extent {
    start: u64,
    end: Option<u64>,
    size: Option<u64>,
}

impl Part {
    pub(crate) fn new(http: Http, request: Request, settings: &Settings) -> Result<Self, ErrorKind> {
        let wanted = Wanted::of(&request.headers);
        let what = "the ticket asks for something other than one range of bytes".to_owned();
        Ok(Self {
            http,
            request,
            wanted: wanted.ok_or(ErrorKind::Url { what })?,
            pauses: Pauses::new(settings),
            body: None,
            window: None,
            etag: None,
            given: 0,
            checksum: Hasher::new(),
            since_failure: 0,
            refuses_ranges: false,
        })
    }

    /// The next bytes; none at the end.
    pub(crate) fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        loop {
            let left = self.left();
            if left == Some(0) || buf.is_empty() {
                return Ok(0);
            }
            let Some(body) = &mut self.body else {
                match self.open() {
                    Ok(response) => self.body = Some(Body { response, given: 0 }),
                    Err(fault) => self.pause(fault)?,
                }
                continue;
            };
            let most = left.and_then(|left| usize::try_from(left).ok()).unwrap_or(buf.len()).min(buf.len());
            let room = buf.get_mut(..most).unwrap_or_default();
            match body.response.read(room) {
                Ok(0) => self.end_of_body()?,
                Ok(n) => {
                    body.given += n as u64;
                    self.give(buf.get(..n).unwrap_or_default());
                    return Ok(n);
                }
                Err(e) => self.pause(Fault::broken(root_cause(&e)))?,
            }
        }
    }

    /// Bytes that are still to come, where that is known.
    fn left(&self) -> Option<u64> {
        let Window { start, end, .. } = self.window?;
        Some(end?.saturating_sub(start).saturating_sub(self.given))
    }

    fn give(&mut self, bytes: &[u8]) {
        self.checksum.update(bytes);
        self.given += bytes.len() as u64;
        self.since_failure += bytes.len() as u64;
        if self.since_failure >= GOT_ON {
            self.pauses.reset();
        }
    }

    /// Waits for another try.
    fn pause(&mut self, fault: Fault) -> Result<(), ErrorKind> {
        self.body = None;
        self.since_failure = 0;
        let position = self.given;
        self.pauses.wait(fault).map_err(|kind| match kind {
            ErrorKind::Unreachable { what, tries } if position > 0 => {
                ErrorKind::Broken { position, tries, what }
            }
            kind => kind,
        })
    }

    /// An answer ended where its own length or its last chunk says so.
    fn end_of_body(&mut self) -> Result<(), ErrorKind> {
        let Some(body) = self.body.take() else { return Ok(()) };
        let given = self.given;
        let is_whole = body.response.status() == StatusCode::OK;
        match &mut self.window {
            // A chunked answer with all there is: its end is that of the resource.
            Some(window) if is_whole && window.size.is_none() => {
                window.end = Some(window.start.saturating_add(given));
                Ok(())
            }
            // A server may answer with the first part of a range (RFC 9110 §15.3.7).
            _ if !is_whole && body.given > 0 => Ok(()),
            _ => self.pause(Fault::broken(format!("the answer ends after {given} bytes"))),
        }
    }

    /// Asks for what is still to come, and passes over what comes once more.
    fn open(&mut self) -> Result<Response, Fault> {
        let mut request = self.request.clone();
        let goes_on = self.go_on(&mut request);
        let response = self.http.send(&request)?;
        match response.status().as_u16() {
            200 | 206 => {}
            status @ 400..500 if goes_on && status != 429 => {
                self.refuses_ranges = true;
                return Err(Fault::broken("the server refuses to go on in the middle".to_owned()));
            }
            _ => return Err(refusal(response)),
        }
        check_coding(&response)?;
        let extent = Extent::of(&response)?;
        self.compare(&response, extent)?;
        let window = match self.window {
            // The first answer was in chunks; this one tells more.
            Some(Window { end: None, start, .. }) => Window::new(Wanted::From { start, end: None }, extent)?,
            Some(window) => window,
            None => Window::new(self.wanted, extent)?,
        };
        self.window = Some(window);
        self.pass_over(response, extent, window)
    }

    /// Asks for the rest alone, where that is safe.
    fn go_on(&self, request: &mut Request) -> bool {
        let (Some(window), Some(etag)) = (self.window, &self.etag) else { return false };
        if self.refuses_ranges || self.given == 0 {
            return false;
        }
        let Some(range) = range::from(window.start.saturating_add(self.given), window.end) else {
            return false;
        };
        request.headers.insert(RANGE, range);
        request.headers.insert(IF_RANGE, etag.clone());
        true
    }

    /// Whether an answer is of the same bytes as those before it.
    fn compare(&mut self, response: &Response, extent: Extent) -> Result<(), Fault> {
        let etag = response.headers().get(ETAG).filter(|tag| !tag.as_bytes().starts_with(b"W/"));
        if self.given == 0 {
            // Nothing depends on an answer that gave nothing.
            self.window = None;
            self.etag = etag.cloned();
            return Ok(());
        }
        let is_other_tag = self.etag.as_ref().zip(etag).is_some_and(|(old, new)| old != new);
        let size = self.window.and_then(|window| window.size);
        let is_other_size = size.zip(extent.size).is_some_and(|(old, new)| old != new);
        if is_other_tag || is_other_size {
            return Err(self.changed());
        }
        Ok(())
    }

    fn changed(&self) -> Fault {
        Fault::Lasting(ErrorKind::Changed { position: self.given })
    }

    /// Reads what lies before the place to go on at. What was given out already must be the same.
    fn pass_over(&self, mut response: Response, extent: Extent, window: Window) -> Result<Response, Fault> {
        let position = window.start.saturating_add(self.given);
        if extent.start > position {
            let start = extent.start;
            return Err(Fault::answer(format!("it begins at byte {start} instead of byte {position}")));
        }
        let mut checksum = Hasher::new();
        let mut buf = vec![0; 64 << 10];
        let mut at = extent.start;
        while at < position {
            // Up to the start of what is wanted, and then up to the place.
            let next = if at < window.start { window.start } else { position };
            let most = usize::try_from(next - at).unwrap_or(usize::MAX).min(buf.len());
            let n = response.read(buf.get_mut(..most).unwrap_or_default());
            let n = n.map_err(|e| Fault::broken(root_cause(&e)))?;
            if n == 0 {
                return Err(Fault::broken(format!("the answer ends at byte {at}")));
            }
            if at >= window.start {
                checksum.update(buf.get(..n).unwrap_or_default());
            }
            at = at.saturating_add(n as u64);
        }
        if extent.start <= window.start && checksum.finalize() != self.checksum.clone().finalize() {
            return Err(self.changed());
        }
        Ok(response)
    }
}

impl Window {
    fn new(wanted: Wanted, extent: Extent) -> Result<Self, Fault> {
        let Extent { size, .. } = extent;
        // An answer that does not tell the size of the resource has at least its own end.
        let last = size.or(extent.end);
        let (start, end) = match (wanted, last) {
            (Wanted::Whole, last) => (0, last),
            (Wanted::From { start, .. }, Some(size)) if start > 0 && start >= size => {
                let what = format!("byte {start} is wanted, and there are {size}");
                return Err(Fault::answer(what));
            }
            (Wanted::From { start, end: Some(end) }, last) => (start, Some(last.unwrap_or(end).min(end))),
            (Wanted::From { start, end: None }, last) => (start, last),
            (Wanted::Last(n), Some(last)) => (last.saturating_sub(n), Some(last)),
            (Wanted::Last(_), None) => {
                return Err(Fault::answer(
                    "the last bytes are wanted, and it does not tell how many there are",
                ));
            }
        };
        Ok(Self { start, end, size })
    }
}

impl Extent {
    fn of(response: &Response) -> Result<Self, Fault> {
        let headers = response.headers();
        let length = headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.trim().parse::<u64>().ok());
        if response.status() == StatusCode::PARTIAL_CONTENT {
            let range = headers.get(CONTENT_RANGE).and_then(ContentRange::parse);
            let range =
                range.ok_or_else(|| Fault::answer("it has the status 206 and no sound Content-Range"))?;
            if length.is_some_and(|length| length != range.end - range.start) {
                return Err(Fault::answer("its Content-Length is not that of its Content-Range"));
            }
            return Ok(Self { start: range.start, end: Some(range.end), size: range.size });
        }
        let is_framed = headers.contains_key(TRANSFER_ENCODING) || response.version() >= Version::HTTP_2;
        if length.is_none() && !is_framed {
            return Err(Fault::answer("nothing tells where it ends: no Content-Length, no chunks"));
        }
        Ok(Self { start: 0, end: length, size: length })
    }
}
