use super::streams::{Streams, id, lengths_id, tag_lengths_id};
use super::tags::{Dictionary, Key, fixed_len};
use crate::fault::CramFault;
use crate::put::{put_itf8, put_size};
use crate::series::Series;

/// The encodings (CRAMv3 §3).
const EXTERNAL: i32 = 1;
const HUFFMAN: i32 = 3;
const BYTE_ARRAY_LEN: i32 = 4;
const BYTE_ARRAY_STOP: i32 = 5;

/// For each reference base the codes 0 to 3 in the order of the other bases.
const SUBSTITUTIONS: [u8; 5] = [0b00_01_10_11; 5];

/// The content of the block with which a container begins (CRAMv3 §8.4).
pub(super) fn compression_header(
    positions_are_deltas: bool,
    needs_reference: bool,
    dictionary: &Dictionary,
    streams: &Streams,
) -> Result<Vec<u8>, CramFault> {
    let mut out = Vec::new();
    put_map(&mut out, 5, &preservation(positions_are_deltas, needs_reference, dictionary));
    let mut series = Vec::new();
    let mut count = 0;
    for of in Series::ALL.iter().copied().filter(|series| is_written(*series)) {
        series.extend(of.name().as_bytes());
        put_encoding(&mut series, of);
        count += 1;
    }
    put_map(&mut out, count, &series);
    let mut tags = Vec::new();
    for key in streams.tag_keys() {
        put_itf8(&mut tags, key);
        put_tag_encoding(&mut tags, key);
    }
    put_map(&mut out, streams.tag_keys().len(), &tags);
    if i32::try_from(out.len()).is_ok() { Ok(out) } else { Err(CramFault::ContainerTooLarge) }
}

fn preservation(deltas: bool, needs_reference: bool, dictionary: &Dictionary) -> Vec<u8> {
    let mut map = Vec::new();
    map.extend([b'R', b'N', 1]);
    map.extend([b'A', b'P', u8::from(deltas)]);
    map.extend([b'R', b'R', u8::from(needs_reference)]);
    map.extend(b"SM");
    map.extend(SUBSTITUTIONS);
    map.extend(b"TD");
    let lines = dictionary.bytes();
    put_size(&mut map, lines.len());
    map.extend(lines);
    map
}

fn put_map(out: &mut Vec<u8>, count: usize, entries: &[u8]) {
    let mut content = Vec::with_capacity(entries.len() + 5);
    put_size(&mut content, count);
    content.extend(entries);
    put_size(out, content.len());
    out.extend(content);
}

/// No record has what the others are for: mates further on in the slice, and qualities as features.
fn is_written(series: Series) -> bool {
    !matches!(series, Series::NextFragment | Series::QualityStretch)
}

fn put_encoding(out: &mut Vec<u8>, series: Series) {
    match series {
        Series::Name | Series::Insertion | Series::SoftClip => put_stop(out, 0, id(series)),
        Series::Stretch => {
            let mut parameters = Vec::new();
            put_external(&mut parameters, lengths_id(series));
            put_external(&mut parameters, id(series));
            put_parts(out, BYTE_ARRAY_LEN, &parameters);
        }
        _ => put_external(out, id(series)),
    }
}

fn put_tag_encoding(out: &mut Vec<u8>, key: Key) {
    let mut parameters = Vec::new();
    match fixed_len(key) {
        Some(len) => {
            // One symbol, of no bits.
            let mut huffman = Vec::new();
            for value in [1, len, 1, 0] {
                put_itf8(&mut huffman, value);
            }
            put_parts(&mut parameters, HUFFMAN, &huffman);
        }
        None => put_external(&mut parameters, tag_lengths_id(key)),
    }
    put_external(&mut parameters, key);
    put_parts(out, BYTE_ARRAY_LEN, &parameters);
}

fn put_external(out: &mut Vec<u8>, id: i32) {
    let mut parameters = Vec::new();
    put_itf8(&mut parameters, id);
    put_parts(out, EXTERNAL, &parameters);
}

fn put_stop(out: &mut Vec<u8>, stop: u8, id: i32) {
    let mut parameters = vec![stop];
    put_itf8(&mut parameters, id);
    put_parts(out, BYTE_ARRAY_STOP, &parameters);
}

fn put_parts(out: &mut Vec<u8>, encoding: i32, parameters: &[u8]) {
    put_itf8(out, encoding);
    put_size(out, parameters.len());
    out.extend(parameters);
}
