//! What all requests share.

use std::sync::Arc;
use std::time::Duration;

use bioserde_htsget::{Endpoint, Error, ErrorKind, Format, ServiceInfo};
use bioserde_resolve::Locations;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::sync::Semaphore;

use crate::catalog::Catalog;
use crate::content::Content;
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::signature::Signer;
use crate::spool::Spool;

/// Whether parts of a reply stand in its ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inline {
    /// Where they are small.
    Auto,
    /// Never: some readers know no `data:` URLs.
    Never,
}

/// What the URLs of a ticket stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Records, which are cut out when they are fetched.
    Exact,
    /// Blocks of the file, as they could be fetched from where it is stored; the edges stand in the ticket.
    Block,
}

/// How tickets are made.
#[derive(Clone, Debug)]
pub(crate) struct TicketPolicy {
    /// What URLs begin with, without `/` at the end; the request's host when absent.
    pub(crate) public_url: Option<String>,
    pub(crate) inline: Inline,
    pub(crate) mode: Mode,
    /// About the largest part, in bytes of the file.
    pub(crate) piece_bytes: u64,
    /// How long URLs can be used.
    pub(crate) lifetime: Duration,
}

/// What a request may ask for.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) body_bytes: usize,
    pub(crate) regions: usize,
    pub(crate) request_time: Duration,
}

/// What all requests share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) catalog: Catalog,
    pub(crate) signer: Signer,
    pub(crate) tickets: TicketPolicy,
    pub(crate) limits: Limits,
    /// Whether URLs begin with `https`, where nothing is configured.
    pub(crate) is_tls: bool,
    reads: ServiceInfo,
    variants: ServiceInfo,
    /// Slices that were made, by their URL.
    pub(crate) slices: Cache<String, Arc<Content>, Memory>,
    pub(crate) spool: Spool,
    pub(crate) metrics: Metrics,
    /// Work that inflates or encodes.
    permits: Arc<Semaphore>,
}

#[derive(Clone, Debug)]
pub(crate) struct Memory;

impl Weighter<String, Arc<Content>> for Memory {
    fn weight(&self, key: &String, content: &Arc<Content>) -> u64 {
        key.len() as u64 + content.in_memory()
    }
}

/// What a server is made of.
pub(crate) struct Parts {
    pub(crate) locations: Locations,
    pub(crate) secret: Option<Vec<u8>>,
    pub(crate) tickets: TicketPolicy,
    pub(crate) limits: Limits,
    pub(crate) is_tls: bool,
    /// Its endpoint and formats are filled in.
    pub(crate) service: ServiceInfo,
    pub(crate) datasets_bytes: u64,
    pub(crate) slices_bytes: u64,
    pub(crate) spool: Spool,
    /// Work that inflates or encodes, at once.
    pub(crate) concurrent: usize,
}

impl State {
    pub(crate) fn new(parts: Parts) -> Result<Self, Error> {
        let describe = |endpoint| ServiceInfo {
            endpoint,
            formats: Format::of(endpoint).collect(),
            is_fields_effective: endpoint == Endpoint::Reads,
            is_tags_effective: true,
            ..parts.service.clone()
        };
        Ok(Self {
            reads: describe(Endpoint::Reads),
            variants: describe(Endpoint::Variants),
            catalog: Catalog::new(parts.locations, parts.datasets_bytes),
            signer: parts.secret.map_or_else(Signer::random, |secret| Ok(Signer::new(&secret)))?,
            tickets: parts.tickets,
            limits: parts.limits,
            is_tls: parts.is_tls,
            slices: Cache::with_weighter(1000, parts.slices_bytes, Memory),
            spool: parts.spool,
            metrics: Metrics::new(),
            permits: Arc::new(Semaphore::new(parts.concurrent.max(1))),
        })
    }

    /// The description of an endpoint.
    pub(crate) fn service(&self, endpoint: Endpoint) -> &ServiceInfo {
        match endpoint {
            Endpoint::Reads => &self.reads,
            Endpoint::Variants => &self.variants,
        }
    }

    /// Runs work that takes a processor, as much of it at once as is allowed.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit =
            permit.map_err(|_| Failure::new(ErrorKind::ServiceUnavailable, "the server is going down"))?;
        let run = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        run.await.map_err(|e| {
            tracing::error!(error = %e, "work was given up");
            Failure::internal("the server failed")
        })?
    }
}
