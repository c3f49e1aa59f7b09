//! Every record and header of public files comes back from every form.

use std::path::{Path, PathBuf};

use bioserde_core::vcf::Header as VcfHeader;
use bioserde_model::{self as model, bam, sam, vcf};
use bioserde_read::{BamParser, Header, Input, Model, Options, SamParser, VcfParser};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bits::Bits;
use crate::formats;

/// The files of a suffix below a folder of the corpus; nothing when the corpus is absent.
fn files(suffixes: &[&str]) -> Option<Vec<PathBuf>> {
    let root = std::env::var_os("BIOSERDE_CORPUS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus")),
        PathBuf::from,
    );
    if !root.is_dir() {
        let required = std::env::var_os("BIOSERDE_REQUIRE_ORACLES").is_some_and(|v| v == "1");
        assert!(!required, "a corpus is required: no {}", root.display());
        println!("skipped: no corpus {}", root.display());
        return None;
    }
    let mut files = Vec::new();
    collect(&root, suffixes, &mut files);
    files.sort();
    assert!(!files.is_empty());
    Some(files)
}

fn collect(folder: &Path, suffixes: &[&str], files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, suffixes, files);
        } else if suffixes.iter().any(|s| path.to_string_lossy().ends_with(s)) {
            files.push(path);
        }
    }
}

/// So many records of a file are enough.
const MOST: usize = 3000;

#[test]
fn alignments_of_public_files_come_back() {
    let Some(files) = files(&[".bam", ".sam"]) else { return };
    let (mut headers, mut records) = (0, 0);
    for path in files {
        // What is no alignment file at all is the business of other tests.
        let Ok(input) = Input::open(path.to_str().unwrap(), &Options::default()) else { continue };
        let Header::Sam(header) = input.header().clone() else { panic!("{}", path.display()) };
        let model = model::SamHeader::try_from(&*header).unwrap();
        assert_eq!(model.to_text().as_bytes(), header.text, "{}", path.display());
        assert_eq!(model.to_header().unwrap(), *header, "{}", path.display());
        check(&model, &path);
        headers += 1;
        let (encoder, parser) = (bam::Encoder::new(&header), BamParser::new(&header));
        let mut lines = SamParser::new(&header);
        for record in input.records().take(MOST).flatten() {
            let Model::Alignment(alignment) = record else { panic!() };
            check(&Floats(alignment.clone()), &path);
            let mut bytes = Vec::new();
            encoder.encode(&alignment, &mut bytes).unwrap();
            assert_eq!(parser.parse(&bytes).unwrap().bits(), alignment.clone().bits(), "{}", path.display());
            let line = sam::to_string(&alignment).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let again = lines.parse(&line).unwrap();
            assert_eq!(sam::to_string(&again).unwrap(), line, "{}", path.display());
            records += 1;
        }
    }
    println!("{headers} headers, {records} records");
    assert!(headers > 100 && records > 1000);
}

#[test]
fn variants_of_public_files_come_back() {
    let Some(files) = files(&[".vcf", ".vcf.gz", ".vcf.bgz", ".bcf"]) else { return };
    let (mut headers, mut records, mut bcf) = (0, 0, 0);
    for path in files {
        let Ok(input) = Input::open(path.to_str().unwrap(), &Options::default()) else { continue };
        let Header::Vcf(header) = input.header().clone() else { panic!("{}", path.display()) };
        check_vcf_header(&header, &path);
        headers += 1;
        let parser = VcfParser::new(&header);
        for record in input.records().take(MOST).flatten() {
            let Model::Variant(variant) = record else { panic!() };
            check(&Floats(variant.clone()), &path);
            let line = vcf::to_string(&variant).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            assert_eq!(parser.parse(&line).unwrap().bits(), variant.bits(), "{}: {line}", path.display());
            records += 1;
            bcf += usize::from(path.extension().is_some_and(|e| e == "bcf"));
        }
    }
    println!("{headers} headers, {records} records, {bcf} of them of BCF");
    assert!(headers > 100 && records > 1000 && bcf > 100);
}

fn check_vcf_header(header: &VcfHeader, path: &Path) {
    let model = model::VcfHeader::try_from(header).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    assert_eq!(model.to_text().as_bytes(), header.text, "{}", path.display());
    assert_eq!(model.to_header().unwrap(), *header, "{}", path.display());
    check(&model, path);
}

/// A value whose floats are compared by their bits.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(transparent)]
struct Floats<T>(T);

impl<T: Serialize> Serialize for Floats<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<T: Bits + Clone> PartialEq for Floats<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.clone().bits() == other.0.clone().bits()
    }
}

fn check<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T, path: &Path) {
    for (name, format) in formats::all::<T>() {
        let again = format(value).unwrap_or_else(|e| panic!("{}: {name}: {e}", path.display()));
        assert!(again == *value, "{}: {name}: {value:?}", path.display());
    }
}
