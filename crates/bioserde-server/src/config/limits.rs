use std::num::NonZero;
use std::thread;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::Fault;
use super::{Period, Size, check};

/// Each has a thread.
const MOST_CONCURRENT: usize = 1024;

/// What one request, and all together, may take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The longest body of a request.
    pub body_bytes: Size,
    /// The most regions that one request may name: at least 1.
    #[schemars(range(min = 1))]
    pub regions: usize,
    /// How many requests may decode records at once: at least 1. Others wait. Without it, two for each
    /// processor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub concurrent: Option<usize>,
    /// The time after which a ticket that is not ready is given up.
    pub request_time: Period,
    /// The time after which a reader of data that took none is cut off.
    pub idle_time: Period,
    /// The time that replies have to end when the server is told to stop.
    pub shutdown_time: Period,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: Size::new(4 << 20),
            regions: 10_000,
            concurrent: None,
            request_time: Period::from_secs(60),
            idle_time: Period::from_secs(300),
            shutdown_time: Period::from_secs(30),
        }
    }
}

impl Limits {
    /// How many requests may decode records at once.
    pub fn concurrency(&self) -> usize {
        let processors = || thread::available_parallelism().map_or(1, NonZero::get);
        self.concurrent.unwrap_or_else(|| 2 * processors())
    }

    pub(super) fn check(&self) -> Result<(), Fault> {
        check::some("limits.regions", self.regions)?;
        check::some("limits.concurrent", self.concurrency())?;
        if self.concurrency() > MOST_CONCURRENT {
            return Err(Fault::value("limits.concurrent", format!("is at most {MOST_CONCURRENT}")));
        }
        check::some_time("limits.request_time", self.request_time)?;
        check::some_time("limits.idle_time", self.idle_time)
    }
}
