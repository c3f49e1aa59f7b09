//! A VCF line as a BCF record.

mod column;
mod fault;
mod info;
mod keys;
mod samples;
mod typed;

use bioserde_core::vcf::Header;

pub(crate) use fault::EncodeError;
use fault::{Need, Part};
use keys::Keys;
use samples::Samples;
use typed::{MISSING_FLOAT, append_integers, append_text, float};

use crate::formats::vcf::end::end_position;
use crate::formats::vcf::line::{Line, LineError};

/// The length of the fixed part, after the two lengths (VCF 4.3 §6.3.1).
const FIXED: usize = 24;

/// Makes BCF records of the lines of one header, one after another, always in the same memory.
///
/// Its records are those that htslib makes of a line, where the line loses nothing by it. So these are
/// errors here: a key, filter or contig that the header does not declare, and a value that is not of its
/// key's declared `Type`.
#[derive(Debug)]
pub(crate) struct Encoder {
    keys: Keys,
    sample_count: usize,
    has_format: bool,
    samples: Samples,
    shared: Vec<u8>,
    individual: Vec<u8>,
    numbers: Vec<i32>,
}

impl Encoder {
    /// For the lines of a header.
    pub(crate) fn new(header: &Header) -> Self {
        Self {
            keys: Keys::new(header),
            sample_count: header.samples.len(),
            has_format: header.has_format,
            samples: Samples::new(header),
            shared: Vec::new(),
            individual: Vec::new(),
            numbers: Vec::new(),
        }
    }

    /// Appends the record (VCF 4.3 §6.3) of a line without its end; nothing when there is an error.
    ///
    /// # Errors
    ///
    /// The line is no record, names what the header does not declare, or has a value that BCF cannot hold.
    pub(crate) fn encode(&mut self, text: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let line = Line::parse(text)?;
        if let Some(at) = memchr::memchr2(0, 7, text) {
            return Err(EncodeError::Character(text.get(at).copied().unwrap_or_default()));
        }
        self.shared.clear();
        self.individual.clear();
        let chrom = self.keys.contig(line.chrom)?;
        let qual = qual(line.qual)?;
        append_text(if line.id == b"." { b"" } else { line.id }, &mut self.shared)?;
        let alleles = append_alleles(&line, &mut self.shared)?;
        self.append_filter(line.filter)?;
        let infos = info::append(line.info, &self.keys, &mut self.numbers, &mut self.shared)?;
        if line.format.is_none() || !self.has_format {
            line.check_samples(self.sample_count, self.has_format)?;
        }
        let formats = self.samples.append(&line, &self.keys, &mut self.individual)?;

        let length = |n: usize| u32::try_from(n).map(u32::to_le_bytes).map_err(|_| EncodeError::TooLong);
        let [s0, s1, s2, s3] = length(self.sample_count)?;
        if s3 != 0 {
            return Err(EncodeError::TooMany(Part::Sample));
        }
        let span = end_position(&line).saturating_sub(line.pos).saturating_add(1);
        out.extend(length(FIXED + self.shared.len())?);
        out.extend(length(self.individual.len())?);
        out.extend(chrom.to_le_bytes());
        out.extend((line.pos - 1).to_le_bytes());
        out.extend(span.to_le_bytes());
        out.extend(qual.to_le_bytes());
        out.extend(infos.to_le_bytes());
        out.extend(alleles.to_le_bytes());
        out.extend([s0, s1, s2, formats]);
        out.extend_from_slice(&self.shared);
        out.extend_from_slice(&self.individual);
        Ok(())
    }

    fn append_filter(&mut self, filter: &[u8]) -> Result<(), EncodeError> {
        self.numbers.clear();
        if filter.is_empty() {
            return Err(LineError::EmptyField("FILTER").into());
        }
        if filter != b"." {
            // A `;` at the end separates nothing, as htslib has it.
            for id in filter.strip_suffix(b";").unwrap_or(filter).split(|b| *b == b';') {
                self.numbers.push(self.keys.filter(id)?);
            }
        }
        let len = self.numbers.len();
        append_integers(&self.numbers, len, &mut self.shared)
    }
}

/// The bits of `QUAL`.
fn qual(text: &[u8]) -> Result<u32, EncodeError> {
    if text == b"." {
        return Ok(MISSING_FLOAT);
    }
    match float(text) {
        Some((bits, [])) => Ok(bits),
        _ => Err(EncodeError::value(Part::Qual, b"", text, Need::Float)),
    }
}

/// Appends `REF` and `ALT`; tells how many alleles there are.
fn append_alleles(line: &Line<'_>, out: &mut Vec<u8>) -> Result<u16, EncodeError> {
    append_text(line.reference, out)?;
    let mut count = 1_u16;
    if line.alt == b"." {
        return Ok(count);
    }
    for allele in line.alt.split(|b| *b == b',') {
        if allele.is_empty() {
            return Err(LineError::EmptyField("an allele of ALT").into());
        }
        append_text(allele, out)?;
        count = count.checked_add(1).ok_or(EncodeError::TooMany(Part::Alt))?;
    }
    Ok(count)
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
