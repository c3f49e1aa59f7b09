use crate::bytes::Bytes;
use crate::encode::SliceWriter;
use crate::encode::cigar::Cigar;
use crate::fault::CramFault;
use crate::put::put_itf8;
use crate::series::Series;

/// The bits of FLAG (SAMv1 §1.4).
const PAIRED: u16 = 0x1;
const UNMAPPED: u16 = 0x4;
const MATE_UNMAPPED: u16 = 0x8;
const MATE_REVERSE: u16 = 0x20;
/// Those that SAM knows: htslib refuses a file with others.
const KNOWN_FLAGS: u16 = 0xfff;

/// The bits of CF (CRAMv3 §8.4).
const QUALITIES_ARE_STORED: u8 = 1;
const DETACHED: u8 = 2;
const NO_SEQUENCE: u8 = 8;

/// A record as BAM has it (SAMv1 §4.2).
#[derive(Clone, Copy, Debug)]
pub(super) struct BamRecord<'a> {
    /// 0-based; -1 for none.
    pub(super) reference: i32,
    /// 0-based; -1 for none.
    pub(super) position: i32,
    pub(super) mapping_quality: u8,
    pub(super) flags: u16,
    /// Whether `flags` got 0x4 for lack of a place.
    is_unplaced: bool,
    pub(super) mate_reference: i32,
    mate_position: i32,
    template_len: i32,
    /// Without the zero at its end.
    name: &'a [u8],
    /// Four bytes an operation.
    pub(super) cigar: &'a [u8],
    /// Of the bases.
    pub(super) len: usize,
    /// Two a byte.
    sequence: &'a [u8],
    qualities: &'a [u8],
    pub(super) tags: &'a [u8],
}

impl<'a> BamRecord<'a> {
    /// Reads a record with its length before it.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, CramFault> {
        let malformed = CramFault::Malformed { what: "a record that is to be written" };
        let record = Self::parse_fields(Bytes(bytes)).ok_or(malformed)?;
        if record.name.contains(&0) {
            return Err(record.fault("its name has a zero byte"));
        }
        // AP is counted from 1.
        if record.position < -1 || record.position == i32::MAX {
            return Err(record.fault(&format!("POS - 1 is {}, which no position is", record.position)));
        }
        Ok(record)
    }

    fn parse_fields(mut bytes: Bytes<'a>) -> Option<Self> {
        let size = usize::try_from(u32::from_le_bytes(bytes.array()?)).ok()?;
        if bytes.0.len() != size {
            return None;
        }
        let reference = i32::from_le_bytes(bytes.array()?);
        let position = i32::from_le_bytes(bytes.array()?);
        let name_len = usize::from(bytes.byte()?);
        let mapping_quality = bytes.byte()?;
        let _bin = bytes.take(2)?;
        let operations = usize::from(u16::from_le_bytes(bytes.array()?));
        let flags = u16::from_le_bytes(bytes.array()?);
        let len = usize::try_from(u32::from_le_bytes(bytes.array()?)).ok()?;
        let mate_reference = i32::from_le_bytes(bytes.array()?);
        let mate_position = i32::from_le_bytes(bytes.array()?);
        let template_len = i32::from_le_bytes(bytes.array()?);
        let name = bytes.take(name_len)?.strip_suffix(&[0])?;
        let cigar = bytes.take(operations * 4)?;
        let sequence = bytes.take(len.div_ceil(2))?;
        let qualities = bytes.take(len)?;
        let tags = bytes.0;
        // htslib refuses the slice that has a mapped read without a place.
        let is_unplaced = flags & UNMAPPED == 0 && (reference < 0 || position < 0);
        Some(Self {
            reference,
            position,
            mapping_quality,
            flags: flags | if is_unplaced { UNMAPPED } else { 0 },
            is_unplaced,
            mate_reference,
            mate_position,
            template_len,
            name,
            cigar,
            len,
            sequence,
            qualities,
            tags,
        })
    }

    pub(super) fn fault(&self, what: &str) -> CramFault {
        let name = String::from_utf8_lossy(self.name).escape_debug().to_string();
        CramFault::Record { name, what: what.to_owned() }
    }

    pub(super) fn is_unmapped(&self) -> bool {
        self.flags & UNMAPPED != 0
    }

    /// The bases in upper case.
    fn bases(&self, out: &mut Vec<u8>) {
        out.clear();
        out.extend(self.sequence.iter().flat_map(|pair| [letter(pair >> 4), letter(pair & 15)]));
        out.truncate(self.len);
    }

    fn has_qualities(&self) -> bool {
        self.qualities.iter().any(|quality| *quality != 0xff)
    }

    /// MF; FLAG is stored as well. htslib makes a read with the bits of a mate paired.
    fn mate_flags(&self) -> i32 {
        if self.flags & PAIRED == 0 {
            return 0;
        }
        i32::from(self.flags & MATE_REVERSE != 0) | i32::from(self.flags & MATE_UNMAPPED != 0) << 1
    }
}

/// The base of four bits (SAMv1 §4.2.3).
fn letter(nibble: u8) -> u8 {
    b"=ACMGRSVTWYHKDBN".get(usize::from(nibble)).copied().unwrap_or(b'N')
}

impl SliceWriter<'_> {
    /// Takes a record (CRAMv3 §10); gives the number of its bases.
    pub(super) fn record(&mut self, record: &BamRecord<'_>, cigar: &Cigar) -> Result<u64, CramFault> {
        let has_sequence = record.len > 0;
        let read_len = if has_sequence { record.len } else { cigar.read_len() };
        let mut cram_flags = DETACHED;
        cram_flags |= if record.has_qualities() { QUALITIES_ARE_STORED } else { 0 };
        cram_flags |= if has_sequence { 0 } else { NO_SEQUENCE };
        self.changes.unplaced += u64::from(record.is_unplaced);
        self.changes.unknown_flags += u64::from(record.flags & !KNOWN_FLAGS != 0);
        self.int(Series::BamFlags, (record.flags & KNOWN_FLAGS).into());
        self.int(Series::CramFlags, cram_flags.into());
        if self.is_mixed {
            self.int(Series::ReferenceId, record.reference);
        }
        let len = i32::try_from(read_len).map_err(|_| record.fault("it has more than 2^31 - 1 bases"))?;
        self.int(Series::ReadLength, len);
        self.position(record.position + 1);
        self.identity(record, cigar)?;
        let mut bases = std::mem::take(&mut self.streams.bases);
        record.bases(&mut bases);
        if record.is_unmapped() {
            self.streams.of(Series::Base).extend_from_slice(&bases);
        } else {
            self.features(record, cigar, has_sequence.then_some(bases.as_slice()));
            self.int(Series::MappingQuality, record.mapping_quality.into());
        }
        self.streams.bases = bases;
        if record.has_qualities() {
            self.streams.of(Series::Quality).extend_from_slice(record.qualities);
        }
        Ok(read_len as u64)
    }

    /// POS, 1-based.
    fn position(&mut self, position: i32) {
        let stored = match self.last_position.replace(position) {
            Some(last) => position - last,
            None => {
                self.last_position = None;
                position
            }
        };
        self.int(Series::Position, stored);
    }

    /// Read group, name, mate and tags.
    fn identity(&mut self, record: &BamRecord<'_>, cigar: &Cigar) -> Result<(), CramFault> {
        let name = if record.name.is_empty() { b"*" } else { record.name };
        self.changes.empty_names += u64::from(record.name.is_empty());
        let names = self.streams.of(Series::Name);
        names.extend_from_slice(name);
        names.push(0);
        let is_lone = record.flags & PAIRED == 0;
        self.changes.unpaired_mates += u64::from(is_lone && record.mate_reference != -1);
        self.int(Series::MateFlags, record.mate_flags());
        self.int(Series::MateReference, record.mate_reference);
        self.int(Series::MatePosition, record.mate_position.wrapping_add(1));
        self.int(Series::TemplateLength, record.template_len);
        let line = self.dictionary.line(record, cigar.is_in_tag(), self.read_groups, &mut self.streams)?;
        put_itf8(self.streams.of(Series::ReadGroup), line.read_group);
        put_itf8(self.streams.of(Series::TagLine), line.number);
        Ok(())
    }
}
