//! What all requests share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bioserde_htsget::{Endpoint, ErrorKind, Format, ServiceInfo};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::sync::Semaphore;

use crate::auth::Auth;
use crate::catalog::Catalog;
use crate::config::{Config, Limits, Tickets};
use crate::content::Content;
use crate::datasets::Latest;
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::page::Page;
use crate::serve::ServeError;
use crate::served::Opener;
use crate::signature::Signer;
use crate::spool::Spool;
use crate::stopping::Stopping;

/// What all requests share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) catalog: Catalog,
    pub(crate) signer: Signer,
    /// How tickets are made.
    pub(crate) tickets: Tickets,
    /// What URLs begin with, without `/` at the end; the request's host when absent.
    pub(crate) public_url: Option<String>,
    /// What a request may ask for.
    pub(crate) limits: Limits,
    /// Who may read what; everyone everything when absent.
    pub(crate) auth: Option<Auth>,
    /// Whether URLs begin with `https`, where nothing is configured.
    pub(crate) is_tls: bool,
    reads: ServiceInfo,
    variants: ServiceInfo,
    /// Slices that were made, by their URL.
    pub(crate) slices: Cache<String, Arc<Content>, Memory>,
    pub(crate) spool: Spool,
    /// The web page and the lists that it shows; nothing where there is none.
    pub(crate) page: Option<Page>,
    pub(crate) datasets: Latest,
    pub(crate) metrics: Metrics,
    /// Is set when the server goes down: long work gives up.
    pub(crate) stopping: Stopping,
    /// Work that inflates or encodes.
    permits: Arc<Semaphore>,
    /// Work that takes every processor.
    large: Arc<Semaphore>,
    /// Large work that waits.
    waiting: AtomicUsize,
}

/// Large work at once, and that may wait for it.
const LARGE: usize = 2;
const WAITING: usize = 32;

/// A place in the queue of large work.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Result<Self, Failure> {
        let place = Self(count);
        if count.fetch_add(1, Ordering::Relaxed) >= WAITING {
            return Err(Failure::new(ErrorKind::ServiceUnavailable, "too many tables are being made"));
        }
        Ok(place)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How much of the server a piece of work takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Effort {
    /// One thread and little memory.
    Small,
    /// Every processor, and memory for units of rows: there are two such at once.
    Large,
}

/// Slices that are kept, at most: each may keep a file open.
const SLICES: u64 = 128;

/// The least weight of a slice is such that no more than [`SLICES`] fit.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    least: u64,
}

impl Weighter<String, Arc<Content>> for Memory {
    fn weight(&self, key: &String, content: &Arc<Content>) -> u64 {
        (key.len() as u64 + content.in_memory()).max(self.least)
    }
}

impl State {
    pub(crate) fn new(config: &Config) -> Result<Self, ServeError> {
        let secret = config.tickets.read_secret()?;
        let info =
            |endpoint, fields| config.service.info(endpoint, Format::of(endpoint).collect(), fields, true);
        let metrics = Metrics::new();
        let slices_bytes = config.cache.slices_bytes.bytes();
        let state = Self {
            catalog: Catalog::new(
                config.locations()?,
                Opener { keys: config.crypt4gh.read_keys()?, references: config.cram.open_references()? },
                config.cache.datasets_bytes.bytes(),
                metrics.opened.clone(),
            ),
            signer: match secret {
                Some(secret) => Signer::new(secret.bytes()),
                None => Signer::random().ok_or(ServeError::Random)?,
            },
            tickets: config.tickets.clone(),
            public_url: config.public_url.as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned()),
            limits: config.limits.clone(),
            auth: config.auth.as_ref().map(Auth::new).transpose()?,
            is_tls: config.tls.is_some(),
            reads: info(Endpoint::Reads, true),
            variants: info(Endpoint::Variants, false),
            slices: Cache::with_weighter(1000, slices_bytes, Memory { least: slices_bytes / SLICES }),
            spool: Spool::new(config.spool.folder.as_deref(), config.spool.bytes.bytes())
                .map_err(ServeError::Spool)?,
            page: None,
            datasets: Latest::default(),
            metrics,
            stopping: Stopping::default(),
            permits: Arc::new(Semaphore::new(config.limits.concurrency())),
            large: Arc::new(Semaphore::new(LARGE)),
            waiting: AtomicUsize::new(0),
        };
        Ok(Self { page: Page::new(config, state.public_path()), ..state })
    }

    /// The path of the public URL, without `/` at the end.
    pub(crate) fn public_path(&self) -> &str {
        let after_scheme = self.public_url.as_deref().and_then(|url| url.split_once("://"));
        let path = after_scheme.and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)));
        path.unwrap_or_default()
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
        effort: Effort,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let permit = match effort {
            Effort::Small => Arc::clone(&self.permits).acquire_owned().await,
            Effort::Large => {
                let _waiting = Waiting::new(&self.waiting)?;
                Arc::clone(&self.large).acquire_owned().await
            }
        };
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
