/// A field that every line of SAM has (SAMv1 §1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Name of the read.
    Qname,
    /// Bit flags.
    Flag,
    /// Name of the reference sequence.
    Rname,
    /// Position.
    Pos,
    /// Mapping quality.
    Mapq,
    /// Alignment operations.
    Cigar,
    /// Reference sequence of the next segment.
    Rnext,
    /// Position of the next segment.
    Pnext,
    /// Length of the template.
    Tlen,
    /// Bases.
    Seq,
    /// Qualities of the bases.
    Qual,
}

impl Field {
    /// Every field, in the order of SAM.
    pub const ALL: [Self; 11] = [
        Self::Qname,
        Self::Flag,
        Self::Rname,
        Self::Pos,
        Self::Mapq,
        Self::Cigar,
        Self::Rnext,
        Self::Pnext,
        Self::Tlen,
        Self::Seq,
        Self::Qual,
    ];

    /// The name in SAM (SAMv1 §1.4), in upper case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Qname => "QNAME",
            Self::Flag => "FLAG",
            Self::Rname => "RNAME",
            Self::Pos => "POS",
            Self::Mapq => "MAPQ",
            Self::Cigar => "CIGAR",
            Self::Rnext => "RNEXT",
            Self::Pnext => "PNEXT",
            Self::Tlen => "TLEN",
            Self::Seq => "SEQ",
            Self::Qual => "QUAL",
        }
    }

    /// Its place in a set of fields.
    pub const fn bit(self) -> u16 {
        1 << self as u16
    }
}
