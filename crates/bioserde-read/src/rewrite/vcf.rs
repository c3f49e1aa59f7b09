use std::sync::Arc;

use bioserde_core::vcf::Header;
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use memchr::{memchr, memchr_iter};

use super::keep::{Keep, Names};
use super::{RecordError, Rewriter};
use crate::formats::vcf::line::Line;
use crate::lines::strip_end;

/// Takes keys of VCF lines away; [`Keep`] has the rules.
#[derive(Debug)]
pub(crate) struct VcfRewriter {
    header: Arc<Header>,
    info: KeySet,
    format: KeySet,
    /// Of the keys of the line's FORMAT, up to the last one that is kept, which are.
    kept: Vec<bool>,
}

/// A set of keys that is asked by their bytes.
#[derive(Debug)]
struct KeySet {
    mentioned: HashMap<Box<[u8]>, bool, RandomState>,
    has_others: bool,
    is_all: bool,
}

impl KeySet {
    fn new(names: &Names) -> Self {
        let mentioned = names.mentioned().map(|name| (name.as_bytes().into(), names.has(name)));
        Self { mentioned: mentioned.collect(), has_others: names.has_others(), is_all: names.is_all() }
    }

    fn has(&self, key: &[u8]) -> bool {
        self.mentioned.get(key).copied().unwrap_or(self.has_others)
    }
}

impl VcfRewriter {
    pub(crate) fn new(header: &Arc<Header>, keep: &Keep) -> Self {
        Self {
            header: Arc::clone(header),
            info: KeySet::new(&keep.info),
            format: KeySet::new(&keep.format),
            kept: Vec::new(),
        }
    }

    fn append_info(&self, info: &[u8], out: &mut Vec<u8>) {
        if self.info.is_all {
            out.extend_from_slice(info);
            return;
        }
        let start = out.len();
        for entry in fields(info, b';') {
            let key = fields(entry, b'=').next().unwrap_or_default();
            if self.info.has(key) {
                if out.len() > start {
                    out.push(b';');
                }
                out.extend_from_slice(entry);
            }
        }
        if out.len() == start {
            out.push(b'.');
        }
    }

    /// Looks up which keys of FORMAT are kept; says whether all of them are.
    fn look_up(&mut self, format: &[u8]) -> bool {
        if self.format.is_all {
            return true;
        }
        self.kept.clear();
        self.kept.extend(fields(format, b':').map(|key| self.format.has(key)));
        self.kept.iter().all(|is_kept| *is_kept)
    }

    /// Appends FORMAT and the samples, a tab before each.
    fn append_samples(&mut self, format: &[u8], samples: &[u8], out: &mut Vec<u8>) {
        let end = self.kept.iter().rposition(|is_kept| *is_kept).map_or(0, |last| last + 1);
        self.kept.truncate(end);
        out.push(b'\t');
        append_kept(format, &self.kept, out);
        if samples.is_empty() {
            return;
        }
        for sample in fields(samples, b'\t') {
            out.push(b'\t');
            append_kept(sample, &self.kept, out);
        }
    }
}

/// Appends those of the fields between colons that are kept, or `.` where none is left.
fn append_kept(text: &[u8], kept: &[bool], out: &mut Vec<u8>) {
    let start = out.len();
    for (field, _) in fields(text, b':').zip(kept).filter(|(_, is_kept)| **is_kept) {
        if out.len() > start {
            out.push(b':');
        }
        out.extend_from_slice(field);
    }
    if out.len() == start {
        out.push(b'.');
    }
}

/// The parts of a text between separators, as [`slice::split`] has them, but found faster.
fn fields(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        match memchr(separator, text) {
            Some(at) => {
                rest = text.get(at + 1..);
                text.get(..at)
            }
            None => {
                rest = None;
                Some(text)
            }
        }
    })
}

impl Rewriter for VcfRewriter {
    fn append(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
        let text = strip_end(record).0;
        let line = Line::parse(text)?;
        line.check_samples(self.header.samples.len(), self.header.has_format)?;
        // INFO is the eighth column.
        let info = memchr_iter(b'\t', text).nth(6).map_or(0, |tab| tab + 1);
        out.extend_from_slice(text.get(..info).unwrap_or_default());
        self.append_info(line.info, out);
        match line.format {
            Some(format) if !self.look_up(format) => self.append_samples(format, line.samples, out),
            _ => out.extend_from_slice(text.get(info + line.info.len()..).unwrap_or_default()),
        }
        out.extend_from_slice(record.get(text.len()..).unwrap_or_default());
        Ok(())
    }
}
