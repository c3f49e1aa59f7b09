use crate::unit::{FrameError, Framing};

/// The fixed part of a record with its length before it (SAMv1 §4.2).
pub(crate) const FIXED: usize = 36;

/// A BAM record is preceded by its length.
#[derive(Debug)]
pub(crate) struct BamFraming;

impl Framing for BamFraming {
    fn record_len(&self, bytes: &[u8]) -> Result<Option<usize>, FrameError> {
        let Some(fixed) = bytes.first_chunk::<FIXED>() else { return Ok(None) };
        let u32_at = |at: usize| -> usize {
            let word = fixed.get(at..at + 4).and_then(|b| b.first_chunk());
            word.map_or(0, |b| u32::from_le_bytes(*b) as usize)
        };
        let block_size = u32_at(0);
        let l_read_name = usize::from(fixed[12]);
        let n_cigar_op = usize::from(u16::from_le_bytes([fixed[16], fixed[17]]));
        let l_seq = u32_at(20);
        // A length that its own parts contradict is corrupt: found here, it is never waited for.
        let needed = (FIXED - 4) + l_read_name + 4 * n_cigar_op + l_seq.div_ceil(2) + l_seq;
        if block_size < needed || block_size > i32::MAX as usize {
            return Err(FrameError(format!(
                "the record says it has {block_size} bytes, but its name, CIGAR and sequence need {needed}"
            )));
        }
        Ok(Some(4 + block_size))
    }

    fn ends_with_input(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contradicting_lengths_are_refused() {
        let mut record = [0; FIXED];
        record[0] = 33;
        record[12] = 1;
        assert_eq!(BamFraming.record_len(&record).unwrap(), Some(37));
        assert_eq!(BamFraming.record_len(&record[..20]).unwrap(), None);
        record[20] = 9;
        assert!(BamFraming.record_len(&record).is_err());
        record[0..4].copy_from_slice(&[0xff; 4]);
        assert!(BamFraming.record_len(&record).is_err());
    }
}
