//! Genotypes of one width, the shape of nearly every cohort: `0|1` after `0|1` after `0|1`.

use crate::columns::{Column, Dictionary};

/// `0` to `9` and `.`, counted from `.`; the slash between is never an allele.
const ALLELES: usize = 12;

/// The dictionary numbers of diploid genotypes with one-digit alleles, in the current batch.
#[derive(Debug)]
pub(super) struct GtTable {
    keys: Vec<i32>,
    /// The highest allele of those that have a number.
    highest: u32,
}

const UNKNOWN: i32 = -1;

impl Default for GtTable {
    fn default() -> Self {
        Self { keys: vec![UNKNOWN; ALLELES * ALLELES * 2], highest: 0 }
    }
}

impl GtTable {
    /// Forgets the numbers: a new batch has a new dictionary.
    pub(super) fn clear(&mut self) {
        self.keys.fill(UNKNOWN);
        self.highest = 0;
    }
}

/// Pushes `count` genotypes of three bytes each, tabs between them; says how many of them have an allele
/// beyond the record's alternate ones. Nothing if that is not what `samples` is: then nothing was pushed.
///
/// The table has only genotypes that the record may have, so that those which have a number there need no
/// check: a pass over the samples for it took 5 % on a cohort.
pub(super) fn push_all(
    table: &mut GtTable,
    column: &mut Dictionary,
    samples: &[u8],
    count: usize,
    alternates: u32,
) -> Option<u64> {
    if samples.len() + 1 != count * 4 {
        return None;
    }
    if table.highest > alternates {
        table.clear();
    }
    let mut beyond = 0;
    let start = column.len();
    for four in samples.chunks(4) {
        let (genotype, separator) = four.split_at_checked(3).unwrap_or((four, b"?"));
        let [a, phase, b] = genotype else { return undo(column, start) };
        let (first, second) = (usize::from(a.wrapping_sub(b'.')), usize::from(b.wrapping_sub(b'.')));
        let is_phased = *phase == b'|';
        let is_shape =
            first < ALLELES && second < ALLELES && *a != b'/' && *b != b'/' && (is_phased || *phase == b'/');
        if !is_shape || !matches!(separator, b"\t" | b"") {
            return undo(column, start);
        }
        let at = (first * ALLELES + second) * 2 + usize::from(is_phased);
        let Some(key) = table.keys.get_mut(at) else { return undo(column, start) };
        if *key == UNKNOWN {
            let highest = highest(first, second);
            if highest > alternates {
                beyond += 1;
                let key = column.intern(genotype);
                column.push_key(key);
                continue;
            }
            table.highest = table.highest.max(highest);
            *key = column.intern(genotype);
        }
        column.push_key(*key);
    }
    Some(beyond)
}

/// The higher of two alleles, counted from `.`, which is none; 0 is two after it.
fn highest(first: usize, second: usize) -> u32 {
    u32::try_from(first.max(second)).unwrap_or_default().saturating_sub(2)
}

fn undo(column: &mut Dictionary, len: usize) -> Option<u64> {
    column.truncate(len);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(samples: &str, count: usize) -> Option<Vec<String>> {
        let mut column = Dictionary::default();
        let mut table = GtTable::default();
        if push_all(&mut table, &mut column, samples.as_bytes(), count, 9).is_none() {
            assert_eq!(column.len(), 0);
            return None;
        }
        let array = column.finish();
        let array = arrow_array::cast::AsArray::as_dictionary::<arrow_array::types::Int32Type>(&array);
        let array = array.downcast_dict::<arrow_array::StringArray>().unwrap();
        Some(array.into_iter().map(|v| v.unwrap().to_owned()).collect())
    }

    #[test]
    fn takes_one_width_only() {
        assert_eq!(push("0|1\t./.\t2/0\t0|1", 4).unwrap(), ["0|1", "./.", "2/0", "0|1"]);
        assert_eq!(push("0|1", 1).unwrap(), ["0|1"]);
        for (samples, count) in [
            ("0|1\t1", 2),
            ("0|1\t0:1", 2),
            ("0|1\t0|/", 2),
            ("0|1 0|1", 2),
            ("0|1\t0|1", 3),
            ("0\t1\t1|0", 2),
        ] {
            assert_eq!(push(samples, count), None, "{samples}");
        }
    }

    #[test]
    fn alleles_beyond_the_record_are_counted() {
        let (mut column, mut table) = (Dictionary::default(), GtTable::default());
        let mut push = |samples: &str, alternates| {
            push_all(&mut table, &mut column, samples.as_bytes(), (samples.len() + 1) / 4, alternates)
        };
        assert_eq!(push("0|1\t1/0\t.|.", 1), Some(0));
        assert_eq!(push("0|1\t2/0\t.|2\t1|1\t2/0", 1), Some(3));
        assert_eq!(push("0|1\t2/0\t.|2\t1|1\t2/0", 2), Some(0));
        assert_eq!(push("0|1\t2/0\t.|2", 1), Some(2));
        assert_eq!(push("0|1", 0), Some(1));
        assert_eq!(push(".|.", 0), Some(0));
        assert_eq!(push("9|9", 12), Some(0));
        assert_eq!(column.len(), 19);
    }
}
