//! What VCF forbids in a record and a table can hold nevertheless: it is kept as it stands, and counted.
//!
//! There is one module for each production of the specification. The kinds that are counted stand beside
//! the rules that they name. What the header declares is the header's matter: the name of a declared key
//! or contig is not judged again with each record.

pub(crate) mod alleles;
pub(crate) mod fixed;
pub(crate) mod genotype;
pub(crate) mod keys;
pub(crate) mod order;
pub(crate) mod values;
pub(crate) mod variants;

/// The minor version of VCF 4 that a header names in `##fileformat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(u8);

impl Version {
    pub(crate) const V4_3: Self = Self(3);
    pub(crate) const V4_4: Self = Self(4);

    /// Reads `VCFv4.3` and the like; anything else counts as the newest.
    pub(crate) fn of(text: &str) -> Self {
        let minor = text.strip_prefix("VCFv4.").and_then(|minor| minor.parse().ok());
        Self(minor.unwrap_or(u8::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered() {
        assert!(Version::of("VCFv4.2") < Version::V4_3);
        assert!(Version::of("VCFv4.3") == Version::V4_3);
        assert!(Version::of("VCFv4.10") > Version::V4_4);
        assert!(Version::of("VCFv5") > Version::V4_4);
    }
}
