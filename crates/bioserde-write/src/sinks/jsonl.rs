//! JSON Lines: one object a row, its null members left out.
//!
//! Binary is a string of hexadecimal digits. `NaN`, `Infinity` and `-Infinity`, for which JSON has no
//! numbers, are strings. Nulls in lists and structs are written.

use arrow_array::RecordBatch;
use bioserde_schema::TableSchema;
use bioserde_storage::Target;

use super::lines::{self, LineFormat};
use crate::cells::{self, Cells};
use crate::{Result, Sink, SinkOptions, SinkSpec, TableFormat};

/// The registry's entry.
#[derive(Debug)]
pub(crate) struct JsonLines;

static SPEC: SinkSpec = SinkSpec {
    name: "jsonl",
    suffixes: &[".jsonl", ".ndjson"],
    streams: true,
    compressions: &[],
    index_suffixes: &[],
    summary: "JSON Lines: an object a row, null members left out",
};

impl TableFormat for JsonLines {
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
        let member = |name: &String| {
            let mut text = Vec::new();
            cells::write_string(name, &mut text);
            text.push(b':');
            text
        };
        lines::create(target, Objects { members: lines::names(table).iter().map(member).collect() })
    }
}

#[derive(Debug)]
struct Objects {
    /// `"name":` of each column.
    members: Vec<Vec<u8>>,
}

impl LineFormat for Objects {
    fn header(&self, _: &mut Vec<u8>) {}

    fn rows(&self, columns: &[Cells], rows: usize, out: &mut Vec<u8>) {
        for row in 0..rows {
            let mut opening = b'{';
            for (member, column) in self.members.iter().zip(columns) {
                if !column.is_null(row) {
                    out.push(opening);
                    out.extend_from_slice(member);
                    column.write_json(row, out);
                    opening = b',';
                }
            }
            let end: &[u8] = if opening == b'{' { b"{}\n" } else { b"}\n" };
            out.extend_from_slice(end);
        }
    }
}
