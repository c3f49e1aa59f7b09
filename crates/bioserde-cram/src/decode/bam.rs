use super::record::{Record, Store};
use crate::fault::CramFault;
use crate::reader::File;
use crate::slice_header::SliceHeader;

const MAX_CIGAR: usize = 65_535;

/// Appends a record as BAM has it (SAMv1 §4.2), with its length before it.
pub(super) fn put(
    records: &[Record],
    number: usize,
    store: &Store,
    slice: &SliceHeader,
    file: &File,
    out: &mut Vec<u8>,
) -> Result<(), CramFault> {
    let Some(record) = records.get(number) else { return Ok(()) };
    let start = out.len();
    let mut made = Vec::new();
    let name = name(records, number, store, slice, file, &mut made);
    let cigar = store.cigar.get(record.cigar.clone()).unwrap_or_default();
    let bases = match record.has_sequence() {
        true => store.bases.get(record.bases.clone()).unwrap_or_default(),
        false => &[],
    };
    let is_long = cigar.len() > MAX_CIGAR;
    let reference_len = u32::try_from(record.end - i64::from(record.position) + 1).unwrap_or(0);
    // Readers take CG for the CIGAR if the first operation clips as many bases as SEQ has (SAMv1 §4.2.2).
    let placeholder = [operation(u32_of(bases.len())?, 4)?, operation(reference_len, 3)?];
    let shown: &[u32] = if is_long { &placeholder } else { cigar };
    out.extend([0; 4]);
    put_fixed(record, name.len() + 1, shown.len(), bases.len(), out)?;
    out.extend_from_slice(name);
    out.push(0);
    out.extend(shown.iter().flat_map(|op| op.to_le_bytes()));
    out.extend(bases.chunks(2).map(|pair| match pair {
        [a, b] => nibble(*a) << 4 | nibble(*b),
        [a] => nibble(*a) << 4,
        _ => 0,
    }));
    if !bases.is_empty() {
        out.extend_from_slice(store.qualities.get(record.qualities.clone()).unwrap_or_default());
    }
    out.extend_from_slice(store.tags.get(record.tags.clone()).unwrap_or_default());
    if let Some(group) = record.read_group.and_then(|group| file.read_groups.get(group)) {
        out.extend(b"RGZ");
        out.extend_from_slice(group.as_bytes());
        out.push(0);
    }
    if is_long {
        out.extend(b"CGBI");
        out.extend(u32_of(cigar.len())?.to_le_bytes());
        out.extend(cigar.iter().flat_map(|op| op.to_le_bytes()));
    }
    let len = out.len() - start - 4;
    let len = i32::try_from(len).map_err(|_| CramFault::ContainerTooLarge)?;
    if let Some(place) = out.get_mut(start..start + 4) {
        place.copy_from_slice(&len.to_le_bytes());
    }
    Ok(())
}

fn put_fixed(
    record: &Record,
    name_len: usize,
    operations: usize,
    bases: usize,
    out: &mut Vec<u8>,
) -> Result<(), CramFault> {
    let too_large = |_| CramFault::ContainerTooLarge;
    out.extend(record.reference.to_le_bytes());
    out.extend((record.position - 1).to_le_bytes());
    out.push(u8::try_from(name_len).map_err(too_large)?);
    out.push(record.mapping_quality);
    out.extend(bin(record, operations > 0).to_le_bytes());
    out.extend(u16::try_from(operations).map_err(too_large)?.to_le_bytes());
    out.extend(record.flags.to_le_bytes());
    out.extend(u32_of(bases)?.to_le_bytes());
    out.extend(record.mate_reference.to_le_bytes());
    out.extend(record.mate_position.wrapping_sub(1).to_le_bytes());
    let template_len = i32::try_from(record.template_len.unwrap_or(0)).unwrap_or(0);
    out.extend(template_len.to_le_bytes());
    Ok(())
}

fn u32_of(len: usize) -> Result<u32, CramFault> {
    u32::try_from(len).ok().filter(|len| *len < 1 << 31).ok_or(CramFault::ContainerTooLarge)
}

/// The name, or one that is made for a file that does not keep them: that of the file, and the number of
/// the first record of the template.
fn name<'a>(
    records: &[Record],
    number: usize,
    store: &'a Store,
    slice: &SliceHeader,
    file: &File,
    made: &'a mut Vec<u8>,
) -> &'a [u8] {
    let of = |number: usize| {
        let record = records.get(number)?;
        store.names.get(record.name.clone()).filter(|name| !name.is_empty())
    };
    if let Some(name) = of(number) {
        return name;
    }
    // The mate of the last of a template is the first.
    let record = records.get(number);
    if let Some(name) = record.and_then(|record| record.mate).and_then(of) {
        return name;
    }
    let first = record.and_then(|record| record.template).unwrap_or(number);
    let number = slice.record_counter.saturating_add(first as u64).saturating_add(1);
    made.extend(file.name_prefix.bytes().take(200));
    made.extend(format!(":{number}").bytes());
    made
}

/// An operation as BAM has it: the length in 28 bits.
fn operation(len: u32, code: u32) -> Result<u32, CramFault> {
    let shifted = len.checked_mul(16).ok_or(CramFault::ContainerTooLarge)?;
    Ok(shifted | code)
}

/// The base in four bits (SAMv1 §4.2.3).
fn nibble(base: u8) -> u8 {
    NIBBLES.get(usize::from(base)).copied().unwrap_or(15)
}

const NIBBLES: [u8; 256] = {
    let mut table = [15; 256];
    let bases = b"=ACMGRSVTWYHKDBN";
    let mut code = 0_u8;
    while code < 16 {
        let base = bases[code as usize];
        table[base as usize] = code;
        table[base.to_ascii_lowercase() as usize] = code;
        code += 1;
    }
    table
};

/// The bin of BAI (SAMv1 §5.3).
fn bin(record: &Record, is_aligned: bool) -> u16 {
    let start = i64::from(record.position) - 1;
    let end = if is_aligned { record.end.max(start + 1) } else { start + 1 };
    let last = end - 1;
    for (shift, offset) in [(14, 4681_i64), (17, 585), (20, 73), (23, 9), (26, 1)] {
        if start >> shift == last >> shift {
            return u16::try_from(offset + (start >> shift)).unwrap_or(0);
        }
    }
    0
}
