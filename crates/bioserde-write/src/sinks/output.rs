//! A target that knows how much was written to it.

use std::io::Write;

use bioserde_storage::Target;

use crate::Result;

/// Bytes on their way to a target.
#[derive(Debug)]
pub(super) struct Output {
    target: Target,
    bytes: u64,
}

impl Output {
    pub(super) fn new(target: Target) -> Self {
        Self { target, bytes: 0 }
    }

    /// The place of the next byte.
    pub(super) fn position(&self) -> u64 {
        self.bytes
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.target.write_all(bytes).map_err(|e| self.target.error(e))?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Makes the output visible; returns its size.
    pub(super) fn commit(self) -> Result<u64> {
        self.target.commit()?;
        Ok(self.bytes)
    }
}
