use super::reference::ReferenceBuilder;
use super::{BuildError, IndexBuilder};
use crate::IndexKind;
use crate::binning::Binning;

type Result<T> = std::result::Result<T, BuildError>;

/// The tabix header's numbers for VCF, before the length of the names: format, the 1-based columns of
/// name, start and end (0: none), the comment character, lines to skip.
const VCF_PRESET: [u32; 6] = [2, 1, 2, 0, b'#' as u32, 0];

/// The inflated bytes of the index file.
pub(super) fn serialise(builder: &IndexBuilder) -> Result<Vec<u8>> {
    let mut out = Output(Vec::new());
    let IndexBuilder { kind, binning, references, .. } = builder;
    // Without names, the numbers are those of the header: each of them needs an entry.
    let mut ordered: Vec<Entry<'_>> =
        references.iter().map(|(number, reference)| (*number, Some(reference))).collect();
    if !builder.has_names {
        ordered = numbered(builder, &ordered);
    }
    let names = ordered.iter().filter_map(|(number, _)| builder.names.get(*number));
    let names: Vec<u8> = names.flat_map(|name| name.bytes().chain([0])).collect();
    match kind {
        IndexKind::Bai => {
            out.bytes(b"BAI\x01");
            out.count(ordered.len(), "reference sequences")?;
        }
        IndexKind::Csi => {
            out.bytes(b"CSI\x01");
            out.u32(binning.min_shift());
            out.u32(binning.depth());
            let mut aux = Output(Vec::new());
            if builder.has_names {
                aux.tabix_header(&names)?;
            }
            out.count(aux.0.len(), "bytes of names")?;
            out.bytes(&aux.0);
            out.count(ordered.len(), "reference sequences")?;
        }
        IndexKind::Tbi => {
            out.bytes(b"TBI\x01");
            out.count(ordered.len(), "reference sequences")?;
            out.tabix_header(&names)?;
        }
    }
    for (_, reference) in ordered {
        out.reference(*kind, *binning, reference)?;
    }
    out.u64(builder.unplaced);
    Ok(out.0)
}

type Entry<'a> = (usize, Option<&'a ReferenceBuilder>);

/// An entry for each number that records have for reference sequences, and for those between.
fn numbered<'a>(builder: &IndexBuilder, started: &[Entry<'a>]) -> Vec<Entry<'a>> {
    let record_number = |number: usize| match &builder.record_numbers {
        Some(numbers) => numbers.get(number).copied().flatten(),
        None => Some(number),
    };
    let count = (0..builder.names.len()).filter_map(record_number).max().map_or(0, |last| last + 1);
    let mut all: Vec<_> = (0..count).map(|number| (number, None)).collect();
    for (number, reference) in started {
        if let Some(entry) = record_number(*number).and_then(|number| all.get_mut(number)) {
            entry.1 = *reference;
        }
    }
    all
}

struct Output(Vec<u8>);

impl Output {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn u32(&mut self, number: u32) {
        self.0.extend(number.to_le_bytes());
    }

    fn u64(&mut self, number: impl Into<u64>) {
        self.0.extend(number.into().to_le_bytes());
    }

    /// A count, which the format has as a signed number.
    fn count(&mut self, count: usize, what: &'static str) -> Result<()> {
        let count = i32::try_from(count).map_err(|_| BuildError::TooMany(what))?;
        self.0.extend(count.to_le_bytes());
        Ok(())
    }

    fn bin(&mut self, number: u64) -> Result<()> {
        self.u32(u32::try_from(number).map_err(|_| BuildError::TooMany("bins"))?);
        Ok(())
    }

    fn tabix_header(&mut self, names: &[u8]) -> Result<()> {
        for number in VCF_PRESET {
            self.u32(number);
        }
        self.count(names.len(), "bytes of names")?;
        self.bytes(names);
        Ok(())
    }

    fn reference(
        &mut self,
        kind: IndexKind,
        binning: Binning,
        reference: Option<&ReferenceBuilder>,
    ) -> Result<()> {
        let Some(reference) = reference else {
            self.u32(0);
            if kind != IndexKind::Csi {
                self.u32(0);
            }
            return Ok(());
        };
        self.count(reference.bins.len() + 1, "bins")?;
        for (number, chunks) in &reference.bins {
            self.bin(*number)?;
            if kind == IndexKind::Csi {
                let window = usize::try_from(binning.start(*number) >> binning.min_shift());
                let loffset = window.ok().and_then(|window| reference.windows.get(window));
                self.u64(loffset.copied().unwrap_or_default());
            }
            self.count(chunks.len(), "chunks")?;
            for chunk in chunks {
                self.u64(chunk.start);
                self.u64(chunk.end);
            }
        }
        self.bin(binning.metadata_bin())?;
        if kind == IndexKind::Csi {
            self.u64(0_u64);
        }
        self.count(2, "chunks")?;
        self.u64(reference.extent.start);
        self.u64(reference.extent.end);
        self.u64(reference.mapped);
        self.u64(reference.unmapped);
        if kind != IndexKind::Csi {
            self.count(reference.windows.len(), "windows")?;
            for offset in &reference.windows {
                self.u64(*offset);
            }
        }
        Ok(())
    }
}
