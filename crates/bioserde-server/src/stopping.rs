//! When long work is to be given up.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// For so long work goes on that nobody waits for: a client that gave up may ask again.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether long work should give up: the server goes down, nobody waits for the work any more, or what it
/// writes has become too large.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stopping {
    down: Arc<AtomicBool>,
    job: Option<Arc<Job>>,
}

#[derive(Debug)]
struct Job {
    /// Held by those who wait.
    asked: Weak<()>,
    /// When somebody was last seen to wait.
    seen: Mutex<Instant>,
    /// Where it writes, and the most that it may.
    folder: PathBuf,
    bytes: u64,
    is_too_large: AtomicBool,
}

impl Stopping {
    /// Says that the server goes down.
    pub(crate) fn set(&self) {
        self.down.store(true, Ordering::Relaxed);
    }

    /// The same for a piece of work that writes into a folder.
    pub(crate) fn of_job(&self, asked: Weak<()>, folder: PathBuf, bytes: u64) -> Self {
        let (seen, is_too_large) = (Mutex::new(Instant::now()), AtomicBool::new(false));
        let job = Job { asked, seen, folder, bytes, is_too_large };
        Self { down: Arc::clone(&self.down), job: Some(Arc::new(job)) }
    }

    pub(crate) fn is_set(&self) -> bool {
        self.down.load(Ordering::Relaxed)
            || self.job.as_ref().is_some_and(|job| job.is_lost() || job.is_large())
    }

    /// Whether the work has written more than it may.
    pub(crate) fn is_too_large(&self) -> bool {
        self.job.as_ref().is_some_and(|job| job.is_large())
    }

    /// Whether nobody waits, as of now.
    pub(crate) fn is_unasked(&self) -> bool {
        self.job.as_ref().is_some_and(|job| job.asked.strong_count() == 0)
    }
}

impl Job {
    fn is_lost(&self) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if self.asked.strong_count() > 0 {
            *seen = Instant::now();
        }
        seen.elapsed() > PATIENCE
    }

    fn is_large(&self) -> bool {
        if self.is_too_large.load(Ordering::Relaxed) {
            return true;
        }
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().filter_map(Result::ok);
        let written: u64 = entries.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum();
        let is_large = written > self.bytes;
        self.is_too_large.store(is_large, Ordering::Relaxed);
        is_large
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_given_up_for_each_reason() {
        let folder = tempfile::tempdir().unwrap();
        let down = Stopping::default();
        let asked = Arc::new(());
        let job = down.of_job(Arc::downgrade(&asked), folder.path().to_owned(), 3);
        assert!(!job.is_set() && !job.is_unasked());
        drop(asked);
        assert!(job.is_unasked() && !job.is_set());
        std::fs::write(folder.path().join("reply"), "four").unwrap();
        assert!(job.is_set() && job.is_too_large());
        let job = down.of_job(Weak::new(), folder.path().to_owned(), 9);
        assert!(!job.is_set());
        down.set();
        assert!(job.is_set() && !job.is_too_large());
    }
}
