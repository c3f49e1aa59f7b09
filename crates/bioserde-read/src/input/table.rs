use std::collections::HashSet;

use bioserde_core::vcf;
use bioserde_schema::variants::{self, Genotypes, Selection};
use bioserde_schema::{TableSchema, alignments, annotations, metadata};

use super::{Input, Options};
use crate::batches::Decoder;
use crate::error::{Error, ErrorKind, Result};
use crate::formats::vcf::restore::Samples;
use crate::registry::{Header, RestorePlan, RowPlan};
use crate::unit::Assembler;
use crate::verify::NewVerify;

/// A unit is full at this many bytes of source, whatever its rows: it bounds memory, and keeps row
/// groups of cohorts near the size that engines like.
const UNIT_BYTES: usize = 40 << 20;

/// A table that inputs become: its columns, and what makes them.
#[derive(Debug)]
pub struct Table {
    schema: TableSchema,
    decoder: Decoder,
    unit_records: usize,
    first: String,
    header: Header,
    format: &'static str,
}

impl Table {
    /// Decides the columns of inputs that share a header.
    ///
    /// # Errors
    ///
    /// The headers differ, or a column, key or sample is not there.
    pub fn of(inputs: &mut [Input], options: &Options) -> Result<Option<Self>> {
        let Some((first, others)) = inputs.split_first_mut() else { return Ok(None) };
        Self::of_all(first, others, options).map(Some)
    }

    /// Decides the columns of one input.
    ///
    /// # Errors
    ///
    /// A column, key or sample is not there.
    pub fn of_one(input: &mut Input, options: &Options) -> Result<Self> {
        Self::of_all(input, &mut [], options)
    }

    fn of_all(first: &mut Input, others: &mut [Input], options: &Options) -> Result<Self> {
        for other in &mut *others {
            check_same(first, other)?;
        }
        let mut tags = Vec::new();
        for input in std::iter::once(&*first).chain(&*others) {
            input.observe_tags(&mut tags);
        }
        let selection = selection(first, options)?;
        let mut table = match &first.dataset.header {
            Header::Sam(header) => {
                let columns = alignments::tag_columns(&tags, &options.tags);
                if let Some(missing) = options.tags.iter().find(|wanted| !columns.contains(wanted)) {
                    let tag = String::from_utf8_lossy(&missing.tag).into_owned();
                    return Err(Error::new(first.name(), ErrorKind::TagWithoutColumn { tag }));
                }
                alignments::table(header, &columns)
            }
            Header::Vcf(header) => variants::table(header, &selection),
        };
        if !others.is_empty() {
            // Sorted inputs one after the other are not sorted.
            table.metadata.remove(metadata::SORT_ORDER);
        }
        if let Some(padding) = first.dataset.header_padding() {
            table.metadata.insert(metadata::HEADER_PADDING.to_owned(), metadata::to_hex(padding));
        }
        table.metadata.insert(metadata::SOURCE_FORMAT.to_owned(), first.spec().name.to_owned());
        let mut wanted = table.clone();
        if let Some(columns) = &options.columns {
            wanted.project(columns).map_err(|e| Error::new(first.name(), e))?;
        }
        let is_complete = wanted.columns.len() == table.columns.len() && selection.is_complete();
        wanted.metadata.insert(metadata::COMPLETE.to_owned(), is_complete.to_string());
        wanted.metadata.insert(metadata::COLUMNS.to_owned(), metadata::columns(&wanted.columns));
        if let Some(regions) = &first.regions {
            let texts: Vec<String> = regions.iter().map(ToString::to_string).collect();
            let texts = metadata::texts(texts.iter().map(String::as_str));
            wanted.metadata.insert(metadata::REGIONS.to_owned(), texts);
        }
        let plan =
            RowPlan { header: &first.dataset.header, table: &table, wanted: &wanted, selection: &selection };
        let rows = first.dataset.format.rows(&plan);
        let rows_per_record = rows_per_record(&first.dataset.header, &selection);
        let per_rows = |rows: usize| (rows / rows_per_record).max(1);
        let verify = if options.verify { verify(first, &wanted, &selection) } else { None };
        let framing = first.dataset.format.framing();
        let decoder = Decoder::new(framing, rows, per_rows(options.batch_records), verify);
        Ok(Self {
            schema: wanted,
            decoder,
            unit_records: per_rows(options.unit_rows),
            first: first.name().to_owned(),
            header: first.dataset.header.clone(),
            format: first.spec().name,
        })
    }

    /// The columns and metadata.
    pub fn schema(&self) -> &TableSchema {
        &self.schema
    }

    /// The name of the first input.
    pub fn first(&self) -> &str {
        &self.first
    }

    /// The header of the first input.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The name of the inputs' format.
    pub fn format(&self) -> &'static str {
        self.format
    }

    /// Makes record batches of units.
    pub fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// Collects records into units.
    pub fn assembler(&self, input: &Input) -> Assembler {
        self.assembler_of(input, UNIT_BYTES)
    }

    pub(crate) fn assembler_of(&self, input: &Input, max_bytes: usize) -> Assembler {
        Assembler::new(input.dataset.format.framing(), self.unit_records, max_bytes)
    }
}

/// How the rows of a table that leaves nothing out are verified.
fn verify(input: &Input, table: &TableSchema, selection: &Selection) -> Option<NewVerify> {
    let (header, format) = (&input.dataset.header, input.dataset.format);
    if table.metadata.get(metadata::COMPLETE).map(String::as_str) != Some("true") {
        return None;
    }
    let residual = table.position("residual")?;
    let plan = RestorePlan { header, table, samples: samples(header, selection) };
    Some(NewVerify {
        restore: format.restore(&plan)?,
        residual,
        rows_per_record: rows_per_record(header, selection),
        is_crlf: format.framing().ends_with_input().then(|| header.text().ends_with(b"\r\n")),
    })
}

fn samples(header: &Header, selection: &Selection) -> Samples {
    let Header::Vcf(header) = header else { return Samples::default() };
    let names = selection.sample_indexes(header).into_iter();
    let names = names.filter_map(|i| header.samples.get(i).cloned()).collect();
    Samples { names, layout: selection.genotypes }
}

/// Rows that a record becomes.
fn rows_per_record(header: &Header, selection: &Selection) -> usize {
    match header {
        Header::Vcf(h) if selection.genotypes == Genotypes::Long => selection.sample_indexes(h).len().max(1),
        _ => 1,
    }
}

pub(crate) fn check_same(first: &Input, other: &mut Input) -> Result<()> {
    let what = match (&first.dataset.header, &other.dataset.header) {
        _ if first.spec().name != other.spec().name => {
            Some(format!("it is {}, not {}", other.spec().name, first.spec().name))
        }
        (Header::Sam(a), Header::Sam(b)) if a.reference_sequences != b.reference_sequences => {
            Some("the reference sequences are not the same".to_owned())
        }
        (Header::Vcf(a), Header::Vcf(b)) => {
            variants_differ(a, b).map(|w| format!("the {w} are not the same"))
        }
        _ => None,
    };
    if let Some(what) = what {
        let kind = ErrorKind::HeadersDiffer { first: first.name().to_owned(), what };
        return Err(Error::new(other.name(), kind));
    }
    if first.dataset.header.text() != other.dataset.header.text() {
        let name = other.name().to_owned();
        other
            .notices
            .push(format!("{name}: its header's text differs; the metadata hold that of {}", first.name()));
    }
    Ok(())
}

fn variants_differ(a: &vcf::Header, b: &vcf::Header) -> Option<&'static str> {
    [
        ("samples", a.samples == b.samples),
        ("contigs", a.contigs == b.contigs),
        ("INFO definitions", a.infos == b.infos),
        ("FORMAT definitions", a.formats == b.formats),
        ("BCF dictionaries", a.strings == b.strings && a.contig_strings == b.contig_strings),
    ]
    .into_iter()
    .find(|(_, same)| !same)
    .map(|(what, _)| what)
}

/// Checks that nothing was asked of columns, for outputs that have none.
pub(crate) fn check_options(input: &Input, options: &Options) -> Result<()> {
    let given = [
        ("--columns", options.columns.is_some()),
        ("--tags", !options.tags.is_empty()),
        ("--genotypes", options.genotypes != Genotypes::Nested),
        ("--info", options.info.is_some()),
        ("--format-keys", options.format_keys.is_some()),
        ("--samples", options.samples.is_some()),
        ("--split-annotations", options.split_annotations),
    ];
    match given.iter().find(|(_, given)| *given) {
        Some((option, _)) => Err(Error::new(input.name(), ErrorKind::OptionForTable { option })),
        None => Ok(()),
    }
}

/// Checks that there are annotations, if they are asked for.
fn check_annotations(name: &str, header: &vcf::Header, options: &Options) -> Result<()> {
    let is_kept = |d: &&vcf::Definition| options.info.as_ref().is_none_or(|keys| keys.contains(&d.id));
    let mut kept = header.infos.iter().filter(is_kept);
    if !options.split_annotations || kept.any(|d| annotations::sub_fields(d).is_some()) {
        return Ok(());
    }
    let is_left_out = header.infos.iter().any(|d| annotations::sub_fields(d).is_some());
    let kind = ErrorKind::NoAnnotations { keys: annotations::KEYS.join(", "), is_left_out };
    Err(Error::new(name, kind))
}

/// Checks what was asked of genotypes, keys and samples against the header.
fn selection(input: &Input, options: &Options) -> Result<Selection> {
    let error = |kind| Error::new(input.name(), kind);
    let given = [
        ("--info", options.info.is_some()),
        ("--format-keys", options.format_keys.is_some()),
        ("--samples", options.samples.is_some()),
        ("--split-annotations", options.split_annotations),
        ("--genotypes", options.genotypes != Genotypes::Nested),
        ("--tags", !options.tags.is_empty()),
    ];
    let header = match &input.dataset.header {
        Header::Vcf(header) => header,
        Header::Sam(_) => {
            let wrong = given.iter().find(|(option, given)| *given && *option != "--tags");
            return match wrong {
                Some((option, _)) => {
                    Err(error(ErrorKind::OptionForFormat { option, format: input.spec().name }))
                }
                None => Ok(Selection::default()),
            };
        }
    };
    if !options.tags.is_empty() {
        return Err(error(ErrorKind::OptionForFormat { option: "--tags", format: input.spec().name }));
    }
    let check = |kind: &'static str, keys: &Option<Vec<String>>, list: &[vcf::Definition]| {
        let known: HashSet<&str> = list.iter().map(|d| d.id.as_str()).collect();
        match keys.iter().flatten().find(|k| !known.contains(k.as_str())) {
            Some(key) => {
                let nearest = bioserde_core::nearest(key, list.iter().map(|d| d.id.as_str()));
                let nearest = nearest.first().map(|s| (*s).to_owned());
                Err(error(ErrorKind::UnknownKey { kind, key: key.clone(), nearest }))
            }
            None => Ok(()),
        }
    };
    check("INFO", &options.info, &header.infos)?;
    check("FORMAT", &options.format_keys, &header.formats)?;
    let index_of = |name: &String| {
        header.samples.iter().position(|s| s == name).ok_or_else(|| {
            let nearest = bioserde_core::nearest(name, header.samples.iter().map(String::as_str));
            let nearest = nearest.first().map(|s| (*s).to_owned());
            error(ErrorKind::UnknownSample { name: name.clone(), nearest })
        })
    };
    let samples = options.samples.as_ref().map(|list| list.iter().map(index_of).collect::<Result<Vec<_>>>());
    let names = options.samples.iter().flatten().enumerate();
    for (i, name) in names {
        if options.samples.iter().flatten().take(i).any(|earlier| earlier == name) {
            return Err(error(ErrorKind::RepeatedSample { name: name.clone() }));
        }
    }
    check_annotations(input.name(), header, options)?;
    Ok(Selection {
        genotypes: options.genotypes,
        info: options.info.clone(),
        format: options.format_keys.clone(),
        samples: samples.transpose()?,
        split_annotations: options.split_annotations,
    })
}
