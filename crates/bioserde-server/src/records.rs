//! Records that are written anew: without some of their fields, or looked for without an index.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use bioserde_htsget::{Field, Query, Tag, TagSelection};
use bioserde_read::{Fields, Keep, Names, Piece, Share};

use crate::failure::{Chain, Failure};
use crate::served::Served;
use crate::stopping::Stopping;

/// Writes the records of a share, or all of them, as BGZF blocks.
pub(crate) fn write(
    served: &Served,
    query: &Query,
    share: Option<&Share>,
    stopping: &Stopping,
    path: &Path,
) -> Result<(), Failure> {
    let mut out = create(path, stopping)?;
    rewrite(served, &keep(query), share, &mut out)?;
    out.flush().map_err(|e| spool_failed(&e))
}

/// Writes the records of a piece of a CRAM as BGZF blocks.
pub(crate) fn write_piece(
    served: &Served,
    query: &Query,
    piece: Piece,
    stopping: &Stopping,
    path: &Path,
) -> Result<(), Failure> {
    let mut out = create(path, stopping)?;
    served.records()?.0.rewrite_piece(piece, &keep(query), &mut out)?;
    out.flush().map_err(|e| spool_failed(&e))
}

/// The same as a file of its own, with all from which a table's columns are made: `end_pos` counts
/// whatever the query keeps.
pub(crate) fn write_for_table(
    served: &Served,
    query: &Query,
    share: Option<&Share>,
    stopping: &Stopping,
    path: &Path,
) -> Result<(), Failure> {
    let mut keep = keep_besides(query, &end_keys());
    let placing = [Field::Flag, Field::Rname, Field::Pos, Field::Cigar];
    keep.fields = keep.fields.iter().chain(placing).collect();
    let mut out = create(path, stopping)?;
    out.write_all(&served.header).map_err(|e| spool_failed(&e))?;
    rewrite(served, &keep, share, &mut out)?;
    out.write_all(served.end).and_then(|()| out.flush()).map_err(|e| spool_failed(&e))
}

/// The keys that say where a variant ends (VCF 4.5 §1.6.1, §1.6.2, §3).
fn end_keys() -> [Tag; 3] {
    [Tag::Info("END".to_owned()), Tag::Info("SVLEN".to_owned()), Tag::Format("LEN".to_owned())]
}

fn create<'a>(path: &Path, stopping: &'a Stopping) -> Result<Stoppable<'a>, Failure> {
    let file = File::create(path).map_err(|e| spool_failed(&e))?;
    Ok(Stoppable(BufWriter::new(file), stopping))
}

fn rewrite(served: &Served, keep: &Keep, share: Option<&Share>, out: &mut dyn Write) -> Result<(), Failure> {
    let (dataset, filter) = served.records()?;
    let filter = share.map(|share| filter.for_share(share));
    dataset.rewrite(filter.as_ref(), keep, out)?;
    Ok(())
}

pub(crate) fn spool_failed(error: &io::Error) -> Failure {
    tracing::error!(error = %Chain(error), "the spool cannot be used");
    Failure::internal("the server cannot keep the reply")
}

/// Fails at the next flush, of which there is one every few MiB, when the server goes down.
struct Stoppable<'a>(BufWriter<File>, &'a Stopping);

impl Write for Stoppable<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.1.is_set() {
            return Err(io::Error::other("the server goes down"));
        }
        self.0.flush()
    }
}

/// What a query keeps of each record.
pub(crate) fn keep(query: &Query) -> Keep {
    keep_besides(query, &[])
}

/// The same, and some tags whatever the query says of them.
fn keep_besides(query: &Query, besides: &[Tag]) -> Keep {
    let without = || query.notags.iter().filter(|tag| !besides.contains(tag));
    let fields = query.fields.map(|fields| fields.effective().iter().collect());
    let names = |name: fn(&Tag) -> Option<String>| {
        let names = match &query.tags {
            TagSelection::All => Names::ALL,
            TagSelection::Only(tags) => Names::only(tags.iter().chain(besides).filter_map(name)),
        };
        names.without(without().filter_map(name))
    };
    let mut keep = Keep {
        fields: fields.unwrap_or(Fields::ALL),
        tags: names(|tag| matches!(tag, Tag::Sam(_)).then(|| tag.to_string())),
        info: names(|tag| if let Tag::Info(key) = tag { Some(key.clone()) } else { None }),
        format: names(|tag| if let Tag::Format(key) = tag { Some(key.clone()) } else { None }),
    };
    // Whoever names INFO keys alone says nothing of FORMAT keys.
    if let TagSelection::Only(tags) = &query.tags
        && !tags.iter().any(|tag| matches!(tag, Tag::Format(_)))
    {
        let without = without().filter_map(|tag| if let Tag::Format(key) = tag { Some(key) } else { None });
        keep.format = Names::ALL.without(without.cloned());
    }
    keep
}
