mod data_uri;
mod json;
mod read;
mod url;

use thiserror::Error as ThisError;

pub use self::data_uri::{InvalidDataUri, data_uri, parse_data_uri};
pub use self::url::{Class, TicketUrl};
use crate::Format;

/// Where the parts of a reply are (htsget §"Response JSON fields"): joined in order they are one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    format: Format,
    urls: Vec<TicketUrl>,
    md5: Option<[u8; 16]>,
}

/// Why something cannot stand in a ticket, or is none.
///
/// Messages hold no URL and no header's value.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum InvalidTicket {
    /// The text is not JSON, or its parts are not of the right type.
    #[error("the ticket cannot be read at line {line}, column {column}: {what}")]
    Json {
        /// 1-based.
        line: usize,
        /// 1-based.
        column: usize,
        /// What is wrong there.
        what: String,
    },
    /// The format is not one of the specification and none of bioserde's.
    #[error("the ticket's `format` is `{format}`, which is not known")]
    UnknownFormat {
        /// As it stands, cut.
        format: String,
    },
    /// One of the URLs is at fault.
    #[error("URL {number} of the ticket cannot be used")]
    Url {
        /// 1-based.
        number: usize,
        /// What is wrong with it.
        source: Box<InvalidTicket>,
    },
    /// The URL is not one of `https://host...`, `http://host...` and `data:...`.
    #[error("the URL does not begin with `https://` or `http://` and a host, nor with `data:`")]
    Scheme,
    /// The URL has a character that must be percent-encoded.
    #[error("character {at} of the URL, counted from 0, is not percent-encoded")]
    UrlCharacter {
        /// 0-based.
        at: usize,
    },
    /// A header's name is not a token of HTTP.
    #[error("a header's name is not one of HTTP")]
    HeaderName,
    /// A header's value has control characters.
    #[error("the value of the header `{name}` has control characters")]
    HeaderValue {
        /// The header.
        name: String,
    },
    /// A header is there twice, perhaps in another case of letters.
    #[error("the header `{name}` is given twice")]
    HeaderTwice {
        /// The header.
        name: String,
    },
    /// The class is neither `header` nor `body`.
    #[error("the URL's `class` is neither `header` nor `body`")]
    UnknownClass,
    /// The digest is not 32 hexadecimal digits.
    #[error("the ticket's `md5` is not 32 hexadecimal digits")]
    Md5,
}

impl Ticket {
    /// A ticket of blocks in the order in which they are joined.
    ///
    /// Either all URLs of a ticket have a class or none has: when one has none, all lose theirs.
    pub fn new(format: Format, mut urls: Vec<TicketUrl>) -> Self {
        if urls.iter().any(|url| url.class.is_none()) {
            for url in &mut urls {
                url.class = None;
            }
        }
        Self { format, urls, md5: None }
    }

    /// The same ticket with the MD5 digest of the joined blocks.
    #[must_use]
    pub fn with_md5(mut self, digest: [u8; 16]) -> Self {
        self.md5 = Some(digest);
        self
    }

    /// The format of the joined blocks.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The blocks, in the order in which they are joined.
    pub fn urls(&self) -> &[TicketUrl] {
        &self.urls
    }

    /// The MD5 digest of the joined blocks, if the ticket has it.
    pub fn md5(&self) -> Option<[u8; 16]> {
        self.md5
    }

    /// The body of the reply, to be sent as [`crate::media_type::TICKET`].
    ///
    /// It begins with `{"htsget":` and has only keys of the specification.
    pub fn to_json(&self) -> String {
        let length: usize = self.urls.iter().map(TicketUrl::json_len).sum();
        let mut out = String::with_capacity(length + 96);
        out.push_str("{\"htsget\":{\"format\":\"");
        out.push_str(self.format.name());
        out.push_str("\",\"urls\":[");
        for (i, url) in self.urls.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            url.push_json(&mut out);
        }
        out.push(']');
        if let Some(md5) = self.md5 {
            let digest = u128::from_be_bytes(md5);
            out.push_str(&format!(",\"md5\":\"{digest:032x}\""));
        }
        out.push_str("}}");
        out
    }
}

#[cfg(test)]
mod tests;
