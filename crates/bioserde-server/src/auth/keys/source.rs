use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io::Read};

use arc_swap::ArcSwapOption;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;

use super::{JwksUrl, KeySet, LIMIT};
use crate::auth::config::TokenAlgorithm;
use crate::auth::error::KeysError;
use crate::file_stamp::FileStamp;

/// Where keys come from.
#[derive(Debug)]
pub(in crate::auth) enum Origin {
    Url(JwksUrl),
    JwksFile(PathBuf),
    PublicKey(PathBuf),
}

/// The keys that are in use, and how newer ones are had.
#[derive(Debug)]
pub(in crate::auth) struct KeySource {
    origin: Origin,
    algorithms: Vec<TokenAlgorithm>,
    /// How long keys are used before newer ones are looked for.
    pub(in crate::auth) fresh_for: Duration,
    /// How long it takes at least from one look to the next.
    pub(in crate::auth) interval: Duration,
    loaded: ArcSwapOption<Loaded>,
    /// Whoever holds it is the only one to look for keys.
    attempt: Arc<Mutex<Attempt>>,
}

#[derive(Debug)]
struct Loaded {
    set: Arc<KeySet>,
    at: Instant,
}

#[derive(Debug, Default)]
struct Attempt {
    at: Option<Instant>,
    stamp: Option<FileStamp>,
    reported: Option<(String, Instant)>,
}

/// The same failure is reported again after this time.
const REPORT_AGAIN: Duration = Duration::from_secs(60);

impl KeySource {
    /// Keys of a URL, which are fetched when they are first needed.
    pub(in crate::auth) fn of_url(url: JwksUrl, refresh: Duration, algorithms: Vec<TokenAlgorithm>) -> Self {
        Self::new(Origin::Url(url), refresh, algorithms)
    }

    /// Keys of a file, which is read now.
    pub(in crate::auth) fn of_file(
        origin: Origin,
        algorithms: Vec<TokenAlgorithm>,
    ) -> Result<Self, KeysError> {
        let mut source = Self::new(origin, Duration::from_secs(1), algorithms);
        let mut attempt = Attempt::default();
        if let Some(set) = source.origin.read(&source.algorithms, &mut attempt.stamp)? {
            source.loaded.store(Some(Arc::new(Loaded { set: Arc::new(set), at: Instant::now() })));
        }
        source.attempt = Arc::new(Mutex::new(attempt));
        Ok(source)
    }

    fn new(origin: Origin, fresh_for: Duration, algorithms: Vec<TokenAlgorithm>) -> Self {
        let interval = match origin {
            Origin::Url(_) => Duration::from_secs(10),
            Origin::JwksFile(_) | Origin::PublicKey(_) => Duration::from_secs(1),
        };
        let attempt = Arc::default();
        Self { origin, algorithms, fresh_for, interval, loaded: ArcSwapOption::empty(), attempt }
    }

    /// The keys to use now, or nothing when none could be had so far.
    ///
    /// One caller waits for keys that are due, and the others use the old ones meanwhile.
    pub(in crate::auth) async fn current(self: &Arc<Self>) -> Option<Arc<KeySet>> {
        match self.loaded.load_full() {
            Some(loaded) if loaded.at.elapsed() < self.fresh_for => return Some(Arc::clone(&loaded.set)),
            Some(_) => {
                if let Ok(attempt) = Arc::clone(&self.attempt).try_lock_owned() {
                    self.look(attempt).await;
                }
            }
            None => {
                let attempt = Arc::clone(&self.attempt).lock_owned().await;
                if self.loaded.load().is_none() {
                    self.look(attempt).await;
                }
            }
        }
        self.set()
    }

    /// Other keys than those that did not know a token's, if there are.
    pub(in crate::auth) async fn other_than(self: &Arc<Self>, seen: &Arc<KeySet>) -> Option<Arc<KeySet>> {
        let other = |set: &Arc<KeySet>| !Arc::ptr_eq(set, seen);
        if let Some(set) = self.set().filter(other) {
            return Some(set);
        }
        let attempt = Arc::clone(&self.attempt).lock_owned().await;
        // Whoever held it before may have found them.
        if self.set().is_none_or(|set| !other(&set)) {
            self.look(attempt).await;
        }
        self.set().filter(other)
    }

    fn set(&self) -> Option<Arc<KeySet>> {
        self.loaded.load().as_ref().map(|loaded| Arc::clone(&loaded.set))
    }

    /// Looks for keys in a task of its own, so that a caller who goes away does not break it off.
    async fn look(self: &Arc<Self>, mut attempt: OwnedMutexGuard<Attempt>) {
        if attempt.at.is_some_and(|at| at.elapsed() < self.interval) {
            return;
        }
        let source = Arc::clone(self);
        let task = tokio::spawn(async move {
            let found = source.find(&mut attempt).await;
            attempt.at = Some(Instant::now());
            match found {
                Ok(found) => source.store(found, &mut attempt),
                Err(error) => attempt.report(&error, source.loaded.load().is_some()),
            }
        });
        if let Err(error) = task.await {
            tracing::error!(%error, "the task that looks for the keys of tokens failed");
        }
    }

    async fn find(self: &Arc<Self>, attempt: &mut Attempt) -> Result<Option<KeySet>, KeysError> {
        if let Origin::Url(url) = &self.origin {
            let document = url.fetch().await?;
            return KeySet::from_jwks(url.shown(), &document, &self.algorithms).map(Some);
        }
        let source = Arc::clone(self);
        let mut stamp = attempt.stamp;
        let read = move || {
            let found = source.origin.read(&source.algorithms, &mut stamp);
            (found, stamp)
        };
        let interrupted = |_| KeysError::Interrupted { place: self.origin.place() };
        let (found, stamp) = tokio::task::spawn_blocking(read).await.map_err(interrupted)?;
        attempt.stamp = stamp;
        found
    }

    /// Takes new keys into use. Without new ones the old are those of the origin still.
    fn store(&self, found: Option<KeySet>, attempt: &mut Attempt) {
        let is_new = found.is_some();
        let Some(set) = found.map(Arc::new).or_else(|| self.set()) else {
            return;
        };
        self.loaded.store(Some(Arc::new(Loaded { set, at: Instant::now() })));
        if is_new && attempt.reported.take().is_some() {
            tracing::info!(keys = self.origin.place(), "the keys of tokens are there again");
        }
    }
}

impl Attempt {
    fn report(&mut self, error: &KeysError, has_keys: bool) {
        let reason = chain(error);
        let is_known = |(known, at): &(String, Instant)| *known == reason && at.elapsed() < REPORT_AGAIN;
        if self.reported.as_ref().is_some_and(is_known) {
            return;
        }
        if has_keys {
            tracing::warn!(%reason, "newer keys of tokens cannot be had, the old ones stay in use");
        } else {
            tracing::warn!(%reason, "the keys of tokens cannot be had, no token can be checked");
        }
        self.reported = Some((reason, Instant::now()));
    }
}

fn chain(error: &KeysError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

impl Origin {
    fn place(&self) -> String {
        match self {
            Self::Url(url) => url.shown().to_owned(),
            Self::JwksFile(path) | Self::PublicKey(path) => path.display().to_string(),
        }
    }

    /// The keys of a file; nothing when it is as it was, and for a URL.
    fn read(
        &self,
        algorithms: &[TokenAlgorithm],
        stamp: &mut Option<FileStamp>,
    ) -> Result<Option<KeySet>, KeysError> {
        let (Self::JwksFile(path) | Self::PublicKey(path)) = self else {
            return Ok(None);
        };
        let failed = |source| KeysError::Read { path: path.clone(), source };
        let before = stamp.take();
        // Taken before reading: a change while the file is read is then seen the next time.
        let now = FileStamp::of(path).map_err(failed)?;
        *stamp = Some(now);
        if before == Some(now) {
            return Ok(None);
        }
        let mut content = Vec::new();
        let limit = u64::try_from(LIMIT).unwrap_or(u64::MAX);
        let file = fs::File::open(path).map_err(failed)?;
        file.take(limit.saturating_add(1)).read_to_end(&mut content).map_err(failed)?;
        if content.len() > LIMIT {
            return Err(KeysError::TooLong { place: self.place(), limit: LIMIT });
        }
        let set = match self {
            Self::PublicKey(_) => KeySet::from_pem(&self.place(), &content, algorithms)?,
            _ => KeySet::from_jwks(&self.place(), &content, algorithms)?,
        };
        Ok(Some(set))
    }
}
