//! Records written as records: what samtools and bcftools read of them is what they read of the source.

use std::fs;
use std::path::{Path, PathBuf};

use bioserde_testkit::{alignments, bgzf, variants};

use crate::oracle::{corpus, files, has_tools, must};
use crate::program::{convert, run};

fn view(tool: &str, path: &Path) -> String {
    let arguments = match tool {
        "samtools" => &["view", "-h", "--no-PG"][..],
        _ => &["view", "--no-version"],
    };
    must(tool, &[arguments, &[path.to_str().unwrap()]].concat())
}

#[test]
fn variants_of_the_corpus_become_bcf_and_vcf() {
    let Some(corpus) = corpus().filter(|_| has_tools(&["bcftools"])) else { return };
    let folder = tempfile::tempdir().unwrap();
    for input in files(&corpus.join("variants"), &[".vcf.gz", ".vcf.bgz", ".bcf"]) {
        for name in ["out.bcf", "out.vcf", "out.vcf.gz"] {
            let out = folder.path().join(name);
            convert(&input, &out, &["--overwrite"]).ok();
            let is_same = view("bcftools", &out) == view("bcftools", &input);
            assert!(is_same, "{} as {name}", input.display());
        }
    }
}

#[test]
fn bcf_becomes_vcf_becomes_the_same_bcf() {
    let Some(corpus) = corpus() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (vcf, bcf) = (folder.path().join("out.vcf"), folder.path().join("out.bcf"));
    for input in files(&corpus.join("variants"), &[".bcf"]) {
        convert(&input, &vcf, &["--overwrite"]).ok();
        convert(&vcf, &bcf, &["--overwrite"]).ok();
        let [before, after] = [&input, &bcf].map(|path| bgzf::decompress(&fs::read(path).unwrap()));
        assert!(before == after, "{}", input.display());
    }
}

fn sorted_reads(folder: &Path) -> PathBuf {
    let mut reads = alignments::typical(31, 20_000);
    alignments::sort(&mut reads);
    let bam = alignments::bam_bytes(&alignments::typical_header(), &reads);
    let path = folder.join("reads.bam");
    fs::write(&path, bgzf::compress(&bam, &[5000], true)).unwrap();
    path
}

fn sorted_calls(folder: &Path) -> PathBuf {
    let calls = variants::typical(32, 10_000, 3);
    let path = folder.join("calls.vcf.gz");
    fs::write(&path, variants::vcf_bgzf(&variants::typical_header(3), &calls, &[5000], true)).unwrap();
    path
}

#[test]
fn an_index_written_along_serves_the_tools() {
    if !has_tools(&["samtools", "bcftools"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (reads, calls) = (sorted_reads(folder.path()), sorted_calls(folder.path()));
    for (input, tool, name, suffix, csi) in [
        (&reads, "samtools", "out.bam", "bai", false),
        (&reads, "samtools", "out.bam", "csi", true),
        (&reads, "samtools", "out.sam.gz", "csi", false),
        (&calls, "bcftools", "out.vcf.gz", "tbi", false),
        (&calls, "bcftools", "out.vcf.gz", "csi", true),
        (&calls, "bcftools", "out.bcf", "csi", false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join(name);
        let args: &[&str] = if csi { &["--write-index", "--csi"] } else { &["--write-index"] };
        convert(input, &out, args).ok();
        assert!(folder.path().join(format!("{name}.{suffix}")).exists(), "{name} {suffix}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        assert!(view(tool, &out) == view(tool, input), "{name}");
        let header: &[&str] = if tool == "samtools" { &[] } else { &["-H"] };
        let own = |path: &Path, region: &str| {
            must(tool, &[&["view"], header, &[path.to_str().unwrap(), region]].concat())
        };
        let other = folder.path().join("other.bam");
        fs::copy(input, &other).unwrap();
        let other = if tool == "samtools" { other } else { other.with_extension("vcf.gz") };
        _ = fs::copy(input, &other);
        must(tool, &["index", other.to_str().unwrap()]);
        for region in ["chr1", "chr1:1000000-5000000", "chr2:1-20000000"] {
            assert!(own(&out, region) == own(&other, region), "{name} {suffix} {region}");
        }
    }
}

/// Records of BCF count contigs by `IDX`, which may leave numbers out and go back.
#[test]
fn contigs_of_bcf_are_indexed_by_their_numbers() {
    if !has_tools(&["bcftools"]) {
        return;
    }
    let contigs = ["chr1", "chr2", "chrX", "chrM"];
    for numbers in [[2, 0, 1, 3], [5, 2, 9, 7]] {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("calls.vcf");
        let mut header = variants::typical_header(0);
        for (contig, number) in ["chr1", "chr2", "chrX", "chrM"].into_iter().zip(numbers) {
            header = header.replace(&format!("ID={contig},"), &format!("ID={contig},IDX={number},"));
        }
        fs::write(&input, variants::vcf_text(&header, &variants::typical(34, 3000, 0))).unwrap();
        let out = folder.path().join("out.bcf");
        convert(&input, &out, &["--write-index"]).ok();
        let path = out.to_str().unwrap();
        let bcftools = |region: &str| must("bcftools", &["query", "-f", "%CHROM %POS\n", "-r", region, path]);
        let ours = |region: &str| {
            let table = folder.path().join("slice.tsv");
            convert(&out, &table, &["--region", region, "--columns", "chrom,pos", "--overwrite"]).ok();
            let text = fs::read_to_string(table).unwrap();
            text.split_once('\n').unwrap().1.replace('\t', " ")
        };
        let scanned = contigs.map(|c| must("bcftools", &["query", "-f", "%CHROM %POS\n", "-t", c, path]));
        let counts = scanned.each_ref().map(|lines| lines.lines().count());
        assert_eq!(counts, [1000, 1000, 0, 1000]);
        assert_eq!(contigs.map(bcftools), scanned, "{numbers:?}, written along");
        assert_eq!(contigs.map(ours), scanned, "{numbers:?}, by us");
        let index = out.with_extension("bcf.csi");
        fs::remove_file(&index).unwrap();
        run(["index", path]).ok();
        assert_eq!(contigs.map(bcftools), scanned, "{numbers:?}, by `index`");
        must("bcftools", &["index", "-f", path]);
        assert_eq!(contigs.map(ours), scanned, "{numbers:?}, of bcftools");
    }
}

#[test]
fn an_index_of_records_out_of_order_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let reads = alignments::typical(33, 2000);
    let mut reads: Vec<_> = reads;
    reads.reverse();
    let bam = alignments::bam_bytes(&alignments::typical_header(), &reads);
    let input = folder.path().join("reads.bam");
    fs::write(&input, bgzf::compress(&bam, &[5000], true)).unwrap();
    let out = folder.path().join("out.bam");
    let run = convert(&input, &out, &["--write-index"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("not sorted") && run.stderr.contains("samtools sort"), "{}", run.stderr);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    convert(&input, &out, &[]).ok();
}

#[test]
fn what_does_not_apply_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    let input = sorted_calls(folder.path());
    for (name, args, text) in [
        ("out.vcf", &["--write-index"][..], "--write-index does not apply to vcf"),
        ("out.parquet", &["--write-index"], "--write-index does not apply to parquet"),
        ("out.bcf", &["--csi"], "--write-index"),
        ("out.vcf", &["--compression", "bgzf:6"], "--compression does not apply to vcf"),
        ("out.bcf", &["--compression", "zstd"], "it has bgzf"),
    ] {
        let run = convert(&input, &folder.path().join(name), args);
        assert_eq!(run.code, Some(2), "{name} {args:?}: {}", run.stderr);
        assert!(run.stderr.contains(text), "{name} {args:?}: {}", run.stderr);
    }
}

#[test]
fn what_bcf_needs_is_told_with_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("calls.vcf");
    let header = variants::typical_header(0);
    let lines = ["chr1\t5\t.\tA\tC\t.\t.\tDP=5", "chr1\t6\t.\tA\tC\t.\t.\tXX=5"];
    fs::write(&input, variants::vcf_text(&header, &lines)).unwrap();
    let run = convert(&input, &folder.path().join("out.bcf"), &[]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("record 2: INFO `XX` is not declared"), "{}", run.stderr);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
