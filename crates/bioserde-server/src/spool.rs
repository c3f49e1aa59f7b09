//! Replies that have to be made as a whole before any of them can be sent: they are made once, in a file.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bioserde_storage::Source;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};
use tempfile::TempDir;

use crate::content::Content;
use crate::failure::{Chain, Failure};
use crate::state::{Effort, State};

/// A file that is gone from its folder, and from the disk as soon as nobody reads it.
#[derive(Clone, Debug)]
struct Spooled(Arc<Source>);

#[derive(Clone, Debug)]
struct Size;

impl Weighter<String, Spooled> for Size {
    fn weight(&self, _: &String, spooled: &Spooled) -> u64 {
        spooled.0.size().unwrap_or(0).max(4096)
    }
}

/// The files, by the URL that they answer, as many as a number of bytes holds.
#[derive(Debug)]
pub(crate) struct Spool {
    folder: TempDir,
    files: Cache<String, Spooled, Size>,
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
        let files =
            Cache::with_options(options, Size, DefaultHashBuilder::default(), DefaultLifecycle::default());
        Ok(Self { folder, files })
    }

    /// How many files there are, and their bytes.
    pub(crate) fn size(&self) -> (usize, u64) {
        (self.files.len(), self.files.weight())
    }

    /// The file of a URL; `make` writes it to a path if it is not there.
    ///
    /// Requests for one that is being made wait for it. It is made to the end even if nobody waits any
    /// more: a client that gave up asks again.
    pub(crate) async fn get(
        state: &Arc<State>,
        key: &str,
        effort: Effort,
        make: impl FnOnce(&Path) -> Result<(), Failure> + Send + 'static,
    ) -> Result<Content, Failure> {
        let (state, key) = (Arc::clone(state), key.to_owned());
        let kept = tokio::spawn(async move {
            let folder = state.spool.folder.path().to_owned();
            let made = state.work(effort, move || spool(folder, make));
            state.spool.files.get_or_insert_async(&key, made).await
        });
        let Spooled(source) = kept.await.map_err(|e| {
            tracing::error!(error = %e, "work was given up");
            Failure::internal("the server failed")
        })??;
        let mut content = Content::default();
        content.push_file(&source, 0..source.size().unwrap_or(0));
        Ok(content)
    }
}

fn spool(folder: PathBuf, make: impl FnOnce(&Path) -> Result<(), Failure>) -> Result<Spooled, Failure> {
    let failed = |e: &(dyn std::error::Error + 'static)| {
        tracing::error!(error = %Chain(e), "the spool cannot be used");
        Failure::internal("the server cannot keep the reply")
    };
    // Removed at the end of this function, on every way out.
    let folder = tempfile::tempdir_in(folder).map_err(|e| failed(&e))?;
    let path = folder.path().join("reply");
    make(&path)?;
    let source = Source::open(&path.to_string_lossy()).map_err(|e| failed(&e))?;
    Ok(Spooled(Arc::new(source)))
}
