use crate::bytes::Bytes;
use crate::definition::Version;

/// What a slice says of itself (CRAMv3 §8.5).
#[derive(Clone, Debug)]
pub(crate) struct SliceHeader {
    /// 0-based; -1 for records without one, -2 for several.
    pub(crate) reference: i32,
    /// 1-based.
    pub(crate) start: i32,
    pub(crate) span: i32,
    pub(crate) records: usize,
    /// The number (0-based) of its first record in the file.
    pub(crate) record_counter: u64,
    /// After the header, core data included.
    pub(crate) blocks: usize,
    /// The content id of the block with the bases of the reference.
    pub(crate) embedded: Option<i32>,
    /// Of the bases that the slice spans; zeros where it is not told.
    pub(crate) md5: [u8; 16],
}

impl SliceHeader {
    pub(crate) fn parse(content: &[u8], version: Version) -> Option<Self> {
        let mut bytes = Bytes(content);
        let (reference, start, span) = (bytes.itf8()?, bytes.itf8()?, bytes.itf8()?);
        let records = bytes.size()?;
        let counter = if version.major == 2 { bytes.itf8()?.into() } else { bytes.ltf8()? };
        let blocks = bytes.size()?;
        for _ in 0..bytes.count()? {
            bytes.itf8()?;
        }
        let embedded = Some(bytes.itf8()?).filter(|id| *id >= 0);
        // Optional tags may follow.
        let md5 = bytes.array()?;
        if reference < -2 || start < 0 || span < 0 {
            return None;
        }
        let record_counter = counter.cast_unsigned();
        Some(Self { reference, start, span, records, record_counter, blocks, embedded, md5 })
    }
}
