use super::SliceDecoder;
use super::record::Record;
use crate::block::MAX_SIZE;
use crate::bytes::Bytes;
use crate::fault::CramFault;
use crate::series::Series;

/// A tag of htslib's that is none of the record's: by its bits 1 and 2, MD and NM are not to be made, since
/// the record that was written had none.
const NOT_GENERATED: &[u8; 2] = b"cF";

/// Which tags are to be made from the alignment, since they are not stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Generated {
    pub(super) md: bool,
    pub(super) nm: bool,
}

impl SliceDecoder<'_, '_> {
    /// The tags that are stored (CRAMv3 §10.4), with their types, as BAM has them.
    pub(super) fn tags(&mut self, record: &mut Record) -> Result<Generated, CramFault> {
        let start = self.store.tags.len();
        let line = self.size(Series::TagLine)?;
        let fault = CramFault::Series { series: Series::TagLine.name() };
        let tags = self.header.tag_lines.get(line).ok_or(fault)?;
        let wanted = self.generates_tags;
        let mut generated = Generated { md: wanted, nm: wanted };
        for tag in tags {
            match &tag.tag {
                b"MD" => generated.md = false,
                b"NM" => generated.nm = false,
                _ => {}
            }
            let out = &mut self.store.tags;
            out.extend(tag.tag);
            out.push(tag.kind);
            let value = out.len();
            let encoding = self.tags.get(tag.at);
            let read = encoding.and_then(|e| e.value(&mut self.streams, MAX_SIZE, out));
            let is_value = is_value(tag.kind, out.get(value..).unwrap_or_default());
            if read.is_none() || !is_value {
                let tag = String::from_utf8_lossy(&tag.tag).into_owned();
                return Err(CramFault::Tag { tag });
            }
            if (&tag.tag, tag.kind) == (NOT_GENERATED, b'C') {
                let bits = out.pop().unwrap_or_default();
                out.truncate(value - 3);
                generated.md &= bits & 1 == 0;
                generated.nm &= bits & 2 == 0;
            }
        }
        let end = self.store.tags.len();
        self.charge(end - start)?;
        record.tags = start..end;
        Ok(generated)
    }
}

/// Whether the bytes are one value of a type (SAMv1 §4.2.4), with the zero at the end of a text.
fn is_value(kind: u8, value: &[u8]) -> bool {
    match kind {
        b'A' | b'c' | b'C' => value.len() == 1,
        b's' | b'S' => value.len() == 2,
        b'i' | b'I' | b'f' => value.len() == 4,
        b'Z' | b'H' => value.iter().position(|b| *b == 0) == value.len().checked_sub(1),
        b'B' => is_array(value).unwrap_or(false),
        _ => false,
    }
}

fn is_array(value: &[u8]) -> Option<bool> {
    let mut bytes = Bytes(value);
    let width = match bytes.byte()? {
        b'c' | b'C' => 1,
        b's' | b'S' => 2,
        b'i' | b'I' | b'f' => 4,
        _ => return None,
    };
    let count = usize::try_from(u32::from_le_bytes(bytes.array()?)).ok()?;
    Some(Some(bytes.0.len()) == count.checked_mul(width))
}
