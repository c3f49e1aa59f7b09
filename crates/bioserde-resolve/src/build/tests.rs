use bioserde_core::Position;

use super::*;
use crate::Index;

impl IndexBuilder {
    /// With bins of another scheme than the kind's own.
    pub(crate) fn with_binning(mut self, binning: Binning) -> Self {
        self.binning = binning;
        self
    }
}

fn builder(kind: IndexKind) -> IndexBuilder {
    IndexBuilder::new(kind, ["a", "b", "c"])
}

fn placed(reference: usize, start: u64, end: u64) -> Option<(usize, Interval)> {
    let at = |p| Position::new(p).unwrap();
    Some((reference, Interval { start: at(start), end: at(end) }))
}

/// The places as consecutive records.
fn push(builder: &mut IndexBuilder, places: &[Option<(usize, Interval)>]) -> Result<(), BuildError> {
    places.iter().try_for_each(|place| {
        let start = builder.end;
        let end = VirtualPosition::from(u64::from(start) + 100);
        builder.push(IndexRecord { place: *place, is_mapped: place.is_some(), start, end })
    })
}

fn inflated(builder: IndexBuilder) -> Vec<u8> {
    serialise::serialise(&builder).unwrap()
}

#[test]
fn unsorted_records_are_named() {
    let e = |places: &[_]| push(&mut builder(IndexKind::Bai), places).unwrap_err();
    let descending = e(&[placed(1, 20, 30), placed(1, 19, 19)]);
    assert_eq!(descending.to_string(), "the records are not sorted: b:19 comes after b:20");
    assert!(descending.hint().is_some());
    let scattered = e(&[placed(1, 20, 30), placed(0, 5, 6), placed(1, 40, 40)]);
    let message = "the records are not sorted: b:40 comes after a:5, but other records of b came before";
    assert_eq!(scattered.to_string(), message);
    let after = e(&[None, placed(1, 20, 30)]);
    assert_eq!(after.to_string(), "the records are not sorted: b:20 comes after an unplaced record");
}

#[test]
fn limits_depend_on_the_kind() {
    let last = 1 << 29;
    for kind in [IndexKind::Bai, IndexKind::Tbi] {
        assert_eq!(push(&mut builder(kind), &[placed(0, last, last)]), Ok(()));
        let error = push(&mut builder(kind), &[placed(0, last, last + 1)]).unwrap_err();
        assert!(matches!(error, BuildError::BeyondLimit { limit: 536_870_912, .. }));
        assert_eq!(error.hint(), Some("--csi holds every position"));
    }
    let max = u64::from(Position::MAX.get());
    assert_eq!(push(&mut builder(IndexKind::Csi), &[placed(0, 1, max), placed(0, max, max)]), Ok(()));
}

#[test]
fn calls_that_make_no_sense_are_refused() {
    assert_eq!(
        push(&mut builder(IndexKind::Bai), &[placed(3, 1, 1)]),
        Err(BuildError::UnknownReference { reference: 3 })
    );
    let mut builder = builder(IndexKind::Bai);
    push(&mut builder, &[placed(0, 1, 1)]).unwrap();
    let at = VirtualPosition::from;
    let record = IndexRecord { place: placed(0, 2, 2), is_mapped: true, start: at(50), end: at(150) };
    assert!(matches!(builder.push(record), Err(BuildError::Place { .. })));
}

#[test]
fn names_are_those_with_records_in_their_order() {
    let mut tbi = builder(IndexKind::Tbi);
    assert_eq!((tbi.reference("b"), tbi.reference("new")), (1, 3));
    push(&mut tbi, &[placed(3, 5, 5), placed(1, 9, 9)]).unwrap();
    let index = Index::from_bytes("x", &inflated(tbi)).unwrap();
    assert_eq!(index.names().unwrap(), ["new", "b"]);

    let mut csi = builder(IndexKind::Csi).with_names();
    push(&mut csi, &[placed(2, 5, 5)]).unwrap();
    let index = Index::from_bytes("x", &inflated(csi)).unwrap();
    assert_eq!((index.names().unwrap(), index.reference_count()), (["c".to_owned()].as_slice(), 1));

    for kind in [IndexKind::Bai, IndexKind::Csi] {
        let mut header = builder(kind);
        push(&mut header, &[placed(2, 5, 5), placed(1, 5, 5), None]).unwrap();
        let index = Index::from_bytes("x", &inflated(header)).unwrap();
        assert_eq!((index.kind(), index.names(), index.reference_count()), (kind, None, 3));
        assert_eq!(index.counts(0), None);
        assert_eq!(index.counts(1), Some(crate::RecordCounts { mapped: 1, unmapped: 0 }));
        assert_eq!(index.unplaced_count(), Some(1));
    }
}

#[test]
fn small_bins_join_their_parents() {
    let mut builder = builder(IndexKind::Bai);
    // The second crosses a border of smallest bins, so their parent has a chunk.
    push(&mut builder, &[placed(0, 16_000, 16_100), placed(0, 16_300, 16_500), placed(0, 20_000, 20_000)])
        .unwrap();
    builder.references[0].1.finish(Binning::FIXED);
    let bins: Vec<_> =
        builder.references[0].1.bins.iter().map(|(bin, chunks)| (*bin, chunks.len())).collect();
    assert_eq!(bins, [(585, 1)]);
}
