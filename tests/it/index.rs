//! Indexes that the program makes, used by `samtools` and `bcftools`.

use std::fs;
use std::path::Path;

use bioserde_testkit::alignments::{Alignment, Header};
use bioserde_testkit::{Random, alignments, bgzf, compare_lines, variants};

use crate::oracle::{has_tools, must};
use crate::program::run;

const REGIONS: usize = 50;

#[test]
fn samtools_uses_them() {
    let typical = (alignments::typical_header(), alignments::typical(20, 20_000));
    check_reads("bai.bam", &typical.0, &typical.1, false);
    check_reads("csi.bam", &typical.0, &typical.1, true);
}

/// A contig beyond the reach of BAI, empty contigs, and a read with a contig but no position, which
/// `samtools sort` puts first on its contig.
#[test]
fn samtools_uses_them_for_unusual_reads() {
    let (header, records) = alignments::cases();
    check_reads("cases.bam", &header, &records, true);
}

fn check_reads(name: &str, header: &Header, records: &[Alignment], csi: bool) {
    if !has_tools(&["samtools"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bgzf::compress(&alignments::bam_bytes(header, records), &[1500], true)).unwrap();
    // One that `samtools` made itself tells what is right.
    let other = folder.path().join(format!("other_{name}"));
    fs::copy(&path, &other).unwrap();
    must("samtools", &["index", "-c", other.to_str().unwrap()]);
    make(&path, csi, ".bai");
    let mut random = Random::new(21);
    for _ in 0..REGIONS {
        let (contig, length) = &header.contigs[random.index(header.contigs.len().min(5))];
        let region = region(&mut random, contig, *length);
        let view = |path: &Path| must("samtools", &["view", path.to_str().unwrap(), &region]);
        compare_lines(view(&other).lines(), view(&path).lines())
            .unwrap_or_else(|d| panic!("{name} {region}: {d}"));
    }
    let idxstats = |path: &Path| must("samtools", &["idxstats", path.to_str().unwrap()]);
    compare_lines(idxstats(&other).lines(), idxstats(&path).lines())
        .unwrap_or_else(|d| panic!("{name}: {d}"));
}

#[test]
fn bcftools_uses_them() {
    if !has_tools(&["bcftools"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let header = variants::typical_header(3);
    let file = variants::vcf_bgzf(&header, &variants::typical(22, 10_000, 3), &[1500], true);
    let bcf = folder.path().join("csi.bcf");
    for (name, csi) in [("tbi.vcf.gz", false), ("csi.vcf.gz", true)] {
        fs::write(folder.path().join(name), &file).unwrap();
        make(&folder.path().join(name), csi, ".tbi");
    }
    let vcf = folder.path().join("tbi.vcf.gz");
    must("bcftools", &["view", "-Ob", "-o", bcf.to_str().unwrap(), vcf.to_str().unwrap()]);
    make(&bcf, true, ".csi");
    let mut random = Random::new(23);
    for _ in 0..REGIONS {
        let (contig, length) =
            [("chr1", 30_000_000), ("chr2", 30_000_000), ("chrM", 16_569)][random.index(3)];
        let region = region(&mut random, contig, length);
        let view = |name: &str, how: &str| {
            let path = folder.path().join(name);
            must("bcftools", &["view", "-H", "-G", how, &region, path.to_str().unwrap()])
        };
        // Targets are streamed: they need no index.
        let right = must(
            "bcftools",
            &["view", "-H", "-G", "-t", &region, "--targets-overlap", "1", vcf.to_str().unwrap()],
        );
        for name in ["tbi.vcf.gz", "csi.vcf.gz", "csi.bcf"] {
            compare_lines(right.lines(), view(name, "-r").lines())
                .unwrap_or_else(|d| panic!("{name} {region}: {d}"));
        }
    }
}

fn make(path: &Path, csi: bool, default: &str) {
    let shown = path.to_str().unwrap();
    let ending = if csi { ".csi" } else { default };
    let mut args = vec!["index", shown];
    if csi && default != ".csi" {
        args.push("--csi");
    }
    run(args).ok();
    let index = format!("{shown}{ending}");
    assert!(Path::new(&index).exists(), "{index} was not made");
}

fn region(random: &mut Random, contig: &str, length: u32) -> String {
    let last = i32::try_from(length).unwrap();
    let start = random.between(1, last);
    let end = start.saturating_add(random.between(0, last / 3)).min(last);
    let contig = if contig.contains(':') { format!("{{{contig}}}") } else { contig.to_owned() };
    format!("{contig}:{start}-{end}")
}
