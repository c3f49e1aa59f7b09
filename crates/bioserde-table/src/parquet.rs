//! Parquet: pages are read and decoded as rows are asked for, a row group after the other.

use std::io::{BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bioserde_storage::Source;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use crate::error::guarded;
use crate::part::Content;
use crate::reader::{Opened, PART_BYTES, PART_ROWS, Parts, own_metadata};
use crate::types::Types;
use crate::{Result, TableFormat};

pub(crate) fn open(source: &Arc<Source>) -> Result<Opened> {
    let path: Arc<str> = source.name().into();
    let file = FileBytes { source: Arc::clone(source), read: Arc::default() };
    // The Arrow schema that other programs embed says nothing but which of several types of text they use.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let metadata = guarded(&path, TableFormat::Parquet, "read the columns", || {
        ArrowReaderMetadata::load(&file, options)
    })?;
    let file_metadata = metadata.metadata().file_metadata();
    let entries = file_metadata.key_value_metadata().into_iter().flatten();
    let entries = entries.map(|entry| (entry.key.clone(), entry.value.clone().unwrap_or_default()));
    let types = Types::of_schema(&path, metadata.schema())?;
    Ok(Opened {
        metadata: own_metadata(entries),
        rows: u64::try_from(file_metadata.num_rows()).ok(),
        types: types.clone(),
        parts: Box::new(ParquetParts { file, metadata, positions: None, types, reader: None }),
    })
}

#[derive(Debug)]
struct ParquetParts {
    file: FileBytes,
    metadata: ArrowReaderMetadata,
    positions: Option<Vec<usize>>,
    types: Types,
    reader: Option<Reader>,
}

/// The decoder of the pages, which is made when the columns are known.
struct Reader(ParquetRecordBatchReader);

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader")
    }
}

impl Parts for ParquetParts {
    fn project(&mut self, positions: &[usize], types: Types) -> Result<()> {
        self.positions = Some(positions.to_vec());
        self.types = types;
        Ok(())
    }

    fn next(&mut self, _: u64) -> Result<Option<Content>> {
        let path = Arc::clone(&self.types.path);
        let batch = guarded(&path, TableFormat::Parquet, "read the rows", || {
            let mut reader = match self.reader.take() {
                Some(reader) => reader,
                None => self.reader()?,
            };
            let batch = reader.0.next().transpose().map_err(ParquetError::from)?;
            self.reader = Some(reader);
            Ok::<_, ParquetError>(batch)
        })?;
        Ok(batch.map(|batch| Content::Batch(batch, self.types.clone())))
    }

    fn position(&self) -> u64 {
        self.file.read.load(Ordering::Relaxed)
    }
}

impl ParquetParts {
    fn reader(&self) -> std::result::Result<Reader, ParquetError> {
        let descriptor = self.metadata.parquet_schema();
        let mask = match &self.positions {
            Some(positions) => ProjectionMask::roots(descriptor, positions.iter().copied()),
            None => ProjectionMask::all(),
        };
        let rows = self.rows_of_a_part(&mask);
        let builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(self.file.clone(), self.metadata.clone());
        builder.with_projection(mask).with_batch_size(rows).build().map(Reader)
    }

    /// As many rows as have [`PART_BYTES`] in the row group whose rows are longest.
    fn rows_of_a_part(&self, mask: &ProjectionMask) -> usize {
        let of_group = |group: &parquet::file::metadata::RowGroupMetaData| {
            let sizes = (0..).zip(group.columns()).filter(|(leaf, _)| mask.leaf_included(*leaf));
            let size: u64 =
                sizes.map(|(_, column)| u64::try_from(column.uncompressed_size()).unwrap_or_default()).sum();
            size / u64::try_from(group.num_rows()).unwrap_or_default().max(1)
        };
        let longest = self.metadata.metadata().row_groups().iter().map(of_group).max().unwrap_or_default();
        let longest = usize::try_from(longest).unwrap_or(usize::MAX).max(1);
        (PART_BYTES / longest).clamp(1, PART_ROWS)
    }
}

/// The bytes of a file, of which those of pages are counted.
#[derive(Clone, Debug)]
struct FileBytes {
    source: Arc<Source>,
    read: Arc<AtomicU64>,
}

impl Length for FileBytes {
    fn len(&self) -> u64 {
        self.source.size().unwrap_or_default()
    }
}

impl ChunkReader for FileBytes {
    type T = BufReader<Box<dyn Read + Send>>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        let stream = self.source.stream(start).map_err(external)?;
        // It reads the header of a page and nothing else.
        Ok(BufReader::with_capacity(512, stream))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let bytes = self.source.read_at(start, length as u64).map_err(external)?;
        if bytes.len() != length {
            return Err(ParquetError::EOF(format!(
                "{length} bytes at {start} reach beyond the file, which has {}",
                self.len()
            )));
        }
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(bytes.into())
    }
}

fn external(error: bioserde_storage::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}
