//! The one place where an outcome becomes an exit status.

use std::process::ExitCode;

use bioserde_core::ParseRegionError;
use bioserde_read::ErrorKind;

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
    if is_usage(error) {
        return Outcome::Usage;
    }
    let is_broken_pipe = error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
    });
    if is_broken_pipe { Outcome::Success } else { Outcome::Failure }
}

/// Whether an argument asks for what cannot be, or for what the input does not have.
fn is_usage(error: &anyhow::Error) -> bool {
    if let Some(error) = error.downcast_ref::<bioserde_convert::Error>() {
        return match error {
            bioserde_convert::Error::Read(error) => is_usage_of_input(error),
            bioserde_convert::Error::Write(error) => is_usage_of_output(error),
            bioserde_convert::Error::NoInput
            | bioserde_convert::Error::OwnInput { .. }
            | bioserde_convert::Error::IndexName { .. } => true,
            _ => false,
        };
    }
    let remote = error.downcast_ref::<bioserde_htsget_client::Error>();
    if remote.is_some_and(|error| matches!(error.kind(), bioserde_htsget_client::ErrorKind::NoPublicKey)) {
        return true;
    }
    error.is::<UsageError>() || error.downcast_ref::<bioserde_read::Error>().is_some_and(is_usage_of_input)
}

fn is_usage_of_input(error: &bioserde_read::Error) -> bool {
    if let ErrorKind::Region(error) = error.kind() {
        // A BED file is at fault itself.
        return !matches!(error, ParseRegionError::InvalidBed { .. });
    }
    matches!(
        error.kind(),
        ErrorKind::Projection(_)
            | ErrorKind::UnknownSample { .. }
            | ErrorKind::RepeatedSample { .. }
            | ErrorKind::TagWithoutColumn { .. }
            | ErrorKind::UnknownKey { .. }
            | ErrorKind::NoAnnotations { .. }
            | ErrorKind::OptionForFormat { .. }
            | ErrorKind::OptionForTable { .. }
            | ErrorKind::OtherFamily { .. }
            | ErrorKind::NoHeader
    )
}

fn is_usage_of_output(error: &bioserde_write::Error) -> bool {
    matches!(
        error,
        bioserde_write::Error::UnknownCompression { .. }
            | bioserde_write::Error::NoCompression { .. }
            | bioserde_write::Error::NoIndex { .. }
            | bioserde_write::Error::NoCsi { .. }
            | bioserde_write::Error::NeedsFile { .. }
            | bioserde_write::Error::IndexNeedsFile { .. }
            | bioserde_write::Error::OtherFamily { .. }
    )
}
