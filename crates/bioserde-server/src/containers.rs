//! Slices of CRAM: containers as they stand in the file, and those at the edges of regions made anew.

use std::ops::Range;

use bioserde_core::Region;
use bioserde_read::{CramDataset, Part, Share, Slice, Want};

use crate::failure::Failure;
use crate::served::{Data, Served};

/// The bytes of the containers that have the wanted records, or all of them; in parts of about `bytes`.
///
/// Without an index all containers are taken: a reply may have more than was asked for, never less.
pub(crate) fn ranges(
    served: &Served,
    wants: Option<&[Want]>,
    bytes: u64,
) -> Result<Vec<Range<u64>>, Failure> {
    let Data::Containers(cram) = &served.data else { return Ok(Vec::new()) };
    let regions = wants.map(|wants| wants.iter().filter_map(|want| region(cram, want)).collect::<Vec<_>>());
    let slice = match regions {
        Some(regions) => cram.slice(&regions)?,
        None => None,
    };
    let slice = slice.map_or_else(|| cram.slice_all(), Ok)?;
    let mut ranges = Vec::new();
    for part in slice.parts() {
        if let Part::Raw(range) = part {
            ranges.extend(cram.cuts(range.clone(), bytes)?);
        }
    }
    Ok(ranges)
}

/// The slice of a share, of a file that is cut at records.
pub(crate) fn exact(served: &Served, share: &Share) -> Result<Slice, Failure> {
    let Data::Containers(cram) = &served.data else { return Ok(Slice::default()) };
    let slice = cram.slice_share(share)?;
    slice.ok_or_else(|| Failure::internal("the file behind this id has lost its index"))
}

fn region(cram: &CramDataset, want: &Want) -> Option<Region> {
    match want {
        Want::Unplaced => Some(Region::Unplaced),
        Want::Mapped { reference, interval } => {
            Some(Region::Mapped { name: cram.names().get(*reference)?.clone(), interval: *interval })
        }
    }
}
