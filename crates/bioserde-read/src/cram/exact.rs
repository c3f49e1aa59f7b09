use std::sync::Arc;

use bioserde_cram::{ContainerHeader, ContainerSource, CramFault, ReadOptions, Reference, ReferenceFault};
use bioserde_resolve::{ContainerPlace, Crai};

use super::dataset::CramDataset;
use super::edges::{Cut, Edges};
use crate::error::{Error, Result};
use crate::filter::{Filter, Share};
use crate::formats::bam;
use crate::registry::InputFormat;
use crate::slice::{Part, Slice};

impl CramDataset {
    /// Why the records cannot be decoded with a reference, or without one; nothing where they can.
    ///
    /// It is told by the lengths of the sequences that have records, or of all without an index, and by
    /// one container: that of the first record with a place, or the first one without an index. That
    /// others need another reference is found when they are decoded.
    pub fn lacks(&self, reference: Option<&Reference>) -> Option<ReferenceFault> {
        let containers = self.container_source();
        let first = match self.index() {
            Some(index) => index.first_placed()?,
            None => self.data_range().start,
        };
        // What else is wrong with it is for whoever reads it.
        let container = containers.container_at(first).ok()?;
        if !container.is_against_reference().ok()? {
            return None;
        }
        if let Some(reference) = reference {
            let all = containers.references();
            let fault = |number: usize| reference.check(all.get(number)?).err();
            let fault = match self.index() {
                Some(index) => index.references().find_map(fault),
                None => (0..all.len()).find_map(fault),
            };
            if fault.is_some() {
                return fault;
            }
        }
        match container.decode(reference) {
            Err(CramFault::Reference(fault)) => Some(fault),
            _ => None,
        }
    }

    /// Lets slices be cut at records, which are decoded with a reference where they need one. It must have
    /// been found with [`CramDataset::lacks`]. Tells whether it can be so: records are encoded for files of
    /// version 3.
    pub fn cut_at_records(&mut self, reference: Option<Arc<Reference>>) -> bool {
        if !self.version.has_checksums() {
            return false;
        }
        let header = self.header();
        let filter =
            Filter::new(bam::Bam.framing(), bam::Bam.locate(header, self.names()), &[], self.names());
        let edges = Edges::new(self.container_source(), reference, &bam::sam_header(header), filter);
        self.edges = Some(edges);
        true
    }

    /// Whether slices of regions have the wanted records and no others: they are cut at records, and there
    /// is an index.
    pub fn is_exact(&self) -> bool {
        self.edges.is_some() && self.index().is_some()
    }

    /// The slice of the records of a share, each once, in file order: containers of the file that have
    /// no others, and containers that were made for the records of those that have.
    ///
    /// A container is looked into unless it lies inside a region both by its own header and by the index.
    ///
    /// Nothing where slices are not exact.
    ///
    /// # Errors
    ///
    /// As [`CramDataset::slice`]; or a container cannot be decoded, or not with the reference.
    pub fn slice_share(&self, share: &Share) -> Result<Option<Slice>> {
        let (Some(index), Some(edges)) = (self.index(), &self.edges) else { return Ok(None) };
        let filter = edges.filter().for_share(share);
        let mut parts = Parts(Vec::new());
        for container in self.planned(index, &filter.wants())? {
            let (start, header) = (container.start, container.header);
            if is_inside(index, start, &header, &filter) {
                parts.push_raw(container.range());
                continue;
            }
            let cut = edges.cut(start, &filter);
            match cut.map_err(|fault| Error::new(self.name(), fault.kind(start)))? {
                Cut::Nothing => {}
                Cut::All => parts.push_raw(container.range()),
                Cut::Some(bytes) => parts.push_encoded(bytes),
            }
        }
        self.check_end()?;
        Ok(Some(Slice { parts: parts.0 }))
    }

    fn container_source(&self) -> ContainerSource {
        let (source, header) = (Arc::clone(self.source()), bam::sam_header(self.header()));
        ContainerSource::new(source, self.version, &header, ReadOptions::default())
    }
}

/// Whether all records of a container are wanted, by what is told of it.
fn is_inside(index: &Crai, start: u64, header: &ContainerHeader, filter: &Filter) -> bool {
    match index.place(start) {
        Some(ContainerPlace::Unplaced) => header.is_unplaced() && filter.keeps_unplaced(),
        Some(ContainerPlace::Within { reference, interval }) => {
            let own = header.place().filter(|(own, _)| *own == reference);
            own.is_some_and(|(_, own)| filter.keeps_within(reference, own))
                && filter.keeps_within(reference, interval)
        }
        Some(ContainerPlace::Mixed) | None => false,
    }
}

struct Parts(Vec<Part>);

impl Parts {
    fn push_raw(&mut self, range: std::ops::Range<u64>) {
        match self.0.last_mut() {
            Some(Part::Raw(last)) if last.end == range.start => last.end = range.end,
            _ => self.0.push(Part::Raw(range)),
        }
    }

    fn push_encoded(&mut self, bytes: Vec<u8>) {
        match self.0.last_mut() {
            Some(Part::Encoded(last)) => last.extend(bytes),
            _ => self.0.push(Part::Encoded(bytes)),
        }
    }
}
