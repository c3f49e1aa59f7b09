use std::ops::Range;

use bioserde_core::Region;
use bioserde_cram::{ContainerHeader, CramFault};
use bioserde_resolve::{Crai, Want};

use super::dataset::CramDataset;
use super::starts::ContainerStarts;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::numbered;
use crate::slice::{Part, Slice};

/// A container with wanted records, and perhaps others.
pub(super) struct Planned {
    pub(super) start: u64,
    pub(super) header: ContainerHeader,
}

impl Planned {
    /// Its bytes in the file.
    pub(super) fn range(&self) -> Range<u64> {
        self.start..self.start + self.header.container_len()
    }
}

impl CramDataset {
    /// The slice of all records: all containers between the header and the mark of the end.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has no mark of its end and does not end with the end of a container.
    pub fn slice_all(&self) -> Result<Slice> {
        let all = self.whole_range()?;
        Ok(Slice { parts: if all.is_empty() { Vec::new() } else { vec![Part::Raw(all)] } })
    }

    /// The bytes of all containers, of a file that is not truncated inside one.
    pub(crate) fn whole_range(&self) -> Result<Range<u64>> {
        self.check_end()?;
        Ok(self.data_range())
    }

    /// The containers with records that overlap any of `regions`: whole ones, each once, in file order,
    /// those joined that follow each other. They hold other records too. What is in them is not looked
    /// into. A reference sequence that the header does not have has no records.
    ///
    /// Nothing when the file has no index: only reading all of it can tell.
    ///
    /// # Errors
    ///
    /// The file cannot be read, the index leads to places where no whole container is, or the file is
    /// truncated inside a container wherever that is.
    pub fn slice(&self, regions: &[Region]) -> Result<Option<Slice>> {
        let Some(index) = self.index() else { return Ok(None) };
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for container in self.planned(index, &numbered(regions, self.names()))? {
            let range = container.range();
            match ranges.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => ranges.push(range),
            }
        }
        self.check_end()?;
        Ok(Some(Slice { parts: ranges.into_iter().map(Part::Raw).collect() }))
    }

    /// The containers that the index leads to, in file order.
    pub(super) fn planned(&self, index: &Crai, wants: &[Want]) -> Result<Vec<Planned>> {
        let mut planned: Vec<Planned> = Vec::new();
        for start in index.plan(wants) {
            let header = self.container(start).map_err(|fault| self.index_error(index, start, fault))?;
            if planned.last().is_some_and(|last| last.range().end > start) {
                let text = format!("offset {start}: it lies inside the container before it");
                return Err(Error::new(index.name(), ErrorKind::Crai(text)));
            }
            planned.push(Planned { start, header });
        }
        Ok(planned)
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

    /// A file without the mark of its end has to end with the end of a container, or it is truncated. That
    /// is looked for once.
    pub(super) fn check_end(&self) -> Result<()> {
        // CRAM 2.0 has no mark.
        if self.has_mark() || self.is_whole.get().is_some() {
            return Ok(());
        }
        let data = self.data_range();
        let mut offset =
            self.index().and_then(|index| index.containers().last().copied()).unwrap_or(data.start);
        while offset < data.end {
            let container = self.container(offset).map_err(|fault| match self.index() {
                Some(index) if !matches!(fault, CramFault::Truncated { .. }) => {
                    self.index_error(index, offset, fault)
                }
                _ => self.error((offset, fault)),
            })?;
            offset += container.container_len();
        }
        self.is_whole.get_or_init(|| ());
        Ok(())
    }

    /// What is no container where the index leads may well be one elsewhere.
    fn index_error(&self, index: &Crai, offset: u64, fault: CramFault) -> Error {
        let error = self.error((offset, fault));
        match error.kind() {
            ErrorKind::Cram { .. } => Error::new(index.name(), ErrorKind::Crai(error.kind().to_string())),
            _ => error,
        }
    }
}
