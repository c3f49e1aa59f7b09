//! Variants as VCF text (VCF 4.3 §1.6).

use std::fmt::Display;

use crate::encode::{EncodeError, Result, append_integer, check_float, into_string};
use crate::{InfoField, Value, Variant};

/// The VCF line of a variant, without its end.
///
/// Floats are the shortest decimals that read back to them. [`Variant::end_pos`] is not written: it
/// follows from the rest. A sample without values is written `.` (VCF 4.3 §1.6.2).
///
/// # Errors
///
/// A value that VCF text cannot hold, or that would read back as another one.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let json = r#"{"chrom":"20","pos":10,"end_pos":10,"id":[],"reference":"A","alternate":["C"],"qual":29.5,
///     "filter":["PASS"],"info":[{"key":"AF","type":"Floats","value":[0.5,null]}],"format":["GT"],
///     "samples":[[{"type":"Genotype","value":"0|1"}]]}"#;
/// let variant = serde_json::from_str(json)?;
/// let line = "20\t10\t.\tA\tC\t29.5\tPASS\tAF=0.5,.\tGT\t0|1";
/// assert_eq!(bioserde_model::vcf::to_string(&variant)?, line);
/// # Ok(())
/// # }
/// ```
pub fn to_string(variant: &Variant) -> Result<String> {
    let mut out = Vec::new();
    append(variant, &mut out)?;
    into_string(out)
}

/// Appends the VCF line of a variant, without its end; see [`to_string`].
///
/// # Errors
///
/// As those of [`to_string`]. Nothing is appended then.
pub fn append(variant: &Variant, out: &mut Vec<u8>) -> Result {
    let start = out.len();
    append_fields(variant, out).inspect_err(|_| out.truncate(start))
}

fn append_fields(variant: &Variant, out: &mut Vec<u8>) -> Result {
    check("CHROM", &variant.chrom, "")?;
    check_filled("CHROM", &variant.chrom)?;
    if variant.chrom.starts_with('#') {
        return Err(EncodeError::new("CHROM", &variant.chrom, "begins with `#`, as header lines do"));
    }
    out.extend_from_slice(variant.chrom.as_bytes());
    out.push(b'\t');
    append_integer(variant.pos.get(), out);
    append_texts("ID", Some(&variant.id).filter(|list| !list.is_empty()), ';', out)?;
    check("REF", &variant.reference, "")?;
    check_filled("REF", &variant.reference)?;
    out.push(b'\t');
    out.extend_from_slice(variant.reference.as_bytes());
    append_texts("ALT", Some(&variant.alternate).filter(|list| !list.is_empty()), ',', out)?;
    out.push(b'\t');
    append_optional("QUAL", variant.qual, out)?;
    append_texts("FILTER", variant.filter.as_ref(), ';', out)?;
    out.push(b'\t');
    append_info(&variant.info, out)?;
    append_samples(variant, out)
}

/// Refuses what would end a text: tabs, line breaks, and the separators around it.
fn check(field: impl Display, text: &str, separators: &str) -> Result {
    if text.contains(['\t', '\n', '\r']) || text.contains(|c| separators.contains(c)) {
        return Err(EncodeError::new(field, text.escape_debug(), "has a character that would end it"));
    }
    Ok(())
}

fn check_filled(field: impl Display, text: &str) -> Result {
    if text.is_empty() { Err(EncodeError::new(field, text, "is empty")) } else { Ok(()) }
}

/// Texts between separators, `.` for none.
fn append_texts(
    field: &'static str,
    list: Option<&Vec<String>>,
    separator: char,
    out: &mut Vec<u8>,
) -> Result {
    out.push(b'\t');
    let Some(list) = list else {
        out.push(b'.');
        return Ok(());
    };
    if list.is_empty() {
        return Err(EncodeError::new(field, "", "is an empty list; nothing stands for `.`"));
    }
    if let [dot] = list.as_slice()
        && dot == "."
    {
        return Err(EncodeError::new(field, dot, "stands for nothing"));
    }
    for (i, text) in list.iter().enumerate() {
        check(field, text, separator.encode_utf8(&mut [0; 4]))?;
        if i > 0 {
            out.extend_from_slice(separator.encode_utf8(&mut [0; 4]).as_bytes());
        }
        out.extend_from_slice(text.as_bytes());
    }
    Ok(())
}

fn append_info(info: &[InfoField], out: &mut Vec<u8>) -> Result {
    if info.is_empty() {
        out.push(b'.');
    }
    for (i, InfoField { key, value }) in info.iter().enumerate() {
        check("an INFO key", key, ";=")?;
        if i > 0 {
            out.push(b';');
        }
        out.extend_from_slice(key.as_bytes());
        match value {
            Value::Flag | Value::Other(None) if key == "." && info.len() == 1 => {
                return Err(EncodeError::new("an INFO key", key, "stands for no INFO"));
            }
            Value::Flag | Value::Other(None) => {}
            value => {
                out.push(b'=');
                append_value(value, &format_args!("INFO {key}"), ";", out)?;
            }
        }
    }
    Ok(())
}

fn append_samples(variant: &Variant, out: &mut Vec<u8>) -> Result {
    let Variant { format, samples, .. } = variant;
    if format.is_empty() && samples.is_empty() {
        return Ok(());
    }
    let keys = Some(format).filter(|keys| !keys.is_empty());
    append_texts("FORMAT", keys, ':', out)?;
    for sample in samples {
        out.push(b'\t');
        if sample.is_empty() {
            out.push(b'.');
        }
        for (i, value) in sample.iter().enumerate() {
            if i > 0 {
                out.push(b':');
            }
            let key = format.get(i).map_or("without a key", String::as_str);
            append_value(value, &format_args!("FORMAT {key}"), ":", out)?;
        }
    }
    Ok(())
}

fn append_value(value: &Value, field: &dyn Display, end: &str, out: &mut Vec<u8>) -> Result {
    let mut text = |text: &str| {
        check(field, text, end)?;
        out.extend_from_slice(text.as_bytes());
        Ok(())
    };
    match value {
        Value::Missing => text("."),
        Value::Flag | Value::Other(None) => {
            Err(EncodeError::new(field, "", "has no text, and a sample has nothing else"))
        }
        Value::Text(dot) if dot == "." => Err(EncodeError::new(field, dot, "stands for nothing")),
        Value::Text(x) | Value::Genotype(x) | Value::Other(Some(x)) => text(x),
        Value::Integer(x) => {
            append_integer(*x, out);
            Ok(())
        }
        Value::Float(x) => append_optional(field, Some(*x), out),
        Value::Integers(list) => append_list(list, field, out, |x, out| match x {
            Some(x) => {
                append_integer(*x, out);
                Ok(())
            }
            None => missing(out),
        }),
        Value::Floats(list) => append_list(list, field, out, |x, out| append_optional(field, *x, out)),
        Value::Texts(list) => append_list(list, field, out, |x, out| {
            let Some(x) = x else { return missing(out) };
            if x == "." {
                return Err(EncodeError::new(field, x, "stands for nothing"));
            }
            check(field, x, end)?;
            check(field, x, ",")?;
            out.extend_from_slice(x.as_bytes());
            Ok(())
        }),
    }
}

fn missing(out: &mut Vec<u8>) -> Result {
    out.push(b'.');
    Ok(())
}

fn append_list<T>(
    list: &[Option<T>],
    field: &dyn Display,
    out: &mut Vec<u8>,
    append: impl Fn(&Option<T>, &mut Vec<u8>) -> Result,
) -> Result {
    if let [] | [None] = list {
        return Err(EncodeError::new(
            field,
            "",
            "is an empty list, or one of nothing: both would be missing",
        ));
    }
    for (i, element) in list.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        append(element, out)?;
    }
    Ok(())
}

fn append_optional(field: impl Display, value: Option<f32>, out: &mut Vec<u8>) -> Result {
    let Some(value) = value else { return missing(out) };
    check_float(value, field)?;
    append_float(out, value);
    Ok(())
}

/// Appends a float as the shortest decimal that reads back to it, as C's `%g` lays it out: below 1e-4 with
/// an exponent of two digits; `nan`, `inf` and `-inf` for those that are no numbers.
pub fn append_float(out: &mut Vec<u8>, value: f32) {
    if !value.is_finite() {
        return crate::sam::append_float(out, value);
    }
    if value == 0.0 || value.abs() >= 1e-4 {
        return out.extend_from_slice(format!("{value}").as_bytes());
    }
    let text = format!("{value:e}");
    match text.split_once("e-") {
        Some((mantissa, exponent)) => {
            out.extend_from_slice(mantissa.as_bytes());
            out.extend_from_slice(if exponent.len() < 2 { b"e-0" } else { b"e-" });
            out.extend_from_slice(exponent.as_bytes());
        }
        None => out.extend_from_slice(text.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Position;

    fn variant() -> Variant {
        let info = |key: &str, value| InfoField { key: key.to_owned(), value };
        Variant {
            chrom: "1".to_owned(),
            pos: Position::new(5).unwrap(),
            end_pos: Position::new(5).unwrap(),
            id: vec!["a".to_owned(), "b".to_owned()],
            reference: "A".to_owned(),
            alternate: vec!["C".to_owned(), "<*>".to_owned()],
            qual: Some(1e-5),
            filter: None,
            info: vec![
                info("DB", Value::Flag),
                info("AF", Value::Floats(vec![Some(0.25), None])),
                info("x", Value::Other(None)),
                info("y", Value::Missing),
            ],
            format: vec!["GT".to_owned(), "AD".to_owned()],
            samples: vec![
                vec![Value::Genotype("0|1".to_owned()), Value::Integers(vec![Some(-1), None])],
                vec![],
            ],
        }
    }

    #[test]
    fn every_field_has_its_place() {
        let line = "1\t5\ta;b\tA\tC,<*>\t1e-05\t.\tDB;AF=0.25,.;x;y=.\tGT:AD\t0|1:-1,.\t.";
        assert_eq!(to_string(&variant()).unwrap(), line);
    }

    #[test]
    fn what_would_read_back_otherwise_is_refused() {
        let refused = |change: fn(&mut Variant)| {
            let mut variant = variant();
            change(&mut variant);
            let mut out = b"before".to_vec();
            let error = append(&variant, &mut out).unwrap_err();
            assert_eq!(out, b"before");
            error.to_string()
        };
        let end = "has a character that would end it";
        assert_eq!(refused(|v| v.chrom = "#1".to_owned()), "CHROM `#1` begins with `#`, as header lines do");
        assert_eq!(refused(|v| v.id = vec!["a;b".to_owned()]), format!("ID `a;b` {end}"));
        assert_eq!(refused(|v| v.id = vec![".".to_owned()]), "ID `.` stands for nothing");
        assert_eq!(
            refused(|v| v.filter = Some(vec![])),
            "FILTER `` is an empty list; nothing stands for `.`"
        );
        assert_eq!(refused(|v| v.reference.clear()), "REF `` is empty");
        assert_eq!(refused(|v| v.info[0].key = "a=b".to_owned()), format!("an INFO key `a=b` {end}"));
        let nothing = "INFO DB `` is an empty list, or one of nothing: both would be missing";
        assert_eq!(refused(|v| v.info[0].value = Value::Integers(vec![])), nothing);
        assert_eq!(refused(|v| v.info[0].value = Value::Texts(vec![None])), nothing);
        assert_eq!(
            refused(|v| v.info[0].value = Value::Text("a;b".to_owned())),
            format!("INFO DB `a;b` {end}")
        );
        assert_eq!(
            refused(|v| v.samples[0][1] = Value::Texts(vec![Some("a,b".to_owned())])),
            format!("FORMAT AD `a,b` {end}")
        );
        assert_eq!(
            refused(|v| v.samples[0][1] = Value::Flag),
            "FORMAT AD `` has no text, and a sample has nothing else"
        );
        assert_eq!(
            refused(|v| v.qual = Some(f32::from_bits(0x7fc0_0001))),
            "QUAL `nan:7fc00001` has bits that `nan` does not tell"
        );
    }
}
