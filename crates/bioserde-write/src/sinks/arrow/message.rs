//! The messages of Arrow IPC (Columnar Format, "Serialization and Interprocess Communication").

use arrow_ipc::convert::IpcSchemaEncoder;
use arrow_ipc::writer::{DictionaryTracker, EncodedData, IpcDataGenerator, IpcWriteOptions, write_message};
use arrow_ipc::{
    Block, BodyCompressionBuilder, BodyCompressionMethod, Buffer, CompressionType, DictionaryBatchBuilder,
    FieldNode, FooterBuilder, MessageBuilder, MessageHeader, MetadataVersion, RecordBatchBuilder,
};
use arrow_schema::{ArrowError, Schema};
use flatbuffers::{FlatBufferBuilder, UnionWIPOffset, WIPOffset};

use super::Context;
use super::columns::EncodedColumn;
use crate::sinks::output::Output;
use crate::{Error, Result};

/// `ARROW1`, padded so that buffers are aligned to 64 bytes in the file.
pub(super) const FILE_START: &[u8; 64] = &{
    let mut start = [0; 64];
    let (magic, _) = start.split_at_mut(FILE_END.len());
    magic.copy_from_slice(FILE_END);
    start
};
const FILE_END: &[u8] = b"ARROW1";
/// A continuation marker and a length of 0.
pub(super) const END_OF_STREAM: &[u8; 8] = b"\xff\xff\xff\xff\0\0\0\0";

/// The message with the schema.
pub(super) fn schema(schema: &Schema, options: &IpcWriteOptions) -> Vec<u8> {
    let mut tracker = DictionaryTracker::new(true);
    let encoder = IpcDataGenerator::default();
    encoder.schema_to_bytes_with_dictionary_tracker(schema, &mut tracker, options).ipc_message
}

/// The message before the bodies of a batch's columns.
pub(super) fn record_batch(
    rows: usize,
    columns: &[EncodedColumn],
    compression: Option<CompressionType>,
) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let batch = batch_table(&mut builder, rows, columns, compression);
    complete(builder, MessageHeader::RecordBatch, batch.as_union_value(), columns)
}

/// The message before the body of a dictionary's values.
pub(super) fn dictionary(
    id: usize,
    len: usize,
    values: &EncodedColumn,
    compression: Option<CompressionType>,
) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let columns = std::slice::from_ref(values);
    let batch = batch_table(&mut builder, len, columns, compression);
    let mut dictionary = DictionaryBatchBuilder::new(&mut builder);
    dictionary.add_id(to_i64(id));
    dictionary.add_data(batch);
    let dictionary = dictionary.finish().as_union_value();
    complete(builder, MessageHeader::DictionaryBatch, dictionary, columns)
}

fn batch_table<'a>(
    builder: &mut FlatBufferBuilder<'a>,
    rows: usize,
    columns: &[EncodedColumn],
    compression: Option<CompressionType>,
) -> WIPOffset<arrow_ipc::RecordBatch<'a>> {
    let compression = compression.map(|codec| {
        let mut compression = BodyCompressionBuilder::new(builder);
        compression.add_method(BodyCompressionMethod::BUFFER);
        compression.add_codec(codec);
        compression.finish()
    });
    let nodes: Vec<FieldNode> = columns.iter().flat_map(|c| &c.nodes).copied().collect();
    let mut buffers = Vec::new();
    let mut start = 0;
    for column in columns {
        buffers.extend(column.buffers.iter().map(|b| Buffer::new(start + b.offset(), b.length())));
        start += to_i64(column.body.len());
    }
    let nodes = builder.create_vector(&nodes);
    let buffers = builder.create_vector(&buffers);
    let mut batch = RecordBatchBuilder::new(builder);
    batch.add_length(to_i64(rows));
    batch.add_nodes(nodes);
    batch.add_buffers(buffers);
    if let Some(compression) = compression {
        batch.add_compression(compression);
    }
    batch.finish()
}

fn complete(
    mut builder: FlatBufferBuilder<'_>,
    kind: MessageHeader,
    header: WIPOffset<UnionWIPOffset>,
    columns: &[EncodedColumn],
) -> Vec<u8> {
    let mut message = MessageBuilder::new(&mut builder);
    message.add_version(MetadataVersion::V5);
    message.add_header_type(kind);
    message.add_bodyLength(columns.iter().map(|c| to_i64(c.body.len())).sum());
    message.add_header(header);
    let message = message.finish();
    builder.finish(message, None);
    builder.finished_data().to_vec()
}

/// Writes a message and its body; returns where.
pub(super) fn write(
    output: &mut Output,
    message: Vec<u8>,
    body: &[EncodedColumn],
    context: &Context,
) -> Result<Block> {
    let offset = i64::try_from(output.position()).unwrap_or(i64::MAX);
    let mut framed = Vec::with_capacity(message.len() + 128);
    let message = EncodedData { ipc_message: message, arrow_data: Vec::new() };
    let (length, _) = write_message(&mut framed, message, &context.options).map_err(|e| context.failed(e))?;
    output.write(&framed)?;
    body.iter().try_for_each(|column| output.write(&column.body))?;
    let length = i32::try_from(length).map_err(|_| too_long(context))?;
    Ok(Block::new(offset, length, body.iter().map(|c| to_i64(c.body.len())).sum()))
}

/// The end of a file: the footer, its length, the magic bytes.
pub(super) fn footer(context: &Context, dictionaries: &[Block], batches: &[Block]) -> Result<Vec<u8>> {
    let mut builder = FlatBufferBuilder::new();
    let dictionaries = builder.create_vector(dictionaries);
    let batches = builder.create_vector(batches);
    let mut tracker = DictionaryTracker::new(true);
    let schema = IpcSchemaEncoder::new()
        .with_dictionary_tracker(&mut tracker)
        .schema_to_fb_offset(&mut builder, &context.schema);
    let mut footer = FooterBuilder::new(&mut builder);
    footer.add_version(MetadataVersion::V5);
    footer.add_schema(schema);
    footer.add_dictionaries(dictionaries);
    footer.add_recordBatches(batches);
    let footer = footer.finish();
    builder.finish(footer, None);
    let mut bytes = builder.finished_data().to_vec();
    let length = i32::try_from(bytes.len()).map_err(|_| too_long(context))?;
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(FILE_END);
    Ok(bytes)
}

fn too_long(context: &Context) -> Error {
    context.failed(ArrowError::IpcError("the metadata need more than 2 GiB".to_owned()))
}

/// Lengths in memory, which never reach 2^63.
fn to_i64(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
