//! Regions in a URL: `0:1-5,2:7-9,*`, by the number of the reference sequence, 1-based and closed.

use bioserde_core::{Interval, Position};
use bioserde_read::Want;

pub(super) fn write(wants: &[Want]) -> String {
    let mut text = String::with_capacity(wants.len() * 24);
    for want in wants {
        if !text.is_empty() {
            text.push(',');
        }
        match want {
            Want::Unplaced => text.push('*'),
            Want::Mapped { reference, interval } => {
                text += &format!("{reference}:{}-{}", interval.start, interval.end);
            }
        }
    }
    text
}

/// Reads what [`write`] has written.
pub(super) fn read(text: &str) -> Option<Vec<Want>> {
    text.split(',').filter(|item| !item.is_empty()).map(want).collect()
}

fn want(item: &str) -> Option<Want> {
    if item == "*" {
        return Some(Want::Unplaced);
    }
    let (place, end) = item.split_once('-')?;
    let (reference, start) = self::place(place)?;
    let end = Position::new(end.parse().ok()?)?;
    (start <= end).then_some(Want::Mapped { reference, interval: Interval { start, end } })
}

/// Reads `reference:position`.
pub(super) fn place(text: &str) -> Option<(usize, Position)> {
    let (reference, position) = text.split_once(':')?;
    Some((reference.parse().ok()?, Position::new(position.parse().ok()?)?))
}
