//! Streams that are marked as packed in bits, and are not: with more than 16 symbols nothing is gained.
//!
//! htslib leaves the mark, gives the number of symbols (0 for 256) without a map, and lets the bytes be as they
//! are. The codecs refuse such streams, so they get them without the mark.

use std::borrow::Cow;

use super::uint7;
use crate::bytes::Bytes;

/// The flags of rANS Nx16 and of the arithmetic coder that are the same (CRAM codecs §3, §4).
const STRIPE: u8 = 0x08;
const NO_SIZE: u8 = 0x10;
const PLAIN: u8 = 0x20;
const RUNS: u8 = 0x40;
const PACK: u8 = 0x80;
/// The most symbols that are packed.
const MAX_SYMBOLS: u8 = 16;

/// A stream of `size` bytes, if it does not tell its size, in a form that the codecs take; nothing for one that
/// cannot be.
pub(super) fn plain(stream: &[u8], size: usize) -> Option<Cow<'_, [u8]>> {
    let mut bytes = Bytes(stream);
    let flags = bytes.byte()?;
    let size = match flags & NO_SIZE {
        0 => usize::try_from(uint7(&mut bytes)?).ok()?,
        _ => size,
    };
    let head = stream.get(1..stream.len() - bytes.0.len())?;
    if flags & STRIPE != 0 {
        return stripes(stream, flags, head, bytes, size);
    }
    if flags & PACK == 0 {
        return is_possible(flags, bytes, size).then_some(Cow::Borrowed(stream));
    }
    let symbols = bytes.byte()?;
    if (1..=MAX_SYMBOLS).contains(&symbols) {
        bytes.take(symbols.into())?;
        let packed = usize::try_from(uint7(&mut bytes)?).ok()?;
        return is_possible(flags, bytes, packed).then_some(Cow::Borrowed(stream));
    }
    let same = usize::try_from(uint7(&mut bytes)?).ok()?;
    if same != size || !is_possible(flags, bytes, size) {
        return None;
    }
    Some(Cow::Owned([&[flags & !PACK], head, bytes.0].concat()))
}

/// Bytes that are stored as they are must be as many as there are to be.
fn is_possible(flags: u8, bytes: Bytes<'_>, size: usize) -> bool {
    flags & (PLAIN | RUNS) != PLAIN || bytes.0.len() == size
}

/// Every `n`th byte is in a stream of its own.
fn stripes<'a>(
    stream: &'a [u8],
    flags: u8,
    head: &[u8],
    mut bytes: Bytes<'a>,
    size: usize,
) -> Option<Cow<'a, [u8]>> {
    let count = bytes.byte()?;
    let sizes: Option<Vec<_>> = (0..count).map(|_| usize::try_from(uint7(&mut bytes)?).ok()).collect();
    let mut parts = Vec::new();
    for (at, len) in sizes?.into_iter().enumerate() {
        let own = size / usize::from(count) + usize::from(at < size % usize::from(count));
        let part = bytes.take(len)?;
        // One in another could be as deep as the stream is long.
        if part.first().is_some_and(|flags| flags & STRIPE != 0) {
            return None;
        }
        parts.push(plain(part, own)?);
    }
    if parts.iter().all(|part| matches!(part, Cow::Borrowed(_))) {
        return Some(Cow::Borrowed(stream));
    }
    let mut made = [&[flags], head, &[count]].concat();
    for part in &parts {
        put_uint7(&mut made, u32::try_from(part.len()).ok()?);
    }
    made.extend(parts.iter().flat_map(|part| part.iter()));
    Some(Cow::Owned(made))
}

/// The same for the streams of the name tokenizer (CRAM codecs §5).
pub(super) fn plain_names(block: &[u8]) -> Option<Cow<'_, [u8]>> {
    let mut bytes = Bytes(block);
    let mut made = bytes.take(9)?.to_vec();
    let mut is_other = false;
    while let Some(kind) = bytes.byte() {
        made.push(kind);
        if kind & 0x40 != 0 {
            // A copy of another.
            made.extend(bytes.take(2)?);
            continue;
        }
        let len = usize::try_from(uint7(&mut bytes)?).ok()?;
        let stream = plain(bytes.take(len)?, 0)?;
        is_other |= matches!(stream, Cow::Owned(_));
        put_uint7(&mut made, u32::try_from(stream.len()).ok()?);
        made.extend_from_slice(&stream);
    }
    Some(if is_other { Cow::Owned(made) } else { Cow::Borrowed(block) })
}

fn put_uint7(out: &mut Vec<u8>, value: u32) {
    for shift in [28, 21, 14, 7] {
        if value >> shift > 0 {
            out.push((value >> shift & 0x7f).to_le_bytes()[0] | 0x80);
        }
    }
    out.push((value & 0x7f).to_le_bytes()[0]);
}
