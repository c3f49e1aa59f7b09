//! Every output format of the registry, through the same checks.

#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

mod read_back;
mod records;
mod regions;
mod rows;
mod values;

use std::fs;
use std::path::Path;

use arrow_array::RecordBatch;
use bioserde_schema::TableSchema;
use bioserde_storage::Target;
use bioserde_write::{Error, OutputFormat, SINKS, SinkOptions, TableFormat, WriteIndex, by_name, by_path};

use rows::Case;

fn tables() -> impl Iterator<Item = &'static dyn TableFormat> {
    SINKS.iter().filter_map(|format| match format {
        OutputFormat::Table(format) => Some(*format),
        OutputFormat::Records(_) => None,
    })
}

fn table(name: &str) -> &'static dyn TableFormat {
    tables().find(|format| format.spec().name == name).unwrap()
}

/// Writes units of batches; encoders run before anything is appended when `ahead` is set.
fn write(
    format: &dyn TableFormat,
    path: &Path,
    table: &TableSchema,
    units: &[Vec<RecordBatch>],
    options: &SinkOptions,
    ahead: bool,
) -> u64 {
    let target = Target::create(path.to_str().unwrap(), true).unwrap();
    let mut sink = format.create(target, table, options, None).unwrap();
    let mut encoded = Vec::new();
    for unit in units {
        let mut encoder = sink.encoder().unwrap();
        unit.iter().for_each(|batch| encoder.write(batch).unwrap());
        let unit = encoder.finish().unwrap();
        if ahead { encoded.push(unit) } else { sink.append(unit).unwrap() }
    }
    encoded.into_iter().for_each(|unit| sink.append(unit).unwrap());
    assert!(fs::metadata(path).is_err() || units.is_empty(), "visible before it is finished");
    sink.finish().unwrap()
}

fn path_in(dir: &Path, format: &dyn TableFormat) -> std::path::PathBuf {
    dir.join(format!("out{}", format.spec().suffixes.first().copied().unwrap_or(".txt")))
}

fn for_each_case(check: impl Fn(&dyn TableFormat, &Case, &Path)) {
    for case in rows::cases() {
        for format in tables() {
            let dir = tempfile::tempdir().unwrap();
            check(format, &case, &path_in(dir.path(), format));
        }
    }
}

#[test]
fn what_was_written_is_read_back() {
    for_each_case(|format, case, path| {
        let size = write(format, path, &case.table, &case.units, &SinkOptions::default(), false);
        assert_eq!(size, fs::metadata(path).unwrap().len(), "{} {}", format.spec().name, case.name);
        read_back::check(format.spec().name, path, case);
    });
}

#[test]
fn equal_rows_give_equal_bytes() {
    for_each_case(|format, case, path| {
        let mut bytes = Vec::new();
        for ahead in [false, true] {
            write(format, path, &case.table, &case.units, &SinkOptions::default(), ahead);
            bytes.push(fs::read(path).unwrap());
            fs::remove_file(path).unwrap();
        }
        assert!(bytes[0] == bytes[1], "{} {}", format.spec().name, case.name);
    });
}

#[test]
fn dropped_outputs_leave_nothing() {
    for_each_case(|format, case, path| {
        let target = Target::create(path.to_str().unwrap(), false).unwrap();
        let mut sink = format.create(target, &case.table, &SinkOptions::default(), None).unwrap();
        for unit in &case.units {
            let mut encoder = sink.encoder().unwrap();
            unit.iter().for_each(|batch| encoder.write(batch).unwrap());
            sink.append(encoder.finish().unwrap()).unwrap();
        }
        assert!(!path.exists());
        drop(sink);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 0, "{}", format.spec().name);
    });
}

#[test]
fn every_compression_is_read_back() {
    let case = &rows::cases()[0];
    for format in tables() {
        for name in format.spec().compressions {
            let dir = tempfile::tempdir().unwrap();
            let path = path_in(dir.path(), format);
            let options = SinkOptions { compression: Some((*name).to_owned()), ..SinkOptions::default() };
            write(format, &path, &case.table, &case.units, &options, true);
            read_back::check(format.spec().name, &path, case);
        }
    }
}

#[test]
fn other_compressions_are_refused() {
    let case = &rows::cases()[0];
    for format in tables() {
        for given in ["brotli", "none:1", "lz4:x", "zstd:", "zstd:x", "zstd:99", ""] {
            let dir = tempfile::tempdir().unwrap();
            let path = path_in(dir.path(), format);
            let target = Target::create(path.to_str().unwrap(), false).unwrap();
            let options = SinkOptions { compression: Some(given.to_owned()), ..SinkOptions::default() };
            let refused = format.create(target, &case.table, &options, None).unwrap_err();
            let is_right = matches!(refused, Error::UnknownCompression { .. } | Error::NoCompression { .. });
            assert!(is_right, "{} {given}: {refused}", format.spec().name);
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        }
    }
}

#[test]
fn tables_have_no_index() {
    let case = &rows::cases()[0];
    for format in tables() {
        let dir = tempfile::tempdir().unwrap();
        let target = Target::create(path_in(dir.path(), format).to_str().unwrap(), false).unwrap();
        let options = SinkOptions { index: WriteIndex::Usual, ..SinkOptions::default() };
        let refused = format.create(target, &case.table, &options, None).unwrap_err();
        assert!(matches!(refused, Error::NoIndex { .. }) && format.spec().index_suffixes.is_empty());
    }
}

#[test]
fn pipes_are_refused_where_a_file_is_needed() {
    let case = &rows::cases()[0];
    for format in tables().filter(|f| !f.spec().streams) {
        let target = Target::create("-", false).unwrap();
        let refused = format.create(target, &case.table, &SinkOptions::default(), None).unwrap_err();
        assert!(matches!(refused, Error::NeedsFile { .. }) && refused.hint().is_some(), "{refused}");
    }
}

#[test]
fn units_of_another_sink_are_refused() {
    let case = &rows::cases()[0];
    let dir = tempfile::tempdir().unwrap();
    let create = |name: &str| {
        let target = Target::create(dir.path().join(name).to_str().unwrap(), false).unwrap();
        table(name).create(target, &case.table, &SinkOptions::default(), None).unwrap()
    };
    for format in tables() {
        let other = if format.spec().name == "sqlite" { "arrow" } else { "sqlite" };
        let unit = create(other).encoder().unwrap().finish().unwrap();
        assert!(matches!(create(format.spec().name).append(unit), Err(Error::ForeignUnit)));
    }
}

#[test]
fn formats_are_found_by_name_and_by_path() {
    for format in SINKS {
        let spec = format.spec();
        assert_eq!(by_name(spec.name).unwrap().spec(), spec);
        for suffix in spec.suffixes {
            assert_eq!(by_path(&format!("a.b{}", suffix.to_uppercase())).unwrap().spec(), spec);
        }
    }
    assert!(by_path("x.fastq").is_none() && by_name("PARQUET").is_none());
}
