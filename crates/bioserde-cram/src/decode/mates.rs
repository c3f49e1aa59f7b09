use super::record::{Record, flag};
use crate::fault::CramFault;
use crate::series::Series;

/// Tells the records whose mates are in the same slice where these are, and the length of the template
/// (CRAMv3 §10.3).
///
/// TLEN and its sign are those that htslib gives: positive for the segment that starts first, and for
/// the first of two that start together.
pub(super) fn resolve(records: &mut [Record]) -> Result<(), CramFault> {
    let fault = || CramFault::Series { series: Series::NextFragment.name() };
    for number in 0..records.len() {
        let Some(record) = records.get(number) else { continue };
        if record.mate.is_none() || record.template_len.is_some() {
            continue;
        }
        let template = members(records, number).ok_or_else(fault)?;
        // A template is a ring: the mate of the last is the first.
        if let Some(last) = template.last().and_then(|last| records.get_mut(*last)) {
            last.mate = Some(number);
        }
        for member in &template {
            if let Some(record) = records.get_mut(*member) {
                record.template = Some(number);
            }
        }
        set_template_lengths(records, &template);
    }
    for number in 0..records.len() {
        let Some(mate) = records.get(number).and_then(|record| record.mate) else {
            // As htslib has it: RNEXT has a meaning for pairs alone.
            if let Some(record) = records.get_mut(number).filter(|record| !record.has(flag::PAIRED)) {
                record.mate_reference = -1;
            }
            continue;
        };
        let Some(mate) = records.get(mate) else { return Err(fault()) };
        let (position, reference, flags) = (mate.position, mate.reference, mate.flags);
        if let Some(record) = records.get_mut(number) {
            set_mate(record, position, reference, flags);
        }
    }
    Ok(())
}

/// The records of a template from its first on. None may belong to another.
fn members(records: &[Record], first: usize) -> Option<Vec<usize>> {
    let mut members = vec![first];
    let mut at = first;
    while let Some(next) = records.get(at)?.mate {
        let free = records.get(next).is_some_and(|record| record.template_len.is_none());
        if next <= at || !free {
            return None;
        }
        members.push(next);
        at = next;
    }
    Some(members)
}

fn set_template_lengths(records: &mut [Record], template: &[usize]) {
    let of = |at: &usize| records.get(*at);
    let start = template.iter().filter_map(of).map(|r| r.position).min().unwrap_or(0);
    let end = template.iter().filter_map(of).map(|r| r.end.max(r.position.into())).max().unwrap_or(0);
    let starting = template.iter().filter_map(of).filter(|r| r.position == start).count();
    let mut references = template.iter().filter_map(of).map(|r| r.reference);
    let reference = references.next();
    let len = match reference {
        Some(0..) if references.all(|other| Some(other) == reference) => end - i64::from(start) + 1,
        _ => 0,
    };
    for at in template {
        if let Some(record) = records.get_mut(*at) {
            let is_left = record.position == start && (starting == 1 || record.has(flag::FIRST));
            record.template_len = Some(if is_left { len } else { -len });
        }
    }
}

fn set_mate(record: &mut Record, position: i32, reference: i32, mate_flags: u16) {
    record.mate_position = position;
    record.mate_reference = reference;
    record.flags |= flag::PAIRED;
    if mate_flags & flag::UNMAPPED != 0 {
        record.flags |= flag::MATE_UNMAPPED;
    }
    if mate_flags & flag::REVERSE != 0 {
        record.flags |= flag::MATE_REVERSE;
    }
    if record.has(flag::UNMAPPED) || mate_flags & flag::UNMAPPED != 0 {
        record.template_len = Some(0);
    }
}
