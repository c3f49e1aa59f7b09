//! The index of another file is no silent loss.

use std::fs;

use crate::program::run;
use bioserde_testkit::alignments::{bam_bytes, sort, typical, typical_header};
use bioserde_testkit::bgzf;

#[test]
fn the_index_of_another_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let header = typical_header();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for (name, seed, reads) in [("small.bam", 1, 300), ("large.bam", 2, 9000)] {
        let mut reads = typical(seed, reads);
        sort(&mut reads);
        fs::write(path(name), bgzf::compress(&bam_bytes(&header, &reads), &[9000], true)).unwrap();
        run(["index", &path(name), "--quiet"]).ok();
    }
    for (data, foreign) in [("small.bam", "large.bam.bai"), ("large.bam", "small.bam.bai")] {
        let copy = path("copy.bam");
        fs::copy(path(data), &copy).unwrap();
        fs::copy(path(foreign), path("copy.bam.bai")).unwrap();
        let out = path("out.tsv");
        let first =
            run(["convert", &copy, &out, "--region", "chr1:100000-", "--region", "chrX", "--overwrite"]);
        assert_eq!(first.code, Some(1), "{data}: {}", first.stderr);
        assert!(first.stderr.contains("the index does not fit"), "{}", first.stderr);
        assert!(first.stderr.contains("hint: make the index again"), "{}", first.stderr);
        assert!(!std::path::Path::new(&out).exists());
    }
}
