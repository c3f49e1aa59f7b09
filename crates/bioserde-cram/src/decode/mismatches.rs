use super::tags::Generated;

/// MD and NM in the making (SAMtags), as htslib makes them of the features of a record.
#[derive(Debug, Default)]
pub(super) struct Mismatches {
    md: Vec<u8>,
    matching: u64,
    differing: u32,
}

impl Mismatches {
    pub(super) fn equal(&mut self, bases: usize) {
        self.matching += bases as u64;
    }

    /// A base of the read that stands for one of the reference.
    pub(super) fn base(&mut self, read: u8, reference: u8) {
        if read == reference {
            self.matching += 1;
        } else {
            self.put_matching();
            self.md.push(reference);
            self.differing = self.differing.saturating_add(1);
        }
    }

    pub(super) fn deleted(&mut self, reference: &[u8], bases: u32) {
        self.put_matching();
        self.md.push(b'^');
        self.md.extend_from_slice(reference);
        self.differing = self.differing.saturating_add(bases);
    }

    pub(super) fn inserted(&mut self, bases: usize) {
        self.differing = self.differing.saturating_add(u32::try_from(bases).unwrap_or(u32::MAX));
    }

    fn put_matching(&mut self) {
        self.md.extend_from_slice(self.matching.to_string().as_bytes());
        self.matching = 0;
    }

    /// Appends the tags that are wanted.
    pub(super) fn finish(mut self, generated: Generated, tags: &mut Vec<u8>) {
        if generated.md {
            self.put_matching();
            tags.extend(b"MDZ");
            tags.extend_from_slice(&self.md);
            tags.push(0);
        }
        if generated.nm {
            tags.extend(b"NMI");
            tags.extend(self.differing.to_le_bytes());
        }
    }
}
