use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::{Class, InvalidTicket, Ticket, TicketUrl};
use crate::Format;
use crate::error::excerpt;

impl Ticket {
    /// Reads a ticket (htsget §"Response JSON fields").
    ///
    /// `htsget` must be the only key at the top and types must be right. Unknown keys further in are
    /// passed over. Classes that only some URLs have say nothing and are dropped, as in [`Ticket::new`].
    pub fn from_json(json: &[u8]) -> Result<Self, InvalidTicket> {
        let Object(Outer { htsget: Object(ticket) }) =
            serde_json::from_slice(json).map_err(|error| invalid(&error))?;
        let format = Format::from_name(&ticket.format)
            .ok_or_else(|| InvalidTicket::UnknownFormat { format: excerpt(&ticket.format) })?;
        let url = |(i, Object(block)): (usize, Object<Block>)| {
            let class = block.class.map(|name| Class::from_name(&name).ok_or(InvalidTicket::UnknownClass));
            let url = class.transpose().and_then(|class| TicketUrl::read(block.url, block.headers.0, class));
            url.map_err(|source| InvalidTicket::Url { number: i + 1, source: Box::new(source) })
        };
        let urls = ticket.urls.into_iter().enumerate().map(url).collect::<Result<Vec<_>, _>>()?;
        let md5 = ticket.md5.map(|hex| parse_md5(&hex).ok_or(InvalidTicket::Md5)).transpose()?;
        Ok(Self { md5, ..Self::new(format, urls) })
    }
}

/// What serde says, without the values that it quotes: they may be credentials.
fn invalid(error: &serde_json::Error) -> InvalidTicket {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    let what = match (what.find('"'), what.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            let (before, after) = (what.get(..first), what.get(last + 1..));
            format!("{}\"…\"{}", before.unwrap_or_default(), after.unwrap_or_default())
        }
        _ => what.to_owned(),
    };
    InvalidTicket::Json { line: error.line(), column: error.column(), what: excerpt(&what) }
}

fn parse_md5(hex: &str) -> Option<[u8; 16]> {
    let is_plain = hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    u128::from_str_radix(hex, 16).ok().filter(|_| is_plain).map(u128::to_be_bytes)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outer {
    htsget: Object<Inner>,
}

#[derive(Deserialize)]
struct Inner {
    format: String,
    urls: Vec<Object<Block>>,
    md5: Option<String>,
}

#[derive(Deserialize)]
struct Block {
    url: String,
    #[serde(default)]
    headers: Headers,
    class: Option<String>,
}

/// A value that is written as an object: serde would take an array for a struct too.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// Every pair, so that a name that stands twice is seen.
#[derive(Default)]
struct Headers(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeadersVisitor)
    }
}

struct HeadersVisitor;

impl<'de> Visitor<'de> for HeadersVisitor {
    type Value = Headers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of header names and their values, all strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
        let mut headers = Vec::new();
        while let Some(pair) = map.next_entry()? {
            headers.push(pair);
        }
        Ok(Headers(headers))
    }
}
