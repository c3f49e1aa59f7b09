//! `REF` and `ALT` (VCF §1.6.1, fields 4 and 5; breakends: VCF §5.4).

use crate::batches::Tally;

pub(crate) const REFERENCE: &str = "REF alleles that are not bases";
pub(crate) const EMPTY: &str = "ALT alleles that are empty or missing beside others";
pub(crate) const NOT_BASES: &str = "ALT alleles that are not bases";
pub(crate) const SYMBOLIC: &str = "symbolic ALT alleles that are not one name in angle brackets";
pub(crate) const BREAKEND: &str = "breakends that are not bases beside a position in brackets";

/// `A`, `C`, `G`, `T` and `N` in either case.
const IS_BASE: [bool; 256] = {
    let mut table = [false; 256];
    let bases = b"ACGTNacgtn";
    let mut i = 0;
    while i < bases.len() {
        table[bases[i] as usize] = true;
        i += 1;
    }
    table
};

/// Whether a byte is a base.
#[inline]
pub(crate) fn is_base(byte: u8) -> bool {
    IS_BASE.get(usize::from(byte)).is_some_and(|is_base| *is_base)
}

fn is_bases(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|b| is_base(*b))
}

/// Whether a text is a single base.
#[inline]
pub(crate) fn is_base_alone(text: &[u8]) -> bool {
    matches!(text, [base] if is_base(*base))
}

/// Counts what is wrong with `REF` and `ALT`; says whether nothing is.
#[inline]
pub(crate) fn check(reference: &[u8], alt: &[u8], tally: &mut Tally) -> bool {
    if is_base_alone(reference) && (is_base_alone(alt) || alt == b".") {
        return true;
    }
    check_longer(reference, alt, tally)
}

fn check_longer(reference: &[u8], alt: &[u8], tally: &mut Tally) -> bool {
    let mut is_faultless = is_bases(reference);
    if !is_faultless {
        tally.add(REFERENCE);
    }
    if alt == b"." || is_bases(alt) {
        return is_faultless;
    }
    for kind in alt.split(|b| *b == b',').filter_map(fault) {
        tally.add(kind);
        is_faultless = false;
    }
    is_faultless
}

/// What is wrong with an allele of a list.
fn fault(allele: &[u8]) -> Option<&'static str> {
    match allele {
        b"" | b"." => Some(EMPTY),
        // VCF 4.2 and later: the allele is missing because of a deletion that overlaps it.
        b"*" => None,
        _ if is_bases(allele) => None,
        [b'<', ..] => (!is_symbolic(allele)).then_some(SYMBOLIC),
        // VCF §5.4.8: a breakend without a mate.
        [b'.', bases @ ..] | [bases @ .., b'.'] if is_bases(bases) => None,
        _ if allele.iter().any(|b| matches!(b, b'[' | b']')) => (!is_breakend(allele)).then_some(BREAKEND),
        _ if allele.contains(&b'<') => (!is_symbolic(allele)).then_some(SYMBOLIC),
        _ => Some(NOT_BASES),
    }
}

/// `<ID>`, or bases and the contig that is inserted after them (VCF §5.4, insertions).
fn is_symbolic(allele: &[u8]) -> bool {
    let at = allele.iter().position(|b| *b == b'<').unwrap_or_default();
    let (bases, name) = allele.split_at_checked(at).unwrap_or_default();
    (bases.is_empty() || is_bases(bases)) && matches!(name, [b'<', name @ .., b'>'] if is_name(name))
}

fn is_name(text: &[u8]) -> bool {
    !text.is_empty() && !text.iter().any(|b| matches!(b, b'<' | b'>' | b',') || *b <= b' ')
}

/// `t[p[`, `t]p]`, `]p]t` and `[p[t`, where `p` is `chr:pos` and `t` is bases, or a dot at a telomere.
fn is_breakend(allele: &[u8]) -> bool {
    let mut parts = allele.split(|b| matches!(b, b'[' | b']'));
    let (Some(before), Some(mate), Some(after), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let are_same = !(allele.contains(&b'[') && allele.contains(&b']'));
    let bases = if before.is_empty() { after } else { before };
    let has_one_side = before.is_empty() != after.is_empty();
    are_same && has_one_side && (bases == b"." || is_bases(bases)) && is_place(mate)
}

fn is_place(text: &[u8]) -> bool {
    let Some(colon) = memchr::memrchr(b':', text) else { return false };
    let (contig, pos) = text.split_at_checked(colon).unwrap_or_default();
    let contig = match contig {
        [b'<', name @ .., b'>'] => name,
        _ => contig,
    };
    is_name(contig) && pos.len() > 1 && pos.iter().skip(1).all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(reference: &str, alt: &str) -> Vec<&'static str> {
        let mut tally = Tally::default();
        check(reference.as_bytes(), alt.as_bytes(), &mut tally);
        tally.iter().map(|(kind, _)| kind).collect()
    }

    #[test]
    fn alleles_of_the_specification_are_taken() {
        for alt in [
            ".",
            "A",
            "acgtn",
            "A,*",
            "*",
            "<DEL>",
            "<DUP:TANDEM>,<*>",
            "<NON_REF>",
            "<!\"#$%&'()*+-./;=?@[\\]^_`{|}~>",
            ".A",
            "A.",
            "C<ctg1>",
            "G]17:198982]",
            "]13:123456]T",
            "C[<ctg1>:1[",
            "]<ctg1>:329]A",
            ".[13:123457[",
            "[HLA-A*01:01:5[T",
        ] {
            assert_eq!(kinds("A", alt), [""; 0], "{alt}");
        }
    }

    #[test]
    fn anything_else_is_counted() {
        for reference in ["B", ".", "C,A", "AR", "A C"] {
            assert_eq!(kinds(reference, "T"), [REFERENCE], "{reference}");
        }
        for (alt, kind) in [
            ("R", NOT_BASES),
            ("A T", NOT_BASES),
            ("A*", NOT_BASES),
            ("A,,T", EMPTY),
            ("A,.", EMPTY),
            ("", EMPTY),
            ("<INS>BLAH>", SYMBOLIC),
            ("<>", SYMBOLIC),
            ("<DEL", SYMBOLIC),
            ("<a b>", SYMBOLIC),
            ("[1:100[", BREAKEND),
            ("A[1:100]", BREAKEND),
            ("A[1:100[T", BREAKEND),
            ("A[1[", BREAKEND),
            ("A[1:[", BREAKEND),
            ("A[1:5", BREAKEND),
        ] {
            assert_eq!(kinds("A", alt), [kind], "{alt}");
        }
    }
}
