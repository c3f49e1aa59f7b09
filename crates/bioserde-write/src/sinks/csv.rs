//! CSV (RFC 4180): a header line, commas, `\n` at the end of a line, quotes only where they are needed.
//!
//! Null is nothing between the commas and the empty string is `""`, so the two differ. Lists are JSON,
//! binary is hexadecimal, booleans are `true` and `false`.

use arrow_array::RecordBatch;
use bioserde_schema::TableSchema;
use bioserde_storage::Target;

use super::lines::{self, LineFormat};
use crate::cells::Cells;
use crate::{Result, Sink, SinkOptions, SinkSpec, TableFormat};

/// The registry's entry.
#[derive(Debug)]
pub(crate) struct Csv;

static SPEC: SinkSpec = SinkSpec {
    name: "csv",
    suffixes: &[".csv"],
    streams: true,
    compressions: &[],
    index_suffixes: &[],
    summary: "comma-separated values with a header line; lists are JSON",
};

impl TableFormat for Csv {
    fn spec(&self) -> &'static SinkSpec {
        &SPEC
    }

    fn create(
        &self,
        target: Target,
        table: &TableSchema,
        options: &SinkOptions,
        _sample: Option<&RecordBatch>,
    ) -> Result<Box<dyn Sink<RecordBatch>>> {
        SPEC.refuse_options(options)?;
        lines::create(target, Lines { names: lines::names(table) })
    }
}

#[derive(Debug)]
struct Lines {
    names: Vec<String>,
}

impl LineFormat for Lines {
    fn header(&self, out: &mut Vec<u8>) {
        for (i, name) in self.names.iter().enumerate() {
            separate(i, out);
            write_field(Some(name.as_bytes()), out);
        }
        out.push(b'\n');
    }

    fn rows(&self, columns: &[Cells], rows: usize, out: &mut Vec<u8>) {
        let mut scratch = Vec::new();
        for row in 0..rows {
            if let [only] = columns
                && only.is_null(row)
            {
                // An empty line is no row to most readers.
                out.extend_from_slice(b"\"\"\n");
                continue;
            }
            for (i, column) in columns.iter().enumerate() {
                separate(i, out);
                write_field(column.text(row, &mut scratch), out);
            }
            out.push(b'\n');
        }
    }
}

fn separate(i: usize, out: &mut Vec<u8>) {
    if i > 0 {
        out.push(b',');
    }
}

fn write_field(value: Option<&[u8]>, out: &mut Vec<u8>) {
    match value {
        None => {}
        Some(text) if text.is_empty() || text.iter().any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r')) => {
            out.push(b'"');
            for part in text.split_inclusive(|b| *b == b'"') {
                out.extend_from_slice(part);
                if part.ends_with(b"\"") {
                    out.push(b'"');
                }
            }
            out.push(b'"');
        }
        Some(text) => out.extend_from_slice(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_where_needed() {
        let field = |value: Option<&str>| {
            let mut out = Vec::new();
            write_field(value.map(str::as_bytes), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(field(None), "");
        assert_eq!(field(Some("")), r#""""#);
        assert_eq!(field(Some("a b")), "a b");
        assert_eq!(field(Some(r#"[1,"x"]"#)), r#""[1,""x""]""#);
        assert_eq!(field(Some("\"")), r#""""""#);
    }
}
