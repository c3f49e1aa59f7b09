use bioserde_core::vcf::{Header, Type};

use super::genotype::Diploids;

/// What a header says of the numbers in records (VCF 4.3 §6.2.1, §6.2.2): made once, used for every
/// record.
#[derive(Clone, Debug)]
pub(crate) struct Dictionary {
    contigs: Box<[Option<Box<str>>]>,
    keys: Box<[Option<Key>]>,
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
        let is_flag = |id: &str| header.infos.iter().any(|d| d.kind == Type::Flag && d.id == id);
        let key = |id: &String| Key { id: id.as_str().into(), is_flag: is_flag(id), is_genotype: id == "GT" };
        let minor = header.version.strip_prefix("VCFv4.").and_then(|v| v.parse::<u32>().ok());
        let has_phase_prefix = minor.is_some_and(|minor| minor >= 4);
        Self {
            contigs: header.contig_strings.iter().map(|c| c.as_deref().map(Into::into)).collect(),
            keys: header.strings.iter().map(|s| s.as_ref().map(key)).collect(),
            samples: header.samples.len(),
            has_phase_prefix,
            diploids: Diploids::new(has_phase_prefix),
        }
    }

    pub(super) fn contig(&self, index: i32) -> Option<&str> {
        self.contigs.get(usize::try_from(index).ok()?)?.as_deref()
    }

    pub(super) fn key(&self, index: i32) -> Option<&Key> {
        self.keys.get(usize::try_from(index).ok()?)?.as_ref()
    }
}
