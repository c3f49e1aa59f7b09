use std::sync::Arc;

use crate::RecordForm;

pub mod sam;
pub mod vcf;

/// A header of either family.
#[derive(Clone, Debug, PartialEq)]
pub enum Header {
    /// Of alignments.
    Sam(Arc<sam::Header>),
    /// Of variants.
    Vcf(Arc<vcf::Header>),
}

impl Header {
    /// The names of the reference sequences, in order.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Sam(h) => h.names(),
            Self::Vcf(h) => h.names(),
        }
    }

    /// The reference sequences with their lengths, where known.
    pub fn reference_sequences(&self) -> Vec<(String, Option<u64>)> {
        match self {
            Self::Sam(h) => {
                h.reference_sequences.iter().map(|r| (r.name.clone(), Some(u64::from(r.length)))).collect()
            }
            Self::Vcf(h) => h.contigs.iter().map(|c| (c.name.clone(), c.length)).collect(),
        }
    }

    /// Of each reference sequence, the number that records of a form have for it, and with them an index
    /// without names, where that is not its place in the header; see [`vcf::Header::contig_numbers`].
    pub fn record_numbers(&self, form: RecordForm) -> Option<Vec<Option<usize>>> {
        match (form, self) {
            (RecordForm::Bcf, Self::Vcf(header)) => Some(header.contig_numbers()),
            _ => None,
        }
    }

    /// The header's text, byte for byte.
    pub fn text(&self) -> &[u8] {
        match self {
            Self::Sam(h) => &h.text,
            Self::Vcf(h) => &h.text,
        }
    }
}
