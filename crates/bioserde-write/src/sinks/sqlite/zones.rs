use std::collections::HashSet;
use std::sync::Arc;

use bioserde_schema::sql::ZONE_ROWS;

/// Neighbouring rows on one reference sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Zone {
    pub(super) name: Option<Arc<str>>,
    pub(super) min_pos: Option<i64>,
    pub(super) max_end: Option<i64>,
    pub(super) first: i64,
    pub(super) last: i64,
}

/// Zones as rows come; given up as soon as the rows turn out not to be sorted.
#[derive(Debug, Default)]
pub(super) struct ZoneMap {
    zones: Vec<Zone>,
    names: HashSet<Option<Arc<str>>>,
    last_pos: Option<i64>,
    is_unsorted: bool,
}

impl ZoneMap {
    /// Takes row `row`, which is the one after the last taken.
    pub(super) fn push(&mut self, name: Option<&str>, pos: Option<i64>, end_pos: Option<i64>, row: i64) {
        if self.is_unsorted {
            return;
        }
        if let Some(zone) = self.zones.last_mut()
            && zone.name.as_deref() == name
        {
            if pos.is_some() && pos < self.last_pos {
                return self.give_up();
            }
            self.last_pos = pos.or(self.last_pos);
            if row - zone.first < ZONE_ROWS {
                zone.min_pos = zone.min_pos.or(pos);
                zone.max_end = zone.max_end.max(end_pos);
                zone.last = row;
                return;
            }
            let name = zone.name.clone();
            return self.begin(name, pos, end_pos, row);
        }
        let name = name.map(Arc::from);
        if !self.names.insert(name.clone()) {
            return self.give_up();
        }
        self.last_pos = pos;
        self.begin(name, pos, end_pos, row);
    }

    fn begin(&mut self, name: Option<Arc<str>>, min_pos: Option<i64>, max_end: Option<i64>, row: i64) {
        self.zones.push(Zone { name, min_pos, max_end, first: row, last: row });
    }

    fn give_up(&mut self) {
        *self = Self { is_unsorted: true, ..Self::default() };
    }

    /// The zones; nothing when a position was lower than the one before it, or a name came back.
    pub(super) fn finish(self) -> Option<Vec<Zone>> {
        (!self.is_unsorted).then_some(self.zones)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zones(rows: &[(Option<&str>, Option<i64>, Option<i64>)]) -> Option<Vec<Zone>> {
        let mut map = ZoneMap::default();
        for (row, (name, pos, end_pos)) in (1..).zip(rows) {
            map.push(*name, *pos, *end_pos, row);
        }
        map.finish()
    }

    #[test]
    fn zones_end_with_the_name_and_with_enough_rows() {
        let mut rows = vec![(Some("a"), Some(5), Some(90)); 1100];
        rows.extend([(Some("a"), Some(7), Some(8)), (Some("b"), None, None), (None, None, None)]);
        let zones = zones(&rows).unwrap();
        let shape: Vec<_> = zones.iter().map(|z| (z.name.as_deref(), z.first, z.last)).collect();
        let (a, b) = (Some("a"), Some("b"));
        assert_eq!(shape, [(a, 1, 1024), (a, 1025, 1101), (b, 1102, 1102), (None, 1103, 1103)]);
        assert_eq!((zones[1].min_pos, zones[1].max_end), (Some(5), Some(90)));
        assert_eq!((zones[2].min_pos, zones[2].max_end), (None, None));
    }

    #[test]
    fn unsorted_rows_have_no_zones() {
        assert_eq!(zones(&[(Some("a"), Some(2), Some(2)), (Some("a"), Some(1), Some(2))]), None);
        assert_eq!(zones(&[(Some("a"), None, None), (None, None, None), (Some("a"), None, None)]), None);
        let unplaced_between =
            [(Some("a"), Some(3), None), (Some("a"), None, None), (Some("a"), Some(2), None)];
        assert_eq!(zones(&unplaced_between), None);
    }
}
