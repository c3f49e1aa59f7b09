use super::fault::{QualFault, SeqFault};

/// The letters of the 4-bit codes (SAMv1 §4.2.3).
pub(super) const BASES: &[u8; 16] = b"=ACMGRSVTWYHKDBN";

/// Marks a byte that may not stand in SEQ.
const INVALID: u8 = 0x80;
/// Marks a letter that its code does not give back.
const LOSSY: u8 = 0x40;
const CODES: [u8; 256] = codes();

const fn codes() -> [u8; 256] {
    let mut codes = [INVALID; 256];
    // §4.2.3: letters without a code of their own are N.
    let mut letter = 0;
    while letter < 26 {
        codes[b'A' as usize + letter] = 15 | LOSSY;
        codes[b'a' as usize + letter] = 15 | LOSSY;
        letter += 1;
    }
    codes[b'.' as usize] = 15 | LOSSY;
    let mut code = 0;
    while code < 16 {
        let base = BASES[code as usize];
        codes[base.to_ascii_lowercase() as usize] = code | LOSSY;
        codes[base as usize] = code;
        code += 1;
    }
    codes
}

/// Appends the 4-bit codes of SEQ, two a byte; returns the number of bases and whether the codes give
/// back the letters.
pub(super) fn append_seq(text: &[u8], out: &mut Vec<u8>) -> Result<(usize, bool), SeqFault> {
    match text {
        b"*" => return Ok((0, true)),
        b"" => return Err(SeqFault::Empty),
        _ => {}
    }
    let (pairs, last) = text.as_chunks::<2>();
    let mut marks = 0;
    out.extend(pairs.iter().map(|[a, b]| {
        let (a, b) = (CODES[usize::from(*a)], CODES[usize::from(*b)]);
        marks |= a | b;
        a << 4 | b & 15
    }));
    if let [a] = last {
        let a = CODES[usize::from(*a)];
        marks |= a;
        out.push(a << 4);
    }
    if marks & INVALID != 0 { Err(SeqFault::Character) } else { Ok((text.len(), marks & LOSSY == 0)) }
}

/// Appends the qualities of QUAL, 0xff for each base when it is `*` (SAMv1 §4.2.3).
pub(super) fn append_qual(text: &[u8], bases: usize, out: &mut Vec<u8>) -> Result<(), QualFault> {
    if text == b"*" {
        out.resize(out.len() + bases, 0xff);
        return Ok(());
    }
    if text.len() != bases {
        let fault = QualFault::SeqLength { qual: text.len(), seq: bases };
        return Err(if bases == 0 { QualFault::WithoutSeq } else { fault });
    }
    let highest = text.iter().fold(0, |highest: u8, b| highest.max(b.wrapping_sub(b'!')));
    if highest > b'~' - b'!' {
        return Err(QualFault::Character);
    }
    out.extend(text.iter().map(|b| b.wrapping_sub(b'!')));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seq(text: &[u8]) -> Result<(Vec<u8>, bool), SeqFault> {
        let mut out = Vec::new();
        append_seq(text, &mut out).map(|(_, canonical)| (out, canonical))
    }

    #[test]
    fn every_letter_has_its_code() {
        let codes = vec![0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];
        assert_eq!(seq(BASES), Ok((codes.clone(), true)));
        assert_eq!(seq(&BASES.to_ascii_lowercase()), Ok((codes, false)));
        assert_eq!(seq(b"ACT"), Ok((vec![0x12, 0x80], true)));
        assert_eq!(seq(b"Uu.E"), Ok((vec![0xff, 0xff], false)));
        assert_eq!(seq(b"*"), Ok((vec![], true)));
    }

    #[test]
    fn other_characters_are_refused() {
        assert_eq!(seq(b""), Err(SeqFault::Empty));
        for text in [&b"A C"[..], b"*A", b"~\\", b"0.", b"AC\xff"] {
            assert_eq!(seq(text), Err(SeqFault::Character), "{}", text.escape_ascii());
        }
    }

    #[test]
    fn qualities_match_the_bases() {
        let qual = |text: &[u8], bases| {
            let mut out = Vec::new();
            append_qual(text, bases, &mut out).map(|()| out)
        };
        assert_eq!(qual(b"!~*", 3), Ok(vec![0, 93, 9]));
        assert_eq!(qual(b"*", 2), Ok(vec![0xff, 0xff]));
        assert_eq!(qual(b"*", 1), Ok(vec![0xff]));
        assert_eq!(qual(b"II", 3), Err(QualFault::SeqLength { qual: 2, seq: 3 }));
        assert_eq!(qual(b"II", 0), Err(QualFault::WithoutSeq));
        for text in [&b"I I"[..], b"I\x7fI", b"I\xffI"] {
            assert_eq!(qual(text, 3), Err(QualFault::Character));
        }
    }
}
