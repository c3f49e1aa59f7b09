//! What a URL of a ticket stands for, as it stands in the URL.

mod regions;

use std::ops::Range;

use bioserde_core::VirtualPosition;
use bioserde_crypt4gh::PublicKey;
use bioserde_htsget::{Endpoint, Error, ErrorKind, Format, Query};
use bioserde_read::{Piece, Share};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// The characters of an id that a path cannot have as they are (RFC 3986 §3.3).
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'%')
    .add(b'\\')
    .add(b'^')
    .add(b'|')
    .add(b'[')
    .add(b']');

/// A part of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// The endpoint, the id, the format of the reply and the columns.
    pub(crate) query: Query,
    /// The format of the file.
    pub(crate) source: Format,
    /// Of the file.
    pub(crate) version: String,
    pub(crate) part: Part,
    /// Whom it is encrypted for, as a file of its own: with header and end.
    pub(crate) recipient: Option<PublicKey>,
}

/// Which bytes, or which records, a block has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The header as BGZF blocks.
    Header,
    /// The end-of-file marker.
    End,
    /// Bytes of the file as they are, half-open.
    Bytes(Range<u64>),
    /// All records between two places.
    Between(Piece),
    /// The records of a share, or all of them.
    Records(Option<Share>),
    /// The same as a table.
    Table(Option<Share>),
}

impl Block {
    /// Path below the data endpoint, and query. Equal ones have equal bytes.
    pub(crate) fn to_path_and_query(&self) -> String {
        let id = utf8_percent_encode(&self.query.id, SEGMENT);
        let mut text =
            format!("{}/{id}?source={}&version={}", self.query.endpoint, self.source, self.version);
        let (name, share) = match &self.part {
            Part::Header => ("header", None),
            Part::End => ("end", None),
            Part::Bytes(range) => {
                text += &format!("&bytes={}-{}", range.start, range.end);
                ("bytes", None)
            }
            Part::Between(piece) => {
                text += &format!("&from={}&to={}", u64::from(piece.start), u64::from(piece.end));
                ("between", None)
            }
            Part::Records(share) => ("records", share.as_ref()),
            Part::Table(share) => ("table", share.as_ref()),
        };
        text += "&part=";
        text += name;
        if let Some(share) = share {
            text += "&regions=";
            text += &regions::write(&share.wants);
            if let Some((reference, position)) = share.after {
                text += &format!("&after={reference}:{position}");
            }
        }
        if let Some(recipient) = self.recipient {
            text += &format!("&recipient={}", recipient.to_base64url());
        }
        let columns = Query { regions: None, is_header_only: false, ..self.query.clone() };
        match columns.to_query_string() {
            Some(own) if !own.is_empty() => text + "&" + &own,
            _ => text,
        }
    }

    /// Reads what [`Block::to_path_and_query`] has written.
    ///
    /// # Errors
    ///
    /// It was not written by this version of the program.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let fault = || Error::new(ErrorKind::NotFound, "this URL is not one of a ticket of this server");
        let (path, raw) = text.split_once('?').ok_or_else(fault)?;
        let (endpoint, id) = path.split_once('/').ok_or_else(fault)?;
        let endpoint = Endpoint::from_name(endpoint).ok_or_else(fault)?;
        let id = percent_decode_str(id).decode_utf8().map_err(|_| fault())?;
        let get = |name: &str| {
            raw.split('&').find_map(|pair| pair.split_once('=').filter(|(n, _)| *n == name).map(|(_, v)| v))
        };
        let number = |text: Option<&str>| text.and_then(|t| t.parse::<u64>().ok()).ok_or_else(fault);
        let share = || {
            let Some(list) = get("regions") else { return Ok(None) };
            let wants = regions::read(list).ok_or_else(fault)?;
            let after = get("after").map(|text| regions::place(text).ok_or_else(fault)).transpose()?;
            Ok::<_, Error>(Some(Share { wants, after }))
        };
        let part = match get("part").ok_or_else(fault)? {
            "header" => Part::Header,
            "end" => Part::End,
            "bytes" => {
                let (start, end) = get("bytes").and_then(|t| t.split_once('-')).ok_or_else(fault)?;
                Part::Bytes(number(Some(start))?..number(Some(end))?)
            }
            "between" => Part::Between(Piece {
                start: VirtualPosition::from(number(get("from"))?),
                end: VirtualPosition::from(number(get("to"))?),
            }),
            "records" => Part::Records(share()?),
            "table" => Part::Table(share()?),
            _ => return Err(fault()),
        };
        let recipient = get("recipient").map(|text| text.parse().map_err(|_| fault())).transpose()?;
        Ok(Self {
            recipient,
            query: Query::from_get(endpoint, &id, raw)?,
            source: get("source").and_then(Format::from_name).ok_or_else(fault)?,
            version: get("version").ok_or_else(fault)?.to_owned(),
            part,
        })
    }
}

#[cfg(test)]
mod tests;
