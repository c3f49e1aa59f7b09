use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::rans;
use super::tags::{Key, Tag, TagValues};
use crate::block::{CORE_DATA, EXTERNAL_DATA};
use crate::fault::CramFault;
use crate::put::put_block;
use crate::series::Series;

const RAW: u8 = 0;
const GZIP: u8 = 1;
const RANS_4X8: u8 = 4;

/// Where the content ids of the lengths of arrays begin, of series and of tags.
const SERIES_LENGTHS: i32 = 100;
const TAG_LENGTHS: i32 = 1 << 24;

/// The values of a slice, each series by itself, before they are compressed.
#[derive(Debug)]
pub(super) struct Streams {
    series: [Vec<u8>; Series::ALL.len()],
    /// Of the series of arrays whose lengths are stored.
    pub(super) stretch_lengths: Vec<u8>,
    tags: BTreeMap<Key, TagValues>,
    /// Room for the bases of one record.
    pub(super) bases: Vec<u8>,
    none: Vec<u8>,
}

impl Default for Streams {
    fn default() -> Self {
        Self {
            series: [const { Vec::new() }; Series::ALL.len()],
            stretch_lengths: Vec::new(),
            tags: BTreeMap::new(),
            bases: Vec::new(),
            none: Vec::new(),
        }
    }
}

/// The content id of a series.
pub(super) fn id(series: Series) -> i32 {
    i32::try_from(series.index()).unwrap_or(0) + 1
}

/// That of the lengths of its arrays.
pub(super) fn lengths_id(series: Series) -> i32 {
    id(series) + SERIES_LENGTHS
}

/// That of the lengths of the values of a tag.
pub(super) fn tag_lengths_id(key: Key) -> i32 {
    key + TAG_LENGTHS
}

impl Streams {
    pub(super) fn of(&mut self, series: Series) -> &mut Vec<u8> {
        self.series.get_mut(series.index()).unwrap_or(&mut self.none)
    }

    pub(super) fn put_tag(&mut self, tag: &Tag<'_>) {
        self.tags.entry(tag.key()).or_default().push(tag);
    }

    pub(super) fn tag_keys(&self) -> impl ExactSizeIterator<Item = Key> + '_ {
        self.tags.keys().copied()
    }

    /// Appends the core data, which is empty, and a block for each series that has values; gives their
    /// content ids.
    pub(super) fn put_blocks(&self, out: &mut Vec<u8>) -> Result<Vec<i32>, CramFault> {
        put_block(out, RAW, CORE_DATA, 0, 0, &[]);
        let mut ids = Vec::new();
        let mut put = |id: i32, content: &[u8], has_letters: bool| {
            if content.is_empty() {
                return Ok(());
            }
            if i32::try_from(content.len()).is_err() {
                return Err(CramFault::ContainerTooLarge);
            }
            let (method, data) = compress(content, has_letters).map_err(CramFault::Io)?;
            put_block(out, method, EXTERNAL_DATA, id, content.len(), &data);
            ids.push(id);
            Ok(())
        };
        for (series, content) in Series::ALL.iter().zip(&self.series) {
            let has_letters = *series != Series::Name;
            put(id(*series), content, has_letters)?;
        }
        put(lengths_id(Series::Stretch), &self.stretch_lengths, false)?;
        for (key, tag) in &self.tags {
            put(*key, &tag.values, true)?;
            put(tag_lengths_id(*key), &tag.lengths, true)?;
        }
        Ok(ids)
    }
}

/// The smallest of what the codecs make of some bytes.
fn compress(content: &[u8], has_letters: bool) -> std::io::Result<(u8, Vec<u8>)> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::new(6));
    gzip.write_all(content)?;
    let mut best = (GZIP, gzip.finish()?);
    if has_letters {
        for data in [rans::order_0(content), rans::order_1(content)].into_iter().flatten() {
            if data.len() < best.1.len() {
                best = (RANS_4X8, data);
            }
        }
    }
    Ok(if best.1.len() < content.len() { best } else { (RAW, content.to_vec()) })
}
