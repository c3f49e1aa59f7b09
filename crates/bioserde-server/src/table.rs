//! Slices as tables: the converter's work on a part of a file.

use std::fs;
use std::path::Path;

use bioserde_convert::{Observer, Plan, PlannedInput, convert};
use bioserde_htsget::{ErrorKind, Field, Format, Query, TagSelection};
use bioserde_read::{Bed, Dataset, Keep, Names, Opening, Options, Share, Table, Want};
use bioserde_schema::{Column, Origin};
use bioserde_write::{OutputFormat, SinkOptions, by_name};

use crate::failure::{Chain, Failure};
use crate::records;
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
    // Tags and keys without a column of their own share one, so no choice of columns leaves them out.
    let rewritten = takes_tags_away(query).then(|| path.with_extension("records"));
    let input = match &rewritten {
        Some(rewritten) => {
            records::write_for_table(served, query, share, stopping, rewritten)?;
            rewritten.to_string_lossy().into_owned().into()
        }
        None => PlannedInput::Path {
            path: dataset.name().to_owned(),
            index: served.index_path().map(Path::to_owned),
        },
    };
    let reference = served.reference_path().map(Path::to_owned).filter(|_| rewritten.is_none());
    let opening = Opening { reference, ..Opening::default() };
    let mut options = Options { keys: served.source().keys().clone(), opening, ..Options::default() };
    // Of a rewritten file they only tell the table's metadata what was asked for.
    if let Some(share) = share.filter(|share| rewritten.is_none() || is_declared(dataset, share)) {
        options.regions = share.wants.iter().filter_map(|want| region(served, want)).collect();
        // No regions at all select nothing, rather than everything.
        options.bed = Some(Bed::default());
    }
    let made = make(input, format, query, options, stopping, path);
    // What reads the file by its path may have read another one than what made the ticket.
    check_unchanged(served)?;
    made?;
    rewritten.map_or(Ok(()), fs::remove_file).map_err(|e| records::spool_failed(&e))
}

fn make(
    input: PlannedInput,
    format: OutputFormat,
    query: &Query,
    mut options: Options,
    stopping: &Stopping,
    path: &Path,
) -> Result<(), Failure> {
    if !keeps_all(query) {
        options.columns = Some(columns(&input, query, &options)?);
    }
    let plan = Plan {
        inputs: vec![input],
        output: path.to_string_lossy().into_owned(),
        format,
        options,
        sink_options: SinkOptions::default(),
        threads: None,
        overwrite: false,
        recipients: Vec::new(),
    };
    convert(&plan, &mut Watch(stopping)).map(drop).map_err(|e| {
        tracing::error!(error = %Chain(&e), "a table cannot be made");
        Failure::internal("the file behind this id cannot be made a table")
    })
}

fn check_unchanged(served: &Served) -> Result<(), Failure> {
    if served.is_current() {
        return Ok(());
    }
    Err(Failure::new(ErrorKind::ServiceUnavailable, "the file behind this id is being replaced"))
}

fn takes_tags_away(query: &Query) -> bool {
    query.tags != TagSelection::All || !query.notags.is_empty()
}

/// Whether the header alone, without an index, knows the names of all that is wanted.
fn is_declared(dataset: &Dataset, share: &Share) -> bool {
    let declared = dataset.header().names().len();
    // They come first among all names. Without any the converter takes those of the regions.
    declared == 0
        || share.wants.iter().all(|want| match want {
            Want::Mapped { reference, .. } => *reference < declared,
            Want::Unplaced => true,
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

fn sink(format: Format) -> Option<OutputFormat> {
    by_name(&format.name().to_ascii_lowercase()).filter(|f| matches!(f, OutputFormat::Table(_)))
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

/// The columns that the query wants, or that hold some of what it wants.
fn columns(input: &PlannedInput, query: &Query, of: &Options) -> Result<Vec<String>, Failure> {
    let options = Options { keys: of.keys.clone(), opening: of.opening.clone(), ..Options::default() };
    let mut input = input.open(&options)?;
    let table = Table::of(std::slice::from_mut(&mut input), &options)?;
    let columns = table.map(|table| table.schema().columns.clone()).unwrap_or_default();
    let keep = records::keep(query);
    let wanted = columns.into_iter().filter(|column| is_wanted(query, &keep, column));
    Ok(wanted.map(|column| column.name).collect())
}

fn is_wanted(query: &Query, keep: &Keep, column: &Column) -> bool {
    match &column.origin {
        Origin::Tag { tag, .. } => return keep.tags.has(&String::from_utf8_lossy(tag)),
        Origin::Info { key, .. } | Origin::Annotation { key, .. } => return keep.info.has(key),
        Origin::Format { key, .. } => return keep.format.has(key),
        Origin::Record(_) => {}
    }
    match column.name.as_str() {
        "record_no" => true,
        "tags_other" => keep.tags != Names::NONE,
        "info_other" => keep.info != Names::NONE,
        "fmt_other" => keep.format != Names::NONE,
        // They name all that the records have: also the keys, wanted or not, that `end_pos` comes from.
        "tag_layout" => keep.tags == Names::ALL,
        "info_layout" => keep.info == Names::ALL,
        "format_layout" => keep.format == Names::ALL,
        // It has all fields.
        "residual" => query.fields.is_none(),
        name => {
            let name = if name == "end_pos" { "pos" } else { name };
            let field = Field::ALL.into_iter().find(|field| field.name().eq_ignore_ascii_case(name));
            query.fields.zip(field).is_none_or(|(fields, field)| fields.effective().contains(field))
        }
    }
}
