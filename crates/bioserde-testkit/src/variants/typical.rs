use super::chrom_line;
use crate::Random;

/// The header of [`typical`] variants: four contigs, one of them empty.
pub fn typical_header(samples: usize) -> String {
    let mut header = "\
##fileformat=VCFv4.3
##contig=<ID=chr1,length=248956422>
##contig=<ID=chr2,length=242193529>
##contig=<ID=chrX,length=156040895>
##contig=<ID=chrM,length=16569>
##FILTER=<ID=PASS,Description=\"All filters passed\">
##FILTER=<ID=LowQual,Description=\"Low quality\">
##ALT=<ID=DEL,Description=\"Deletion\">
##INFO=<ID=AC,Number=A,Type=Integer,Description=\"Allele count\">
##INFO=<ID=AF,Number=A,Type=Float,Description=\"Allele frequency\">
##INFO=<ID=AN,Number=1,Type=Integer,Description=\"Allele number\">
##INFO=<ID=DB,Number=0,Type=Flag,Description=\"In dbSNP\">
##INFO=<ID=DP,Number=1,Type=Integer,Description=\"Depth\">
##INFO=<ID=END,Number=1,Type=Integer,Description=\"Last position\">
##INFO=<ID=SVTYPE,Number=1,Type=String,Description=\"Type of structural variant\">
"
    .to_owned();
    if samples > 0 {
        header.push_str(
            "\
##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description=\"Depth of each allele\">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"Depth\">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description=\"Genotype quality\">
##FORMAT=<ID=PL,Number=G,Type=Integer,Description=\"Genotype likelihoods\">
",
        );
    }
    header.push_str(&chrom_line(samples));
    header
}

/// `n` lines as callers write them, sorted; one in twenty is multi-allelic, one in fifty a deletion
/// with `END`. The third contig has none.
pub fn typical(seed: u64, n: usize, samples: usize) -> Vec<String> {
    let mut random = Random::new(seed);
    let mut lines = Vec::with_capacity(n);
    let mut pos = 10_000;
    for i in 0..n {
        let contig = ["chr1", "chr2", "chrM"][3 * i / n.max(1)];
        if i > 0 && 3 * i / n != 3 * (i - 1) / n {
            pos = if contig == "chrM" { 1 } else { 10_000 };
        }
        pos += if contig == "chrM" { random.between(1, 60) } else { random.between(1, 9000) };
        lines.push(line(&mut random, contig, pos, samples));
    }
    lines
}

fn line(random: &mut Random, contig: &str, pos: i32, samples: usize) -> String {
    let reference = random.pick(&["A", "C", "G", "T", "AT", "GAC"]);
    let (alternates, more) = if random.one_in(50) {
        ("<DEL>".to_owned(), format!(";END={};SVTYPE=DEL", pos + random.between(50, 5000)))
    } else if random.one_in(20) {
        ("TTT,CC".to_owned(), String::new())
    } else {
        (random.pick(&["GG", "TA", "CAT"]).to_owned(), String::new())
    };
    let alleles = 2 + alternates.matches(',').count();
    let genotypes: Vec<String> = (0..samples).map(|_| genotype(random, alleles)).collect();
    let each = |f: &mut dyn FnMut() -> String| (1..alleles).map(|_| f()).collect::<Vec<_>>().join(",");
    let counts = each(&mut || random.below(7).to_string());
    let frequencies = each(&mut || format!("0.{:03}", random.between(1, 999)));
    let id = if random.one_in(3) { ".".into() } else { format!("rs{}", random.below(99_999_999)) };
    let filter = random.pick(&["PASS", "PASS", "PASS", "LowQual", "."]);
    let quality = format!("{}.{}", random.between(10, 900), random.between(1, 9));
    let depth = random.between(1, 200);
    let db = if id == "." { "" } else { ";DB" };
    let mut line = format!(
        "{contig}\t{pos}\t{id}\t{reference}\t{alternates}\t{quality}\t{filter}\t\
         AC={counts};AF={frequencies};AN={}{db};DP={depth}{more}",
        2 * samples,
    );
    if samples > 0 {
        line.push_str("\tGT:AD:DP:GQ:PL");
    }
    for genotype in genotypes {
        line.push('\t');
        line.push_str(&genotype);
    }
    line
}

fn genotype(random: &mut Random, alleles: usize) -> String {
    if random.one_in(25) {
        return "./.".to_owned();
    }
    let (a, b) = (random.index(alleles), random.index(alleles));
    let separator = if random.one_in(4) { '|' } else { '/' };
    let numbers =
        |random: &mut Random, n| (0..n).map(|_| random.below(60).to_string()).collect::<Vec<_>>().join(",");
    let depths = numbers(random, alleles);
    let likelihoods = numbers(random, alleles * (alleles + 1) / 2);
    format!("{a}{separator}{b}:{depths}:{}:{}:{likelihoods}", random.below(99), random.below(99))
}
