use std::sync::Arc;

use super::SliceDecoder;
use super::bases::Window;
use super::mismatches::Mismatches;
use super::record::Record;
use super::tags::Generated;
use crate::block::MAX_SIZE;
use crate::fault::CramFault;
use crate::series::Series;

/// The operations of CIGAR as BAM numbers them (SAMv1 §4.2).
mod op {
    pub(super) const MATCH: u32 = 0;
    pub(super) const INSERTION: u32 = 1;
    pub(super) const DELETION: u32 = 2;
    pub(super) const SKIP: u32 = 3;
    pub(super) const SOFT_CLIP: u32 = 4;
    pub(super) const HARD_CLIP: u32 = 5;
    pub(super) const PADDING: u32 = 6;
}

/// A quality that no feature gives, where some do: as htslib has it.
const UNTOLD_QUALITY: u8 = 30;

/// How far the alignment of a record is read.
struct Alignment {
    /// Of the next base in the read, 0-based.
    read: usize,
    /// Of the next base of the reference, 1-based.
    reference: i64,
    window: Option<Arc<Window>>,
    mismatches: Option<Mismatches>,
}

impl SliceDecoder<'_, '_> {
    /// Reads the alignment of a record as its differences to the reference (CRAMv3 §10.6).
    pub(super) fn mapped(&mut self, record: &mut Record, generated: Generated) -> Result<(), CramFault> {
        let window = match record.has_sequence() {
            true => self.bases.window(record.reference)?,
            false => None,
        };
        let makes_tags = (generated.md || generated.nm) && window.is_some();
        let mut alignment = Alignment {
            read: 0,
            reference: record.position.into(),
            window,
            mismatches: makes_tags.then(Mismatches::default),
        };
        let count = self.size(Series::FeatureCount)?;
        let mut position = 0;
        for _ in 0..count {
            // About what its operation, bases and mismatch take in memory.
            self.charge(16)?;
            let code = self.byte(Series::FeatureCode)?;
            position += self.size(Series::FeaturePosition)?;
            let read = position.checked_sub(1).filter(|at| *at <= record.read_len);
            let read = read.ok_or(CramFault::Series { series: Series::FeaturePosition.name() })?;
            self.matching(record, &mut alignment, read)?;
            self.feature(record, &mut alignment, code, read)?;
        }
        self.matching(record, &mut alignment, record.read_len)?;
        record.end = alignment.reference - 1;
        record.cigar.end = self.store.cigar.len();
        record.bases.end = self.store.bases.len();
        let quality = self.int(Series::MappingQuality)?;
        record.mapping_quality =
            u8::try_from(quality).map_err(|_| CramFault::Series { series: Series::MappingQuality.name() })?;
        self.qualities(record)?;
        if let Some(mismatches) = alignment.mismatches {
            mismatches.finish(generated, &mut self.store.tags);
            record.tags.end = self.store.tags.len();
        }
        Ok(())
    }

    /// Takes the bases before a place of the read from the reference.
    fn matching(&mut self, record: &Record, alignment: &mut Alignment, to: usize) -> Result<(), CramFault> {
        let Some(len) = to.checked_sub(alignment.read).filter(|len| *len > 0) else { return Ok(()) };
        if record.has_sequence() {
            let Some(window) = &alignment.window else { return Err(CramFault::NoReferenceInRecord) };
            let bases = window.get(alignment.reference, len)?;
            let known = bases.len();
            self.store.bases.extend_from_slice(bases);
            // Beyond the end of the sequence.
            self.store.bases.resize(self.store.bases.len() + len - known, b'N');
            if let Some(mismatches) = &mut alignment.mismatches {
                mismatches.taken(bases, len - known);
            }
        }
        self.cigar(record, op::MATCH, len)?;
        alignment.advance(len, len);
        Ok(())
    }

    fn feature(
        &mut self,
        record: &Record,
        alignment: &mut Alignment,
        code: u8,
        read: usize,
    ) -> Result<(), CramFault> {
        match code {
            b'X' => {
                let code = self.byte(Series::Substitution)?;
                self.substitution(record, alignment, code, read)
            }
            b'B' => {
                let (base, quality) = (self.byte(Series::Base)?, self.byte(Series::Quality)?);
                self.set_qualities(record, read, &[quality])?;
                self.substituted(record, alignment, base, read)
            }
            b'b' => {
                let bases = self.array(Series::Stretch)?;
                self.aligned(record, alignment, &bases, read)
            }
            b'i' => {
                let base = self.byte(Series::Base)?;
                self.inserted(record, alignment, &[base], read)
            }
            b'I' => {
                let bases = self.array(Series::Insertion)?;
                self.inserted(record, alignment, &bases, read)
            }
            b'S' => {
                let bases = self.array(Series::SoftClip)?;
                self.own(record, alignment, &bases, read, op::SOFT_CLIP)
            }
            b'Q' => {
                let quality = self.byte(Series::Quality)?;
                self.set_qualities(record, read, &[quality])
            }
            b'q' => {
                let qualities = self.array(Series::QualityStretch)?;
                self.set_qualities(record, read, &qualities)
            }
            b'D' => {
                let len = self.size(Series::DeletionLength)?;
                self.deleted(record, alignment, len)
            }
            b'N' => {
                let len = self.size(Series::Skip)?;
                self.cigar(record, op::SKIP, len)?;
                alignment.advance(0, len);
                Ok(())
            }
            b'P' => {
                let len = self.size(Series::Padding)?;
                self.cigar(record, op::PADDING, len)
            }
            b'H' => {
                let len = self.size(Series::HardClip)?;
                self.cigar(record, op::HARD_CLIP, len)
            }
            code => Err(CramFault::Feature { code }),
        }
    }

    fn array(&mut self, series: Series) -> Result<Vec<u8>, CramFault> {
        let arrays = self.header.arrays.get(series.index()).and_then(Option::as_ref);
        let arrays = arrays.ok_or(CramFault::NoEncoding { series: series.name() })?;
        let mut value = Vec::new();
        let read = arrays.value(&mut self.streams, MAX_SIZE, &mut value);
        read.ok_or(CramFault::Series { series: series.name() })?;
        Ok(value)
    }

    fn substitution(
        &mut self,
        record: &Record,
        alignment: &mut Alignment,
        code: u8,
        read: usize,
    ) -> Result<(), CramFault> {
        if !record.has_sequence() {
            return self.own(record, alignment, b"N", read, op::MATCH);
        }
        let Some(window) = &alignment.window else { return Err(CramFault::NoReferenceInRecord) };
        let reference = window.base(alignment.reference)?;
        let row = match reference {
            b'A' => 0,
            b'C' => 1,
            b'G' => 2,
            b'T' => 3,
            _ => 4,
        };
        let row: Option<&[u8; 4]> = self.header.substitutions.get(row);
        let base = row.and_then(|row| row.get(usize::from(code))).copied();
        let base = base.ok_or(CramFault::Series { series: Series::Substitution.name() })?;
        self.substituted(record, alignment, base, read)
    }

    /// A base in the place of one of the reference.
    fn substituted(
        &mut self,
        record: &Record,
        alignment: &mut Alignment,
        base: u8,
        read: usize,
    ) -> Result<(), CramFault> {
        if let (Some(window), Some(mismatches)) = (&alignment.window, &mut alignment.mismatches) {
            mismatches.substituted(window.get(alignment.reference, 1)?.first().copied());
        }
        self.own(record, alignment, &[base], read, op::MATCH)
    }

    /// Bases that stand for as many of the reference.
    fn aligned(
        &mut self,
        record: &Record,
        alignment: &mut Alignment,
        bases: &[u8],
        read: usize,
    ) -> Result<(), CramFault> {
        if let (Some(window), Some(mismatches)) = (&alignment.window, &mut alignment.mismatches) {
            let reference = window.get(alignment.reference, bases.len())?;
            for (at, base) in bases.iter().enumerate() {
                mismatches.base(*base, reference.get(at).copied());
            }
        }
        self.own(record, alignment, bases, read, op::MATCH)
    }

    fn inserted(
        &mut self,
        record: &Record,
        alignment: &mut Alignment,
        bases: &[u8],
        read: usize,
    ) -> Result<(), CramFault> {
        if let Some(mismatches) = &mut alignment.mismatches {
            mismatches.inserted(bases.len());
        }
        self.own(record, alignment, bases, read, op::INSERTION)
    }

    /// Appends bases that the record has itself.
    fn own(
        &mut self,
        record: &Record,
        alignment: &mut Alignment,
        bases: &[u8],
        read: usize,
        operation: u32,
    ) -> Result<(), CramFault> {
        if read != alignment.read || bases.len() > record.read_len - read {
            return Err(CramFault::Series { series: Series::FeaturePosition.name() });
        }
        if record.has_sequence() {
            self.store.bases.extend_from_slice(bases);
        }
        self.cigar(record, operation, bases.len())?;
        alignment.advance(bases.len(), if operation == op::MATCH { bases.len() } else { 0 });
        Ok(())
    }

    fn deleted(&mut self, record: &Record, alignment: &mut Alignment, len: usize) -> Result<(), CramFault> {
        self.cigar(record, op::DELETION, len)?;
        if let (Some(window), Some(mismatches)) = (&alignment.window, &mut alignment.mismatches) {
            let bases = window.get(alignment.reference, len)?;
            self.charge(bases.len())?;
            mismatches.deleted(bases);
        }
        alignment.advance(0, len);
        Ok(())
    }

    /// Sets qualities from a place of the read on.
    fn set_qualities(&mut self, record: &Record, read: usize, given: &[u8]) -> Result<(), CramFault> {
        let start = record.qualities.start;
        if self.store.qualities.len() == start {
            self.store.qualities.resize(start + record.read_len, UNTOLD_QUALITY);
        }
        let place = self.store.qualities.get_mut(start + read..start + read + given.len());
        let fault = CramFault::Series { series: Series::FeaturePosition.name() };
        place.ok_or(fault)?.copy_from_slice(given);
        Ok(())
    }

    /// Appends an operation, or lengthens the last one.
    fn cigar(&mut self, record: &Record, operation: u32, len: usize) -> Result<(), CramFault> {
        let fault = || CramFault::CigarTooLong;
        let len = u32::try_from(len).ok().filter(|len| *len < 1 << 28).ok_or_else(fault)?;
        if len == 0 {
            return Ok(());
        }
        let own = self.store.cigar.get_mut(record.cigar.start..).unwrap_or_default();
        if let Some(last) = own.last_mut()
            && *last & 15 == operation
        {
            let len = (*last >> 4) + len;
            *last = if len < 1 << 28 { len << 4 | operation } else { return Err(fault()) };
            return Ok(());
        }
        self.store.cigar.push(len << 4 | operation);
        Ok(())
    }
}

impl Alignment {
    fn advance(&mut self, read: usize, reference: usize) {
        self.read += read;
        self.reference = self.reference.saturating_add(i64::try_from(reference).unwrap_or(i64::MAX));
    }
}
