use super::fault::CigarFault;
use crate::formats::bam::record::OPERATIONS;

/// What a CIGAR amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cigar {
    pub(super) operations: usize,
    /// Bases of the reference that M, D, N, = and X cover.
    pub(super) reference_len: u64,
    /// Bases of SEQ that M, I, S, = and X cover.
    pub(super) query_len: u64,
    /// Whether no length has leading zeros.
    pub(super) is_canonical: bool,
}

const SOFT_CLIP: u8 = 4;
const HARD_CLIP: u8 = 5;
const MAX_LENGTH: u32 = (1 << 28) - 1;
/// The operations, as bits, that consume the reference and the query (SAMv1 §1.4.6).
const CONSUMES_REFERENCE: u16 = 0b1_1000_1101;
const CONSUMES_QUERY: u16 = 0b1_1001_0011;
const NO_OPERATION: u8 = 0xff;
const CODES: [u8; 256] = codes();

const fn codes() -> [u8; 256] {
    let mut codes = [NO_OPERATION; 256];
    let mut code = 0;
    while code < 9 {
        codes[OPERATIONS[code as usize] as usize] = code;
        code += 1;
    }
    codes
}

/// Appends the operations of a CIGAR in BAM's form (SAMv1 §4.2), none for `*`.
pub(super) fn append(text: &[u8], out: &mut Vec<u8>) -> Result<Cigar, CigarFault> {
    let mut cigar = Cigar { is_canonical: true, ..Cigar::default() };
    match text {
        b"*" => return Ok(cigar),
        b"" => return Err(CigarFault::Empty),
        _ => {}
    }
    let start = out.len();
    let (mut length, mut digits, mut clips): (u32, u32, u32) = (0, 0, 0);
    for b in text {
        let digit = b.wrapping_sub(b'0');
        if digit <= 9 {
            cigar.is_canonical &= digits == 0 || length > 0;
            length = length.saturating_mul(10).saturating_add(digit.into());
            digits = digits.saturating_add(1);
            continue;
        }
        let code = CODES[usize::from(*b)];
        if code == NO_OPERATION {
            return Err(CigarFault::Operation);
        }
        if digits == 0 {
            return Err(CigarFault::NoLength);
        }
        if length > MAX_LENGTH {
            return Err(CigarFault::Length);
        }
        out.extend_from_slice(&(length << 4 | u32::from(code)).to_le_bytes());
        cigar.operations += 1;
        let consumed = |consumers: u16| if consumers >> code & 1 == 1 { u64::from(length) } else { 0 };
        cigar.reference_len += consumed(CONSUMES_REFERENCE);
        cigar.query_len += consumed(CONSUMES_QUERY);
        clips += u32::from(code == SOFT_CLIP || code == HARD_CLIP);
        (length, digits) = (0, 0);
    }
    if digits > 0 {
        return Err(CigarFault::NoOperation);
    }
    if clips > 0 {
        check_clips(out.get(start..).unwrap_or_default())?;
    }
    Ok(cigar)
}

/// SAMv1 §1.4.6: H only first or last; S only with H between it and an end.
fn check_clips(operations: &[u8]) -> Result<(), CigarFault> {
    let (operations, _) = operations.as_chunks::<4>();
    let unhardened = strip(operations, HARD_CLIP);
    let inner = strip(unhardened, SOFT_CLIP);
    if unhardened.iter().any(|op| code(op) == HARD_CLIP) {
        return Err(CigarFault::InnerHardClip);
    }
    if inner.iter().any(|op| code(op) == SOFT_CLIP) {
        return Err(CigarFault::InnerSoftClip);
    }
    Ok(())
}

/// The operations without one of a kind at each end.
fn strip(operations: &[[u8; 4]], kind: u8) -> &[[u8; 4]] {
    let operations = match operations {
        [first, rest @ ..] if code(first) == kind => rest,
        all => all,
    };
    match operations {
        [rest @ .., last] if code(last) == kind => rest,
        all => all,
    }
}

fn code(operation: &[u8; 4]) -> u8 {
    operation[0] & 15
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &[u8]) -> Result<(Cigar, Vec<u8>), CigarFault> {
        let mut out = Vec::new();
        append(text, &mut out).map(|cigar| (cigar, out))
    }

    #[test]
    fn operations_are_counted_and_packed() {
        let (cigar, bytes) = parse(b"2H1S3M1I2D4N1P5=268435455X1S").unwrap();
        let expected = Cigar {
            operations: 10,
            reference_len: 3 + 2 + 4 + 5 + 268_435_455,
            query_len: 1 + 3 + 1 + 5 + 268_435_455 + 1,
            is_canonical: true,
        };
        assert_eq!(cigar, expected);
        assert_eq!(bytes[..8], [0x25, 0, 0, 0, 0x14, 0, 0, 0]);
        assert_eq!(bytes[32..36], [0xf8, 0xff, 0xff, 0xff]);
    }

    #[test]
    fn leading_zeros_are_not_canonical() {
        assert!(parse(b"0M10M").unwrap().0.is_canonical);
        assert!(!parse(b"01M").unwrap().0.is_canonical);
        assert!(!parse(b"00M").unwrap().0.is_canonical);
        assert!(parse(b"*").unwrap().1.is_empty());
    }

    #[test]
    fn refuses_each_kind_of_fault() {
        let cases: [(&[u8], CigarFault); 12] = [
            (b"", CigarFault::Empty),
            (b"M", CigarFault::NoLength),
            (b"1MI", CigarFault::NoLength),
            (b"50M2", CigarFault::NoOperation),
            (b"5", CigarFault::NoOperation),
            (b"50M2Y", CigarFault::Operation),
            (b"-1M", CigarFault::Operation),
            (b"268435456M", CigarFault::Length),
            (b"99999999999999M", CigarFault::Length),
            (b"2S1H46M1H2S", CigarFault::InnerHardClip),
            (b"24M1S25M", CigarFault::InnerSoftClip),
            (b"1S1S1S", CigarFault::InnerSoftClip),
        ];
        for (text, fault) in cases {
            assert_eq!(parse(text).unwrap_err(), fault, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn clips_may_stand_at_the_ends() {
        for text in [&b"0H0S50M0S0H"[..], b"5H", b"5S5H", b"5H5S", b"5S5S", b"5H5H"] {
            assert!(parse(text).is_ok(), "{}", text.escape_ascii());
        }
    }
}
