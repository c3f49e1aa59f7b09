use bioserde_core::{Interval, VirtualPosition};
use bioserde_resolve::{Index, Piece, Want};

use super::blocks::Blocks;
use super::cursor::{Cursor, Passed};
use crate::dataset::Dataset;
use crate::error::Result;
use crate::filter::Filter;

/// The runs of wanted records: ascending, disjoint, each from the start of a record to the end of one.
pub(super) fn of(
    dataset: &Dataset,
    index: &Index,
    filter: &Filter,
    end: VirtualPosition,
    blocks: &mut Blocks<'_>,
) -> Result<Vec<Piece>> {
    let first = dataset.first_record.unwrap_or_default();
    let mut runs = Vec::new();
    for want in filter.wants() {
        // Without a number in the index there are no records.
        let Some(numbered) = dataset.index_want(index, want) else { continue };
        let plan = index.plan(&[numbered]).map_err(|e| dataset.error(e))?;
        let mut pieces = plan.pieces;
        for piece in &mut pieces {
            (piece.start, piece.end) = (piece.start.max(first), piece.end.min(end));
        }
        let start = pieces.first().map_or(end, |piece| piece.start);
        let mut cursor = Cursor::new(blocks, dataset.format.framing(), filter.locate(), start);
        match (want, numbered) {
            (Want::Mapped { reference, interval }, Want::Mapped { reference: number, .. }) => {
                let floor = index.floor(number, interval.end);
                let region = Region { reference, interval, floor, filter };
                region.walk(&pieces, &mut cursor, &mut runs)?;
            }
            _ => runs.extend(unplaced(start, end, &mut cursor)?),
        }
    }
    Ok(joined(runs))
}

/// Unplaced records are the last ones (SAMv1 §1.3.1, `SO:coordinate`): from the first of them on.
fn unplaced(
    start: VirtualPosition,
    end: VirtualPosition,
    cursor: &mut Cursor<'_, '_>,
) -> Result<Option<Piece>> {
    if start >= end {
        return Ok(None);
    }
    while let Some(passed) = cursor.next()?.filter(|passed| passed.start < end) {
        if passed.location.reference.is_none() {
            return Ok(Some(Piece { start: passed.start, end }));
        }
    }
    Ok(None)
}

struct Region<'a> {
    /// In the dataset's numbering.
    reference: usize,
    interval: Interval,
    /// Every record before it ends before the interval does.
    floor: VirtualPosition,
    filter: &'a Filter,
}

impl Region<'_> {
    /// Adds the runs of a region, whose records are among `pieces`.
    ///
    /// Those that start before the region are asked one by one. The first that starts inside it is
    /// followed by such ones only, up to the first that starts after it: the file is sorted, or it
    /// would have no index.
    fn walk(&self, pieces: &[Piece], cursor: &mut Cursor<'_, '_>, runs: &mut Vec<Piece>) -> Result<()> {
        for piece in pieces {
            cursor.seek(piece.start);
            // The run that the record before belongs to.
            let mut open: Option<Piece> = None;
            let mut is_on_reference = false;
            while let Some(passed) = cursor.next()?.filter(|passed| passed.start < piece.end) {
                if passed.location.reference != Some(self.reference) {
                    if is_on_reference {
                        break;
                    }
                    continue;
                }
                is_on_reference = true;
                if self.starts_inside(&passed) {
                    runs.extend(open);
                    runs.push(self.inside(passed, cursor)?);
                    return Ok(());
                }
                open = match (self.filter.keeps(passed.location), open) {
                    (true, Some(run)) if run.end == passed.start => Some(Piece { end: passed.end, ..run }),
                    (true, before) => {
                        runs.extend(before);
                        Some(Piece { start: passed.start, end: passed.end })
                    }
                    (false, before) => {
                        runs.extend(before);
                        None
                    }
                };
            }
            runs.extend(open);
        }
        Ok(())
    }

    fn starts_inside(&self, passed: &Passed) -> bool {
        passed.location.interval.is_some_and(|own| self.interval.start <= own.start && !self.is_after(own))
    }

    fn is_after(&self, own: Interval) -> bool {
        own.start > self.interval.end
    }

    /// The run of the records that start inside the region, from the first of them on.
    fn inside(&self, first: Passed, cursor: &mut Cursor<'_, '_>) -> Result<Piece> {
        let mut run = Piece { start: first.start, end: first.end };
        if self.floor > run.end {
            run.end = self.floor;
            cursor.seek(self.floor);
        }
        while let Some(passed) = cursor.next()? {
            let is_on_reference = passed.location.reference == Some(self.reference);
            if !is_on_reference || passed.location.interval.is_none_or(|own| self.is_after(own)) {
                break;
            }
            run.end = passed.end;
        }
        Ok(run)
    }
}

/// Sorts runs and joins those that overlap or touch.
fn joined(mut runs: Vec<Piece>) -> Vec<Piece> {
    runs.sort_unstable();
    runs.dedup_by(|next, last| {
        let joins = next.start <= last.end;
        if joins {
            last.end = last.end.max(next.end);
        }
        joins
    });
    runs
}
