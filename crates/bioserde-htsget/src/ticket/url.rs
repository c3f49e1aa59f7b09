use std::fmt;

use super::data_uri::{InvalidDataUri, data_uri, is_data_uri, parse_data_uri};
use super::{InvalidTicket, json};

/// What the bytes of a URL are (htsget §"Response JSON fields").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Part of the file's header.
    Header,
    /// Records, or the marker at the end.
    Body,
}

impl Class {
    /// The name in a ticket.
    pub fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Body => "body",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::Header, Self::Body].into_iter().find(|class| class.name() == name)
    }
}

/// One block of a ticket: where its bytes are, or the bytes themselves.
///
/// `Debug` shows neither the URL nor the values of headers, which may hold credentials
/// (htsget §"Security considerations").
#[derive(Clone, PartialEq, Eq)]
pub struct TicketUrl {
    url: String,
    headers: Vec<(String, String)>,
    pub(super) class: Option<Class>,
}

impl TicketUrl {
    /// A block behind an `https` or `http` URL, with the headers that a client has to send.
    ///
    /// The URL must be percent-encoded already, header names must differ in more than case, and values
    /// must be fit for HTTP (RFC 9110 §5.5).
    pub fn http(
        url: impl Into<String>,
        headers: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, InvalidTicket> {
        let (url, headers) = (url.into(), headers.into_iter().collect::<Vec<_>>());
        check_url(&url)?;
        check_headers(&headers)?;
        Ok(Self { url, headers, class: None })
    }

    /// A block whose bytes stand in the ticket.
    pub fn inline(bytes: &[u8]) -> Self {
        Self { url: data_uri(bytes), headers: Vec::new(), class: None }
    }

    /// What a ticket says; headers of a data URI mean nothing and are dropped.
    pub(super) fn read(
        url: String,
        headers: Vec<(String, String)>,
        class: Option<Class>,
    ) -> Result<Self, InvalidTicket> {
        let block = if is_data_uri(&url) {
            Self { url, headers: Vec::new(), class: None }
        } else {
            Self::http(url, headers)?
        };
        Ok(Self { class, ..block })
    }

    /// The same block with its class.
    #[must_use]
    pub fn with_class(mut self, class: Class) -> Self {
        self.class = Some(class);
        self
    }

    /// The URL, `https`, `http` or `data`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The headers that a request to the URL has to carry.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// What the bytes are, if the ticket says so.
    pub fn class(&self) -> Option<Class> {
        self.class
    }

    /// The bytes of a data URI; nothing for a URL that has to be fetched.
    pub fn inline_bytes(&self) -> Option<Result<Vec<u8>, InvalidDataUri>> {
        is_data_uri(&self.url).then(|| parse_data_uri(&self.url))
    }

    /// About the length of the JSON.
    pub(super) fn json_len(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len() + 6).sum();
        self.url.len() + headers + 48
    }

    pub(super) fn push_json(&self, out: &mut String) {
        out.push_str("{\"url\":");
        json::push_string(out, &self.url);
        if !is_data_uri(&self.url) {
            // Present even when empty: some versions of htsjdk read it without asking whether it is there.
            out.push_str(",\"headers\":{");
            for (i, (name, value)) in self.headers.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                json::push_string(out, name);
                out.push(':');
                json::push_string(out, value);
            }
            out.push('}');
        }
        if let Some(class) = self.class {
            out.push_str(",\"class\":\"");
            out.push_str(class.name());
            out.push('"');
        }
        out.push('}');
    }
}

impl fmt::Debug for TicketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.url.split(':').next().unwrap_or_default();
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("TicketUrl")
            .field("scheme", &scheme)
            .field("headers", &names)
            .field("class", &self.class)
            .finish_non_exhaustive()
    }
}

/// RFC 3986: the characters of a URI, and an authority after `http://` or `https://`.
fn check_url(url: &str) -> Result<(), InvalidTicket> {
    let authority = ["https://", "http://"].iter().find_map(|scheme| {
        let start = url.get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then(|| url.get(scheme.len()..))?
    });
    if !authority.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/')) {
        return Err(InvalidTicket::Scheme);
    }
    let is_fit = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    match url.chars().position(|c| !is_fit(c)) {
        None => Ok(()),
        Some(at) => Err(InvalidTicket::UrlCharacter { at }),
    }
}

/// RFC 9110 §5.1 and §5.5.
fn check_headers(headers: &[(String, String)]) -> Result<(), InvalidTicket> {
    for (i, (name, value)) in headers.iter().enumerate() {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || !name.chars().all(is_token) {
            return Err(InvalidTicket::HeaderName);
        }
        if value.chars().any(|c| c.is_control() && c != '\t') {
            return Err(InvalidTicket::HeaderValue { name: name.clone() });
        }
        if headers.iter().take(i).any(|(earlier, _)| earlier.eq_ignore_ascii_case(name)) {
            return Err(InvalidTicket::HeaderTwice { name: name.clone() });
        }
    }
    Ok(())
}
