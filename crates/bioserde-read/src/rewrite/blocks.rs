use std::io::Write;

use bioserde_storage::bgzf::{self, BlockEncoder, WriteBlockError};

use crate::error::{Error, ErrorKind, Result};

/// Collects records and writes them as BGZF blocks.
pub(super) struct Blocks<'a> {
    /// Of the input, for errors.
    name: &'a str,
    blocks: bgzf::Blocks<&'a mut dyn Write>,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(name: &'a str, out: &'a mut dyn Write) -> Self {
        Self { name, blocks: bgzf::Blocks::new(out, BlockEncoder::fast()) }
    }

    /// Appends the record that `record` appends.
    pub(super) fn append(&mut self, record: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        record(self.blocks.record())?;
        self.blocks.end_record().map(drop).map_err(|e| error(self.name, e))
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        self.blocks.flush().map_err(|e| error(self.name, e.into()))
    }

    /// Writes what is left; tells how many bytes were written in all.
    pub(super) fn finish(self) -> Result<u64> {
        let finished = self.blocks.finish();
        finished.map(|(_, written)| written).map_err(|e| error(self.name, e))
    }
}

fn error(name: &str, e: WriteBlockError) -> Error {
    let kind = match e {
        WriteBlockError::Block(e) => ErrorKind::Block(e),
        WriteBlockError::Write(e) => ErrorKind::Write(e),
    };
    Error::new(name, kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writer_that_fails_is_told_from_a_faulty_input() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let mut full = Full;
        let mut blocks = Blocks::new("name", &mut full);
        blocks
            .append(|out| {
                out.push(1);
                Ok(())
            })
            .unwrap();
        let error = blocks.finish().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Write(e) if e.kind() == std::io::ErrorKind::BrokenPipe));
    }
}
