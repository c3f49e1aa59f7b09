//! A SAM line from a row's columns.

use std::collections::HashMap;

use bioserde_testkit::{Difference, compare_lines};

use crate::floats::with_equal_floats;
use crate::table::{Cell, Row, Table};

/// Which column holds which tag.
pub(crate) struct TagColumns(HashMap<String, String>);

impl TagColumns {
    /// From the origins that the table's metadata tell.
    pub(crate) fn of(table: &Table) -> Self {
        let tag = |(name, origin): (String, String)| {
            Some((origin.strip_prefix("tag ")?.get(..2)?.to_owned(), name))
        };
        Self(table.origins().into_iter().filter_map(tag).collect())
    }
}

/// The line that the columns describe, without a look at `residual`.
pub(crate) fn render(row: Row<'_>, columns: &TagColumns) -> String {
    let text = |column: &str| row.text(column).unwrap_or_else(|| "*".to_owned());
    let number = |column: &str| row.int(column).unwrap_or(0);
    let (rname, rnext) = (text("rname"), text("rnext"));
    let rnext = if rnext == rname && rname != "*" { "=" } else { &rnext };
    let mut line = format!(
        "{}\t{}\t{rname}\t{}\t{}\t{}\t{rnext}\t{}\t{}\t{}\t{}",
        text("qname"),
        number("flag"),
        number("pos"),
        number("mapq"),
        text("cigar"),
        number("pnext"),
        number("tlen"),
        text("seq"),
        text("qual"),
    );
    let layout = row.text("tag_layout").unwrap_or_default();
    let mut other: Vec<Cell> = row.get("tags_other").list().to_vec();
    for entry in layout.split(' ').filter(|e| !e.is_empty()) {
        let (tag, code) = entry.split_once(':').unwrap_or_else(|| panic!("tag_layout `{layout}`"));
        // Its operations are in `cigar`; SAM text does not repeat them.
        let is_kept = other.iter().any(|cell| cell.list().first().and_then(Cell::text) == Some("CG"));
        if entry == "CG:BI" && !is_kept {
            continue;
        }
        line.push('\t');
        line.push_str(&render_tag(row, columns, &mut other, tag, code));
    }
    assert!(other.is_empty(), "tags_other holds tags that tag_layout `{layout}` does not name: {other:?}");
    line
}

fn render_tag(row: Row<'_>, columns: &TagColumns, other: &mut Vec<Cell>, tag: &str, code: &str) -> String {
    let is_same = |cell: &Cell| cell.list().first().and_then(Cell::text) == Some(tag);
    let value = match other.iter().position(is_same) {
        Some(i) => other.remove(i).list()[2].text().unwrap_or_default().to_owned(),
        None => plain(&columns.0.get(tag).map_or(Cell::Null, |column| row.get(column))),
    };
    match code.strip_prefix('B') {
        Some(subtype) if value.is_empty() => format!("{tag}:B:{subtype}"),
        Some(subtype) => format!("{tag}:B:{subtype},{value}"),
        None if "cCsSiI".contains(code) => format!("{tag}:i:{value}"),
        None => format!("{tag}:{code}:{value}"),
    }
}

fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Int(n) => n.to_string(),
        Cell::Float(x) => x.to_string().to_ascii_lowercase(),
        Cell::Text(text) => text.clone(),
        Cell::List(list) => list.iter().map(plain).collect::<Vec<_>>().join(","),
        other => format!("{other:?}"),
    }
}

/// Where the lines come from that `samtools` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Bam,
    /// htslib mends SAM lines: without a position there is no contig, without contig, position or CIGAR
    /// the read is unmapped, and without a position of the mate it has no contig.
    Sam,
}

/// Both lines made alike where `samtools` may write otherwise than its input was: bases in upper case,
/// floats in six digits.
fn alike(expected: &str, got: &str, source: Source) -> (String, String) {
    let fields = |line: &str| {
        let mut fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
        if let [_, flag, rname, pos, _, cigar, rnext, pnext, _, seq, _, ..] = &mut fields[..] {
            seq.make_ascii_uppercase();
            if source == Source::Sam {
                if pos == "0" {
                    *rname = "*".to_owned();
                }
                if pnext == "0" {
                    *rnext = "*".to_owned();
                }
                if rname == "*" || cigar == "*" {
                    *flag = flag.parse::<u16>().map_or(flag.clone(), |f| (f | 4).to_string());
                }
            }
        }
        fields
    };
    let (expected, mut got) = (fields(expected), fields(got));
    for (got, expected) in got.iter_mut().zip(&expected).skip(11) {
        if got.get(2..).is_some_and(|t| t.starts_with(":f:") || t.starts_with(":B:f,")) {
            *got = with_equal_floats(expected, got);
        }
    }
    (expected.join("\t"), got.join("\t"))
}

/// Compares lines made [`alike`].
pub(crate) fn compare_with_samtools<S: AsRef<str>>(
    expected: &str,
    got: &[S],
    source: Source,
) -> Result<(), Difference> {
    let mut expected: Vec<String> = expected.lines().map(str::to_owned).collect();
    let mut got: Vec<String> = got.iter().map(|l| l.as_ref().to_owned()).collect();
    for (e, g) in expected.iter_mut().zip(&mut got) {
        (*e, *g) = alike(e, g, source);
    }
    compare_lines(&expected, &got)
}
