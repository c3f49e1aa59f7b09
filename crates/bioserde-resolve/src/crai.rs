mod line;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use bioserde_core::{Interval, Position};
use bioserde_storage::Source;
use bioserde_storage::bgzf::is_gzip;
use flate2::bufread::MultiGzDecoder;

use crate::index::{inflation_limit, io_error};
use crate::{Error, InvalidIndex, Result, Want};
use line::Line;

/// A CRAI index in memory (CRAMv3 §12): which containers of a CRAM file hold the records of a region.
#[derive(Debug)]
pub struct Crai {
    name: String,
    /// Those on a reference sequence, by it and their start.
    slices: Vec<Slice>,
    /// Containers with records without a reference sequence.
    unplaced: BTreeSet<u64>,
    /// Ascending, each once.
    containers: Vec<u64>,
}

/// What one line says of a slice: where its records on one reference sequence lie.
#[derive(Clone, Copy, Debug)]
struct Slice {
    reference: usize,
    interval: Interval,
    /// The last position of this and every slice before it on the reference sequence.
    reach: Position,
    container: u64,
}

/// Far more than the slices of any file: at some 10,000 records each, 8 · 10^10 records.
const MAX_LINES: usize = 1 << 23;
/// Six numbers of 20 digits, and what separates them.
const MAX_LINE: u64 = 128;

impl Crai {
    /// Reads a CRAI file, compressed by gzip or plain. Its lines may stand in any order.
    ///
    /// # Errors
    ///
    /// The file cannot be read or is malformed.
    pub fn read(path: &Path) -> Result<Self> {
        Self::read_source(&Source::open_path(path)?)
    }

    /// The same of a source that is open.
    ///
    /// # Errors
    ///
    /// As [`Crai::read`].
    pub fn read_source(source: &Source) -> Result<Self> {
        let (name, size) = (source.name(), source.size().unwrap_or_default());
        let mut file = BufReader::new(source.stream(0)?);
        let start = file.fill_buf().map_err(|e| io_error(Path::new(name), "read", e))?;
        if is_gzip(start) {
            Self::parse(name, MultiGzDecoder::new(file), inflation_limit(size), MAX_LINES)
        } else {
            Self::parse(name, file, size, MAX_LINES)
        }
    }

    /// Reads lines, of at most `max_size` bytes together.
    fn parse(name: &str, input: impl Read, max_size: u64, max_lines: usize) -> Result<Self> {
        let fault = |source| Error::Index { path: name.to_owned(), source };
        let mut input = BufReader::new(input.take(max_size.saturating_add(1)));
        let (mut slices, mut unplaced, mut containers) = (Vec::new(), BTreeSet::new(), Vec::new());
        let (mut bytes, mut size) = (Vec::new(), 0_u64);
        for number in 1.. {
            bytes.clear();
            let read = (&mut input).take(MAX_LINE).read_until(b'\n', &mut bytes);
            match read.map_err(|e| read_error(name, e))? {
                0 => break,
                read => size = size.saturating_add(read as u64),
            }
            if size > max_size {
                return Err(fault(InvalidIndex::TooLarge { limit: max_size }));
            }
            if number > max_lines {
                return Err(fault(InvalidIndex::TooManyLines { limit: max_lines }));
            }
            let Line { reference, interval, container } = Line::parse(&bytes, number).map_err(fault)?;
            match reference {
                Some(reference) => {
                    slices.push(Slice { reference, interval, reach: interval.end, container });
                }
                None => drop(unplaced.insert(container)),
            }
            // The lines of one container follow each other.
            if containers.last() != Some(&container) {
                containers.push(container);
            }
        }
        containers.sort_unstable();
        containers.dedup();
        Ok(Self { name: name.to_owned(), slices: sorted(slices), unplaced, containers })
    }

    /// The path that it was read from.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where in the file the containers start that it knows, in bytes: ascending, each once.
    pub fn containers(&self) -> &[u64] {
        &self.containers
    }

    /// The highest number (0-based) of a reference sequence with records.
    pub fn last_reference(&self) -> Option<usize> {
        self.slices.last().map(|slice| slice.reference)
    }

    /// Where the containers start that together hold every record that overlaps any of `wants`, and
    /// others: ascending, each once. References are numbered as in the header of the file; one that
    /// the index does not have has no records.
    pub fn plan(&self, wants: &[Want]) -> Vec<u64> {
        let mut containers = BTreeSet::new();
        for want in wants {
            match *want {
                Want::Mapped { reference, interval } => {
                    containers.extend(self.overlapping(reference, interval));
                }
                Want::Unplaced => containers.extend(&self.unplaced),
            }
        }
        containers.into_iter().collect()
    }

    fn overlapping(&self, reference: usize, interval: Interval) -> impl Iterator<Item = u64> {
        let from =
            self.slices.partition_point(|slice| (slice.reference, slice.reach) < (reference, interval.start));
        let to = self
            .slices
            .partition_point(|slice| (slice.reference, slice.interval.start) <= (reference, interval.end));
        let slices = self.slices.get(from..to).unwrap_or_default().iter();
        slices.filter(move |slice| slice.interval.overlaps(interval)).map(|slice| slice.container)
    }
}

/// Sorts slices and tells how far they reach.
fn sorted(mut slices: Vec<Slice>) -> Vec<Slice> {
    slices.sort_unstable_by_key(|slice| (slice.reference, slice.interval.start));
    let mut before: Option<Slice> = None;
    for slice in &mut slices {
        if let Some(before) = before.filter(|before| before.reference == slice.reference) {
            slice.reach = slice.reach.max(before.reach);
        }
        before = Some(*slice);
    }
    slices
}

/// The decoder's own faults are of these kinds; others come from the file.
fn read_error(name: &str, source: io::Error) -> Error {
    let path = name.to_owned();
    match source.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            Error::Gzip { path, source }
        }
        _ => io_error(Path::new(name), "read", source),
    }
}
