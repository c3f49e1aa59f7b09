use proptest::collection::vec;
use proptest::prelude::*;

use super::server::{Framing, Reply, Server};
use super::{fetch_with, settings, ticket};
use crate::Settings;

/// How a part is served: its length, its framing, whether it has a tag and knows ranges, and where each
/// answer breaks off.
type Plan = (usize, bool, bool, bool, Vec<usize>);

fn bytes(part: usize, len: usize) -> Vec<u8> {
    (0..len).map(|i| u8::try_from((i * 31 + i / 251 + part * 7) % 256).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn however_parts_are_split_and_break_the_bytes_are_the_same(
        plans in vec((0usize..60_000, any::<bool>(), any::<bool>(), any::<bool>(), vec(0usize..60_000, 0..5)), 1..4),
    ) {
        let wanted: Vec<u8> = plans.iter().enumerate().flat_map(|(i, plan)| bytes(i, plan.0)).collect();
        let paths: Vec<String> = (0..plans.len()).map(|i| format!("/{i}")).collect();
        let server = Server::start(move |asked, n| {
            let Ok(part) = asked.target[1..].parse::<usize>() else {
                return ticket(asked, &paths.iter().map(String::as_str).collect::<Vec<_>>());
            };
            let (len, is_chunked, has_tag, knows_ranges, breaks): &Plan = &plans[part];
            let whole = bytes(part, *len);
            let range = asked.range(*len).filter(|(start, end)| *knows_ranges && start < end);
            let mut reply = range.map_or_else(|| Reply::ok(whole.clone()), |range| Reply::part(&whole, range));
            if *is_chunked {
                reply = reply.framed(Framing::Chunks);
            }
            if *has_tag {
                reply = reply.with("ETag", format!("\"{part}\""));
            }
            match breaks.get(n) {
                Some(at) if at < len => reply.cut(*at),
                _ => reply,
            }
        });
        let patient = Settings { tries: 10, pause: std::time::Duration::ZERO, ..settings() };
        prop_assert!(fetch_with(patient, &server.origin).unwrap() == wanted);
    }
}
