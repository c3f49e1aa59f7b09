//! TSV: a header line, tabs, nothing quoted.
//!
//! A tab, line feed, carriage return or backslash in a value is written `\t`, `\n`, `\r` or `\\`, so
//! that every line has the same number of fields. Null and the empty string are both empty. Lists are
//! JSON, binary is hexadecimal, booleans are `true` and `false`.

use arrow_array::RecordBatch;
use bioserde_schema::TableSchema;
use bioserde_storage::Target;

use super::lines::{self, LineFormat};
use crate::cells::Cells;
use crate::{Result, Sink, SinkOptions, SinkSpec, TableFormat};

/// The registry's entry.
#[derive(Debug)]
pub(crate) struct Tsv;

static SPEC: SinkSpec = SinkSpec {
    name: "tsv",
    suffixes: &[".tsv"],
    streams: true,
    compressions: &[],
    index_suffixes: &[],
    summary: "tab-separated values with a header line; tabs in values are escaped, lists are JSON",
};

impl TableFormat for Tsv {
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
        out.extend_from_slice(self.names.join("\t").as_bytes());
        out.push(b'\n');
    }

    fn rows(&self, columns: &[Cells], rows: usize, out: &mut Vec<u8>) {
        let mut scratch = Vec::new();
        for row in 0..rows {
            for (i, column) in columns.iter().enumerate() {
                if i > 0 {
                    out.push(b'\t');
                }
                if let Some(text) = column.text(row, &mut scratch) {
                    write_escaped(text, out);
                }
            }
            out.push(b'\n');
        }
    }
}

fn write_escaped(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|b| matches!(b, b'\t' | b'\n' | b'\r' | b'\\')) {
        let (plain, special) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((byte, after)) = special.split_first() else { break };
        let letter = match byte {
            b'\t' => b't',
            b'\n' => b'n',
            b'\r' => b'r',
            other => *other,
        };
        out.extend_from_slice(&[b'\\', letter]);
        rest = after;
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_break_a_line() {
        let mut out = Vec::new();
        write_escaped(b"a\tb\\n\r\n", &mut out);
        assert_eq!(out, br"a\tb\\n\r\n");
    }
}
