use super::SliceWriter;
use super::cigar::{Cigar, op};
use super::record::BamRecord;
use crate::put::put_itf8;
use crate::series::Series;

/// How far the features of a record are written.
struct Progress {
    /// Of the next base in the read, 0-based.
    read: usize,
    /// Of the next base of the reference, 1-based.
    reference: i64,
    /// Of the last feature in the read, 1-based.
    last: usize,
    features: i32,
}

impl SliceWriter<'_> {
    /// Writes the alignment of a record as features (CRAMv3 §10.6). Without bases only the CIGAR is told.
    pub(super) fn features(&mut self, record: &BamRecord<'_>, cigar: &Cigar, bases: Option<&[u8]>) {
        let reference = i64::from(record.position) + 1;
        let mut progress = Progress { read: 0, reference, last: 0, features: 0 };
        for (operation, len) in cigar.operations() {
            self.operation(&mut progress, operation, len, bases);
        }
        self.int(Series::FeatureCount, progress.features);
    }

    fn operation(&mut self, progress: &mut Progress, operation: u32, len: usize, bases: Option<&[u8]>) {
        let own = |progress: &Progress| bases.and_then(|b| b.get(progress.read..progress.read + len));
        match operation {
            op::MATCH => {
                if let Some(bases) = own(progress) {
                    self.aligned(progress, bases);
                }
                progress.reference += i64::try_from(len).unwrap_or(i64::MAX / 4);
                progress.read += len;
            }
            op::INSERTION => {
                match own(progress) {
                    Some(&[base]) => {
                        self.begin(progress, b'i', progress.read);
                        self.streams.of(Series::Base).push(base);
                    }
                    bases => {
                        self.begin(progress, b'I', progress.read);
                        self.array(Series::Insertion, bases, len);
                    }
                }
                progress.read += len;
            }
            op::SOFT_CLIP => {
                self.begin(progress, b'S', progress.read);
                self.array(Series::SoftClip, own(progress), len);
                progress.read += len;
            }
            op::DELETION => {
                self.len(progress, b'D', Series::DeletionLength, len);
                progress.reference += i64::try_from(len).unwrap_or(i64::MAX / 4);
            }
            op::SKIP => {
                self.len(progress, b'N', Series::Skip, len);
                progress.reference += i64::try_from(len).unwrap_or(i64::MAX / 4);
            }
            op::PADDING => self.len(progress, b'P', Series::Padding, len),
            // The last that there is: hard clips.
            _ => self.len(progress, b'H', Series::HardClip, len),
        }
    }

    /// Bases that stand for those of the reference.
    fn aligned(&mut self, progress: &mut Progress, bases: &[u8]) {
        let Some(reference) = self.reference.bases(progress.reference, bases.len()) else {
            return self.stretch(progress, progress.read, bases);
        };
        // Beyond the end of the sequence.
        let (known, beyond) = bases.split_at(reference.len().min(bases.len()));
        let mut features = Vec::new();
        for (at, (base, reference)) in known.iter().zip(reference).enumerate() {
            if base != reference || !is_plain(*base) {
                features.push((at, *base, substitution(*reference, *base)));
            }
        }
        for (at, base, code) in features {
            let read = progress.read + at;
            match code {
                Some(code) => {
                    self.begin(progress, b'X', read);
                    self.streams.of(Series::Substitution).push(code);
                }
                None => self.stretch(progress, read, &[base]),
            }
        }
        if !beyond.is_empty() {
            self.stretch(progress, progress.read + known.len(), beyond);
        }
    }

    fn stretch(&mut self, progress: &mut Progress, read: usize, bases: &[u8]) {
        self.begin(progress, b'b', read);
        put_itf8(&mut self.streams.stretch_lengths, i32::try_from(bases.len()).unwrap_or(i32::MAX));
        self.streams.of(Series::Stretch).extend_from_slice(bases);
    }

    /// The code and the place of a feature.
    fn begin(&mut self, progress: &mut Progress, code: u8, read: usize) {
        self.streams.of(Series::FeatureCode).push(code);
        let position = read + 1;
        let difference = i32::try_from(position - progress.last).unwrap_or(i32::MAX);
        self.int(Series::FeaturePosition, difference);
        progress.last = position;
        progress.features += 1;
    }

    /// Bases that the reference lacks; N for those of a record without bases.
    fn array(&mut self, series: Series, bases: Option<&[u8]>, len: usize) {
        let out = self.streams.of(series);
        match bases {
            Some(bases) => out.extend_from_slice(bases),
            None => out.resize(out.len() + len, b'N'),
        }
        out.push(0);
    }

    fn len(&mut self, progress: &mut Progress, code: u8, series: Series, len: usize) {
        self.begin(progress, code, progress.read);
        self.int(series, i32::try_from(len).unwrap_or(i32::MAX));
    }
}

fn is_plain(base: u8) -> bool {
    matches!(base, b'A' | b'C' | b'G' | b'T' | b'N')
}

/// The code of a base that stands for one of the reference, if the matrix has it.
fn substitution(reference: u8, base: u8) -> Option<u8> {
    let reference = if is_plain(reference) { reference } else { b'N' };
    let others = b"ACGTN".iter().filter(|other| **other != reference);
    others.zip(0_u8..).find(|(other, _)| **other == base).map(|(_, code)| code)
}
