//! Variants as rows, straight from a VCF line.

use std::sync::Arc;

use arrow_array::types::{Float32Type, Int32Type, Int64Type};
use arrow_array::{ArrayRef, Int32Array, RecordBatch, StringArray, UInt32Array};
use arrow_schema::SchemaRef;
use bioserde_core::vcf::Header;
use bioserde_schema::variants::Selection;
use bioserde_schema::{Column as SchemaColumn, Origin, TableSchema};

use super::chrom::{ChromColumn, Contigs};
use super::conformance::values::Shape;
use super::conformance::{Version, alleles, fixed};
use super::end::end_position;
use super::genotypes::{GenotypeColumns, GenotypePlan};
use super::info::{InfoColumns, InfoPlan};
use super::line::{Line, LineError};
use super::number::{Mark, float, unsigned_zero};
use crate::batches::{self, NewRows, Rows, Tally};
use crate::columns::{Binary, Column, FixedDictionary, List, Primitive, Text, offset};
use crate::lines::{kept, strip_end};

/// The way of a column: from the schema to what fills it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    RecordNo,
    Sample,
    Chrom,
    Pos,
    EndPos,
    Id,
    Ref,
    Alt,
    Qual,
    Filter,
    Info(usize),
    Annotation(usize, usize),
    InfoOther,
    InfoLayout,
    Format(usize),
    FormatOther,
    FormatLayout,
    Residual,
}

impl Slot {
    fn of(column: &SchemaColumn) -> Self {
        match (&column.origin, column.name.as_str()) {
            (Origin::Info { index, .. }, _) => Self::Info(*index),
            (Origin::Annotation { index, field, .. }, _) => Self::Annotation(*index, *field),
            (Origin::Format { index, .. }, _) => Self::Format(*index),
            (_, "record_no") => Self::RecordNo,
            (_, "sample") => Self::Sample,
            (_, "chrom") => Self::Chrom,
            (_, "pos") => Self::Pos,
            (_, "end_pos") => Self::EndPos,
            (_, "id") => Self::Id,
            (_, "ref") => Self::Ref,
            (_, "alt") => Self::Alt,
            (_, "qual") => Self::Qual,
            (_, "filter") => Self::Filter,
            (_, "info_other") => Self::InfoOther,
            (_, "info_layout") => Self::InfoLayout,
            (_, "fmt_other") => Self::FormatOther,
            (_, "format_layout") => Self::FormatLayout,
            _ => Self::Residual,
        }
    }

    /// Whether the column has a value for each sample in the long layout.
    fn is_of_samples(self) -> bool {
        matches!(self, Self::Sample | Self::Format(_) | Self::FormatOther | Self::FormatLayout)
    }
}

/// Makes rows for one table.
#[derive(Debug)]
pub(crate) struct NewVariantRows {
    schema: SchemaRef,
    slots: Arc<[Slot]>,
    header: Arc<Header>,
    contigs: Arc<Contigs>,
    info: Arc<InfoPlan>,
    genotypes: Arc<GenotypePlan>,
    samples: ArrayRef,
    is_crlf: bool,
}

impl NewVariantRows {
    pub(crate) fn new(wanted: &TableSchema, header: &Arc<Header>, selection: &Selection) -> Self {
        let names = selection.sample_indexes(header);
        let names = names.iter().filter_map(|i| header.samples.get(*i));
        Self {
            schema: wanted.arrow(),
            slots: wanted.columns.iter().map(Slot::of).collect(),
            header: Arc::clone(header),
            contigs: Arc::new(Contigs::new(header.contigs.iter().map(|c| c.name.clone()).collect())),
            info: Arc::new(InfoPlan::new(header, wanted)),
            genotypes: Arc::new(GenotypePlan::new(header, selection, wanted)),
            samples: Arc::new(StringArray::from_iter_values(names)),
            is_crlf: header.text.ends_with(b"\r\n"),
        }
    }

    pub(crate) fn variant_rows(&self) -> VariantRows {
        VariantRows {
            schema: Arc::clone(&self.schema),
            slots: Arc::clone(&self.slots),
            header: Arc::clone(&self.header),
            samples: Arc::clone(&self.samples),
            is_crlf: self.is_crlf,
            needs_info: self.info.is_needed(),
            needs_genotypes: self.genotypes.is_needed(),
            rows_per_record: self.genotypes.rows_per_record(),
            wants_residual: self.slots.contains(&Slot::Residual),
            known_filter: KnownFilter::default(),
            known_alt: Vec::new(),
            version: Version::of(&self.header.version),
            len: 0,
            tally: Tally::default(),
            record_no: Primitive::default(),
            chrom: ChromColumn::new(&self.contigs),
            pos: Primitive::default(),
            end_pos: Primitive::default(),
            id: List::default(),
            reference: Text::default(),
            alt: List::default(),
            qual: Primitive::default(),
            filter: List::default(),
            info: InfoColumns::new(&self.info),
            genotypes: GenotypeColumns::new(&self.genotypes),
            residual: Binary::default(),
        }
    }
}

impl NewRows for NewVariantRows {
    fn rows(&self) -> Box<dyn Rows> {
        Box::new(self.variant_rows())
    }
}

/// The last `FILTER`, and what was wrong with it.
#[derive(Debug, Default)]
struct KnownFilter {
    text: Vec<u8>,
    faults: Vec<&'static str>,
}

/// Growing rows of variants.
#[derive(Debug)]
pub(crate) struct VariantRows {
    schema: SchemaRef,
    slots: Arc<[Slot]>,
    header: Arc<Header>,
    samples: ArrayRef,
    is_crlf: bool,
    needs_info: bool,
    needs_genotypes: bool,
    rows_per_record: usize,
    wants_residual: bool,
    known_filter: KnownFilter,
    /// The last `ALT` that was checked and has no faults: that of a block of a gVCF as a rule.
    known_alt: Vec<u8>,
    version: Version,
    len: usize,
    tally: Tally,
    record_no: Primitive<Int64Type>,
    chrom: ChromColumn,
    pos: Primitive<Int32Type>,
    end_pos: Primitive<Int32Type>,
    id: List<Text>,
    reference: Text,
    alt: List<Text>,
    qual: Primitive<Float32Type>,
    filter: List<Text>,
    info: InfoColumns,
    genotypes: GenotypeColumns,
    residual: Binary,
}

impl VariantRows {
    /// Appends a line without its end. `source` is what `residual` keeps when the columns cannot reproduce the
    /// line, or when the caller knows that it is not exactly the source.
    pub(crate) fn push_line(
        &mut self,
        text: &[u8],
        record_no: i64,
        source: &[u8],
        is_exact: bool,
    ) -> Result<(), LineError> {
        if !text.is_ascii() && std::str::from_utf8(text).is_err() {
            return Err(LineError::NotUtf8);
        }
        let line = Line::parse(text)?;
        line.check_samples(self.header.samples.len(), self.header.has_format)?;
        let mut exact = is_exact && line.is_pos_canonical;
        self.record_no.push(record_no);
        self.push_chrom(line.chrom);
        self.tally.add_record(line.chrom, line.pos, line.reference, line.alt);
        self.pos.push(line.pos);
        self.end_pos.push(end_position(&line));
        fixed::check_id(line.id, self.version, &mut self.tally);
        push_list(&mut self.id, line.id, b';');
        if line.alt != self.known_alt || line.alt.is_empty() || !alleles::is_base_alone(line.reference) {
            let is_faultless = alleles::check(line.reference, line.alt, &mut self.tally);
            self.known_alt.clear();
            if is_faultless {
                self.known_alt.extend_from_slice(line.alt);
            }
        }
        self.reference.push(line.reference);
        let alternates = push_alt(&mut self.alt, line.alt);
        let shape = Shape { alternates, ploidy: 0 };
        let qual = self.push_qual(line.qual);
        exact &= qual != Mark::Other;
        self.push_filter(line.filter);
        if self.needs_info {
            self.info.push(self.len, line.info, qual, shape, &mut self.tally);
        }
        if self.needs_genotypes {
            exact &= self.genotypes.push(self.len, &line, alternates, &mut self.tally);
        } else {
            // A FORMAT column without samples has no column here.
            exact &= line.format.is_none();
        }
        self.len += 1;
        if !exact && self.wants_residual {
            self.tally.add("records kept as residual");
            self.residual.pad(self.len - 1);
            self.residual.push(source);
        }
        Ok(())
    }

    fn push_chrom(&mut self, name: &[u8]) {
        if !self.chrom.push(name) {
            self.tally.add("records on contigs that the header does not declare");
            if !fixed::is_contig(name) {
                self.tally.add(fixed::CHROM);
            }
        }
    }

    fn push_qual(&mut self, text: &[u8]) -> Mark {
        if text == b"." {
            self.qual.push_null();
            return Mark::None;
        }
        match float(text) {
            Some((value, form)) => {
                self.qual.push(unsigned_zero(value));
                if value < 0.0 {
                    self.tally.add(fixed::QUAL);
                }
                form.mark()
            }
            None => {
                self.tally.add("QUAL values that are no number");
                self.qual.push_null();
                Mark::Other
            }
        }
    }

    fn push_filter(&mut self, text: &[u8]) {
        push_list(&mut self.filter, text, b';');
        if text == b"." {
            return;
        }
        if text != self.known_filter.text {
            let is_declared = |id: &[u8]| self.header.filters.iter().any(|f| f.as_bytes() == id);
            let mut faults = fixed::filter_faults(text, self.version);
            if !text.split(|b| *b == b';').all(is_declared) {
                faults.push("records with filters that the header does not declare");
            }
            self.known_filter = KnownFilter { text: text.to_vec(), faults };
        }
        self.known_filter.faults.iter().for_each(|kind| self.tally.add(kind));
    }

    fn column(&mut self, slot: Slot, len: usize) -> ArrayRef {
        let column: &mut dyn Column = match slot {
            Slot::RecordNo => &mut self.record_no,
            Slot::Pos => &mut self.pos,
            Slot::EndPos => &mut self.end_pos,
            Slot::Id => &mut self.id,
            Slot::Ref => &mut self.reference,
            Slot::Alt => &mut self.alt,
            Slot::Qual => &mut self.qual,
            Slot::Filter => &mut self.filter,
            Slot::Residual => &mut self.residual,
            Slot::Chrom => return self.chrom.finish(),
            Slot::Sample => return self.sample_column(len),
            Slot::Info(i) => return self.info.finish(i).unwrap_or_else(empty),
            Slot::Annotation(i, field) => {
                return self.info.finish_annotation(i, field).unwrap_or_else(empty);
            }
            Slot::InfoOther => return self.info.finish_other(),
            Slot::InfoLayout => return self.info.finish_layout(),
            Slot::Format(i) => return self.genotypes.finish(i).unwrap_or_else(empty),
            Slot::FormatOther => return self.genotypes.finish_other(),
            Slot::FormatLayout => return self.genotypes.finish_layout(),
        };
        column.pad(len);
        column.finish()
    }

    fn sample_column(&self, len: usize) -> ArrayRef {
        let mut column = FixedDictionary::new(Arc::clone(&self.samples));
        for _ in 0..len {
            (0..self.rows_per_record).for_each(|sample| column.push(Some(offset(sample))));
        }
        column.finish()
    }

    /// Empties what the table has no column for.
    fn clear_unwanted(&mut self) {
        for slot in [
            Slot::RecordNo,
            Slot::Chrom,
            Slot::Pos,
            Slot::EndPos,
            Slot::Id,
            Slot::Ref,
            Slot::Alt,
            Slot::Qual,
            Slot::Filter,
        ] {
            if !self.slots.contains(&slot) {
                self.column(slot, 0);
            }
        }
    }
}

fn empty() -> ArrayRef {
    Arc::new(Int32Array::from(Vec::<i32>::new()))
}

fn push_list(list: &mut List<Text>, text: &[u8], separator: u8) {
    if text == b"." {
        return list.push_null();
    }
    text.split(|b| *b == separator).for_each(|t| list.elements.push(t));
    list.close();
}

/// Pushes `ALT`; says how many alleles it has.
fn push_alt(list: &mut List<Text>, text: &[u8]) -> u32 {
    if text != b"." {
        text.split(|b| *b == b',').for_each(|t| list.elements.push(t));
    }
    list.close();
    list.last_elements().try_into().unwrap_or(u32::MAX)
}

impl Rows for VariantRows {
    fn push(&mut self, record: &[u8], record_no: i64) -> Result<(), batches::RecordError> {
        let (text, is_crlf) = strip_end(record);
        let source = kept(record, self.is_crlf);
        Ok(self.push_line(text, record_no, source, is_crlf == self.is_crlf)?)
    }

    fn finish(&mut self) -> Result<RecordBatch, batches::RecordError> {
        let len = std::mem::take(&mut self.len);
        self.info.pad(len);
        if self.needs_genotypes {
            self.genotypes.pad(len);
        }
        let slots = Arc::clone(&self.slots);
        // In the long layout each record's own values stand once for each sample.
        let repeated = (self.rows_per_record > 1).then(|| repeat(len, self.rows_per_record));
        let mut columns = Vec::with_capacity(slots.len());
        for slot in slots.iter() {
            let column = self.column(*slot, len);
            columns.push(match &repeated {
                Some(indexes) if !slot.is_of_samples() => arrow_select::take::take(&column, indexes, None)?,
                _ => column,
            });
        }
        self.clear_unwanted();
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }
}

fn repeat(len: usize, times: usize) -> UInt32Array {
    let indexes = (0..u32::try_from(len).unwrap_or(u32::MAX)).flat_map(|i| std::iter::repeat_n(i, times));
    let indexes: UInt32Array = indexes.collect();
    debug_assert_eq!(indexes.len(), len * times);
    indexes
}
