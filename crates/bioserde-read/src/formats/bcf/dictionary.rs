use std::collections::{BTreeMap, HashSet};

use bioserde_core::vcf::{Header, Type};

use super::genotype::Diploids;

/// What a header says of the numbers in records (VCF 4.3 §6.2.1, §6.2.2): made once, used for every
/// record.
#[derive(Clone, Debug)]
pub(crate) struct Dictionary {
    contigs: Entries<Box<str>>,
    keys: Entries<Key>,
    pub(super) samples: usize,
    /// Whether genotypes may tell the phasing of their first allele (VCF 4.4).
    pub(super) has_phase_prefix: bool,
    pub(super) diploids: Diploids,
}

/// A `FILTER`, `INFO` or `FORMAT` id.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) id: Box<str>,
    /// As an `INFO` key.
    pub(super) is_flag: bool,
    /// As a `FORMAT` key.
    pub(super) is_genotype: bool,
}

impl Dictionary {
    /// The dictionaries of a header.
    pub(crate) fn new(header: &Header) -> Self {
        let flags: HashSet<&str> =
            header.infos.iter().filter(|d| d.kind == Type::Flag).map(|d| d.id.as_str()).collect();
        let key = |id: &str| Key { id: id.into(), is_flag: flags.contains(id), is_genotype: id == "GT" };
        let minor = header.version.strip_prefix("VCFv4.").and_then(|v| v.parse::<u32>().ok());
        let has_phase_prefix = minor.is_some_and(|minor| minor >= 4);
        Self {
            contigs: Entries::new(&header.contig_strings, |id| id.into()),
            keys: Entries::new(&header.strings, key),
            samples: header.samples.len(),
            has_phase_prefix,
            diploids: Diploids::new(has_phase_prefix),
        }
    }

    pub(super) fn contig(&self, index: i32) -> Option<&str> {
        self.contigs.get(index).map(AsRef::as_ref)
    }

    pub(super) fn key(&self, index: i32) -> Option<&Key> {
        self.keys.get(index)
    }
}

/// The entries in the order of their numbers, which may have gaps of any size.
#[derive(Clone, Debug)]
struct Entries<T>(Box<[(usize, T)]>);

impl<T> Entries<T> {
    fn new(strings: &BTreeMap<usize, String>, entry: impl Fn(&str) -> T) -> Self {
        Self(strings.iter().map(|(idx, id)| (*idx, entry(id))).collect())
    }

    fn get(&self, index: i32) -> Option<&T> {
        let index = usize::try_from(index).ok()?;
        // Without gaps an entry stands at its number.
        let at = match self.0.get(index) {
            Some((idx, _)) if *idx == index => index,
            _ => self.0.binary_search_by_key(&index, |(idx, _)| *idx).ok()?,
        };
        self.0.get(at).map(|(_, entry)| entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_gaps_are_found() {
        let strings = [(0, "a"), (1, "b"), (7, "c"), (1 << 24, "d")];
        let entries = Entries::new(&strings.map(|(i, id)| (i, id.to_owned())).into(), str::to_owned);
        for (index, id) in [(0, "a"), (1, "b"), (7, "c"), (1 << 24, "d")] {
            assert_eq!(entries.get(index).unwrap(), id);
        }
        for index in [-1, 2, 3, 6, 8, i32::MAX] {
            assert_eq!(entries.get(index), None, "{index}");
        }
    }
}
