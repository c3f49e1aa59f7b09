mod fields;
mod get;
mod post;
mod tags;
mod write;

use std::collections::BTreeSet;

use bioserde_core::Region;

pub use self::fields::Fields;
pub use self::tags::{Tag, TagSelection};
use crate::error::excerpt;
use crate::region::{QueryRegion, Selected, merge};
use crate::{Endpoint, Error, ErrorKind, Format};
pub use bioserde_core::Field;

/// A request for a ticket (htsget §"GET request", §"POST request"), checked against every rule that
/// does not need the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Where the request went.
    pub endpoint: Endpoint,
    /// The id, decoded. It may contain `/`.
    pub id: String,
    /// `format`, if it was given.
    pub format: Option<Format>,
    /// Whether `class=header` was given.
    pub is_header_only: bool,
    /// What records must overlap; nothing means every record.
    pub regions: Option<Vec<QueryRegion>>,
    /// `fields`, if it was given. Reads only.
    pub fields: Option<Fields>,
    /// `tags`.
    pub tags: TagSelection,
    /// `notags`; has nothing in common with `tags`.
    pub notags: BTreeSet<Tag>,
    /// Whether the reply is to be encrypted under Crypt4GH: `encryptionScheme=c4gh`, a draft (hts-specs, pull
    /// request 808).
    pub is_encrypted: bool,
}

/// The parameters as they were sent, decoded and with checked regions.
#[derive(Default)]
struct Parameters {
    format: Option<String>,
    class: Option<String>,
    regions: Option<Vec<QueryRegion>>,
    fields: Option<Vec<String>>,
    tags: Option<Vec<String>>,
    notags: Option<Vec<String>>,
    encryption_scheme: Option<String>,
}

impl Query {
    /// A request for everything in the default format.
    pub fn new(endpoint: Endpoint, id: impl Into<String>) -> Self {
        Self {
            endpoint,
            id: id.into(),
            format: None,
            is_header_only: false,
            regions: None,
            fields: None,
            tags: TagSelection::All,
            notags: BTreeSet::new(),
            is_encrypted: false,
        }
    }

    /// Reads a `GET`. `id` is decoded; `raw_query` is what follows `?`, still percent-encoded, or empty.
    ///
    /// Values are decoded once and `+` stays `+`. Unknown parameters are passed over.
    pub fn from_get(endpoint: Endpoint, id: &str, raw_query: &str) -> Result<Self, Error> {
        check_id(id)?;
        Self::checked(endpoint, id, get::parse(raw_query)?)
    }

    /// Reads a `POST`. An empty body asks for everything, and unknown keys are passed over.
    ///
    /// How large a body may be is for the server to say, before it has read it.
    pub fn from_post(endpoint: Endpoint, id: &str, raw_query: &str, body: &[u8]) -> Result<Self, Error> {
        check_id(id)?;
        get::refuse_parameters(raw_query)?;
        Self::checked(endpoint, id, post::parse(body)?)
    }

    fn checked(endpoint: Endpoint, id: &str, given: Parameters) -> Result<Self, Error> {
        let is_header_only = is_header(&given)?;
        let format = given.format.as_deref().map(|text| Format::parse(endpoint, text)).transpose()?;
        let unplaced = given.regions.iter().flatten().any(|region| *region == QueryRegion::Unplaced);
        if unplaced && endpoint == Endpoint::Variants {
            let message = "`referenceName` is `*`, which stands for unplaced reads, and variants have none";
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        let tags = TagSelection::parse(endpoint, given.tags.as_deref())?;
        let notags = tags::parse_notags(endpoint, given.notags.as_deref(), &tags)?;
        Ok(Self {
            endpoint,
            id: id.to_owned(),
            format,
            is_header_only,
            regions: given.regions,
            fields: parse_fields(endpoint, given.fields.as_deref())?,
            tags,
            notags,
            is_encrypted: is_encrypted(given.encryption_scheme.as_deref())?,
        })
    }

    /// The format of the reply: `format`, or the endpoint's default.
    pub fn reply_format(&self) -> Format {
        self.format.unwrap_or(self.endpoint.default_format())
    }

    /// The regions as the file knows them, merged; nothing means every record, an empty list none.
    pub fn selected(&self) -> Option<Vec<Region>> {
        let regions = self.regions.as_deref()?;
        Some(merge(regions.iter().filter_map(|region| match region.select() {
            Selected::Records(region) => Some(region),
            Selected::Nothing { .. } => None,
        })))
    }

    /// Whether records keep the tag.
    ///
    /// FORMAT keys are kept until `tags` or `notags` names one of FORMAT.
    pub fn keeps(&self, tag: &Tag) -> bool {
        self.tags.has(tag) && !self.notags.contains(tag)
    }
}

fn check_id(id: &str) -> Result<(), Error> {
    if id.is_empty() {
        let error = Error::new(ErrorKind::NotFound, "the URL has no id");
        return Err(error.with_hint("ask for /reads/<id> or /variants/<id>"));
    }
    if id == Endpoint::SERVICE_INFO_ID {
        let message = format!("`{id}` is not the id of a file but of the service's description");
        return Err(Error::new(ErrorKind::NotFound, message).with_hint("ask for it with GET"));
    }
    Ok(())
}

fn is_header(given: &Parameters) -> Result<bool, Error> {
    let Some(class) = given.class.as_deref() else {
        return Ok(false);
    };
    if class != "header" {
        return Err(Error::input(format!("`class` is `{}`", excerpt(class)))
            .with_hint("its only value is `header`; leave `class` out for header and records"));
    }
    let others = [
        ("a region", given.regions.is_some()),
        ("`fields`", given.fields.is_some()),
        ("`tags`", given.tags.is_some()),
        ("`notags`", given.notags.is_some()),
    ];
    match others.into_iter().find(|(_, is_given)| *is_given) {
        None => Ok(true),
        Some((name, _)) => Err(Error::input(format!("`class=header` is given together with {name}"))
            .with_hint("beside it only `format` may be given")),
    }
}

/// Both names that the draft has had.
fn is_encrypted(scheme: Option<&str>) -> Result<bool, Error> {
    match scheme {
        None => Ok(false),
        Some("c4gh" | "crypt4gh") => Ok(true),
        Some(other) => Err(Error::input(format!("`encryptionScheme` is `{}`", excerpt(other)))
            .with_hint("its only value is `c4gh`; leave `encryptionScheme` out for plain data")),
    }
}

fn parse_fields(endpoint: Endpoint, items: Option<&[String]>) -> Result<Option<Fields>, Error> {
    let Some(items) = items else {
        return Ok(None);
    };
    if endpoint == Endpoint::Variants {
        return Err(Error::input("`fields` is given, but it names columns of reads")
            .with_hint("choose keys of variants with `tags` and `notags`"));
    }
    Fields::parse(items.iter().map(String::as_str)).map(Some)
}

/// A region of a request, checked. An empty range is an error in a `POST` alone.
fn region(name: String, start: Option<u64>, end: Option<u64>, is_post: bool) -> Result<QueryRegion, Error> {
    if name.is_empty() {
        return Err(Error::input("`referenceName` is empty").with_hint("leave it out for all records"));
    }
    if name == "*" {
        return match start.map(|_| "start").or(end.map(|_| "end")) {
            None => Ok(QueryRegion::Unplaced),
            Some(given) => {
                Err(Error::input(format!("`{given}` is given for unplaced reads, which have no position"))
                    .with_hint("leave `start` and `end` out with `*`"))
            }
        };
    }
    let first = start.unwrap_or(0);
    if let Some(end) = end.filter(|end| first > *end || (is_post && first == *end)) {
        let order = if first == end { "equal to" } else { "above" };
        let message = format!("`start` ({first}) is {order} `end` ({end})");
        return Err(Error::new(ErrorKind::InvalidRange, message)
            .with_hint("positions are 0-based and `end` does not belong to the range"));
    }
    Ok(QueryRegion::Placed { reference_name: name, start, end })
}

#[cfg(test)]
mod tests;
