use std::ops::Range;

use super::SliceDecoder;
use crate::fault::CramFault;
use crate::series::Series;

/// The bits of CF (CRAMv3 §8.4).
const QUALITIES_ARE_STORED: u8 = 1;
const DETACHED: u8 = 2;
const MATE_DOWNSTREAM: u8 = 4;
const NO_SEQUENCE: u8 = 8;
/// The bits of MF.
const MATE_REVERSE: i32 = 1;
const MATE_UNMAPPED: i32 = 2;

/// The bits of FLAG (SAMv1 §1.4).
pub(super) mod flag {
    pub(in super::super) const PAIRED: u16 = 0x1;
    pub(in super::super) const UNMAPPED: u16 = 0x4;
    pub(in super::super) const MATE_UNMAPPED: u16 = 0x8;
    pub(in super::super) const REVERSE: u16 = 0x10;
    pub(in super::super) const MATE_REVERSE: u16 = 0x20;
    pub(in super::super) const FIRST: u16 = 0x40;
}

/// A record as it was read. Ranges are those of the [`Store`].
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) flags: u16,
    pub(super) cram_flags: u8,
    /// 0-based; -1 for none.
    pub(super) reference: i32,
    /// 1-based; 0 for none.
    pub(super) position: i32,
    /// The last position; that before the first where there is none.
    pub(super) end: i64,
    pub(super) read_len: usize,
    pub(super) read_group: Option<usize>,
    pub(super) name: Range<usize>,
    pub(super) mate_reference: i32,
    pub(super) mate_position: i32,
    /// Not known before the mates are.
    pub(super) template_len: Option<i64>,
    /// The number of its mate in the slice.
    pub(super) mate: Option<usize>,
    /// The number of the first record of its template, where the slice has several.
    pub(super) template: Option<usize>,
    pub(super) mapping_quality: u8,
    pub(super) cigar: Range<usize>,
    pub(super) bases: Range<usize>,
    pub(super) qualities: Range<usize>,
    pub(super) tags: Range<usize>,
}

impl Record {
    pub(super) fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    pub(super) fn has_sequence(&self) -> bool {
        self.cram_flags & NO_SEQUENCE == 0
    }

    pub(super) fn has_stored_qualities(&self) -> bool {
        self.cram_flags & QUALITIES_ARE_STORED != 0
    }
}

/// What the records of a slice have of varying length.
#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) names: Vec<u8>,
    /// As BAM has them: the length times 16, and the operation.
    pub(super) cigar: Vec<u32>,
    pub(super) bases: Vec<u8>,
    pub(super) qualities: Vec<u8>,
    /// As BAM has them.
    pub(super) tags: Vec<u8>,
}

/// What every record takes besides its bytes.
const RECORD_COST: usize = 256;

impl SliceDecoder<'_, '_> {
    /// Reads the next record, the `number`th (0-based) of the slice.
    pub(super) fn record(&mut self, number: usize) -> Result<Record, CramFault> {
        let mut record = Record::default();
        self.charge(RECORD_COST)?;
        self.flags(&mut record)?;
        self.place(&mut record)?;
        if self.header.has_names {
            record.name = self.name()?;
        }
        self.mate(&mut record, number)?;
        let generated = self.tags(&mut record)?;
        record.bases = self.store.bases.len()..self.store.bases.len();
        record.qualities = self.store.qualities.len()..self.store.qualities.len();
        record.cigar = self.store.cigar.len()..self.store.cigar.len();
        // Bases, qualities and what else grows with them.
        self.charge(record.read_len.saturating_mul(2))?;
        if record.has(flag::UNMAPPED) {
            record.end = record.position.into();
            self.unmapped(&mut record)?;
        } else {
            self.mapped(&mut record, generated)?;
        }
        Ok(record)
    }

    /// Takes memory or work from what the container may take.
    pub(super) fn charge(&mut self, cost: usize) -> Result<(), CramFault> {
        *self.budget = self.budget.checked_sub(cost).ok_or(CramFault::ContainerTooLarge)?;
        Ok(())
    }

    pub(super) fn int(&mut self, series: Series) -> Result<i32, CramFault> {
        let values = self.header.values.get(series.index()).and_then(Option::as_ref);
        let values = values.ok_or(CramFault::NoEncoding { series: series.name() })?;
        values.int(&mut self.streams).ok_or(CramFault::Series { series: series.name() })
    }

    pub(super) fn byte(&mut self, series: Series) -> Result<u8, CramFault> {
        let values = self.header.values.get(series.index()).and_then(Option::as_ref);
        let values = values.ok_or(CramFault::NoEncoding { series: series.name() })?;
        values.byte(&mut self.streams).ok_or(CramFault::Series { series: series.name() })
    }

    /// The next value of a series that may not be negative.
    pub(super) fn size(&mut self, series: Series) -> Result<usize, CramFault> {
        let value = self.int(series)?;
        usize::try_from(value).map_err(|_| CramFault::Series { series: series.name() })
    }

    fn flags(&mut self, record: &mut Record) -> Result<(), CramFault> {
        let fault = |series: Series| CramFault::Series { series: series.name() };
        let flags = self.int(Series::BamFlags)?;
        record.flags = u16::try_from(flags).map_err(|_| fault(Series::BamFlags))?;
        let flags = self.int(Series::CramFlags)?;
        record.cram_flags = u8::try_from(flags).map_err(|_| fault(Series::CramFlags))?;
        Ok(())
    }

    fn place(&mut self, record: &mut Record) -> Result<(), CramFault> {
        record.reference = match self.slice.reference {
            -2 => self.int(Series::ReferenceId)?,
            reference => reference,
        };
        let known = self.file.references.len();
        if record.reference < -1 || usize::try_from(record.reference).is_ok_and(|at| at >= known) {
            return Err(CramFault::UnknownReference { id: record.reference, known });
        }
        record.read_len = self.size(Series::ReadLength)?;
        let position = self.int(Series::Position)?;
        record.position = match self.header.positions_are_deltas {
            true => self.last_position.wrapping_add(position),
            false => position,
        };
        if record.position < 0 {
            return Err(CramFault::Series { series: Series::Position.name() });
        }
        self.last_position = record.position;
        let group = self.int(Series::ReadGroup)?;
        record.read_group = usize::try_from(group).ok();
        if group < -1 || record.read_group.is_some_and(|at| at >= self.file.read_groups.len()) {
            return Err(CramFault::Series { series: Series::ReadGroup.name() });
        }
        Ok(())
    }

    fn name(&mut self) -> Result<Range<usize>, CramFault> {
        let start = self.store.names.len();
        let arrays = self.header.arrays.get(Series::Name.index()).and_then(Option::as_ref);
        let arrays = arrays.ok_or(CramFault::NoEncoding { series: Series::Name.name() })?;
        // BAM has 8 bits for the length, with the zero at its end.
        let read = arrays.value(&mut self.streams, 254, &mut self.store.names);
        let end = self.store.names.len();
        match read {
            Some(()) if end - start <= 254 => Ok(start..end),
            _ => Err(CramFault::Series { series: Series::Name.name() }),
        }
    }

    fn mate(&mut self, record: &mut Record, number: usize) -> Result<(), CramFault> {
        record.mate_reference = -1;
        if record.cram_flags & DETACHED != 0 {
            let flags = self.int(Series::MateFlags)?;
            if flags & MATE_REVERSE != 0 {
                record.flags |= flag::MATE_REVERSE;
            }
            if flags & MATE_UNMAPPED != 0 {
                record.flags |= flag::MATE_UNMAPPED;
            }
            if !self.header.has_names {
                record.name = self.name()?;
            }
            record.mate_reference = self.int(Series::MateReference)?;
            record.mate_position = self.int(Series::MatePosition)?;
            record.template_len = Some(self.int(Series::TemplateLength)?.into());
        } else if record.cram_flags & MATE_DOWNSTREAM != 0 {
            let mate = self.size(Series::NextFragment)?.saturating_add(number).saturating_add(1);
            if mate >= self.slice.records {
                return Err(CramFault::Series { series: Series::NextFragment.name() });
            }
            record.mate = Some(mate);
        }
        Ok(())
    }

    /// Bases and qualities of a read without an alignment (CRAMv3 §10.7).
    fn unmapped(&mut self, record: &mut Record) -> Result<(), CramFault> {
        self.bytes(Series::Base, record.read_len)?;
        record.bases.end = self.store.bases.len();
        self.qualities(record)
    }

    fn bytes(&mut self, series: Series, len: usize) -> Result<(), CramFault> {
        if len == 0 {
            return Ok(());
        }
        let values = self.header.values.get(series.index()).and_then(Option::as_ref);
        let values = values.ok_or(CramFault::NoEncoding { series: series.name() })?;
        let out = match series {
            Series::Quality => &mut self.store.qualities,
            _ => &mut self.store.bases,
        };
        values.bytes(&mut self.streams, len, out).ok_or(CramFault::Series { series: series.name() })
    }

    /// The qualities of all bases, where they are stored so.
    pub(super) fn qualities(&mut self, record: &mut Record) -> Result<(), CramFault> {
        if record.has_stored_qualities() {
            self.store.qualities.truncate(record.qualities.start);
            self.bytes(Series::Quality, record.read_len)?;
        } else if self.store.qualities.len() == record.qualities.start {
            self.store.qualities.resize(record.qualities.start + record.read_len, 0xff);
        }
        record.qualities.end = self.store.qualities.len();
        Ok(())
    }
}
