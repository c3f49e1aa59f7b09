//! VCF lines of rows.

mod genotypes;
mod info;
mod values;

use std::cmp::Ordering;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_ord::ord::{DynComparator, make_comparator};
use arrow_schema::SortOptions;
use bioserde_core::vcf::{Definition, Header};
use bioserde_schema::variants::Genotypes;
use bioserde_schema::{Origin, TableSchema};

use crate::restore::cells::{Floats, Integers, Lists, Texts, typed};
use crate::restore::{NewRestore, Restore, RestoreError};
use genotypes::GenotypeCells;
use info::InfoCells;
use values::{append_decimal, append_float, append_texts};

/// Makes VCF lines for a table of variants.
#[derive(Debug)]
pub(crate) struct NewVariantRestore {
    table: Arc<TableSchema>,
    samples: Arc<Samples>,
    keys: Arc<Keys>,
    is_crlf: bool,
}

/// What a header declares.
#[derive(Debug)]
struct Keys {
    info: Vec<String>,
    format: Vec<String>,
}

/// The samples of a table, and how its rows hold them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Samples {
    /// In the order of the line.
    pub(crate) names: Vec<String>,
    pub(crate) layout: Genotypes,
}

impl NewVariantRestore {
    /// For lines that end as those of a header do.
    pub(crate) fn new(table: &TableSchema, samples: Samples, header: &Header, is_crlf: bool) -> Self {
        let ids = |list: &[Definition]| list.iter().map(|definition| definition.id.clone()).collect();
        let keys = Arc::new(Keys { info: ids(&header.infos), format: ids(&header.formats) });
        Self { table: Arc::new(table.clone()), samples: Arc::new(samples), keys, is_crlf }
    }

    pub(crate) fn variant_restore(&self) -> VariantRestore {
        VariantRestore {
            columns: None,
            info: InfoCells::new(&self.table, &self.keys.info),
            genotypes: GenotypeCells::new(&self.table, &self.samples, &self.keys.format),
            compared: Vec::new(),
            table: Arc::clone(&self.table),
            is_crlf: self.is_crlf,
        }
    }
}

impl NewRestore for NewVariantRestore {
    fn restore(&self) -> Box<dyn Restore> {
        Box::new(self.variant_restore())
    }
}

/// Makes a VCF line of a row, or of the rows of its samples.
pub(crate) struct VariantRestore {
    table: Arc<TableSchema>,
    columns: Option<Columns>,
    info: InfoCells,
    genotypes: GenotypeCells,
    /// The columns that all rows of a record share, where each sample has its row.
    compared: Vec<(String, DynComparator)>,
    is_crlf: bool,
}

impl VariantRestore {
    fn compared(&self, batch: &RecordBatch) -> Result<Vec<(String, DynComparator)>, RestoreError> {
        let of_rows = ["record_no", "sample", "end_pos", "fmt_other"];
        let shared = self.table.columns.iter().zip(batch.columns()).filter(|(column, _)| {
            let is_shared = matches!(column.origin, Origin::Record(_) | Origin::Info { .. });
            is_shared && !of_rows.contains(&column.name.as_str())
        });
        let compare = |(column, array): (&bioserde_schema::Column, &ArrayRef)| {
            let compare = make_comparator(array, array, SortOptions::default());
            compare.map(|compare| (column.name.clone(), compare))
        };
        shared.map(compare).collect::<Result<_, _>>().map_err(|e| RestoreError::Record(Box::new(e)))
    }
}

/// The columns of a batch. What a table lacks, its records lack.
#[derive(Debug)]
struct Columns {
    record_no: Option<Integers>,
    len: usize,
    chrom: Texts,
    pos: Integers,
    id: Option<(Lists, Texts)>,
    reference: Texts,
    alt: (Lists, Texts),
    qual: Option<Floats>,
    filter: Option<(Lists, Texts)>,
}

impl Columns {
    fn new(table: &TableSchema, batch: &RecordBatch) -> Result<Self, RestoreError> {
        let array = |name: &str| {
            let is_it = |c: &bioserde_schema::Column| c.name == name && matches!(c.origin, Origin::Record(_));
            Some(batch.column(table.columns.iter().position(is_it)?))
        };
        let needed = |name: &str| {
            array(name).ok_or_else(|| RestoreError::column(name, "is missing, and no record is without it"))
        };
        let lists = |name: &str| {
            let lists = array(name).map(|a| typed(name, a, "a list of texts", text_lists));
            lists.transpose()
        };
        Ok(Self {
            record_no: array("record_no").and_then(Integers::whole),
            len: batch.num_rows(),
            chrom: typed("chrom", needed("chrom")?, "text", Texts::new)?,
            pos: typed("pos", needed("pos")?, "an integer", Integers::whole)?,
            id: lists("id")?,
            reference: typed("ref", needed("ref")?, "text", Texts::new)?,
            alt: typed("alt", needed("alt")?, "a list of texts", text_lists)?,
            qual: array("qual").map(|a| typed("qual", a, "a float", Floats::new)).transpose()?,
            filter: lists("filter")?,
        })
    }
}

fn text_lists(array: &ArrayRef) -> Option<(Lists, Texts)> {
    let (lists, elements) = Lists::new(array)?;
    // Where every list is empty, another program may not know of what.
    let elements = if elements.is_empty() {
        arrow_array::new_empty_array(&arrow_schema::DataType::Utf8)
    } else {
        elements
    };
    Some((lists, Texts::new(&elements)?))
}

impl Restore for VariantRestore {
    fn open(&mut self, batch: &RecordBatch) -> Result<(), RestoreError> {
        let columns = Columns::new(&self.table, batch)?;
        if self.genotypes.is_long() {
            if columns.record_no.is_none() && self.genotypes.samples() > 1 {
                let fault = "is missing: it tells which rows, each of a sample, are of one record";
                return Err(RestoreError::column("record_no", fault));
            }
            self.compared = self.compared(batch)?;
        }
        self.columns = Some(columns);
        self.info.open(batch)?;
        self.genotypes.open(batch)
    }

    fn rows(&self, row: usize) -> usize {
        let Some(columns) = self.columns.as_ref().filter(|_| self.genotypes.is_long()) else { return 1 };
        let number = |row| columns.record_no.as_ref().and_then(|c| c.get(row));
        let Some(first) = number(row) else { return 1 };
        (row..columns.len).take_while(|row| number(*row) == Some(first)).count().max(1)
    }

    fn check(&self, row: usize) -> Result<(), RestoreError> {
        if !self.genotypes.is_long() {
            return Ok(());
        }
        let rows = self.rows(row);
        self.genotypes.check_samples(row, rows)?;
        for other in row + 1..row + rows {
            for (name, compare) in &self.compared {
                if compare(row, other) != Ordering::Equal {
                    let fault = "differs between the rows of one record, each of which is a sample";
                    return Err(RestoreError::column(name, fault));
                }
            }
        }
        Ok(())
    }

    fn append(&mut self, row: usize, out: &mut Vec<u8>) -> Result<(), RestoreError> {
        let rows = self.rows(row);
        let Some(columns) = &self.columns else { return Ok(()) };
        let null = |name: &str| RestoreError::column(name, "is null, and no record is without it");
        let text = |name: &str, texts: &Texts, out: &mut Vec<u8>| {
            let text = texts.get(row).ok_or_else(|| null(name))?;
            values::append_text(name, text, b"", out)
        };
        text("chrom", &columns.chrom, out)?;
        out.push(b'\t');
        append_decimal(columns.pos.get(row).ok_or_else(|| null("pos"))?, out);
        out.push(b'\t');
        append_list("id", columns.id.as_ref(), row, b';', out)?;
        out.push(b'\t');
        text("ref", &columns.reference, out)?;
        out.push(b'\t');
        append_list("alt", Some(&columns.alt), row, b',', out)?;
        out.push(b'\t');
        let program = self.info.program(row)?;
        match columns.qual.as_ref().and_then(|c| c.get(row)) {
            Some(value) => append_float(value, program.qual, out),
            None => out.push(b'.'),
        }
        out.push(b'\t');
        append_list("filter", columns.filter.as_ref(), row, b';', out)?;
        out.push(b'\t');
        self.info.append(&program, row, out)?;
        self.genotypes.append(row, rows, out)?;
        out.extend_from_slice(if self.is_crlf { b"\r\n" } else { b"\n" });
        Ok(())
    }
}

/// `.` for a null and for an empty list.
fn append_list(
    name: &str,
    column: Option<&(Lists, Texts)>,
    row: usize,
    separator: u8,
    out: &mut Vec<u8>,
) -> Result<(), RestoreError> {
    match column.and_then(|(lists, texts)| Some((lists.get(row)?, texts))) {
        Some((range, texts)) if !range.is_empty() => append_texts(name, range, texts, separator, out),
        _ => {
            out.push(b'.');
            Ok(())
        }
    }
}
