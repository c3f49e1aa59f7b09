//! Records that are written anew: without some of their fields, or looked for without an index.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use bioserde_htsget::{Field, Query, Tag, TagSelection};
use bioserde_read::{Field as KeptField, Fields, Keep, Names, Share};

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
    let (dataset, filter) = served.records()?;
    let file = File::create(path).map_err(|e| {
        tracing::error!(error = %Chain(&e), "the spool cannot be used");
        Failure::internal("the server cannot keep the reply")
    })?;
    let filter = share.map(|share| filter.for_share(share));
    dataset.rewrite(filter.as_ref(), &keep(query), &mut Stoppable(BufWriter::new(file), stopping))?;
    Ok(())
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
fn keep(query: &Query) -> Keep {
    let fields = query.fields.map(|fields| {
        let kept = KeptField::ALL.into_iter().zip(Field::ALL);
        kept.filter(|(_, field)| fields.effective().contains(*field)).map(|(kept, _)| kept).collect()
    });
    let names = |name: fn(&Tag) -> Option<String>| {
        let names = match &query.tags {
            TagSelection::All => Names::ALL,
            TagSelection::Only(tags) => Names::only(tags.iter().filter_map(name)),
        };
        names.without(query.notags.iter().filter_map(name))
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
        let without =
            query.notags.iter().filter_map(|tag| if let Tag::Format(key) = tag { Some(key) } else { None });
        keep.format = Names::ALL.without(without.cloned());
    }
    keep
}
