use std::collections::{HashMap, HashSet};

use super::is_reference_sequence_name;

/// `PL` (SAMv1 §1.3); lower case is accepted as the specification asks of readers.
const PLATFORMS: [&str; 12] = [
    "CAPILLARY",
    "DNBSEQ",
    "ELEMENT",
    "HELICOS",
    "ILLUMINA",
    "IONTORRENT",
    "LS454",
    "ONT",
    "PACBIO",
    "SINGULAR",
    "SOLID",
    "ULTIMA",
];

/// Collects what SAMv1 §1.3 says of single fields, and of fields that refer to other lines.
#[derive(Debug, Default)]
pub(super) struct Checks {
    oddities: Vec<String>,
    /// The line of each `SN` and each name in `AN`.
    names: HashMap<String, usize>,
    programs: HashSet<String>,
    /// The line and the value of each `PP`.
    previous_programs: Vec<(usize, String)>,
}

impl Checks {
    /// Checks the fields of a line; `kind` with its `@`.
    pub(super) fn push(&mut self, kind: &str, fields: &[(&str, &str)], line: usize) {
        for (tag, value) in fields {
            if let Some(expected) = expectation(kind, tag, value) {
                self.oddities.push(format!("line {line}: {tag} of {kind} is `{value}`, not {expected}"));
            }
            match (kind, *tag) {
                ("@SQ", "SN") => self.insert_name(value, tag, line),
                ("@SQ", "AN") => value.split(',').for_each(|name| self.insert_name(name, tag, line)),
                ("@PG", "ID") => _ = self.programs.insert((*value).to_owned()),
                ("@PG", "PP") => self.previous_programs.push((line, (*value).to_owned())),
                _ => {}
            }
        }
    }

    fn insert_name(&mut self, name: &str, tag: &str, line: usize) {
        if let Some(first) = self.names.insert(name.to_owned(), line) {
            self.oddities
                .push(format!("line {line}: `{name}` in {tag} of @SQ is a name of line {first} too"));
        }
    }

    pub(super) fn finish(mut self) -> Vec<String> {
        for (line, id) in &self.previous_programs {
            if !self.programs.contains(id) {
                self.oddities.push(format!("line {line}: PP of @PG is `{id}`, which no @PG has as ID"));
            }
        }
        self.oddities
    }
}

/// What a value should have been; nothing when it is as SAMv1 §1.3 says.
fn expectation(kind: &str, tag: &str, value: &str) -> Option<&'static str> {
    let is_one_of = |words: &[&str]| words.contains(&value);
    let (is_valid, expected) = match (kind, tag) {
        ("@HD", "SO") => (
            is_one_of(&["unknown", "unsorted", "queryname", "coordinate"]),
            "unknown, unsorted, queryname or coordinate",
        ),
        ("@HD", "GO") => (is_one_of(&["none", "query", "reference"]), "none, query or reference"),
        ("@HD", "SS") => (is_sub_sort(value), "coordinate, queryname or unsorted with `:` and a sub-sort"),
        ("@SQ", "AH") => {
            (value == "*" || is_reference_sequence_name(value.as_bytes()), "`*`, a name or a region")
        }
        ("@SQ", "AN") => (value.split(',').all(is_alternative_name), "names separated by commas"),
        ("@SQ", "M5") => (is_md5(value), "32 lower-case hexadecimal digits"),
        ("@SQ", "TP") => (is_one_of(&["linear", "circular"]), "linear or circular"),
        ("@RG", "DT") => (is_date(value.trim_end()), "an ISO 8601 date or date and time"),
        ("@RG", "PI") => (value.parse::<i64>().is_ok(), "an integer"),
        ("@RG", "PL") => {
            (PLATFORMS.iter().any(|p| p.eq_ignore_ascii_case(value)), "one of the platforms of SAMv1 §1.3")
        }
        _ => return None,
    };
    (!is_valid).then_some(expected)
}

fn is_sub_sort(value: &str) -> bool {
    let mut parts = value.split(':');
    let is_order = matches!(parts.next(), Some("coordinate" | "queryname" | "unsorted"));
    let is_word =
        |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    is_order && value.contains(':') && parts.all(is_word)
}

fn is_alternative_name(name: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"*+.@_|-".contains(&b);
    name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric()) && name.bytes().all(is_allowed)
}

fn is_md5(value: &str) -> bool {
    value.len() == 32 && value.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// `YYYY-MM-DD` or `YYYYMMDD`, alone or followed by `T` and a time.
fn is_date(value: &str) -> bool {
    let (date, time) = value.split_once('T').unwrap_or((value, "00"));
    let is_time_character = |b: u8| b.is_ascii_digit() || b":.,+-Z".contains(&b);
    let digits = match date.as_bytes() {
        [y @ .., b'-', m1, m2, b'-', d1, d2] if y.len() == 4 => [y, &[*m1, *m2, *d1, *d2]].concat(),
        compact => compact.to_vec(),
    };
    let is_in = |range: std::ops::Range<usize>, low: u8, high: u8| {
        let number = digits.get(range).and_then(|d| std::str::from_utf8(d).ok()?.parse::<u8>().ok());
        number.is_some_and(|n| (low..=high).contains(&n))
    };
    digits.len() == 8
        && digits.iter().all(u8::is_ascii_digit)
        && is_in(4..6, 1, 12)
        && is_in(6..8, 1, 31)
        && time.bytes().next().is_some_and(|b| b.is_ascii_digit())
        && time.bytes().all(is_time_character)
}

#[cfg(test)]
mod tests {
    use super::super::Header;

    fn oddities(text: &str) -> Vec<String> {
        Header::parse(text.as_bytes()).unwrap().oddities
    }

    #[test]
    fn what_the_specification_allows_is_not_odd() {
        for text in [
            "@HD\tVN:1.6\tSO:coordinate\tGO:none\tSS:coordinate:queryname",
            "@HD\tVN:1.6\tSS:unsorted:MI:coordinate",
            "@SQ\tSN:a\tLN:1\tAH:b:1-2\tAN:A,1.x\tM5:7fc56270e7a70fa81a5935b72eacbe29\tTP:circular",
            "@RG\tID:a\tDT:2020-06-23T12:13:47+01:00\tPI:-3\tPL:Illumina",
            "@RG\tID:a\tDT:20200623\n@RG\tID:b\tDT:2020-06-23 ",
            "@PG\tID:b\tPP:a\n@PG\tID:a",
        ] {
            assert_eq!(oddities(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_it_forbids_is_named() {
        for (text, oddity) in [
            (
                "@HD\tVN:1.6\tSO:query",
                "line 1: SO of @HD is `query`, not unknown, unsorted, queryname or coordinate",
            ),
            ("@SQ\tSN:a\tLN:1\tAN:b\n@SQ\tSN:b\tLN:1", "line 2: `b` in SN of @SQ is a name of line 1 too"),
            ("@PG\tID:a\tPP:b", "line 1: PP of @PG is `b`, which no @PG has as ID"),
            (
                "@RG\tID:a\tDT:2020-23-06",
                "line 1: DT of @RG is `2020-23-06`, not an ISO 8601 date or date and time",
            ),
            ("@RG\tID:a\tPI:1.5", "line 1: PI of @RG is `1.5`, not an integer"),
        ] {
            assert_eq!(oddities(text), [oddity], "{text}");
        }
    }
}
