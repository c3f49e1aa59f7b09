//! The files of hts-specs give the records that samtools reads from them.

#![cfg(test)]

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use bioserde_cram::{At, CramFault, CramReader, ReadOptions, Reference, ReferenceFault};
use bioserde_storage::Source;

fn corpus() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let folder = PathBuf::from(std::env::var("BIOSERDE_CORPUS").unwrap_or_else(|_| beside.to_owned()));
    let folder = folder.join("specs/cram");
    let has_samtools = Command::new("samtools").arg("--version").output().is_ok();
    if !has_samtools || !folder.is_dir() {
        assert!(
            std::env::var_os("BIOSERDE_REQUIRE_ORACLES").is_none(),
            "samtools or the corpus is not there"
        );
        let _ = writeln!(io::stderr(), "skipped: samtools or the corpus is not there");
        return None;
    }
    Some(folder)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "cram"));
    files.sort();
    files
}

/// The whole file as an uncompressed BAM stream.
fn bam(path: &Path, reference: Option<&Reference>, options: ReadOptions) -> Result<Vec<u8>, At> {
    let source = Arc::new(Source::open(path.to_str().unwrap()).unwrap());
    let mut reader = CramReader::open(source, options)?;
    let mut bytes = reader.bam_header();
    while let Some(container) = reader.next_container()? {
        bytes.extend(container.decode(reference).map_err(|fault| (container.offset(), fault))?);
    }
    Ok(bytes)
}

fn view(path: &Path, arguments: &[&str]) -> String {
    let output = Command::new("samtools").arg("view").args(arguments).arg(path).output().unwrap();
    assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_passed_file_has_the_records_of_samtools() {
    let Some(folder) = corpus() else { return };
    let fasta = folder.join("ce.fa");
    let reference = Reference::open(&fasta).unwrap();
    let work = tempfile::tempdir().unwrap();
    let unpacked = work.path().join("unpacked.bam");
    let mut compared = 0;
    for version in ["3.0/passed", "3.1/passed"] {
        for path in files(&folder.join(version)) {
            for generates_tags in [true, false] {
                let bytes = bam(&path, Some(&reference), ReadOptions { generates_tags });
                fs::write(&unpacked, bytes.unwrap_or_else(|e| panic!("{}: {e:?}", path.display()))).unwrap();
                let decode_md = format!("decode_md={}", u8::from(generates_tags));
                let own = view(&unpacked, &[]);
                let theirs = view(&path, &["-T", fasta.to_str().unwrap(), "--input-fmt-option", &decode_md]);
                assert_eq!(own.lines().count(), theirs.lines().count(), "{}", path.display());
                for (own, theirs) in own.lines().zip(theirs.lines()) {
                    assert_eq!(own, theirs, "{}", path.display());
                }
            }
            compared += 1;
        }
    }
    assert!(compared > 60, "{compared}");
}

#[test]
fn a_file_without_the_mark_of_its_end_is_refused() {
    let Some(folder) = corpus() else { return };
    for path in files(&folder.join("3.0/failed")) {
        let error = bam(&path, None, ReadOptions::default());
        assert!(matches!(error, Err((_, CramFault::NoMark))), "{}", path.display());
    }
}

#[test]
fn a_missing_or_wrong_reference_is_named() {
    let Some(folder) = corpus() else { return };
    let path = folder.join("3.0/passed/0500_mapped.cram");
    let fault = |reference: Option<&Reference>| match bam(&path, reference, ReadOptions::default()) {
        Err((_, CramFault::Reference(fault))) => fault,
        other => panic!("{other:?}"),
    };
    let missing = fault(None);
    assert!(missing.to_string().contains("`CHROMOSOME_I` (1009800 bases"), "{missing}");
    assert!(missing.hint().unwrap().starts_with("--reference FILE"));
    let work = tempfile::tempdir().unwrap();
    let other = work.path().join("other.fa");
    let text = fs::read_to_string(folder.join("ce.fa")).unwrap().replacen("ACGT", "ACGA", 50_000);
    fs::write(&other, text.replace("AAAA", "AAAC")).unwrap();
    let wrong = fault(Some(&Reference::open(&other).unwrap()));
    assert!(matches!(wrong, ReferenceFault::Digest { .. }), "{wrong}");
    assert!(wrong.to_string().contains("has MD5"), "{wrong}");
    fs::write(&other, ">x\nACGT\n").unwrap();
    let absent = fault(Some(&Reference::open(&other).unwrap()));
    assert!(matches!(absent, ReferenceFault::Absent { .. }), "{absent}");
}
