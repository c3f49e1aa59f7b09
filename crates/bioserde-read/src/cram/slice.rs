use std::collections::HashMap;
use std::ops::Range;

use bioserde_core::Region;
use bioserde_resolve::{Crai, Want};

use super::dataset::CramDataset;
use super::starts::ContainerStarts;
use crate::error::{Error, ErrorKind, Result};
use crate::slice::{Part, Slice};

impl CramDataset {
    /// The slice of all records: all containers between the header and the mark of the end.
    pub fn slice_all(&self) -> Slice {
        let all = self.data_range();
        Slice { parts: if all.is_empty() { Vec::new() } else { vec![Part::Raw(all)] } }
    }

    /// The containers with records that overlap any of `regions`: whole ones, each once, in file order,
    /// those joined that follow each other. They hold other records too. What is in them is not looked
    /// into. A reference sequence that the header does not have has no records.
    ///
    /// Nothing when the file has no index: only reading all of it can tell.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or the index leads to places where no whole container is.
    pub fn slice(&self, regions: &[Region]) -> Result<Option<Slice>> {
        let Some(index) = self.index() else { return Ok(None) };
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for start in index.plan(&self.wants(regions)) {
            let container = self.container(start).map_err(|fault| self.index_error(index, start, fault))?;
            let end = start + container.len();
            match ranges.last_mut() {
                Some(last) if last.end > start => {
                    let text = format!("offset {start}: it lies inside the container before it");
                    return Err(Error::new(index.name(), ErrorKind::Crai(text)));
                }
                Some(last) if last.end == start => last.end = end,
                _ => ranges.push(start..end),
            }
        }
        Ok(Some(Slice { parts: ranges.into_iter().map(Part::Raw).collect() }))
    }

    /// The containers' bytes: after the header, before the mark of the end.
    pub fn data_range(&self) -> Range<u64> {
        self.header_range().end..self.data_end()
    }

    /// Where containers start in a range of bytes that itself starts with one, such as that of
    /// [`CramDataset::data_range`] or of a [`Part::Raw`]: the places where it can be cut.
    ///
    /// Those of an index are told as they stand there; an index need not know the containers without
    /// records.
    pub fn container_starts(&self, range: Range<u64>) -> ContainerStarts<'_> {
        ContainerStarts::new(self, range)
    }

    fn wants(&self, regions: &[Region]) -> Vec<Want> {
        let numbers: HashMap<&str, usize> =
            self.names().iter().enumerate().map(|(i, name)| (name.as_str(), i)).collect();
        let want = |region: &Region| match region {
            Region::Unplaced => Some(Want::Unplaced),
            Region::Mapped { name, interval } => {
                let reference = *numbers.get(name.as_str())?;
                Some(Want::Mapped { reference, interval: *interval })
            }
        };
        regions.iter().filter_map(want).collect()
    }

    /// What is no container where the index leads may well be one elsewhere.
    fn index_error(&self, index: &Crai, offset: u64, fault: super::CramFault) -> Error {
        let error = self.error((offset, fault));
        match error.kind() {
            ErrorKind::Cram { .. } => Error::new(index.name(), ErrorKind::Crai(error.kind().to_string())),
            _ => error,
        }
    }
}
