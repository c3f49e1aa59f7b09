use arrow_buffer::{NullBuffer, NullBufferBuilder};

/// Which values of a column are there. Most come in long runs: a run is counted, and written when it
/// ends.
#[derive(Debug)]
pub(crate) struct Validity {
    nulls: NullBufferBuilder,
    /// Valid values at the end that are not in `nulls` yet.
    run: usize,
}

impl Default for Validity {
    fn default() -> Self {
        Self { nulls: NullBufferBuilder::new(0), run: 0 }
    }
}

impl Validity {
    #[inline]
    pub(crate) fn push_valid(&mut self) {
        self.run += 1;
    }

    pub(crate) fn push_nulls(&mut self, n: usize) {
        self.flush();
        self.nulls.append_n_nulls(n);
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.flush();
        self.nulls.truncate(len);
    }

    /// The buffer, or nothing when every value is there; empty again.
    pub(crate) fn finish(&mut self) -> Option<NullBuffer> {
        self.flush();
        self.nulls.finish()
    }

    fn flush(&mut self) {
        if self.run > 0 {
            self.nulls.append_n_non_nulls(self.run);
            self.run = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_become_bits() {
        let mut validity = Validity::default();
        (0..3).for_each(|_| validity.push_valid());
        validity.push_nulls(2);
        validity.push_valid();
        validity.truncate(5);
        validity.push_valid();
        let bits: Vec<bool> = validity.finish().unwrap().iter().collect();
        assert_eq!(bits, [true, true, true, false, false, true]);
        validity.push_valid();
        assert!(validity.finish().is_none());
    }
}
