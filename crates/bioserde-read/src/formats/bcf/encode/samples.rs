use bioserde_core::vcf::{Header, Type};

use super::column::{Column, Kind};
use super::fault::{EncodeError, Need, Part, shown};
use super::keys::Keys;
use super::typed::append_integer;
use crate::formats::vcf::line::{Line, LineError};

/// Encodes the samples of lines.
#[derive(Debug)]
pub(super) struct Samples {
    count: usize,
    /// Whether genotypes may tell the phasing of their first allele (VCF 4.4).
    has_prefix: bool,
    /// The last `FORMAT`, and its keys.
    format: Vec<u8>,
    keys: Vec<(i32, Kind)>,
    columns: Vec<Column>,
}

impl Samples {
    pub(super) fn new(header: &Header) -> Self {
        let minor = header.version.strip_prefix("VCFv4.").and_then(|v| v.parse::<u32>().ok());
        Self {
            count: header.samples.len(),
            has_prefix: minor.is_some_and(|minor| minor >= 4),
            format: Vec::new(),
            keys: Vec::new(),
            columns: Vec::new(),
        }
    }

    /// Appends the samples of a line; tells how many keys there are.
    pub(super) fn append(
        &mut self,
        line: &Line<'_>,
        keys: &Keys,
        out: &mut Vec<u8>,
    ) -> Result<u8, EncodeError> {
        let Some(format) = line.format else { return Ok(0) };
        if format == b"." {
            return self.check_empty(line);
        }
        if self.format != format || self.keys.is_empty() {
            self.set_format(format, keys)?;
        }
        let count = u8::try_from(self.keys.len()).map_err(|_| EncodeError::TooMany(Part::Format))?;
        if self.count == 0 {
            line.check_samples(0, true)?;
            // Without samples the keys have nothing but their names.
            for (number, _) in &self.keys {
                append_integer(*number, out);
                out.push(0);
            }
            return Ok(count);
        }
        for (i, (column, (_, kind))) in self.columns.iter_mut().zip(&self.keys).enumerate() {
            column.begin(*kind, i == 0);
        }
        self.read(line)?;
        for (column, (number, _)) in self.columns.iter_mut().zip(&self.keys) {
            append_integer(*number, out);
            column.append(out)?;
        }
        Ok(count)
    }

    fn set_format(&mut self, format: &[u8], keys: &Keys) -> Result<(), EncodeError> {
        self.keys.clear();
        for id in format.split(|b| *b == b':') {
            let key = keys.format(id)?;
            let kind = match key.kind {
                _ if id == b"GT" => Kind::Genotype,
                Type::Integer => Kind::Integer,
                Type::Float => Kind::Float,
                Type::Character | Type::String => Kind::Text,
                Type::Flag => return Err(EncodeError::FormatFlag(shown(id))),
            };
            self.keys.push((key.number, kind));
        }
        self.columns.resize_with(self.keys.len(), Column::default);
        self.format = format.to_vec();
        Ok(())
    }

    fn read(&mut self, line: &Line<'_>) -> Result<(), EncodeError> {
        let mut rest = line.samples;
        let mut sample = 0;
        while !line.samples.is_empty() && sample < self.count {
            sample += 1;
            rest = self.read_sample(line, sample, rest)?;
            match rest {
                [b'\t', after @ ..] if sample < self.count => rest = after,
                _ => break,
            }
        }
        if sample == self.count && rest.is_empty() { Ok(()) } else { Err(wrong_count(line, self.count)) }
    }

    /// Takes a sample, 1-based, from the start of `rest`; gives what follows it.
    fn read_sample<'a>(
        &mut self,
        line: &Line<'_>,
        sample: usize,
        mut rest: &'a [u8],
    ) -> Result<&'a [u8], EncodeError> {
        let last = self.columns.len().saturating_sub(1);
        let mut has_ended = false;
        for (i, column) in self.columns.iter_mut().enumerate() {
            if has_ended {
                column.push_absent();
                continue;
            }
            rest = column.push(rest, self.has_prefix).map_err(|need| refused(line, i, rest, need))?;
            match rest {
                [b':', after @ ..] if i < last => rest = after,
                [b':', ..] => return Err(EncodeError::ExtraValues(sample)),
                _ => has_ended = true,
            }
        }
        Ok(rest)
    }

    /// Without keys no sample has a value.
    fn check_empty(&self, line: &Line<'_>) -> Result<u8, EncodeError> {
        line.check_samples(self.count, true)?;
        let values = line.samples.split(|b| *b == b'\t').take(self.count).enumerate();
        for (i, value) in values {
            if !matches!(value, b"." | b"") {
                return Err(EncodeError::NoFormat { sample: i + 1, value: shown(value) });
            }
        }
        Ok(0)
    }
}

#[cold]
fn wrong_count(line: &Line<'_>, expected: usize) -> EncodeError {
    let counted = line.check_samples(expected, true);
    counted.err().unwrap_or(LineError::SampleCount { got: expected, expected }).into()
}

/// A value of the key with that place in `FORMAT`, at the start of `rest`.
#[cold]
fn refused(line: &Line<'_>, key: usize, rest: &[u8], need: Need) -> EncodeError {
    let id = line.format.and_then(|format| format.split(|b| *b == b':').nth(key)).unwrap_or_default();
    let value = rest.split(|b| matches!(b, b':' | b'\t')).next().unwrap_or_default();
    EncodeError::value(Part::Format, id, value, need)
}
