use bioserde_core::{Interval, Position};
use bioserde_read::Want;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn position(n: u32) -> Position {
    Position::new(n.into()).unwrap()
}

fn wants() -> impl Strategy<Value = Vec<Want>> {
    let mapped = (0usize..9, 0u32..500, 0u32..500).prop_map(|(reference, start, len)| {
        let interval = Interval { start: position(start), end: position(start + len) };
        Want::Mapped { reference, interval }
    });
    vec(prop_oneof![9 => mapped, 1 => Just(Want::Unplaced)], 0..5)
}

fn part() -> impl Strategy<Value = Part> {
    let share = (wants(), proptest::option::of((0usize..9, 0u32..99)))
        .prop_map(|(wants, after)| Share { wants, after: after.map(|(r, p)| (r, position(p))) });
    let share = proptest::option::of(share);
    prop_oneof![
        Just(Part::Header),
        Just(Part::End),
        (0u64..9, 0u64..9).prop_map(|(a, b)| Part::Bytes(a..a + b)),
        (0u64..u64::MAX, 0u64..u64::MAX).prop_map(|(a, b)| {
            Part::Between(Piece { start: VirtualPosition::from(a), end: VirtualPosition::from(b) })
        }),
        (share, any::<bool>()).prop_map(|(share, table)| if table {
            Part::Table(share)
        } else {
            Part::Records(share)
        }),
    ]
}

proptest! {
    #[test]
    fn blocks_read_back(id in "[ -~é/]{1,20}", part in part(), columns in 0usize..4) {
        let raw = ["", "fields=SEQ,QUAL&tags=", "tags=NM,MD&notags=RG", "format=BAM"][columns];
        let Ok(query) = Query::from_get(Endpoint::Reads, &id, raw) else { return Ok(()) };
        let recipient = (columns == 1).then(|| [7; 32].into());
        let block = Block { query, source: Format::Bam, version: "v1".to_owned(), part, recipient };
        let text = block.to_path_and_query();
        prop_assert_eq!(Block::parse(&text).unwrap(), block);
        let uri = format!("/data/{text}").parse::<http::Uri>();
        prop_assert!(uri.is_ok(), "{:?}", uri);
    }

    #[test]
    fn no_text_panics(text in "(reads|variants|x)/[a-z%]{0,4}\\?(part=(header|bytes|between|records|table)&)?[ -~]{0,60}") {
        let _ = Block::parse(&text);
    }
}
