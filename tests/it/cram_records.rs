//! The records of CRAM files against what `samtools` decodes, and against the specification's own SAM files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bioserde_testkit::alignments::{self, Alignment, Header};
use bioserde_testkit::{Random, bgzf};

use crate::oracle::{corpus, files, has_tools};
use crate::program::{convert, run};
use crate::sam_line::{Source, compare_with_samtools};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What samtools prints, without a look for reference sequences in the network.
fn samtools(args: &[&str]) -> String {
    let output = Command::new("samtools").args(args).env("REF_PATH", "/").env_remove("REF_CACHE").output();
    let output = output.unwrap();
    assert!(output.status.success(), "samtools {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The SAM that the program makes of a file.
fn sam(input: &Path, folder: &Path, args: &[&str]) -> String {
    let out = folder.join("out.sam");
    let args = [args, &["--overwrite"]].concat();
    convert(input, &out, &args).ok();
    fs::read_to_string(out).unwrap()
}

#[track_caller]
fn check_same(expected: &str, got: &str, what: &str) {
    let got: Vec<&str> = got.lines().collect();
    compare_with_samtools(expected, &got, Source::Bam).unwrap_or_else(|d| panic!("{what}: {d}"));
}

#[test]
fn the_specifications_files_are_read_as_samtools_reads_them() {
    let Some(corpus) = corpus().filter(|_| has_tools(&["samtools"])) else { return };
    let folder = tempfile::tempdir().unwrap();
    let reference = corpus.join("specs/cram/ce.fa");
    let inputs = files(&corpus.join("specs/cram"), &[".cram"]);
    let passed: Vec<_> = inputs.iter().filter(|path| text(path).contains("/passed/")).collect();
    assert!(passed.len() > 60, "{}", passed.len());
    for input in passed {
        let got = sam(input, folder.path(), &["--reference", text(&reference)]);
        let expected = samtools(&["view", "-h", "--no-PG", "-T", text(&reference), text(input)]);
        check_same(&expected, &got, text(input));
        if let Ok(own) = fs::read_to_string(input.with_extension("sam")) {
            let records = |sam: &str| lines_as_given(sam, &own);
            check_same(&records(&own), &records(&got), text(input));
        }
        let table = folder.path().join("out.parquet");
        convert(input, &table, &["--reference", text(&reference), "--overwrite"]).ok();
        check_same(&got, &sam(&table, folder.path(), &[]), text(input));
    }
}

/// The records of a SAM, their tags sorted, and without MD and NM where `own` has none: readers make them.
fn lines_as_given(sam: &str, own: &str) -> String {
    let records = |sam: &str| -> Vec<String> {
        sam.lines().filter(|line| !line.starts_with('@')).map(str::to_owned).collect()
    };
    let mut lines = Vec::new();
    for (line, own) in records(sam).iter().zip(records(own)) {
        let is_given = |tag: &&str| {
            let is_made = tag.starts_with("MD:") || tag.starts_with("NM:");
            !is_made || own.contains(&format!("\t{}", &tag[..3]))
        };
        let fields: Vec<&str> = line.split('\t').collect();
        let mut tags: Vec<&str> = fields[11..].iter().copied().filter(is_given).collect();
        tags.sort_unstable();
        lines.push([&fields[..11], &tags].concat().join("\t"));
    }
    lines.push(format!("{} records", records(sam).len()));
    lines.join("\n")
}

#[test]
fn what_the_specification_refuses_is_refused() {
    let Some(corpus) = corpus() else { return };
    let folder = tempfile::tempdir().unwrap();
    let failed = files(&corpus.join("specs/cram"), &[".cram"]);
    let failed: Vec<_> = failed.iter().filter(|path| text(path).contains("/failed/")).collect();
    assert!(!failed.is_empty());
    for input in failed {
        let out = folder.path().join("out.sam");
        let run = convert(input, &out, &[]);
        assert_eq!(run.code, Some(1), "{}", text(input));
        assert!(run.stderr.contains("the mark of the end is missing"), "{}", run.stderr);
        assert!(!out.exists());
        assert_eq!(convert(input, &out, &["--allow-truncated", "--overwrite"]).ok().summary()["rows"], 0);
    }
}

#[test]
fn regions_are_those_of_samtools() {
    let Some(corpus) = corpus().filter(|_| has_tools(&["samtools"])) else { return };
    let folder = tempfile::tempdir().unwrap();
    let reference = corpus.join("specs/cram/ce.fa");
    let mut inputs = files(&corpus.join("specs/cram"), &[".cram"]);
    inputs.retain(|path| text(path).contains("_index_"));
    assert_eq!(inputs.len(), 7);
    for input in inputs {
        let view = |args: &[&str]| {
            let own = ["view", "--no-PG", "-T", text(&reference), text(&input)];
            samtools(&[&own[..], args].concat())
        };
        let all = view(&[]);
        let fields = all.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let places: Vec<(String, u64)> =
            fields.map(|fields| (fields[2].to_owned(), fields[3].parse().unwrap())).collect();
        let mut regions = BTreeSet::new();
        for (name, start) in places.iter().step_by(places.len() / 6 + 1).filter(|(name, _)| name != "*") {
            regions.extend([name.clone(), format!("{name}:{start}-{start}")]);
            regions.extend(
                [(0, 150), (300, 700), (1, 20_000)]
                    .map(|(from, to)| format!("{name}:{}-{}", start + from, start + to)),
            );
        }
        regions.insert("*".to_owned());
        for region in &regions {
            let args = ["--reference", text(&reference), "--region", region];
            let got = sam(&input, folder.path(), &args);
            let got: String =
                got.lines().filter(|line| !line.starts_with('@')).map(|line| format!("{line}\n")).collect();
            check_same(&view(&[region.as_str()]), &got, &format!("{} {region}", text(&input)));
        }
    }
}

/// Reads on short contigs with a reference that was drawn as well: a folder with `reads.bam` and `reference.fa`.
pub(crate) fn generated(folder: &Path) -> (PathBuf, PathBuf) {
    const LENGTH: u32 = 25_000;
    let contigs =
        [("chr1", LENGTH), ("chr2", LENGTH), ("chrX", LENGTH), ("HLA-A*01:01", LENGTH), ("chrM", LENGTH)];
    let header = Header::new("coordinate", &contigs, "@RG\tID:a\tSM:NA1\n@RG\tID:b\tSM:NA1\n");
    let mut records: Vec<Alignment> = alignments::typical(21, 3000);
    for record in &mut records {
        let near = |pos: i32| if pos > 0 { 1 + pos % 20_000 } else { 0 };
        (record.pos, record.pnext) = (near(record.pos), near(record.pnext));
    }
    alignments::sort(&mut records);
    let mut random = Random::new(5);
    let mut fasta = String::new();
    for (name, length) in contigs {
        let bases = random.bytes(b"ACGTACGTACGTacgtN", usize::try_from(length).unwrap());
        fasta.push_str(&format!(">{name} drawn\n"));
        for line in bases.chunks(60) {
            fasta.push_str(&format!("{}\n", String::from_utf8_lossy(line)));
        }
    }
    let (bam, reference) = (folder.join("reads.bam"), folder.join("reference.fa"));
    fs::write(&reference, fasta).unwrap();
    samtools(&["faidx", text(&reference)]);
    fs::write(&bam, bgzf::compress(&alignments::bam_bytes(&header, &records), &[60_000], true)).unwrap();
    (bam, reference)
}

#[test]
fn generated_reads_are_read_as_samtools_reads_them() {
    if !has_tools(&["samtools"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (bam, reference) = generated(folder.path());
    let cram = folder.path().join("x.cram");
    // What is said of the reference, and whether one is needed to read it.
    let references = [("", true), (",no_ref=1", false), (",embed_ref=1", false)];
    // Every codec; the last of CRAM 3.1 has streams marked as packed that are not.
    let kinds = [
        "version=2.1",
        "version=3.0",
        "version=3.0,use_bzip2=1,use_lzma=1,level=9",
        "version=3.0,seqs_per_slice=100,slices_per_container=3,multi_seq_per_slice=1",
        "version=3.0,lossy_names=1",
        "version=3.1,fast",
        "version=3.1,normal",
        "version=3.1,small",
        "version=3.1,archive",
        "version=3.1,archive,level=9",
        "version=3.1,use_arith=1,use_fqz=1,use_tok=1",
        "version=3.1,seqs_per_slice=100,multi_seq_per_slice=1",
    ];
    for kind in kinds {
        for (of_reference, needs_reference) in references {
            // Of one sequence alone can a slice have the reference.
            if of_reference.contains("embed") && kind.contains("multi_seq") {
                continue;
            }
            let format = format!("cram,{kind}{of_reference}");
            samtools(&["view", "-O", &format, "-T", text(&reference), "-o", text(&cram), text(&bam)]);
            let args: &[&str] = if needs_reference { &["--reference", text(&reference)] } else { &[] };
            let mut view = vec!["view", "-h", "--no-PG", text(&cram)];
            if needs_reference {
                view.extend(["-T", text(&reference)]);
            }
            let expected = samtools(&view);
            assert!(expected.lines().count() > 3000);
            check_same(&expected, &sam(&cram, folder.path(), args), &format);
        }
    }
}

#[test]
fn many_reads_in_the_profiles_of_3_1_are_read() {
    let Some(corpus) = corpus().filter(|_| has_tools(&["samtools"])) else { return };
    let folder = tempfile::tempdir().unwrap();
    let cram = folder.path().join("x.cram");
    let bam = corpus.join("reads/htsnexus_test_NA12878.bam");
    for profile in ["fast", "normal", "small", "archive", "use_arith=1"] {
        let format = format!("cram,version=3.1,no_ref=1,{profile}");
        samtools(&["view", "-O", &format, "-o", text(&cram), text(&bam)]);
        let expected = samtools(&["view", "-h", "--no-PG", text(&cram)]);
        check_same(&expected, &sam(&cram, folder.path(), &[]), &format);
    }
}

#[test]
fn a_table_of_cram_becomes_bam_again() {
    if !has_tools(&["samtools"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (bam, reference) = generated(folder.path());
    let [cram, table, again] = ["x.cram", "x.parquet", "x.bam"].map(|name| folder.path().join(name));
    samtools(&["view", "-C", "-T", text(&reference), "-o", text(&cram), text(&bam)]);
    convert(&cram, &table, &["--reference", text(&reference)]).ok();
    convert(&table, &again, &[]).ok();
    let expected = samtools(&["view", "-h", "--no-PG", "-T", text(&reference), text(&cram)]);
    check_same(&expected, &samtools(&["view", "-h", "--no-PG", text(&again)]), "BAM");
    let inspected = run(["inspect", "--json", text(&cram)]).ok().summary();
    assert_eq!((&inspected["format"], &inspected["end_marker"]), (&"cram".into(), &"present".into()));
}

#[test]
fn a_reference_that_is_missing_or_another_is_named() {
    if !has_tools(&["samtools"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (bam, reference) = generated(folder.path());
    let cram = folder.path().join("x.cram");
    samtools(&["view", "-C", "-T", text(&reference), "-o", text(&cram), text(&bam)]);
    let refused = |args: &[&str]| {
        let run = convert(&cram, &folder.path().join("out.sam"), args);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        run.stderr
    };
    let said = refused(&[]);
    assert!(said.contains("the records need reference sequence `chr1` (25000 bases, MD5 "), "{said}");
    assert!(said.contains("hint: --reference FILE"), "{said}");
    let other = folder.path().join("other.fa");
    let bases = fs::read_to_string(&reference).unwrap();
    fs::write(&other, bases.replace("ACG", "AGG")).unwrap();
    let said = refused(&["--reference", text(&other)]);
    assert!(said.contains("other.fa: sequence `chr1`") && said.contains("was written against"), "{said}");
    fs::write(&other, bases.replace(">chr1", ">1")).unwrap();
    let said = refused(&["--reference", text(&other)]);
    assert!(said.contains("it has no sequence `chr1`"), "{said}");
}

#[test]
fn a_file_that_needs_no_reference_is_read_without_one() {
    let Some(corpus) = corpus().filter(|_| has_tools(&["samtools"])) else { return };
    let folder = tempfile::tempdir().unwrap();
    for input in files(&corpus.join("reads"), &[".cram"]) {
        let expected = samtools(&["view", "-h", "--no-PG", text(&input)]);
        check_same(&expected, &sam(&input, folder.path(), &[]), text(&input));
    }
}

#[test]
fn a_cut_file_is_refused_or_read_as_far_as_it_goes() {
    if !has_tools(&["samtools"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (bam, _) = generated(folder.path());
    let (cram, cut) = (folder.path().join("x.cram"), folder.path().join("cut.cram"));
    samtools(&["view", "-O", "cram,no_ref=1,seqs_per_slice=300", "-o", text(&cram), text(&bam)]);
    samtools(&["index", text(&cram)]);
    let all = sam(&cram, folder.path(), &[]);
    let bytes = fs::read(&cram).unwrap();
    fs::copy(folder.path().join("x.cram.crai"), folder.path().join("cut.cram.crai")).unwrap();
    for lost in [1, 38, 39, 5000, bytes.len() / 2] {
        fs::write(&cut, &bytes[..bytes.len() - lost]).unwrap();
        let out = folder.path().join("cut.sam");
        for args in [&["--overwrite"][..], &["--overwrite", "--region", "chr1"]] {
            let run = convert(&cut, &out, args);
            assert_eq!(run.code, Some(1), "{lost}");
            assert!(run.stderr.contains("mark of the end is missing"), "{}", run.stderr);
        }
        let run = convert(&cut, &out, &["--allow-truncated", "--overwrite"]).ok();
        assert_eq!(run.summary()["truncated"].as_array().map(Vec::len), Some(1), "{}", run.summary());
        let got = fs::read_to_string(&out).unwrap();
        assert!(all.starts_with(&got), "{lost}");
        assert_eq!(got.len() == all.len(), lost <= 38, "{lost}");
    }
    let streamed = Command::new(crate::program::path())
        .args(["view", "--to", "sam", "-"])
        .stdin(fs::File::open(&cram).unwrap())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&streamed.stdout), all);
}

#[test]
fn an_index_of_another_file_is_refused() {
    if !has_tools(&["samtools"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (bam, _) = generated(folder.path());
    let cram = folder.path().join("x.cram");
    samtools(&["view", "-O", "cram,no_ref=1", "-o", text(&cram), text(&bam)]);
    for (line, message) in [
        ("7\t1\t9\t1000\t10\t10\n", "it has reference sequence 7 (0-based), the header has 5"),
        ("0\t1\t9\t99999999\t10\t10\n", "where the file has none"),
    ] {
        fs::write(folder.path().join("x.cram.crai"), line).unwrap();
        let run = convert(&cram, &folder.path().join("out.sam"), &["--region", "chr1"]);
        assert_eq!(run.code, Some(1));
        assert!(run.stderr.contains(message), "{}", run.stderr);
    }
}
