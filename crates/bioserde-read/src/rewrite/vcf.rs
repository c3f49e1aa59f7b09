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

#[cfg(test)]
mod tests {
    use super::*;
    use bioserde_testkit::variants::{arb_variant_line, case_header, kept};
    use proptest::prelude::{Strategy, proptest};
    use proptest::{bool, collection, option, sample};

    fn header(samples: usize) -> Arc<Header> {
        Arc::new(Header::parse(case_header(samples).as_bytes()).unwrap())
    }

    fn rewritten(samples: usize, line: &str, keep: &Keep) -> Result<String, String> {
        let mut out = b"before".to_vec();
        let result = VcfRewriter::new(&header(samples), keep).append(line.as_bytes(), &mut out);
        result.map_err(|e| e.to_string())?;
        Ok(String::from_utf8(out.split_off(6)).unwrap())
    }

    fn arb_names() -> impl Strategy<Value = Names> {
        let ids: Vec<String> =
            header(1).infos.iter().chain(&header(1).formats).map(|d| d.id.clone()).collect();
        let ids: Vec<String> =
            ids.into_iter().chain(["undeclared".into(), ".".into(), "nowhere".into()]).collect();
        let n = ids.len();
        let some = sample::subsequence(ids.clone(), 0..n);
        (option::of(some), collection::vec(sample::select(ids), 0..6), bool::ANY).prop_map(
            |(only, except, has_except)| {
                let names = only.map_or(Names::ALL, Names::only);
                if has_except { names.without(except) } else { names }
            },
        )
    }

    fn check(samples: usize, line: &str, keep: &Keep) {
        let expected = kept(line, |key| keep.info.has(key), |key| keep.format.has(key));
        for end in ["\n", "\r\n", ""] {
            let got = rewritten(samples, &format!("{line}{end}"), keep);
            assert_eq!(got, Ok(format!("{expected}{end}")), "{keep:?}\n{line}");
        }
    }

    proptest! {
        #[test]
        fn lines_of_samples_lose_what_is_not_kept(
            line in arb_variant_line(&header(3)), info in arb_names(), format in arb_names(),
        ) {
            check(3, &line, &Keep { info, format, ..Keep::ALL });
        }

        #[test]
        fn lines_without_samples_lose_what_is_not_kept(
            line in arb_variant_line(&header(0)), names in arb_names(),
        ) {
            check(0, &line, &Keep::keys(names));
        }
    }

    const LINE: &str = "1\t5\t.\tA\tC\t.\tPASS\tDP=1;DB;AF=0.5\tGT:DP:GQ\t0/1:3:9\t0/0\t.:7";

    #[test]
    fn dots_stand_where_nothing_is_left() {
        let of = |keep| rewritten(3, LINE, &keep).unwrap();
        assert_eq!(of(Keep::keys(Names::ALL)), LINE);
        let site = "1\t5\t.\tA\tC\t.\tPASS\t";
        assert_eq!(of(Keep::keys(Names::NONE)), format!("{site}.\t.\t.\t.\t."));
        let only = |names: &[&str]| Keep::keys(Names::only(names.iter().copied()));
        assert_eq!(of(only(&["GQ", "DB"])), format!("{site}DB\tGQ\t9\t.\t."));
        assert_eq!(of(only(&["DP"])), format!("{site}DP=1\tDP\t3\t.\t7"));
        let info = Keep { info: Names::ALL.without(["DB"]), ..Keep::ALL };
        assert_eq!(of(info), LINE.replace("DB;", ""));
        let format = Keep { format: Names::ALL.without(["DP"]), ..Keep::ALL };
        assert_eq!(of(format), format!("{site}DP=1;DB;AF=0.5\tGT:GQ\t0/1:9\t0/0\t."));
    }

    #[test]
    fn keys_are_whole_words() {
        let line = LINE.replace("DB", "XDP=2;DPX").replace("GQ", "DPX");
        let left = rewritten(3, &line, &Keep::keys(Names::ALL.without(["DP"]))).unwrap();
        assert!(left.ends_with("\tXDP=2;DPX;AF=0.5\tGT:DPX\t0/1:9\t0/0\t."), "{left}");
    }

    #[test]
    fn values_beyond_the_last_key_go_with_the_first_that_goes() {
        let line = LINE.replace("0/1:3:9", "0/1:3:9:8");
        assert_eq!(rewritten(3, &line, &Keep::keys(Names::ALL.without(["?"]))).unwrap(), line);
        let left = rewritten(3, &line, &Keep::keys(Names::ALL.without(["GT"]))).unwrap();
        assert!(left.ends_with("\tDP:GQ\t3:9\t.\t7"), "{left}");
    }

    #[test]
    fn faulty_lines_are_refused() {
        let of = |samples, line: &str| rewritten(samples, line, &Keep::keys(Names::NONE)).unwrap_err();
        assert_eq!(of(2, LINE), "the line has 3 samples; the header has 2");
        assert_eq!(of(3, "1\t5\t.\tA\n"), "the line has 4 columns; a record has at least 8");
        assert_eq!(of(3, "\n"), "the line is empty");
    }
}
