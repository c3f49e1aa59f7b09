use std::collections::BTreeSet;

use super::fields::Fields;

/// What of each record is kept.
///
/// ```
/// use bioserde_read::{Field, Keep, Names};
///
/// let places = Keep {
///     fields: [Field::Rname, Field::Pos].into_iter().collect(),
///     tags: Names::NONE,
///     ..Keep::ALL
/// };
/// let shared = Keep { info: Names::ALL.without(["CSQ"]), ..Keep::ALL };
/// assert!(places != shared && !shared.info.has("CSQ"));
/// ```
///
/// # Alignments
///
/// A record has a value for each of the eleven fields of SAM, so a field that is not kept becomes the one
/// that stands for none (SAMv1 §1.4). A value that is kept is never altered.
///
/// | not kept | SAM | BAM |
/// |---|---|---|
/// | QNAME | `*` | `*` and NUL |
/// | FLAG | 0 or 4 | of the record's own bits only 0x4, "segment unmapped", stays; it is set as well where the result lacks RNAME, POS or CIGAR, since htslib sets it when it reads such a line |
/// | RNAME | `*` | `refID` -1 |
/// | POS | 0 | `pos` -1 |
/// | MAPQ | 255 | 255 |
/// | CIGAR | `*` | no operations, nor the tag `CG` where it holds the operations (§4.2.2) |
/// | RNEXT | `*` | `next_refID` -1 |
/// | PNEXT | 0 | `next_pos` -1 |
/// | TLEN | 0 | 0 |
/// | SEQ | `*` | `l_seq` 0, unless QUAL is kept: qualities need their bases, so both stay |
/// | QUAL | `*` | 0xff for each base |
///
/// - A FLAG that is kept says what it said, also when RNAME, POS or CIGAR are gone and it has not 0x4: where
///   RNAME is `*` or POS is 0 nothing may be assumed of the others (§1.4), and readers take such records.
///   A FLAG with 0x4 in it would be a false answer to who asked for FLAG.
/// - RNAME stays without POS, and POS without RNAME, for the same reason. Records without either are no
///   longer in the order that the header may tell.
/// - A tag `CG` that holds the operations stays if CIGAR is kept, whatever `tags` says: it is no tag but a
///   part of CIGAR. The placeholder before it then follows `l_seq`, as its readers expect: `0S` without SEQ.
/// - `bin` is computed again where the interval that the record covers is another one (§4.2.1).
///
/// # Variants
///
/// - INFO: entries whose key is not kept are left out, and `.` stands where none is left. So an END may be
///   left out as well, and a text record then ends with its REF; BCF records keep their `rlen`.
/// - FORMAT: a key that is not kept takes its value out of every sample. A sample that has no value left,
///   because it ended before the first kept key, becomes `.`. Where no key is left, FORMAT is `.` and so is
///   every sample. Values beyond the last key belong to none and are left out where any key is. The number
///   of columns stays.
///
/// Neither the header nor the order of what is kept changes, nor do the bytes of a value that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Fields of alignments.
    pub fields: Fields,
    /// Tags of alignments (SAMv1 §1.5).
    pub tags: Names,
    /// Keys of INFO of variants (VCF 4.3 §1.6.1).
    pub info: Names,
    /// Keys of FORMAT of variants (VCF 4.3 §1.6.2).
    pub format: Names,
}

impl Keep {
    /// Everything: records stay as they are, byte for byte.
    pub const ALL: Self =
        Self { fields: Fields::ALL, tags: Names::ALL, info: Names::ALL, format: Names::ALL };

    /// Of variants the keys `names`, of INFO and of FORMAT alike.
    pub fn keys(names: Names) -> Self {
        Self { info: names.clone(), format: names, ..Self::ALL }
    }
}

/// Names of tags or keys: all or only some, and of these all but some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// Nothing for all.
    only: Option<BTreeSet<String>>,
    except: BTreeSet<String>,
}

impl Names {
    /// Every name.
    pub const ALL: Self = Self { only: None, except: BTreeSet::new() };

    /// No name.
    pub const NONE: Self = Self { only: Some(BTreeSet::new()), except: BTreeSet::new() };

    /// These names and no others. They are case-sensitive.
    pub fn only<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self { only: Some(names.into_iter().map(Into::into).collect()), ..Self::ALL }
    }

    /// The same names but for these.
    #[must_use]
    pub fn without<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.except.extend(names.into_iter().map(Into::into));
        self
    }

    /// Whether a name is one of them.
    pub fn has(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(name)) && !self.except.contains(name)
    }

    /// Whether every name is one of them.
    pub(super) fn is_all(&self) -> bool {
        self.only.is_none() && self.except.is_empty()
    }

    /// Whether a name is one of them that is mentioned nowhere.
    pub(super) fn has_others(&self) -> bool {
        self.only.is_none()
    }

    /// Every name that is mentioned.
    pub(super) fn mentioned(&self) -> impl Iterator<Item = &str> {
        self.only.iter().flatten().chain(&self.except).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_some_of_all_but_others() {
        let cases = [
            (Names::ALL, [true, true]),
            (Names::NONE, [false, false]),
            (Names::only(["a"]), [true, false]),
            (Names::ALL.without(["a"]), [false, true]),
            (Names::only(["a", "b"]).without(["a"]), [false, true]),
            (Names::only(["A"]), [false, false]),
        ];
        for (names, expected) in cases {
            assert_eq!([names.has("a"), names.has("b")], expected, "{names:?}");
        }
    }
}
