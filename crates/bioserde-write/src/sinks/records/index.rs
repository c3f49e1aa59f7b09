use bioserde_core::{Header, Interval, Location, Position, RecordForm, VirtualPosition};
use bioserde_resolve::{IndexBuilder, IndexKind, IndexRecord};
use bioserde_storage::Target;

use super::super::output::Output;
use crate::{Error, RecordFormat, Result, SinkOptions, WriteIndex};

/// Where a record lies, on its reference sequence and in its unit.
#[derive(Clone, Debug)]
pub(super) struct Indexed {
    location: Location,
    /// The name of a reference sequence that the header does not have.
    undeclared: Option<Box<str>>,
    /// Counted from the start of the unit.
    start: VirtualPosition,
}

impl Indexed {
    pub(super) fn new(location: Location, record: &[u8], form: RecordForm, start: VirtualPosition) -> Self {
        // Of VCF alone: a BCF record has a number of the header, a read without one is unplaced.
        let is_undeclared = location.reference.is_none() && form == RecordForm::Vcf;
        let name = || std::str::from_utf8(record.split(|b| *b == b'\t').next()?).ok();
        Self { location, undeclared: is_undeclared.then(name).flatten().map(Box::from), start }
    }
}

/// An index that is made while its file is written.
#[derive(Debug)]
pub(super) struct Index {
    /// Of the indexed file, for errors.
    path: String,
    target: Target,
    form: RecordForm,
    builder: IndexBuilder,
    records: u64,
}

impl Index {
    /// Begins the index of an output; nothing when none is wanted.
    pub(super) fn begin(
        format: &dyn RecordFormat,
        target: &Target,
        header: &Header,
        options: &SinkOptions,
    ) -> Result<Option<Self>> {
        let usual = usual(format.form());
        let longest = header.reference_sequences().iter().filter_map(|(_, length)| *length).max();
        let kind = match options.index {
            WriteIndex::No => return Ok(None),
            WriteIndex::Usual if longest.is_none_or(|length| length <= usual.limit()) => usual,
            WriteIndex::Usual | WriteIndex::Csi => IndexKind::Csi,
        };
        let path = target.name().to_owned();
        let Some(target) = target.beside(kind.suffix())? else {
            return Err(Error::IndexNeedsFile { path });
        };
        let numbers = header.record_numbers(format.form());
        let builder = IndexBuilder::new(kind, header.names()).with_record_numbers(numbers);
        // Of VCF the index has the names.
        let builder = if format.form() == RecordForm::Vcf { builder.with_names() } else { builder };
        Ok(Some(Self { path, target, form: format.form(), builder, records: 0 }))
    }

    pub(super) fn form(&self) -> RecordForm {
        self.form
    }

    /// Takes the records of a unit whose blocks begin at `offset` of the file and are `len` bytes long.
    pub(super) fn push(&mut self, unit: Vec<Indexed>, offset: u64, len: u64) -> Result<()> {
        let place = |p: VirtualPosition| VirtualPosition::new(offset + p.compressed(), p.uncompressed());
        let end = VirtualPosition::new(offset + len, 0);
        let starts: Vec<_> = unit.iter().map(|record| place(record.start)).collect();
        let ends = starts.iter().skip(1).copied().chain([end]);
        for ((record, start), end) in unit.into_iter().zip(starts.iter().copied()).zip(ends) {
            self.records += 1;
            let (start, end) = (start.unwrap_or_default(), end.unwrap_or_default());
            self.push_record(&record, start, end)?;
        }
        Ok(())
    }

    fn push_record(&mut self, record: &Indexed, start: VirtualPosition, end: VirtualPosition) -> Result<()> {
        let Indexed { location, undeclared, .. } = record;
        let undeclared = undeclared.as_deref().map(|name| self.builder.reference(name));
        // A read that names its reference sequence and no position counts as at its start, as htslib has
        // it: it sorts before the others.
        let first = Position::new(1).map(|at| Interval { start: at, end: at });
        let place = location.reference.or(undeclared).zip(location.interval.or(first));
        let record = IndexRecord { place, is_mapped: location.is_mapped, start, end };
        let failed = |source| Error::Index { path: self.path.clone(), record: self.records, source };
        self.builder.push(record).map_err(failed)
    }

    /// Completes the index; it appears under its name when what is given is committed.
    pub(super) fn finish(self) -> Result<Output> {
        let failed = |source| Error::FinishIndex { path: self.path.clone(), source };
        let bytes = self.builder.finish().map_err(failed)?;
        let mut output = Output::new(self.target);
        output.write(&bytes)?;
        Ok(output)
    }
}

/// The kind that tools expect beside a file of such records.
fn usual(form: RecordForm) -> IndexKind {
    match form {
        RecordForm::Bam => IndexKind::Bai,
        RecordForm::Vcf => IndexKind::Tbi,
        RecordForm::Sam | RecordForm::Bcf => IndexKind::Csi,
    }
}
