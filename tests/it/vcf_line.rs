//! A VCF line from a row's columns.

use std::collections::HashMap;

use crate::table::{Cell, Row, Table};

/// Which columns hold which keys, and which samples there are.
pub(crate) struct VcfColumns {
    info: HashMap<String, String>,
    format: HashMap<String, String>,
    /// Samples of the source; `nested` lists hold one element for each when there are several.
    samples: usize,
    has_format: bool,
}

impl VcfColumns {
    /// From what the table's metadata tell.
    pub(crate) fn of(table: &Table) -> Self {
        let of = |prefix: &str| {
            let key = |(name, origin): (String, String)| {
                Some((origin.strip_prefix(prefix)?.split_once(" Number=")?.0.to_owned(), name))
            };
            table.origins().into_iter().filter_map(key).collect()
        };
        let samples: serde_json::Value = serde_json::from_str(&table.metadata["bioserde.samples"]).unwrap();
        let header = &table.metadata["bioserde.header"];
        let chrom = header.lines().rfind(|l| l.starts_with("#CHROM")).unwrap();
        Self {
            info: of("INFO "),
            format: of("FORMAT "),
            samples: samples.as_array().unwrap().len(),
            has_format: chrom.split('\t').count() > 8,
        }
    }
}

/// How floats are written, as a layout's marks say.
#[derive(Clone, Copy)]
enum Floats {
    General,
    Plain,
    Fixed(usize),
}

/// The line that the columns describe, without a look at `residual`.
pub(crate) fn render(row: Row<'_>, columns: &VcfColumns) -> String {
    let text = |column: &str| row.text(column).unwrap_or_default();
    let joined = |column: &str, separator: &str| match row.get(column) {
        Cell::List(list) if !list.is_empty() => {
            list.iter().map(|c| c.text().unwrap_or(".")).collect::<Vec<_>>().join(separator)
        }
        _ => ".".to_owned(),
    };
    let layout = row.text("info_layout");
    let (qual_floats, layout) = match layout.as_deref().and_then(|l| l.strip_prefix('@')) {
        Some(rest) => {
            let (mark, rest) = rest.split_once(';').unwrap();
            (floats(mark).unwrap(), Some(rest.to_owned()))
        }
        None => (Floats::General, layout),
    };
    let mut line = format!(
        "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
        text("chrom"),
        row.int("pos").unwrap(),
        joined("id", ";"),
        text("ref"),
        joined("alt", ","),
        value(&row.get("qual"), qual_floats),
        joined("filter", ";"),
        info(row, columns, layout.as_deref().unwrap_or(".")),
    );
    // Without samples nothing holds FORMAT but `residual`.
    if columns.has_format && columns.samples > 0 {
        line.push_str(&samples(row, columns));
    }
    line
}

/// What a mark says; nothing when it is none.
fn floats(mark: &str) -> Option<Floats> {
    match mark {
        // `*`: the text of QUAL is in `residual`, and the column has a number or nothing.
        "" | "*" => Some(Floats::General),
        "%p" => Some(Floats::Plain),
        _ => mark.strip_prefix('%')?.parse().ok().map(Floats::Fixed),
    }
}

fn info(row: Row<'_>, columns: &VcfColumns, layout: &str) -> String {
    let other = row.get("info_other");
    let mut other = other.list().iter();
    if layout == "." {
        return ".".to_owned();
    }
    let mut entries = Vec::new();
    for entry in layout.split(';') {
        if entry == "*" {
            let pair = other
                .next()
                .unwrap_or_else(|| panic!("info_layout `{layout}` wants more of info_other"))
                .list();
            let key = pair[0].text().unwrap_or_default();
            entries.push(pair[1].text().map_or(key.to_owned(), |value| format!("{key}={value}")));
            continue;
        }
        if let Some(key) = entry.strip_suffix("=.") {
            entries.push(format!("{key}=."));
            continue;
        }
        let (key, form) = match entry.rsplit_once('%') {
            Some((key, mark)) if columns.info.contains_key(key) => {
                (key, floats(&format!("%{mark}")).unwrap())
            }
            _ => (entry, Floats::General),
        };
        let column =
            columns.info.get(key).unwrap_or_else(|| panic!("info_layout `{layout}`: no column for {key}"));
        entries.push(match row.get(column) {
            Cell::Bool(true) => key.to_owned(),
            cell => format!("{key}={}", value(&cell, form)),
        });
    }
    assert!(other.next().is_none(), "info_other holds more than info_layout `{layout}` names");
    entries.join(";")
}

/// A value as text; `.` for null.
fn value(cell: &Cell, form: Floats) -> String {
    match cell {
        Cell::Null => ".".to_owned(),
        Cell::Int(n) => n.to_string(),
        Cell::Float(x) => float(*x, form),
        Cell::Text(text) => text.clone(),
        Cell::List(list) => list.iter().map(|c| value(c, form)).collect::<Vec<_>>().join(","),
        other => format!("{other:?}"),
    }
}

fn float(x: f32, form: Floats) -> String {
    match form {
        Floats::Plain => x.to_string(),
        Floats::Fixed(digits) => format!("{x:.digits$}"),
        Floats::General if x == 0.0 || x.abs() >= 1e-4 => x.to_string(),
        Floats::General => {
            let text = format!("{x:e}");
            let (mantissa, exponent) = text.split_once("e-").unwrap();
            format!("{mantissa}e-{exponent:0>2}")
        }
    }
}

/// `FORMAT` and the samples, with the tabs before them.
fn samples(row: Row<'_>, columns: &VcfColumns) -> String {
    let layout = row.text("format_layout").unwrap_or_default();
    let (keys, drops) = layout.strip_suffix('/').map_or((layout.as_str(), false), |keys| (keys, true));
    let split = |entry: &str| match entry.rsplit_once('%') {
        Some((key, mark)) if columns.format.contains_key(key) => {
            (key.to_owned(), floats(&format!("%{mark}")).unwrap())
        }
        _ => (entry.to_owned(), Floats::General),
    };
    let keys: Vec<(String, Floats)> = keys.split(':').map(split).collect();
    let names: Vec<&str> = keys.iter().map(|(key, _)| key.as_str()).collect();
    let mut text = format!("\t{}", names.join(":"));
    let other = row.get("fmt_other");
    for sample in 0..columns.samples {
        let mut values: Vec<String> = keys
            .iter()
            .map(|(key, form)| {
                kept(&other, sample, key).unwrap_or_else(|| sample_value(row, columns, sample, key, *form))
            })
            .collect();
        while drops && values.len() > 1 && values.last().is_some_and(|v| v == ".") {
            values.pop();
        }
        text.push('\t');
        text.push_str(&values.join(":"));
    }
    text
}

/// What `fmt_other` holds of a sample and key.
fn kept(other: &Cell, sample: usize, key: &str) -> Option<String> {
    let is_it = |entry: &&Cell| {
        let [number, name, _] = entry.list() else { return false };
        number.int() == i64::try_from(sample).ok() && name.text() == Some(key)
    };
    other.list().iter().find(is_it)?.list()[2].text().map(str::to_owned)
}

fn sample_value(row: Row<'_>, columns: &VcfColumns, sample: usize, key: &str, form: Floats) -> String {
    let cell = columns.format.get(key).map_or(Cell::Null, |column| row.get(column));
    match cell {
        Cell::List(list) if columns.samples > 1 => {
            list.get(sample).map_or(".".to_owned(), |c| value(c, form))
        }
        cell => value(&cell, form),
    }
}
