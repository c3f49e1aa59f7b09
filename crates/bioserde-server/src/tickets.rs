//! Tickets: what a query's answer is made of, without making it.

use bioserde_core::Compression;
use bioserde_crypt4gh::PublicKey;
use bioserde_htsget::{Class, Error, ErrorKind, Query, QueryRegion, Ticket, TicketUrl};
use bioserde_read::{CramDataset, Part as SlicePart, Piece, Share, Slice, Want};

use crate::access::Grant;
use crate::block::{Block, Part};
use crate::config::{Inline, TicketMode};
use crate::containers;
use crate::failure::Failure;
use crate::served::{Data, Served, Shared};
use crate::state::{Effort, State};

/// Regions of a URL: it has to be shorter than the 8 KiB that proxies take.
const REGIONS_OF_A_URL: usize = 150;
/// Regions of a URL of CRAM: two containers of each may have to be decoded and kept in memory.
const REGIONS_OF_CONTAINERS: usize = 16;
/// The most bytes of edges in a ticket: the specification asks for no more than a few MB of `data:` URIs.
const INLINE_BYTES: u64 = 2 << 20;
/// Records that are encoded anew are spooled: so many bytes of the file at a time.
const REWRITTEN_BYTES: u64 = 64 << 20;

/// A request, once it was found to be allowed.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) query: Query,
    pub(crate) grant: Grant,
    /// Whom the data are encrypted for.
    pub(crate) recipient: Option<PublicKey>,
}

/// The answer to a query, as JSON.
///
/// # Errors
///
/// There is no such file, format or reference sequence, or the file is faulty.
pub(crate) async fn ticket(state: &State, base: &str, asked: Asked) -> Result<String, Failure> {
    let Asked { query, grant, recipient } = asked;
    let served = state.catalog.of_query(&query).await?;
    grant.covers(&query, &served)?;
    let selected = select(state, &served, &query)?;
    let format = query.format.unwrap_or(served.format);
    let plan = Plan { state, base, served: &served, query: &query, expires: grant.expires, recipient };
    let urls = if format.is_extension() {
        plan.table(selected)?
    } else if recipient.is_some() {
        plan.file(selected)?
    } else if query.is_header_only {
        vec![plan.header()?, plan.end()?]
    } else {
        let mut urls = vec![plan.header()?];
        urls.extend(plan.body(selected).await?);
        urls.push(plan.end()?);
        urls
    };
    Ok(Ticket::new(format, urls).to_json())
}

/// The regions of a query by number; nothing when it has none.
///
/// # Errors
///
/// A reference sequence is not known, or there are too many regions.
pub(crate) fn select(state: &State, served: &Served, query: &Query) -> Result<Option<Vec<Want>>, Error> {
    let regions = query.regions.as_deref().unwrap_or_default();
    if regions.len() > state.limits.regions {
        let message =
            format!("there are {} regions, and {} are allowed", regions.len(), state.limits.regions);
        return Err(Error::new(ErrorKind::PayloadTooLarge, message).with_hint("send several requests"));
    }
    for region in regions.iter().map(QueryRegion::reference_name).filter(|name| *name != "*") {
        served.number(region)?;
    }
    query.selected().map(|regions| served.wants(&regions)).transpose()
}

/// Whether a query keeps all columns of its records.
pub(crate) fn keeps_all(query: &Query) -> bool {
    query.fields.is_none() && query.tags == bioserde_htsget::TagSelection::All && query.notags.is_empty()
}

struct Plan<'a> {
    state: &'a State,
    base: &'a str,
    served: &'a Shared,
    query: &'a Query,
    expires: u64,
    recipient: Option<PublicKey>,
}

impl Plan<'_> {
    fn header(&self) -> Result<TicketUrl, Failure> {
        match self.served.header_url().filter(|_| self.state.tickets.inline == Inline::Auto) {
            Some(url) => Ok(url.clone()),
            None => self.url(Part::Header, Class::Header),
        }
    }

    /// The marker is no header, so that a client that keeps the header of one reply for the next does
    /// not keep the marker with it.
    fn end(&self) -> Result<TicketUrl, Failure> {
        match self.state.tickets.inline {
            Inline::Auto => Ok(TicketUrl::inline(self.served.end).with_class(Class::Body)),
            Inline::Never => self.url(Part::End, Class::Body),
        }
    }

    fn table(&self, selected: Option<Vec<Want>>) -> Result<Vec<TicketUrl>, Failure> {
        let share = selected.map(|wants| in_one(wants, "a table is one URL")).transpose()?;
        Ok(vec![self.url(Part::Table(share), Class::Body)?])
    }

    /// Parts that are encrypted apart are no encrypted file when they are joined.
    fn file(&self, selected: Option<Vec<Want>>) -> Result<Vec<TicketUrl>, Failure> {
        let selected = if self.query.is_header_only { Some(Vec::new()) } else { selected };
        let share = selected.map(|wants| in_one(wants, "an encrypted file is one URL")).transpose()?;
        Ok(vec![self.url(Part::Records(share), Class::Body)?])
    }

    async fn body(&self, selected: Option<Vec<Want>>) -> Result<Vec<TicketUrl>, Failure> {
        let dataset = match &self.served.data {
            Data::Records { dataset, .. } => dataset,
            Data::Containers(cram) => return self.containers(cram, selected).await,
        };
        let is_exact = keeps_all(self.query) && dataset.compression() == Compression::Bgzf;
        let bytes = self.state.tickets.piece_bytes.bytes();
        let parts = match (selected, is_exact) {
            (None, true) => match self.pieces(bytes).await? {
                Some(pieces) => pieces.into_iter().map(Part::Between).collect(),
                None => vec![Part::Records(None)],
            },
            (None, false) if self.served.is_decoded() => {
                let pieces = self.pieces(bytes.min(REWRITTEN_BYTES)).await?.unwrap_or_default();
                pieces.into_iter().map(Part::Between).collect()
            }
            (None, false) => vec![Part::Records(None)],
            (Some(wants), _) if wants.is_empty() => Vec::new(),
            (Some(wants), _) => {
                let bytes = if is_exact { bytes } else { bytes.min(REWRITTEN_BYTES) };
                match dataset.divide(&wants, bytes, REGIONS_OF_A_URL)? {
                    Some(shares) => shares.into_iter().map(|share| Part::Records(Some(share))).collect(),
                    // Without an index the whole file is looked through.
                    None => {
                        vec![Part::Records(Some(in_one(wants, "the file has no index, or is not sorted")?))]
                    }
                }
            }
        };
        self.parts(parts, is_exact).await
    }

    /// The URLs of parts; where these are made of the file's own blocks, perhaps those of the blocks.
    async fn parts(&self, parts: Vec<Part>, is_sliced: bool) -> Result<Vec<TicketUrl>, Failure> {
        if is_sliced && self.state.tickets.mode == TicketMode::Block {
            let blocks = self.blocks(&parts).await?;
            if let Some(urls) = blocks {
                return Ok(urls);
            }
        }
        parts.into_iter().map(|part| self.url(part, Class::Body)).collect()
    }

    /// Containers: those of regions cut at records where that can be, else whole ones as they stand in the
    /// file.
    async fn containers(
        &self,
        cram: &CramDataset,
        selected: Option<Vec<Want>>,
    ) -> Result<Vec<TicketUrl>, Failure> {
        if let Some(wants) = selected.as_ref().filter(|_| cram.is_exact()) {
            let bytes = self.state.tickets.piece_bytes.bytes();
            let shares = match cram.divide(wants, bytes, REGIONS_OF_CONTAINERS) {
                Some(shares) => shares,
                None => vec![in_one(wants.clone(), "the file is not sorted")?],
            };
            let parts = shares.into_iter().map(|share| Part::Records(Some(share)));
            return self.parts(parts.collect(), true).await;
        }
        let (served, bytes) = (Shared::clone(self.served), self.state.tickets.piece_bytes.bytes());
        let ranges = self
            .state
            .work(Effort::Small, move || containers::ranges(&served, selected.as_deref(), bytes))
            .await?;
        ranges.into_iter().map(|range| self.url(Part::Bytes(range), Class::Body)).collect()
    }

    async fn pieces(&self, bytes: u64) -> Result<Option<Vec<Piece>>, Failure> {
        let served = Shared::clone(self.served);
        self.state.work(Effort::Small, move || Ok(served.records()?.0.divide_all(bytes)?)).await
    }

    /// The blocks of the file that parts are made of, with edges that are made for them; nothing when
    /// the edges are more than a ticket should hold.
    async fn blocks(&self, parts: &[Part]) -> Result<Option<Vec<TicketUrl>>, Failure> {
        let (served, parts) = (Shared::clone(self.served), parts.to_vec());
        let slices = self.state.work(Effort::Small, move || slices(&served, &parts)).await?;
        let Some(slices) = slices else { return Ok(None) };
        let url = |part: &SlicePart| match part {
            SlicePart::Encoded(bytes) => Ok(TicketUrl::inline(bytes).with_class(Class::Body)),
            SlicePart::Raw(range) => self.url(Part::Bytes(range.clone()), Class::Body),
        };
        slices.iter().flat_map(Slice::parts).map(url).collect::<Result<_, _>>().map(Some)
    }

    fn url(&self, part: Part, class: Class) -> Result<TicketUrl, Failure> {
        let query = Query { regions: None, is_header_only: false, is_encrypted: false, ..self.query.clone() };
        let query = match part {
            Part::Records(_) | Part::Table(_) => query,
            Part::Between(_) if self.served.is_decoded() => query,
            _ => Query::new(query.endpoint, query.id),
        };
        let (source, version) = (self.served.format, self.served.version.clone());
        let block = Block { query, source, version, part, recipient: self.recipient };
        let signed = self.state.signer.sign(&block.to_path_and_query(), self.expires);
        let url = TicketUrl::http(format!("{}/data/{signed}", self.base), []);
        Ok(url
            .map_err(|e| Error::new(ErrorKind::InvalidInput, format!("the URL cannot be written: {e}")))?
            .with_class(class))
    }
}

/// Regions that cannot be divided.
///
/// # Errors
///
/// `PayloadTooLarge`: they are too many for a URL.
fn in_one(wants: Vec<Want>, why: &str) -> Result<Share, Error> {
    if wants.len() > REGIONS_OF_A_URL {
        let message = format!("there are {} regions; {why}, and a URL holds {REGIONS_OF_A_URL}", wants.len());
        return Err(Error::new(ErrorKind::PayloadTooLarge, message).with_hint("send several requests"));
    }
    Ok(Share { wants, after: None })
}

/// The slices of parts, as long as their edges are small enough for a ticket.
fn slices(served: &Served, parts: &[Part]) -> Result<Option<Vec<Slice>>, Failure> {
    let (mut slices, mut inline) = (Vec::new(), 0);
    for part in parts {
        let slice = match (part, &served.data) {
            (Part::Between(piece), Data::Records { dataset, .. }) => Some(dataset.slice_piece(*piece)?),
            (Part::Records(Some(share)), Data::Records { dataset, filter }) => {
                dataset.slice(&filter.for_share(share))?
            }
            (Part::Records(Some(share)), Data::Containers(_)) => Some(containers::exact(served, share)?),
            _ => return Ok(None),
        };
        let encoded = slice.iter().flat_map(Slice::parts).filter(|p| matches!(p, SlicePart::Encoded(_)));
        inline += encoded.map(SlicePart::len).sum::<u64>();
        if inline > INLINE_BYTES {
            return Ok(None);
        }
        slices.extend(slice);
    }
    Ok(Some(slices))
}
