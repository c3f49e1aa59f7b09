use std::io::Read;

use bioserde_htsget::{Endpoint, Format, Query, QueryRegion, Ticket, media_type};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};

use crate::error::root_cause;
use crate::http::{Fault, Http, Pauses, Request, check_coding, refusal};
use crate::{Address, Error, ErrorKind, Settings, Stream};

/// The header with the key that data are encrypted for.
const PUBLIC_KEY: &str = "client-public-key";

/// Asks htsget servers.
#[derive(Debug)]
pub struct Client {
    http: Http,
    settings: Settings,
}

/// What is wanted of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it, or what the query of the address says.
    All,
    /// The header: a file without records.
    Header,
    /// The records that overlap any of the regions, and perhaps others: a server may send more.
    Regions(Vec<QueryRegion>),
}

impl Client {
    /// A client with its connections.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        Ok(Self { http: Http::new(&settings)?, settings })
    }

    /// Asks for a ticket and gives the bytes that it leads to: a file of BAM, CRAM, VCF or BCF.
    ///
    /// # Errors
    ///
    /// The server does not answer, refuses, answers with something else than a ticket, or has the file
    /// as a table alone.
    pub fn open(&self, address: &Address, wanted: &Wanted) -> Result<Stream, Error> {
        let ticket = self.ticket(address, wanted)?;
        match ticket.format() {
            Format::Bam | Format::Cram | Format::Vcf | Format::Bcf => {
                Ok(Stream::new(self.http.clone(), &self.settings, &ticket))
            }
            other => Err(Error::new(address.to_string(), ErrorKind::Format(other))),
        }
    }

    /// Asks for a ticket. A server that has the records only in the format that is not the default says so, and
    /// is asked once more.
    fn ticket(&self, address: &Address, wanted: &Wanted) -> Result<Ticket, Error> {
        let mut query = address.query().clone();
        match wanted {
            Wanted::All => {}
            Wanted::Header => {
                query = Query { format: query.format, ..Query::new(query.endpoint, query.id) };
                query.is_header_only = true;
            }
            Wanted::Regions(regions) => query.regions = Some(regions.clone()),
        }
        let may_be_other = query.format.is_none();
        match self.ticket_of(address, &query) {
            Err(error) if may_be_other && is_unsupported(&error) => {
                query.format = Some(match query.endpoint {
                    Endpoint::Reads => Format::Cram,
                    Endpoint::Variants => Format::Bcf,
                });
                self.ticket_of(address, &query).map_err(|_| error)
            }
            outcome => outcome,
        }
    }

    fn ticket_of(&self, address: &Address, query: &Query) -> Result<Ticket, Error> {
        let error = |kind| Error::new(address.to_string(), kind);
        let request = self.request(address, query).map_err(error)?;
        let mut pauses = Pauses::new(&self.settings);
        loop {
            match self.try_ticket(&request) {
                Ok(json) => return Ticket::from_json(&json).map_err(|e| error(e.into())),
                Err(fault) => pauses.wait(fault).map_err(error)?,
            }
        }
    }

    /// A `GET`, or a `POST` where the regions need one.
    fn request(&self, address: &Address, query: &Query) -> Result<Request, ErrorKind> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(media_type::ACCEPT));
        if query.is_encrypted {
            let key = self.settings.public_key.ok_or(ErrorKind::NoPublicKey)?.to_string();
            let value = HeaderValue::from_str(&key).map_err(|_| ErrorKind::NoPublicKey)?;
            headers.insert(PUBLIC_KEY, value);
        }
        let token = self.settings.token.clone();
        if let Some(parameters) = query.to_query_string() {
            return Ok(Request { url: address.url(&parameters), headers, body: None, token });
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type::REQUEST_BODY));
        let body = query
            .to_json()
            .ok_or_else(|| ErrorKind::Url { what: "one of several regions is empty".to_owned() })?;
        Ok(Request { url: address.url(""), headers, body: Some(body), token })
    }

    /// The text of a ticket.
    fn try_ticket(&self, request: &Request) -> Result<Vec<u8>, Fault> {
        let response = self.http.send(request)?;
        if response.status().as_u16() != 200 {
            return Err(refusal(response));
        }
        check_coding(&response)?;
        let limit = self.settings.ticket_limit;
        let too_large = || Fault::Lasting(ErrorKind::TicketSize { limit });
        if response.content_length().is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        let mut json = Vec::new();
        let outcome = response.take(limit.saturating_add(1)).read_to_end(&mut json);
        outcome.map_err(|e| Fault::broken(root_cause(&e)))?;
        if json.len() as u64 > limit { Err(too_large()) } else { Ok(json) }
    }
}

fn is_unsupported(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Status { error: Some(e), .. }
        if e.kind() == bioserde_htsget::ErrorKind::UnsupportedFormat)
}
