use bioserde_core::{Interval, Position};

use crate::InvalidIndex;

/// A line of a CRAI: reference sequence, alignment start and span, offset of the container in the
/// file, offset of the slice in the container and its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// 0-based; nothing for records without one.
    pub(super) reference: Option<usize>,
    /// 1-based, closed. It says nothing without a reference sequence.
    pub(super) interval: Interval,
    pub(super) container: u64,
}

const POSITION: &str = "a number of 0 to 2147483647";
const OFFSET: &str = "a number of bytes";

impl Line {
    /// Reads a line with or without its end; `number` is 1-based.
    pub(super) fn parse(bytes: &[u8], number: usize) -> Result<Self, InvalidIndex> {
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let columns: Option<Vec<&str>> = str::from_utf8(bytes).ok().map(|text| text.split('\t').collect());
        let Some(&[reference, start, span, container, slice, size]) = columns.as_deref() else {
            let text = bytes.get(..bytes.len().min(40)).unwrap_or_default().escape_ascii().to_string();
            return Err(InvalidIndex::Columns { line: number, text });
        };
        let refuse = |column, value: &str, wanted| InvalidIndex::Column {
            line: number,
            column,
            value: value.escape_debug().to_string(),
            wanted,
        };
        let offset = |column, text: &str| text.parse().map_err(|_| refuse(column, text, OFFSET));
        let position = |column, text: &str| {
            let value = text.parse().ok().and_then(Position::new);
            value.ok_or_else(|| refuse(column, text, POSITION))
        };
        let any =
            |column, text: &str| text.parse::<i64>().map(drop).map_err(|_| refuse(column, text, "a number"));
        let wanted = "-1 or a number of 0 to 2147483647";
        let reference: i32 =
            reference.parse().map_err(|_| refuse("reference sequence", reference, wanted))?;
        let container = offset("container offset", container)?;
        offset("slice offset", slice)?;
        offset("slice size", size)?;
        if reference == -1 {
            any("alignment start", start)?;
            any("alignment span", span)?;
            return Ok(Self { reference: None, interval: Interval::ALL, container });
        }
        let reference = usize::try_from(reference)
            .map_err(|_| refuse("reference sequence", &reference.to_string(), wanted))?;
        let start = position("alignment start", start)?;
        let span = position("alignment span", span)?;
        Ok(Self { reference: Some(reference), interval: of_span(start, span), container })
    }
}

/// A record without aligned bases has a position all the same, and a span of 0.
fn of_span(start: Position, span: Position) -> Interval {
    let end = u64::from(start.get()) + u64::from(span.get()).max(1) - 1;
    Interval { start, end: Position::new(end).unwrap_or(Position::MAX) }
}
