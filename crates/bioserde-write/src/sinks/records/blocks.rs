use bioserde_core::{RecordForm, Records};
use bioserde_storage::Target;
use bioserde_storage::bgzf::{BlockEncoder, Blocks, EOF_MARKER, Level};

use super::super::output::Output;
use super::index::{Index, Indexed};
use crate::{Encoded, Encoder, Error, Result, Sink, SinkSpec};

/// The level that a compression names: `bgzf`, or `bgzf:0` (stored) to `bgzf:12`.
pub(super) fn level(given: Option<&str>, spec: &'static SinkSpec) -> Result<Level> {
    let given = given.unwrap_or("bgzf");
    let level = match given.split_once(':') {
        None if given == "bgzf" => Some(Level::default()),
        Some(("bgzf", level)) => level.parse().ok().and_then(Level::new),
        _ => None,
    };
    level.ok_or_else(|| Error::UnknownCompression {
        format: spec.name,
        given: given.to_owned(),
        known: format!("{} with levels 0 to 12, as bgzf:6", spec.compressions.join(", ")),
    })
}

/// Records in BGZF blocks, and an index of them where one is wanted.
#[derive(Debug)]
pub(super) struct BlockSink {
    output: Output,
    level: Level,
    index: Option<Index>,
}

impl BlockSink {
    /// Writes the header, in blocks of its own.
    pub(super) fn begin(target: Target, header: &[u8], level: Level, index: Option<Index>) -> Result<Self> {
        let mut blocks = new_blocks(level);
        blocks.record().extend_from_slice(header);
        blocks.end_record()?;
        let mut output = Output::new(target);
        output.write(&blocks.finish()?.0)?;
        Ok(Self { output, level, index })
    }
}

impl Sink<Records> for BlockSink {
    fn encoder(&mut self) -> Result<Box<dyn Encoder<Records>>> {
        let form = self.index.as_ref().map(Index::form);
        Ok(Box::new(BlockRecords { blocks: new_blocks(self.level), form, indexed: Vec::new() }))
    }

    fn append(&mut self, unit: Encoded) -> Result<()> {
        let Unit { blocks, indexed } = unit.open()?;
        if let Some(index) = &mut self.index {
            index.push(indexed, self.output.position(), blocks.len() as u64)?;
        }
        self.output.write(&blocks)
    }

    fn finish(mut self: Box<Self>) -> Result<u64> {
        // Records that cannot be indexed were found out before. What may still fail should do so while
        // nothing is visible.
        let index = self.index.map(Index::finish).transpose()?;
        self.output.write(&EOF_MARKER)?;
        let bytes = self.output.commit()?;
        index.map_or(Ok(()), |index| index.commit().map(drop))?;
        Ok(bytes)
    }
}

fn new_blocks(level: Level) -> Blocks<Vec<u8>> {
    Blocks::new(Vec::new(), BlockEncoder::new(level))
}

/// Blocks, and where the records in them lie, if that was asked for.
#[derive(Debug)]
struct Unit {
    blocks: Vec<u8>,
    indexed: Vec<Indexed>,
}

#[derive(Debug)]
struct BlockRecords {
    blocks: Blocks<Vec<u8>>,
    /// Of records that are indexed.
    form: Option<RecordForm>,
    indexed: Vec<Indexed>,
}

impl Encoder<Records> for BlockRecords {
    fn write(&mut self, records: &Records) -> Result<()> {
        let mut locations = records.locations.iter();
        for record in records.iter() {
            self.blocks.record().extend_from_slice(record);
            let start = self.blocks.end_record()?;
            let Some(form) = self.form else { continue };
            let location = locations
                .next()
                .ok_or(Error::NoLocations { records: records.len(), locations: records.locations.len() })?;
            self.indexed.push(Indexed::new(*location, record, form, start));
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Encoded> {
        let (blocks, _) = self.blocks.finish()?;
        Ok(Encoded::new(Unit { blocks, indexed: self.indexed }))
    }
}
