use bioserde_core::Position;
use serde::{Deserialize, Serialize};

use crate::{float, position};

/// A variant record: the fixed fields, and the genotype fields of each sample (VCF 4.3 §1.6).
///
/// It holds values, not the way in which they were written: `29.00` and `29` are the same number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// `CHROM`.
    pub chrom: String,
    /// `POS`, 1-based; 0 for the telomere.
    #[serde(with = "position")]
    pub pos: Position,
    /// The last reference base that the record covers, 1-based: from `END`, `SVLEN`, `LEN` or `REF`.
    #[serde(with = "position")]
    pub end_pos: Position,
    /// `ID`; empty for `.`.
    pub id: Vec<String>,
    /// `REF`.
    pub reference: String,
    /// `ALT`; empty for `.`.
    pub alternate: Vec<String>,
    /// `QUAL`, phred-scaled; nothing for `.`.
    #[serde(default, with = "float::option")]
    pub qual: Option<f32>,
    /// `FILTER`, `PASS` included; nothing for `.`, where no filter was applied.
    pub filter: Option<Vec<String>>,
    /// `INFO`, in order, repeated keys included; empty for `.`.
    pub info: Vec<InfoField>,
    /// The keys of `FORMAT`, in order; empty where there are none.
    pub format: Vec<String>,
    /// The values of each sample, in the order of [`Variant::format`].
    ///
    /// A sample that leaves trailing values out has fewer of them than there are keys. One that has
    /// more, which no key explains, has the rest as [`Value::Other`].
    pub samples: Vec<Vec<Value>>,
}

/// An entry of `INFO` (VCF 4.3 §1.6.1, field 8).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InfoField {
    /// The key.
    pub key: String,
    /// Its value, by the header's definition of the key.
    #[serde(flatten)]
    pub value: Value,
}

/// The value of an `INFO` or `FORMAT` key, typed by the header's definition of the key.
///
/// A key has a single value where its `Number` is 1, and a list otherwise; elements that are `.` are
/// [`None`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value")]
pub enum Value {
    /// The `INFO` key stands alone, as one of `Type=Flag` should.
    Flag,
    /// `.`
    Missing,
    /// `Integer`.
    Integer(i32),
    /// `Float`.
    Float(#[serde(with = "float")] f32),
    /// `String` or `Character`, percent-encoding untouched.
    Text(String),
    /// The `FORMAT` key `GT` as written, ploidy and phasing included (VCF 4.3 §1.6.2).
    Genotype(String),
    /// `Integer`, of any number.
    Integers(Vec<Option<i32>>),
    /// `Float`, of any number.
    Floats(#[serde(with = "float::option_list")] Vec<Option<f32>>),
    /// `String` or `Character`, of any number.
    Texts(Vec<Option<String>>),
    /// The text of a value that has no definition or does not fit it; nothing where the key stands
    /// alone.
    Other(Option<String>),
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"chrom":"20","pos":10,"end_pos":12,"id":["rs1"],"reference":"ACG","alternate":["A"],"qual":29.5,"filter":["PASS"],"info":[{"key":"DB","type":"Flag"},{"key":"AF","type":"Floats","value":[0.5,null,"inf"]},{"key":"x","type":"Other","value":null}],"format":["GT","DP"],"samples":[[{"type":"Genotype","value":"0|1"},{"type":"Integer","value":7}],[{"type":"Missing"}]]}"#;

    #[test]
    fn json_tells_everything() {
        let position = |n| Position::new(n).unwrap();
        let info = |key: &str, value| InfoField { key: key.to_owned(), value };
        let variant = Variant {
            chrom: "20".to_owned(),
            pos: position(10),
            end_pos: position(12),
            id: vec!["rs1".to_owned()],
            reference: "ACG".to_owned(),
            alternate: vec!["A".to_owned()],
            qual: Some(29.5),
            filter: Some(vec!["PASS".to_owned()]),
            info: vec![
                info("DB", Value::Flag),
                info("AF", Value::Floats(vec![Some(0.5), None, Some(f32::INFINITY)])),
                info("x", Value::Other(None)),
            ],
            format: vec!["GT".to_owned(), "DP".to_owned()],
            samples: vec![vec![Value::Genotype("0|1".to_owned()), Value::Integer(7)], vec![Value::Missing]],
        };
        assert_eq!(serde_json::to_string(&variant).unwrap(), JSON);
        assert_eq!(serde_json::from_str::<Variant>(JSON).unwrap(), variant);
    }
}
