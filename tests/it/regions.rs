//! Random regions of indexed files against `samtools view` and `bcftools view`.

use std::fs;
use std::path::{Path, PathBuf};

use bioserde_testkit::{Random, alignments, bgzf, compare_lines, variants};

use crate::oracle::{corpus, files, has_tools, must};
use crate::program::{convert, root};
use crate::table::{Row, Table};

const REGIONS: usize = 200;

#[test]
fn reads_of_regions() {
    if !has_tools(&["samtools"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut inputs = corpus().map(|c| files(&c.join("reads"), &[".bam"])).unwrap_or_default();
    let typical = (alignments::typical_header(), alignments::typical(9, 20_000));
    for (name, (header, records), sizes, index) in [
        ("typical.bam", typical, &[2000][..], "-b"),
        ("cases.bam", alignments::cases(), &[700, 1, 0, 13], "-c"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bgzf::compress(&alignments::bam_bytes(&header, &records), sizes, true)).unwrap();
        must("samtools", &["index", index, path.to_str().unwrap()]);
        inputs.push(path);
    }
    check(&inputs, true, |input, regions| {
        // `-M` knows no braces, and takes a bare name with a colon for a range.
        let text = |(name, start, end): &(String, i64, i64)| format!("{name}:{start}-{end}");
        let regions: Vec<String> =
            regions.iter().map(|r| r.place.as_ref().map_or("*".to_owned(), text)).collect();
        let mut args = vec!["view", "-M", input];
        args.extend(regions.iter().map(String::as_str));
        let text = must("samtools", &args);
        text.lines().map(|l| l.split('\t').take(4).collect::<Vec<_>>().join("\t")).collect()
    });
}

#[test]
fn variants_of_regions() {
    if !has_tools(&["bcftools", "tabix"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut inputs: Vec<PathBuf> = Vec::new();
    if let Some(corpus) = corpus() {
        let all = files(&corpus.join("variants"), &[".vcf.gz", ".vcf.bgz", ".bcf"]);
        let has =
            |path: &PathBuf, ending: &str| PathBuf::from(format!("{}{ending}", path.display())).exists();
        inputs.extend(all.into_iter().filter(|p| has(p, ".tbi") || has(p, ".csi")));
    }
    let lines = variants::typical(10, 20_000, 1);
    for (name, index) in [("typical_tbi.vcf.gz", "-f"), ("typical_csi.vcf.gz", "-fC")] {
        let path = folder.path().join(name);
        fs::write(&path, variants::vcf_bgzf(&variants::typical_header(1), &lines, &[2000], true)).unwrap();
        must("tabix", &[index, path.to_str().unwrap()]);
        inputs.push(path);
    }
    let list = folder.path().join("regions.txt");
    check(&inputs, false, |input, regions| {
        // A file of regions is the only way to give names with a colon.
        let line = |(name, start, end): &(String, i64, i64)| format!("{name}\t{start}\t{end}\n");
        fs::write(&list, regions.iter().filter_map(|r| r.place.as_ref()).map(line).collect::<String>())
            .unwrap();
        // By index; several by streaming, which prints a record once and keeps the order.
        let (how, overlap) =
            if regions.len() == 1 { ("-R", "--regions-overlap") } else { ("-T", "--targets-overlap") };
        let text = must("bcftools", &["view", "-H", "-G", how, list.to_str().unwrap(), overlap, "1", input]);
        text.lines().map(|l| l.split('\t').take(4).collect::<Vec<_>>().join("\t")).collect()
    });
}

fn check(inputs: &[PathBuf], is_reads: bool, oracle: impl Fn(&str, &[Region]) -> Vec<String>) {
    let mut faults = Vec::new();
    for input in inputs {
        let name = input.file_name().unwrap().to_str().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("whole.parquet");
        let run = convert(input, &out, &[]);
        if run.code != Some(0) {
            faults.push(format!("{name}: {}", run.stderr.trim()));
            continue;
        }
        let whole = Whole::read(&out, is_reads);
        let mut random = Random::new(12);
        let mut wrong = 0;
        for i in 0..REGIONS {
            let regions = whole.regions(&mut random, if i % 10 == 9 { 4 } else { 1 });
            let texts: Vec<&str> = regions.iter().map(|r| r.text.as_str()).collect();
            let got = match ask(input, &texts, is_reads) {
                Ok(got) => got,
                Err(e) => {
                    (wrong, _) = (wrong + 1, faults.push(format!("{name} {texts:?}: {e}")));
                    continue;
                }
            };
            let filtered = whole.overlapping(&regions);
            let asked = oracle(input.to_str().unwrap(), &regions);
            let against = [("a filter of the whole table", filtered), ("the oracle", asked)];
            for (what, expected) in against {
                if let Err(d) = compare_lines(&expected, &got) {
                    let counts = format!("{} expected, {} got", expected.len(), got.len());
                    (wrong, _) =
                        (wrong + 1, faults.push(format!("{name} {texts:?} against {what} ({counts}): {d}")));
                }
            }
            if wrong > 3 {
                break;
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// The four fields by which records are compared.
fn fields(row: Row<'_>, is_reads: bool) -> String {
    let text = |column: &str| row.text(column).unwrap_or_else(|| "*".to_owned());
    let number = |column: &str| row.int(column).unwrap_or(0);
    if is_reads {
        return format!("{}\t{}\t{}\t{}", text("qname"), number("flag"), text("rname"), number("pos"));
    }
    let id = row.get("id").list().iter().filter_map(|c| c.text().map(str::to_owned)).collect::<Vec<_>>();
    let id = if id.is_empty() { ".".to_owned() } else { id.join(";") };
    format!("{}\t{}\t{id}\t{}", text("chrom"), number("pos"), text("ref"))
}

fn ask(input: &Path, regions: &[&str], is_reads: bool) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.parquet");
    let columns = if is_reads { "record_no,qname,flag,rname,pos" } else { "record_no,chrom,pos,id,ref" };
    let mut args = vec!["--columns", columns];
    for region in regions {
        args.extend(["--region", region]);
    }
    let run = convert(input, &out, &args);
    if run.code != Some(0) {
        return Err(run.stderr);
    }
    let table = Table::read(&out);
    let mut rows: Vec<_> = table.rows().map(|row| (row.int("record_no"), fields(row, is_reads))).collect();
    rows.sort_by_key(|(n, _)| *n);
    Ok(rows.into_iter().map(|(_, fields)| fields).collect())
}

/// Contig, first and last position; nothing for the unplaced.
type Place = Option<(String, i64, i64)>;

struct Region {
    text: String,
    place: Place,
}

/// A whole file: what a region must select, and where interesting regions are.
struct Whole {
    is_reads: bool,
    contigs: Vec<(String, i64)>,
    rows: Vec<(Place, String)>,
}

impl Whole {
    fn read(path: &Path, is_reads: bool) -> Self {
        let table = Table::read(path);
        let list: serde_json::Value =
            serde_json::from_str(&table.metadata["bioserde.reference_sequences"]).unwrap();
        let length = |c: &serde_json::Value| c["length"].as_i64().unwrap_or(1_000_000);
        let contigs = list.as_array().unwrap().iter();
        let contigs = contigs.map(|c| (c["name"].as_str().unwrap().to_owned(), length(c))).collect();
        let name = if is_reads { "rname" } else { "chrom" };
        // On a contig without a position is in no region, and not unplaced either.
        let at = |row: Row<'_>, column: &str| row.int(column).unwrap_or(0);
        let place = |row: Row<'_>| Some((row.text(name)?, at(row, "pos"), at(row, "end_pos")));
        let rows = table.rows().map(|row| (place(row), fields(row, is_reads))).collect();
        Self { is_reads, contigs, rows }
    }

    fn overlapping(&self, regions: &[Region]) -> Vec<String> {
        let is_in = |place: &Place| {
            regions.iter().any(|region| match (place, &region.place) {
                (None, None) => true,
                (Some((name, pos, end)), Some((n, s, e))) => n == name && pos <= e && end >= s,
                _ => false,
            })
        };
        self.rows.iter().filter(|(place, _)| is_in(place)).map(|(_, fields)| fields.clone()).collect()
    }

    fn regions(&self, random: &mut Random, n: usize) -> Vec<Region> {
        (0..n).map(|_| self.region(random)).collect()
    }

    /// Around a record mostly; else anywhere, a contig's end, a whole contig, the unplaced.
    fn region(&self, random: &mut Random) -> Region {
        let kind = random.below(12);
        if kind == 0 && self.is_reads {
            return Region { text: "*".into(), place: None };
        }
        let (contig, length) = &self.contigs[random.index(self.contigs.len())];
        let placed = self.rows.get(random.index(self.rows.len())).and_then(|(place, _)| place.as_ref());
        let small = i64::from(random.below(3000));
        let (name, start, end) = match (kind, placed) {
            (1, _) => (contig, 1, i64::from(i32::MAX)),
            (2, _) => (contig, (length - small).max(1), *length),
            (3, _) => (contig, *length, *length),
            (4, _) => (contig, 1, small + 1),
            (5, Some((name, pos, _))) => (name, *pos, *pos),
            (6, Some((name, _, end))) => (name, *end, *end),
            (7, Some((name, _, end))) => (name, end + 1, end + 1 + small),
            (8, Some((name, pos, _))) => (name, (pos - small).max(1), (pos - 1).max(1)),
            (_, Some((name, pos, end))) => (name, (pos - small).max(1), end + small),
            (_, None) => (contig, 1, *length),
        };
        // A contig by its name alone, and names with a colon in braces.
        let shown = if name.contains(':') { format!("{{{name}}}") } else { name.clone() };
        let text = if end == i64::from(i32::MAX) { shown } else { format!("{shown}:{start}-{end}") };
        Region { text, place: Some((name.clone(), start, end)) }
    }
}

#[test]
fn a_bed_file_selects_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let input = root().join("tests/data/reads.sam");
    let bed = folder.path().join("regions.bed");
    fs::write(&bed, "chr1\t99999\t2000000\nchrM\t0\t16569\n").unwrap();
    let (a, b) = (folder.path().join("a.parquet"), folder.path().join("b.parquet"));
    convert(&input, &a, &["--regions-file", bed.to_str().unwrap()]).ok();
    convert(&input, &b, &["--region", "chr1:100000-2000000", "--region", "chrM"]).ok();
    let names = |path: &Path| Table::read(path).rows().map(|r| r.text("qname")).collect::<Vec<_>>();
    assert!(!names(&a).is_empty());
    assert_eq!(names(&a), names(&b));
}
