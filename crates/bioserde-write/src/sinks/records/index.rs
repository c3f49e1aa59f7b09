use std::collections::HashMap;

use bioserde_core::{Header, Interval, Location, Position, RecordForm, VirtualPosition, vcf};
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
    /// Of each reference sequence of the header its number in the records, where that is another one.
    numbers: Option<Vec<usize>>,
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
        let (builder, numbers) = match (format.form(), header) {
            (RecordForm::Bcf, Header::Vcf(header)) => {
                (IndexBuilder::new(kind, dictionary(header)), Some(numbers(header)))
            }
            // VCF has its names in the index.
            (RecordForm::Vcf, _) => (IndexBuilder::new(kind, header.names()).with_names(), None),
            _ => (IndexBuilder::new(kind, header.names()), None),
        };
        Ok(Some(Self { path, target, form: format.form(), builder, numbers, records: 0 }))
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
        let declared = match &self.numbers {
            Some(numbers) => location.reference.and_then(|at| numbers.get(at).copied()),
            None => location.reference,
        };
        let place = declared.or(undeclared).zip(location.interval.or(first));
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

/// The contigs as the records of a BCF file count them (VCF 4.3 §6.2.2); the numbers that `IDX` leaves out
/// have no name.
fn dictionary(header: &vcf::Header) -> impl Iterator<Item = &str> {
    let strings = &header.contig_strings;
    let end = strings.last_key_value().map_or(0, |(last, _)| last + 1);
    (0..end).map(|number| strings.get(&number).map_or("", String::as_str))
}

/// The number of each contig there.
fn numbers(header: &vcf::Header) -> Vec<usize> {
    let numbers: HashMap<&str, usize> =
        header.contig_strings.iter().map(|(number, name)| (name.as_str(), *number)).collect();
    header.names().into_iter().map(|name| numbers.get(name).copied().unwrap_or(usize::MAX)).collect()
}

/// The kind that tools expect beside a file of such records.
fn usual(form: RecordForm) -> IndexKind {
    match form {
        RecordForm::Bam => IndexKind::Bai,
        RecordForm::Vcf => IndexKind::Tbi,
        RecordForm::Sam | RecordForm::Bcf => IndexKind::Csi,
    }
}
