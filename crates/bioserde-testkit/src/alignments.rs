//! Alignments: a model of a record, writers for BAM and SAM, and generators.

mod arbitrary;
mod bam;
mod cases;
mod kept;
mod sam;
mod typical;

pub use arbitrary::arb_alignment;
pub use bam::{bam_bytes, bam_header_bytes, bam_record_bytes};
pub use cases::{cases, long_reads};
pub use kept::kept;
pub use sam::{sam_line, sam_text};
pub use typical::{sort, typical, typical_header};

/// A SAM header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The text, every line ended.
    pub text: String,
    /// Name and length of each `@SQ`, in order.
    pub contigs: Vec<(String, u32)>,
}

impl Header {
    /// A header with an `@HD`, an `@SQ` for each contig, and more lines.
    pub fn new(sort_order: &str, contigs: &[(&str, u32)], more: &str) -> Self {
        let mut text = format!("@HD\tVN:1.6\tSO:{sort_order}\n");
        for (name, length) in contigs {
            text.push_str(&format!("@SQ\tSN:{name}\tLN:{length}\n"));
        }
        text.push_str(more);
        Self { text, contigs: contigs.iter().map(|(n, l)| ((*n).to_owned(), *l)).collect() }
    }

    /// The name of a contig, `*` for none.
    pub fn name(&self, contig: Option<usize>) -> &str {
        contig.and_then(|i| self.contigs.get(i)).map_or("*", |(name, _)| name)
    }
}

/// An alignment: the eleven mandatory fields and the tags (SAMv1 §1.4, §1.5).
#[derive(Clone, Debug, PartialEq)]
pub struct Alignment {
    /// Nothing for `*`.
    pub qname: Option<String>,
    /// The bits of §1.4.
    pub flag: u16,
    /// An index of the header's contigs; nothing for `*`.
    pub rname: Option<usize>,
    /// 1-based; 0 when unplaced.
    pub pos: i32,
    /// 255 when not available.
    pub mapq: u8,
    /// Length and letter of each operation; empty for `*`.
    pub cigar: Vec<(u32, u8)>,
    /// An index of the header's contigs; nothing for `*`.
    pub rnext: Option<usize>,
    /// 1-based; 0 when not available.
    pub pnext: i32,
    /// Signed observed template length.
    pub tlen: i32,
    /// Letters; empty for `*`.
    pub seq: Vec<u8>,
    /// Phred scores, as many as letters; nothing for `*`.
    pub qual: Option<Vec<u8>>,
    /// In the order of the record.
    pub tags: Vec<([u8; 2], Value)>,
}

impl Default for Alignment {
    /// An unmapped, unplaced read without a sequence.
    fn default() -> Self {
        Self {
            qname: None,
            flag: 4,
            rname: None,
            pos: 0,
            mapq: 0,
            cigar: Vec::new(),
            rnext: None,
            pnext: 0,
            tlen: 0,
            seq: Vec::new(),
            qual: None,
            tags: Vec::new(),
        }
    }
}

impl Alignment {
    /// The reference bases that the CIGAR spans.
    pub fn span(&self) -> i64 {
        self.cigar.iter().filter(|(_, op)| b"MDN=X".contains(op)).map(|(n, _)| i64::from(*n)).sum()
    }
}

/// A tag's value, one variant for each BAM type (SAMv1 §4.2.4).
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `A`
    Character(u8),
    /// `c`
    Int8(i8),
    /// `C`
    UInt8(u8),
    /// `s`
    Int16(i16),
    /// `S`
    UInt16(u16),
    /// `i`
    Int32(i32),
    /// `I`
    UInt32(u32),
    /// `f`
    Float(f32),
    /// `Z`
    Text(String),
    /// `H`
    Hex(String),
    /// `B:c`
    Int8s(Vec<i8>),
    /// `B:C`
    UInt8s(Vec<u8>),
    /// `B:s`
    Int16s(Vec<i16>),
    /// `B:S`
    UInt16s(Vec<u16>),
    /// `B:i`
    Int32s(Vec<i32>),
    /// `B:I`
    UInt32s(Vec<u32>),
    /// `B:f`
    Floats(Vec<f32>),
}

impl Value {
    /// The smallest type that holds an integer, as `samtools` chooses it.
    pub fn smallest(n: i64) -> Self {
        if let Ok(n) = u8::try_from(n) {
            Self::UInt8(n)
        } else if let Ok(n) = i8::try_from(n) {
            Self::Int8(n)
        } else if let Ok(n) = u16::try_from(n) {
            Self::UInt16(n)
        } else if let Ok(n) = i16::try_from(n) {
            Self::Int16(n)
        } else if let Ok(n) = u32::try_from(n) {
            Self::UInt32(n)
        } else {
            Self::Int32(i32::try_from(n).expect("an integer of SAM has 32 bits"))
        }
    }
}
