use std::fmt;

use thiserror::Error;

use crate::{DidYouMean, Interval, Position, nearest};

/// A part of a file that a user asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Region {
    /// Records on one reference sequence that overlap an interval.
    Mapped {
        /// The name of the reference sequence.
        name: String,
        /// 1-based, closed.
        interval: Interval,
    },
    /// Records without a reference sequence, written `*`.
    Unplaced,
}

/// Why a text is not a region of this file.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseRegionError {
    /// The text is empty.
    #[error("the region is empty")]
    Empty,
    /// No reference sequence of the header has that name.
    #[error("the header has no reference sequence `{name}`{}", DidYouMean(nearest))]
    UnknownName {
        /// The name asked for.
        name: String,
        /// Names of the header that are most like it.
        nearest: Vec<String>,
    },
    /// The part after the colon is not `start-end` or `start-`.
    #[error("`{interval}` in region `{region}` is not `start-end` or `start-` (1-based, both ends included)")]
    InvalidInterval {
        /// The whole text.
        region: String,
        /// The part after the last colon.
        interval: String,
    },
    /// `name:start` means the rest of the sequence to samtools and a single base to bcftools.
    #[error("region `{name}:{start}` is ambiguous: write `{name}:{start}-` or `{name}:{start}-{start}`")]
    OnlyStart {
        /// The reference sequence.
        name: String,
        /// The number as written.
        start: String,
    },
    /// The end lies before the start.
    #[error("region `{region}` ends before it starts")]
    EndBeforeStart {
        /// The whole text.
        region: String,
    },
    /// Both readings of a colon name a reference sequence of the header.
    #[error(
        "region `{region}` is ambiguous: the header has `{region}` and `{name}`; write `{{{name}}}:...` or `{{{region}}}`"
    )]
    Ambiguous {
        /// The whole text.
        region: String,
        /// The part before the last colon.
        name: String,
    },
    /// A line of a BED file is not `name TAB start TAB end`.
    #[error("line {line} is not a BED interval (name, 0-based start, end; separated by tabs): `{text}`")]
    InvalidBed {
        /// 1-based.
        line: usize,
        /// The line.
        text: String,
    },
}

impl Region {
    /// Reads `name`, `name:start-end`, `name:start-`, `*`, or either with the name in braces; numbers
    /// may carry thousands commas. `names` are the header's reference sequences: they decide what a
    /// colon means in names such as `HLA-A*01:01:01:01`.
    pub fn parse(text: &str, names: &[&str]) -> Result<Self, ParseRegionError> {
        let known = |name: &str| names.contains(&name);
        if text.is_empty() {
            return Err(ParseRegionError::Empty);
        }
        if let Some((name, rest)) = text.strip_prefix('{').and_then(|t| t.split_once('}')) {
            let interval = match rest.strip_prefix(':') {
                None if rest.is_empty() => Interval::ALL,
                None => return Err(invalid(text, rest)),
                Some(rest) => parse_interval(text, name, rest)?,
            };
            return Self::mapped(name, interval, names);
        }
        let split = text.rsplit_once(':');
        if known(text) {
            return match split {
                Some((name, rest)) if known(name) && parse_interval(text, name, rest).is_ok() => {
                    Err(ParseRegionError::Ambiguous { region: text.to_owned(), name: name.to_owned() })
                }
                _ => Self::mapped(text, Interval::ALL, names),
            };
        }
        if text == "*" {
            return Ok(Self::Unplaced);
        }
        match split {
            Some((name, rest)) if known(name) => Self::mapped(name, parse_interval(text, name, rest)?, names),
            _ => Self::mapped(&Self::presumed_name(text), Interval::ALL, names),
        }
    }

    /// The name in a region's text when it is not known which names there are: what stands before the
    /// last colon, if an interval follows that.
    pub fn presumed_name(text: &str) -> String {
        if let Some((name, _)) = text.strip_prefix('{').and_then(|t| t.split_once('}')) {
            return name.to_owned();
        }
        match text.rsplit_once(':') {
            Some((name, rest))
                if !matches!(
                    parse_interval(text, name, rest),
                    Err(ParseRegionError::InvalidInterval { .. })
                ) =>
            {
                name.to_owned()
            }
            _ => text.to_owned(),
        }
    }

    fn mapped(name: &str, interval: Interval, names: &[&str]) -> Result<Self, ParseRegionError> {
        if names.contains(&name) {
            return Ok(Self::Mapped { name: name.to_owned(), interval });
        }
        let nearest = nearest(name, names.iter().copied()).into_iter().map(str::to_owned).collect();
        Err(ParseRegionError::UnknownName { name: name.to_owned(), nearest })
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unplaced => f.write_str("*"),
            Self::Mapped { name, interval } if *interval == Interval::ALL => f.write_str(name),
            Self::Mapped { name, interval } if interval.end == Position::MAX => {
                write!(f, "{name}:{}-", interval.start)
            }
            Self::Mapped { name, interval } => write!(f, "{name}:{}-{}", interval.start, interval.end),
        }
    }
}

fn invalid(region: &str, interval: &str) -> ParseRegionError {
    ParseRegionError::InvalidInterval { region: region.to_owned(), interval: interval.to_owned() }
}

fn parse_interval(region: &str, name: &str, text: &str) -> Result<Interval, ParseRegionError> {
    let number = |t: &str| {
        let digits: String = t.chars().filter(|c| *c != ',').collect();
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        // A start or end past the last position is one that no record reaches.
        plain.then(|| digits.parse().ok().and_then(Position::new).unwrap_or(Position::MAX))
    };
    let Some((start, end)) = text.split_once('-') else {
        return match number(text) {
            Some(_) => Err(ParseRegionError::OnlyStart { name: name.to_owned(), start: text.to_owned() }),
            None => Err(invalid(region, text)),
        };
    };
    let start = number(start).ok_or_else(|| invalid(region, text))?;
    let end =
        if end.is_empty() { Position::MAX } else { number(end).ok_or_else(|| invalid(region, text))? };
    if end < start {
        return Err(ParseRegionError::EndBeforeStart { region: region.to_owned() });
    }
    Ok(Interval { start, end })
}

/// Reads the intervals of a BED file (BEDv1 §2: 0-based, half-open; `browser`, `track` and `#` lines
/// are passed over). An interval of length zero covers no base and is an error.
pub fn parse_bed(text: &str, names: &[&str]) -> Result<Vec<Region>, ParseRegionError> {
    let mut regions = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let is_comment = line.starts_with('#') || line.starts_with("browser ") || line.starts_with("track ");
        if is_comment || line.trim().is_empty() {
            continue;
        }
        let bad = || ParseRegionError::InvalidBed { line: i + 1, text: line.to_owned() };
        // BEDv1 allows blanks as separators as long as a file does not mix them into names.
        let mut fields = if line.contains('\t') {
            line.split('\t').collect::<Vec<_>>().into_iter()
        } else {
            line.split_whitespace().collect::<Vec<_>>().into_iter()
        };
        let name = fields.next().ok_or_else(bad)?;
        let start = fields.next().and_then(|t| t.trim().parse().ok()).ok_or_else(bad)?;
        let end = fields.next().and_then(|t| t.trim().parse().ok()).ok_or_else(bad)?;
        let interval = Interval::from_zero_based_half_open(start, end).ok_or_else(bad)?;
        regions.push(Region::mapped(name, interval, names)?);
    }
    Ok(regions)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["chr1", "chr20", "HLA-A*01:01", "HLA-A*01:01:1-5"];

    fn mapped(name: &str, start: u64, end: u64) -> Region {
        let at = |p| Position::new(p).unwrap();
        Region::Mapped { name: name.into(), interval: Interval { start: at(start), end: at(end) } }
    }

    #[test]
    fn reads_every_form() {
        let t = |text, wanted| assert_eq!(Region::parse(text, &NAMES), Ok(wanted), "{text}");
        t("chr1", Region::Mapped { name: "chr1".into(), interval: Interval::ALL });
        t("chr20:1,000,000-2,000,000", mapped("chr20", 1_000_000, 2_000_000));
        t("chr1:5-5", mapped("chr1", 5, 5));
        t("chr1:7-", mapped("chr1", 7, u64::from(Position::MAX.get())));
        t("*", Region::Unplaced);
        t("HLA-A*01:01", Region::Mapped { name: "HLA-A*01:01".into(), interval: Interval::ALL });
        t("HLA-A*01:01:10-20", mapped("HLA-A*01:01", 10, 20));
        t("{HLA-A*01:01}:1-5", mapped("HLA-A*01:01", 1, 5));
        t("{HLA-A*01:01:1-5}", Region::Mapped { name: "HLA-A*01:01:1-5".into(), interval: Interval::ALL });
    }

    #[test]
    fn refuses_what_is_unclear() {
        let e = |text: &str| Region::parse(text, &NAMES).unwrap_err().to_string();
        assert_eq!(
            e("1:5-6"),
            "the header has no reference sequence `1`; did you mean `chr1` or `chr20`"
                .replace(" or `chr20`", "")
        );
        assert!(e("chr1:5").contains("ambiguous"));
        assert!(e("chr1:6-5").contains("ends before"));
        assert!(e("chr1:a-5").contains("is not `start-end`"));
        assert!(e("HLA-A*01:01:1-5").contains("ambiguous"));
        assert_eq!(e(""), "the region is empty");
    }

    #[test]
    fn bed_is_half_open() {
        let bed = "track name=x\n#c\nchr1\t9\t20\tname\n";
        assert_eq!(parse_bed(bed, &NAMES), Ok(vec![mapped("chr1", 10, 20)]));
        assert!(parse_bed("chr1\t9\n", &NAMES).is_err());
        assert!(parse_bed("chr1\t9\t9\n", &NAMES).is_err());
    }

    #[test]
    fn display_reads_back() {
        for text in ["chr1", "chr1:5-9", "chr1:5-", "*"] {
            assert_eq!(Region::parse(text, &NAMES).unwrap().to_string(), text);
        }
    }
}
