//! Percent-encoding (RFC 3986 §2.1).

/// Decodes once, or says nothing when an escape is not two hexadecimal digits or the text is not UTF-8.
///
/// `+` stays `+`. Forms write a space so, but no htsget parameter can hold a space, while names of
/// reference sequences and of INFO keys do hold `+`, and some clients send names as they are.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = hex(rest.next()?)?;
            let low = hex(rest.next()?)?;
            bytes.push((high << 4) | low);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Appends `text` with every byte escaped but those that RFC 3986 §2.3 calls unreserved.
pub(crate) fn encode_into(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend([byte >> 4, byte & 15].map(digit));
        }
    }
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn digit(nibble: u8) -> char {
    char::from(if nibble < 10 { b'0' + nibble } else { b'A' + nibble - 10 })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decodes_once_and_keeps_plus() {
        assert_eq!(decode("HLA%2DA%2a01%253A01+x").as_deref(), Some("HLA-A*01%3A01+x"));
        for bad in ["%", "%4", "%zz", "%ff", "a%+1"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn decode_reads_encode(text in any::<String>()) {
            let mut encoded = String::new();
            encode_into(&mut encoded, &text);
            prop_assert_eq!(decode(&encoded), Some(text));
        }
    }
}
