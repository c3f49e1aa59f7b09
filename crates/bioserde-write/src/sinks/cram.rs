//! CRAM 3.0 (CRAMv3).

mod order;

use std::sync::Arc;

use bioserde_core::{RecordForm, Records, sam};
use bioserde_cram::{
    Changes, ContainerEncoder, CramFault, EOF_CONTAINER, EncodedContainer, IndexLine, Reference, file_start,
    index_lines_to_crai, with_digests,
};
use bioserde_storage::Target;

use super::output::Output;
use super::records;
use crate::{
    Encoded, Encoder, Error, RecordFormat, RecordHeader, Result, Sink, SinkOptions, SinkSpec, WriteIndex,
};
use order::{Order, Place};

/// The registry's entry.
#[derive(Debug)]
pub(crate) struct Cram;

static SPEC: SinkSpec = SinkSpec {
    name: "cram",
    suffixes: &[".cram"],
    streams: true,
    compressions: &[],
    index_suffixes: &[".crai"],
    summary: "CRAM 3.0: alignments in columns, as differences to a reference where one is given",
};

impl RecordFormat for Cram {
    fn spec(&self) -> &'static SinkSpec {
        &SPEC
    }

    fn form(&self) -> RecordForm {
        RecordForm::Bam
    }

    fn create(
        &self,
        target: Target,
        header: &RecordHeader<'_>,
        options: &SinkOptions,
    ) -> Result<Box<dyn Sink<Records>>> {
        SPEC.refuse_compression(options)?;
        let own = records::sam(header.header, &SPEC)?;
        let index = Index::begin(&target, own, options)?;
        let reference = match &options.reference {
            Some(path) => Some(Arc::new(Reference::open(path)?)),
            None => None,
        };
        let text = text(header, own, reference.as_deref())?;
        let path = target.name().to_owned();
        let failed = |source| Error::Cram { path: path.clone(), source };
        let parsed = sam::Header::parse(&text).map_err(|fault| failed(fault.into()))?;
        if parsed.reference_sequences != own.reference_sequences {
            return Err(Error::ReferenceList { format: SPEC.name });
        }
        let start = file_start(&text).map_err(failed)?;
        let encoder = Arc::new(ContainerEncoder::new(&parsed, reference));
        let mut output = Output::new(target);
        output.write(&start)?;
        Ok(Box::new(CramSink { path, output, encoder, records: 0, index }))
    }
}

/// The text of the header, with all that CRAM needs in it.
fn text(header: &RecordHeader<'_>, own: &sam::Header, reference: Option<&Reference>) -> Result<Vec<u8>> {
    let text = records::ended_by_lf(&match records::verbatim(header, RecordForm::Sam) {
        Some(text) => text.to_vec(),
        None => super::sam::with_references(own, &SPEC)?,
    });
    Ok(match reference {
        Some(reference) => with_digests(&text, reference)?,
        None => text,
    })
}

/// Containers, and an index of them where one is wanted.
#[derive(Debug)]
struct CramSink {
    path: String,
    output: Output,
    encoder: Arc<ContainerEncoder>,
    /// Written so far.
    records: u64,
    index: Option<Index>,
}

/// An index that is made while its file is written.
#[derive(Debug)]
struct Index {
    target: Target,
    order: Order,
    lines: Vec<IndexLine>,
}

impl Index {
    fn begin(target: &Target, header: &sam::Header, options: &SinkOptions) -> Result<Option<Self>> {
        if options.index == WriteIndex::No {
            return Ok(None);
        }
        let path = target.name().to_owned();
        let Some(target) = target.beside(".crai")? else { return Err(Error::IndexNeedsFile { path }) };
        if options.index == WriteIndex::Csi {
            return Err(Error::NoCsi { format: SPEC.name });
        }
        let names = header.reference_sequences.iter().map(|sequence| sequence.name.clone()).collect();
        Ok(Some(Self { target, order: Order::new(names), lines: Vec::new() }))
    }

    fn finish(self, path: &str) -> Result<Output> {
        let failed = |source| Error::Cram { path: path.to_owned(), source: CramFault::Io(source) };
        let bytes = index_lines_to_crai(&self.lines).map_err(failed)?;
        let mut output = Output::new(self.target);
        output.write(&bytes)?;
        Ok(output)
    }
}

impl Sink<Records> for CramSink {
    fn encoder(&mut self) -> Result<Box<dyn Encoder<Records>>> {
        let (path, encoder) = (self.path.clone(), Arc::clone(&self.encoder));
        let places = self.index.is_some().then(Vec::new);
        Ok(Box::new(CramEncoder { path, encoder, records: Records::default(), places }))
    }

    fn append(&mut self, unit: Encoded) -> Result<()> {
        let Unit { containers, places } = unit.open()?;
        if let Some(index) = &mut self.index {
            for (place, record) in places.into_iter().flatten().zip(self.records + 1..) {
                let failed = |source| Error::Index { path: self.path.clone(), record, source };
                index.order.push(place).map_err(failed)?;
            }
        }
        for container in &containers {
            let mut bytes = Vec::new();
            let failed = |source| Error::Cram { path: self.path.clone(), source };
            let lines = container.put(self.records, self.output.position(), &mut bytes).map_err(failed)?;
            self.output.write(&bytes)?;
            self.records += container.records();
            if let Some(index) = &mut self.index {
                index.lines.extend(lines);
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<u64> {
        // What may still fail should do so while nothing is visible.
        let index = self.index.map(|index| index.finish(&self.path)).transpose()?;
        self.output.write(EOF_CONTAINER)?;
        let bytes = self.output.commit()?;
        index.map_or(Ok(()), |index| index.commit().map(drop))?;
        Ok(bytes)
    }
}

#[derive(Debug)]
struct Unit {
    containers: Vec<EncodedContainer>,
    places: Option<Vec<Place>>,
}

#[derive(Debug)]
struct CramEncoder {
    path: String,
    encoder: Arc<ContainerEncoder>,
    records: Records,
    /// Of the records, where they are indexed.
    places: Option<Vec<Place>>,
}

impl Encoder<Records> for CramEncoder {
    fn write(&mut self, records: &Records) -> Result<()> {
        let before = self.records.bytes.len();
        self.records.bytes.extend_from_slice(&records.bytes);
        self.records.ends.extend(records.ends.iter().map(|end| before + end));
        if let Some(places) = &mut self.places {
            places.extend(records.iter().map(Place::of));
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Encoded> {
        let Self { path, encoder, records, places } = *self;
        let containers = encoder.encode(records.iter());
        let containers = containers.map_err(|source| Error::Cram { path, source })?;
        let mut changes = Changes::default();
        containers.iter().for_each(|container| changes.merge(container.changes()));
        Ok(Encoded::new(Unit { containers, places }).with_changes(changes.told()))
    }
}
