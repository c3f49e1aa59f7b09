//! The order of records (VCF §1.6.1, fields 1 and 2): those of a contig together, positions rising, no
//! variant twice.

use std::collections::BTreeSet;

use super::alleles::is_base;
use super::variants::{REACH, Variants};

pub(crate) const BEFORE: &str = "records that come before the one they follow";
pub(crate) const RETURNED: &str = "returns to a contig whose records are not together";
pub(crate) const TWICE: &str = "variants that stand more than once";

/// What was found out of order, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Disorder {
    pub(crate) before: u64,
    pub(crate) returned: u64,
    pub(crate) twice: u64,
}

/// Where the records of a stretch of the output stand. Stretches are joined in the order of the output's
/// rows, so that the counts do not depend on where it was cut.
///
/// With several inputs the order is that of the rows as well: the second of two files of the same contigs
/// returns to each of them, and a variant that ends one file and begins the next stands twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    contigs: BTreeSet<Vec<u8>>,
    first: Option<(Vec<u8>, i32)>,
    contig: Vec<u8>,
    pos: i32,
    /// Whether the stretch is one contig with rising positions so far.
    is_one_run: bool,
    /// The variants that a record after the last may have again.
    recent: Variants,
    /// New variants of the first run near its begin: what the stretch before may have already.
    head: Variants,
    /// The head ends here.
    head_end: i32,
}

impl Order {
    /// Takes the next record.
    #[inline]
    pub(crate) fn push(&mut self, contig: &[u8], pos: i32, reference: &[u8], alt: &[u8]) -> Disorder {
        let mut disorder = Disorder::default();
        if contig != self.contig.as_slice() {
            disorder.returned = u64::from(self.begin_contig(contig, pos));
        } else if pos < self.pos {
            disorder.before = 1;
            self.end_run();
        }
        self.pos = pos;
        self.recent.forget_before(pos);
        match (reference, alt) {
            ([reference], [alternate]) => {
                if is_base(*alternate) {
                    let is_new = self.recent.insert_base(pos, *reference, *alternate);
                    disorder.twice = u64::from(!is_new);
                    if pos <= self.head_end && is_new {
                        self.head.insert_base(pos, *reference, *alternate);
                    }
                }
            }
            _ => disorder.twice = self.push_alleles(pos, reference, alt),
        }
        disorder
    }

    /// Symbolic alleles and breakends say in `INFO` what they are: they are not compared.
    fn push_alleles(&mut self, pos: i32, reference: &[u8], alt: &[u8]) -> u64 {
        let mut twice = 0;
        if alt.starts_with(b"<") && !alt.contains(&b',') {
            return twice;
        }
        for alternate in alt.split(|b| *b == b',') {
            if !alternate.first().is_some_and(|b| is_base(*b)) || !alternate.iter().all(|b| is_base(*b)) {
                continue;
            }
            let Some((trimmed, is_new)) = self.recent.insert_alleles(pos, reference, alternate) else {
                continue;
            };
            twice += u64::from(!is_new);
            if is_new && trimmed.pos <= self.head_end {
                self.head.insert_trimmed(reference, alternate, trimmed);
            }
        }
        twice
    }

    /// Says whether the contig was there before.
    fn begin_contig(&mut self, contig: &[u8], pos: i32) -> bool {
        if self.first.is_none() {
            self.first = Some((contig.to_vec(), pos));
            self.is_one_run = true;
            self.head_end = pos.saturating_add(REACH);
        } else {
            self.end_run();
        }
        self.contig.clear();
        self.contig.extend_from_slice(contig);
        let is_known = self.contigs.contains(contig);
        if !is_known {
            self.contigs.insert(contig.to_vec());
        }
        is_known
    }

    fn end_run(&mut self) {
        self.is_one_run = false;
        self.head_end = -1;
        self.recent.clear();
    }

    /// Joins the stretch that follows; says what is out of order between the two.
    pub(crate) fn join(&mut self, next: &Self) -> Disorder {
        let mut disorder = Disorder::default();
        let Some((contig, pos)) = &next.first else { return disorder };
        if self.first.is_none() {
            self.clone_from(next);
            return disorder;
        }
        let is_same = *contig == self.contig;
        let known = next.contigs.iter().filter(|c| self.contigs.contains(*c)).count() as u64;
        disorder.returned = known - u64::from(is_same);
        disorder.before = u64::from(is_same && *pos < self.pos);
        let goes_on = is_same && *pos >= self.pos;
        if goes_on {
            let Self { recent, head, head_end, is_one_run, .. } = self;
            disorder.twice = recent.count_known(&next.head, |pos, code, text| {
                if *is_one_run && pos <= *head_end {
                    head.insert_text(pos, code, text);
                }
            });
        }
        if goes_on && next.is_one_run {
            self.recent.forget_before(next.pos);
            self.recent.extend(&next.recent);
        } else {
            self.recent.clone_from(&next.recent);
            self.is_one_run = false;
            self.head_end = -1;
        }
        self.contigs.extend(next.contigs.iter().cloned());
        self.contig.clone_from(&next.contig);
        self.pos = next.pos;
        disorder
    }
}

/// What was counted speaks for an order; the rest only tells how it goes on.
impl PartialEq for Order {
    fn eq(&self, other: &Self) -> bool {
        (&self.first, &self.contig, self.pos, &self.contigs)
            == (&other.first, &other.contig, other.pos, &other.contigs)
    }
}

impl Eq for Order {}

#[cfg(test)]
mod tests {
    use super::*;

    type Record = (&'static str, i32, &'static str, &'static str);

    fn add(sum: &mut Disorder, more: Disorder) {
        sum.before += more.before;
        sum.returned += more.returned;
        sum.twice += more.twice;
    }

    fn whole(records: &[Record]) -> (Order, Disorder) {
        let (mut order, mut sum) = (Order::default(), Disorder::default());
        for (contig, pos, reference, alt) in records {
            add(&mut sum, order.push(contig.as_bytes(), *pos, reference.as_bytes(), alt.as_bytes()));
        }
        (order, sum)
    }

    fn disorder(before: u64, returned: u64, twice: u64) -> Disorder {
        Disorder { before, returned, twice }
    }

    #[test]
    fn each_disorder_is_counted() {
        let r = |contig, pos| (contig, pos, "A", "C");
        assert_eq!(whole(&[r("1", 1), r("1", 2), r("2", 1)]).1, disorder(0, 0, 0));
        assert_eq!(whole(&[r("1", 5), r("1", 2), r("1", 9)]).1, disorder(1, 0, 0));
        assert_eq!(whole(&[r("1", 5), r("2", 2), r("1", 9), r("2", 1)]).1, disorder(0, 2, 0));
        assert_eq!(whole(&[r("1", 5), r("1", 5), r("1", 5)]).1, disorder(0, 0, 2));
        assert_eq!(whole(&[("1", 123, "AT", "AAT,AA"), ("1", 124, "T", "A")]).1, disorder(0, 0, 1));
        assert_eq!(whole(&[("1", 5, "A", "<DEL>"), ("1", 5, "A", "<DEL>")]).1, disorder(0, 0, 0));
        assert_eq!(whole(&[("1", 5, "A", "."), ("1", 5, "A", ".")]).1, disorder(0, 0, 0));
    }

    /// Pseudo-random records, so close together that every disorder is frequent.
    fn records(seed: u64) -> Vec<Record> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut below = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        };
        let (mut contig, mut pos) = ("1", 1);
        let record = |_| {
            match below(12) {
                0 => contig = ["1", "2", "3"][usize::try_from(below(3)).unwrap()],
                1 => pos = 1 + i32::try_from(below(4)).unwrap(),
                2 => pos += 2000,
                _ => pos += i32::try_from(below(2)).unwrap(),
            }
            let alleles =
                [("A", "C"), ("A", "G"), ("TA", "TC"), ("A", "C,AA"), ("AA", "AAA,CA"), ("A", "<X>")];
            let (reference, alt) = alleles[usize::try_from(below(6)).unwrap()];
            (contig, pos, reference, alt)
        };
        (0..40).map(record).collect()
    }

    #[test]
    fn it_does_not_matter_where_the_rows_are_cut() {
        for seed in 0..2000 {
            let records = records(seed);
            let expected = whole(&records);
            for size in [1, 2, 3, 7, 20] {
                let (mut order, mut sum) = (Order::default(), Disorder::default());
                for part in records.chunks(size) {
                    let (next, found) = whole(part);
                    add(&mut sum, found);
                    add(&mut sum, order.join(&next));
                }
                assert_eq!((&order, sum), (&expected.0, expected.1), "{seed} {size} {records:?}");
            }
            // Stretches may be joined among each other before.
            let [a, b, c] = [&records[..5], &records[5..9], &records[9..]].map(whole);
            let (mut later, mut sum) = (b.0, Disorder::default());
            [a.1, b.1, c.1].into_iter().for_each(|found| add(&mut sum, found));
            add(&mut sum, later.join(&c.0));
            let mut order = a.0;
            add(&mut sum, order.join(&later));
            assert_eq!(sum, expected.1, "{seed}");
        }
    }
}
