use bioserde_core::sam::Header;
use foldhash::fast::RandomState;
use hashbrown::HashMap;

/// The `refID` of each reference sequence name (SAMv1 §4.2).
#[derive(Clone, Debug, Default)]
pub(crate) struct References {
    ids: HashMap<Box<[u8]>, i32, RandomState>,
}

impl References {
    /// The names of a header, in its order.
    pub(crate) fn new(header: &Header) -> Self {
        let names = header.reference_sequences.iter().map(|r| r.name.as_bytes().into());
        Self { ids: names.zip(0..).collect() }
    }

    /// The id of a name; nothing when the header does not have it.
    pub(crate) fn id(&self, name: &[u8]) -> Option<i32> {
        self.ids.get(name).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_the_header() {
        let header = Header::parse(b"@SQ\tSN:b\tLN:9\n@SQ\tSN:a\tLN:9\n").unwrap();
        let references = References::new(&header);
        assert_eq!([&b"b"[..], b"a", b"*"].map(|n| references.id(n)), [Some(0), Some(1), None]);
    }
}
