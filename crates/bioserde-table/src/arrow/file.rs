use std::sync::Arc;

use arrow_ipc::reader::{FileDecoder, read_footer_length};
use arrow_ipc::{Block as Location, MessageHeader, MetadataVersion, root_as_footer};
use arrow_schema::SchemaRef;
use bioserde_storage::Source;

use super::message::{Message, damaged};
use super::{Block, Long, decode, schema};
use crate::error::{Cause, guarded};
use crate::part::Content;
use crate::reader::{Opened, Parts, own_metadata};
use crate::types::Types;
use crate::{Error, Result, TableFormat};

/// The length of the footer, and the magic after it.
const TRAILER: usize = 10;

pub(crate) fn open(source: &Arc<Source>) -> Result<Opened> {
    let path: Arc<str> = source.name().into();
    let size = source.size().unwrap_or_default();
    let trailer = source.read_at(size.saturating_sub(TRAILER as u64), TRAILER as u64)?;
    let cut = |what| Error::Truncated { path: Arc::clone(&path), format: TableFormat::ArrowFile, what };
    let Ok(trailer) = <[u8; TRAILER]>::try_from(trailer.as_slice()) else {
        return Err(cut("it has no footer"));
    };
    if !trailer.ends_with(b"ARROW1") {
        return Err(cut("it does not end with its footer"));
    }
    let footer =
        guarded(&path, TableFormat::ArrowFile, "read the columns", || footer(source, size, trailer))?;
    let metadata = footer.schema.metadata().iter().map(|(k, v)| (k.clone(), v.clone()));
    let metadata = own_metadata(metadata);
    let types = Types::of_schema(&path, &footer.schema)?;
    let parts = FileParts {
        source: Arc::clone(source),
        footer,
        types: types.clone(),
        positions: None,
        decoder: None,
        next: 0,
        long: None,
        position: 0,
    };
    Ok(Opened { metadata, types, rows: None, parts: Box::new(parts) })
}

#[derive(Debug)]
struct Footer {
    schema: SchemaRef,
    version: MetadataVersion,
    dictionaries: Vec<Location>,
    batches: Vec<Location>,
}

fn footer(source: &Source, size: u64, trailer: [u8; TRAILER]) -> std::result::Result<Footer, Cause> {
    let length = read_footer_length(trailer)? as u64;
    let start = size.saturating_sub(TRAILER as u64).checked_sub(length);
    let start = start.ok_or_else(|| damaged("a footer that is longer than the file"))?;
    let bytes = source.read_at(start, length)?;
    let footer = root_as_footer(&bytes).map_err(|e| damaged(&e.to_string()))?;
    let found = footer.schema().ok_or_else(|| damaged("a footer without a schema"))?;
    Ok(Footer {
        schema: Arc::new(schema(found)?),
        version: footer.version(),
        dictionaries: footer.dictionaries().into_iter().flatten().copied().collect(),
        batches: footer.recordBatches().into_iter().flatten().copied().collect(),
    })
}

#[derive(Debug)]
struct FileParts {
    source: Arc<Source>,
    footer: Footer,
    types: Types,
    positions: Option<Vec<usize>>,
    /// Made when the columns are known; it has all dictionaries.
    decoder: Option<Arc<FileDecoder>>,
    next: usize,
    long: Option<Long>,
    position: u64,
}

impl Parts for FileParts {
    fn project(&mut self, positions: &[usize], types: Types) -> Result<()> {
        self.positions = Some(positions.to_vec());
        self.types = types;
        Ok(())
    }

    fn next(&mut self, _: u64) -> Result<Option<Content>> {
        loop {
            if let Some(content) = self.long.as_mut().and_then(|long| long.cut(&self.types)) {
                return Ok(Some(content));
            }
            self.long = None;
            let Some(location) = self.footer.batches.get(self.next).copied() else { return Ok(None) };
            self.next += 1;
            let path = Arc::clone(&self.types.path);
            let (decoder, message) = guarded(&path, TableFormat::ArrowFile, "read the rows", || {
                Ok::<_, Cause>((self.decoder()?, self.message(location, MessageHeader::RecordBatch)?))
            })?;
            if message.rows() > Long::ROWS {
                let batch =
                    guarded(&path, TableFormat::ArrowFile, "read the rows", || decode(&decoder, &message))?;
                self.long = Some(Long::new(batch));
            } else if message.rows() > 0 {
                return Ok(Some(Content::Block(Block { decoder, message, types: self.types.clone() })));
            }
        }
    }

    fn position(&self) -> u64 {
        self.position
    }
}

impl FileParts {
    fn decoder(&mut self) -> std::result::Result<Arc<FileDecoder>, Cause> {
        if let Some(decoder) = &self.decoder {
            return Ok(Arc::clone(decoder));
        }
        let mut decoder = FileDecoder::new(Arc::clone(&self.footer.schema), self.footer.version);
        if let Some(positions) = &self.positions {
            decoder = decoder.with_projection(positions.clone());
        }
        for location in self.footer.dictionaries.clone() {
            let message = self.message(location, MessageHeader::DictionaryBatch)?;
            decoder.read_dictionary(message.block(), message.bytes())?;
        }
        Ok(Arc::clone(self.decoder.insert(Arc::new(decoder))))
    }

    fn message(&mut self, at: Location, wanted: MessageHeader) -> std::result::Result<Message, Cause> {
        let beyond = || damaged("a block that reaches beyond the file");
        let number = |n: i64| u64::try_from(n).map_err(|_| beyond());
        let (offset, metadata) = (number(at.offset())?, number(at.metaDataLength().into())?);
        let length = metadata.checked_add(number(at.bodyLength())?).ok_or_else(beyond)?;
        let bytes = self.source.read_at(offset, length)?;
        if bytes.len() as u64 != length {
            return Err(beyond().into());
        }
        self.position += length;
        let message = Message::new(bytes, usize::try_from(metadata)?)?;
        if message.header() == wanted { Ok(message) } else { Err(damaged("a block of another kind").into()) }
    }
}
