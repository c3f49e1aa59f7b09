//! Counters for Prometheus (OpenMetrics text format).

use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// What a request was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(crate) enum Route {
    Ticket,
    Data,
    Slice,
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reply {
    route: Route,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    route: Route,
}

/// Everything that is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    replies: Family<Reply, Counter>,
    seconds: Family<Of, Histogram, fn() -> Histogram>,
    pub(crate) reply_bytes: Counter<u64, AtomicU64>,
    pub(crate) under_way: Gauge<i64, AtomicI64>,
    pub(crate) opened: Counter<u64, AtomicU64>,
    files: Gauge<i64, AtomicI64>,
    files_bytes: Gauge<i64, AtomicI64>,
    spooled_bytes: Gauge<i64, AtomicI64>,
    slices_bytes: Gauge<i64, AtomicI64>,
}

/// What the caches hold when the counters are asked for.
pub(crate) struct Sizes {
    pub(crate) files: (usize, u64),
    pub(crate) spooled_bytes: u64,
    pub(crate) slices_bytes: u64,
}

fn histogram() -> Histogram {
    Histogram::new([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0, 30.0])
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("bioserde");
        let metrics = Self {
            replies: Family::default(),
            seconds: Family::new_with_constructor(histogram),
            reply_bytes: Counter::default(),
            under_way: Gauge::default(),
            opened: Counter::default(),
            files: Gauge::default(),
            files_bytes: Gauge::default(),
            spooled_bytes: Gauge::default(),
            slices_bytes: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("replies", "Replies by what was asked and by status", metrics.replies.clone());
        registry.register("reply_seconds", "Time until a reply's first byte", metrics.seconds.clone());
        registry.register("reply_bytes", "Bytes that replies announced", metrics.reply_bytes.clone());
        registry.register("requests_under_way", "Requests without a reply yet", metrics.under_way.clone());
        registry.register("opened_files", "Files whose header and index were read", metrics.opened.clone());
        registry.register("open_files", "Files whose header and index are kept", metrics.files.clone());
        registry.register("open_files_bytes", "Memory that they take", metrics.files_bytes.clone());
        registry.register("spooled_bytes", "Bytes of spooled replies on disk", metrics.spooled_bytes.clone());
        registry.register("slices_bytes", "Memory of slices that are kept", metrics.slices_bytes.clone());
        Self { registry, ..metrics }
    }

    pub(crate) fn replied(&self, route: Route, status: u16, time: Duration) {
        self.replies.get_or_create(&Reply { route, status }).inc();
        self.seconds.get_or_create(&Of { route }).observe(time.as_secs_f64());
    }

    /// The counters in the text format.
    pub(crate) fn text(&self, sizes: &Sizes) -> Result<String, std::fmt::Error> {
        let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        self.files.set(i64::try_from(sizes.files.0).unwrap_or(i64::MAX));
        self.files_bytes.set(signed(sizes.files.1));
        self.spooled_bytes.set(signed(sizes.spooled_bytes));
        self.slices_bytes.set(signed(sizes.slices_bytes));
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
