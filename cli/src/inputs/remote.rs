use std::sync::Arc;

use bioserde_convert::PlannedInput;
use bioserde_core::{Region, parse_bed};
use bioserde_htsget::{Endpoint, merge};
use bioserde_htsget_client::{Address, Client, Stream, Wanted};
use bioserde_read::{Error, ErrorKind, Input, Options};
use bioserde_storage::Source;

use super::Wish;
use crate::exit_code::UsageError;

/// Asks a server for an input. What comes is filtered as that of a file is: a server may send more than
/// was asked for.
pub(super) fn open(
    client: &Client,
    address: &Address,
    wish: Wish,
    options: &Options,
) -> anyhow::Result<PlannedInput> {
    let has_regions = !options.regions.is_empty() || options.bed.is_some();
    if has_regions && address.has_regions() {
        let what = "regions stand in the URL and beside it; leave out one of both";
        return Err(UsageError(format!("{address}: {what}")).into());
    }
    // Which tags become columns shows in records alone. Only their beginning is fetched then.
    let is_header = match wish {
        Wish::Header => true,
        Wish::Columns => address.query().endpoint == Endpoint::Variants,
        Wish::Records => false,
    };
    let stream = match (is_header, has_regions) {
        (true, _) => client.open(address, &Wanted::Header)?,
        (false, false) => client.open(address, &Wanted::All)?,
        (false, true) => slice(client, address, options)?,
    };
    Ok(PlannedInput::Stream(Arc::new(source(address, stream, options)?)))
}

/// A server may send what it has as it is, encrypted.
fn source(address: &Address, stream: Stream, options: &Options) -> Result<Source, Error> {
    let name = address.to_string();
    let source =
        Source::from_stream(&name, Box::new(stream)).decrypted(&options.keys, options.allow_truncated);
    source.map_err(|e| Error::new(&name, e))
}

/// The records of the regions. Their texts can be read in two ways only where names hold colons: the
/// likely one is tried first, and the header, which decides, is asked for where that comes to nothing.
fn slice(client: &Client, address: &Address, options: &Options) -> anyhow::Result<Stream> {
    let presumed = presumed_names(options);
    if let Ok(wanted) = wanted(address, options, &presumed) {
        match client.open(address, &wanted) {
            Err(e) if e.is_not_found() => {}
            outcome => return Ok(outcome?),
        }
    }
    let header = source(address, client.open(address, &Wanted::Header)?, options)?;
    let input = Input::open_source(Arc::new(header), &Options::default())?;
    let mut names: Vec<String> =
        input.header().reference_sequences().into_iter().map(|(name, _)| name).collect();
    if names.is_empty() {
        // A VCF need not declare its contigs.
        names = presumed;
    }
    Ok(client.open(address, &wanted(address, options, &names)?)?)
}

/// The names of reference sequences as far as the regions tell them.
fn presumed_names(options: &Options) -> Vec<String> {
    let texts = options.regions.iter().map(|text| Region::presumed_name(text));
    let lines = options.bed.iter().flat_map(|bed| bed.text.lines());
    let of_line = |line: &str| {
        let end = if line.contains('\t') { line.find('\t') } else { line.find(char::is_whitespace) };
        line.get(..end?).map(str::to_owned)
    };
    texts.chain(lines.filter_map(of_line)).collect()
}

/// What to ask for; no region at all selects nothing, and the header is enough.
fn wanted(address: &Address, options: &Options, names: &[String]) -> Result<Wanted, Error> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let parse = |text: &String| {
        Region::parse(text, &names).map_err(|e| Error::new(&address.to_string(), ErrorKind::Region(e)))
    };
    let mut regions = options.regions.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    if let Some(bed) = &options.bed {
        let intervals = parse_bed(&bed.text, &names);
        regions.extend(intervals.map_err(|e| Error::new(&bed.path, ErrorKind::Region(e)))?);
    }
    let regions: Vec<_> = merge(regions).iter().map(Into::into).collect();
    Ok(if regions.is_empty() { Wanted::Header } else { Wanted::Regions(regions) })
}
