use std::io::Write;

use bioserde_storage::bgzf::{BlockEncoder, MAX_CONTENT};

use crate::error::{Error, ErrorKind, Result};

/// Collects records and writes them as BGZF blocks.
pub(super) struct Blocks<'a> {
    /// Of the input, for errors.
    name: &'a str,
    out: &'a mut dyn Write,
    encoder: BlockEncoder,
    /// Less than a block, between records.
    pending: Vec<u8>,
    bytes: u64,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(name: &'a str, out: &'a mut dyn Write) -> Self {
        let pending = Vec::with_capacity(2 * MAX_CONTENT);
        Self { name, out, encoder: BlockEncoder::fast(), pending, bytes: 0 }
    }

    /// Appends the record that `record` appends.
    ///
    /// A record that does not fit the block begins the next one; one that fits no block begins a block and
    /// ends in another, which goes on with the next record. That is how htslib writes BAM.
    pub(super) fn append(&mut self, record: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        let start = self.pending.len();
        record(&mut self.pending)?;
        if self.pending.len() <= MAX_CONTENT {
            return Ok(());
        }
        let mut written = 0;
        if start > 0 {
            self.write(0, start)?;
            written = start;
        }
        while self.pending.len() - written > MAX_CONTENT {
            self.write(written, written + MAX_CONTENT)?;
            written += MAX_CONTENT;
        }
        self.pending.drain(..written);
        Ok(())
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        self.out.flush().map_err(|e| Error::new(self.name, ErrorKind::Write(e)))
    }

    /// Writes what is left; tells how many bytes were written in all.
    pub(super) fn finish(mut self) -> Result<u64> {
        if !self.pending.is_empty() {
            self.write(0, self.pending.len())?;
        }
        self.flush()?;
        Ok(self.bytes)
    }

    /// Writes a part of what is pending as a block.
    fn write(&mut self, start: usize, end: usize) -> Result<()> {
        let fault = |kind| Error::new(self.name, kind);
        let content = self.pending.get(start..end).unwrap_or_default();
        let block = self.encoder.encode(content).map_err(|e| fault(ErrorKind::Block(e)))?;
        self.out.write_all(block).map_err(|e| fault(ErrorKind::Write(e)))?;
        self.bytes += block.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bioserde_core::VirtualPosition;
    use bioserde_storage::bgzf::GroupReader;

    /// The inflated sizes of the blocks that records of these sizes become.
    fn sizes(records: &[usize]) -> Vec<u32> {
        let mut out = Vec::new();
        let mut blocks = Blocks::new("name", &mut out);
        for (i, n) in records.iter().enumerate() {
            let letter = u8::try_from(i).unwrap();
            blocks
                .append(|out| {
                    out.resize(out.len() + n, letter);
                    Ok(())
                })
                .unwrap();
        }
        let bytes = blocks.finish().unwrap();
        assert_eq!(bytes, out.len() as u64);
        let mut groups = GroupReader::new(out.as_slice(), VirtualPosition::default(), VirtualPosition::MAX);
        let Some(group) = groups.next_group().unwrap() else { return Vec::new() };
        let inflated = group.inflate().unwrap();
        let expected: Vec<u8> = (0..).zip(records).flat_map(|(i, n)| std::iter::repeat_n(i, *n)).collect();
        assert_eq!(inflated.bytes(), expected);
        inflated.blocks().map(|(_, size)| size).collect()
    }

    #[test]
    fn a_record_that_does_not_fit_begins_a_block() {
        assert!(sizes(&[]).is_empty());
        assert_eq!(sizes(&[1, 2]), [3]);
        assert_eq!(sizes(&[0xff00]), [0xff00]);
        assert_eq!(sizes(&[0xfeff, 1, 1]), [0xff00, 1]);
        assert_eq!(sizes(&[40_000, 40_000, 20_000, 9]), [40_000, 60_009]);
    }

    #[test]
    fn a_record_that_fits_no_block_begins_one_and_spans_others() {
        assert_eq!(sizes(&[5, 200_000, 7]), [5, 0xff00, 0xff00, 0xff00, 200_000 - 3 * 0xff00 + 7]);
        assert_eq!(sizes(&[0xff01]), [0xff00, 1]);
        assert_eq!(sizes(&[2 * 0xff00, 3]), [0xff00, 0xff00, 3]);
    }

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
