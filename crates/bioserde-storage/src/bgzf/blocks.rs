use std::io::{self, Write};

use bioserde_core::VirtualPosition;
use thiserror::Error;

use super::block::BlockError;
use super::compress::{BlockEncoder, MAX_CONTENT};

/// Collects records and writes them as BGZF blocks (SAMv1 §4.1), as htslib writes BAM: a record that does
/// not fit the block begins the next one; one that fits no block begins a block and ends in another, which
/// goes on with the next record.
///
/// For each record, its bytes are appended to [`Blocks::record`], and [`Blocks::end_record`] is called.
#[derive(Debug)]
pub struct Blocks<W> {
    out: W,
    encoder: BlockEncoder,
    /// Whole records, then the one that is being made.
    pending: Vec<u8>,
    /// Where the whole records end.
    whole: usize,
    written: u64,
}

/// Why a block could not be written.
#[derive(Debug, Error)]
pub enum WriteBlockError {
    /// The block could not be made.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The writer refused.
    #[error(transparent)]
    Write(#[from] io::Error),
}

impl<W: Write> Blocks<W> {
    /// Writes to `out`.
    pub fn new(out: W, encoder: BlockEncoder) -> Self {
        Self { out, encoder, pending: Vec::with_capacity(2 * MAX_CONTENT), whole: 0, written: 0 }
    }

    /// What the bytes of the next record are appended to.
    pub fn record(&mut self) -> &mut Vec<u8> {
        &mut self.pending
    }

    /// Ends the record whose bytes were appended; tells where it starts, counted from the first block.
    ///
    /// # Errors
    ///
    /// A block could not be written.
    pub fn end_record(&mut self) -> Result<VirtualPosition, WriteBlockError> {
        let start = std::mem::replace(&mut self.whole, self.pending.len());
        if self.pending.len() <= MAX_CONTENT {
            return self.place(start);
        }
        if start > 0 {
            self.write(0, start)?;
        }
        let place = self.place(0)?;
        let mut done = start;
        while self.pending.len() - done > MAX_CONTENT {
            self.write(done, done + MAX_CONTENT)?;
            done += MAX_CONTENT;
        }
        self.pending.drain(..done);
        self.whole = self.pending.len();
        Ok(place)
    }

    /// Flushes the writer; records that do not fill a block stay.
    ///
    /// # Errors
    ///
    /// The writer refuses.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Writes what is left, without an end-of-file marker, and gives the writer back; tells how many bytes
    /// were written in all.
    ///
    /// # Errors
    ///
    /// A block could not be written.
    pub fn finish(mut self) -> Result<(W, u64), WriteBlockError> {
        if !self.pending.is_empty() {
            self.write(0, self.pending.len())?;
        }
        self.flush()?;
        Ok((self.out, self.written))
    }

    fn place(&self, within: usize) -> Result<VirtualPosition, WriteBlockError> {
        let within = u16::try_from(within).ok();
        let place = within.and_then(|within| VirtualPosition::new(self.written, within));
        place.ok_or(WriteBlockError::Block(BlockError::TooFar))
    }

    /// Writes a part of what is pending as a block.
    fn write(&mut self, start: usize, end: usize) -> Result<(), WriteBlockError> {
        let block = self.encoder.encode(self.pending.get(start..end).unwrap_or_default())?;
        self.out.write_all(block)?;
        self.written += block.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bgzf::GroupReader;

    /// The inflated sizes of the blocks that records of these sizes become, and where each record starts:
    /// the number of the block, and the place in it.
    fn blocks(records: &[usize]) -> (Vec<u32>, Vec<(usize, u16)>) {
        let mut blocks = Blocks::new(Vec::new(), BlockEncoder::fast());
        let mut places = Vec::new();
        for (letter, n) in (0..).zip(records) {
            let record = blocks.record();
            record.resize(record.len() + n, letter);
            places.push(blocks.end_record().unwrap());
        }
        let (out, written) = blocks.finish().unwrap();
        assert_eq!(written, out.len() as u64);
        let mut groups = GroupReader::new(out.as_slice(), VirtualPosition::default(), VirtualPosition::MAX);
        let Some(group) = groups.next_group().unwrap() else { return (Vec::new(), Vec::new()) };
        let inflated = group.inflate().unwrap();
        let expected: Vec<u8> = (0..).zip(records).flat_map(|(i, n)| std::iter::repeat_n(i, *n)).collect();
        assert_eq!(inflated.bytes(), expected);
        let (offsets, sizes): (Vec<u64>, Vec<u32>) = inflated.blocks().unzip();
        let place = |p: &VirtualPosition| {
            (offsets.iter().position(|o| *o == p.compressed()).unwrap(), p.uncompressed())
        };
        (sizes, places.iter().map(place).collect())
    }

    #[test]
    fn a_record_that_does_not_fit_begins_a_block() {
        assert_eq!(blocks(&[]), (vec![], vec![]));
        assert_eq!(blocks(&[1, 2]), (vec![3], vec![(0, 0), (0, 1)]));
        assert_eq!(blocks(&[0xff00]), (vec![0xff00], vec![(0, 0)]));
        assert_eq!(blocks(&[0xfeff, 1, 1]), (vec![0xff00, 1], vec![(0, 0), (0, 0xfeff), (1, 0)]));
        let places = vec![(0, 0), (1, 0), (1, 40_000), (1, 60_000)];
        assert_eq!(blocks(&[40_000, 40_000, 20_000, 9]), (vec![40_000, 60_009], places));
    }

    #[test]
    fn a_record_that_fits_no_block_begins_one_and_spans_others() {
        let rest = 200_000 - 3 * 0xff00;
        let sizes = vec![5, 0xff00, 0xff00, 0xff00, rest + 7];
        let places = vec![(0, 0), (1, 0), (4, u16::try_from(rest).unwrap())];
        assert_eq!(blocks(&[5, 200_000, 7]), (sizes, places));
        assert_eq!(blocks(&[0xff01]), (vec![0xff00, 1], vec![(0, 0)]));
        assert_eq!(blocks(&[2 * 0xff00, 3]), (vec![0xff00, 0xff00, 3], vec![(0, 0), (2, 0)]));
    }
}
