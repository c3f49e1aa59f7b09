use super::fault::{EncodeError, Need};
use super::typed::{
    END_OF_VECTOR, FLOAT_END_OF_VECTOR, MISSING, MISSING_FLOAT, append_floats, append_integers,
    append_text_len, float, integer,
};

/// What the values of a FORMAT key are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    Genotype,
    Integer,
    Float,
    #[default]
    Text,
}

/// The values of a FORMAT key, sample after sample.
#[derive(Debug, Default)]
pub(super) struct Column {
    pub(super) kind: Kind,
    /// Of genotypes and integers.
    integers: Vec<i32>,
    /// The bits of floats.
    floats: Vec<u32>,
    text: Vec<u8>,
    /// Bytes that each text has room for.
    text_width: usize,
    /// Bytes that htslib leaves free after the longest text: it counts the `:` before the value.
    text_margin: usize,
    /// Where the elements of each sample end.
    ends: Vec<usize>,
    padded: Vec<i32>,
    padded_floats: Vec<u32>,
}

impl Column {
    /// Begins a record; `is_first` says whether the key is the first of `FORMAT`.
    pub(super) fn begin(&mut self, kind: Kind, is_first: bool) {
        self.kind = kind;
        self.text_width = 0;
        self.text_margin = usize::from(!is_first);
        self.integers.clear();
        self.floats.clear();
        self.text.clear();
        self.ends.clear();
    }

    /// Takes the value at the start of some text; gives what follows it, from its `:` or tab.
    #[inline]
    pub(super) fn push<'a>(&mut self, text: &'a [u8], has_prefix: bool) -> Result<&'a [u8], Need> {
        match self.kind {
            Kind::Genotype => self.push_genotype(text, has_prefix),
            Kind::Integer => self.push_integers(text),
            Kind::Float => self.push_floats(text),
            Kind::Text => Ok(self.push_text(text)),
        }
    }

    /// Takes a value that a sample leaves out at its end.
    pub(super) fn push_absent(&mut self) {
        match self.kind {
            Kind::Genotype | Kind::Integer => {
                self.integers.push(MISSING);
                self.ends.push(self.integers.len());
            }
            Kind::Float => {
                self.floats.push(MISSING_FLOAT);
                self.ends.push(self.floats.len());
            }
            Kind::Text => {
                self.text.push(b'.');
                self.ends.push(self.text.len());
            }
        }
    }

    #[inline]
    fn push_genotype<'a>(&mut self, text: &'a [u8], has_prefix: bool) -> Result<&'a [u8], Need> {
        // Most are diploid, of few alleles, and their first phasing is not told.
        if let [a @ (b'0'..=b'9' | b'.'), mark @ (b'|' | b'/'), b @ (b'0'..=b'9' | b'.'), rest @ ..] = text
            && matches!(rest, [] | [b':' | b'\t', ..])
        {
            let is_phased = i32::from(*mark == b'|');
            let implied = if has_prefix { is_phased } else { 0 };
            self.integers.extend([digit_code(*a) | implied, digit_code(*b) | is_phased]);
            self.ends.push(self.integers.len());
            return Ok(rest);
        }
        self.push_any_genotype(text, has_prefix)
    }

    /// Codes are `(allele + 1) << 1 | phased` (VCF 4.3 §6.3.3). From VCF 4.4 on the first tells its phasing
    /// too; where the text does not, it is phased if all others are.
    fn push_any_genotype<'a>(&mut self, text: &'a [u8], has_prefix: bool) -> Result<&'a [u8], Need> {
        let start = self.integers.len();
        let (mut rest, prefix) = match text {
            [mark @ (b'|' | b'/'), rest @ ..] if has_prefix => (rest, Some(*mark == b'|')),
            _ => (text, None),
        };
        let mut is_phased = prefix.unwrap_or(false);
        let mut is_rest_phased = true;
        if matches!(rest, [] | [b':' | b'\t', ..]) && prefix.is_none() {
            self.integers.push(0);
            self.ends.push(self.integers.len());
            return Ok(rest);
        }
        loop {
            let code = match rest {
                [b'.', after @ ..] => {
                    rest = after;
                    0
                }
                [b'0'..=b'9', ..] => {
                    let (allele, after) = integer(rest).ok_or(Need::Genotype)?;
                    rest = after;
                    allele.checked_add(1).filter(|n| *n < 1 << 30).ok_or(Need::Genotype)? << 1
                }
                _ => return Err(Need::Genotype),
            };
            self.integers.push(code | i32::from(is_phased));
            match rest {
                [mark @ (b'|' | b'/'), after @ ..] => {
                    is_phased = *mark == b'|';
                    is_rest_phased &= is_phased;
                    rest = after;
                }
                [] | [b':' | b'\t', ..] => break,
                _ => return Err(Need::Genotype),
            }
        }
        let is_haploid = self.integers.len() == start + 1;
        if has_prefix
            && prefix.is_none()
            && let Some(first) = self.integers.get_mut(start)
        {
            *first |= i32::from(is_rest_phased && (!is_haploid || *first != 0));
        }
        self.ends.push(self.integers.len());
        Ok(rest)
    }

    #[inline]
    fn push_integers<'a>(&mut self, mut rest: &'a [u8]) -> Result<&'a [u8], Need> {
        loop {
            let (value, after) = match rest {
                [b'.', after @ ..] => (MISSING, after),
                [] | [b':' | b'\t' | b',', ..] => (MISSING, rest),
                _ => integer(rest).ok_or(Need::Integer)?,
            };
            self.integers.push(value);
            match after {
                [b',', after @ ..] => rest = after,
                [] | [b':' | b'\t', ..] => {
                    self.ends.push(self.integers.len());
                    return Ok(after);
                }
                _ => return Err(Need::Integer),
            }
        }
    }

    #[inline]
    fn push_floats<'a>(&mut self, mut rest: &'a [u8]) -> Result<&'a [u8], Need> {
        loop {
            let (bits, after) = match rest {
                [b'.', after @ ..] if !matches!(after, [b'0'..=b'9', ..]) => (MISSING_FLOAT, after),
                [] | [b':' | b'\t' | b',', ..] => (MISSING_FLOAT, rest),
                _ => float(rest).ok_or(Need::Float)?,
            };
            self.floats.push(bits);
            match after {
                [b',', after @ ..] => rest = after,
                [] | [b':' | b'\t', ..] => {
                    self.ends.push(self.floats.len());
                    return Ok(after);
                }
                _ => return Err(Need::Float),
            }
        }
    }

    #[inline]
    fn push_text<'a>(&mut self, text: &'a [u8]) -> &'a [u8] {
        let end = memchr::memchr2(b':', b'\t', text).unwrap_or(text.len());
        let (value, rest) = text.split_at_checked(end).unwrap_or((text, &[]));
        self.text.extend_from_slice(value);
        self.text_width = self.text_width.max(value.len() + self.text_margin);
        self.ends.push(self.text.len());
        rest
    }

    /// Appends the type and the vectors, those of all samples equally long.
    pub(super) fn append(&mut self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let starts = || std::iter::once(0).chain(self.ends.iter().copied());
        let width = starts().zip(&self.ends).map(|(start, end)| end - start).max().unwrap_or(0);
        let is_even = self.ends.last().is_none_or(|all| *all == width * self.ends.len());
        let samples = starts().zip(&self.ends).map(|(start, end)| start..*end);
        match self.kind {
            Kind::Genotype | Kind::Integer if is_even => append_integers(&self.integers, width, out),
            Kind::Genotype | Kind::Integer => {
                self.padded.clear();
                pad(&self.integers, samples, width, END_OF_VECTOR, &mut self.padded);
                append_integers(&self.padded, width, out)
            }
            Kind::Float if is_even => append_floats(&self.floats, width, out),
            Kind::Float => {
                self.padded_floats.clear();
                pad(&self.floats, samples, width, FLOAT_END_OF_VECTOR, &mut self.padded_floats);
                append_floats(&self.padded_floats, width, out)
            }
            Kind::Text => {
                append_text_len(self.text_width, out)?;
                pad(&self.text, samples, self.text_width, 0, out);
                Ok(())
            }
        }
    }
}

fn digit_code(digit: u8) -> i32 {
    // `.` is 0, `0` is 1 and so on, before the shift.
    if digit == b'.' { 0 } else { i32::from(digit - b'0' + 1) << 1 }
}

/// Appends the elements of each sample, filled up to `width`. A text that all samples leave out has no width.
fn pad<T: Copy>(
    values: &[T],
    samples: impl Iterator<Item = std::ops::Range<usize>>,
    width: usize,
    filling: T,
    out: &mut Vec<T>,
) {
    for sample in samples {
        let end = out.len() + width;
        out.extend_from_slice(values.get(sample).unwrap_or_default());
        // Longer than `width` is only the `.` of a text that every sample leaves out.
        out.resize(end, filling);
    }
}
