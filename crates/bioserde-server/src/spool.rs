//! Replies that have to be made as a whole before any of them can be sent: they are made once, in a file.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bioserde_htsget::{Error, ErrorKind};
use bioserde_storage::Source;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};
use tempfile::TempDir;

use crate::content::Content;
use crate::failure::{Chain, Failure};
use crate::state::{Effort, State};
use crate::stopping::Stopping;

/// A file that is gone from its folder, and from the disk as soon as nobody reads it.
#[derive(Clone, Debug)]
struct Spooled(Arc<Source>);

/// Files that are kept, at most: each is open.
const FILES: u64 = 128;

/// The least weight of a file is such that no more than [`FILES`] fit.
#[derive(Clone, Debug)]
struct Size {
    least: u64,
}

impl Weighter<String, Spooled> for Size {
    fn weight(&self, _: &String, spooled: &Spooled) -> u64 {
        spooled.0.size().unwrap_or(0).max(self.least)
    }
}

/// The files, by the URL that they answer, as many as a number of bytes holds.
#[derive(Debug)]
pub(crate) struct Spool {
    folder: TempDir,
    files: Cache<String, Spooled, Size>,
    /// The most that one file may have, and all that are kept.
    bytes: u64,
    /// Those who wait, by URL.
    asked: Mutex<HashMap<String, Weak<()>>>,
}

impl Spool {
    /// A spool in a folder, or in the system's folder for such files.
    pub(crate) fn new(folder: Option<&Path>, bytes: u64) -> io::Result<Self> {
        let name = tempfile::Builder::new().prefix("bioserde-").to_owned();
        let folder = match folder {
            Some(folder) => name.tempdir_in(folder)?,
            None => name.tempdir()?,
        };
        let options = OptionsBuilder::new()
            .estimated_items_capacity(1000)
            .weight_capacity(bytes)
            .shards(1)
            .build()
            .map_err(io::Error::other)?;
        let size = Size { least: bytes / FILES };
        let files =
            Cache::with_options(options, size, DefaultHashBuilder::default(), DefaultLifecycle::default());
        Ok(Self { folder, files, bytes, asked: Mutex::default() })
    }

    /// How many files there are, and their bytes.
    pub(crate) fn size(&self) -> (usize, u64) {
        (self.files.len(), self.files.weight())
    }

    /// Holds the place of one who waits for a file.
    fn ask(&self, key: &str) -> Arc<()> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = asked.get(key).and_then(Weak::upgrade) {
            return held;
        }
        asked.retain(|_, held| held.strong_count() > 0);
        let held = Arc::new(());
        asked.insert(key.to_owned(), Arc::downgrade(&held));
        held
    }

    /// The file of a URL; `make` writes it to a path if it is not there.
    ///
    /// Requests for one that is being made wait for it. It is made on for a while when nobody waits any
    /// more, since a client that gave up may ask again.
    pub(crate) async fn get(
        state: &Arc<State>,
        key: &str,
        effort: Effort,
        make: impl FnOnce(&Path, &Stopping) -> Result<(), Failure> + Send + 'static,
    ) -> Result<Content, Failure> {
        let waits = state.spool.ask(key);
        let (state, key, asked) = (Arc::clone(state), key.to_owned(), Arc::downgrade(&waits));
        let kept = tokio::spawn(async move {
            let (folder, bytes) = (state.spool.folder.path().to_owned(), state.spool.bytes);
            let down = state.stopping.clone();
            let made = state.work(effort, move || spool(&folder, bytes, &down, asked, make));
            state.spool.files.get_or_insert_async(&key, made).await
        });
        let kept = kept.await;
        drop(waits);
        let Spooled(source) = kept.map_err(|e| {
            tracing::error!(error = %e, "work was given up");
            Failure::internal("the server failed")
        })??;
        let mut content = Content::default();
        content.push_file(&source, 0..source.size().unwrap_or(0));
        Ok(content)
    }
}

fn spool(
    folder: &Path,
    bytes: u64,
    down: &Stopping,
    asked: Weak<()>,
    make: impl FnOnce(&Path, &Stopping) -> Result<(), Failure>,
) -> Result<Spooled, Failure> {
    let failed = |e: &(dyn std::error::Error + 'static)| {
        tracing::error!(error = %Chain(e), "the spool cannot be used");
        Failure::internal("the server cannot keep the reply")
    };
    // Removed at the end of this function, on every way out.
    let folder = tempfile::tempdir_in(folder).map_err(|e| failed(&e))?;
    let stopping = down.of_job(asked, folder.path().to_owned(), bytes);
    if stopping.is_unasked() {
        return Err(Failure::new(ErrorKind::ServiceUnavailable, "nobody waits for the reply any more"));
    }
    let path = folder.path().join("reply");
    let made = make(&path, &stopping);
    if stopping.is_too_large() {
        let error = Error::new(ErrorKind::PayloadTooLarge, format!("the reply has more than {bytes} bytes"));
        return Err(error.with_hint("ask for a smaller region").into());
    }
    made?;
    let source = Source::open(&path.to_string_lossy()).map_err(|e| failed(&e))?;
    Ok(Spooled(Arc::new(source)))
}
