//! What someone changes in a table is in the records that are made of it, whatever was kept beside.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::program::{Run, convert};

const HEADER: &str = "##fileformat=VCFv4.3
##contig=<ID=1,length=1000>
##INFO=<ID=AF,Number=A,Type=Float,Description=\"f\">
##INFO=<ID=DP,Number=1,Type=Integer,Description=\"d\">
##INFO=<ID=NT,Number=1,Type=String,Description=\"n\">
##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">
##FORMAT=<ID=GL,Number=.,Type=Float,Description=\"l\">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\tB
";

/// A file as a database, some statements, and the way back.
struct Edit {
    folder: tempfile::TempDir,
    table: &'static str,
}

impl Edit {
    fn of(name: &str, table: &'static str, text: &str, args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join(name);
        fs::write(&source, text).unwrap();
        convert(&source, &folder.path().join("made.db"), args).ok();
        let edit = Self { folder, table };
        // The table is a view of several, of which a copy is made.
        let database = Connection::open(edit.path("made.db")).unwrap();
        let copy = edit.path("x.db");
        database.execute("ATTACH ? AS copy", [copy.to_str().unwrap()]).unwrap();
        for name in [table, "bioserde_meta"] {
            database.execute(&format!("CREATE TABLE copy.{name} AS SELECT * FROM main.{name}"), []).unwrap();
        }
        edit
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn set(self, what: &str) -> Self {
        let database = Connection::open(self.path("x.db")).unwrap();
        let changed = database.execute(&format!("UPDATE {} SET {what}", self.table), []).unwrap();
        assert!(changed > 0, "{what}");
        self
    }

    fn back(&self, name: &str) -> (Run, Vec<String>) {
        let out = self.path(name);
        let run = convert(&self.path("x.db"), &out, &["--overwrite"]);
        (run, lines(&out))
    }
}

fn lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().filter(|line| !line.starts_with(['#', '@'])).map(str::to_owned).collect()
}

fn calls(lines: &[&str]) -> String {
    let lines = lines.iter().map(|line| line.replace(' ', "\t") + "\n");
    HEADER.to_owned() + &lines.collect::<String>()
}

#[test]
fn floats_keep_the_digits_that_they_are_given() {
    let text = calls(&["1 5 . A C 5.00 . AF=0.50 GT:GL 0/1:0.50,0.25 0/0:0.75"]);
    let edit = Edit::of("in.vcf", "variants", &text, &[]);
    assert_eq!(edit.back("same.vcf").1[0], text.lines().last().unwrap());
    let edit = edit.set("qual = 29.1234, info_af = '[0.001234]', fmt_gl = '[[0.125,0.2],[0.1234567]]'");
    let expected = "1 5 . A C 29.1234 . AF=0.001234 GT:GL 0/1:0.125,0.20 0/0:0.1234567".replace(' ', "\t");
    assert_eq!(edit.back("out.vcf").1, [expected]);
}

#[test]
fn a_column_counts_more_than_a_text_that_was_kept_beside_it() {
    let text = calls(&[
        "1 5 . A C . . AF=1E3;NT=x GT:GL 0/1:1E3 0/0:2",
        "1 6 . A C . . DP=05;AF=.5 GT 0/1 0/0",
        "1 7 . A C . . AF=1E3;AF=2E3;DP=007 GT:GL 0/1:.5 0/0:.25",
    ]);
    let edit = Edit::of("in.vcf", "variants", &text, &[]);
    assert_eq!(edit.back("same.vcf").1, text.lines().skip(8).collect::<Vec<_>>());
    let edit = edit.set("info_af = '[0.125]' WHERE pos = 5").set("info_dp = 99 WHERE pos >= 6");
    let edit = edit.set("fmt_gl = '[[7],[2]]' WHERE pos = 5");
    let expected = [
        "1 5 . A C . . AF=0.125;NT=x GT:GL 0/1:7 0/0:2",
        "1 6 . A C . . DP=99;AF=.5 GT 0/1 0/0",
        "1 7 . A C . . AF=1E3;AF=2E3;DP=99 GT:GL 0/1:.5 0/0:.25",
    ];
    assert_eq!(edit.back("out.vcf").1, expected.map(|line| line.replace(' ', "\t")));
}

#[test]
fn a_changed_row_counts_more_than_its_residual_which_is_told() {
    let text = calls(&["1 5 . A C abc . DP=5 GT 0/1 0/0", "1 6 . A C abc . DP=6 GT 0/1 0/0"]);
    let edit = Edit::of("in.vcf", "variants", &text, &[]).set("info_dp = 50 WHERE pos = 5");
    let (run, lines) = edit.back("out.vcf");
    let expected = ["1 5 . A C . . DP=50 GT 0/1 0/0", "1 6 . A C abc . DP=6 GT 0/1 0/0"];
    assert_eq!(lines, expected.map(|line| line.replace(' ', "\t")));
    let oddities = &run.ok().summary()["oddities"];
    assert_eq!(oddities["records in residual that do not fit their changed rows"], 1, "{oddities}");
}

#[test]
fn columns_that_were_left_out_do_not_come_back_by_residual() {
    let text = "@SQ\tSN:1\tLN:100\nr1\t0\t1\t5\t9\t4M\t*\t0\t0\tacgt\tIIII\n";
    let folder = tempfile::tempdir().unwrap();
    let (source, table, out) =
        (folder.path().join("in.sam"), folder.path().join("x.parquet"), folder.path().join("out.sam"));
    fs::write(&source, text).unwrap();
    convert(&source, &table, &[]).ok();
    convert(&table, &out, &[]).ok();
    assert_eq!(lines(&out), ["r1\t0\t1\t5\t9\t4M\t*\t0\t0\tacgt\tIIII"]);
    let columns = ["--columns", "qname,flag,rname,pos,mapq,cigar,residual", "--overwrite"];
    convert(&source, &table, &columns).ok();
    convert(&table, &out, &["--overwrite"]).ok();
    assert_eq!(lines(&out), ["r1\t0\t1\t5\t9\t4M\t*\t0\t0\t*\t*"]);
}

#[test]
fn tags_have_the_value_of_their_column_once() {
    let text = "@SQ\tSN:1\tLN:100\nr1\t0\t1\t5\t9\t1M\t*\t0\t0\tA\tI\tXF:f:-0\tms:i:3\nr2\t0\t1\t6\t9\t1M\t*\t0\t0\tA\tI\tXF:f:0.5\tms:i:4\n";
    let edit = Edit::of("in.sam", "reads", text, &[]);
    assert_eq!(edit.back("same.sam").1, text.lines().skip(1).collect::<Vec<_>>());
    let (_, lines) = edit.set("tag_xf = 2.5").back("out.sam");
    let tags = lines.iter().map(|line| line.split('\t').skip(11).collect::<Vec<_>>());
    assert_eq!(tags.collect::<Vec<_>>(), [["XF:f:2.5", "ms:i:3"], ["XF:f:2.5", "ms:i:4"]]);
}

#[test]
fn rows_of_samples_that_do_not_fit_together_are_refused() {
    let text = calls(&["1 5 . A C 5 . DP=5 GT 0/1 0/0", "1 6 . A C 6 . DP=6 GT 0/1 0/0"]);
    let long = || Edit::of("in.vcf", "variants", &text, &["--genotypes", "long"]);
    assert_eq!(long().back("same.vcf").1, text.lines().skip(8).collect::<Vec<_>>());
    for (what, told) in [
        ("sample = 'C' WHERE sample = 'B'", "`C`, which is no sample of the header"),
        ("sample = 'A'", "`A` twice in one record"),
        ("info_dp = 9 WHERE sample = 'B'", "`info_dp` differs between the rows"),
        ("record_no = 0", "more rows than there are samples"),
        ("record_no = 1 - record_no WHERE sample = 'B'", "`pos` differs between the rows"),
    ] {
        let (run, lines) = long().set(what).back("out.vcf");
        assert!(run.code == Some(1) && lines.is_empty(), "{what}: {lines:?}");
        assert!(run.stderr.contains(told) && run.stderr.contains("row "), "{what}: {}", run.stderr);
    }
}

#[test]
fn a_header_that_is_named_gives_samples_their_names_if_it_has_as_many() {
    let text = calls(&["1 5 . A C 5 . DP=5 GT 0/1 0/0"]);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("in.vcf"), &text).unwrap();
    convert(&path("in.vcf"), &path("x.parquet"), &[]).ok();
    let back = |samples: &str| {
        fs::write(path("header.vcf"), HEADER.replace("A\tB\n", samples)).unwrap();
        let header = path("header.vcf");
        let args = ["--overwrite", "--header-from", header.to_str().unwrap()];
        let run = convert(&path("x.parquet"), &path("out.vcf"), &args);
        (run, fs::read_to_string(path("out.vcf")).unwrap_or_default())
    };
    assert!(back("X\tY\n").1.contains("\tFORMAT\tX\tY\n"));
    assert!(back("B\tA\n").1.contains("\tFORMAT\tA\tB\n"));
    let (run, _) = back("X\n");
    assert!(run.code == Some(1) && run.stderr.contains("samples A, B"), "{}", run.stderr);
}

#[test]
fn members_that_come_late_and_tags_in_lower_case_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let header = "@SQ\tSN:1\tLN:100\n";
    let read = |i: usize, tags: &str| format!("read{i:06}\t0\t1\t5\t9\t4M\t*\t0\t0\tACGT\tIIII{tags}\n");
    let mut text = header.to_owned();
    text.extend((0..40_000).map(|i| read(i, if i == 39_998 { "\tzy:i:7\tms:Z:x" } else { "\tNM:i:1" })));
    fs::write(path("in.sam"), &text).unwrap();
    fs::write(path("header.sam"), header).unwrap();
    convert(&path("in.sam"), &path("x.jsonl"), &[]).ok();
    assert!(fs::metadata(path("x.jsonl")).unwrap().len() > 5 << 20);
    let header = path("header.sam");
    let args = ["--header-from", header.to_str().unwrap()];
    convert(&path("x.jsonl"), &path("out.sam"), &args).ok();
    assert!(fs::read_to_string(path("out.sam")).unwrap() == text);
}

#[test]
fn a_header_is_named_for_tables_alone_and_nothing_is_no_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let text = "@SQ\tSN:1\tLN:100\n";
    fs::write(path("in.sam"), text).unwrap();
    for (name, content, code) in [("empty", "", 1), ("other.sam", text, 2), ("none.jsonl", "", 0)] {
        fs::write(path(name), content).unwrap();
        let header = path("in.sam");
        let run = convert(&path(name), &path("out.bam"), &["--header-from", header.to_str().unwrap()]);
        assert_eq!(run.code, Some(code), "{name}: {}", run.stderr);
        assert_eq!(path("out.bam").exists(), code == 0, "{name}");
    }
}
