/// The bytes of a GZI index: the number of entries, then the offset in the file and in the inflated
/// bytes of every block but the first, all little-endian 64-bit numbers.
///
/// `blocks` are the offset in the file and the inflated size of each block, in order; empty blocks,
/// among them the end-of-file marker, hold no bytes to find and get no entry.
pub fn gzi(blocks: impl IntoIterator<Item = (u64, u32)>) -> Vec<u8> {
    let mut entries = Vec::new();
    let mut uncompressed = 0;
    let mut count = 0_u64;
    for (compressed, size) in blocks.into_iter().filter(|(_, size)| *size > 0) {
        if uncompressed > 0 {
            entries.extend(compressed.to_le_bytes());
            entries.extend(u64::to_le_bytes(uncompressed));
            count += 1;
        }
        uncompressed += u64::from(size);
    }
    let mut bytes = count.to_le_bytes().to_vec();
    bytes.append(&mut entries);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_block_and_empty_blocks_have_no_entry() {
        let numbers = |blocks: &[(u64, u32)]| -> Vec<u64> {
            let bytes = gzi(blocks.iter().copied());
            bytes.as_chunks().0.iter().map(|b| u64::from_le_bytes(*b)).collect()
        };
        assert_eq!(numbers(&[]), [0]);
        assert_eq!(numbers(&[(0, 10), (50, 0)]), [0]);
        assert_eq!(numbers(&[(0, 10), (50, 20), (90, 5), (120, 0)]), [2, 50, 10, 90, 30]);
    }
}
