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
    /// Of each of the containers.
    places: Vec<ContainerPlace>,
    is_ascending: bool,
}

/// Where the records of a container lie, by all of its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerPlace {
    /// None has a reference sequence.
    Unplaced,
    /// All are on one reference sequence, within an interval.
    Within {
        /// 0-based.
        reference: usize,
        /// 1-based, closed.
        interval: Interval,
    },
    /// They are on several, or some have none.
    Mixed,
}

impl ContainerPlace {
    fn of(line: &Line) -> Self {
        match line.reference {
            Some(reference) => Self::Within { reference, interval: line.interval },
            None => Self::Unplaced,
        }
    }

    fn joined(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unplaced, Self::Unplaced) => Self::Unplaced,
            (Self::Within { reference, interval: a }, Self::Within { reference: same, interval: b })
                if reference == same =>
            {
                let interval = Interval { start: a.start.min(b.start), end: a.end.max(b.end) };
                Self::Within { reference, interval }
            }
            _ => Self::Mixed,
        }
    }
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
        let (mut slices, mut unplaced) = (Vec::new(), BTreeSet::new());
        let mut containers: Vec<(u64, ContainerPlace)> = Vec::new();
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
            let line = Line::parse(&bytes, number).map_err(fault)?;
            let Line { reference, interval, container } = line;
            match reference {
                Some(reference) => {
                    slices.push(Slice { reference, interval, reach: interval.end, container });
                }
                None => drop(unplaced.insert(container)),
            }
            // The lines of one container follow each other.
            let place = ContainerPlace::of(&line);
            match containers.last_mut() {
                Some(last) if last.0 == container => last.1 = last.1.joined(place),
                _ => containers.push((container, place)),
            }
        }
        containers.sort_by_key(|(start, _)| *start);
        containers.dedup_by(|next, last| {
            let is_same = next.0 == last.0;
            if is_same {
                last.1 = last.1.joined(next.1);
            }
            is_same
        });
        let slices = sorted(slices);
        let is_ascending = is_ascending(&slices);
        let (containers, places) = containers.into_iter().unzip();
        Ok(Self { name: name.to_owned(), slices, unplaced, containers, places, is_ascending })
    }

    /// The path that it was read from.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where in the file the containers start that it knows, in bytes: ascending, each once.
    pub fn containers(&self) -> &[u64] {
        &self.containers
    }

    /// Where the records of the container lie that starts at an offset; nothing of one that is not known.
    pub fn place(&self, container: u64) -> Option<ContainerPlace> {
        self.places.get(self.containers.binary_search(&container).ok()?).copied()
    }

    /// Whether the containers stand in the file by reference sequence, those of each together, and by the
    /// starts of their records, as in a file that is sorted by coordinate.
    pub fn is_ascending(&self) -> bool {
        self.is_ascending
    }

    /// The starts (1-based) of slices that overlap an interval, ascending, each with the start of its
    /// container.
    pub fn starts(&self, reference: usize, interval: Interval) -> impl Iterator<Item = (Position, u64)> {
        self.overlapping(reference, interval).map(|slice| (slice.interval.start, slice.container))
    }

    /// The first container (its start in bytes) with records on a reference sequence.
    pub fn first_placed(&self) -> Option<u64> {
        self.slices.iter().map(|slice| slice.container).min()
    }

    /// The reference sequences (0-based) with records, ascending, each once.
    pub fn references(&self) -> impl Iterator<Item = usize> {
        self.slices.chunk_by(|a, b| a.reference == b.reference).filter_map(|of| Some(of.first()?.reference))
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
                    containers.extend(self.overlapping(reference, interval).map(|slice| slice.container));
                }
                Want::Unplaced => containers.extend(&self.unplaced),
            }
        }
        containers.into_iter().collect()
    }

    fn overlapping(&self, reference: usize, interval: Interval) -> impl Iterator<Item = &Slice> {
        let from =
            self.slices.partition_point(|slice| (slice.reference, slice.reach) < (reference, interval.start));
        let to = self
            .slices
            .partition_point(|slice| (slice.reference, slice.interval.start) <= (reference, interval.end));
        let slices = self.slices.get(from..to).unwrap_or_default().iter();
        slices.filter(move |slice| slice.interval.overlaps(interval))
    }
}

/// Sorts slices and tells how far they reach.
fn sorted(mut slices: Vec<Slice>) -> Vec<Slice> {
    slices.sort_unstable_by_key(|slice| (slice.reference, slice.interval.start, slice.container));
    let mut before: Option<Slice> = None;
    for slice in &mut slices {
        if let Some(before) = before.filter(|before| before.reference == slice.reference) {
            slice.reach = slice.reach.max(before.reach);
        }
        before = Some(*slice);
    }
    slices
}

/// Whether the containers of slices, which are sorted, do not go back on a reference sequence, and those of
/// two do not alternate.
fn is_ascending(slices: &[Slice]) -> bool {
    let is_sorted = |of: &[Slice]| of.is_sorted_by_key(|slice| slice.container);
    let mut references: Vec<_> = slices.chunk_by(|a, b| a.reference == b.reference).collect();
    references.sort_by_key(|of| of.first().map(|slice| slice.container));
    let ends = |of: &&[Slice]| Some((of.first()?.container, of.last()?.container));
    let ends: Vec<_> = references.iter().filter_map(ends).collect();
    references.iter().all(|of| is_sorted(of)) && ends.is_sorted_by(|before, next| before.1 <= next.0)
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
