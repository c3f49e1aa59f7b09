//! Models with their floats apart, since NaN is not equal to itself.

use bioserde_model::{Alignment, TagValue, Value, Variant};

/// The model without its floats, and the bits of these in order.
pub(crate) trait Bits: Sized + PartialEq + std::fmt::Debug {
    fn bits(self) -> (Self, Vec<u32>);
}

impl Bits for Alignment {
    fn bits(mut self) -> (Self, Vec<u32>) {
        let mut bits = Vec::new();
        for tag in &mut self.tags {
            match &mut tag.value {
                TagValue::Float(x) => take(x, &mut bits),
                TagValue::Floats(list) => list.iter_mut().for_each(|x| take(x, &mut bits)),
                _ => {}
            }
        }
        (self, bits)
    }
}

impl Bits for Variant {
    fn bits(mut self) -> (Self, Vec<u32>) {
        let mut bits = Vec::new();
        self.qual.iter_mut().for_each(|x| take(x, &mut bits));
        let info = self.info.iter_mut().map(|field| &mut field.value);
        for value in info.chain(self.samples.iter_mut().flatten()) {
            match value {
                Value::Float(x) => take(x, &mut bits),
                Value::Floats(list) => list.iter_mut().flatten().for_each(|x| take(x, &mut bits)),
                _ => {}
            }
        }
        (self, bits)
    }
}

fn take(x: &mut f32, bits: &mut Vec<u32>) {
    bits.push(std::mem::take(x).to_bits());
}
