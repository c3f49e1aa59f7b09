//! Every format of records: what is written is the header and the records, whole and in blocks, and other
//! programs find in it, by the index beside it, what they find by their own.

mod cases;
mod tools;

use std::fs;
use std::path::Path;

use bioserde_core::{Family, Header, RecordForm, Records};
use bioserde_storage::Target;
use bioserde_testkit::bgzf;
use bioserde_write::{
    Error, OutputFormat, RecordFormat, RecordHeader, SINKS, SinkOptions, WriteIndex, by_name,
};

use cases::Case;

fn formats() -> impl Iterator<Item = &'static dyn RecordFormat> {
    SINKS.iter().filter_map(|format| match format {
        OutputFormat::Records(format) => Some(*format),
        OutputFormat::Table(_) => None,
    })
}

fn format(name: &str) -> &'static dyn RecordFormat {
    formats().find(|format| format.spec().name == name).unwrap()
}

/// Records a unit.
const UNIT: usize = 700;

fn try_write(
    format: &dyn RecordFormat,
    path: &Path,
    case: &Case,
    options: &SinkOptions,
    ahead: bool,
) -> Result<u64, Error> {
    let target = Target::create(path.to_str().unwrap(), false).unwrap();
    let bytes = case.bytes.as_ref().map(|(form, bytes)| (*form, bytes.as_slice()));
    let mut sink = format.create(target, &RecordHeader { header: &case.header, bytes }, options)?;
    let mut encoded = Vec::new();
    for unit in case.records.chunks(UNIT) {
        let mut encoder = sink.encoder()?;
        for part in unit.chunks(UNIT / 2) {
            encoder.write(&records(part))?;
        }
        let unit = encoder.finish()?;
        if ahead { encoded.push(unit) } else { sink.append(unit)? }
    }
    encoded.into_iter().try_for_each(|unit| sink.append(unit))?;
    assert!(!path.exists(), "visible before it is finished");
    sink.finish()
}

fn records(part: &[cases::Record]) -> Records {
    let mut records = Records::default();
    for record in part {
        records.bytes.extend_from_slice(&record.bytes);
        records.ends.push(records.bytes.len());
        records.locations.push(record.location);
    }
    records
}

fn write(name: &str, path: &Path, case: &Case, options: &SinkOptions) {
    try_write(format(name), path, case, options, true).unwrap();
}

fn indexed(index: WriteIndex) -> SinkOptions {
    SinkOptions { index, ..SinkOptions::default() }
}

fn path_in(dir: &Path, format: &dyn RecordFormat) -> std::path::PathBuf {
    dir.join(format!("out{}", format.spec().suffixes[0]))
}

#[test]
fn what_is_written_is_the_header_and_the_records() {
    // CRAM has them in columns: what it gives back is held against samtools in bioserde-cram.
    for format in formats().filter(|format| format.spec().name != "cram") {
        for case in cases::of(format.form()) {
            let dir = tempfile::tempdir().unwrap();
            let path = path_in(dir.path(), format);
            let size = try_write(format, &path, &case, &SinkOptions::default(), false).unwrap();
            let what = format!("{} {}", format.spec().name, case.name);
            let bytes = fs::read(&path).unwrap();
            assert_eq!(size, bytes.len() as u64, "{what}");
            let is_blocks = format.spec().compressions == ["bgzf"];
            let inflated = if is_blocks { bgzf::decompress(&bytes) } else { bytes.clone() };
            assert!(inflated == case.expected(), "{what}");
            if is_blocks {
                assert!(bytes.ends_with(&bioserde_storage::bgzf::EOF_MARKER), "{what}");
                assert_records_begin_blocks(&bytes, &case, &what);
            }
        }
    }
}

/// A record that fits a block lies in one, and the first does not share one with the header.
fn assert_records_begin_blocks(bytes: &[u8], case: &Case, what: &str) {
    let mut ends = vec![case.header_bytes.len()];
    for record in &case.records {
        ends.push(ends.last().unwrap() + record.bytes.len());
    }
    let mut at = 0;
    let mut starts = Vec::new();
    for block in bgzf::blocks(bytes) {
        starts.push(at);
        at += bgzf::decompress(&bytes[block]).len();
    }
    assert!(starts.binary_search(&ends[0]).is_ok(), "{what}");
    for start in starts {
        let Err(next) = ends.binary_search(&start) else { continue };
        let len = if next == 0 { usize::MAX } else { ends[next] - ends[next - 1] };
        assert!(len > 0xff00, "{what}: a record of {len} bytes lies in two blocks");
    }
}

#[test]
fn equal_records_give_equal_bytes() {
    for format in formats() {
        for case in cases::of(format.form()) {
            let bytes = [false, true].map(|ahead| {
                let dir = tempfile::tempdir().unwrap();
                let path = path_in(dir.path(), format);
                try_write(format, &path, &case, &SinkOptions::default(), ahead).unwrap();
                fs::read(path).unwrap()
            });
            assert!(bytes[0] == bytes[1], "{} {}", format.spec().name, case.name);
        }
    }
}

#[test]
fn every_level_is_read_back() {
    for format in formats().filter(|f| !f.spec().compressions.is_empty()) {
        let case = &cases::of(format.form())[0];
        let mut sizes = Vec::new();
        for compression in ["bgzf:0", "bgzf:1", "bgzf", "bgzf:6", "bgzf:12"] {
            let dir = tempfile::tempdir().unwrap();
            let path = path_in(dir.path(), format);
            let options = SinkOptions { compression: Some(compression.to_owned()), ..SinkOptions::default() };
            sizes.push(try_write(format, &path, case, &options, false).unwrap());
            assert!(bgzf::decompress(&fs::read(path).unwrap()) == case.expected());
        }
        assert!(sizes[0] > sizes[1] && sizes[1] > sizes[2] && sizes[2] == sizes[3] && sizes[3] > sizes[4]);
    }
}

#[test]
fn other_compressions_are_refused() {
    for format in formats() {
        for given in ["zstd", "bgzf:", "bgzf:13", "bgzf:-1", "bgzf:x", "6", ""] {
            let case = &cases::of(format.form())[0];
            let dir = tempfile::tempdir().unwrap();
            let options = SinkOptions { compression: Some(given.to_owned()), ..SinkOptions::default() };
            let refused = try_write(format, &path_in(dir.path(), format), case, &options, false).unwrap_err();
            let is_right = matches!(refused, Error::UnknownCompression { .. } | Error::NoCompression { .. });
            assert!(is_right, "{} {given}: {refused}", format.spec().name);
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        }
    }
}

#[test]
fn the_other_family_is_refused() {
    for format in formats() {
        let other = match format.family() {
            Family::Alignments => RecordForm::Vcf,
            Family::Variants => RecordForm::Sam,
        };
        let case = &cases::of(other)[0];
        let dir = tempfile::tempdir().unwrap();
        let path = path_in(dir.path(), format);
        let refused = try_write(format, &path, case, &SinkOptions::default(), false).unwrap_err();
        assert!(matches!(refused, Error::OtherFamily { .. }), "{}: {refused}", format.spec().name);
    }
}

#[test]
fn an_index_needs_blocks_a_file_and_locations() {
    for format in formats() {
        let mut case = cases::sorted(format.form());
        let dir = tempfile::tempdir().unwrap();
        let path = path_in(dir.path(), format);
        if format.spec().index_suffixes.is_empty() {
            let refused = try_write(format, &path, &case, &indexed(WriteIndex::Usual), false).unwrap_err();
            assert!(matches!(refused, Error::NoIndex { .. }), "{refused}");
            continue;
        }
        let header = RecordHeader { header: &case.header, bytes: None };
        let pipe = Target::create("-", false).unwrap();
        let refused = format.create(pipe, &header, &indexed(WriteIndex::Csi)).unwrap_err();
        assert!(matches!(refused, Error::IndexNeedsFile { .. }) && refused.hint().is_some(), "{refused}");
        // CRAM takes the places from the records.
        if format.spec().name != "cram" {
            refuses_unlocated(format, &path, &case);
        }

        case.records.swap(0, 1);
        let refused = try_write(format, &path, &case, &indexed(WriteIndex::Usual), true).unwrap_err();
        assert!(matches!(refused, Error::Index { record: 2, .. }) && refused.hint().is_some(), "{refused}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "something is left");
    }
}

fn refuses_unlocated(format: &dyn RecordFormat, path: &Path, case: &Case) {
    let header = RecordHeader { header: &case.header, bytes: None };
    let unlocated = Records { locations: Vec::new(), ..records(&case.records[..2]) };
    let target = Target::create(path.to_str().unwrap(), false).unwrap();
    let mut sink = format.create(target, &header, &indexed(WriteIndex::Usual)).unwrap();
    let refused = sink.encoder().unwrap().write(&unlocated).unwrap_err();
    assert!(matches!(refused, Error::NoLocations { records: 2, locations: 0 }), "{refused}");
}

#[test]
fn cram_has_no_csi() {
    let dir = tempfile::tempdir().unwrap();
    let case = cases::sorted(RecordForm::Bam);
    let refused =
        try_write(format("cram"), &dir.path().join("x.cram"), &case, &indexed(WriteIndex::Csi), false);
    assert!(matches!(refused, Err(Error::NoCsi { format: "cram" })));
}

#[test]
fn long_reference_sequences_have_a_csi() {
    for (name, suffix) in [("bam", "bai"), ("vcf.gz", "tbi"), ("bcf", "csi"), ("sam.gz", "csi")] {
        let format = format(name);
        for (length, suffix) in [(1_u32 << 29, suffix), ((1 << 29) + 1, "csi")] {
            let case = Case {
                records: Vec::new(),
                header: cases::header_of_length(format.form(), length),
                ..cases::sorted(format.form())
            };
            let dir = tempfile::tempdir().unwrap();
            let path = path_in(dir.path(), format);
            write(name, &path, &Case { bytes: None, ..case }, &indexed(WriteIndex::Usual));
            let mut index = path.into_os_string();
            index.push(format!(".{suffix}"));
            assert!(Path::new(&index).exists(), "{name} {length}");
        }
    }
}

#[test]
fn a_record_beyond_the_index_is_refused_with_a_way_out() {
    let mut case = cases::sorted(RecordForm::Vcf);
    let far = bioserde_core::Position::new(1 << 30).unwrap();
    let last = case.records.last_mut().unwrap();
    last.location.interval = Some(bioserde_core::Interval { start: far, end: far });
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("out.vcf.gz");
    let refused = try_write(format("vcf.gz"), &path, &case, &indexed(WriteIndex::Usual), true).unwrap_err();
    assert_eq!(refused.hint(), Some("--csi holds every position"));
    try_write(format("vcf.gz"), &path, &case, &indexed(WriteIndex::Csi), true).unwrap();
}

#[test]
fn a_header_is_made_where_the_source_has_another_form() {
    let made = |name: &str, text: &str| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        let header = match format(name).family() {
            Family::Alignments => {
                let mut header = bioserde_core::sam::Header::parse(text.as_bytes()).unwrap();
                let length = 9;
                if header.reference_sequences.is_empty() {
                    let name = "a".to_owned();
                    header.reference_sequences.push(bioserde_core::sam::ReferenceSequence { name, length });
                }
                Header::Sam(header.into())
            }
            Family::Variants => {
                Header::Vcf(bioserde_core::vcf::Header::parse(text.as_bytes()).unwrap().into())
            }
        };
        let case = Case { header, records: Vec::new(), bytes: None, ..cases::sorted(format(name).form()) };
        write(name, &path, &case, &SinkOptions::default());
        let bytes = fs::read(path).unwrap();
        if format(name).spec().compressions.is_empty() { bytes } else { bgzf::decompress(&bytes) }
    };
    let list = b"\x01\0\0\0\x02\0\0\0a\0\x09\0\0\0";
    assert_eq!(made("bam", ""), [b"BAM\x01\0\0\0\0", &list[..]].concat());
    assert_eq!(made("bam", "@CO\tx\r\n@CO\ty"), [b"BAM\x01\x0c\0\0\0@CO\tx\n@CO\ty\n", &list[..]].concat());
    assert_eq!(made("sam", "@HD\tVN:1.6\n@CO\tx"), b"@HD\tVN:1.6\n@SQ\tSN:a\tLN:9\n@CO\tx\n");
    assert_eq!(made("sam.gz", "@SQ\tSN:b\tLN:5\n"), b"@SQ\tSN:b\tLN:5\n");
    let text = "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO";
    let ended = format!("{text}\n").into_bytes();
    assert_eq!(made("vcf", text), ended);
    let bcf = [b"BCF\x02\x02\x3d\0\0\0", &ended[..], b"\0"].concat();
    assert_eq!(made("bcf", &text.replace('\n', "\r\n")), bcf);
}

#[test]
fn a_name_that_sam_forbids_is_not_declared() {
    let mut header = bioserde_core::sam::Header::default();
    let name = "a\tb".to_owned();
    header.reference_sequences.push(bioserde_core::sam::ReferenceSequence { name, length: 5 });
    let case = Case { header: Header::Sam(header.into()), bytes: None, ..cases::sorted(RecordForm::Sam) };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("out.sam");
    let refused = try_write(format("sam"), &path, &case, &SinkOptions::default(), false).unwrap_err();
    assert!(refused.to_string().contains(r"`a\tb`"), "{refused}");
}

#[test]
fn endings_lead_to_the_formats() {
    for format in formats() {
        for suffix in format.spec().suffixes {
            assert_eq!(bioserde_write::by_path(&format!("x{suffix}")).unwrap().spec(), format.spec());
        }
        assert_eq!(by_name(format.spec().name).unwrap().spec(), format.spec());
    }
}
