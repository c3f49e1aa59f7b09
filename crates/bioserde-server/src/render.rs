//! Blocks to bytes.

use std::sync::Arc;

use bioserde_core::Compression;
use bioserde_crypt4gh::PublicKey;
use bioserde_htsget::{Error, ErrorKind, Format};
use bioserde_read::{Dataset, Part as SlicePart, Share, Slice};

use crate::block::{Block, Part};
use crate::content::Content;
use crate::failure::Failure;
use crate::served::{Data, Served, Shared};
use crate::spool::Spool;
use crate::state::{Effort, State};
use crate::tickets::keeps_all;
use crate::{containers, recipient, records, table};

/// The bytes of a block. `key` stands for what is asked: equal ones have equal bytes.
///
/// # Errors
///
/// The file is faulty, or cannot be had in the wanted form.
pub(crate) async fn render(
    state: &Arc<State>,
    served: &Shared,
    block: &Block,
    key: &str,
) -> Result<Content, Failure> {
    if let Some(recipient) = block.recipient {
        return encrypted(state, served, block, recipient, key).await;
    }
    let mut content = Content::default();
    match &block.part {
        Part::Header => content.push_bytes(served.header.clone()),
        Part::End => content.push_bytes(served.end),
        Part::Bytes(range) => {
            let size = served.source().size().unwrap_or(0);
            if range.start > range.end || range.end > size {
                return Err(Failure::new(ErrorKind::InvalidRange, "the file does not have these bytes"));
            }
            content.push_file(served.source(), range.clone());
        }
        Part::Between(piece) if served.is_decoded() => {
            let (file, query, piece) = (Shared::clone(served), block.query.clone(), *piece);
            let make =
                move |path: &_, stopping: &_| records::write_piece(&file, &query, piece, stopping, path);
            return Spool::get(state, key, Effort::Small, make).await;
        }
        Part::Between(piece) => {
            let (file, piece) = (Shared::clone(served), *piece);
            return slice(state, served, key, move || Ok(file.records()?.0.slice_piece(piece)?)).await;
        }
        Part::Records(Some(share)) if is_exact_cram(served) => {
            let (file, share) = (Shared::clone(served), share.clone());
            return slice(state, served, key, move || containers::exact(&file, &share)).await;
        }
        Part::Records(share) if matches!(served.data, Data::Containers(_)) => {
            let (file, wants) = (Shared::clone(served), share.as_ref().map(|share| share.wants.clone()));
            let ranges = state
                .work(Effort::Small, move || containers::ranges(&file, wants.as_deref(), u64::MAX))
                .await?;
            for range in ranges {
                content.push_file(served.source(), range);
            }
        }
        Part::Records(share) if is_sliced(served, block, share.as_ref()) => {
            let (file, share) = (Shared::clone(served), share.clone());
            return slice(state, served, key, move || of_share(&file, share.as_ref())).await;
        }
        Part::Records(share) => {
            let (file, query, share) = (Shared::clone(served), block.query.clone(), share.clone());
            let make =
                move |path: &_, stopping: &_| records::write(&file, &query, share.as_ref(), stopping, path);
            return Spool::get(state, key, Effort::Small, make).await;
        }
        Part::Table(share) => {
            let format = block.query.format.filter(|format| format.is_extension());
            let format = format.ok_or_else(not_a_table)?;
            let (file, query, share) = (Shared::clone(served), block.query.clone(), share.clone());
            let make = move |path: &_, stopping: &_| {
                table::write(&file, format, &query, share.as_ref(), stopping, path)
            };
            return Spool::get(state, key, Effort::Large, make).await;
        }
    }
    Ok(content)
}

/// A file of its own, which is encrypted anew whenever the spool has lost it.
async fn encrypted(
    state: &Arc<State>,
    served: &Shared,
    block: &Block,
    recipient: PublicKey,
    key: &str,
) -> Result<Content, Failure> {
    let plain = Block { recipient: None, ..block.clone() };
    let plain_key = plain.to_path_and_query();
    let mut content = Box::pin(render(state, served, &plain, &plain_key)).await?;
    if !matches!(block.part, Part::Table(_)) {
        content = as_file(served, &content);
    }
    let make = move |path: &_, stopping: &_| recipient::write(&content, recipient, stopping, path);
    Spool::get(state, key, Effort::Small, make).await
}

/// Records between the header and the end-of-file marker.
pub(crate) fn as_file(served: &Served, records: &Content) -> Content {
    let mut content = Content::default();
    content.push_bytes(served.header.clone());
    content.append(records);
    content.push_bytes(served.end);
    content
}

fn not_a_table() -> Error {
    let names: Vec<_> = [Format::Parquet, Format::Arrow, Format::Sqlite, Format::Csv, Format::Jsonl]
        .map(Format::name)
        .to_vec();
    Error::new(ErrorKind::UnsupportedFormat, "a table is wanted, but its `format` is no table's")
        .with_hint(format!("ask for one of {}", names.join(", ")))
}

fn is_exact_cram(served: &Served) -> bool {
    matches!(served.data, Data::Containers(_)) && served.data.is_cut_at_records()
}

/// Whether the records can be taken from the file's own blocks.
fn is_sliced(served: &Shared, block: &Block, share: Option<&Share>) -> bool {
    let is_cut = |dataset: &Dataset| {
        dataset.compression() == Compression::Bgzf && (share.is_none() || dataset.index().is_some())
    };
    keeps_all(&block.query) && served.records().is_ok_and(|(dataset, _)| is_cut(dataset))
}

fn of_share(served: &Shared, share: Option<&Share>) -> Result<Slice, Failure> {
    let (dataset, filter) = served.records()?;
    let slice = match share {
        None => dataset.slice_all()?,
        Some(share) => dataset.slice(&filter.for_share(share))?,
    };
    slice.ok_or_else(|| Failure::internal("the file behind this id has lost its index"))
}

/// A slice as it was made before, or made now.
async fn slice(
    state: &State,
    served: &Shared,
    key: &str,
    make: impl FnOnce() -> Result<Slice, Failure> + Send + 'static,
) -> Result<Content, Failure> {
    let made = async {
        let slice = state.work(Effort::Small, make).await?;
        let mut content = Content::default();
        for part in slice.parts() {
            match part {
                SlicePart::Encoded(bytes) => content.push_bytes(bytes.clone()),
                SlicePart::Raw(range) => content.push_file(served.source(), range.clone()),
            }
        }
        Ok::<_, Failure>(Arc::new(content))
    };
    Ok(Content::clone(&*state.slices.get_or_insert_async(key, made).await?))
}
