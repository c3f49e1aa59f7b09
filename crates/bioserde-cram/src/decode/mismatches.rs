use super::tags::Generated;

/// MD and NM in the making (SAMtags), as htslib makes them of the features of a record.
#[derive(Debug, Default)]
pub(super) struct Mismatches {
    md: Vec<u8>,
    matching: u64,
    differing: u32,
    /// Set where the alignment goes beyond the end of the reference: MD ends there.
    is_beyond: bool,
}

impl Mismatches {
    /// Bases that are taken from the reference, and `beyond` its end. An N never matches.
    pub(super) fn taken(&mut self, reference: &[u8], beyond: usize) {
        for (number, stretch) in reference.split(|base| *base == b'N').enumerate() {
            if number > 0 {
                self.different(b'N');
            }
            self.matching += stretch.len() as u64;
        }
        self.matching += beyond as u64;
    }

    /// A base of the read that stands for one of the reference, if that goes so far.
    pub(super) fn base(&mut self, read: u8, reference: Option<u8>) {
        match reference {
            Some(reference) if reference == read => self.matching += 1,
            Some(reference) => self.different(reference),
            None => self.beyond(),
        }
    }

    /// The same for one that a feature says differs.
    pub(super) fn substituted(&mut self, reference: Option<u8>) {
        match reference {
            Some(reference) => self.different(reference),
            None => self.beyond(),
        }
    }

    fn different(&mut self, reference: u8) {
        self.put_matching();
        if !self.is_beyond {
            self.md.push(reference);
        }
        self.differing = self.differing.saturating_add(1);
    }

    fn beyond(&mut self) {
        self.put_matching();
        self.is_beyond = true;
    }

    /// Bases of the reference that the read lacks.
    pub(super) fn deleted(&mut self, reference: &[u8]) {
        self.put_matching();
        if !self.is_beyond {
            self.md.push(b'^');
            self.md.extend_from_slice(reference);
        }
        let bases = u32::try_from(reference.len()).unwrap_or(u32::MAX);
        self.differing = self.differing.saturating_add(bases);
    }

    pub(super) fn inserted(&mut self, bases: usize) {
        self.differing = self.differing.saturating_add(u32::try_from(bases).unwrap_or(u32::MAX));
    }

    fn put_matching(&mut self) {
        if !self.is_beyond {
            self.md.extend_from_slice(self.matching.to_string().as_bytes());
            self.matching = 0;
        }
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
            put_integer(self.differing, tags);
        }
    }
}

/// In the smallest of the unsigned types.
fn put_integer(value: u32, tags: &mut Vec<u8>) {
    if let Ok(value) = u8::try_from(value) {
        tags.extend([b'N', b'M', b'C', value]);
    } else if let Ok(value) = u16::try_from(value) {
        tags.extend(b"NMS");
        tags.extend(value.to_le_bytes());
    } else {
        tags.extend(b"NMI");
        tags.extend(value.to_le_bytes());
    }
}
