//! The `INFO` and `FORMAT` keys that VCF reserves, and how it says that they are declared.
//!
//! VCF 4.1 and 4.2 reserve keys in lists (§1.4.1 field 8, §1.4.2, §3 and §4), later versions in tables
//! (§1.6.1 and §1.6.2, §3 and §4). The lists give no `Number` and no `Type` for most keys; where the words
//! and the test files of hts-specs leave no choice, they stand here as the later tables give them.

use super::{Number, Type};

/// How a version of VCF reserves a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// `Number`.
    pub number: Number,
    /// `Number` as written. `.` leaves it open.
    pub number_text: &'static str,
    /// `Type`, where the version fixes it.
    pub kind: Option<Type>,
}

/// A key, the first and the last minor version of VCF 4 that reserve it so, `Number` and `Type`.
type Row = (&'static str, u8, u8, &'static str, Option<Type>);

/// The newest minor version of VCF 4 that is known here.
const NEWEST: u8 = 5;

const INTEGER: Option<Type> = Some(Type::Integer);
const FLOAT: Option<Type> = Some(Type::Float);
const FLAG: Option<Type> = Some(Type::Flag);
const STRING: Option<Type> = Some(Type::String);

/// Sorted by key.
const INFO: &[Row] = &[
    ("1000G", 1, NEWEST, "0", FLAG),
    ("AA", 1, NEWEST, "1", STRING),
    ("AC", 1, NEWEST, "A", INTEGER),
    ("AD", 3, NEWEST, "R", INTEGER),
    ("ADF", 3, NEWEST, "R", INTEGER),
    ("ADR", 3, NEWEST, "R", INTEGER),
    ("AF", 1, NEWEST, "A", FLOAT),
    ("AN", 1, NEWEST, "1", INTEGER),
    ("BKPTID", 1, 3, ".", STRING),
    ("BKPTID", 4, NEWEST, "A", STRING),
    ("BQ", 1, NEWEST, "1", FLOAT),
    ("CICN", 1, 3, "2", INTEGER),
    ("CICN", 4, NEWEST, ".", FLOAT),
    ("CICNADJ", 1, 3, ".", INTEGER),
    ("CIEND", 1, 3, "2", INTEGER),
    ("CIEND", 4, NEWEST, ".", INTEGER),
    ("CIGAR", 1, NEWEST, "A", STRING),
    ("CILEN", 1, 3, "2", INTEGER),
    ("CILEN", 4, NEWEST, ".", INTEGER),
    ("CIPOS", 1, 3, "2", INTEGER),
    ("CIPOS", 4, NEWEST, ".", INTEGER),
    ("CIRB", 4, NEWEST, ".", INTEGER),
    ("CIRUC", 4, NEWEST, ".", FLOAT),
    ("CN", 1, 3, "1", INTEGER),
    ("CN", 4, NEWEST, "A", FLOAT),
    ("CNADJ", 1, 3, ".", INTEGER),
    ("DB", 1, NEWEST, "0", FLAG),
    ("DBRIPID", 1, 3, "1", STRING),
    ("DBRIPID", 4, NEWEST, "A", STRING),
    ("DBVARID", 1, 3, "1", STRING),
    ("DBVARID", 4, NEWEST, "A", STRING),
    ("DGVID", 1, 3, "1", STRING),
    ("DGVID", 4, NEWEST, "A", STRING),
    ("DP", 1, NEWEST, "1", INTEGER),
    ("DPADJ", 1, 3, ".", INTEGER),
    ("END", 1, NEWEST, "1", INTEGER),
    ("EVENT", 1, 3, "1", STRING),
    ("EVENT", 4, NEWEST, "A", STRING),
    ("EVENTTYPE", 4, NEWEST, "A", STRING),
    ("H2", 1, NEWEST, "0", FLAG),
    ("H3", 1, NEWEST, "0", FLAG),
    ("HOMLEN", 1, 3, ".", INTEGER),
    ("HOMLEN", 4, NEWEST, "A", INTEGER),
    ("HOMSEQ", 1, 3, ".", STRING),
    ("HOMSEQ", 4, NEWEST, "A", STRING),
    ("IMPRECISE", 1, NEWEST, "0", FLAG),
    ("MATEID", 1, 3, ".", STRING),
    ("MATEID", 4, NEWEST, "A", STRING),
    ("MEINFO", 1, 3, "4", STRING),
    ("MEINFO", 4, NEWEST, ".", STRING),
    ("METRANS", 1, 3, "4", STRING),
    ("METRANS", 4, NEWEST, ".", STRING),
    // VCF 4.1 and 4.2 write `MQ=52` and give no type; callers declare it as either.
    ("MQ", 1, 2, "1", None),
    ("MQ", 3, NEWEST, "1", FLOAT),
    ("MQ0", 1, NEWEST, "1", INTEGER),
    ("NOVEL", 1, NEWEST, "0", FLAG),
    ("NS", 1, NEWEST, "1", INTEGER),
    ("PARID", 1, 3, "1", STRING),
    ("PARID", 4, NEWEST, "A", STRING),
    ("RB", 4, NEWEST, ".", INTEGER),
    ("RN", 4, NEWEST, "A", INTEGER),
    ("RUB", 4, NEWEST, ".", INTEGER),
    ("RUC", 4, NEWEST, ".", FLOAT),
    ("RUL", 4, NEWEST, ".", INTEGER),
    ("RUS", 4, NEWEST, ".", STRING),
    // VCF 4.1 and 4.2 reserve `SB` as "strand bias" and say no more.
    ("SB", 3, NEWEST, "4", INTEGER),
    ("SOMATIC", 1, NEWEST, "0", FLAG),
    ("SVCLAIM", 4, NEWEST, "A", STRING),
    ("SVLEN", 1, 3, ".", INTEGER),
    ("SVLEN", 4, NEWEST, "A", INTEGER),
    ("SVTYPE", 1, NEWEST, "1", STRING),
    ("VALIDATED", 1, NEWEST, "0", FLAG),
];

/// Sorted by key.
const FORMAT: &[Row] = &[
    ("AD", 3, NEWEST, "R", INTEGER),
    ("ADF", 3, NEWEST, "R", INTEGER),
    ("ADR", 3, NEWEST, "R", INTEGER),
    ("AHAP", 1, NEWEST, "1", INTEGER),
    ("CICN", 4, NEWEST, "2", FLOAT),
    ("CN", 1, 3, "1", INTEGER),
    ("CN", 4, NEWEST, "1", FLOAT),
    ("CNL", 1, 2, ".", FLOAT),
    ("CNL", 3, NEWEST, "G", FLOAT),
    ("CNP", 3, NEWEST, "G", FLOAT),
    ("CNQ", 1, NEWEST, "1", FLOAT),
    ("DP", 1, NEWEST, "1", INTEGER),
    ("EC", 1, NEWEST, "A", INTEGER),
    ("FT", 1, NEWEST, "1", STRING),
    ("GL", 1, NEWEST, "G", FLOAT),
    ("GLE", 1, 2, "G", STRING),
    ("GP", 1, NEWEST, "G", FLOAT),
    ("GQ", 1, NEWEST, "1", INTEGER),
    ("GT", 1, NEWEST, "1", STRING),
    ("HAP", 1, NEWEST, "1", INTEGER),
    ("HQ", 1, NEWEST, "2", INTEGER),
    ("LA", 5, NEWEST, ".", INTEGER),
    ("LAA", 5, NEWEST, ".", INTEGER),
    ("LAD", 5, NEWEST, "LR", INTEGER),
    ("LADF", 5, NEWEST, "LR", INTEGER),
    ("LADR", 5, NEWEST, "LR", INTEGER),
    ("LEC", 5, NEWEST, "LA", INTEGER),
    ("LEN", 5, NEWEST, "1", INTEGER),
    // VCF 4.5 lists `LGL` and `LGP` as Integer, and as representations of `GL` and `GP`, which are Float.
    ("LGL", 5, NEWEST, "LG", None),
    ("LGP", 5, NEWEST, "LG", None),
    ("LPL", 5, NEWEST, "LG", INTEGER),
    ("LPP", 5, NEWEST, "LG", INTEGER),
    ("MQ", 1, NEWEST, "1", INTEGER),
    ("NQ", 1, NEWEST, "1", INTEGER),
    ("PL", 1, NEWEST, "G", INTEGER),
    ("PP", 3, NEWEST, "G", INTEGER),
    ("PQ", 1, NEWEST, "1", INTEGER),
    ("PS", 1, NEWEST, "1", INTEGER),
    ("PSL", 4, NEWEST, "P", STRING),
    ("PSO", 4, NEWEST, "P", INTEGER),
    ("PSQ", 4, NEWEST, "P", INTEGER),
];

/// The names that VCF 4.5 §1.6.2 gives to base modifications, as they follow `M`, `DPM` and `ADM`.
const MODIFICATIONS: [&str; 10] =
    ["5mC", "5hmC", "5fC", "5caC", "5hmU", "5fU", "5caU", "6mA", "8oxoG", "XaoN"];

/// How `version`, such as `VCFv4.3`, reserves the `INFO` key; nothing when it does not, or when the version
/// is not one of VCF 4.1–4.5.
pub fn info(key: &str, version: &str) -> Option<Reserved> {
    find(INFO, key, minor(version)?)
}

/// How `version`, such as `VCFv4.3`, reserves the `FORMAT` key; nothing when it does not, or when the version
/// is not one of VCF 4.1–4.5.
pub fn format(key: &str, version: &str) -> Option<Reserved> {
    let minor = minor(version)?;
    find(FORMAT, key, minor).or_else(|| modification(key).filter(|_| minor >= 5))
}

/// The minor version that `VCFv4.3` and the like name, from 1 to 5.
pub(super) fn minor(version: &str) -> Option<u8> {
    let [digit] = version.strip_prefix("VCFv4.")?.as_bytes() else { return None };
    let minor = digit.checked_sub(b'0')?;
    (1..=NEWEST).contains(&minor).then_some(minor)
}

fn find(rows: &[Row], key: &str, minor: u8) -> Option<Reserved> {
    let first = rows.partition_point(|row| row.0 < key);
    let mut same = rows.iter().skip(first).take_while(|row| row.0 == key);
    let (_, _, _, number_text, kind) = same.find(|row| (row.1..=row.2).contains(&minor))?;
    Some(Reserved { number: Number::parse(number_text)?, number_text, kind: *kind })
}

/// VCF 4.5 §1.6.2: `M[0-9]+[ACGTUN]` and its aliases, with the depths `DPM...` and `ADM...`.
fn modification(key: &str) -> Option<Reserved> {
    let depth = key.strip_prefix("DP").or_else(|| key.strip_prefix("AD"));
    let name = depth.unwrap_or(key).strip_prefix('M')?;
    let by_number = name.strip_suffix(['A', 'C', 'G', 'T', 'U', 'N']);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (MODIFICATIONS.contains(&name) || by_number.is_some_and(is_number)).then_some(Reserved {
        number: Number::Unknown,
        number_text: "M",
        kind: if depth.is_some() { INTEGER } else { FLOAT },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_versions_do_not_overlap() {
        for rows in [INFO, FORMAT] {
            for pair in rows.windows(2) {
                assert!(pair[0].0 < pair[1].0 || pair[0].0 == pair[1].0 && pair[0].2 < pair[1].1, "{pair:?}");
            }
            assert!(rows.iter().all(|row| row.1 <= row.2 && Number::parse(row.3).is_some()));
        }
    }

    #[test]
    fn what_is_reserved_depends_on_the_version() {
        let texts = |r: Option<Reserved>| r.map(|r| (r.number_text, r.kind));
        assert_eq!(texts(info("CN", "VCFv4.3")), Some(("1", INTEGER)));
        assert_eq!(texts(info("CN", "VCFv4.4")), Some(("A", FLOAT)));
        assert_eq!(texts(info("AD", "VCFv4.2")), None);
        assert_eq!(texts(info("AD", "VCFv4.3")), Some(("R", INTEGER)));
        assert_eq!(texts(info("MQ", "VCFv4.1")), Some(("1", None)));
        assert_eq!(texts(format("GLE", "VCFv4.2")), Some(("G", STRING)));
        assert_eq!(texts(format("GLE", "VCFv4.3")), None);
        assert_eq!(texts(format("PSL", "VCFv4.4")), Some(("P", STRING)));
        assert_eq!(info("AC", "VCFv4.3").unwrap().number, Number::Alternates);
    }

    #[test]
    fn base_modifications_are_reserved_by_pattern() {
        for (key, kind) in
            [("M27551C", FLOAT), ("DPM1N", INTEGER), ("ADM5hmC", INTEGER), ("MXaoN", FLOAT), ("M6mA", FLOAT)]
        {
            assert_eq!(format(key, "VCFv4.5").unwrap().kind, kind, "{key}");
            assert_eq!(format(key, "VCFv4.4"), None, "{key}");
        }
        for key in ["M", "MC", "M5", "DP5mC", "DPMQ", "M5mc"] {
            assert_eq!(format(key, "VCFv4.5"), None, "{key}");
        }
    }

    #[test]
    fn unknown_versions_reserve_nothing() {
        for version in ["VCFv4.0", "VCFv4.6", "VCFv4.3 ", "VCFv4.+3", "VCFv4.", "VCFv3.3", ""] {
            assert_eq!(info("DP", version), None, "{version}");
            assert_eq!(format("DP", version), None, "{version}");
        }
    }
}
