use std::fs;
use std::io::Write;

use bioserde_core::Family;
use bioserde_storage::bgzf::EOF_MARKER;
use flate2::write::GzEncoder;

use super::*;
use bioserde_storage::bgzf;

const fn spec(name: &'static str, family: Family, magic: &'static [u8]) -> FormatSpec {
    FormatSpec { name, family, magic, suffixes: &[], index_suffixes: &[] }
}

static BAM: FormatSpec = spec("bam", Family::Alignments, b"BAM\x01");
static SAM: FormatSpec = spec("sam", Family::Alignments, b"@");
static BCF: FormatSpec = spec("bcf", Family::Variants, b"BCF\x02");
static VCF: FormatSpec = spec("vcf", Family::Variants, b"##fileformat=VCF");
static SPECS: [&FormatSpec; 4] = [&BAM, &SAM, &BCF, &VCF];

fn detect_bytes(bytes: &[u8]) -> Result<Detected> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    fs::write(&path, bytes).unwrap();
    detect(&Source::open(path.to_str().unwrap()).unwrap(), &SPECS, &[])
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn bgzip(bytes: &[u8]) -> Vec<u8> {
    bgzf::compress(bytes).unwrap()
}

#[track_caller]
fn finds(bytes: &[u8], spec: &'static FormatSpec) {
    let found = |compression| Detected { spec, compression };
    assert_eq!(detect_bytes(bytes).unwrap(), found(Compression::None));
    assert_eq!(detect_bytes(&bgzip(bytes)).unwrap(), found(Compression::Bgzf));
    assert_eq!(detect_bytes(&gzip(bytes)).unwrap(), found(Compression::Gzip));
}

#[track_caller]
fn refuses(bytes: &[u8], message: &str) {
    let error = detect_bytes(bytes).unwrap_err();
    assert!(error.to_string().contains(message), "{error}");
}

#[test]
fn every_format_in_every_wrapping() {
    finds(b"BAM\x01\0\0\0\0", &BAM);
    finds(b"BCF\x02\x02\0\0\0\0", &BCF);
    finds(b"##fileformat=VCFv4.3\n#CHROM\n", &VCF);
    finds(b"@HD\tVN:1.6\n", &SAM);
    finds(b"@CO\t", &SAM);
}

#[test]
fn sam_needs_no_header() {
    finds(b"r1\t0\tchr1\t7\t30\t8M\t=\t37\t39\tTTAGATAA\t*\n", &SAM);
    finds(b"r1\t4\t*\t0\t0\t*\t*\t0\t-39\t*\t*\tNM:i:0", &SAM);
    let mut long = b"r1\t0\tchr1\t7\t30\t8M\t=\t37\t39\t".to_vec();
    long.resize(1 << 20, b'A');
    finds(&long, &SAM);
    refuses(b"a\tb\tc\td\te\tf\tg\th\ti\tj\tk\n", "none of bam, sam, bcf, vcf; it starts with `a\\tb");
    refuses(b"r1\t0\tchr1\t7\t30\t8M\t=\t37\t39\tTT\n", "none of");
}

#[test]
fn fastq_is_not_sam() {
    refuses(b"@r1 x\nACGT\n+\nIIII\n", "FASTQ");
    refuses(b"@HD\nACGT\n+\nIIII\n", "FASTQ");
    // Malformed, but SAM: its reader tells what is wrong.
    finds(b"@HD VN:1.6\n@SQ SN:x LN:1\nr1\t0\n", &SAM);
}

#[test]
fn small_and_empty_blocks_come_first() {
    let blocks = [EOF_MARKER.to_vec(), bgzip(b"B"), bgzip(b"AM\x01")].concat();
    assert_eq!(detect_bytes(&blocks).unwrap().spec, &BAM);
}

#[test]
fn faults_are_told_apart() {
    refuses(b"", "is empty");
    refuses(&EOF_MARKER, "is empty");
    refuses(&gzip(b""), "is empty");
    refuses(&bgzip(&bgzip(b"BAM\x01")), "compressed twice");
    refuses(&gzip(&gzip(b"BAM\x01")), "compressed twice");
    refuses(&bgzip(b"BAM\x01")[..25], "BGZF block at offset 0");
    refuses(&gzip(b"BAM\x01")[..6], "gzip data is corrupt");
    refuses(&gzip(b"CRAM\x03\0"), "a CRAM file");
    refuses(b"record_no,qname\n", "a CSV table");
    refuses(&bgzip(b"TBI\x01"), "a tabix index");
    refuses(b">chr1\nACGT\n", "a FASTA file");
    refuses(b"hello", "it starts with `hello`");
}

#[test]
fn a_fault_after_the_beginning_is_left_to_the_reader() {
    let mut bytes = bgzip(b"BAM\x01");
    let len = bytes.len() - EOF_MARKER.len();
    bytes.truncate(len);
    bytes.extend_from_slice(b"rubbish that is no block");
    assert_eq!(detect_bytes(&bytes).unwrap().spec, &BAM);
}

#[test]
fn a_source_keeps_its_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    fs::write(&path, b"BAM\x01rest").unwrap();
    let source = Source::open(path.to_str().unwrap()).unwrap();
    detect(&source, &SPECS, &[]).unwrap();
    let mut bytes = Vec::new();
    source.stream(0).unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"BAM\x01rest");
}
