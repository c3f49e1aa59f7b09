use std::fmt::{Display, Write};

use super::{Alignment, Header, Value};

/// A whole SAM file (SAMv1 §1).
pub fn sam_text(header: &Header, records: &[Alignment]) -> String {
    let mut out = header.text.clone();
    for record in records {
        out.push_str(&sam_line(header, record));
        out.push('\n');
    }
    out
}

/// One line, without its end.
pub fn sam_line(header: &Header, record: &Alignment) -> String {
    let cigar: String = record.cigar.iter().map(|(n, op)| format!("{n}{}", char::from(*op))).collect();
    let rname = header.name(record.rname);
    let is_same = record.rnext.is_some() && record.rnext == record.rname;
    let rnext = if is_same { "=" } else { header.name(record.rnext) };
    let star = |text: String| if text.is_empty() { "*".to_owned() } else { text };
    let seq = star(record.seq.iter().map(|b| char::from(*b)).collect());
    let qual = record.qual.iter().flatten().map(|q| char::from(q + 33)).collect();
    let mut line = format!(
        "{}\t{}\t{rname}\t{}\t{}\t{}\t{rnext}\t{}\t{}\t{seq}\t{}",
        record.qname.as_deref().unwrap_or("*"),
        record.flag,
        record.pos,
        record.mapq,
        star(cigar),
        record.pnext,
        record.tlen,
        star(qual),
    );
    for ([a, b], value) in &record.tags {
        let _ = write!(line, "\t{}{}:{}", char::from(*a), char::from(*b), text(value));
    }
    line
}

fn text(value: &Value) -> String {
    match value {
        Value::Character(x) => format!("A:{}", char::from(*x)),
        Value::Int8(x) => format!("i:{x}"),
        Value::UInt8(x) => format!("i:{x}"),
        Value::Int16(x) => format!("i:{x}"),
        Value::UInt16(x) => format!("i:{x}"),
        Value::Int32(x) => format!("i:{x}"),
        Value::UInt32(x) => format!("i:{x}"),
        Value::Float(x) => format!("f:{x}"),
        Value::Text(x) => format!("Z:{x}"),
        Value::Hex(x) => format!("H:{x}"),
        Value::Int8s(list) => array('c', list),
        Value::UInt8s(list) => array('C', list),
        Value::Int16s(list) => array('s', list),
        Value::UInt16s(list) => array('S', list),
        Value::Int32s(list) => array('i', list),
        Value::UInt32s(list) => array('I', list),
        Value::Floats(list) => array('f', list),
    }
}

fn array<T: Display>(code: char, list: &[T]) -> String {
    let values: String = list.iter().map(|x| format!(",{x}")).collect();
    format!("B:{code}{values}")
}
