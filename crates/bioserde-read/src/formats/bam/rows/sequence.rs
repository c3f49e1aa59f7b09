//! Bases and qualities (SAMv1 §4.2.3).

use crate::columns::Text;
use crate::formats::bam::record::Record;

/// Two letters for each byte of two bases.
static BASES: [[u8; 2]; 256] = {
    let letters = b"=ACMGRSVTWYHKDBN";
    let mut table = [[0; 2]; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = [letters[i >> 4], letters[i & 15]];
        i += 1;
    }
    table
};

/// Appends the bases of a record; says whether they reproduce its bytes.
pub(super) fn push_seq(column: Option<&mut Text>, record: &Record<'_>) -> bool {
    // The nibble after an odd number of bases should be zero.
    let padding = if record.l_seq % 2 == 1 { record.seq.last().map_or(0, |b| b & 15) } else { 0 };
    if let Some(column) = column {
        if record.l_seq == 0 {
            column.push_null();
        } else {
            column.push_with(|out| append_seq(out, record.seq, record.l_seq));
        }
    }
    padding == 0
}

/// Appends `len` bases as letters.
pub(crate) fn append_seq(out: &mut Vec<u8>, seq: &[u8], len: usize) {
    let start = out.len();
    out.resize(start + seq.len() * 2, 0);
    let (_, letters) = out.split_at_mut(start);
    for (two, byte) in letters.chunks_exact_mut(2).zip(seq) {
        two.copy_from_slice(&BASES[usize::from(*byte)]);
    }
    out.truncate(start + len);
}

/// The largest quality that a printable character holds.
const MAX_QUAL: u8 = 93;

/// Appends the qualities of a record; says whether they reproduce its bytes.
pub(super) fn push_qual(column: Option<&mut Text>, record: &Record<'_>) -> bool {
    let is_missing = record.qual.first().is_none_or(|q| *q == 0xff);
    if is_missing {
        if let Some(column) = column {
            column.push_null();
        }
        return record.qual.iter().all(|q| *q == 0xff);
    }
    let is_printable = record.qual.iter().fold(0, |max, q| (*q).max(max)) <= MAX_QUAL;
    if let Some(column) = column {
        if is_printable {
            column.push_with(|out| out.extend(record.qual.iter().map(|q| q + 33)));
        } else {
            column.push_null();
        }
    }
    is_printable
}
