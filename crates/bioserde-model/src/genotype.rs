use std::fmt;
use std::str::FromStr;

/// Whether an allele is phased with the others (VCF 4.3 §1.6.2, `GT`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phasing {
    /// `/`
    Unphased,
    /// `|`
    Phased,
}

impl Phasing {
    /// The mark of VCF text.
    pub fn mark(self) -> char {
        match self {
            Self::Unphased => '/',
            Self::Phased => '|',
        }
    }
}

/// An allele of a genotype, with the mark before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GenotypeAllele {
    /// The mark before the allele; nothing where none is written, which only the first may lack.
    pub mark: Option<Phasing>,
    /// 0 for `REF`, 1 for the first of `ALT`; nothing for `.`.
    pub index: Option<u32>,
}

/// The value of `GT`, of any ploidy (VCF 4.3 §1.6.2; VCF 4.4 §1.6.2 for a mark before the first allele).
///
/// It is read from [`Value::Genotype`](crate::Value::Genotype) and printed as the same text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Genotype {
    /// The alleles in order, one at least.
    pub alleles: Vec<GenotypeAllele>,
}

impl Genotype {
    /// How many alleles there are.
    pub fn ploidy(&self) -> usize {
        self.alleles.len()
    }

    /// How each allele is phased.
    ///
    /// The first, where no mark says it, is phased if all others are (VCF 4.4 §1.6.2).
    pub fn phasing(&self) -> impl Iterator<Item = Phasing> + '_ {
        let is_phased = self.alleles.iter().skip(1).all(|a| a.mark == Some(Phasing::Phased));
        let implied = if is_phased { Phasing::Phased } else { Phasing::Unphased };
        self.alleles.iter().map(move |allele| allele.mark.unwrap_or(implied))
    }
}

impl fmt::Display for Genotype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for allele in &self.alleles {
            allele.mark.map_or(Ok(()), |mark| write!(f, "{}", mark.mark()))?;
            match allele.index {
                Some(index) => write!(f, "{index}")?,
                None => f.write_str(".")?,
            }
        }
        Ok(())
    }
}

/// A text is not a genotype.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a genotype: alleles are numbers without leading zeros or `.`, between `/` or `|`")]
pub struct ParseGenotypeError {
    /// The text, shortened.
    pub text: String,
}

impl FromStr for Genotype {
    type Err = ParseGenotypeError;

    fn from_str(text: &str) -> Result<Self, ParseGenotypeError> {
        let alleles = alleles(text).filter(|alleles| !alleles.is_empty());
        let fault = || ParseGenotypeError { text: text.chars().take(40).collect() };
        alleles.map(|alleles| Self { alleles }).ok_or_else(fault)
    }
}

fn alleles(text: &str) -> Option<Vec<GenotypeAllele>> {
    let mut alleles = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mark = match rest.chars().next()? {
            '/' => Some(Phasing::Unphased),
            '|' => Some(Phasing::Phased),
            _ if alleles.is_empty() => None,
            _ => return None,
        };
        let after = rest.get(usize::from(mark.is_some())..)?;
        let (allele, next) = after.split_at(after.find(['/', '|']).unwrap_or(after.len()));
        alleles.push(GenotypeAllele { mark, index: index(allele)? });
        rest = next;
    }
    Some(alleles)
}

/// What an allele says, `.` included; nothing when it says none of it.
fn index(allele: &str) -> Option<Option<u32>> {
    match allele.as_bytes() {
        b"." => Some(None),
        b"0" => Some(Some(0)),
        [b'1'..=b'9', ..] => allele.parse().ok().map(Some),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        for text in ["0/1", "0|1", ".", "./.", "1", "|1", "/0|1|.", "0/1|2/10", "4294967295|0"] {
            let genotype: Genotype = text.parse().unwrap();
            assert_eq!(genotype.to_string(), text);
        }
    }

    #[test]
    fn the_first_allele_is_phased_as_it_says_or_as_the_others_are() {
        use Phasing::{Phased, Unphased};
        for (text, expected) in [
            ("0/1", &[Unphased, Unphased][..]),
            ("0|1", &[Phased, Phased]),
            ("0|1/2", &[Unphased, Phased, Unphased]),
            ("|0/1", &[Phased, Unphased]),
            ("/0|1", &[Unphased, Phased]),
            ("1", &[Phased]),
        ] {
            let genotype: Genotype = text.parse().unwrap();
            assert_eq!(genotype.phasing().collect::<Vec<_>>(), expected, "{text}");
            assert_eq!(genotype.ploidy(), expected.len());
        }
    }

    #[test]
    fn what_is_no_genotype_is_refused() {
        for text in ["", "/", "0/", "0//1", "01", "+1", "-1", "0:1", "a", "0/1 ", "4294967296", "é"] {
            assert!(text.parse::<Genotype>().is_err(), "{text}");
        }
    }
}
