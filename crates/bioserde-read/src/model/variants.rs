use std::collections::HashMap;
use std::sync::Arc;

use bioserde_core::Position;
use bioserde_core::vcf::{Definition, Header, Type};
use bioserde_model::{InfoField, Value, Variant};
use bioserde_schema::variants::is_list;

use super::{Model, ModelError, Models, text};
use crate::batches::RecordError;
use crate::formats::bcf::dictionary::Dictionary;
use crate::formats::bcf::parts;
use crate::formats::bcf::render::render;
use crate::formats::vcf::end::end_position;
use crate::formats::vcf::line::{Line, LineError};
use crate::formats::vcf::number::{float, integer};
use crate::lines::strip_end;

/// Models of VCF lines.
#[derive(Debug)]
pub(crate) struct VcfModels {
    header: Arc<Header>,
    info: HashMap<Vec<u8>, Shape>,
    format: HashMap<Vec<u8>, Shape>,
}

/// What a definition says of a key's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Flag,
    Genotype,
    Integer,
    Float,
    Text,
    Integers,
    Floats,
    Texts,
}

impl Shape {
    fn of_info(definition: &Definition) -> Self {
        match (definition.kind, is_list(definition)) {
            (Type::Flag, _) => Self::Flag,
            (Type::Integer, false) => Self::Integer,
            (Type::Float, false) => Self::Float,
            (Type::Character | Type::String, false) => Self::Text,
            (Type::Integer, true) => Self::Integers,
            (Type::Float, true) => Self::Floats,
            (Type::Character | Type::String, true) => Self::Texts,
        }
    }

    /// `FORMAT` has no flags (VCF §1.4.4); what stands there is text.
    fn of_format(definition: &Definition) -> Self {
        match Self::of_info(definition) {
            _ if definition.id == "GT" => Self::Genotype,
            Self::Flag => Self::Text,
            shape => shape,
        }
    }
}

impl VcfModels {
    pub(crate) fn new(header: &Arc<Header>) -> Self {
        let shapes = |definitions: &[Definition], shape: fn(&Definition) -> Shape| {
            definitions.iter().map(|d| (d.id.clone().into_bytes(), shape(d))).collect()
        };
        Self {
            info: shapes(&header.infos, Shape::of_info),
            format: shapes(&header.formats, Shape::of_format),
            header: Arc::clone(header),
        }
    }

    /// The model of a line without its end.
    pub(super) fn variant(&self, line: &[u8]) -> Result<Variant, RecordError> {
        if std::str::from_utf8(line).is_err() {
            return Err(LineError::NotUtf8.into());
        }
        let line = Line::parse(line)?;
        line.check_samples(self.header.samples.len(), self.header.has_format)?;
        let keys: Vec<&[u8]> = line.format.filter(|f| *f != b".").map(|f| split(f, b':')).unwrap_or_default();
        let samples = if line.samples.is_empty() { Vec::new() } else { split(line.samples, b'\t') };
        Ok(Variant {
            chrom: text("CHROM", line.chrom)?,
            pos: position("POS", line.pos)?,
            end_pos: position("the end", end_position(&line))?,
            id: texts("ID", line.id, b';')?.unwrap_or_default(),
            reference: text("REF", line.reference)?,
            alternate: texts("ALT", line.alt, b',')?.unwrap_or_default(),
            qual: qual(line.qual)?,
            filter: texts("FILTER", line.filter, b';')?,
            info: self.info(line.info)?,
            format: keys.iter().map(|key| text("FORMAT", key)).collect::<Result<_, _>>()?,
            samples: samples.into_iter().map(|s| self.sample(&keys, s)).collect::<Result<_, _>>()?,
        })
    }

    fn info(&self, info: &[u8]) -> Result<Vec<InfoField>, ModelError> {
        if info == b"." {
            return Ok(Vec::new());
        }
        let field = |entry: &[u8]| {
            let (key, value) = match memchr::memchr(b'=', entry).and_then(|at| entry.split_at_checked(at)) {
                Some((key, value)) => (key, value.get(1..)),
                None => (entry, None),
            };
            let fitting = match (self.info.get(key), value) {
                (Some(Shape::Flag), None) => Some(Value::Flag),
                (Some(shape), Some(value)) => shape.value(value)?,
                _ => None,
            };
            let other = || Ok(Value::Other(value.map(|v| text("INFO", v)).transpose()?));
            Ok(InfoField { key: text("INFO", key)?, value: fitting.map_or_else(other, Ok)? })
        };
        info.split(|b| *b == b';').map(field).collect()
    }

    fn sample(&self, keys: &[&[u8]], sample: &[u8]) -> Result<Vec<Value>, ModelError> {
        // VCF §1.6.2: `.` for a sample without keys.
        if keys.is_empty() && sample == b"." {
            return Ok(Vec::new());
        }
        let value = |(i, value): (usize, &[u8])| {
            let shape = keys.get(i).and_then(|key| self.format.get(*key));
            let fitting = shape.map(|shape| shape.value(value)).transpose()?.flatten();
            fitting.map_or_else(|| text("FORMAT", value).map(|v| Value::Other(Some(v))), Ok)
        };
        sample.split(|b| *b == b':').enumerate().map(value).collect()
    }
}

impl Models for VcfModels {
    fn model(&mut self, record: &[u8]) -> Result<Model, RecordError> {
        self.variant(strip_end(record).0).map(Model::Variant)
    }
}

/// Models of BCF records, by way of VCF lines.
#[derive(Debug)]
pub(crate) struct BcfModels {
    lines: VcfModels,
    dictionary: Dictionary,
    line: Vec<u8>,
}

impl BcfModels {
    pub(crate) fn new(header: &Arc<Header>) -> Self {
        Self { lines: VcfModels::new(header), dictionary: Dictionary::new(header), line: Vec::new() }
    }
}

impl Models for BcfModels {
    fn model(&mut self, record: &[u8]) -> Result<Model, RecordError> {
        let (shared, individual) = parts(record);
        self.line.clear();
        render(shared, individual, &self.dictionary, &mut self.line)?;
        self.lines.variant(&self.line).map(Model::Variant)
    }
}

impl Shape {
    /// The value of a text; nothing when it does not fit.
    fn value(self, value: &[u8]) -> Result<Option<Value>, ModelError> {
        Ok(match self {
            Self::Flag => None,
            Self::Genotype => Some(Value::Genotype(text("GT", value)?)),
            _ if value == b"." => Some(Value::Missing),
            Self::Integer => integer(value).map(Value::Integer),
            Self::Float => float(value).map(|(x, _)| Value::Float(x)),
            Self::Text => Some(Value::Text(text("a value", value)?)),
            Self::Integers => elements(value, integer).map(Value::Integers),
            Self::Floats => elements(value, |e| float(e).map(|(x, _)| x)).map(Value::Floats),
            Self::Texts => {
                let element = |e: &[u8]| (e != b".").then(|| text("a value", e)).transpose();
                Some(Value::Texts(value.split(|b| *b == b',').map(element).collect::<Result<_, _>>()?))
            }
        })
    }
}

/// The elements of a list, some of them missing; nothing when one is no number.
fn elements<T>(value: &[u8], number: fn(&[u8]) -> Option<T>) -> Option<Vec<Option<T>>> {
    let element = |e: &[u8]| if e == b"." { Some(None) } else { number(e).map(Some) };
    value.split(|b| *b == b',').map(element).collect()
}

fn split(bytes: &[u8], separator: u8) -> Vec<&[u8]> {
    bytes.split(|b| *b == separator).collect()
}

/// The texts between separators; nothing for `.`.
fn texts(field: &'static str, bytes: &[u8], separator: u8) -> Result<Option<Vec<String>>, ModelError> {
    let texts = || bytes.split(|b| *b == separator).map(|t| text(field, t)).collect();
    (bytes != b".").then(texts).transpose()
}

fn position(field: &'static str, one_based: i32) -> Result<Position, ModelError> {
    let position = u64::try_from(one_based).ok().and_then(Position::new);
    position.ok_or(ModelError::Position { field, value: one_based.into() })
}

fn qual(value: &[u8]) -> Result<Option<f32>, ModelError> {
    if value == b"." {
        return Ok(None);
    }
    let fault = || ModelError::Qual(String::from_utf8_lossy(value).chars().take(20).collect());
    float(value).map(|(x, _)| Some(x)).ok_or_else(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "##fileformat=VCFv4.3\n\
        ##INFO=<ID=DB,Number=0,Type=Flag,Description=\"\">\n\
        ##INFO=<ID=DP,Number=1,Type=Integer,Description=\"\">\n\
        ##INFO=<ID=AF,Number=A,Type=Float,Description=\"\">\n\
        ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"\">\n\
        ##FORMAT=<ID=AD,Number=R,Type=Integer,Description=\"\">\n\
        #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\n";

    fn variant(line: &str) -> Result<Variant, String> {
        let models = VcfModels::new(&Arc::new(Header::parse(HEADER.as_bytes()).unwrap()));
        models.variant(line.as_bytes()).map_err(|e| e.to_string())
    }

    #[test]
    fn values_have_the_declared_type() {
        let line = "1\t5\t.\tA\tC\t1e2\t.\tDB;DP=7;AF=0.5,.;DP=.;DP=x;DB=1;x;=;;y=.\tGT:AD:z\t.:1,.:5\t0/1";
        let variant = variant(line).unwrap();
        let other = |text: &str| Value::Other(Some(text.to_owned()));
        let info: Vec<_> = variant.info.iter().map(|f| (f.key.as_str(), f.value.clone())).collect();
        let expected = [
            ("DB", Value::Flag),
            ("DP", Value::Integer(7)),
            ("AF", Value::Floats(vec![Some(0.5), None])),
            ("DP", Value::Missing),
            ("DP", other("x")),
            ("DB", other("1")),
            ("x", Value::Other(None)),
            ("", other("")),
            ("", Value::Other(None)),
            ("y", other(".")),
        ];
        assert_eq!(info, expected);
        let genotype = |text: &str| Value::Genotype(text.to_owned());
        let first = vec![genotype("."), Value::Integers(vec![Some(1), None]), other("5")];
        assert_eq!(variant.samples, [first, vec![genotype("0/1")]]);
        assert_eq!((variant.qual, variant.filter), (Some(100.0), None));
    }

    #[test]
    fn a_record_without_keys_has_samples_without_values() {
        let variant = variant("1\t5\t.\tA\t.\t.\tPASS\t.\t.\t.\t7").unwrap();
        assert!(variant.format.is_empty() && variant.info.is_empty() && variant.alternate.is_empty());
        assert_eq!(variant.samples, [vec![], vec![Value::Other(Some("7".to_owned()))]]);
    }

    #[test]
    fn what_has_no_place_in_a_model_is_refused() {
        assert_eq!(variant("1\t5\t.\tA\tC\tq\t.\t.\tGT\t.\t.").unwrap_err(), "QUAL `q` is not a number");
        assert!(variant("1\t5\t.\tA\tC\t.\t.\t.\tGT\t.").unwrap_err().contains("1 samples"));
    }
}
