//! `GT` (VCF §1.6.2).

use super::Version;

pub(crate) const SYNTAX: &str = "genotypes that are not alleles with / or | between them";
pub(crate) const RANGE: &str = "genotypes with an allele that the record does not have";

/// What a genotype's text says about its alleles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Genotype {
    /// Alleles, missing ones among them; 0 where it is not known: `.` stands for any number of them.
    pub(crate) ploidy: u32,
    /// The highest allele; 0 where all are missing.
    pub(crate) highest: u32,
    /// Whether the text is a genotype at all.
    pub(crate) is_valid: bool,
}

impl Genotype {
    /// Reads a genotype. A phase before the first allele is VCF 4.4's.
    pub(crate) fn read(text: &[u8], version: Version) -> Self {
        let mut rest = match text {
            [b'/' | b'|', rest @ ..] if version >= Version::V4_4 => rest,
            _ => text,
        };
        let mut genotype = Self { is_valid: true, ..Self::default() };
        loop {
            let len = rest.iter().position(|b| matches!(b, b'/' | b'|')).unwrap_or(rest.len());
            let allele = rest.get(..len).unwrap_or_default();
            if allele != b"." {
                match number(allele) {
                    Some(number) => genotype.highest = genotype.highest.max(number),
                    None => return Self::default(),
                }
            }
            genotype.ploidy += 1;
            match rest.get(len + 1..) {
                Some(after) => rest = after,
                None => break,
            }
        }
        if text == b"." {
            genotype.ploidy = 0;
        }
        genotype
    }

    /// What is wrong with it in a record of so many alternate alleles.
    #[inline]
    pub(crate) fn fault(self, alternates: u32) -> Option<&'static str> {
        if !self.is_valid {
            Some(SYNTAX)
        } else if self.highest > alternates {
            Some(RANGE)
        } else {
            None
        }
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let digit = |sum: u32, b: &u8| sum.saturating_mul(10).saturating_add(u32::from(b - b'0'));
    is_number.then(|| digits.iter().fold(0, digit))
}

/// How many genotypes `alleles` alleles make for a ploidy (VCF §1.6.2, `GL`).
pub(crate) fn genotypes(alleles: u32, ploidy: u32) -> u64 {
    // (alleles + ploidy - 1) over ploidy; each product is divisible, and beyond 2^32 nothing matches.
    let mut count = 1_u64;
    for i in 1..=u64::from(ploidy) {
        count = count.saturating_mul(u64::from(alleles) + i - 1) / i;
        if count > u64::from(u32::MAX) {
            return u64::MAX;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(u32, u32)> {
        let genotype = Genotype::read(text.as_bytes(), Version::V4_3);
        genotype.is_valid.then_some((genotype.ploidy, genotype.highest))
    }

    #[test]
    fn genotypes_are_alleles_and_phases() {
        assert_eq!(read("0/1"), Some((2, 1)));
        assert_eq!(read("0|12|3"), Some((3, 12)));
        assert_eq!(read("."), Some((0, 0)));
        assert_eq!(read("./."), Some((2, 0)));
        assert_eq!(read(".|0"), Some((2, 0)));
        assert_eq!(read("1"), Some((1, 1)));
        for text in ["", "1/C", "0/|1", "0.000", "/1", "0/", "0\\1", "-1", "0 /1"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert!(Genotype::read(b"/0/1", Version::V4_4).is_valid);
        assert_eq!(Genotype::read(b"|1", Version::V4_4).ploidy, 1);
    }

    #[test]
    fn alleles_are_those_of_the_record() {
        let fault = |text: &str, alternates| Genotype::read(text.as_bytes(), Version::V4_3).fault(alternates);
        assert_eq!(fault("0/2", 2), None);
        assert_eq!(fault("0/3", 2), Some(RANGE));
        assert_eq!(fault("./99999999999", 2), Some(RANGE));
        assert_eq!(fault("1/C", 2), Some(SYNTAX));
    }

    #[test]
    fn genotypes_are_counted_for_any_ploidy() {
        assert_eq!([genotypes(2, 1), genotypes(2, 2), genotypes(3, 2), genotypes(2, 4)], [2, 3, 6, 5]);
        assert_eq!(genotypes(1, 2), 1);
        assert_eq!(genotypes(1000, 200), u64::MAX);
    }
}
