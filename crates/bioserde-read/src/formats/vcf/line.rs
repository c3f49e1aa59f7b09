use memchr::memchr;
use thiserror::Error;

/// A VCF data line, cut at its tabs (VCF §1.6). Nothing is decoded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) chrom: &'a [u8],
    pub(crate) pos: i32,
    pub(crate) id: &'a [u8],
    pub(crate) reference: &'a [u8],
    pub(crate) alt: &'a [u8],
    pub(crate) qual: &'a [u8],
    pub(crate) filter: &'a [u8],
    pub(crate) info: &'a [u8],
    pub(crate) format: Option<&'a [u8]>,
    /// Every sample, tabs between them. Empty where there are none.
    pub(crate) samples: &'a [u8],
    /// Whether `pos` was written as its digits alone.
    pub(crate) is_pos_canonical: bool,
}

/// Why a line is not a VCF record.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum LineError {
    #[error("the line is empty")]
    Empty,
    #[error("the line has {got} columns; a record has at least 8")]
    TooFewColumns { got: usize },
    #[error("the line has {got} samples; the header has {expected}")]
    SampleCount { got: usize, expected: usize },
    #[error("the line has {got} columns; the header has {expected}")]
    ColumnCount { got: usize, expected: usize },
    #[error("{0} is empty")]
    EmptyField(&'static str),
    #[error("POS `{0}` is not an integer from 0 to 2147483647")]
    Pos(String),
    #[error("the line is not UTF-8")]
    NotUtf8,
}

impl<'a> Line<'a> {
    /// Cuts a line without its end.
    pub(crate) fn parse(line: &'a [u8]) -> Result<Self, LineError> {
        if line.is_empty() {
            return Err(LineError::Empty);
        }
        let mut rest = Some(line);
        let mut got = 0;
        let mut next = || -> Option<&'a [u8]> {
            let bytes = rest?;
            got += 1;
            match memchr(b'\t', bytes) {
                Some(i) => {
                    rest = bytes.get(i + 1..);
                    bytes.get(..i)
                }
                None => {
                    rest = None;
                    Some(bytes)
                }
            }
        };
        let fixed = [next(), next(), next(), next(), next(), next(), next(), next()];
        let format = next();
        let [
            Some(chrom),
            Some(pos_text),
            Some(id),
            Some(reference),
            Some(alt),
            Some(qual),
            Some(filter),
            Some(info),
        ] = fixed
        else {
            return Err(LineError::TooFewColumns { got });
        };
        for (name, field) in [("CHROM", chrom), ("REF", reference)] {
            if field.is_empty() {
                return Err(LineError::EmptyField(name));
            }
        }
        let (pos, is_pos_canonical) = parse_pos(pos_text)?;
        let samples = rest.unwrap_or_default();
        Ok(Self { chrom, pos, id, reference, alt, qual, filter, info, format, samples, is_pos_canonical })
    }

    /// Checks the number of samples against the header's.
    pub(crate) fn check_samples(&self, expected: usize, has_format: bool) -> Result<(), LineError> {
        let got =
            if self.samples.is_empty() { 0 } else { memchr::memchr_iter(b'\t', self.samples).count() + 1 };
        match self.format {
            None if has_format && expected > 0 => Err(LineError::SampleCount { got: 0, expected }),
            Some(_) if !has_format => Err(LineError::ColumnCount { got: 9 + got, expected: 8 }),
            _ if got != expected => Err(LineError::SampleCount { got, expected }),
            _ => Ok(()),
        }
    }
}

fn parse_pos(text: &[u8]) -> Result<(i32, bool), LineError> {
    let pos = super::number::integer(text).filter(|p| *p >= 0);
    match pos {
        Some(pos) => Ok((pos, true)),
        None => {
            let shown = || LineError::Pos(String::from_utf8_lossy(text).chars().take(20).collect());
            let digits = std::str::from_utf8(text).ok().filter(|t| t.bytes().all(|b| b.is_ascii_digit()));
            let pos = digits.and_then(|t| t.parse().ok()).ok_or_else(shown)?;
            Ok((pos, false))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_columns() {
        let line = Line::parse(b"1\t5\t.\tA\tC\t.\tPASS\tDP=1\tGT\t0/1\t1/1").unwrap();
        assert_eq!((line.pos, line.info, line.samples), (5, &b"DP=1"[..], &b"0/1\t1/1"[..]));
        assert_eq!(line.check_samples(2, true), Ok(()));
        assert_eq!(line.check_samples(3, true), Err(LineError::SampleCount { got: 2, expected: 3 }));
        assert_eq!(line.check_samples(0, false), Err(LineError::ColumnCount { got: 11, expected: 8 }));
    }

    #[test]
    fn refuses_what_is_no_record() {
        assert_eq!(Line::parse(b"").unwrap_err(), LineError::Empty);
        assert_eq!(Line::parse(b"1\t5\t.\tA").unwrap_err(), LineError::TooFewColumns { got: 4 });
        assert_eq!(Line::parse(b"1\t5x\t.\tA\tC\t.\t.\t.").unwrap_err(), LineError::Pos("5x".into()));
        assert_eq!(Line::parse(b"1\t-5\t.\tA\tC\t.\t.\t.").unwrap_err(), LineError::Pos("-5".into()));
        assert_eq!(Line::parse(b"1\t5\t.\t\tC\t.\t.\t.").unwrap_err(), LineError::EmptyField("REF"));
        assert!(!Line::parse(b"1\t05\t.\tA\tC\t.\t.\t.").unwrap().is_pos_canonical);
    }
}
