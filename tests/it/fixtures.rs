//! The committed fixtures are what the generators write, and the generators write what `samtools` reads.

use std::fs;

use bioserde_testkit::alignments::{self, arb_alignment, bam_bytes, sam_text};
use bioserde_testkit::{bgzf, samples};

use crate::oracle::{has_tools, must};
use crate::program::root;
use crate::sam_line::{Source, compare_with_samtools};

#[test]
fn are_current() {
    for (name, bytes) in bioserde_testkit::fixtures::all() {
        let path = root().join("tests/data").join(name);
        let advice = "cargo run -p bioserde-testkit --example make_fixtures -- tests/data";
        let committed = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}; {advice}", path.display()));
        assert!(committed == bytes, "{} is not what the generator writes; {advice}", path.display());
    }
}

#[test]
fn samtools_reads_the_same_from_bam_and_sam() {
    if !has_tools(&["samtools"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reads.bam");
    let arbitrary = (alignments::typical_header(), samples(&arb_alignment(), 3, 2000));
    for (header, records) in [alignments::cases(), alignments::long_reads(), arbitrary] {
        fs::write(&path, bgzf::compress(&bam_bytes(&header, &records), &[7000], true)).unwrap();
        let from_bam = must("samtools", &["view", "-h", "--no-PG", path.to_str().unwrap()]);
        let from_sam = sam_text(&header, &records);
        compare_with_samtools(&from_bam, &from_sam.lines().collect::<Vec<_>>(), Source::Bam)
            .unwrap_or_else(|d| panic!("{d}"));
    }
}
