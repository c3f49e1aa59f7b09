use crate::block::{Block, COMPRESSION_HEADER};
use crate::bytes::Bytes;
use crate::definition::Version;
use crate::encoding::{Arrays, Contents, Values};
use crate::fault::CramFault;
use crate::series::Series;

/// How the records of a container are coded (CRAMv3 §8.4).
#[derive(Debug)]
pub(crate) struct CompressionHeader {
    pub(crate) has_names: bool,
    pub(crate) positions_are_deltas: bool,
    pub(crate) needs_reference: bool,
    /// For each base of the reference in the order `ACGTN`, what the four codes stand for.
    pub(crate) substitutions: [[u8; 4]; 5],
    /// What tags the lines of the dictionary have.
    pub(crate) tag_lines: Vec<Vec<TagEncoding>>,
    pub(crate) values: SeriesValues,
    pub(crate) arrays: SeriesArrays,
    pub(crate) contents: Contents,
}

pub(crate) type SeriesValues = [Option<Values>; Series::ALL.len()];
pub(crate) type SeriesArrays = [Option<Arrays>; Series::ALL.len()];

/// A tag with its type, and which of the tag encodings its values have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TagEncoding {
    pub(crate) tag: [u8; 2],
    pub(crate) kind: u8,
    pub(crate) at: usize,
}

const WHAT: &str = "the compression header";
const MALFORMED: CramFault = CramFault::Malformed { what: WHAT };

/// Bases in the order of the substitution matrix.
const BASES: &[u8; 5] = b"ACGTN";

impl CompressionHeader {
    /// Reads the first block of a container; gives the encodings of the tags besides.
    pub(crate) fn parse(bytes: &mut Bytes<'_>, version: Version) -> Result<(Self, Vec<Arrays>), CramFault> {
        let content = Block::parse_as(bytes, version, COMPRESSION_HEADER)?.content()?;
        let mut content = Bytes(&content);
        let mut header = Self {
            has_names: true,
            positions_are_deltas: true,
            needs_reference: true,
            substitutions: [*b"CGTN", *b"AGTN", *b"ACTN", *b"ACGN", *b"ACGT"],
            tag_lines: Vec::new(),
            values: [const { None }; Series::ALL.len()],
            arrays: [const { None }; Series::ALL.len()],
            contents: Contents::default(),
        };
        let lines = header.preservation_map(&mut content).ok_or(MALFORMED)?;
        header.series(&mut content)?;
        let (keys, encodings) = header.tags(&mut content)?;
        header.tag_lines = lines
            .into_iter()
            .map(|line| line.into_iter().map(|tag| tag.numbered(&keys)).collect())
            .collect::<Result<_, _>>()?;
        Ok((header, encodings))
    }

    /// Gives the tags of each line of the dictionary, of which the encodings are not known yet.
    fn preservation_map(&mut self, bytes: &mut Bytes<'_>) -> Option<Vec<Vec<TagEncoding>>> {
        let mut map = bytes.sized()?;
        let mut lines = Vec::new();
        for _ in 0..map.count()? {
            match &map.array()? {
                b"RN" => self.has_names = map.byte()? != 0,
                b"AP" => self.positions_are_deltas = map.byte()? != 0,
                b"RR" => self.needs_reference = map.byte()? != 0,
                b"SM" => self.substitutions = matrix(map.array()?),
                b"TD" => lines = dictionary(map.sized()?)?,
                // §8.4 has no others; their lengths are unknown.
                _ => return None,
            }
        }
        Some(lines)
    }

    fn series(&mut self, bytes: &mut Bytes<'_>) -> Result<(), CramFault> {
        let mut map = bytes.sized().ok_or(MALFORMED)?;
        for _ in 0..map.count().ok_or(MALFORMED)? {
            let name: [u8; 2] = map.array().ok_or(MALFORMED)?;
            match Series::named(&name) {
                Some(series) if series.is_array() => {
                    let encoding = Arrays::parse(&mut map, &mut self.contents)?;
                    if let Some(slot) = self.arrays.get_mut(series.index()) {
                        *slot = encoding;
                    }
                }
                Some(series) => {
                    let encoding = Values::parse(&mut map, &mut self.contents)?;
                    if let Some(slot) = self.values.get_mut(series.index()) {
                        *slot = encoding;
                    }
                }
                // TC and TN of version 1, which later writers give to be ignored.
                None => {
                    let skipped = map.itf8().and_then(|_| map.sized());
                    skipped.ok_or(MALFORMED)?;
                }
            }
        }
        Ok(())
    }

    fn tags(&mut self, bytes: &mut Bytes<'_>) -> Result<(Vec<i32>, Vec<Arrays>), CramFault> {
        let mut map = bytes.sized().ok_or(MALFORMED)?;
        let (mut keys, mut encodings) = (Vec::new(), Vec::new());
        for _ in 0..map.count().ok_or(MALFORMED)? {
            keys.push(map.itf8().ok_or(MALFORMED)?);
            encodings.push(Arrays::parse(&mut map, &mut self.contents)?.ok_or(MALFORMED)?);
        }
        Ok((keys, encodings))
    }
}

impl TagEncoding {
    fn numbered(self, keys: &[i32]) -> Result<Self, CramFault> {
        let [a, b] = self.tag.map(i32::from);
        let key = a << 16 | b << 8 | i32::from(self.kind);
        let at = keys.iter().position(|known| *known == key);
        let at =
            at.ok_or(CramFault::NoTagEncoding { tag: String::from_utf8_lossy(&self.tag).into_owned() })?;
        Ok(Self { at, ..self })
    }
}

/// The tags of each line, which end with a zero.
fn dictionary(bytes: Bytes<'_>) -> Option<Vec<Vec<TagEncoding>>> {
    let lines = bytes.0.strip_suffix(&[0])?;
    let tag = |key: &[u8; 3]| {
        let [a, b, kind] = *key;
        TagEncoding { tag: [a, b], kind, at: 0 }
    };
    let lines = lines.split(|b| *b == 0).map(|line| {
        let (keys, rest) = line.as_chunks::<3>();
        rest.is_empty().then(|| keys.iter().map(tag).collect())
    });
    lines.collect()
}

/// Two bits for each other base: its code (CRAMv3 §10.6.1).
fn matrix(bytes: [u8; 5]) -> [[u8; 4]; 5] {
    let mut matrix = [[b'N'; 4]; 5];
    for ((row, byte), reference) in matrix.iter_mut().zip(bytes).zip(BASES) {
        let others = BASES.iter().filter(|base| *base != reference);
        for (base, shift) in others.zip([6, 4, 2, 0]) {
            if let Some(slot) = row.get_mut(usize::from(byte >> shift & 3)) {
                *slot = *base;
            }
        }
    }
    matrix
}
