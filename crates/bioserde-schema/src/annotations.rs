//! Annotations: `INFO` keys whose value is a list of entries with sub-fields, which the `Description` names.
//!
//! VEP, `bcftools csq` and SnpEff write them. An entry, as a rule that of a transcript, ends at `,`, and a
//! sub-field at `|`.

use bioserde_core::vcf::{Definition, Type};

/// The keys that are looked at, without regard to case: of VEP, `bcftools csq`, gnomAD, and SnpEff.
pub const KEYS: [&str; 4] = ["CSQ", "BCSQ", "vep", "ANN"];

/// What stands before the names in a `Description`: that of VEP and `bcftools csq`, and that of SnpEff.
const BEFORE_NAMES: [&str; 2] = ["Format:", "Functional annotations:"];

/// Of VEP and its plugins. Their values are one number; others such as `cDNA_position` may be ranges.
const INTEGERS: [&str; 4] = ["STRAND", "DISTANCE", "ALLELE_NUM", "HGVS_OFFSET"];
const FLOATS: [&str; 10] = [
    "AF",
    "CADD_PHRED",
    "CADD_RAW",
    "LOEUF",
    "MOTIF_SCORE_CHANGE",
    "REVEL",
    "SpliceAI_pred_DS_AG",
    "SpliceAI_pred_DS_AL",
    "SpliceAI_pred_DS_DG",
    "SpliceAI_pred_DS_DL",
];

/// A part of every entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubField {
    /// As the `Description` spells it; its 1-based number where the name is empty.
    pub name: String,
    /// `Integer`, `Float` or `String`.
    pub kind: Type,
}

/// The sub-fields of a key's entries, in order; nothing for a key that is not one of [`KEYS`], is no text,
/// or does not name them.
pub fn sub_fields(definition: &Definition) -> Option<Vec<SubField>> {
    let key = KEYS.into_iter().find(|key| key.eq_ignore_ascii_case(&definition.id))?;
    if definition.kind != Type::String {
        return None;
    }
    let description = &definition.description;
    let names = BEFORE_NAMES.into_iter().find_map(|before| Some(description.split_once(before)?.1))?;
    if !names.contains('|') {
        return None;
    }
    let sub_field = |(i, name): (usize, &str)| {
        let name = name.trim_matches(is_around);
        let name = if name.is_empty() { (i + 1).to_string() } else { name.to_owned() };
        SubField { kind: kind(key, &name), name }
    };
    Some(names.split('|').enumerate().map(sub_field).collect())
}

/// Quotes and blanks around names; `bcftools csq` once wrote `[*]consequence` and put brackets around what an
/// entry may lack.
fn is_around(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\'' | '"' | '[' | ']' | '*')
}

fn kind(key: &str, name: &str) -> Type {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    match key {
        "CSQ" | "vep" if INTEGERS.into_iter().any(is) => Type::Integer,
        "CSQ" | "vep" if FLOATS.into_iter().any(is) || name.to_ascii_uppercase().ends_with("_AF") => {
            Type::Float
        }
        "ANN" if is("Distance") => Type::Integer,
        _ => Type::String,
    }
}

#[cfg(test)]
mod tests {
    use bioserde_core::vcf::Header;

    use super::*;

    fn of(id: &str, kind: &str, description: &str) -> Option<Vec<(String, Type)>> {
        let text = format!(
            "##fileformat=VCFv4.3\n##INFO=<ID={id},Number=.,Type={kind},Description=\"{description}\">\n\
             #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        );
        let header = Header::parse(text.as_bytes()).unwrap();
        let fields = sub_fields(&header.infos[0])?;
        Some(fields.into_iter().map(|f| (f.name, f.kind)).collect())
    }

    fn names(id: &str, description: &str) -> Vec<String> {
        of(id, "String", description).unwrap().into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn descriptions_of_the_three_programs_name_sub_fields() {
        let vep =
            "Consequence annotations from Ensembl VEP. Format: Allele|STRAND|gnomADe_AFR_AF|cDNA_position";
        let expected = [
            ("Allele".to_owned(), Type::String),
            ("STRAND".to_owned(), Type::Integer),
            ("gnomADe_AFR_AF".to_owned(), Type::Float),
            ("cDNA_position".to_owned(), Type::String),
        ];
        assert_eq!(of("CSQ", "String", vep).unwrap(), expected);
        assert_eq!(of("vep", "String", vep).unwrap(), expected);
        let csq = "Local consequence annotation, see http://x Format: '[*]consequence|gene|biotype[|strand|dna_change]'";
        assert_eq!(names("BCSQ", csq), ["consequence", "gene", "biotype", "strand", "dna_change"]);
        let snpeff = "Functional annotations: 'Allele | cDNA.pos / cDNA.length | Distance | ERRORS / WARNINGS / INFO' ";
        assert_eq!(
            names("ANN", snpeff),
            ["Allele", "cDNA.pos / cDNA.length", "Distance", "ERRORS / WARNINGS / INFO"]
        );
        assert_eq!(of("ANN", "String", snpeff).unwrap()[2].1, Type::Integer);
    }

    #[test]
    fn a_strand_of_bcftools_csq_is_text() {
        assert_eq!(of("BCSQ", "String", "Format: gene|strand").unwrap()[1].1, Type::String);
    }

    #[test]
    fn a_sub_field_without_a_name_has_its_number() {
        assert_eq!(names("CSQ", "Format: a||b"), ["a", "2", "b"]);
    }

    #[test]
    fn other_keys_and_descriptions_name_none() {
        assert_eq!(of("LOF", "String", "Format: 'Gene_Name | Gene_ID'"), None);
        assert_eq!(of("CSQ", "String", "Consequences"), None);
        assert_eq!(of("CSQ", "String", "Format: text"), None);
        assert_eq!(of("CSQ", "Integer", "Format: a|b"), None);
    }
}
