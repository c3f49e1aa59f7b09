//! Bases and qualities: letters and numbers where people read them, bytes as in BAM elsewhere.

/// The letters of the 4-bit codes (SAMv1 §4.2.3).
const LETTERS: &[u8; 16] = b"=ACMGRSVTWYHKDBN";

/// Stands for a letter that has no code of its own.
const NONE: u8 = 0xff;

const CODES: [u8; 256] = codes();

const fn codes() -> [u8; 256] {
    let mut codes = [NONE; 256];
    let mut code = 0;
    while code < 16 {
        codes[LETTERS[code as usize] as usize] = code;
        code += 1;
    }
    codes
}

const PAIRS: [[u8; 2]; 256] = pairs();

const fn pairs() -> [[u8; 2]; 256] {
    let mut pairs = [[0; 2]; 256];
    let mut i = 0;
    while i < 256 {
        pairs[i] = [LETTERS[i >> 4], LETTERS[i & 15]];
        i += 1;
    }
    pairs
}

/// Appends the codes of letters, two a byte; says whether every letter has a code.
pub(crate) fn pack(seq: &str, out: &mut Vec<u8>) -> bool {
    let code = |letter: u8| CODES[usize::from(letter)];
    let (pairs, last) = seq.as_bytes().as_chunks::<2>();
    let mut marks = 0;
    out.extend(pairs.iter().map(|[a, b]| {
        let (a, b) = (code(*a), code(*b));
        marks |= a | b;
        a << 4 | b & 15
    }));
    if let [a] = last {
        marks |= code(*a);
        out.push(code(*a) << 4);
    }
    marks < 16
}

/// The letters of codes, two a byte; one in the last byte where the number is odd.
fn unpack(codes: &[u8], is_odd: bool) -> String {
    let mut letters = String::with_capacity(codes.len() * 2);
    for [a, b] in codes.iter().map(|two| PAIRS[usize::from(*two)]) {
        letters.extend([char::from(a), char::from(b)]);
    }
    if is_odd {
        letters.pop();
    }
    letters
}

/// `SEQ`: packed where people do not read it, unless a letter has no code.
pub(crate) mod seq {
    use std::borrow::Cow;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::bytes::Bytes;

    #[derive(Serialize, Deserialize)]
    #[serde(bound(serialize = "B: AsRef<[u8]>", deserialize = "Bytes<B>: Deserialize<'de>"))]
    enum Compact<'a, B> {
        #[serde(rename = "t")]
        Text(Cow<'a, str>),
        /// Two bases in every byte.
        #[serde(rename = "e")]
        Even(Bytes<B>),
        /// One base in the last byte.
        #[serde(rename = "o")]
        Odd(Bytes<B>),
    }

    impl<'a> Compact<'a, Vec<u8>> {
        fn new(seq: &'a str) -> Self {
            let mut codes = Vec::with_capacity(seq.len().div_ceil(2));
            match super::pack(seq, &mut codes) {
                false => Self::Text(Cow::Borrowed(seq)),
                true if seq.len().is_multiple_of(2) => Self::Even(Bytes(codes)),
                true => Self::Odd(Bytes(codes)),
            }
        }
    }

    pub(crate) fn serialize<S: Serializer>(seq: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            seq.serialize(serializer)
        } else {
            seq.as_deref().map(Compact::new).serialize(serializer)
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<String>, D::Error> {
        if deserializer.is_human_readable() {
            return Option::deserialize(deserializer);
        }
        Ok(Option::<Compact<'_, Vec<u8>>>::deserialize(deserializer)?.map(|seq| match seq {
            Compact::Text(text) => text.into_owned(),
            Compact::Even(Bytes(codes)) => super::unpack(&codes, false),
            Compact::Odd(Bytes(codes)) => super::unpack(&codes, true),
        }))
    }
}

/// `QUAL`: bytes where people do not read it.
pub(crate) mod qual {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::bytes::Bytes;

    pub(crate) fn serialize<S: Serializer>(qual: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            qual.serialize(serializer)
        } else {
            qual.as_deref().map(Bytes).serialize(serializer)
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        if deserializer.is_human_readable() {
            return Option::deserialize(deserializer);
        }
        Ok(Option::<Bytes<Vec<u8>>>::deserialize(deserializer)?.map(|bytes| bytes.0))
    }
}
