use super::{
    Cell, Cells, Values, boolean, not_finite, write_double, write_float, write_hexadecimal, write_integer,
};

impl Cells {
    /// Appends the value at `i` as JSON (RFC 8259). Binary is a string of hexadecimal digits; `NaN`,
    /// `Infinity` and `-Infinity`, for which JSON has no numbers, are strings.
    pub(crate) fn write_json(&self, i: usize, out: &mut Vec<u8>) {
        match self.get(i) {
            Cell::Null => out.extend_from_slice(b"null"),
            Cell::Boolean(value) => out.extend_from_slice(boolean(value)),
            Cell::Integer(value) => write_integer(value, out),
            Cell::Float(value) => match not_finite(value.into()) {
                Some(name) => write_string(name, out),
                None => write_float(value, out),
            },
            Cell::Double(value) => match not_finite(value) {
                Some(name) => write_string(name, out),
                None => write_double(value, out),
            },
            Cell::Text(text) => write_string(text, out),
            Cell::Binary(bytes) => {
                out.push(b'"');
                write_hexadecimal(bytes, out);
                out.push(b'"');
            }
            Cell::Nested => self.write_nested(i, out),
        }
    }

    fn write_nested(&self, i: usize, out: &mut Vec<u8>) {
        match &self.values {
            Values::List { offsets, element } => {
                let bounds = offsets.get(i).zip(offsets.get(i + 1));
                let bound = |at: &i32| usize::try_from(*at).unwrap_or_default();
                let (start, end) = bounds.map_or((0, 0), |(start, end)| (bound(start), bound(end)));
                out.push(b'[');
                for at in start..end {
                    separate(at > start, out);
                    element.write_json(at, out);
                }
                out.push(b']');
            }
            Values::Struct(members) => {
                out.push(b'{');
                for (n, (name, cells)) in members.iter().enumerate() {
                    separate(n > 0, out);
                    write_string(name, out);
                    out.push(b':');
                    cells.write_json(i, out);
                }
                out.push(b'}');
            }
            _ => {}
        }
    }
}

fn separate(is_next: bool, out: &mut Vec<u8>) {
    if is_next {
        out.push(b',');
    }
}

/// Appends a string with its quotes.
pub(crate) fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|b| matches!(b, 0..0x20 | b'"' | b'\\')) {
        let (plain, special) = rest.split_at(at);
        out.extend_from_slice(plain);
        if let Some((byte, after)) = special.split_first() {
            match byte {
                b'\n' => out.extend_from_slice(b"\\n"),
                b'\r' => out.extend_from_slice(b"\\r"),
                b'\t' => out.extend_from_slice(b"\\t"),
                b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
                _ => {
                    out.extend_from_slice(b"\\u00");
                    write_hexadecimal(&[*byte], out);
                }
            }
            rest = after;
        }
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::builder::{Float32Builder, ListBuilder};
    use arrow_array::{ArrayRef, Int32Array, StringArray, StructArray};

    use super::*;

    #[test]
    fn strings_are_escaped() {
        let mut out = Vec::new();
        write_string("a\"b\\\n\u{1}é", &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), r#""a\"b\\\n\u0001é""#);
    }

    #[test]
    fn lists_and_structs_nest() {
        let mut list = ListBuilder::new(ListBuilder::new(Float32Builder::new()));
        list.values().append_value([Some(0.5), None, Some(f32::NAN)]);
        list.values().append_null();
        list.append(true);
        list.append(true);
        let list: ArrayRef = Arc::new(list.finish());
        let mut out = Vec::new();
        let cells = Cells::of(&list).unwrap();
        cells.write_json(0, &mut out);
        cells.write_json(1, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), r#"[[0.5,null,"NaN"],null][]"#);

        let key: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
        let value: ArrayRef = Arc::new(Int32Array::from(vec![None]));
        let pair = StructArray::try_from(vec![("key", key), ("value", value)]).unwrap();
        let mut out = Vec::new();
        Cells::of(&pair).unwrap().write_json(0, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), r#"{"key":"x","value":null}"#);
    }
}
