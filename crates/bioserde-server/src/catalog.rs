//! Ids to open files, which are kept as long as they fit a number of bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bioserde_htsget::{Endpoint, Error, ErrorKind, Format, Query};
use bioserde_resolve::Locations;
use prometheus_client::metrics::counter::Counter;
use quick_cache::sync::Cache;
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter, sync::DefaultLifecycle};

use crate::failure::Failure;
use crate::served::{Data, Form, Opener, Served, Shared, Stamp, spec};

/// For so long a file is taken to be what it was: tickets then cost no call of the file system.
const TRUSTED: Duration = Duration::from_secs(1);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    form: Form,
    id: String,
}

#[derive(Clone, Debug)]
struct Entry {
    served: Shared,
    /// Milliseconds from the catalog's start to the last look at the file.
    looked: Arc<AtomicU64>,
}

/// Open files that are kept, at most: each has a file descriptor.
const FILES: u64 = 256;

/// The least weight of an entry is such that no more than [`FILES`] fit.
#[derive(Clone, Debug)]
struct Memory {
    least: u64,
}

impl Weighter<Key, Entry> for Memory {
    fn weight(&self, key: &Key, entry: &Entry) -> u64 {
        (entry.served.memory() + key.id.len() as u64).max(self.least)
    }
}

/// Every id that is served.
#[derive(Debug)]
pub(crate) struct Catalog {
    locations: Arc<Locations>,
    opener: Opener,
    entries: Cache<Key, Entry, Memory>,
    started: Instant,
    opened: Counter<u64, AtomicU64>,
}

impl Catalog {
    pub(crate) fn new(
        locations: Locations,
        opener: Opener,
        bytes: u64,
        opened: Counter<u64, AtomicU64>,
    ) -> Self {
        let options = OptionsBuilder::new()
            .estimated_items_capacity(1000)
            .weight_capacity(bytes)
            // One shard, so that a file may take all of the capacity.
            .shards(1)
            .build();
        let entries = match options {
            Ok(options) => Cache::with_options(
                options,
                Memory { least: bytes / FILES },
                DefaultHashBuilder::default(),
                DefaultLifecycle::default(),
            ),
            Err(_) => Cache::with_weighter(1000, bytes, Memory { least: bytes / FILES }),
        };
        Self { locations: Arc::new(locations), opener, entries, started: Instant::now(), opened }
    }

    pub(crate) fn locations(&self) -> &Arc<Locations> {
        &self.locations
    }

    /// How many files are open, and the memory that they take.
    pub(crate) fn size(&self) -> (usize, u64) {
        (self.entries.len(), self.entries.weight())
    }

    /// The file that answers a query.
    pub(crate) async fn of_query(&self, query: &Query) -> Result<Shared, Failure> {
        let own = query.format.filter(|format| !format.is_extension());
        let served = self.open(query.endpoint, &query.id, own).await?;
        // Tables are made of records.
        let is_table = query.format.is_some_and(Format::is_extension);
        match &served.data {
            Data::Containers(_) if is_table => self.open(query.endpoint, &query.id, Some(Format::Bam)).await,
            _ => Ok(served),
        }
    }

    /// The file of an id: of the wanted format, or of the first that the endpoint has, its default
    /// first. A CRAM is decoded where BAM is wanted and is not there.
    pub(crate) async fn open(
        &self,
        endpoint: Endpoint,
        id: &str,
        format: Option<Format>,
    ) -> Result<Shared, Failure> {
        let formats = || Format::of(endpoint).filter(|f| !f.is_extension());
        for candidate in formats().filter(|f| format.is_none_or(|wanted| wanted == *f)) {
            if let Some(served) = self.of_form(Form::own(candidate), id).await? {
                return Ok(served);
            }
        }
        if format == Some(Format::Bam)
            && let Some(served) = self.of_form(Form::CRAM_AS_BAM, id).await?
        {
            return Ok(served);
        }
        if let Some(wanted) = format {
            for other in formats().filter(|f| *f != wanted) {
                if self.of_form(Form::own(other), id).await?.is_some() {
                    let message = format!("`{}` is not there as {wanted}", excerpt(id));
                    let error = Error::new(ErrorKind::UnsupportedFormat, message);
                    return Err(error.with_hint(format!("ask for format={other}")).into());
                }
            }
        }
        Err(Failure::new(ErrorKind::NotFound, format!("there is no `{}` among the {endpoint}", excerpt(id))))
    }

    async fn of_form(&self, form: Form, id: &str) -> Result<Option<Shared>, Failure> {
        let Some(spec) = spec(form.file) else { return Ok(None) };
        let key = Key { form, id: id.to_owned() };
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let known = self.entries.get(&key);
        let trusted = u64::try_from(TRUSTED.as_millis()).unwrap_or(u64::MAX);
        if let Some(entry) = &known
            && now.saturating_sub(entry.looked.load(Ordering::Relaxed)) < trusted
        {
            return Ok(Some(Arc::clone(&entry.served)));
        }
        let locations = Arc::clone(&self.locations);
        let owned = id.to_owned();
        let look = tokio::task::spawn_blocking(move || {
            let object = locations.find(&owned, spec.suffixes).map_err(|e| failed(&e))?;
            object.map(|object| Stamp::of(object, spec).map_err(|e| failed(&e))).transpose()
        });
        let Some(stamp) = look.await.map_err(|e| failed(&e))?? else {
            self.entries.remove(&key);
            return Ok(None);
        };
        if let Some(entry) = known.filter(|entry| entry.served.stamp == stamp) {
            entry.looked.store(now, Ordering::Relaxed);
            return Ok(Some(entry.served));
        }
        self.entries.remove_if(&key, |entry| entry.served.stamp != stamp);
        let load = async {
            self.opened.inc();
            let opener = self.opener.clone();
            let served = tokio::task::spawn_blocking(move || {
                let served = Served::open(form, stamp, &opener)?;
                let is_current = served.is_current();
                Ok::<_, Failure>((served, is_current))
            });
            let (served, is_current) = served.await.map_err(|e| failed(&e))??;
            if !is_current {
                return Err(Failure::new(
                    ErrorKind::ServiceUnavailable,
                    "the file behind this id is being replaced",
                ));
            }
            Ok(Entry { served: Arc::new(served), looked: Arc::new(AtomicU64::new(now)) })
        };
        Ok(Some(self.entries.get_or_insert_async(&key, load).await?.served))
    }
}

fn failed(error: &(dyn std::error::Error + 'static)) -> Failure {
    tracing::error!(error = %crate::failure::Chain(error), "a file cannot be looked up");
    Failure::internal("the file behind this id cannot be looked up")
}

/// The beginning of an id, fit for a message.
fn excerpt(id: &str) -> String {
    id.chars().take(100).map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
