use std::io::Write;

use flate2::write::GzEncoder;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn crai(text: &str) -> Crai {
    Crai::parse("x.crai", text.as_bytes(), 1 << 20, 100).unwrap()
}

fn mapped(reference: usize, start: u64, end: u64) -> Want {
    let at = |position| Position::new(position).unwrap();
    Want::Mapped { reference, interval: Interval { start: at(start), end: at(end) } }
}

#[track_caller]
fn refuses(text: &[u8], message: &str) {
    let error = Crai::parse("x.crai", text, 1 << 20, 3).unwrap_err();
    assert_eq!(error.to_string(), "x.crai: the index is invalid");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), message);
}

#[test]
fn a_span_is_a_length() {
    let crai = crai("0\t10\t5\t100\t0\t1\n");
    assert_eq!(crai.plan(&[mapped(0, 14, 14)]), [100]);
    assert_eq!(crai.plan(&[mapped(0, 10, 10)]), [100]);
    assert!(crai.plan(&[mapped(0, 15, 20)]).is_empty());
    assert!(crai.plan(&[mapped(0, 1, 9)]).is_empty());
    assert!(crai.plan(&[mapped(1, 10, 14), mapped(7, 10, 14), Want::Unplaced]).is_empty());
}

#[test]
fn a_container_of_many_slices_and_references_is_planned_once() {
    let crai = crai(concat!(
        "0\t1\t75\t405\t202\t403\n",
        "0\t67\t75\t405\t605\t405\n",
        "0\t199\t75\t1851\t199\t449\n",
        "1\t1\t19\t1851\t648\t429\n",
        "2\t285\t25\t4868\t204\t487\n",
        "-1\t0\t1\t4868\t204\t487\n",
        "-1\t0\t1\t6562\t182\t337\n",
    ));
    assert_eq!(crai.containers(), [405, 1851, 4868, 6562]);
    assert_eq!(crai.last_reference(), Some(2));
    assert_eq!(crai.plan(&[mapped(0, 1, 300), mapped(1, 1, 5)]), [405, 1851]);
    assert_eq!(crai.plan(&[Want::Unplaced]), [4868, 6562]);
    assert_eq!(crai.plan(&[Want::Unplaced, mapped(2, 285, 285), mapped(0, 70, 70)]), [405, 4868, 6562]);
    assert!(crai.plan(&[]).is_empty());
}

#[test]
fn places_are_those_of_all_lines() {
    let crai = crai(
        "0\t5\t10\t20\t0\t1\n-1\t0\t1\t50\t0\t1\n0\t40\t5\t30\t0\t1\n0\t1\t3\t20\t0\t1\n0\t60\t5\t40\t0\t1\n1\t6\t5\t40\t0\t1\n",
    );
    let within = |start, end| match mapped(0, start, end) {
        Want::Mapped { reference, interval } => Some(ContainerPlace::Within { reference, interval }),
        Want::Unplaced => None,
    };
    assert_eq!(crai.place(20), within(1, 14));
    assert_eq!(crai.place(30), within(40, 44));
    assert_eq!(crai.place(40), Some(ContainerPlace::Mixed));
    assert_eq!(crai.place(50), Some(ContainerPlace::Unplaced));
    assert_eq!(crai.place(21), None);
    assert_eq!(crai.references().collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn files_that_are_not_sorted_are_told() {
    let is_ascending = |text| crai(text).is_ascending();
    assert!(is_ascending("1\t1\t9\t10\t0\t1\n1\t4\t9\t20\t0\t1\n0\t1\t9\t20\t0\t1\n0\t3\t9\t30\t0\t1\n"));
    assert!(!is_ascending("0\t5\t9\t10\t0\t1\n0\t4\t9\t20\t0\t1\n"));
    assert!(!is_ascending("0\t1\t9\t10\t0\t1\n1\t1\t9\t20\t0\t1\n0\t4\t9\t30\t0\t1\n"));
}

#[test]
fn lines_stand_in_any_order() {
    let crai = crai("-1\t0\t1\t50\t0\t1\n1\t5\t5\t40\t0\t1\n0\t90\t5\t30\t0\t1\n0\t1\t100\t20\t0\t1\n");
    assert_eq!(crai.containers(), [20, 30, 40, 50]);
    assert_eq!(crai.plan(&[mapped(0, 95, 99), mapped(1, 9, 9)]), [20, 40]);
    assert_eq!(crai.plan(&[mapped(0, 94, 94)]), [20, 30]);
}

#[test]
fn odd_starts_and_spans_are_read() {
    let crai = crai("-1\t-2147483648\t9999999999\t50\t0\t1\n0\t7\t0\t40\t0\t1\n0\t9\t2147483647\t60\t0\t1");
    assert_eq!(crai.plan(&[Want::Unplaced]), [50]);
    assert_eq!(crai.plan(&[mapped(0, 7, 7)]), [40]);
    assert_eq!(crai.plan(&[mapped(0, 2_147_483_647, 2_147_483_647)]), [60]);
    let none = Crai::parse("x", &b""[..], 0, 1).unwrap();
    assert!(none.containers().is_empty() && none.last_reference().is_none());
}

#[test]
fn faulty_lines_are_named() {
    let good = "0\t1\t2\t3\t4\t5\n";
    let t = |line: &str, message: &str| refuses(format!("{good}{line}").as_bytes(), message);
    t("0\t1\t2\t3\t4\n", "line 2 is not six numbers separated by tabs: `0\\t1\\t2\\t3\\t4`");
    t("0\t1\t2\t3\t4\t5\t6\n", "line 2 is not six numbers separated by tabs: `0\\t1\\t2\\t3\\t4\\t5\\t6`");
    t("\n", "line 2 is not six numbers separated by tabs: ``");
    t("-2\t1\t2\t3\t4\t5\n", "line 2: the reference sequence is `-2`, not -1 or a number of 0 to 2147483647");
    t("x\t1\t2\t3\t4\t5\n", "line 2: the reference sequence is `x`, not -1 or a number of 0 to 2147483647");
    t("0\t-1\t2\t3\t4\t5\n", "line 2: the alignment start is `-1`, not a number of 0 to 2147483647");
    t(
        "0\t1\t2147483648\t3\t4\t5\n",
        "line 2: the alignment span is `2147483648`, not a number of 0 to 2147483647",
    );
    t("-1\t1\tx\t3\t4\t5\n", "line 2: the alignment span is `x`, not a number");
    t("0\t1\t2\t-3\t4\t5\n", "line 2: the container offset is `-3`, not a number of bytes");
    t("0\t1\t2\t3\t\t5\n", "line 2: the slice offset is ``, not a number of bytes");
    t("0\t1\t2\t3\t4\t5\r\n", "line 2: the slice size is `5\\r`, not a number of bytes");
    let long = format!("0\t1\t2\t3\t4\t{}\n", "1".repeat(200));
    t(&long, &format!("line 2: the slice size is `{}`, not a number of bytes", "1".repeat(118)));
    refuses(b"BAI\x01\0\xff", "line 1 is not six numbers separated by tabs: `BAI\\x01\\x00\\xff`");
    refuses(good.repeat(4).as_bytes(), "it has more than 3 lines");
}

#[test]
fn compressed_files_are_read_and_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.crai");
    let write = |members: &[&[u8]], cut: usize| {
        let mut bytes = Vec::new();
        for member in members {
            let mut encoder = GzEncoder::new(&mut bytes, flate2::Compression::fast());
            encoder.write_all(member).unwrap();
            encoder.finish().unwrap();
        }
        bytes.truncate(bytes.len() - cut);
        std::fs::write(&path, bytes).unwrap();
        Crai::read(&path)
    };
    let line = b"0\t10\t5\t100\t0\t1\n";
    assert_eq!(write(&[line, b"-1\t0\t0\t200\t0\t1\n"], 0).unwrap().containers(), [100, 200]);
    assert!(matches!(write(&[line], 5), Err(Error::Gzip { .. })));
    assert!(write(&[], 0).unwrap().containers().is_empty());
    let few = Crai::parse("x", &line.repeat(3)[..], 40, 100).unwrap_err();
    assert!(matches!(few, Error::Index { source: InvalidIndex::TooLarge { limit: 40 }, .. }));
    std::fs::write(&path, line).unwrap();
    assert_eq!(Crai::read(&path).unwrap().containers(), [100]);
    assert!(matches!(Crai::read(&dir.path().join("none")), Err(Error::Storage(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..200)) {
        drop(Crai::parse("x", &bytes[..], 150, 5));
    }

    #[test]
    fn no_text_makes_it_panic(text in "[-0-9\tx\n]{0,120}") {
        drop(Crai::parse("x", text.as_bytes(), 1000, 50));
    }

    #[test]
    fn a_plan_is_what_asking_each_line_gives(
        lines in vec((-1_i64..3, 0_u64..60, 0_u64..30, 0_u64..20), 0..30),
        wants in vec((0_usize..4, 0_u64..80, 0_u64..20), 0..4),
        unplaced in any::<bool>(),
    ) {
        let text: String = lines.iter().map(|(r, s, n, c)| format!("{r}\t{s}\t{n}\t{c}\t0\t1\n")).collect();
        let mut asked: Vec<Want> = wants.iter().map(|(r, s, n)| mapped(*r, *s, s + n)).collect();
        if unplaced {
            asked.push(Want::Unplaced);
        }
        let is_wanted = |(r, s, n, _): &&(i64, u64, u64, u64)| {
            let overlaps = |(wr, ws, wn): &(usize, u64, u64)| {
                i64::try_from(*wr) == Ok(*r) && *s <= ws + wn && s + (*n).max(1) > *ws
            };
            if *r == -1 { unplaced } else { wants.iter().any(overlaps) }
        };
        let mut expected: Vec<u64> = lines.iter().filter(is_wanted).map(|line| line.3).collect();
        expected.sort_unstable();
        expected.dedup();
        prop_assert_eq!(crai(&text).plan(&asked), expected);
    }
}
