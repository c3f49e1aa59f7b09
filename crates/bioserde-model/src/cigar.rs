use std::fmt;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What an operation of a CIGAR does (SAMv1 §1.4, field 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperationKind {
    /// `M`: aligned bases, equal or not.
    Match,
    /// `I`: bases that the reference lacks.
    Insertion,
    /// `D`: bases that the read lacks.
    Deletion,
    /// `N`: a stretch of the reference that is skipped, such as an intron.
    Skip,
    /// `S`: bases of `SEQ` that are not aligned.
    SoftClip,
    /// `H`: bases that are not aligned and not in `SEQ`.
    HardClip,
    /// `P`: a place where other reads have bases.
    Padding,
    /// `=`: aligned bases that are equal.
    SequenceMatch,
    /// `X`: aligned bases that differ.
    SequenceMismatch,
}

impl OperationKind {
    /// Every kind, at the place of its BAM code (SAMv1 §4.2).
    const ALL: [Self; 9] = [
        Self::Match,
        Self::Insertion,
        Self::Deletion,
        Self::Skip,
        Self::SoftClip,
        Self::HardClip,
        Self::Padding,
        Self::SequenceMatch,
        Self::SequenceMismatch,
    ];

    /// The kind of a BAM code (SAMv1 §4.2, `op`), 0 to 8.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// The BAM code (SAMv1 §4.2, `op`), 0 to 8.
    pub fn code(self) -> u8 {
        match self {
            Self::Match => 0,
            Self::Insertion => 1,
            Self::Deletion => 2,
            Self::Skip => 3,
            Self::SoftClip => 4,
            Self::HardClip => 5,
            Self::Padding => 6,
            Self::SequenceMatch => 7,
            Self::SequenceMismatch => 8,
        }
    }

    /// The kind of a letter.
    pub fn from_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.letter() == letter)
    }

    /// The letter of SAM text.
    pub fn letter(self) -> char {
        match self {
            Self::Match => 'M',
            Self::Insertion => 'I',
            Self::Deletion => 'D',
            Self::Skip => 'N',
            Self::SoftClip => 'S',
            Self::HardClip => 'H',
            Self::Padding => 'P',
            Self::SequenceMatch => '=',
            Self::SequenceMismatch => 'X',
        }
    }

    /// Whether it goes along `SEQ`.
    pub fn consumes_read(self) -> bool {
        use OperationKind::{Insertion, Match, SequenceMatch, SequenceMismatch, SoftClip};
        matches!(self, Match | Insertion | SoftClip | SequenceMatch | SequenceMismatch)
    }

    /// Whether it goes along the reference.
    pub fn consumes_reference(self) -> bool {
        use OperationKind::{Deletion, Match, SequenceMatch, SequenceMismatch, Skip};
        matches!(self, Match | Deletion | Skip | SequenceMatch | SequenceMismatch)
    }
}

/// One operation of a CIGAR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operation {
    /// In bases.
    pub len: u32,
    /// What it does.
    pub kind: OperationKind,
}

/// How a read lies along the reference (SAMv1 §1.4, field 6). Empty for `*`.
///
/// Its readable form is the text, or nothing when it is empty; the compact one is BAM's numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cigar(pub Vec<Operation>);

impl Cigar {
    /// Bases of the reference that the operations cover.
    pub fn reference_len(&self) -> u64 {
        self.0.iter().filter(|o| o.kind.consumes_reference()).map(|o| u64::from(o.len)).sum()
    }

    /// Bases of `SEQ` that the operations describe.
    pub fn read_len(&self) -> u64 {
        self.0.iter().filter(|o| o.kind.consumes_read()).map(|o| u64::from(o.len)).sum()
    }

    /// The operations as BAM stores them (SAMv1 §4.2, `cigar`); nothing when a length is beyond 28 bits.
    pub(crate) fn packed(&self) -> Option<Vec<u32>> {
        let packed = |o: &Operation| (o.len <= MAX_LEN).then(|| o.len << 4 | u32::from(o.kind.code()));
        self.0.iter().map(packed).collect()
    }
}

impl fmt::Display for Cigar {
    /// The text of SAM, `*` when it is empty.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("*");
        }
        self.0.iter().try_for_each(|o| write!(f, "{}{}", o.len, o.kind.letter()))
    }
}

/// A text is not a CIGAR.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a CIGAR: lengths below 2^28, each before one of MIDNSHP=X")]
pub struct ParseCigarError {
    /// The text, shortened.
    pub text: String,
}

impl FromStr for Cigar {
    type Err = ParseCigarError;

    /// Reads the text of SAM; `*` is the empty one.
    fn from_str(text: &str) -> Result<Self, ParseCigarError> {
        let fault = || ParseCigarError { text: text.chars().take(40).collect() };
        match text {
            "*" => Ok(Self::default()),
            "" => Err(fault()),
            _ => operations(text).map(Self).ok_or_else(fault),
        }
    }
}

/// Lengths have 28 bits in BAM.
pub(crate) const MAX_LEN: u32 = (1 << 28) - 1;

fn operations(text: &str) -> Option<Vec<Operation>> {
    let mut operations = Vec::new();
    for operation in text.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let letter = operation.chars().next_back()?;
        let digits = operation.strip_suffix(letter)?;
        let len = digits.parse().ok().filter(|len| *len <= MAX_LEN)?;
        operations.push(Operation { len, kind: OperationKind::from_letter(letter)? });
    }
    Some(operations)
}

impl Serialize for Cigar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error;

        let Some(packed) = self.packed() else {
            return Err(S::Error::custom("an operation of a CIGAR has a length of 2^28 or more"));
        };
        match serializer.is_human_readable() {
            false => packed.serialize(serializer),
            true if self.0.is_empty() => serializer.serialize_none(),
            true => serializer.serialize_some(&self.to_string()),
        }
    }
}

impl<'de> Deserialize<'de> for Cigar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = Option::<String>::deserialize(deserializer)?;
            return text.map_or_else(|| Ok(Self::default()), |text| text.parse()).map_err(D::Error::custom);
        }
        let operation = |packed: u32| {
            let kind = u8::try_from(packed & 15).ok().and_then(OperationKind::from_code);
            let kind = kind.ok_or_else(|| D::Error::custom("an operation of a CIGAR is none of BAM's"))?;
            Ok(Operation { len: packed >> 4, kind })
        };
        Vec::<u32>::deserialize(deserializer)?.into_iter().map(operation).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        for text in ["*", "8M2I4M1D3M", "1M2I3D4N5S6H7P8=9X", "268435455N"] {
            let cigar: Cigar = text.parse().unwrap();
            assert_eq!(cigar.to_string(), text);
            let json = serde_json::to_string(&cigar).unwrap();
            assert_eq!(serde_json::from_str::<Cigar>(&json).unwrap(), cigar);
        }
        assert_eq!(serde_json::to_string(&Cigar::default()).unwrap(), "null");
        assert_eq!("1M2I3D4N5S6H7P8=9X".parse::<Cigar>().unwrap().reference_len(), 1 + 3 + 4 + 8 + 9);
    }

    #[test]
    fn what_is_no_cigar_is_refused() {
        for text in ["", "M", "8", "8M2", "8m", "8M*", "-1M", "+1M", "268435456M", "8M é"] {
            assert!(text.parse::<Cigar>().is_err(), "{text}");
        }
    }

    #[test]
    fn codes_are_those_of_bam() {
        let letters = (0..=u8::MAX).map_while(OperationKind::from_code).map(OperationKind::letter);
        assert_eq!(letters.collect::<String>(), "MIDNSHP=X");
        let is_code = |(i, kind): (u8, &OperationKind)| kind.code() == i;
        assert!((0..).zip(&OperationKind::ALL).all(is_code));
    }
}
