use super::fault::Fault;
use super::typed::Integer;
use super::values::append_integer;

/// Appends a genotype: each code is `(allele + 1) << 1 | phased` (VCF 4.3 §6.3.3).
///
/// Where a header may have it (`has_prefix`, VCF 4.4 §1.6.2), the phasing of the first allele is
/// written when it is not the one that is implied: phased if all others are.
pub(super) fn append_genotype(
    bytes: &[u8],
    size: usize,
    has_prefix: bool,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let start = out.len();
    let (mut alleles, mut first, mut is_rest_phased) = (0_usize, 0, true);
    for code in bytes.chunks_exact(size.max(1)) {
        let code = match Integer::new(code)? {
            Integer::EndOfVector => break,
            Integer::Missing => 0,
            Integer::Value(code) if code < 0 => return Err(Fault::NegativeAllele(code)),
            Integer::Value(code) => code,
        };
        let is_phased = code & 1 == 1;
        if alleles == 0 {
            first = code;
        } else {
            out.push(if is_phased { b'|' } else { b'/' });
            is_rest_phased &= is_phased;
        }
        match code >> 1 {
            0 => out.push(b'.'),
            n => append_integer(n - 1, out),
        }
        alleles += 1;
    }
    let is_missing = alleles == 0 || (alleles == 1 && first == 0);
    if alleles == 0 {
        out.push(b'.');
    } else if has_prefix && !is_missing && (first & 1 == 1) != is_rest_phased {
        out.insert(start, if is_rest_phased { b'/' } else { b'|' });
    }
    Ok(())
}

/// The texts of the diploid genotypes of few alleles, made once by [`append_genotype`]: a cohort has
/// millions of them.
#[derive(Clone, Debug)]
pub(super) struct Diploids {
    texts: Box<[Text; 1 << (2 * BITS)]>,
}

/// A tab, the genotype, and the length of both.
#[derive(Clone, Copy, Debug, Default)]
struct Text {
    bytes: [u8; 7],
    len: u8,
}

/// Codes below 2^BITS have alleles of one digit.
const BITS: u32 = 4;

impl Diploids {
    pub(super) fn new(has_prefix: bool) -> Self {
        let mut texts = Box::new([Text::default(); 1 << (2 * BITS)]);
        for (codes, place) in (0..=u8::MAX).zip(texts.iter_mut()) {
            let mut text = vec![b'\t'];
            let codes = [codes >> BITS, codes & 15];
            let is_short = append_genotype(&codes, 1, has_prefix, &mut text).is_ok();
            if let (true, Some(bytes), Ok(len)) =
                (is_short, place.bytes.get_mut(..text.len()), u8::try_from(text.len()))
            {
                bytes.copy_from_slice(&text);
                place.len = len;
            }
        }
        Self { texts }
    }

    /// Appends a tab and the genotype of two codes; false when the table does not have it.
    pub(super) fn append(&self, [a, b]: [u8; 2], out: &mut Vec<u8>) -> bool {
        if (a | b) >> BITS != 0 {
            return false;
        }
        let Text { bytes, len } = self.texts[usize::from(a << BITS | b)];
        if len == 4 {
            // A constant length is copied without a call.
            out.extend_from_slice(&bytes[..4]);
        } else {
            out.extend_from_slice(bytes.get(..usize::from(len)).unwrap_or_default());
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn genotype(bytes: &[u8], size: usize, has_prefix: bool) -> Result<String, Fault> {
        let mut out = b"x".to_vec();
        append_genotype(bytes, size, has_prefix, &mut out)
            .map(|()| String::from_utf8(out.split_off(1)).unwrap())
    }

    #[test]
    fn alleles_and_phasing() {
        for (codes, text) in [
            (&b"\x02\x04"[..], "0/1"),
            (b"\x02\x05", "0|1"),
            (b"\x03\x05", "0|1"),
            (b"\x00\x00", "./."),
            (b"\x00\x01", ".|."),
            (b"\x02\x81", "0"),
            (b"\x81\x81", "."),
            (b"\x80\x80", "./."),
            (b"\x02\x04\x07", "0/1|2"),
            (b"\x7e", "62"),
            (b"", "."),
        ] {
            assert_eq!(genotype(codes, 1, false).as_deref(), Ok(text), "{}", codes.escape_ascii());
        }
        assert_eq!(genotype(b"\x02\0\x09\x10", 2, false).as_deref(), Ok("0|2051"));
        assert_eq!(genotype(b"\x02\0\0\0\x01\0\0\x80", 4, false).as_deref(), Ok("0"));
        assert_eq!(genotype(b"\xf0", 1, false), Err(Fault::NegativeAllele(-16)));
        assert_eq!(genotype(b"\x82", 1, false), Err(Fault::Reserved));
    }

    #[test]
    fn the_first_phasing_is_written_when_it_is_not_implied() {
        for (codes, text) in [
            (&b"\x02\x04"[..], "0/1"),
            (b"\x03\x05", "0|1"),
            (b"\x02\x05", "/0|1"),
            (b"\x03\x04", "|0/1"),
            (b"\x03\x81", "0"),
            (b"\x02\x81", "/0"),
            (b"\x00\x81", "."),
        ] {
            assert_eq!(genotype(codes, 1, true).as_deref(), Ok(text), "{}", codes.escape_ascii());
        }
    }

    #[test]
    fn the_table_says_the_same() {
        for has_prefix in [false, true] {
            let table = Diploids::new(has_prefix);
            for (a, b) in (0..=u8::MAX).flat_map(|a| (0..=u8::MAX).map(move |b| (a, b))) {
                let mut out = Vec::new();
                if table.append([a, b], &mut out) {
                    let expected = genotype(&[a, b], 1, has_prefix).unwrap();
                    assert_eq!(out, format!("\t{expected}").into_bytes());
                } else {
                    assert!(a.max(b) >= 16 && out.is_empty());
                }
            }
        }
    }
}
