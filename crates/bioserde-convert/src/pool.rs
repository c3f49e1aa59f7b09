use std::sync::mpsc::{Receiver, sync_channel};

use crate::error::{Error, Result};

/// The threads that do the parallel work. Never rayon's global pool: a caller who is in it already
/// would wait for itself.
#[derive(Debug)]
pub struct Pool {
    pool: rayon::ThreadPool,
    threads: usize,
}

/// A result that a task of the pool will give.
#[derive(Debug)]
pub(crate) struct Pending<T>(Receiver<T>);

impl<T> Pending<T> {
    /// Waits for the result.
    pub(crate) fn wait(self) -> Result<T> {
        self.0.recv().map_err(|_| Error::Worker)
    }
}

impl Pool {
    /// A pool of so many threads, or of one for each processor.
    ///
    /// # Errors
    ///
    /// The operating system refuses.
    pub fn new(threads: Option<usize>) -> Result<Self> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.unwrap_or(0))
            .thread_name(|i| format!("bioserde-{i}"))
            // The task's sender is dropped, and `wait` tells.
            .panic_handler(|_| {})
            .build()
            .map_err(|e| Error::Pool(Box::new(e)))?;
        let threads = pool.current_num_threads();
        Ok(Self { pool, threads })
    }

    /// How many threads there are.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Runs a task on the pool, after those given before.
    pub(crate) fn submit<T: Send + 'static>(&self, task: impl FnOnce() -> T + Send + 'static) -> Pending<T> {
        let (sender, receiver) = sync_channel(1);
        self.pool.spawn_fifo(move || {
            // Nobody waits any more when the work was given up.
            let _ = sender.send(task());
        });
        Pending(receiver)
    }
}
