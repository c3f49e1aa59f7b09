use bioserde_core::Position;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Genotype, float, position};

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
///
/// In JSON `{"key":"DP","type":"Integer","value":7}`.
#[derive(Clone, Debug, PartialEq)]
pub struct InfoField {
    /// The key.
    pub key: String,
    /// Its value, by the header's definition of the key.
    pub value: Value,
}

/// The value of an `INFO` or `FORMAT` key, typed by the header's definition of the key.
///
/// A key has a single value where its `Number` is 1, and a list otherwise; elements that are `.` are
/// [`None`].
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The `INFO` key stands alone, as one of `Type=Flag` should.
    Flag,
    /// `.`
    Missing,
    /// `Integer`.
    Integer(i32),
    /// `Float`.
    Float(f32),
    /// `String` or `Character`, percent-encoding untouched.
    Text(String),
    /// The `FORMAT` key `GT` as written, ploidy and phasing included (VCF 4.3 §1.6.2); see
    /// [`Value::genotype`].
    Genotype(String),
    /// `Integer`, of any number.
    Integers(Vec<Option<i32>>),
    /// `Float`, of any number.
    Floats(Vec<Option<f32>>),
    /// `String` or `Character`, of any number.
    Texts(Vec<Option<String>>),
    /// The text of a value that has no definition or does not fit it; nothing where the key stands
    /// alone.
    Other(Option<String>),
}

impl Value {
    /// The alleles and phasing of a genotype; nothing for other values, and for a `GT` whose text is none.
    pub fn genotype(&self) -> Option<Genotype> {
        match self {
            Self::Genotype(text) => text.parse().ok(),
            _ => None,
        }
    }
}

/// Where people read it, the type and the value of a [`Value`] stand side by side.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Value", tag = "type", content = "value")]
enum Readable {
    Flag,
    Missing,
    Integer(i32),
    Float(#[serde(with = "float")] f32),
    Text(String),
    Genotype(String),
    Integers(Vec<Option<i32>>),
    Floats(#[serde(with = "float::option_list")] Vec<Option<f32>>),
    Texts(Vec<Option<String>>),
    Other(Option<String>),
}

/// Elsewhere the type is a number, or the key of the value.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Value")]
enum Compact {
    #[serde(rename = "F")]
    Flag,
    #[serde(rename = "M")]
    Missing,
    #[serde(rename = "i")]
    Integer(i32),
    #[serde(rename = "f")]
    Float(#[serde(with = "float")] f32),
    #[serde(rename = "t")]
    Text(String),
    #[serde(rename = "g")]
    Genotype(String),
    #[serde(rename = "is")]
    Integers(Vec<Option<i32>>),
    #[serde(rename = "fs")]
    Floats(#[serde(with = "float::option_list")] Vec<Option<f32>>),
    #[serde(rename = "ts")]
    Texts(Vec<Option<String>>),
    #[serde(rename = "o")]
    Other(Option<String>),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            Readable::serialize(self, serializer)
        } else {
            Compact::serialize(self, serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Readable::deserialize(deserializer)
        } else {
            Compact::deserialize(deserializer)
        }
    }
}

/// An [`InfoField`] where people read it; elsewhere it is a pair.
#[derive(Serialize, Deserialize)]
struct ReadableField<K, V> {
    key: K,
    #[serde(flatten)]
    value: V,
}

impl Serialize for InfoField {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (key, value) = (&self.key, &self.value);
        if serializer.is_human_readable() {
            ReadableField { key, value }.serialize(serializer)
        } else {
            (key, value).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for InfoField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (key, value) = if deserializer.is_human_readable() {
            let ReadableField { key, value } = ReadableField::deserialize(deserializer)?;
            (key, value)
        } else {
            Deserialize::deserialize(deserializer)?
        };
        Ok(Self { key, value })
    }
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
