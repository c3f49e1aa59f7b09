use bioserde_core::Position;
use bioserde_storage::bgzf::GroupReader;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::*;
use crate::binning::Binning;
use crate::{IndexBuilder, IndexKind, IndexRecord};

const NAMES: [&str; 4] = ["chr1", "chr2", "chr3", "empty"];

fn interval(start: u64, end: u64) -> Interval {
    let at = |p: u64| Position::new(p).unwrap_or(Position::MAX);
    Interval { start: at(start), end: at(end) }
}

/// Places records in a file: `size` bytes each, in blocks that inflate to 64,000 bytes and deflate
/// to a quarter.
struct Layout {
    inflated: u64,
}

impl Layout {
    fn next(&mut self, size: u64) -> Piece {
        let start = self.at();
        self.inflated += size;
        Piece { start, end: self.at() }
    }

    fn at(&self) -> VirtualPosition {
        let within = u16::try_from(self.inflated % 64_000).unwrap();
        VirtualPosition::new(self.inflated / 64_000 * 16_000, within).unwrap()
    }
}

/// Sorted records: (gap to the one before, length, bytes), by reference sequence.
fn records(limit: u64) -> impl Strategy<Value = Vec<IndexRecord>> {
    let gap = prop_oneof![4 => 0..300_u64, 2 => 0..40_000_u64, 1 => 0..limit / 8];
    let length = prop_oneof![4 => 0..200_u64, 2 => 0..40_000_u64, 1 => 0..limit / 4];
    let record = (gap, length, 20..30_000_u64);
    vec(vec(record, 0..60), 3).prop_map(move |references| {
        let mut layout = Layout { inflated: 1000 };
        let mut records = Vec::new();
        for (reference, list) in references.into_iter().enumerate() {
            let mut position = 0;
            for (gap, length, size) in list {
                position = (position + gap).min(limit);
                let Piece { start, end } = layout.next(size);
                let place = Some((reference, interval(position, (position + length).min(limit))));
                records.push(IndexRecord { place, is_mapped: length % 7 > 0, start, end });
            }
        }
        for size in [50, 70_000] {
            let Piece { start, end } = layout.next(size);
            records.push(IndexRecord { place: None, is_mapped: false, start, end });
        }
        records
    })
}

fn inflate(bytes: &[u8]) -> Vec<u8> {
    if bytes.starts_with(b"BAI") {
        return bytes.to_vec();
    }
    let mut groups = GroupReader::new(bytes, VirtualPosition::default(), VirtualPosition::MAX);
    let mut inflated = Vec::new();
    while let Some(group) = groups.next_group().unwrap() {
        inflated.extend_from_slice(group.inflate().unwrap().bytes());
    }
    inflated
}

fn build(kind: IndexKind, binning: Binning, records: &[IndexRecord]) -> Vec<u8> {
    let mut builder = IndexBuilder::new(kind, NAMES).with_binning(binning);
    for record in records {
        builder.push(*record).unwrap();
    }
    inflate(&builder.finish().unwrap())
}

/// The number that the index gives to a reference sequence.
fn number(index: &Index, reference: usize) -> Option<usize> {
    match index.names() {
        Some(names) => names.iter().position(|name| *name == NAMES[reference]),
        None => Some(reference),
    }
}

fn check(index: &Index, records: &[IndexRecord], regions: &[(usize, u64, u64)]) -> TestCaseResult {
    let mut wants = Vec::new();
    for (reference, start, length) in regions {
        let interval = interval(*start, start + length);
        wants.extend(number(index, *reference).map(|reference| Want::Mapped { reference, interval }));
        let plan = index.plan(wants.last().map_or(&[], std::slice::from_ref)).unwrap();
        for record in records {
            let covered = record.place.is_some_and(|(r, i)| {
                let end = i.end.max(i.start);
                r == *reference && interval.overlaps(Interval { end, ..i })
            });
            if covered {
                prop_assert!(holds(&plan, record), "{record:?} is not in {plan:?} for {interval:?}");
            }
        }
    }
    wants.push(Want::Unplaced);
    let plan = index.plan(&wants).unwrap();
    for pair in plan.pieces.windows(2) {
        prop_assert!(pair[0].end.compressed() < pair[1].start.compressed());
    }
    let is_boundary = |at| at == VirtualPosition::MAX || records.iter().any(|r| r.start == at || r.end == at);
    for piece in &plan.pieces {
        let is_header = piece.start == VirtualPosition::default();
        prop_assert!((is_header || is_boundary(piece.start)) && is_boundary(piece.end));
    }
    prop_assert!(records.iter().filter(|r| r.place.is_none()).all(|r| holds(&plan, r)));
    Ok(())
}

fn holds(plan: &SlicePlan, record: &IndexRecord) -> bool {
    plan.pieces.iter().any(|piece| piece.start <= record.start && record.end <= piece.end)
}

fn regions(limit: u64) -> impl Strategy<Value = Vec<(usize, u64, u64)>> {
    let start = prop_oneof![0..100_000_u64, 0..limit];
    let length = prop_oneof![Just(0_u64), 0..50_000_u64, 0..limit];
    vec((0..4_usize, start, length), 1..8)
}

proptest! {
    // Each case builds and reads several indexes.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_overlapping_record_is_planned(records in records(1 << 29), regions in regions(1 << 30)) {
        let deep = Binning::new(12, 7).unwrap();
        for (kind, binning) in [
            (IndexKind::Bai, Binning::FIXED),
            (IndexKind::Tbi, Binning::FIXED),
            (IndexKind::Csi, Binning::FIXED),
            (IndexKind::Csi, Binning::WIDE),
            (IndexKind::Csi, deep),
        ] {
            let index = Index::from_bytes("x", &build(kind, binning, &records)).unwrap();
            check(&index, &records, &regions)?;
        }
    }

    #[test]
    fn a_csi_reaches_the_last_position(records in records((1 << 31) - 1), regions in regions(1 << 31)) {
        let index = Index::from_bytes("x", &build(IndexKind::Csi, Binning::WIDE, &records)).unwrap();
        check(&index, &records, &regions)?;
    }

    #[test]
    fn damage_never_panics(
        records in records(1 << 29),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        for kind in [IndexKind::Bai, IndexKind::Tbi, IndexKind::Csi] {
            let binning = if kind == IndexKind::Csi { Binning::WIDE } else { Binning::FIXED };
            let mut bytes = build(kind, binning, &records);
            prop_assert!(Index::from_bytes("x", &bytes[..cut.index(bytes.len() - 8)]).is_err());
            for (at, value) in &damage {
                let at = at.index(bytes.len());
                bytes[at] = *value;
            }
            if let Ok(index) = Index::from_bytes("x", &bytes) {
                for reference in 0..index.reference_count().min(10) {
                    let wants = [Want::Mapped { reference, interval: Interval::ALL }, Want::Unplaced];
                    prop_assert!(index.plan(&wants).is_ok());
                }
                index.record_starts();
            }
        }
    }
}

/// 1,000 records of 100 bases, every 1,000 bases, 20,000 bytes each: smallest bins stay.
fn regular() -> Vec<IndexRecord> {
    let mut layout = Layout { inflated: 0 };
    let place = |i: u64| Some((0, interval(i * 1000 + 1, i * 1000 + 100)));
    (0..1000)
        .map(|i| {
            let Piece { start, end } = layout.next(20_000);
            IndexRecord { place: place(i), is_mapped: true, start, end }
        })
        .collect()
}

#[test]
fn a_plan_is_not_much_larger_than_its_region() {
    for (kind, binning) in [(IndexKind::Bai, Binning::FIXED), (IndexKind::Csi, Binning::WIDE)] {
        let index = Index::from_bytes("x", &build(kind, binning, &regular())).unwrap();
        let want = Want::Mapped { reference: 0, interval: interval(500_001, 510_000) };
        let plan = index.plan(&[want]).unwrap();
        let [piece] = plan.pieces.as_slice() else { panic!("{plan:?}") };
        let records = regular().iter().filter(|r| piece.start <= r.start && r.end <= piece.end).count();
        assert!((10..100).contains(&records), "{kind:?} {records}");
    }
}

#[test]
fn what_cannot_be_asked_for() {
    let index = Index::from_bytes("x.bai", &build(IndexKind::Bai, Binning::FIXED, &regular())).unwrap();
    let plan = |reference, interval| index.plan(&[Want::Mapped { reference, interval }]);
    assert_eq!(plan(1, Interval::ALL).unwrap(), SlicePlan::default());
    assert_eq!(plan(0, interval(1 << 29 | 1, 1 << 30)).unwrap(), SlicePlan::default());
    assert_eq!(plan(0, interval(0, 0)).unwrap().pieces.len(), 1);
    let error = plan(4, Interval::ALL).unwrap_err();
    assert_eq!(
        error.to_string(),
        "x.bai: the index has 4 reference sequences and none of number 4 (0-based)"
    );
}

#[test]
fn unplaced_records_follow_the_placed_ones() {
    let records = regular();
    let index = Index::from_bytes("x", &build(IndexKind::Bai, Binning::FIXED, &records)).unwrap();
    let piece = |start| Piece { start, end: VirtualPosition::MAX };
    assert_eq!(index.plan(&[Want::Unplaced]).unwrap().pieces, [piece(records[999].end)]);
    let empty = Index::from_bytes("x", &build(IndexKind::Bai, Binning::FIXED, &[])).unwrap();
    assert_eq!(empty.plan(&[Want::Unplaced]).unwrap().pieces, [piece(VirtualPosition::default())]);
}
