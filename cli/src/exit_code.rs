//! The one place where an outcome becomes an exit status.

use std::process::ExitCode;

/// How a run ended. Usage errors end in the argument parser, or as [`Outcome::Usage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All was done.
    Success,
    /// Something failed.
    Failure,
    /// What was typed cannot be meant.
    Usage,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Success => Self::SUCCESS,
            Outcome::Failure => Self::FAILURE,
            Outcome::Usage => Self::from(2),
        }
    }
}

/// What was typed cannot be meant.
#[derive(Debug)]
pub(crate) struct UsageError(pub(crate) String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// The outcome of an error. A reader that went away (`| head`) wanted no more: that is success.
pub(crate) fn of(error: &anyhow::Error) -> Outcome {
    let is_compression = matches!(
        error.downcast_ref::<bioserde_convert::Error>(),
        Some(bioserde_convert::Error::Write(bioserde_write::Error::UnknownCompression { .. }))
    );
    if error.is::<UsageError>() || is_compression {
        return Outcome::Usage;
    }
    let is_broken_pipe = error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
    });
    if is_broken_pipe { Outcome::Success } else { Outcome::Failure }
}
