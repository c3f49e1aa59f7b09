use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::{Tls, TlsConfig};
use crate::file_stamp::FileStamp;

const PERIOD: Duration = Duration::from_secs(3);

/// The files of a certificate as they were at some time; one that cannot be looked at has no stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Files {
    certificate: Option<FileStamp>,
    key: Option<FileStamp>,
}

impl Files {
    pub(super) fn of(config: &TlsConfig) -> Self {
        let stamp = |path| FileStamp::of(path).ok();
        Self { certificate: stamp(&config.certificate), key: stamp(&config.key) }
    }
}

impl Tls {
    /// Looks at the files of the certificate every three seconds, for ever, and takes a new one into use.
    ///
    /// The files have to be the same at two looks before they are read, so that a certificate is not taken
    /// with the key before it. A faulty one is said with `tracing::error!` once, and the old one stays.
    pub async fn watch(self: Arc<Self>) {
        self.watch_every(PERIOD).await;
    }

    pub(super) async fn watch_every(self: Arc<Self>, period: Duration) {
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last = None;
        loop {
            ticks.tick().await;
            let tls = Arc::clone(&self);
            match tokio::task::spawn_blocking(move || tls.look(last)).await {
                Ok(seen) => last = Some(seen),
                Err(error) => tracing::error!(%error, "the task that looks at the certificate failed"),
            }
        }
    }

    /// Reads files that are other than those in use, and that were so at the last look. Gives what it saw.
    pub(super) fn look(&self, last: Option<Files>) -> Files {
        let now = Files::of(&self.config);
        if last != Some(now) || **self.read.load() == now {
            return now;
        }
        let file = self.config.certificate.display();
        match self.reload() {
            Ok(()) => tracing::info!(%file, "a new certificate is in use"),
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::error!(%file, error, "the new certificate cannot be used, the old one stays in use");
            }
        }
        now
    }
}
