use std::collections::VecDeque;

use crate::error::Result;
use crate::pool::Pending;

/// Results that come back in the order in which their tasks were given, at most `limit` at a time.
#[derive(Debug)]
pub(crate) struct Ordered<T> {
    queue: VecDeque<Pending<T>>,
    limit: usize,
}

impl<T> Ordered<T> {
    pub(crate) fn new(limit: usize) -> Self {
        Self { queue: VecDeque::with_capacity(limit), limit: limit.max(1) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.queue.len() >= self.limit
    }

    pub(crate) fn push(&mut self, pending: Pending<T>) {
        self.queue.push_back(pending);
    }

    /// Waits for the first result; nothing when no task is left.
    pub(crate) fn pop(&mut self) -> Result<Option<T>> {
        self.queue.pop_front().map(Pending::wait).transpose()
    }
}
