use std::ops::Range;
use std::slice;

use super::dataset::CramDataset;
use crate::error::Result;

/// Where the containers of a part of a CRAM file start, in bytes, ascending.
///
/// They are those that the index knows. Without an index each is found at the end of the one before it,
/// when it is asked for, by reading its header; after an error there are no more.
#[derive(Debug)]
pub struct ContainerStarts<'a> {
    way: Way<'a>,
}

#[derive(Debug)]
enum Way<'a> {
    Known(slice::Iter<'a, u64>),
    Walk { dataset: &'a CramDataset, left: Range<u64> },
}

impl<'a> ContainerStarts<'a> {
    pub(super) fn new(dataset: &'a CramDataset, range: Range<u64>) -> Self {
        let Some(index) = dataset.index() else { return Self { way: Way::Walk { dataset, left: range } } };
        let all = index.containers();
        let from = all.partition_point(|start| *start < range.start);
        let to = all.partition_point(|start| *start < range.end);
        Self { way: Way::Known(all.get(from..to).unwrap_or_default().iter()) }
    }
}

impl Iterator for ContainerStarts<'_> {
    type Item = Result<u64>;

    fn next(&mut self) -> Option<Self::Item> {
        let (dataset, left) = match &mut self.way {
            Way::Known(starts) => return starts.next().copied().map(Ok),
            Way::Walk { dataset, left } => (dataset, left),
        };
        if left.is_empty() {
            return None;
        }
        let start = left.start;
        match dataset.container(start) {
            Ok(container) => {
                left.start += container.container_len();
                Some(Ok(start))
            }
            Err(fault) => {
                left.start = left.end;
                Some(Err(dataset.error((start, fault))))
            }
        }
    }
}
