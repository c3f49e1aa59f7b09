//! What was typed becomes what is meant, or a usage error.

use anyhow::Context;
use bioserde_crypt4gh::SUFFIX;
use bioserde_read::{Bed, Opening, Options};
use bioserde_schema::alignments::{TagColumn, TagKind, standard_kind};
use bioserde_schema::variants::Genotypes;
use bioserde_write::{OutputFormat, SINKS, SinkOptions, WriteIndex, by_name, by_path};

use crate::args::{ConvertArgs, GenotypesArg, OpeningArgs, SelectionArgs, ServeArgs, ViewArgs, WorkArgs};
use crate::exit_code::UsageError;
use crate::inputs::{Sources, Wish};
use crate::keys;

/// The plan of `convert`.
pub(crate) fn convert(args: &ConvertArgs) -> anyhow::Result<bioserde_convert::Plan> {
    let Some((output, inputs)) = args.paths.split_last() else {
        return Err(UsageError("an input and an output are needed".to_owned()).into());
    };
    if inputs.iter().filter(|i| *i == "-").count() > 1 {
        return Err(UsageError("standard input can be read only once".to_owned()).into());
    }
    let recipients = keys::recipients(&args.recipients)?;
    keys::check_name(output, &recipients)?;
    let format = output_format(args.format.to.as_deref(), output.strip_suffix(SUFFIX).unwrap_or(output))?;
    keys::check_format(format, &recipients)?;
    let mut options = options(&args.selection, &args.work, args.regions.clone())?;
    options.keys = keys::keyring(&args.sources.keys)?;
    options.unit_rows = rows(args.row_group_rows);
    options.verify = !args.no_verify;
    let sink_options = sink_options(args, format)?;
    let sources = Sources::new(&args.sources, args.quiet)?;
    let inputs = inputs.iter().map(|input| sources.find(input, Wish::Records, &options));
    Ok(bioserde_convert::Plan {
        inputs: inputs.collect::<anyhow::Result<_>>()?,
        output: output.clone(),
        format,
        options,
        sink_options,
        threads: args.work.threads.map(usize::from),
        overwrite: args.overwrite,
        recipients,
    })
}

/// The plan of `view`.
pub(crate) fn view(args: &ViewArgs) -> anyhow::Result<bioserde_convert::Plan> {
    let mut options = options(&args.selection, &args.work, args.regions.clone())?;
    // Nothing of it is kept.
    options.verify = false;
    options.keys = keys::keyring(&args.sources.keys)?;
    // Someone waits for the first rows.
    options.unit_rows = rows(args.work.batch_rows);
    let sources = Sources::new(&args.sources, args.quiet)?;
    Ok(bioserde_convert::Plan {
        inputs: vec![sources.find(&args.input, Wish::Records, &options)?],
        output: "-".to_owned(),
        format: output_format(Some(&args.to), "-")?,
        options,
        sink_options: SinkOptions::default(),
        threads: args.work.threads.map(usize::from),
        overwrite: false,
        recipients: Vec::new(),
    })
}

/// What the command line says of a server's configuration.
pub(crate) fn serve(args: &ServeArgs) -> toml::Table {
    let mut table = toml::Table::new();
    if !args.folders.is_empty() {
        let folder =
            |path: &String| toml::Table::from_iter([("path".to_owned(), path.clone().into())]).into();
        table.insert("locations".to_owned(), toml::Value::Array(args.folders.iter().map(folder).collect()));
    }
    if !args.reference.is_empty() {
        let references = args.reference.iter().cloned().map(toml::Value::from).collect();
        let cram = toml::Table::from_iter([("references".to_owned(), toml::Value::Array(references))]);
        table.insert("cram".to_owned(), cram.into());
    }
    for (key, value) in [("addr", &args.addr), ("public_url", &args.public_url)] {
        if let Some(value) = value {
            table.insert(key.to_owned(), value.clone().into());
        }
    }
    table
}

/// What is wanted of an input.
pub(crate) fn options(
    selection: &SelectionArgs,
    work: &WorkArgs,
    regions: Vec<String>,
) -> anyhow::Result<Options> {
    let mut options = input_options(selection)?;
    options.regions = regions;
    options.allow_truncated = work.allow_truncated;
    options.batch_records = rows(work.batch_rows);
    Ok(options)
}

/// What is wanted of an input's columns.
pub(crate) fn input_options(selection: &SelectionArgs) -> anyhow::Result<Options> {
    let bed = selection.regions_file.as_ref().map(|path| {
        let text = std::fs::read_to_string(path);
        let text = text.with_context(|| format!("{}: cannot read the regions", path.display()))?;
        anyhow::Ok(Bed { path: path.display().to_string(), text })
    });
    Ok(Options {
        opening: opening(&selection.opening),
        bed: bed.transpose()?,
        columns: selection.columns.clone(),
        tags: selection.tags.iter().map(|t| tag(t)).collect::<Result<_, _>>()?,
        genotypes: match selection.genotypes {
            GenotypesArg::Nested => Genotypes::Nested,
            GenotypesArg::Long => Genotypes::Long,
            GenotypesArg::None => Genotypes::None,
        },
        info: selection.info.clone(),
        format_keys: selection.format_keys.clone(),
        samples: selection.samples.clone(),
        split_annotations: selection.split_annotations,
        ..Options::default()
    })
}

/// What it takes besides an input to read its records.
pub(crate) fn opening(args: &OpeningArgs) -> Opening {
    let OpeningArgs { header_from, reference } = args.clone();
    Opening { header_from, reference, ..Opening::default() }
}

fn rows(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// `XX`, or `XX:type`. Without a type, the standard's counts, and text for others.
fn tag(text: &str) -> Result<TagColumn, UsageError> {
    let bad =
        || UsageError(format!("`{text}` is not a tag: write XX or XX:type with a type of A i f Z B:i B:f"));
    let (name, kind) = text.split_once(':').map_or((text, None), |(n, k)| (n, Some(k)));
    let tag = match name.as_bytes() {
        [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphanumeric() => [*a, *b],
        _ => return Err(bad()),
    };
    let kind = match kind {
        None => standard_kind(tag).unwrap_or(TagKind::Text),
        Some("A") => TagKind::Character,
        Some("i") => TagKind::Integer,
        Some("f") => TagKind::Float,
        Some("Z" | "H") => TagKind::Text,
        Some("B:i") => TagKind::IntegerArray,
        Some("B:f") => TagKind::FloatArray,
        Some(_) => return Err(bad()),
    };
    Ok(TagColumn { tag, kind })
}

fn output_format(to: Option<&str>, output: &str) -> Result<OutputFormat, UsageError> {
    let known = || SINKS.iter().map(|f| f.spec().name).collect::<Vec<_>>().join(", ");
    match to {
        Some(name) => by_name(name)
            .ok_or_else(|| UsageError(format!("there is no format `{name}`; there are {}", known()))),
        None => by_path(output).ok_or_else(|| {
            UsageError(format!("`{output}` does not end like a format: name one with --to ({})", known()))
        }),
    }
}

/// What is wanted of the output.
fn sink_options(args: &ConvertArgs, format: OutputFormat) -> Result<SinkOptions, UsageError> {
    check_compression(args.compression.as_deref(), format)?;
    let index = match (args.write_index, args.csi) {
        (false, _) => WriteIndex::No,
        (true, false) => WriteIndex::Usual,
        (true, true) => WriteIndex::Csi,
    };
    let name = format.spec().name;
    if args.write_index && format.spec().index_suffixes.is_empty() {
        let indexed = SINKS.iter().map(OutputFormat::spec).filter(|s| !s.index_suffixes.is_empty());
        let indexed: Vec<_> = indexed.map(|s| s.name).collect();
        let text = format!("--write-index does not apply to {name}; it does to {}", indexed.join(", "));
        return Err(UsageError(text));
    }
    let reference = args.selection.opening.reference.clone();
    Ok(SinkOptions { compression: args.compression.clone(), index, reference })
}

fn check_compression(given: Option<&str>, format: OutputFormat) -> Result<(), UsageError> {
    let Some(given) = given else { return Ok(()) };
    let spec = format.spec();
    let name = given.split(':').next().unwrap_or(given);
    match (spec.compressions.contains(&name), spec.compressions) {
        (true, _) => Ok(()),
        (false, []) => Err(UsageError(format!("--compression does not apply to {}", spec.name))),
        (false, known) => Err(UsageError(format!(
            "{} has no compression `{given}`; it has {}",
            spec.name,
            known.join(", ")
        ))),
    }
}
