use std::sync::Arc;

use axum::extract::State as Extract;
use axum::response::{IntoResponse, Response};
use bioserde_htsget::{Endpoint, Error, ErrorKind, Format, Query};
use bioserde_read::Header;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Uri};
use serde::Serialize;

use super::id_after;
use crate::access;
use crate::failure::Failure;
use crate::served::{Data, Served};
use crate::state::State;

/// The most reference sequences that are told of one file.
const REFERENCE_SEQUENCES: usize = 5000;

#[derive(Serialize)]
struct List<'a> {
    datasets: Vec<Dataset<'a>>,
    is_cut: bool,
    unreadable: usize,
}

#[derive(Serialize)]
struct Dataset<'a> {
    endpoint: &'static str,
    id: &'a str,
    format: &'static str,
    bytes: u64,
    is_indexed: bool,
}

#[derive(Serialize)]
struct Details<'a> {
    #[serde(flatten)]
    dataset: Dataset<'a>,
    /// What `/slices/` has of it.
    slices: Vec<SliceFormat>,
    reference_sequences: Vec<ReferenceSequence<'a>>,
    is_cut: bool,
}

#[derive(Serialize)]
struct SliceFormat {
    format: &'static str,
    suffix: &'static str,
}

#[derive(Serialize)]
struct ReferenceSequence<'a> {
    name: &'a str,
    length: Option<u64>,
}

/// `GET /datasets.json`: the files that the caller may read anything of.
pub(super) async fn list(
    Extract(state): Extract<Arc<State>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let visible = access::visible(&state, &headers).await?;
    let all = state.datasets.get(state.catalog.locations()).await?;
    let files = all.files.iter().filter(|file| visible.has(file.endpoint, &file.id));
    let datasets = files.map(|file| Dataset {
        endpoint: file.endpoint.name(),
        id: &file.id,
        format: file.format.name(),
        bytes: file.bytes,
        is_indexed: file.is_indexed,
    });
    json(&List { datasets: datasets.collect(), is_cut: all.is_cut, unreadable: all.unreadable })
}

/// `GET /datasets/reads/<id>.json`: one of them, with its reference sequences. `format` tells between
/// those of an id.
pub(super) async fn details(
    Extract(state): Extract<Arc<State>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let path = id_after(&uri, "/datasets/")?;
    let (endpoint, id) = named(&path)?;
    let query = match uri.query().filter(|text| !text.is_empty()) {
        Some(text) => Query::from_get(endpoint, id, &format!("class=header&{text}"))?,
        None => Query { is_header_only: true, ..Query::new(endpoint, id) },
    };
    access::check(&state, &headers, &query).await?;
    let served = state.catalog.open(endpoint, id, query.format).await?;
    let (sequences, is_cut) = reference_sequences(&served);
    json(&Details {
        dataset: Dataset {
            endpoint: endpoint.name(),
            id,
            format: served.format.name(),
            bytes: served.source().size().unwrap_or(0),
            is_indexed: served.index_path().is_some(),
        },
        slices: slices(endpoint, &served),
        reference_sequences: sequences,
        is_cut,
    })
}

fn named(path: &str) -> Result<(Endpoint, &str), Error> {
    let named = path
        .split_once('/')
        .and_then(|(endpoint, name)| Some((Endpoint::from_name(endpoint)?, name.strip_suffix(".json")?)));
    named.ok_or_else(|| {
        Error::new(ErrorKind::NotFound, "there is nothing here")
            .with_hint("ask for /datasets/reads/<id>.json or /datasets/variants/<id>.json")
    })
}

/// The file's own format and, where its records can be read, BAM for CRAM and those of tables.
fn slices(endpoint: Endpoint, served: &Served) -> Vec<SliceFormat> {
    let is_made = |format: Format| {
        let of_cram = served.format == Format::Cram && format == Format::Bam;
        served.is_decodable && (format.is_extension() || of_cram)
    };
    Format::of(endpoint)
        .filter(|format| *format == served.format || is_made(*format))
        .map(|format| SliceFormat { format: format.name(), suffix: format.suffix() })
        .collect()
}

/// Names with lengths as far as the header has them, and whether there are more.
fn reference_sequences(served: &Served) -> (Vec<ReferenceSequence<'_>>, bool) {
    let header = match &served.data {
        Data::Records { dataset, .. } => dataset.header(),
        Data::Containers(cram) => cram.header(),
    };
    let length = |number: usize| match header {
        Header::Sam(header) => header.reference_sequences.get(number).map(|one| u64::from(one.length)),
        Header::Vcf(header) => header.contigs.get(number).and_then(|one| one.length),
    };
    let names = served.names().iter().enumerate().take(REFERENCE_SEQUENCES);
    let sequences = names.map(|(number, name)| ReferenceSequence { name, length: length(number) });
    (sequences.collect(), served.names().len() > REFERENCE_SEQUENCES)
}

fn json(value: &impl Serialize) -> Result<Response, Failure> {
    let json = serde_json::to_vec(value).map_err(|_| Failure::internal("the list cannot be written"))?;
    let fields = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((fields, json).into_response())
}
