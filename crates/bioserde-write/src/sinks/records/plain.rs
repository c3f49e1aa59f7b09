use bioserde_core::Records;
use bioserde_storage::Target;

use super::super::output::Output;
use crate::{Encoded, Encoder, Result, Sink};

/// Records as they are.
#[derive(Debug)]
pub(super) struct Plain {
    output: Output,
}

impl Plain {
    pub(super) fn begin(target: Target, header: &[u8]) -> Result<Self> {
        let mut output = Output::new(target);
        output.write(header)?;
        Ok(Self { output })
    }
}

impl Sink<Records> for Plain {
    fn encoder(&mut self) -> Result<Box<dyn Encoder<Records>>> {
        Ok(Box::new(PlainEncoder::default()))
    }

    fn append(&mut self, unit: Encoded) -> Result<()> {
        self.output.write(&unit.open::<Vec<u8>>()?)
    }

    fn finish(self: Box<Self>) -> Result<u64> {
        self.output.commit()
    }
}

#[derive(Debug, Default)]
struct PlainEncoder {
    bytes: Vec<u8>,
}

impl Encoder<Records> for PlainEncoder {
    fn write(&mut self, records: &Records) -> Result<()> {
        self.bytes.extend_from_slice(&records.bytes);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Encoded> {
        Ok(Encoded::new(self.bytes))
    }
}
