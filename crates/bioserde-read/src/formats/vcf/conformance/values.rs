//! Counts, types and ranges of the values of `INFO` and `FORMAT` keys (VCF §1.3, §1.4.2, §1.6.1 and §1.6.2).

use bioserde_core::vcf::{Definition, Number, Type, reserved};

use super::Version;
use super::genotype::genotypes;
use crate::formats::vcf::number::float;

pub(crate) const INFO_COUNT: &str = "INFO values with more or fewer elements than their declaration says";
pub(crate) const FORMAT_COUNT: &str = "FORMAT values with more or fewer elements than their declaration says";
pub(crate) const INFO_MISFIT: &str = "INFO values that do not fit their declaration";
pub(crate) const FORMAT_MISFIT: &str = "FORMAT values that do not fit their declaration";
pub(crate) const INFO_RESERVED: &str = "INFO values that do not fit a key that VCF reserves";
pub(crate) const FORMAT_RESERVED: &str = "FORMAT values that do not fit a key that VCF reserves";
pub(crate) const NEGATIVE: &str = "counts, frequencies and positions below zero";
pub(crate) const INTEGER: &str = "integers that VCF reserves";
pub(crate) const CIGAR: &str = "CIGAR values that are no CIGAR";

/// Keys whose values count, or say how often or where something is.
const INFO_COUNTS: [&str; 10] = ["AC", "AD", "ADF", "ADR", "AF", "AN", "DP", "END", "MQ0", "NS"];
const FORMAT_COUNTS: [&str; 6] = ["AD", "ADF", "ADR", "DP", "EC", "LEN"];

/// What holds for the values of a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    number: Number,
    kind: Option<Type>,
    is_info: bool,
    is_declared: bool,
    is_count: bool,
    is_cigar: bool,
    has_reserved_integers: bool,
    /// Whether a value that its column took needs a look.
    is_open: bool,
    /// Whether its column holds numbers.
    is_number: bool,
}

/// The alleles of a record, as far as counts of values depend on them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Alternate alleles. A record without any may have values for one, the missing one.
    pub(crate) alternates: u32,
    /// Of the sample; 0 where it is not known, which is taken to be one or two.
    pub(crate) ploidy: u32,
}

impl Rule {
    /// The rule of a declared `INFO` key.
    pub(crate) fn info(definition: &Definition, version: Version) -> Self {
        let id = definition.id.as_str();
        let rule = Self::new(definition.number, Some(definition.kind), version);
        Self {
            is_info: true,
            is_declared: true,
            is_count: INFO_COUNTS.contains(&id),
            is_cigar: id == "CIGAR",
            ..rule
        }
        .opened()
    }

    /// The rule of a declared `FORMAT` key.
    pub(crate) fn format(definition: &Definition, version: Version) -> Self {
        let rule = Self::new(definition.number, Some(definition.kind), version);
        let is_count = FORMAT_COUNTS.contains(&definition.id.as_str());
        Self { is_declared: true, is_count, ..rule }.opened()
    }

    /// The rule of an `INFO` key that the header does not declare and the version reserves.
    pub(crate) fn reserved_info(key: &[u8], version_text: &str) -> Option<Self> {
        let key = std::str::from_utf8(key).ok()?;
        let reserved = reserved::info(key, version_text)?;
        let rule = Self::new(reserved.number, reserved.kind, Version::of(version_text));
        Some(Self { is_info: true, is_count: INFO_COUNTS.contains(&key), is_cigar: key == "CIGAR", ..rule })
    }

    /// The rule of a `FORMAT` key that the header does not declare and the version reserves.
    pub(crate) fn reserved_format(key: &[u8], version_text: &str) -> Option<Self> {
        let key = std::str::from_utf8(key).ok()?;
        let reserved = reserved::format(key, version_text)?;
        let rule = Self::new(reserved.number, reserved.kind, Version::of(version_text));
        Some(Self { is_count: FORMAT_COUNTS.contains(&key), ..rule })
    }

    fn new(number: Number, kind: Option<Type>, version: Version) -> Self {
        Self {
            number,
            kind,
            is_info: false,
            is_declared: false,
            is_count: false,
            is_cigar: false,
            has_reserved_integers: version >= Version::V4_3 && kind == Some(Type::Integer),
            is_open: true,
            is_number: false,
        }
    }

    /// A single number of a key that may be negative needs no look, nor does a flag.
    fn opened(self) -> Self {
        let is_number = matches!(self.kind, Some(Type::Integer | Type::Float));
        let is_checked = self.is_count || self.is_cigar || self.has_reserved_integers;
        let is_closed = self.kind == Some(Type::Flag)
            || self.number == Number::Count(1) && is_number && !is_checked
            || self.number == Number::Unknown && !is_checked && self.kind != Some(Type::Character);
        Self { is_open: !is_closed, is_number, ..self }
    }

    /// What is wrong with a value that fits its column and is not `.`, where the column knows how many
    /// elements it has.
    #[inline]
    pub(crate) fn fault(&self, value: &[u8], elements: Option<usize>, shape: Shape) -> Option<&'static str> {
        if self.is_open && !self.is_plain(value, elements, shape) {
            return self.open_fault(value, elements, shape);
        }
        None
    }

    /// Whether a value is one of the usual kind, which needs no closer look: as many numbers as there
    /// should be, and none of them below zero.
    #[inline]
    fn is_plain(&self, value: &[u8], elements: Option<usize>, shape: Shape) -> bool {
        let alternates = shape.alternates as usize;
        let has_count = match (self.number, elements) {
            // A single number has no comma, or its column had not taken it.
            (Number::Count(1), None) => true,
            (Number::Alternates, Some(n)) => n == alternates,
            (Number::Alleles, Some(n)) => n == alternates + 1,
            (Number::Genotypes, Some(n)) => shape.ploidy == 2 && n * 2 == (alternates + 1) * (alternates + 2),
            _ => false,
        };
        has_count && self.is_number && !value.contains(&b'-')
    }

    fn open_fault(&self, value: &[u8], elements: Option<usize>, shape: Shape) -> Option<&'static str> {
        if !self.has_count(value, elements, shape) {
            return Some(match (self.is_declared, self.is_info) {
                (true, true) => INFO_COUNT,
                (true, false) => FORMAT_COUNT,
                (false, true) => INFO_RESERVED,
                (false, false) => FORMAT_RESERVED,
            });
        }
        if self.kind == Some(Type::Character) && !elements_of(value).all(is_character) {
            return Some(if self.is_info { INFO_MISFIT } else { FORMAT_MISFIT });
        }
        if self.is_cigar && !elements_of(value).all(|e| e == b"." || is_cigar(e)) {
            return Some(CIGAR);
        }
        self.number_fault(value)
    }

    fn number_fault(&self, value: &[u8]) -> Option<&'static str> {
        let is_long = self.has_reserved_integers && value.len() > 10;
        if !(self.is_count || is_long) || memchr::memchr(b'-', value).is_none() {
            return None;
        }
        if is_long && elements_of(value).any(is_reserved_integer) {
            return Some(INTEGER);
        }
        (self.is_count && elements_of(value).any(is_negative)).then_some(NEGATIVE)
    }

    /// What is wrong with a value of a key that no column has; nothing stands for a bare key.
    pub(crate) fn text_fault(&self, value: Option<&[u8]>, shape: Shape) -> Option<&'static str> {
        let misfit = if self.is_info { INFO_RESERVED } else { FORMAT_RESERVED };
        match (value, self.kind) {
            // The test files of hts-specs write a flag as a truth value as well.
            (None, None | Some(Type::Flag)) | (Some(b"0" | b"1"), Some(Type::Flag)) => None,
            (None, _) | (Some(_), Some(Type::Flag)) => Some(misfit),
            (Some(b"."), _) => None,
            (Some(value), kind) => {
                let fits = |element: &[u8]| element == b"." || fits(element, kind);
                if elements_of(value).all(fits) { self.open_fault(value, None, shape) } else { Some(misfit) }
            }
        }
    }

    #[inline]
    fn has_count(&self, value: &[u8], elements: Option<usize>, shape: Shape) -> bool {
        let count = || elements.unwrap_or_else(|| memchr::memchr_iter(b',', value).count() + 1) as u64;
        match self.number {
            Number::Unknown => true,
            Number::Count(1) => match elements {
                Some(n) => n == 1,
                // A single number has no comma, or its column had not taken it.
                None if matches!(self.kind, Some(Type::Integer | Type::Float)) && self.is_declared => true,
                None => memchr::memchr(b',', value).is_none(),
            },
            Number::Count(n) => n == 0 || count() == u64::from(n),
            Number::Alternates => count() == u64::from(shape.alternates.max(1)),
            Number::Alleles => count() == u64::from(shape.alternates) + 1,
            // A record has no ploidy: VCF leaves the count open.
            Number::Genotypes if self.is_info => true,
            Number::Genotypes => {
                let count = count();
                let is_of = |alleles: u32| match shape.ploidy {
                    0 => count == genotypes(alleles, 2) || count == u64::from(alleles),
                    ploidy => count == genotypes(alleles, ploidy),
                };
                is_of(shape.alternates.saturating_add(1)) || shape.alternates == 0 && is_of(2)
            }
        }
    }
}

fn elements_of(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|b| *b == b',')
}

fn fits(element: &[u8], kind: Option<Type>) -> bool {
    match kind {
        Some(Type::Integer) => std::str::from_utf8(element).is_ok_and(|text| text.parse::<i32>().is_ok()),
        // A float beyond 32 bits is one nevertheless.
        Some(Type::Float) => {
            float(element).is_some()
                || std::str::from_utf8(element).is_ok_and(|text| text.parse::<f64>().is_ok())
        }
        _ => true,
    }
}

fn is_character(element: &[u8]) -> bool {
    std::str::from_utf8(element).is_ok_and(|text| text.chars().count() == 1)
}

/// VCF 4.3 §1.3: -2^31 to -2^31 + 7 stand for other things in BCF.
fn is_reserved_integer(element: &[u8]) -> bool {
    let number = std::str::from_utf8(element).ok().and_then(|text| text.parse::<i32>().ok());
    number.is_some_and(|number| number <= i32::MIN + 7)
}

fn is_negative(element: &[u8]) -> bool {
    let mantissa = element.split(|b| matches!(b, b'e' | b'E')).next().unwrap_or_default();
    mantissa.starts_with(b"-") && mantissa.iter().any(|b| matches!(b, b'1'..=b'9'))
}

/// Numbers, each with the operation after it (SAM §1.4, field 6).
fn is_cigar(text: &[u8]) -> bool {
    let mut has_digits = false;
    for b in text {
        match b {
            b'0'..=b'9' => has_digits = true,
            b'M' | b'I' | b'D' | b'N' | b'S' | b'H' | b'P' | b'=' | b'X' if has_digits => has_digits = false,
            _ => return false,
        }
    }
    !has_digits && !text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(id: &str, number: Number, kind: Type) -> Definition {
        let number_text = String::new();
        Definition { id: id.into(), number, number_text, kind, description: String::new() }
    }

    fn declared(number: Number, kind: Type, value: &str, shape: Shape) -> Option<&'static str> {
        let rule = Rule::info(&definition("X", number, kind), Version::V4_3);
        rule.fault(value.as_bytes(), None, shape)
    }

    #[test]
    fn counts_are_those_declared() {
        let shape = Shape { alternates: 2, ploidy: 2 };
        for (number, good, bad) in [
            (Number::Alternates, "1,2", "1"),
            (Number::Alleles, "1,2,.", "1,2"),
            (Number::Count(2), "1,2", "1,2,3"),
        ] {
            assert_eq!(declared(number, Type::Integer, good, shape), None);
            assert_eq!(declared(number, Type::Integer, bad, shape), Some(INFO_COUNT), "{number:?}");
        }
        assert_eq!(declared(Number::Unknown, Type::Float, "1,2,3", shape), None);
        assert_eq!(declared(Number::Count(1), Type::String, "a,b", shape), Some(INFO_COUNT));
        assert_eq!(
            declared(Number::Genotypes, Type::Integer, "1,2", shape),
            None,
            "it depends on the sample"
        );
        assert_eq!(declared(Number::Alternates, Type::Integer, "0", Shape::default()), None);
    }

    #[test]
    fn counts_of_genotypes_follow_the_ploidy() {
        let rule = Rule::format(&definition("X", Number::Genotypes, Type::Integer), Version::V4_3);
        let fault = |value: &str, alternates, ploidy| {
            rule.fault(value.as_bytes(), None, Shape { alternates, ploidy })
        };
        assert_eq!(fault("1,2,3,4,5,6", 2, 2), None);
        assert_eq!(fault("1,2,3", 2, 2), Some(FORMAT_COUNT));
        assert_eq!(fault("1,2,3", 1, 1), Some(FORMAT_COUNT));
        assert_eq!(fault("1,2,3", 1, 0), None);
        assert_eq!(fault("1,2", 1, 0), None);
        assert_eq!(fault("1", 1, 0), Some(FORMAT_COUNT));
        assert_eq!(
            [fault("1", 0, 2), fault("1,2,3", 0, 2), fault("1,2", 0, 2)],
            [None, None, Some(FORMAT_COUNT)]
        );
    }

    #[test]
    fn characters_and_reserved_integers_are_judged() {
        let one = Number::Count(1);
        assert_eq!(declared(one, Type::Character, "ab", Shape::default()), Some(INFO_MISFIT));
        assert_eq!(declared(one, Type::Character, "é", Shape::default()), None);
        assert_eq!(declared(one, Type::Integer, "-2147483641", Shape::default()), Some(INTEGER));
        assert_eq!(declared(one, Type::Integer, "-2147483640", Shape::default()), None);
        let old = Rule::info(&definition("X", one, Type::Integer), Version::of("VCFv4.2"));
        assert_eq!(old.fault(b"-2147483648", None, Shape::default()), None);
    }

    #[test]
    fn reserved_keys_keep_their_rules_undeclared() {
        let shape = Shape { alternates: 1, ploidy: 2 };
        let fault = |key: &str, value: Option<&str>| {
            let rule = Rule::reserved_info(key.as_bytes(), "VCFv4.3")?;
            rule.text_fault(value.map(str::as_bytes), shape)
        };
        for (key, value) in [("AC", "1"), ("AF", "1.1e-123"), ("AF", "-0.0"), ("AA", "-"), ("CIGAR", "1M2D")]
        {
            assert_eq!(fault(key, Some(value)), None, "{key}={value}");
        }
        for (key, value) in [("AC", "1.15"), ("AC", "AC1"), ("AA", "1,23"), ("DB", "2"), ("BQ", "x")] {
            assert_eq!(fault(key, Some(value)), Some(INFO_RESERVED), "{key}={value}");
        }
        for (key, value) in [("AC", "-1"), ("AF", "-0.01"), ("END", "-1"), ("AF", "-1e-5")] {
            assert_eq!(fault(key, Some(value)), Some(NEGATIVE), "{key}={value}");
        }
        for value in ["123MYCIGAR", "0.05", "5", "M", ""] {
            assert_eq!(fault("CIGAR", Some(value)), Some(CIGAR), "{value}");
        }
        assert_eq!(fault("DB", None), None);
        assert_eq!(fault("AC", None), Some(INFO_RESERVED));
    }

    #[test]
    fn likelihoods_follow_the_ploidy() {
        let rule = Rule::reserved_format(b"PL", "VCFv4.1").unwrap();
        let fault = |value: &str, alternates, ploidy| {
            rule.text_fault(Some(value.as_bytes()), Shape { alternates, ploidy })
        };
        assert_eq!(fault("1,2,3", 1, 2), None);
        assert_eq!(fault("1,2", 1, 1), None);
        for (value, alternates, ploidy) in [("1,2", 1, 2), ("1,2,3", 2, 2), ("1,2,3", 1, 1), ("1,2", 2, 1)] {
            assert_eq!(fault(value, alternates, ploidy), Some(FORMAT_RESERVED), "{value}");
        }
    }
}
