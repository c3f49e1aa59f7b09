//! Variants that a file has twice (VCF §1.6.1), also in another context or in a record of several alleles.

/// How far from its record's `POS` a variant is looked for, in bases. It bounds what two units must know of
/// each other.
pub(crate) const REACH: i32 = 1000;

/// A variant without the bases that its reference and alternate allele share at their ends.
#[derive(Clone, Copy, Debug)]
struct Variant {
    pos: i32,
    /// Both alleles where each is one base, else their lengths.
    code: u32,
    /// Of longer alleles, in upper case, among the set's bytes.
    start: usize,
    end: usize,
}

/// Variants of one contig at rising records.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variants {
    variants: Vec<Variant>,
    bytes: Vec<u8>,
    /// The last position of a variant.
    last: i32,
    /// The set is tidied when it has this many variants.
    limit: usize,
}

impl Variants {
    /// Forgets what lies before a record at `pos`: no later record has it.
    #[inline]
    pub(crate) fn forget_before(&mut self, pos: i32) {
        if pos > self.last {
            self.clear();
        } else if self.variants.len() >= self.limit.max(64) {
            self.tidy(pos);
            self.limit = self.variants.len() * 2;
        }
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        self.variants.clear();
        self.bytes.clear();
        (self.last, self.limit) = (0, 0);
    }

    fn tidy(&mut self, pos: i32) {
        let mut kept = Self::default();
        for variant in self.variants.iter().filter(|v| v.pos >= pos) {
            kept.insert(variant.pos, variant.code, &[self.text(variant)]);
        }
        *self = kept;
    }

    /// Adds a base that stands for another; says whether it is new.
    #[inline]
    pub(crate) fn insert_base(&mut self, pos: i32, reference: u8, alternate: u8) -> bool {
        let code = base_code(reference, alternate);
        if self.variants.iter().any(|v| v.pos == pos && v.code == code) {
            return false;
        }
        self.variants.push(Variant { pos, code, start: 0, end: 0 });
        self.last = self.last.max(pos);
        true
    }

    fn insert(&mut self, pos: i32, code: u32, texts: &[&[u8]]) -> bool {
        let start = self.bytes.len();
        texts.iter().for_each(|text| self.bytes.extend(text.iter().map(u8::to_ascii_uppercase)));
        let variant = Variant { pos, code, start, end: self.bytes.len() };
        if self.has(self, &variant) {
            self.bytes.truncate(start);
            return false;
        }
        self.variants.push(variant);
        self.last = self.last.max(pos);
        true
    }

    /// Adds what `reference` at `pos` becomes. Says where it differs, and whether that is new; nothing
    /// where the alleles are equal or differ too far from `pos`.
    pub(crate) fn insert_alleles(
        &mut self,
        pos: i32,
        reference: &[u8],
        alternate: &[u8],
    ) -> Option<(Trimmed, bool)> {
        let trimmed = Trimmed::new(pos, reference, alternate)?;
        let is_new = self.insert_trimmed(reference, alternate, trimmed);
        Some((trimmed, is_new))
    }

    /// Adds a variant that was trimmed before; says whether it is new.
    pub(crate) fn insert_trimmed(&mut self, reference: &[u8], alternate: &[u8], trimmed: Trimmed) -> bool {
        let reference = trimmed.part(reference);
        let alternate = trimmed.part(alternate);
        match (reference, alternate) {
            ([reference], [alternate]) => self.insert_base(trimmed.pos, *reference, *alternate),
            _ => {
                let len = |text: &[u8]| u32::try_from(text.len()).unwrap_or(u32::MAX);
                let code = 1 << 31 | len(reference) << 16 ^ len(alternate);
                self.insert(trimmed.pos, code, &[reference, b">", alternate])
            }
        }
    }

    fn text(&self, variant: &Variant) -> &[u8] {
        self.bytes.get(variant.start..variant.end).unwrap_or_default()
    }

    fn has(&self, other: &Self, variant: &Variant) -> bool {
        let is_same = |v: &Variant| {
            v.pos == variant.pos && v.code == variant.code && self.text(v) == other.text(variant)
        };
        self.variants.iter().any(is_same)
    }

    /// Counts the variants of `head` that are here, and gives those of them that are not to `unknown`.
    pub(crate) fn count_known(&self, head: &Self, mut unknown: impl FnMut(i32, u32, &[u8])) -> u64 {
        let mut known = 0;
        for variant in &head.variants {
            if self.has(head, variant) {
                known += 1;
            } else {
                unknown(variant.pos, variant.code, head.text(variant));
            }
        }
        known
    }

    /// Adds a variant of another set.
    pub(crate) fn insert_text(&mut self, pos: i32, code: u32, text: &[u8]) {
        self.insert(pos, code, &[text]);
    }

    /// Adds those of another set.
    pub(crate) fn extend(&mut self, other: &Self) {
        other.variants.iter().for_each(|v| self.insert_text(v.pos, v.code, other.text(v)));
    }
}

fn base_code(reference: u8, alternate: u8) -> u32 {
    u32::from(reference.to_ascii_uppercase()) << 8 | u32::from(alternate.to_ascii_uppercase())
}

/// Where two alleles differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trimmed {
    /// Of the first base that differs, on the contig.
    pub(crate) pos: i32,
    prefix: usize,
    suffix: usize,
}

impl Trimmed {
    fn new(pos: i32, reference: &[u8], alternate: &[u8]) -> Option<Self> {
        let is_same = |(a, b): &(&u8, &u8)| a.eq_ignore_ascii_case(b);
        let shorter = reference.len().min(alternate.len());
        let suffix = reference.iter().rev().zip(alternate.iter().rev()).take_while(is_same).count();
        let pairs = reference.iter().zip(alternate).take(shorter - suffix);
        let prefix = pairs.take_while(is_same).count();
        let offset = i32::try_from(prefix).ok().filter(|offset| *offset <= REACH)?;
        let is_equal = reference.len() == alternate.len() && prefix + suffix == reference.len();
        (!is_equal).then_some(Self { pos: pos.saturating_add(offset), prefix, suffix })
    }

    fn part(self, allele: &[u8]) -> &[u8] {
        allele.get(self.prefix..allele.len().saturating_sub(self.suffix)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_context_of_a_variant_does_not_matter() {
        let mut variants = Variants::default();
        let mut is_new = |pos: i32, reference: &str, alternate: &str| {
            variants.insert_alleles(pos, reference.as_bytes(), alternate.as_bytes()).unwrap().1
        };
        assert!(is_new(127, "TTTAT", "TTTGT"));
        assert!(is_new(127, "TTTAT", "T"));
        assert!(!is_new(128, "TTAT", "TTGT"));
        assert!(is_new(128, "TTAT", "T"));
        assert!(is_new(129, "T", "G"));
        assert!(!is_new(130, "a", "g"));
        assert!(is_new(123, "AT", "AAT"));
        assert!(!is_new(123, "A", "AA"));
        assert_eq!(variants.insert_alleles(1, b"AC", b"ac"), None);
        let long = "A".repeat(2000);
        assert_eq!(
            variants.insert_alleles(1, format!("{long}C").as_bytes(), format!("{long}G").as_bytes()),
            None
        );
    }

    #[test]
    fn what_no_record_can_repeat_is_forgotten() {
        let mut variants = Variants::default();
        for pos in 1..1000 {
            variants.forget_before(pos);
            variants.insert_alleles(pos, b"ACGTACGTAC", b"ACGTACGTAG");
        }
        assert!(variants.variants.len() < 130);
        variants.forget_before(5000);
        assert!(variants.variants.is_empty() && variants.bytes.is_empty());
    }
}
