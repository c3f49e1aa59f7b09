/// Appends `text` as a JSON string (RFC 8259 §7). Data URIs are long, so clean runs are copied whole.
pub(super) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        let (clean, odd) = rest.split_at(at);
        out.push_str(clean);
        let mut characters = odd.chars();
        match characters.next() {
            Some(c @ ('"' | '\\')) => out.extend(['\\', c]),
            Some(c) => {
                let code = u32::from(c);
                out.push_str("\\u00");
                out.extend(
                    [code >> 4, code & 15].into_iter().filter_map(|digit| char::from_digit(digit, 16)),
                );
            }
            None => {}
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn strings_read_back(text in any::<String>(), tail in "[\"\\\\\u{0}-\u{20}é]*") {
            let text = text + &tail;
            let mut json = String::new();
            push_string(&mut json, &text);
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
