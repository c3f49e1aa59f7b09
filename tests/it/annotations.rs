//! `--split-annotations` against `bcftools +split-vep`.

use std::fs;
use std::path::{Path, PathBuf};

use bioserde_testkit::compare_lines;

use crate::oracle::{corpus, has_tools, must};
use crate::program::{convert, run};
use crate::table::{Cell, Row, Table};

const VEP: &str = "Consequence annotations from Ensembl VEP. Format: Allele|Consequence|SYMBOL|cDNA_position|STRAND|\
    DISTANCE|gnomADe_AF|CADD_PHRED";
const CSQ: &str = "Haplotype-aware consequence annotation. Format: Consequence|gene|transcript|biotype|strand|\
    amino_acid_change|dna_change";

/// Entries of the kinds that occur: whole, with empty parts, cut short, referring, with several values. The
/// plugin refuses those that end before `Consequence`.
const VEP_ENTRIES: [&str; 8] = [
    "T|missense_variant&splice_region_variant|BRCA2|12-15|1||4.061e-06|22.5",
    "T|intron_variant|||-1|4718|0.0001997|",
    "-||||||1|",
    "|||||||",
    "C|synonymous_variant%3D|GENE_9|?-33|1||0|0.001",
    "T|downstream_gene_variant",
    "G|stop_gained",
    "T|a|b|c|1|2|0.5|1e3",
];
const CSQ_ENTRIES: [&str; 4] = [
    "missense|DDX11L1|ENST1|protein_coding|+|12A>12T|5022G>A",
    "intron|GENE|ENST2|lncRNA",
    "@1204",
    "*frameshift|X|Y|protein_coding|-|3K>3N*|1A>ATT+9C>T",
];

/// A VCF whose records take every number of entries from none to six.
fn text(key: &str, description: &str, entries: &[&str]) -> String {
    let mut text = format!(
        "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=100000>\n\
         ##INFO=<ID=DP,Number=1,Type=Integer,Description=\"Depth\">\n\
         ##INFO=<ID={key},Number=.,Type=String,Description=\"{description}\">\n\
         ##FILTER=<ID=PASS,Description=\"All\">\n\
         #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    );
    for i in 0..200 {
        let some: Vec<&str> = (0..i % 7).map(|k| entries[(i * 5 + k * 3) % entries.len()]).collect();
        let info = match some.as_slice() {
            [] => format!("DP={i}"),
            some if i % 2 == 0 => format!("DP={i};{key}={}", some.join(",")),
            some => format!("{key}={}", some.join(",")),
        };
        text.push_str(&format!("chr1\t{}\t.\tA\tT\t.\tPASS\t{info}\n", 100 + i));
    }
    text
}

fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

/// As `%TAG` of `split-vep` prints a list: elements joined by `,`, `.` for what is missing.
fn printed(cell: &Cell) -> String {
    let element = |cell: &Cell| match cell {
        Cell::Null => ".".to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Int(n) => n.to_string(),
        Cell::Float(x) => format!("{x}"),
        other => panic!("{other:?} in a list of a sub-field"),
    };
    match cell {
        Cell::Null => ".".to_owned(),
        cell => cell.list().iter().map(element).collect::<Vec<_>>().join(","),
    }
}

/// The columns of a key, each with the name of its sub-field.
fn sub_fields(table: &Table, key: &str) -> Vec<(String, String)> {
    let of_key = |(column, origin): (String, String)| {
        let (name, of) = origin.strip_prefix("sub-field `")?.split_once("` of INFO ")?;
        (of == key).then(|| (column, name.to_owned()))
    };
    table.origins().into_iter().filter_map(of_key).collect()
}

/// A number is compared as one: the plugin prints the text, a column has the number.
fn with_numbers(line: &str, is_float: bool) -> String {
    if !is_float {
        return line.to_owned();
    }
    line.split(',')
        .map(|x| x.parse::<f32>().map_or(x.to_owned(), |x| x.to_string()))
        .collect::<Vec<_>>()
        .join(",")
}

/// Holds every column of a key against the plugin, which reads `for_plugin`.
fn check(input: &Path, for_plugin: &Path, key: &str, expected: usize) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.parquet");
    convert(input, &out, &["--split-annotations"]).ok();
    let table = Table::read(&out);
    let columns = sub_fields(&table, key);
    assert_eq!(columns.len(), expected, "{columns:?}");
    let listed = must("bcftools", &["+split-vep", "-a", key, "-l", for_plugin.to_str().unwrap()]);
    let listed: Vec<&str> = listed.lines().filter_map(|line| Some(line.split_once('\t')?.1)).collect();
    assert_eq!(columns.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), listed);
    let mut values = 0;
    for (column, name) in &columns {
        let is_float =
            table.rows().any(|row| row.get(column).list().iter().any(|c| matches!(c, Cell::Float(_))));
        let format = format!("%POS %{name}\n");
        let plugin =
            must("bcftools", &["+split-vep", "-a", key, "-f", &format, for_plugin.to_str().unwrap()]);
        let plugin = plugin.lines().map(|line| {
            let (pos, list) = line.split_once(' ').unwrap();
            // Where nothing is there it prints one `.` for the whole list.
            format!("{pos} {}", with_numbers(list, is_float))
        });
        // The plugin leaves out records of which it has nothing to print.
        let whole = format!("info_{}", key.to_lowercase());
        assert!(table.rows().all(|row| (row.get(column) == Cell::Null) == (row.get(&whole) == Cell::Null)));
        let has_values = |row: &Row<'_>| row.get(column).list().iter().any(|c| *c != Cell::Null);
        let ours = table.rows().filter(has_values).map(|row| {
            let cell = row.get(column);
            values += cell.list().iter().filter(|c| **c != Cell::Null).count();
            format!("{} {}", row.int("pos").unwrap(), printed(&cell))
        });
        compare_lines(plugin, ours).unwrap_or_else(|e| panic!("{column}: {e}"));
    }
    assert!(values > 0);
}

#[test]
fn generated_annotations_are_those_of_split_vep() {
    if !has_tools(&["bcftools"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let vep = written(folder.path(), "vep.vcf", &text("CSQ", VEP, &VEP_ENTRIES));
    check(&vep, &vep, "CSQ", 8);
    let gnomad = written(folder.path(), "gnomad.vcf", &text("vep", VEP, &VEP_ENTRIES));
    check(&gnomad, &gnomad, "vep", 8);
    let csq = written(folder.path(), "csq.vcf", &text("BCSQ", CSQ, &CSQ_ENTRIES));
    check(&csq, &csq, "BCSQ", 7);
}

/// The plugin wants other names than SnpEff's, which have blanks, slashes and dots.
#[test]
fn annotations_of_snpeff_in_the_corpus_are_those_of_split_vep() {
    let Some(corpus) = corpus() else { return };
    if !has_tools(&["bcftools"]) {
        return;
    }
    let input = corpus.join("variants/1kg_2020_chr20_annotations.bcf");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.parquet");
    convert(&input, &out, &["--split-annotations"]).ok();
    let table = Table::read(&out);
    let columns = sub_fields(&table, "ANN");
    assert_eq!(columns.len(), 16);
    assert_eq!(columns[11].0, "ann_cdna_pos___cdna_length");
    // The plugin looks for this one whatever it prints.
    let name = |i| if i == 1 { "Consequence".to_owned() } else { format!("f{i}") };
    let names: Vec<String> = (0..columns.len()).map(name).collect();
    let vcf = must("bcftools", &["view", "--no-version", input.to_str().unwrap()]);
    let (before, after) = vcf.split_once("Functional annotations: '").unwrap();
    let (_, after) = after.split_once('\'').unwrap();
    let renamed = format!("{before}Format: {}{after}", names.join("|"));
    let renamed = written(folder.path(), "renamed.vcf", &renamed);
    let mut values = 0;
    for ((column, _), name) in columns.iter().zip(&names) {
        let format = format!("%POS\t%{name}\n");
        let plugin = must("bcftools", &["+split-vep", "-a", "ANN", "-f", &format, renamed.to_str().unwrap()]);
        // The plugin leaves out records with nothing to print; their places tell which of them it has.
        let with_place = |row: Row<'_>| {
            let text = printed(&row.get(column));
            (text != ".").then(|| format!("{}\t{text}", row.int("pos").unwrap()))
        };
        let ours: Vec<String> = table.rows().filter_map(with_place).collect();
        let plugin: Vec<&str> = plugin.lines().filter(|line| !line.ends_with("\t.")).collect();
        values += ours.len();
        compare_lines(plugin, &ours).unwrap_or_else(|e| panic!("{column}: {e}"));
    }
    assert!(values > 100, "{values}");
}

#[test]
fn values_that_are_no_number_are_null_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let entries = ["A|x|y|1|+|1.5|0.1&0.2|inf", "A|x|y|1|1|2|0.5|1|more|and_more", "C", ".|.|.|.|.|.|.|."];
    let mut input = text("CSQ", VEP, &["."]).lines().take(6).collect::<Vec<_>>().join("\n");
    input.push_str(&format!("\nchr1\t7\t.\tA\tT\t.\tPASS\tCSQ={};CSQ=second\n", entries.join(",")));
    let input = written(folder.path(), "odd.vcf", &input);
    let out = folder.path().join("odd.parquet");
    let summary = convert(&input, &out, &["--split-annotations"]).ok().summary();
    let oddities = &summary["oddities"];
    assert_eq!(oddities["annotation values that do not fit the type of their column"], 4, "{oddities}");
    assert_eq!(oddities["annotation entries with more sub-fields than the header names"], 1);
    let table = Table::read(&out);
    let row = table.rows().next().unwrap();
    assert_eq!(row.get("csq_strand"), Cell::List(vec![Cell::Null, Cell::Int(1), Cell::Null, Cell::Null]));
    assert_eq!(
        row.get("csq_gnomade_af"),
        Cell::List(vec![Cell::Null, Cell::Float(0.5), Cell::Null, Cell::Null])
    );
    assert_eq!(printed(&row.get("csq_allele")), "A,A,C,.");
    assert_eq!(printed(&row.get("info_csq")).split(',').count(), 4);
}

#[test]
fn a_file_without_annotations_is_refused_with_the_keys_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let plain = written(folder.path(), "plain.vcf", &text("CSQ", "Consequences", &VEP_ENTRIES));
    let split = written(folder.path(), "split.vcf", &text("CSQ", VEP, &VEP_ENTRIES));
    let refused = |path: &Path, args: &[&str]| {
        let mut all = vec!["schema", path.to_str().unwrap(), "--split-annotations"];
        all.extend(args);
        let run = run(all);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        run.stderr
    };
    assert!(refused(&plain, &[]).contains("of the INFO keys CSQ, BCSQ, vep, ANN the header has none"));
    assert!(refused(&split, &["--info", "DP"]).contains("--info leaves out"));
    let reads = crate::program::root().join("tests/data/reads.bam");
    assert!(refused(&reads, &[]).contains("--split-annotations does not apply to bam"));
}

#[test]
fn the_way_back_takes_the_whole_text_and_not_the_parts() {
    let folder = tempfile::tempdir().unwrap();
    let input = written(folder.path(), "in.vcf", &text("CSQ", VEP, &VEP_ENTRIES));
    for ending in ["parquet", "arrow", "sqlite"] {
        let (table, back) =
            (folder.path().join(format!("t.{ending}")), folder.path().join(format!("{ending}.vcf")));
        convert(&input, &table, &["--split-annotations"]).ok();
        let run = convert(&table, &back, &[]).ok();
        assert!(!run.stderr.contains("csq_"), "{}", run.stderr);
        assert_eq!(fs::read_to_string(&back).unwrap(), fs::read_to_string(&input).unwrap(), "{ending}");
    }
    let lines = folder.path().join("t.jsonl");
    convert(&input, &lines, &["--split-annotations"]).ok();
    let back = folder.path().join("jsonl.vcf");
    let run = convert(&lines, &back, &["--header-from", input.to_str().unwrap()]).ok();
    assert!(!run.stderr.contains("csq_"), "{}", run.stderr);
    assert_eq!(fs::read_to_string(&back).unwrap(), fs::read_to_string(&input).unwrap());
}

#[test]
fn some_sub_fields_can_be_chosen_without_their_key() {
    let folder = tempfile::tempdir().unwrap();
    let input = written(folder.path(), "in.vcf", &text("CSQ", VEP, &VEP_ENTRIES));
    let (all, some) = (folder.path().join("all.parquet"), folder.path().join("some.parquet"));
    convert(&input, &all, &["--split-annotations"]).ok();
    convert(&input, &some, &["--split-annotations", "--columns", "csq_gnomade_af,csq_symbol"]).ok();
    let (all, some) = (Table::read(&all), Table::read(&some));
    assert_eq!(some.origins().len(), 2);
    for column in ["csq_symbol", "csq_gnomade_af"] {
        assert!(all.rows().map(|row| row.get(column)).eq(some.rows().map(|row| row.get(column))));
    }
}
