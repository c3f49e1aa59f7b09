//! What is served, as a list for people.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bioserde_core::FormatSpec;
use bioserde_htsget::{Endpoint, Format};
use bioserde_resolve::{Listed, Locations, find_index};
use tokio::sync::Mutex;

use crate::failure::Failure;
use crate::served::spec;

/// The names in folders that are looked at for a list.
const NAMES: usize = 10_000;
/// For so long a list is taken to be current.
const CURRENT: Duration = Duration::from_secs(5);

/// A file and the id that it is asked for by.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    pub(crate) endpoint: Endpoint,
    pub(crate) id: String,
    pub(crate) format: Format,
    pub(crate) bytes: u64,
    pub(crate) is_indexed: bool,
}

/// Files by endpoint, id and format.
#[derive(Debug, Default)]
pub(crate) struct Datasets {
    pub(crate) files: Vec<Listing>,
    /// Whether there may be more.
    pub(crate) is_cut: bool,
    /// Folders and files that could not be read.
    pub(crate) unreadable: usize,
}

/// The latest list.
#[derive(Debug, Default)]
pub(crate) struct Latest(Mutex<Option<(Instant, Arc<Datasets>)>>);

impl Latest {
    /// A list that is seconds old at most. Who comes while one is made waits for it.
    ///
    /// # Errors
    ///
    /// It was given up.
    pub(crate) async fn get(&self, locations: &Arc<Locations>) -> Result<Arc<Datasets>, Failure> {
        let mut latest = self.0.lock().await;
        if let Some((_, datasets)) = latest.as_ref().filter(|(made, _)| made.elapsed() < CURRENT) {
            return Ok(Arc::clone(datasets));
        }
        let locations = Arc::clone(locations);
        let made = tokio::task::spawn_blocking(move || Arc::new(list(&locations)));
        let datasets = made.await.map_err(|e| {
            tracing::error!(error = %e, "the list of files was given up");
            Failure::internal("the files cannot be listed")
        })?;
        *latest = Some((Instant::now(), Arc::clone(&datasets)));
        Ok(datasets)
    }
}

fn list(locations: &Locations) -> Datasets {
    let formats = [Endpoint::Reads, Endpoint::Variants].into_iter().flat_map(|endpoint| {
        Format::of(endpoint).filter_map(move |format| Some((endpoint, format, spec(format)?)))
    });
    let formats: Vec<_> = formats.collect();
    let suffixes: Vec<&'static str> =
        formats.iter().flat_map(|(_, _, spec)| spec.suffixes).copied().collect();
    let listing = locations.list(&suffixes, NAMES);
    for path in &listing.unreadable {
        tracing::warn!(path = %path.display(), "what lies there cannot be listed");
    }
    let describe = |Listed { id, suffix, object }: Listed| {
        let of_suffix = |spec: &FormatSpec| spec.suffixes.iter().position(|known| *known == suffix);
        let found = formats.iter().find_map(|(e, f, spec)| Some((*e, *f, *spec, of_suffix(spec)?)));
        let (endpoint, format, spec, place) = found?;
        let is_indexed = object.index.is_some() || find_index(&object.path, spec).is_some();
        let bytes = std::fs::metadata(&object.path).ok()?.len();
        let file = Listing { endpoint, id, format, bytes, is_indexed };
        Some((place, file))
    };
    let mut files: Vec<_> = listing.files.into_iter().filter_map(describe).collect();
    // Of an id with several suffixes of one format the first is served.
    files.sort_by(|(a_place, a), (b_place, b)| {
        (&a.id, a.endpoint, a.format, a_place).cmp(&(&b.id, b.endpoint, b.format, b_place))
    });
    files.dedup_by(|(_, later), (_, first)| {
        (&later.id, later.endpoint, later.format) == (&first.id, first.endpoint, first.format)
    });
    let files = files.into_iter().map(|(_, file)| file).collect();
    Datasets { files, is_cut: listing.is_cut, unreadable: listing.unreadable.len() }
}
