use std::io::Read;

use bioserde_core::{Interval, Position};

use crate::definition::Version;
use crate::fault::CramFault;
use crate::header_block::check_compression_header;
use crate::input::Input;

/// What a container header says (CRAMv3 §7), as far as cutting and decoding take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContainerHeader {
    /// Of the header, in bytes.
    pub(crate) header_len: u64,
    /// Of the blocks after it, in bytes.
    pub(crate) blocks_len: u64,
    /// Without a meaning in the container of the SAM header.
    reference: i32,
    /// 1-based, and in bases. They say nothing of unplaced or mixed records.
    start: i32,
    span: i32,
    pub(crate) records: u32,
    /// The number (0-based) of its first record in the file.
    record_counter: u64,
    /// Where the first slice starts, after the header.
    pub(crate) first_slice: Option<u32>,
    /// Whether it is the mark of the end (§9).
    pub(crate) is_end: bool,
}

const HEADER: &str = "a container header";
/// Method, content type, content id and two sizes, one byte each.
const SMALLEST_BLOCK: u32 = 5;

impl ContainerHeader {
    /// The length of the container in bytes, with its header.
    pub fn container_len(&self) -> u64 {
        self.header_len + self.blocks_len
    }

    /// How many records it says that the container has.
    pub fn records(&self) -> u32 {
        self.records
    }

    /// The number (0-based) that it says its first record has in the file.
    pub fn record_counter(&self) -> u64 {
        self.record_counter
    }

    /// The one reference sequence (0-based) of its records with the positions that they span (1-based,
    /// closed), as it says; nothing where they have several or none, or span nothing.
    pub fn place(&self) -> Option<(usize, Interval)> {
        let position = |n: i64| Position::new(u64::try_from(n).ok()?);
        let start = position(self.start.into()).filter(|_| self.start > 0 && self.span > 0)?;
        let end = position(i64::from(self.start) + i64::from(self.span) - 1)?;
        Some((usize::try_from(self.reference).ok()?, Interval { start, end }))
    }

    /// Whether it says that none of its records has a reference sequence.
    pub fn is_unplaced(&self) -> bool {
        self.reference == -1
    }

    /// Reads the header of a container of records and that of its first block, of bytes that end after
    /// `left`.
    ///
    /// # Errors
    ///
    /// No such container starts there, or it does not end before the bytes do.
    pub fn read(mut bytes: impl Read, version: Version, left: u64) -> Result<Self, CramFault> {
        let container = Self::parse_data(&mut Input::new(&mut bytes), version)?;
        if container.container_len() > left {
            return Err(CramFault::Truncated { what: "a container" });
        }
        check_compression_header(&mut Input::new(&mut bytes), &container, version)?;
        Ok(container)
    }

    /// Reads the header of a container of records.
    pub(crate) fn parse_data<R: Read>(input: &mut Input<R>, version: Version) -> Result<Self, CramFault> {
        let container = Self::parse(input, version)?;
        if container.reference < -2 {
            let (field, value) = ("reference sequence id", container.reference.into());
            return Err(CramFault::Value { field, of: HEADER, value });
        }
        Ok(container)
    }

    /// Reads a container header. However many slices it announces, it takes no memory.
    pub(crate) fn parse<R: Read>(input: &mut Input<R>, version: Version) -> Result<Self, CramFault> {
        let number = |field, value: i32| {
            let refused = CramFault::Value { field, of: HEADER, value: value.into() };
            u32::try_from(value).map_err(|_| refused)
        };
        let reading = || CramFault::reading(HEADER);
        let blocks_len = number("length", input.int32().map_err(reading())?)?;
        let reference = input.itf8().map_err(reading())?;
        // §7: they say nothing of the SAM header, nor of unplaced or mixed records.
        let start = input.itf8().map_err(reading())?;
        let span = input.itf8().map_err(reading())?;
        let records = number("number of records", input.itf8().map_err(reading())?)?;
        let record_counter = match version.major {
            2 => input.itf8().map_err(reading())?.into(),
            _ => input.ltf8().map_err(reading())?,
        };
        let record_counter = record_counter.cast_unsigned();
        let _bases = input.ltf8().map_err(reading())?;
        let blocks = number("number of blocks", input.itf8().map_err(reading())?)?;
        let landmarks = number("number of landmarks", input.itf8().map_err(reading())?)?;
        if blocks == 0 || blocks > blocks_len / SMALLEST_BLOCK {
            return Err(CramFault::Value { field: "number of blocks", of: HEADER, value: blocks.into() });
        }
        if landmarks > blocks {
            let field = "number of landmarks";
            return Err(CramFault::Value { field, of: HEADER, value: landmarks.into() });
        }
        let mut first_slice = None;
        for _ in 0..landmarks {
            let landmark = number("landmark", input.itf8().map_err(reading())?)?;
            if landmark >= blocks_len {
                return Err(CramFault::Value { field: "landmark", of: HEADER, value: landmark.into() });
            }
            first_slice.get_or_insert(landmark);
        }
        check_crc(input, version, HEADER)?;
        // "EOF" as a position.
        let is_end = reference == -1 && start == 0x45_4f46 && records == 0;
        let (header_len, blocks_len) = (input.read(), blocks_len.into());
        Ok(Self {
            header_len,
            blocks_len,
            reference,
            start,
            span,
            records,
            record_counter,
            first_slice,
            is_end,
        })
    }
}

/// Reads the checksum of all that was read before it, where the version has checksums.
pub(crate) fn check_crc<R: Read>(
    input: &mut Input<R>,
    version: Version,
    what: &'static str,
) -> Result<(), CramFault> {
    if !version.has_checksums() {
        return Ok(());
    }
    let crc = input.crc();
    let stored = input.array().map(u32::from_le_bytes).map_err(CramFault::reading(what))?;
    if crc == stored { Ok(()) } else { Err(CramFault::Checksum { what }) }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn version(major: u8, minor: u8) -> Version {
        let mut definition = [0; 26];
        definition[..6].copy_from_slice(&[b'C', b'R', b'A', b'M', major, minor]);
        Version::parse(&definition).unwrap()
    }

    fn parse(bytes: &[u8], major: u8) -> Result<ContainerHeader, CramFault> {
        ContainerHeader::parse(&mut Input::new(bytes), version(major, 1))
    }

    #[test]
    fn the_mark_of_the_end_is_a_container() {
        for (major, header_len, blocks_len) in [(2, 19, 11), (3, 23, 15)] {
            let bytes = version(major, 1).eof_container();
            let container = parse(bytes, major).unwrap();
            assert_eq!(
                container,
                ContainerHeader {
                    header_len,
                    blocks_len,
                    reference: -1,
                    start: 0x45_4f46,
                    span: 0,
                    records: 0,
                    record_counter: 0,
                    first_slice: None,
                    is_end: true
                }
            );
            assert_eq!(container.container_len(), bytes.len() as u64);
            for cut in 0..19 {
                let error = parse(&bytes[..cut], major).unwrap_err();
                assert_eq!(error.to_string(), "the file ends inside a container header: it is truncated");
            }
        }
    }

    #[test]
    fn faults_are_told_apart() {
        let message = |bytes: &[u8]| {
            ContainerHeader::parse_data(&mut Input::new(bytes), version(2, 1)).unwrap_err().to_string()
        };
        let header = |len: u8, rest: &[u8]| [&[len, 0, 0, 0], rest].concat();
        assert_eq!(message(&[0xff; 30]), "the length of a container header is -1, which cannot be");
        assert_eq!(
            message(&header(9, &[0xff, 0xff, 0xff, 0xff, 0x0d, 0, 0, 0, 0, 0, 1, 0])),
            "the reference sequence id of a container header is -3, which cannot be"
        );
        assert_eq!(
            message(&header(9, &[0, 0, 0, 0, 0, 0, 2, 0])),
            "the number of blocks of a container header is 2, which cannot be"
        );
        assert_eq!(
            message(&header(9, &[0, 0, 0, 0, 0, 0, 1, 2])),
            "the number of landmarks of a container header is 2, which cannot be"
        );
        assert_eq!(
            message(&header(9, &[0, 0, 0, 0, 0, 0, 1, 1, 9])),
            "the landmark of a container header is 9, which cannot be"
        );
        assert_eq!(
            message(&header(9, &[0, 0, 0, 0, 0, 0, 0, 0])),
            "the number of blocks of a container header is 0, which cannot be"
        );
        let mut bytes = version(3, 0).eof_container().to_vec();
        bytes[10] ^= 1;
        let error = parse(&bytes, 3).unwrap_err().to_string();
        assert!(error.starts_with("the checksum of a container header is wrong"), "{error}");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..60), small in vec(0_u8..9, 0..60)) {
            for bytes in [bytes, small] {
                for major in [2, 3] {
                    if let Ok(container) = parse(&bytes, major) {
                        prop_assert!(container.header_len <= bytes.len() as u64);
                    }
                }
            }
        }
    }
}
