use std::sync::Arc;

use bioserde_core::sam;
use bioserde_cram::{ContainerEncoder, ContainerSource, CramFault, ReadOptions, Reference};

use crate::batches::RecordError;
use crate::error::ErrorKind;
use crate::filter::Filter;

/// Decodes containers at the edges of regions, and encodes what is wanted of them.
#[derive(Debug)]
pub(super) struct Edges {
    containers: ContainerSource,
    reference: Option<Arc<Reference>>,
    /// For containers that are read with a reference.
    against_reference: ContainerEncoder,
    /// For those that need none.
    alone: ContainerEncoder,
    /// Keeps nothing; see [`Filter::for_share`].
    filter: Filter,
}

/// What is wanted of a container.
#[derive(Debug)]
pub(super) enum Cut {
    Nothing,
    All,
    /// The wanted records in containers of their own.
    Some(Vec<u8>),
}

impl Edges {
    pub(super) fn new(
        containers: ContainerSource,
        reference: Option<Arc<Reference>>,
        header: &sam::Header,
        filter: Filter,
    ) -> Self {
        let against_reference = ContainerEncoder::new(header, reference.clone()).by_windows();
        Self { containers, reference, against_reference, alone: ContainerEncoder::new(header, None), filter }
    }

    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Cuts the container at an offset.
    pub(super) fn cut(&self, offset: u64, filter: &Filter) -> Result<Cut, Fault> {
        let container = self.containers.container_at(offset)?;
        let header = container.header();
        // Whoever reads a container of mixed records that was made here gets no reference with it, and
        // who reads one with a reference makes MD and NM of it.
        let is_against_reference = header.place().is_some() && container.is_against_reference()?;
        // What is stored as a tag after which readers make others keeps its place only if these are stored.
        let generates_tags = !is_against_reference || container.has_read_group_tags()?;
        let options = ReadOptions { generates_tags };
        let encoder = if is_against_reference { &self.against_reference } else { &self.alone };
        let records = container.decode_with(self.reference.as_deref(), options)?;
        let (wanted, all) = filter.select(&records).map_err(Fault::Record)?;
        if wanted.is_empty() {
            return Ok(Cut::Nothing);
        }
        if wanted.len() == all {
            return Ok(Cut::All);
        }
        let (mut out, mut counter) = (Vec::new(), header.record_counter());
        for encoded in encoder.encode(wanted)? {
            // What came out of a container can go into one; were it otherwise, records would be others.
            if let Some((what, count)) = encoded.changes().told().first() {
                return Err(Fault::Record(
                    format!("{count} records cannot be kept as they are: {what}").into(),
                ));
            }
            encoded.put(counter, 0, &mut out)?;
            counter += encoded.records();
        }
        Ok(Cut::Some(out))
    }
}

/// Why a container cannot be cut.
#[derive(Debug)]
pub(super) enum Fault {
    Container(CramFault),
    Record(RecordError),
}

impl From<CramFault> for Fault {
    fn from(fault: CramFault) -> Self {
        Self::Container(fault)
    }
}

impl Fault {
    pub(super) fn kind(self, offset: u64) -> ErrorKind {
        match self {
            Self::Container(CramFault::Io(e)) => ErrorKind::Io(e),
            Self::Container(CramFault::Storage(e)) => ErrorKind::Storage(e),
            Self::Container(fault) => ErrorKind::Cram { offset, fault },
            Self::Record(e) => ErrorKind::Record(e),
        }
    }
}
