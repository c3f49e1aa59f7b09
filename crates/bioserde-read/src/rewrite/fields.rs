use std::fmt;

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

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of fields.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fields(u16);

impl Fields {
    /// Every field.
    pub const ALL: Self = Self((1 << Field::ALL.len()) - 1);

    /// No field.
    pub const NONE: Self = Self(0);

    /// Whether the set has a field.
    pub const fn contains(self, field: Field) -> bool {
        self.0 & field.bit() != 0
    }

    /// The fields, in the order of SAM.
    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL.into_iter().filter(move |field| self.contains(*field))
    }

    /// The set without a field.
    #[must_use]
    pub const fn without(self, field: Field) -> Self {
        Self(self.0 & !field.bit())
    }
}

impl FromIterator<Field> for Fields {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        Self(fields.into_iter().fold(0, |bits, field| bits | field.bit()))
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_into_it() {
        assert!(Fields::ALL.iter().eq(Field::ALL));
        assert_eq!(Fields::ALL, Field::ALL.into_iter().collect());
        assert_eq!(Fields::NONE.iter().count(), 0);
        let some: Fields = [Field::Qual, Field::Qname, Field::Qual].into_iter().collect();
        assert!(some.iter().eq([Field::Qname, Field::Qual]));
        assert!(Fields::ALL.without(Field::Seq).iter().all(|field| field != Field::Seq));
        assert_eq!(Fields::ALL.without(Field::Seq).iter().count(), 10);
    }
}
