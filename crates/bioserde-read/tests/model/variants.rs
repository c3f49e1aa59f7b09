//! Variants, with no, one and several samples, in both layouts of genotypes.

use std::fs;
use std::process::Command;

use bioserde_core::vcf::Header;
use bioserde_model::{Value, Variant};
use bioserde_read::{Model, Options};
use bioserde_schema::Origin;
use bioserde_schema::variants::Genotypes;
use bioserde_testkit::bgzf;
use bioserde_testkit::variants::{self as testkit, arb_variant_line, case_header, vcf_text};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::cell::{Cell, is_float, unsigned_zero};
use crate::paths::{Columns, Cuts, arb_cuts, check_json, read};

proptest! {
    #[test]
    fn vcf_columns_and_models_agree(
        (samples, lines) in arb_lines(8),
        cuts in arb_cuts(),
        layout in arb_layout(),
        is_compressed: bool,
    ) {
        let mut bytes = vcf_text(&case_header(samples), &lines).into_bytes();
        if is_compressed {
            bytes = bgzf::compress(&bytes, &cuts.blocks, true);
        }
        check_file(&bytes, &lines, &layout, &cuts, samples)?;
    }

    #[test]
    fn regions_of_variants_are_those_that_overlap(
        (samples, lines) in arb_lines(12),
        cuts in arb_cuts(),
        start in 1..2_000_000_000_u32,
        len in 1..100_000_000_u32,
    ) {
        let bytes = vcf_text(&case_header(samples), &lines).into_bytes();
        let (_, all) = read(&bytes, &cuts.options());
        let end = start + len;
        let options = Options { regions: vec![format!("1:{start}-{end}")], ..cuts.options() };
        let (columns, found) = read(&bytes, &options);
        let overlaps = |record: &Model| {
            let Model::Variant(v) = record else { return false };
            v.chrom == "1" && v.pos.get() <= end && v.end_pos.get() >= start
        };
        let expected: Vec<_> = all.into_iter().filter(|r| r.as_ref().is_ok_and(overlaps)).collect();
        let found: Vec<_> = found.into_iter().filter(Result::is_ok).collect();
        prop_assert!(columns.unwrap().rows.len() >= expected.len());
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn unusual_variants_agree() {
    for samples in [0, 1, 3] {
        let lines = testkit::cases(samples);
        let bytes = vcf_text(&case_header(samples), &lines).into_bytes();
        for genotypes in [Genotypes::Nested, Genotypes::Long] {
            let layout = Layout { genotypes, picked: None };
            check_file(&bytes, &lines, &layout, &Cuts::WHOLE, samples).unwrap();
        }
    }
}

#[test]
fn bcf_columns_and_models_agree() {
    for samples in [0, 1, 3] {
        let vcf = vcf_text(&testkit::typical_header(samples), &testkit::typical(7, 300, samples));
        let Some(bcf) = bcftools(&["view", "--no-version", "-Ob"], vcf.as_bytes()) else { return };
        let lines = bcftools(&["view", "-H"], &bcf).unwrap();
        let lines: Vec<_> = String::from_utf8(lines).unwrap().lines().map(str::to_owned).collect();
        for genotypes in [Genotypes::Nested, Genotypes::Long] {
            let layout = Layout { genotypes, picked: None };
            check_file(&bcf, &lines, &layout, &Cuts::WHOLE, samples).unwrap();
        }
    }
}

/// What `bcftools` makes of its standard input; nothing when it is absent.
fn bcftools(arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input");
    fs::write(&path, input).unwrap();
    let Ok(output) = Command::new("bcftools").args(arguments).arg(&path).output() else {
        let required = std::env::var_os("BIOSERDE_REQUIRE_ORACLES").is_some_and(|v| v == "1");
        assert!(!required, "an oracle is required: no bcftools");
        println!("skipped: no bcftools");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout)
}

/// Lines under the header for so many samples.
fn arb_lines(most: usize) -> impl Strategy<Value = (usize, Vec<String>)> {
    let lines = |samples| {
        let header = Header::parse(case_header(samples).as_bytes()).unwrap();
        (Just(samples), vec(arb_line(&header), 1..most))
    };
    prop_oneof![lines(0), lines(1), lines(3)]
}

/// Entries that go wrong one after another: repeated, empty, bare, with a value that does not belong.
const ODD_INFO: &[&str] =
    &["I1=1;I1=2", "I1=x;I1=3;I1=.", "Fn=0.50;Fn=1", "DB;DB", "DB=1;DB", "I1;;=", "x=."];

/// `FORMAT` and values that samples may have; the first like a cohort's, the others odd.
const SAMPLES: &[(&str, &[&str])] = &[
    ("GT", &["0/0", "0|0", "0/1", "0|1", "./.", ".|."]),
    ("GT", &["0/0", "0|0", "0/1", "0|1", "1", "/0|1"]),
    ("GT:DP:DP", &["0/1:1:2", "0/1:.:3", "0/1:3", "."]),
    ("GT:DP", &["0/1:1:2", "0/1:1", "0/1"]),
    ("nowhere:DP", &["x:1", ".:.", "x"]),
    (".", &["."]),
];

fn arb_line(header: &Header) -> impl Strategy<Value = String> + use<> {
    let rarely = |choices: usize| option::weighted(0.2, 0..choices);
    let picks = vec(any::<prop::sample::Index>(), header.samples.len());
    (arb_variant_line(header), rarely(ODD_INFO.len()), rarely(SAMPLES.len()), picks).prop_map(
        |(line, info, format, picks)| {
            let mut columns: Vec<&str> = line.split('\t').collect();
            columns[7] = info.map_or(columns[7], |i| ODD_INFO[i]);
            if let Some((format, values)) = format.map(|i| SAMPLES[i]).filter(|_| columns.len() > 8) {
                columns.truncate(8);
                columns.push(format);
                columns.extend(picks.iter().map(|pick| pick.get(values)));
            }
            columns.join("\t")
        },
    )
}

/// Which samples become columns, and how.
#[derive(Clone, Debug)]
struct Layout {
    genotypes: Genotypes,
    /// All when absent, or when the header has fewer than three.
    picked: Option<Vec<usize>>,
}

fn arb_layout() -> impl Strategy<Value = Layout> {
    let genotypes = prop_oneof![Just(Genotypes::Nested), Just(Genotypes::Long)];
    let picked = prop_oneof![3 => Just(None), 1 => Just(Some(vec![2, 0])), 1 => Just(Some(vec![1]))];
    (genotypes, picked).prop_map(|(genotypes, picked)| Layout { genotypes, picked })
}

impl Layout {
    fn picked(&self, samples: usize) -> Vec<usize> {
        self.picked.clone().filter(|_| samples == 3).unwrap_or_else(|| (0..samples).collect())
    }

    fn options(&self, cuts: &Cuts, samples: usize) -> Options {
        let names = self.picked.as_ref().filter(|_| samples == 3);
        let names = names.map(|picked| picked.iter().map(|i| format!("S{i:03}")).collect());
        Options { genotypes: self.genotypes, samples: names, ..cuts.options() }
    }
}

fn check_file(
    bytes: &[u8],
    lines: &[String],
    layout: &Layout,
    cuts: &Cuts,
    samples: usize,
) -> Result<(), TestCaseError> {
    let (columns, models) = read(bytes, &layout.options(cuts, samples));
    let columns = columns.map_err(TestCaseError::fail)?;
    let picked = layout.picked(samples);
    let is_long = layout.genotypes == Genotypes::Long;
    let rows = if is_long { picked.len().max(1) } else { 1 };
    prop_assert_eq!(models.len(), lines.len());
    prop_assert_eq!(columns.rows.len(), lines.len() * rows);
    for (record, (model, line)) in models.into_iter().zip(lines).enumerate() {
        let row = record * rows;
        match model {
            Ok(Model::Variant(variant)) => {
                let is_scalar = is_long || picked.len() == 1;
                let check = Check { columns: &columns, variant, picked: &picked, is_scalar, row, rows, line };
                check.record(record)?;
            }
            Ok(model) => panic!("{model:?} is no variant"),
            Err(error) => {
                // The only value of a line that a model has no place for.
                let qual = line.split('\t').nth(5).unwrap();
                prop_assert!(error.ends_with(&format!("QUAL `{qual}` is not a number")), "{}", error);
                prop_assert_eq!(columns.get(row, "qual"), &Cell::Null);
                prop_assert!(columns.table.position("residual").is_none() || is_kept(&columns, row, line));
            }
        }
    }
    Ok(())
}

fn is_kept(columns: &Columns, row: usize, line: &str) -> bool {
    *columns.get(row, "residual") == Cell::Bytes(line.as_bytes().to_vec())
}

/// A record and the rows that it became.
struct Check<'a> {
    columns: &'a Columns,
    variant: Variant,
    /// Positions of the samples that have columns.
    picked: &'a [usize],
    /// Whether a row has the values of one sample, not a list of all.
    is_scalar: bool,
    row: usize,
    rows: usize,
    line: &'a str,
}

impl Check<'_> {
    fn record(&self, record: usize) -> Result<(), TestCaseError> {
        check_json(&self.variant)?;
        for row in self.row..self.row + self.rows {
            for column in &self.columns.table.columns {
                let cell = self.columns.get(row, &column.name);
                let expected = match (&column.origin, column.name.as_str()) {
                    (Origin::Info { key, .. }, _) => self.info(key, column.nullable),
                    (Origin::Format { key, .. }, _) => self.format(key, row - self.row),
                    (_, "record_no") => Cell::from(i64::try_from(record).unwrap()),
                    (_, "sample") => Cell::Text(format!("S{:03}", self.picked[row - self.row])),
                    (_, "info_other" | "info_layout" | "fmt_other" | "format_layout" | "residual") => {
                        continue;
                    }
                    (_, name) => self.field(name),
                };
                prop_assert_eq!(cell, &expected, "{} of record {}", &column.name, record);
            }
            self.info_layout(row)?;
            if self.picked.is_empty() {
                continue;
            }
            self.format_layout(row)?;
            if row > self.row {
                prop_assert_eq!(self.columns.get(row, "fmt_other"), &Cell::Null);
            }
        }
        if !self.picked.is_empty() {
            self.fmt_other()?;
        }
        self.residual()
    }

    fn field(&self, name: &str) -> Cell {
        let variant = &self.variant;
        match name {
            "chrom" => Cell::from(&variant.chrom),
            "pos" => Cell::from(i64::from(variant.pos.get())),
            "end_pos" => Cell::from(i64::from(variant.end_pos.get())),
            "id" => Cell::list_or_null(&variant.id),
            "ref" => Cell::from(&variant.reference),
            "alt" => Cell::List(variant.alternate.iter().map(Cell::from).collect()),
            "qual" => Cell::option(variant.qual.map(unsigned_zero)),
            "filter" => Cell::list_or_null(variant.filter.iter().flatten()),
            other => panic!("column {other} is not compared"),
        }
    }

    /// The position of the first entry of a key that its column can hold.
    fn holder(&self, key: &str) -> Option<usize> {
        let fits = |value: &Value| !matches!(value, Value::Other(_));
        self.variant.info.iter().position(|field| field.key == key && fits(&field.value))
    }

    fn info(&self, key: &str, nullable: bool) -> Cell {
        match self.holder(key) {
            Some(i) => cell(&self.variant.info[i].value),
            // A flag is false where it does not stand.
            None if !nullable => Cell::Bool(false),
            None => Cell::Null,
        }
    }

    /// `info_layout` names the entries in order, and `info_other` has those that it marks.
    fn info_layout(&self, row: usize) -> Result<(), TestCaseError> {
        let mut others = self.columns.get(row, "info_other").elements().iter();
        let layout = self.columns.get(row, "info_layout").text().unwrap_or(".");
        let layout = layout.strip_prefix('@').and_then(|l| l.split_once(';')).map_or(layout, |(_, l)| l);
        let entries: Vec<&str> = layout.split(';').filter(|e| *e != ".").collect();
        prop_assert_eq!(entries.len(), self.variant.info.len(), "{}", layout);
        for (i, (entry, field)) in entries.into_iter().zip(&self.variant.info).enumerate() {
            let is_holder = self.holder(&field.key) == Some(i);
            if entry == "*" {
                let pair = others.next().map(Cell::elements);
                let Some([Cell::Text(key), value]) = pair else {
                    return Err(TestCaseError::fail(format!("info_other has {pair:?} for {field:?}")));
                };
                prop_assert_eq!(key, &field.key);
                prop_assert!(is_text_of(value.text(), &field.value), "{:?} is not {:?}", value, field);
                continue;
            }
            prop_assert!(is_holder, "`{}` has no column for {:?}", layout, field);
            let key = match entry.strip_suffix("=.") {
                Some(key) => {
                    prop_assert_eq!(&field.value, &Value::Missing);
                    key
                }
                None => entry.split('%').next().unwrap(),
            };
            prop_assert_eq!(key, &field.key);
        }
        prop_assert_eq!(others.next(), None);
        Ok(())
    }

    /// The values of a sample.
    fn values(&self, place: usize) -> &[Value] {
        &self.variant.samples[self.picked[place]]
    }

    fn format(&self, key: &str, place: usize) -> Cell {
        let Some(at) = self.variant.format.iter().position(|k| k == key) else { return Cell::Null };
        let value = |place| self.values(place).get(at).map_or(Cell::Null, cell);
        if self.is_scalar {
            return value(place);
        }
        Cell::List((0..self.picked.len()).map(value).collect())
    }

    fn format_layout(&self, row: usize) -> Result<(), TestCaseError> {
        let layout = self.columns.get(row, "format_layout").text().unwrap_or_default();
        if self.variant.format.is_empty() {
            prop_assert_eq!(layout, ".");
            return Ok(());
        }
        let (keys, drops) = layout.strip_suffix('/').map_or((layout, false), |keys| (keys, true));
        let keys: Vec<&str> = keys.split(':').map(|key| key.split('%').next().unwrap()).collect();
        prop_assert_eq!(&keys, &self.variant.format);
        let is_cut = (0..self.picked.len()).any(|place| self.values(place).len() != keys.len());
        prop_assert_eq!(drops, is_cut);
        Ok(())
    }

    /// `fmt_other` has the values that no column holds, and may have the text of numbers besides.
    fn fmt_other(&self) -> Result<(), TestCaseError> {
        let mut others = self.columns.get(self.row, "fmt_other").elements().iter().peekable();
        for place in 0..self.picked.len() {
            for (i, (key, value)) in self.variant.format.iter().zip(self.values(place)).enumerate() {
                let is_repeated = self.variant.format[..i].contains(key);
                let is_number = matches!(value, Value::Float(_) | Value::Floats(_));
                let is_it = |entry: &&Cell| {
                    let [number, name, text] = entry.elements() else { return false };
                    *number == Cell::from(i64::try_from(place).unwrap())
                        && name.text() == Some(key)
                        && is_text_of(text.text(), value)
                };
                let found = (is_repeated || is_number || matches!(value, Value::Other(_)))
                    .then(|| others.next_if(is_it))
                    .flatten();
                let is_optional = is_number && !is_repeated;
                let must_be = is_repeated || matches!(value, Value::Other(_));
                prop_assert!(
                    found.is_some() || is_optional || !must_be,
                    "{} of sample {}: {:?} where fmt_other has {:?}",
                    key,
                    place,
                    value,
                    others.peek()
                );
            }
        }
        prop_assert_eq!(others.next(), None);
        Ok(())
    }

    /// `residual` is the line, and there where the columns cannot tell all of it.
    fn residual(&self) -> Result<(), TestCaseError> {
        if self.columns.table.position("residual").is_none() {
            return Ok(());
        }
        let format = &self.variant.format;
        let has_repeated = format.iter().enumerate().any(|(i, key)| format[..i].contains(key));
        let has_more = self.variant.samples.iter().any(|values| values.len() > format.len());
        let is_null = *self.columns.get(self.row, "residual") == Cell::Null;
        prop_assert!(is_kept(self.columns, self.row, self.line) || is_null);
        prop_assert!(!is_null || !(has_repeated || has_more), "nothing holds the repeated or excess values");
        Ok(())
    }
}

/// What a column has of a value.
fn cell(value: &Value) -> Cell {
    match value {
        Value::Flag => Cell::Bool(true),
        Value::Missing | Value::Other(_) => Cell::Null,
        Value::Integer(x) => Cell::from(*x),
        Value::Float(x) => Cell::from(unsigned_zero(*x)),
        Value::Text(x) | Value::Genotype(x) => Cell::from(x),
        Value::Integers(list) => Cell::List(list.iter().map(|x| Cell::option(*x)).collect()),
        Value::Floats(list) => Cell::List(list.iter().map(|x| Cell::option(x.map(unsigned_zero))).collect()),
        Value::Texts(list) => Cell::List(list.iter().map(|x| Cell::option(x.as_ref())).collect()),
    }
}

/// Whether a text, or none after a bare key, is what a value was read from.
fn is_text_of(text: Option<&str>, value: &Value) -> bool {
    let Some(text) = text else { return matches!(value, Value::Flag | Value::Other(None)) };
    let elements = || text.split(',').map(|e| (e != ".").then_some(e));
    match value {
        Value::Flag => false,
        Value::Missing => text == ".",
        Value::Integer(x) => text == x.to_string(),
        Value::Float(x) => is_float(text, *x),
        Value::Text(x) | Value::Genotype(x) => text == x,
        Value::Other(x) => x.as_deref() == Some(text),
        Value::Integers(list) => elements().eq(list
            .iter()
            .map(|x| x.map(|x| x.to_string()))
            .collect::<Vec<_>>()
            .iter()
            .map(|x| x.as_deref())),
        Value::Texts(list) => elements().eq(list.iter().map(Option::as_deref)),
        Value::Floats(list) => {
            elements().count() == list.len()
                && elements().zip(list).all(|(text, x)| match (text, x) {
                    (Some(text), Some(x)) => is_float(text, *x),
                    (text, x) => text.is_none() && x.is_none(),
                })
        }
    }
}
