use super::TagKind::{self, Character, Float, Integer, IntegerArray, RepeatedText, Text};

/// The standard tags (SAMtags §1) that have a type, in the order of their letters. Left out: the ones
/// reserved for backwards compatibility without a meaning (GC GQ GS MF RT S2 SQ), and CG, whose
/// operations are in `cigar`.
pub(super) const STANDARD: &[(&[u8; 2], TagKind)] = &[
    (b"AM", Integer),
    (b"AS", Integer),
    (b"BC", RepeatedText),
    (b"BQ", Text),
    (b"BZ", Text),
    (b"CB", RepeatedText),
    (b"CC", RepeatedText),
    (b"CM", Integer),
    (b"CO", Text),
    (b"CP", Integer),
    (b"CQ", Text),
    (b"CR", Text),
    (b"CS", Text),
    (b"CT", Text),
    (b"CY", Text),
    (b"E2", Text),
    (b"FI", Integer),
    (b"FS", Text),
    (b"FZ", IntegerArray),
    (b"H0", Integer),
    (b"H1", Integer),
    (b"H2", Integer),
    (b"HI", Integer),
    (b"IH", Integer),
    (b"LB", RepeatedText),
    (b"MC", Text),
    (b"MD", Text),
    (b"MI", Text),
    (b"ML", IntegerArray),
    (b"MM", Text),
    (b"MN", Integer),
    (b"MQ", Integer),
    (b"NH", Integer),
    (b"NM", Integer),
    (b"OA", Text),
    (b"OC", Text),
    (b"OP", Integer),
    (b"OQ", Text),
    (b"OX", Text),
    (b"PG", RepeatedText),
    (b"PQ", Integer),
    (b"PT", Text),
    (b"PU", RepeatedText),
    (b"Q2", Text),
    (b"QT", Text),
    (b"QX", Text),
    (b"R2", Text),
    (b"RG", RepeatedText),
    (b"RX", Text),
    (b"SA", Text),
    (b"SM", Integer),
    (b"TC", Integer),
    (b"TS", Character),
    (b"U2", Text),
    (b"UQ", Integer),
];

/// The type of a standard tag; [`Float`] occurs among local tags only.
pub fn standard_kind(tag: [u8; 2]) -> Option<TagKind> {
    debug_assert!(STANDARD.iter().all(|(_, kind)| *kind != Float));
    STANDARD.iter().find(|(t, _)| **t == tag).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_sorted_and_unique() {
        assert!(STANDARD.windows(2).all(|w| w[0].0 < w[1].0));
    }
}
