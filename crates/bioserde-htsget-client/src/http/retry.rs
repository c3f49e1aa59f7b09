use std::time::{Duration, SystemTime};

use reqwest::blocking::Response;
use reqwest::header::RETRY_AFTER;

use crate::{ErrorKind, Settings};

/// Why a try failed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Another try is worth it, perhaps after the time that the server asks for.
    Passing { kind: ErrorKind, after: Option<Duration> },
    /// It will not get better.
    Lasting(ErrorKind),
}

impl Fault {
    /// A connection failed, or the answer broke off.
    pub(crate) fn broken(what: String) -> Self {
        Self::Passing { kind: ErrorKind::Unreachable { what, tries: 1 }, after: None }
    }

    pub(crate) fn answer(what: impl Into<String>) -> Self {
        Self::Lasting(ErrorKind::Answer { what: what.into() })
    }

    /// What the fault is after so many tries.
    pub(crate) fn into_kind(self, tries: u32) -> ErrorKind {
        match self {
            Self::Passing { kind: ErrorKind::Unreachable { what, .. }, .. } => {
                ErrorKind::Unreachable { what, tries }
            }
            Self::Passing { kind, .. } | Self::Lasting(kind) => kind,
        }
    }
}

/// Counts failures, and waits between tries.
#[derive(Debug)]
pub(crate) struct Pauses {
    tries: u32,
    pause: Duration,
    longest: Duration,
    failures: u32,
}

impl Pauses {
    pub(crate) fn new(settings: &Settings) -> Self {
        let Settings { tries, pause, longest_pause, .. } = settings;
        Self { tries: *tries, pause: *pause, longest: *longest_pause, failures: 0 }
    }

    /// Things got on: what failed before no longer counts.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// Waits before another try, or gives the fault back when there is to be none.
    pub(crate) fn wait(&mut self, fault: Fault) -> Result<(), ErrorKind> {
        self.failures += 1;
        let Fault::Passing { kind, after } = &fault else { return Err(fault.into_kind(self.failures)) };
        if self.failures >= self.tries {
            return Err(fault.into_kind(self.failures));
        }
        let own = self.pause.saturating_mul(1 << (self.failures - 1).min(10)).min(self.longest);
        let pause = after.unwrap_or_default().max(own);
        if pause > self.longest {
            let seconds = pause.as_secs();
            return Err(match kind {
                ErrorKind::Status { status, .. } => ErrorKind::Wait { status: *status, seconds },
                kind => kind.clone(),
            });
        }
        std::thread::sleep(pause);
        Ok(())
    }
}

/// Whether a status may pass (RFC 9110 §15.6, RFC 6585 §4).
pub(crate) fn is_passing(status: u16) -> bool {
    status == 429 || ((500..600).contains(&status) && status != 501)
}

/// `Retry-After`, in seconds or as a time (RFC 9110 §10.2.3).
pub(crate) fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = httpdate::parse_http_date(text).ok()?;
    Some(then.duration_since(SystemTime::now()).unwrap_or_default())
}
