//! What header lines should be and are not (VCF 4.1 and 4.2 §1.2, VCF 4.3–4.5 §1.4). A rule that came or went
//! with a version holds for that version; of a version unknown here only what all of them say is asked.

use std::collections::HashSet;
use std::fmt::Display;

use super::reserved;
use super::structured::{Structured, shorten};

mod definitions;
mod lines;
mod names;

/// Collects what lines break, and ids that stand twice.
#[derive(Debug, Default)]
pub(super) struct Checks {
    oddities: Vec<String>,
    /// What follows `VCFv4.` in the first line, where it is known here.
    minor: Option<u8>,
    /// What follows `fileformat=`.
    version: String,
    /// Kinds of lines with their ids.
    ids: HashSet<(String, String)>,
}

impl Checks {
    /// Takes what follows `fileformat=` (VCF 4.1 §1.2.1, VCF 4.3 §1.4.1).
    pub(super) fn set_version(&mut self, version: &str, line: usize) {
        let number = version.strip_prefix("VCFv4.").unwrap_or_default();
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            self.push(line, format_args!("fileformat is `{version}`, not `VCFv4.` and a number"));
        }
        self.minor = reserved::minor(version);
        version.clone_into(&mut self.version);
    }

    /// Notes what is wrong with a line, counted from 1.
    pub(super) fn push(&mut self, line: usize, what: impl Display) {
        self.oddities.push(format!("line {line}: {what}"));
    }

    pub(super) fn finish(self) -> Vec<String> {
        self.oddities
    }

    fn is_from(&self, minor: u8) -> bool {
        self.minor.is_some_and(|m| m >= minor)
    }

    fn is_before(&self, minor: u8) -> bool {
        self.minor.is_some_and(|m| m < minor)
    }

    /// `VCF 4.3` for `VCFv4.3`.
    fn version_name(&self) -> String {
        self.version.replacen('v', " ", 1)
    }

    /// Whether a line must read `<key=value,...>`. Before VCF 4.3 those that the specification names must; since
    /// then each must that begins with `<` (§1.4).
    pub(super) fn is_structured(&self, kind: &str, value: &str) -> bool {
        match kind {
            "INFO" | "FORMAT" | "FILTER" | "contig" | "ALT" | "SAMPLE" | "PEDIGREE" => true,
            "assembly" | "pedigreeDB" => false,
            "META" => self.is_from(3),
            _ => self.is_from(3) && value.starts_with('<'),
        }
    }

    /// Checks a line of the form `key=value`. No value may be empty (VCF 4.1 §1.2, VCF 4.3 §1.4); `assembly`
    /// and `pedigreeDB` have a URL (VCF 4.1 §1.2.6 and §1.2.9, VCF 4.3 §1.4.6 and §1.4.9).
    pub(super) fn check_unstructured(&mut self, kind: &str, value: &str, line: usize) {
        if value.is_empty() {
            self.push(line, format_args!("{kind} has no value"));
        } else if matches!(kind, "assembly" | "pedigreeDB") && !names::is_url(value) {
            self.push(line, format_args!("{kind} is `{}`, which is no URL", shorten(value)));
        }
    }

    /// Checks a line of the form `key=<key=value,...>`, save what [`Checks::check_definition`] checks.
    pub(super) fn check_structured(&mut self, kind: &str, fields: &Structured<'_>, line: usize) {
        let id = fields.get("ID").map(|id| format!(" `{id}`")).unwrap_or_default();
        for what in &fields.oddities {
            self.push(line, format_args!("{kind}{id} {what}"));
        }
        self.check_id(kind, fields, line);
        self.check_fields(kind, fields, line);
        match kind {
            "ALT" => self.check_alternate(fields, line),
            "META" => self.check_meta(fields, line),
            "contig" => self.check_contig(fields, line),
            "PEDIGREE" => self.check_pedigree(fields, line),
            "SAMPLE" => self.check_sample(fields, line),
            _ => {}
        }
    }

    /// Every line has an ID, save pedigrees before VCF 4.3. Since VCF 4.3 it is unique among the lines of its
    /// kind (§1.4), and that of `INFO` and `FORMAT` is a key (§1.6.1, §1.6.2).
    fn check_id(&mut self, kind: &str, fields: &Structured<'_>, line: usize) {
        let Some(id) = fields.get("ID").filter(|id| !id.is_empty()) else {
            if kind != "PEDIGREE" || self.is_from(3) {
                self.push(line, format_args!("{kind} has no ID"));
            }
            return;
        };
        let is_definition = matches!(kind, "INFO" | "FORMAT");
        if is_definition && self.is_from(3) && !names::is_key(id) && (kind, id) != ("INFO", "1000G") {
            let expected = "a letter or `_`, followed by letters, digits, `_` and `.`";
            self.push(line, format_args!("{kind} `{id}` is not {expected}"));
        }
        // Of definitions the parser says which one counts.
        let must_be_unique = self.is_from(3) && !is_definition;
        if must_be_unique && !self.ids.insert((kind.to_owned(), id.to_owned())) {
            self.push(line, format_args!("{kind} `{id}` is declared twice"));
        }
    }
}

#[cfg(test)]
mod tests;
