use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use bioserde_core::{Interval, Region};
use flate2::write::GzEncoder;
use flate2::{Compression, Crc};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::slice::Part;

const TEXT: &str = "@HD\tVN:1.6\n@SQ\tSN:a\tLN:100\n@SQ\tSN:b\tLN:50\n";

/// A CRAM file in the making, whose data containers hold no real records.
struct File {
    major: u8,
    bytes: Vec<u8>,
    /// Where each data container starts.
    starts: Vec<u64>,
}

impl File {
    fn new(major: u8, minor: u8, header_blocks: &[Vec<u8>]) -> Self {
        let mut bytes = [b"CRAM".as_slice(), &[major, minor]].concat();
        bytes.resize(26, b'i');
        let mut file = Self { major, bytes, starts: Vec::new() };
        // §7: the reference sequence id is ignored here.
        file.container(-9, 0, header_blocks);
        file.starts.clear();
        file
    }

    /// With the header as text, and `sizes` of data containers.
    fn whole(major: u8, minor: u8, sizes: &[usize]) -> Self {
        let mut file = Self::new(major, minor, &[block(major, 0, 0, &header(TEXT, 0))]);
        for size in sizes {
            let slice = block(major, 0, 2, &vec![0; *size]);
            file.container(0, 1, &[block(major, 0, 1, b"map"), slice]);
        }
        file.bytes.extend(bioserde_cram::Version::parse(&file.bytes[..26]).unwrap().eof_container());
        file
    }

    fn container(&mut self, reference: i32, records: u8, blocks: &[Vec<u8>]) {
        self.starts.push(self.bytes.len() as u64);
        let body = blocks.concat();
        let mut header = u32::try_from(body.len()).unwrap().to_le_bytes().to_vec();
        header.extend(itf8(reference));
        header.extend([1, 9, records, 0, 77, u8::try_from(blocks.len()).unwrap()]);
        let landmark = if blocks.len() > 1 { blocks[0].len() } else { 0 };
        header.extend([u8::from(landmark > 0), u8::try_from(landmark).unwrap()]);
        if landmark == 0 {
            header.pop();
        }
        sign(self.major, &mut header);
        self.bytes.extend(header);
        self.bytes.extend(body);
    }

    fn save(&self, folder: &Path, lines: &[&str]) -> PathBuf {
        let path = folder.join("x.cram");
        fs::write(&path, &self.bytes).unwrap();
        if !lines.is_empty() {
            fs::write(folder.join("x.cram.crai"), lines.concat()).unwrap();
        }
        path
    }
}

fn itf8(value: i32) -> Vec<u8> {
    let [a, b, c, d] = value.to_be_bytes();
    vec![0xf0 | a >> 4, a << 4 | b >> 4, b << 4 | c >> 4, c << 4 | d >> 4, d & 0x0f]
}

fn sign(major: u8, bytes: &mut Vec<u8>) {
    let mut crc = Crc::new();
    crc.update(bytes);
    if major == 3 {
        bytes.extend(crc.sum().to_le_bytes());
    }
}

fn block(major: u8, method: u8, content_type: u8, content: &[u8]) -> Vec<u8> {
    let mut stored = content.to_vec();
    if method == 1 {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        stored = encoder.finish().unwrap();
    }
    sized_block(major, method, content_type, &stored, content.len())
}

fn sized_block(major: u8, method: u8, content_type: u8, stored: &[u8], size: usize) -> Vec<u8> {
    let mut bytes = vec![method, content_type, 0];
    bytes.extend(itf8(i32::try_from(stored.len()).unwrap()));
    bytes.extend(itf8(i32::try_from(size).unwrap()));
    bytes.extend(stored);
    sign(major, &mut bytes);
    bytes
}

fn header(text: &str, padding: usize) -> Vec<u8> {
    let len = i32::try_from(text.len() + padding).unwrap();
    [&len.to_le_bytes(), text.as_bytes(), &vec![0; padding]].concat()
}

fn open(file: &File, lines: &[&str]) -> crate::Result<CramDataset> {
    let folder = tempfile::tempdir().unwrap();
    CramDataset::open(file.save(folder.path(), lines).to_str().unwrap())
}

#[track_caller]
fn refuses(file: &File, lines: &[&str], message: &str) {
    let error = open(file, lines).unwrap_err().to_string();
    assert!(error.ends_with(message), "{error}");
}

fn mapped(name: &str, start: u64, end: u64) -> Region {
    let interval = Interval::from_zero_based_half_open(start - 1, end).unwrap();
    Region::Mapped { name: name.to_owned(), interval }
}

#[test]
fn every_version_has_its_header_and_its_end() {
    for (major, minor) in [(2, 0), (2, 1), (3, 0), (3, 1)] {
        for (method, padding, more) in [(0, 0, None), (1, 0, None), (0, 99, None), (1, 5, Some(70))] {
            let mut blocks = vec![block(major, method, 0, &header(TEXT, padding))];
            blocks.extend(more.map(|n| block(major, 0, 0, &vec![0; n])));
            let mut file = File::new(major, minor, &blocks);
            let data_start = file.bytes.len() as u64;
            file.container(1, 4, &[block(major, 0, 1, b"map")]);
            let data_end = file.bytes.len() as u64;
            assert_eq!(open(&file, &[]).unwrap().has_eof(), minor == 0 && major == 2);
            let dataset = open(&file, &[]).unwrap();
            file.bytes.extend(dataset.eof_container());
            let dataset = open(&file, &[]).unwrap();
            assert!(dataset.has_eof());
            assert_eq!(dataset.header().text(), TEXT.as_bytes());
            assert_eq!(dataset.names(), ["a", "b"]);
            assert_eq!(dataset.header_range(), 0..data_start);
            assert_eq!(dataset.data_range(), data_start..data_end);
            assert_eq!(dataset.slice_all().unwrap().parts(), [Part::Raw(data_start..data_end)]);
            assert!(dataset.slice(&[Region::Unplaced]).unwrap().is_none());
        }
    }
}

#[test]
fn cram_is_found_by_its_content_and_by_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let message = |bytes: &[u8]| {
        let path = folder.path().join("x");
        fs::write(&path, bytes).unwrap();
        CramDataset::open(path.to_str().unwrap()).unwrap_err().to_string()
    };
    let whole = File::whole(3, 0, &[]).bytes;
    assert!(message(b"").ends_with("the file is empty"));
    assert!(message(b"@HD\tVN:1.6\n").contains("the content is none of cram"));
    assert!(message(b"BAI\x01").contains("this is a BAI index"));
    let compressed = bioserde_storage::bgzf::compress(&whole).unwrap();
    assert!(message(&compressed).contains("compressed once more"));
    assert!(message(&[b"CRAM\x04\0", &whole[6..]].concat()).contains("CRAM version 4.0 is not one of"));
    for cut in 4..whole.len() - 38 {
        assert!(message(&whole[..cut]).ends_with("it is truncated"), "{cut}");
    }
    let path = folder.path().join("y.sam");
    fs::write(&path, &whole).unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(CramDataset::open(path).unwrap().spec().name, "cram");
    let dataset = crate::Dataset::open(path).unwrap();
    assert_eq!((dataset.spec().name, dataset.header().text()), ("cram", TEXT.as_bytes()));
}

#[test]
fn faulty_headers_are_refused() {
    let t = |block: Vec<u8>, message: &str| refuses(&File::new(3, 0, &[block]), &[], message);
    let text = header(TEXT, 0);
    t(
        block(3, 4, 0, &text),
        "the SAM header is compressed by method 4 (§8); it can be raw (0) or gzip (1) only",
    );
    t(block(3, 0, 5, &text), "the first block of the container has content type 5, not 0 (§8.1)");
    t(sized_block(3, 1, 0, b"no gzip", 9), "does not inflate to the 9 bytes that it says");
    t(sized_block(3, 0, 0, &text, 9), "does not inflate to the 9 bytes that it says");
    t(sized_block(3, 1, 0, b"", 1 << 30), "says that its 0 bytes inflate to 1073741824");
    t(block(3, 0, 0, b"abc"), "the file ends inside the SAM header: it is truncated");
    t(block(3, 0, 0, b"\xff\0\0\0@CO\t\n"), "the length of the SAM header is 255, which cannot be");
    t(block(3, 0, 0, b"\xff\xff\xff\xff@CO\t\n"), "the length of the SAM header is -1, which cannot be");
    t(block(3, 0, 0, &header("@SQ\tSN:a\n", 0)), "header line 1: @SQ has no LN");
    let mut damaged = block(3, 0, 0, &text);
    damaged[30] ^= 1;
    t(damaged, "offset 26: the checksum of a block is wrong: it is corrupt, or none starts there");
    let mut short = block(3, 0, 0, &text);
    short.truncate(40);
    t(short, &format!("the compressed size of a block is {}, which cannot be", text.len()));
}

#[test]
fn containers_are_cut_and_joined() {
    let file = File::whole(3, 0, &[10, 200, 3000, 7, 40]);
    let s = file.starts.clone();
    let line = |reference: &str, at: usize| format!("{reference}\t{}\t{}\t0\t1\n", "11\t10", s[at]);
    let lines = [line("0", 0), line("0", 1), line("1", 1), line("1", 3), line("-1", 3), line("-1", 4)];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let dataset = open(&file, &lines).unwrap();
    let slice = |regions: &[Region]| {
        let slice = dataset.slice(regions).unwrap().unwrap();
        slice
            .parts()
            .iter()
            .map(|part| match part {
                Part::Raw(range) => (range.start, range.end),
                Part::Encoded(_) => panic!("nothing is made"),
            })
            .collect::<Vec<_>>()
    };
    let end = dataset.data_range().end;
    assert_eq!(slice(&[mapped("a", 15, 15)]), [(s[0], s[2])]);
    assert_eq!(slice(&[mapped("b", 20, 30)]), [(s[1], s[2]), (s[3], s[4])]);
    assert_eq!(slice(&[Region::Unplaced]), [(s[3], end)]);
    assert_eq!(slice(&[Region::Unplaced, mapped("a", 1, 50)]), [(s[0], s[2]), (s[3], end)]);
    assert_eq!(slice(&[mapped("a", 21, 50), mapped("c", 1, 50)]), []);
    let starts =
        |dataset: &CramDataset, range| dataset.container_starts(range).collect::<Result<Vec<_>, _>>();
    assert_eq!(starts(&dataset, dataset.data_range()).unwrap(), [s[0], s[1], s[3], s[4]]);
    assert_eq!(starts(&dataset, s[1]..s[4]).unwrap(), [s[1], s[3]]);
    let unindexed = open(&file, &[]).unwrap();
    assert_eq!(starts(&unindexed, unindexed.data_range()).unwrap(), s);
    assert_eq!(starts(&unindexed, s[1]..s[3]).unwrap(), [s[1], s[2]]);
    assert_eq!(starts(&unindexed, s[1]..s[1]).unwrap(), [0_u64; 0]);
    let wrong: Vec<_> = unindexed.container_starts(s[1] + 1..end).collect();
    assert!(matches!(wrong.as_slice(), [Err(_)]));
}

#[test]
fn a_file_that_ends_inside_a_container_is_truncated() {
    for (major, minor) in [(2, 0), (2, 1), (3, 0), (3, 1)] {
        let mut file = File::whole(major, minor, &[10, 200, 3000]);
        let whole = open(&file, &[]).unwrap();
        let (data, bytes) = (whole.data_range(), file.bytes.clone());
        let line = format!("0\t11\t10\t{}\t0\t1\n", file.starts[1]);
        let cuts = data.start..bytes.len() as u64;
        for cut in cuts
            .filter(|cut| cut.is_multiple_of(7) || data.end.abs_diff(*cut) < 60 || file.starts.contains(cut))
        {
            file.bytes = bytes[..usize::try_from(cut).unwrap()].to_vec();
            for lines in [&[][..], &[line.as_str()]] {
                if !lines.is_empty() && cut <= file.starts[1] {
                    continue;
                }
                let dataset = open(&file, lines).unwrap();
                let slice = dataset.slice_all();
                if file.starts.contains(&cut) || cut == data.end {
                    assert_eq!(slice.unwrap().len(), cut - data.start, "{major}.{minor} {cut}");
                    continue;
                }
                let error = slice.unwrap_err();
                assert!(error.is_truncation(), "{major}.{minor} {cut}: {error}");
                assert_eq!(error.hint().as_deref(), Some("copy the file again"));
                let regions = [mapped("a", 15, 15)];
                assert!(lines.is_empty() || dataset.slice(&regions).is_err(), "{major}.{minor} {cut}");
            }
        }
    }
}

#[test]
fn a_file_without_the_mark_of_its_end_has_a_notice() {
    let folder = tempfile::tempdir().unwrap();
    for (major, minor, expected) in [(2, 0, 0), (2, 1, 1), (3, 1, 1)] {
        let mut file = File::whole(major, minor, &[10]);
        file.bytes.truncate(usize::try_from(open(&file, &[]).unwrap().data_range().end).unwrap());
        let path = file.save(folder.path(), &[]);
        let mut notices = Vec::new();
        CramDataset::open_with(path.to_str().unwrap(), None, &mut notices).unwrap();
        let text = format!("{}: the mark of the end is missing: the file may be truncated", path.display());
        assert_eq!(notices, vec![text; expected]);
    }
}

#[test]
fn an_index_of_another_file_is_refused() {
    let file = File::whole(3, 0, &[10, 200]);
    let (first, second) = (file.starts[0], file.starts[1]);
    let line = |at: u64| format!("0\t11\t10\t{at}\t0\t1\n");
    refuses(&file, &[&line(26)], "it has a container at offset 26, where the file has none");
    let end = file.bytes.len() as u64 - 38;
    refuses(&file, &[&line(end)], &format!("it has a container at offset {end}, where the file has none"));
    let beyond = line(first).replacen('0', "2", 1);
    refuses(&file, &[&beyond], "it has reference sequence 2 (0-based), the header has 2");
    refuses(&file, &["", ""], "it has no containers, but the file has");
    let empty = open(&File::whole(3, 0, &[]), &["", ""]).unwrap();
    assert!(empty.slice(&[Region::Unplaced]).unwrap().unwrap().is_empty());
    for (major, cut) in [(2, 0), (3, 0), (3, 60), (2, 60)] {
        let mut file = File::whole(major, 1, &[10, 200]);
        let (first, second) = (file.starts[0], file.starts[1]);
        file.bytes.truncate(file.bytes.len() - cut);
        for at in first + 1..file.bytes.len() as u64 - 40 {
            if at == second && cut == 0 {
                continue;
            }
            let slice = open(&file, &[&line(at)]).unwrap().slice(&[mapped("a", 11, 11)]);
            let error =
                slice.expect_err(&format!("{major} {cut} {at} {first} {second} {}", file.bytes.len()));
            let error = error.to_string();
            assert!(
                error.contains(&format!(
                    "x.cram.crai: the index does not fit the file, or the file is corrupt: offset {at}: "
                )),
                "{error}"
            );
        }
    }
    assert!(second > first);
}

#[test]
fn containers_that_overlap_are_refused() {
    // A container inside the content of another: no checksum tells that.
    let inner = File::whole(3, 0, &[10]);
    let inner_container = &inner.bytes[usize::try_from(inner.starts[0]).unwrap()..];
    let mut outer = File::new(3, 0, &[block(3, 0, 0, &header(TEXT, 0))]);
    outer.container(0, 1, &[block(3, 0, 1, inner_container)]);
    let start = outer.starts[0];
    let inside = outer.bytes.windows(inner_container.len()).position(|w| w == inner_container).unwrap();
    let lines = format!("0\t1\t9\t{start}\t0\t1\n0\t1\t9\t{inside}\t0\t1\n");
    let dataset = open(&outer, &[&lines]).unwrap();
    let error = dataset.slice(&[mapped("a", 1, 1)]).unwrap_err().to_string();
    assert!(error.ends_with(&format!("offset {inside}: it lies inside the container before it")), "{error}");
}

#[test]
fn an_index_is_found_or_given() {
    let folder = tempfile::tempdir().unwrap();
    let file = File::whole(3, 1, &[10]);
    let path = file.save(folder.path(), &[]);
    let (path, line) = (path.to_str().unwrap(), format!("0\t1\t9\t{}\t0\t1\n", file.starts[0]));
    assert!(CramDataset::open(path).unwrap().index().is_none());
    let given = folder.path().join("given");
    fs::write(&given, &line).unwrap();
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    fs::File::open(&given).unwrap().set_modified(old).unwrap();
    let mut notices = Vec::new();
    assert!(CramDataset::open_with(path, Some(&given), &mut notices).unwrap().index().is_some());
    assert_eq!(notices, [format!("{}: the index is older than the file", given.display())]);
    fs::write(folder.path().join("x.crai"), &line).unwrap();
    assert!(CramDataset::open(path).unwrap().index().is_some());
    fs::write(folder.path().join("x.cram.crai"), "x").unwrap();
    let error = CramDataset::open(path).unwrap_err().to_string();
    assert!(error.contains("x.cram.crai: the index is invalid"), "{error}");
    assert!(
        CramDataset::open("/dev/null").unwrap_err().to_string().contains("a stream can be read only once")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damage_never_panics(major in 2_u8..4, at in vec((4_usize..400, any::<u8>()), 1..6), cut in 30_usize..400) {
        let mut file = File::whole(major, 1, &[10, 100]);
        let line = format!("0\t1\t9\t{}\t0\t1\n", file.starts[1]);
        for (at, byte) in at {
            if let Some(old) = file.bytes.get_mut(at) {
                *old = byte;
            }
        }
        file.bytes.truncate(cut);
        for lines in [&[][..], &[line.as_str()]] {
            let Ok(dataset) = open(&file, lines) else { continue };
            let range = dataset.data_range();
            prop_assert!(range.end <= file.bytes.len() as u64 && range.start <= range.end);
            prop_assert!(dataset.container_starts(range).count() < 400);
            if let Ok(Some(slice)) = dataset.slice(&[mapped("a", 1, 5)]) {
                prop_assert!(slice.len() <= file.bytes.len() as u64);
            }
        }
    }
}
