//! Slices as tables: the converter's work on a part of a file.

use std::path::Path;

use bioserde_convert::{Observer, Plan, convert};
use bioserde_core::vcf;
use bioserde_htsget::{Field, Format, Query, Tag, TagSelection};
use bioserde_read::{Bed, Dataset, Header, Input, Options, Share, Table, Want};
use bioserde_schema::{Column, Origin};
use bioserde_write::{OutputFormat, SinkOptions, by_name};

use crate::failure::{Chain, Failure};
use crate::served::Served;
use crate::stopping::Stopping;
use crate::tickets::keeps_all;

/// Writes the records of a share, or all of them, as a table.
pub(crate) fn write(
    served: &Served,
    format: Format,
    query: &Query,
    share: Option<&Share>,
    stopping: &Stopping,
    path: &Path,
) -> Result<(), Failure> {
    let Some(format) = sink(format) else {
        return Err(Failure::internal("the server does not know how to write this format"));
    };
    let (dataset, _) = served.records()?;
    let input = dataset.name().to_owned();
    let mut options = Options::default();
    if let Some(share) = share {
        options.regions = share.wants.iter().filter_map(|want| region(served, want)).collect();
        // No regions at all select nothing, rather than everything.
        options.bed = Some(Bed::default());
    }
    select(dataset, query, &mut options)?;
    let plan = Plan {
        inputs: vec![input.into()],
        output: path.to_string_lossy().into_owned(),
        format,
        options,
        sink_options: SinkOptions::default(),
        threads: None,
        overwrite: false,
    };
    convert(&plan, &mut Watch(stopping)).map(drop).map_err(|e| {
        tracing::error!(error = %Chain(&e), "a table cannot be made");
        Failure::internal("the file behind this id cannot be made a table")
    })
}

/// Ends the work when the server goes down.
struct Watch<'a>(&'a Stopping);

impl Observer for Watch<'_> {
    fn started(&mut self, _total_bytes: Option<u64>) {}

    fn progress(&mut self, _bytes: u64, _rows: u64) {}

    fn notice(&mut self, text: &str) {
        tracing::debug!("{text}");
    }

    fn is_cancelled(&self) -> bool {
        self.0.is_set()
    }
}

fn sink(format: Format) -> Option<&'static dyn OutputFormat> {
    by_name(&format.name().to_ascii_lowercase())
}

/// As the converter reads regions; braces keep the colons of names.
fn region(served: &Served, want: &Want) -> Option<String> {
    match want {
        Want::Unplaced => Some("*".to_owned()),
        Want::Mapped { reference, interval } => {
            let name = served.names().get(*reference)?;
            Some(format!("{{{name}}}:{}-{}", interval.start, interval.end))
        }
    }
}

/// Leaves out the columns that the query does not want.
fn select(dataset: &Dataset, query: &Query, options: &mut Options) -> Result<(), Failure> {
    if keeps_all(query) {
        return Ok(());
    }
    if let Header::Vcf(header) = dataset.header() {
        let keys = |list: &[vcf::Definition], tag: fn(String) -> Tag| {
            let ids = list.iter().map(|definition| definition.id.clone());
            ids.filter(|id| query.keeps(&tag(id.clone()))).collect()
        };
        options.info = Some(keys(&header.infos, Tag::Info));
        options.format_keys = Some(keys(&header.formats, Tag::Format));
        return Ok(());
    }
    let mut input = Input::open(dataset.name(), options)?;
    let table = Table::of(std::slice::from_mut(&mut input), options)?;
    let columns: Vec<Column> = table.map(|table| table.schema().columns.clone()).unwrap_or_default();
    let keeps = |column: &&Column| keeps(query, column, &columns);
    options.columns = Some(columns.iter().filter(keeps).map(|column| column.name.clone()).collect());
    Ok(())
}

/// Whether a column of alignments is wanted.
fn keeps(query: &Query, column: &Column, all: &[Column]) -> bool {
    if let Origin::Tag { tag, .. } = column.origin {
        return query.keeps(&Tag::Sam(tag));
    }
    let has_column = |tag: &Tag| {
        all.iter()
            .any(|c| matches!((&c.origin, tag), (Origin::Tag { tag: own, .. }, Tag::Sam(tag)) if own == tag))
    };
    match column.name.as_str() {
        "record_no" => true,
        // A wanted tag that no column is for can be here alone.
        "tags_other" => match &query.tags {
            TagSelection::All => true,
            TagSelection::Only(tags) => !tags.iter().all(has_column),
        },
        "tag_layout" => query.tags == TagSelection::All && query.notags.is_empty(),
        "residual" => false,
        name => {
            let name = if name == "end_pos" { "pos" } else { name };
            let field = Field::ALL.into_iter().find(|field| field.name().eq_ignore_ascii_case(name));
            query.fields.zip(field).is_none_or(|(fields, field)| fields.effective().contains(field))
        }
    }
}
