//! `CHROM`, `ID`, `QUAL` and `FILTER` (VCF §1.6.1, fields 1, 3, 6 and 7).

use super::Version;
use crate::batches::Tally;

pub(crate) const CHROM: &str = "records on contigs whose names have characters that they may not have";
pub(crate) const ID_SPACE: &str = "IDs with white space";
pub(crate) const ID_EMPTY: &str = "IDs that are empty or missing beside others";
pub(crate) const ID_TWICE: &str = "IDs that stand twice in their record";
pub(crate) const QUAL: &str = "QUAL values below zero";
pub(crate) const FILTER_EMPTY: &str = "filters that are empty";
pub(crate) const FILTER_MISSING: &str = "filters that are missing beside others";
pub(crate) const FILTER_ZERO: &str = "filters named 0, which is reserved";
pub(crate) const FILTER_SPACE: &str = "filters with white space";
pub(crate) const FILTER_TWICE: &str = "filters that stand twice in their record";

/// Whether a name that the header does not declare may be that of a contig. `:` and `*`, which the names
/// of HLA alleles have, are left to names that are declared: elsewhere nothing tells `chr:1` from a place
/// on `chr`.
pub(crate) fn is_contig(name: &[u8]) -> bool {
    // VCF §1.6.1: the name of a contig of the assembly file.
    let (name, is_of_assembly) = match name {
        [b'<', name @ .., b'>'] => (name, true),
        _ => (name, false),
    };
    let is_forbidden = |b: &u8| match b {
        0..=b' ' | b'<' | b'>' | b',' | b':' => true,
        b'*' => !is_of_assembly,
        _ => false,
    };
    !name.is_empty() && !name.iter().any(is_forbidden)
}

/// Counts what is wrong with `ID`.
#[inline]
pub(crate) fn check_id(id: &[u8], version: Version, tally: &mut Tally) {
    if id == b"." || id.iter().all(|b| *b > b' ' && *b != b';') && !id.is_empty() {
        return;
    }
    check_ids(id, version, tally);
}

fn check_ids(ids: &[u8], version: Version, tally: &mut Tally) {
    let elements = || ids.split(|b| *b == b';');
    for (i, id) in elements().enumerate() {
        if matches!(id, b"" | b".") {
            tally.add(ID_EMPTY);
        } else if has_space(id) {
            tally.add(ID_SPACE);
        } else if version >= Version::V4_3 && i < MOST && elements().take(i).any(|other| other == id) {
            tally.add(ID_TWICE);
        }
    }
}

/// So many elements of a list are compared with each other.
const MOST: usize = 256;

fn has_space(text: &[u8]) -> bool {
    text.iter().any(|b| *b <= b' ')
}

/// What is wrong with `FILTER`, which is not `.`.
pub(crate) fn filter_faults(filter: &[u8], version: Version) -> Vec<&'static str> {
    let elements = || filter.split(|b| *b == b';');
    let is_one = !filter.contains(&b';');
    let mut faults = Vec::new();
    for (i, id) in elements().enumerate() {
        faults.extend(match id {
            b"" => Some(FILTER_EMPTY),
            b"0" => Some(FILTER_ZERO),
            b"." if !is_one => Some(FILTER_MISSING),
            _ if has_space(id) => Some(FILTER_SPACE),
            _ if version >= Version::V4_3 && i < MOST && elements().take(i).any(|other| other == id) => {
                Some(FILTER_TWICE)
            }
            _ => None,
        });
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "VCFv4.2";
    const NEW: &str = "VCFv4.3";

    #[test]
    fn contigs_have_no_brackets_commas_colons_or_blanks() {
        for name in ["1", "chr1", "1.A", "<1A>", "<1*>", "GL000220.1", "HLA-A"] {
            assert!(is_contig(name.as_bytes()), "{name}");
        }
        for name in ["<1", "chr:1", "chr 1", "chr,1", "chr*1", "<>", "1>"] {
            assert!(!is_contig(name.as_bytes()), "{name}");
        }
    }

    fn ids(id: &str, version: &str) -> Vec<&'static str> {
        let mut tally = Tally::default();
        check_id(id.as_bytes(), Version::of(version), &mut tally);
        tally.iter().map(|(kind, _)| kind).collect()
    }

    #[test]
    fn ids_are_whole_and_differ() {
        for id in [".", "rs1", "rs1;rs2", "abc123.id,456-789"] {
            assert_eq!(ids(id, NEW), [""; 0], "{id}");
        }
        assert_eq!(ids("rs1 x", NEW), [ID_SPACE]);
        for id in [";rs1", "rs1;", "", "rs1;."] {
            assert_eq!(ids(id, NEW), [ID_EMPTY], "{id}");
        }
        assert_eq!(ids("rs1;rs1", NEW), [ID_TWICE]);
        assert_eq!(ids("rs1;rs1", OLD), [""; 0], "VCF 4.3 forbids it first");
    }

    #[test]
    fn filters_are_whole_and_differ() {
        let faults = |filter: &str| filter_faults(filter.as_bytes(), Version::V4_3);
        for filter in ["PASS", "q10;PASS", "q10", "q10;dp10", "my-filter"] {
            assert_eq!(faults(filter), [""; 0], "{filter}");
        }
        assert_eq!(faults("q10;."), [FILTER_MISSING]);
        assert_eq!(faults("q10;"), [FILTER_EMPTY]);
        assert_eq!(faults(";PASS"), [FILTER_EMPTY]);
        assert_eq!(faults("my filter"), [FILTER_SPACE]);
        assert_eq!(faults("q12;0;h56"), [FILTER_ZERO]);
        assert_eq!(faults("hp23;hp23"), [FILTER_TWICE]);
        assert_eq!(filter_faults(b"hp23;hp23", Version::of(OLD)), [""; 0]);
    }
}
