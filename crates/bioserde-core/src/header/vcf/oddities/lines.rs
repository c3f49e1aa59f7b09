use super::super::structured::{Structured, shorten};
use super::super::{Number, Type};
use super::{Checks, names};
use crate::header::sam::is_reference_sequence_name;

/// The first levels of structural variants (VCF 4.1 §1.2.5, VCF 4.3 §1.4.5). VCF 4.3 alone adds `BND`.
const STRUCTURAL: [&str; 5] = ["DEL", "INS", "DUP", "INV", "CNV"];

/// The unspecified allele and its alias (VCF 4.3 §5.5), which are no structural variants and which callers
/// declare in every version.
const UNSPECIFIED: [&str; 2] = ["*", "NON_REF"];

impl Checks {
    /// Before VCF 4.3 all symbolic alleles are structural variants; since then those with levels are.
    pub(super) fn check_alternate(&mut self, fields: &Structured<'_>, line: usize) {
        self.check_number_and_type("ALT", fields, line);
        let Some(id) = fields.get("ID") else { return };
        if id.contains(|c: char| c.is_whitespace() || ",<>".contains(c)) {
            self.push(line, format_args!("ALT `{id}` has a blank, a comma or an angle bracket in its ID"));
        }
        let mut known = STRUCTURAL.to_vec();
        known.extend((self.minor == Some(3)).then_some("BND"));
        let level = id.split(':').next().unwrap_or_default();
        let must_be_known = self.is_before(3) && !UNSPECIFIED.contains(&id) || id.contains(':');
        if must_be_known && !known.contains(&level) {
            let version = self.version_name();
            let known = known.join(", ");
            self.push(
                line,
                format_args!("ALT `{id}` begins with none of the types of {version}, which are {known}"),
            );
        }
    }

    /// VCF 4.3 §1.4.8: the values that a key of `SAMPLE` may have.
    pub(super) fn check_meta(&mut self, fields: &Structured<'_>, line: usize) {
        self.check_number_and_type("META", fields, line);
        let id = fields.get("ID").unwrap_or_default();
        if fields.field("Values").is_some_and(|f| f.is_quoted || !f.value.starts_with('[')) {
            self.push(line, format_args!("META `{id}` has its Values not in square brackets"));
        }
    }

    /// `Number` and `Type` are not required here; where they stand they mean what they mean elsewhere.
    fn check_number_and_type(&mut self, kind: &str, fields: &Structured<'_>, line: usize) {
        let id = fields.get("ID").unwrap_or_default();
        if let Some(number) = fields.get("Number").filter(|text| Number::parse(text).is_none()) {
            self.push(line, format_args!("{kind} `{id}` has Number={number}, which VCF does not know"));
        }
        if let Some(text) = fields.get("Type").filter(|text| Type::parse(text).is_none()) {
            self.push(line, format_args!("{kind} `{id}` has Type={text}, which VCF does not know"));
        }
    }

    /// Names hold no blank (VCF 4.1 §1.4.1, `CHROM`); since VCF 4.3 they are those of SAM (§1.4.7). `<name>`
    /// is of the assembly file.
    pub(super) fn check_contig(&mut self, fields: &Structured<'_>, line: usize) {
        let id = fields.get("ID").unwrap_or_default();
        let name = id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or(id);
        if name.contains(char::is_whitespace) {
            self.push(line, format_args!("contig `{id}` has a blank in its ID"));
        } else if self.is_from(3) && !name.is_empty() && !is_reference_sequence_name(name.as_bytes()) {
            self.push(line, format_args!("contig `{id}` has a character that VCF 4.3 §1.4.7 forbids"));
        }
        if let Some(length) = fields.get("length").filter(|text| text.parse::<u64>().is_err()) {
            self.push(line, format_args!("contig `{id}` has length={length}, which is no number of bases"));
        }
        if let Some(url) = fields.get("URL").filter(|url| !names::is_url(url)) {
            self.push(line, format_args!("contig `{id}` has URL={}, which is no URL", shorten(url)));
        }
    }

    /// VCF 4.1 §1.2.9, VCF 4.3 §1.4.9. The values are names; what VCF uses to separate fields must be
    /// percent-encoded in them (VCF 4.3 §1.2), and hts-specs' test files ask the same of VCF 4.1 and 4.2.
    pub(super) fn check_pedigree(&mut self, fields: &Structured<'_>, line: usize) {
        let is_separator = |c: char| c.is_whitespace() || ":;=,<>".contains(c);
        for field in fields.fields.iter().filter(|f| !f.is_quoted && f.value.contains(is_separator)) {
            let (key, value) = (field.key, &field.value);
            self.push(line, format_args!("PEDIGREE has {key}={value}, with a blank or one of `:;=,<>`"));
        }
    }

    /// Before VCF 4.3 a sample is a mixture of genomes, and the fields are fixed (§1.2.8). Since then only
    /// `ID` is (§1.4.8); hts-specs' test files want neither a blank nor `*` in it.
    pub(super) fn check_sample(&mut self, fields: &Structured<'_>, line: usize) {
        let id = fields.get("ID").unwrap_or_default();
        if self.is_before(3) {
            let version = self.version_name();
            let missing: Vec<&str> = ["Genomes", "Mixture", "Description"]
                .into_iter()
                .filter(|key| fields.get(key).is_none())
                .collect();
            if !missing.is_empty() {
                let missing = missing.join(", ");
                self.push(line, format_args!("SAMPLE `{id}` has no {missing}, which {version} asks for"));
            }
            for key in ["ID", "Genomes", "Mixture"] {
                if fields.field(key).is_some_and(|f| f.is_quoted) {
                    self.push(line, format_args!("SAMPLE `{id}` has its {key} in quotes"));
                }
            }
        } else if self.is_from(3) && id.contains(|c: char| c.is_whitespace() || c == '*') {
            self.push(line, format_args!("SAMPLE `{id}` has a blank or `*` in its ID"));
        }
    }
}
