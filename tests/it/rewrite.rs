//! Records without some of their fields, tags or keys: what tools read of them is what becomes of the text
//! that they read of the source.

use std::fs;
use std::path::{Path, PathBuf};

use bioserde_convert::{IndexPlan, Silent, index};
use bioserde_core::Region;
use bioserde_read::{Dataset, Field, Fields, Filter, Header, Keep, Names};
use bioserde_storage::bgzf::{EOF_MARKER, compress_blocks};
use bioserde_testkit::{Random, alignments, bgzf, variants};

use crate::oracle::{corpus, files, has_tools, must};
use crate::slices::{Place, random_file, records, region, whole};

const FILES: usize = 16;

#[test]
fn random_files_lose_what_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random::new(78);
    for i in 0..FILES {
        let path = random_file(folder.path(), i, &mut random);
        check(&path, 6, &mut random);
        if path.extension().is_some_and(|e| e == "gz") && has_tools(&["bcftools"]) {
            check(&as_bcf(&path), 3, &mut random);
        }
    }
}

#[test]
fn corpus_files_lose_what_is_not_kept() {
    let Some(corpus) = corpus() else { return };
    let mut inputs = files(&corpus.join("reads"), &[".bam"]);
    inputs.extend(files(&corpus.join("variants"), &[".vcf.gz", ".vcf.bgz", ".bcf"]));
    inputs.extend(files(&corpus.join("specs/bam/passed"), &[".bam"]));
    for input in inputs {
        check(&input, 2, &mut Random::new(6));
    }
}

/// samtools takes operations from the tag `CG` where a record has a place.
#[test]
fn operations_in_cg_are_read_without_seq_or_tags() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.bam");
    let (header, records) = alignments::long_reads();
    fs::write(&path, bgzf::compress(&alignments::bam_bytes(&header, &records), &[60_000], true)).unwrap();
    let dataset = Dataset::open(path.to_str().unwrap()).unwrap();
    let source = File { path, format: "bam" };
    let place = [Field::Rname, Field::Pos];
    for more in [&[Field::Cigar][..], &[Field::Cigar, Field::Qual], &[Field::Seq], &[]] {
        let fields = place.iter().chain(more).copied().collect();
        let keep = Keep { fields, tags: Names::only(["NM"]), ..Keep::ALL };
        let rewritten = File::new(folder.path(), &dataset, &rewrite(&dataset, None, &keep));
        assert_eq!(
            rewritten.lines(),
            source.lines().map(|lines| lines_left(&lines, "bam", &keep)),
            "{keep:?}"
        );
    }
}

/// A BCF of a VCF, with an index.
fn as_bcf(vcf: &Path) -> PathBuf {
    let path = vcf.with_extension("bcf");
    let (from, to) = (vcf.to_str().unwrap(), path.to_str().unwrap());
    let mut bytes = fs::read(vcf).unwrap();
    if !bytes.ends_with(&EOF_MARKER) {
        bytes.extend(EOF_MARKER);
        fs::write(vcf, bytes).unwrap();
    }
    must("bcftools", &["view", "--no-version", "-Ob", "-o", to, from]);
    index(&IndexPlan { input: to.to_owned(), csi: true, ..IndexPlan::default() }, &mut Silent).unwrap();
    path
}

fn check(path: &Path, queries: usize, random: &mut Random) {
    let dataset = Dataset::open(path.to_str().unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join(path.file_name().unwrap());
    fs::copy(path, &copy).unwrap();
    let unindexed = Dataset::open(copy.to_str().unwrap()).unwrap();
    assert!(unindexed.index().is_none());

    let source = whole(&dataset, &[dataset.slice_all().unwrap().unwrap()]);
    check_query(&dataset, &unindexed, None, &source, random);
    if dataset.index().is_none() {
        return;
    }
    let everything = folder.path().join(format!("all.{}", dataset.spec().name));
    fs::write(&everything, &source).unwrap();
    let places: Vec<Place> = records(&everything, None).into_iter().map(|(place, _)| place).collect();
    for _ in 0..queries {
        let n = [1, 1, 3, 20][random.index(4)];
        let regions: Vec<Region> = (0..n).map(|_| region(&dataset, &places, random)).collect();
        let slice = dataset.slice(&dataset.filter(&regions)).unwrap().unwrap();
        check_query(&dataset, &unindexed, Some(&regions), &whole(&dataset, &[slice]), random);
    }
}

/// Compares what is left of some regions, or of everything, with what is left of `source`, a file of the
/// same records.
fn check_query(
    dataset: &Dataset,
    unindexed: &Dataset,
    regions: Option<&[Region]>,
    source: &[u8],
    random: &mut Random,
) {
    let shown = format!("{} {regions:?}", dataset.name());
    let format = dataset.spec().name;
    let folder = tempfile::tempdir().unwrap();
    let filter = regions.map(|regions| dataset.filter(regions));
    let all = rewrite(dataset, filter.as_ref(), &Keep::ALL);
    let header = dataset.header_bytes().len();
    assert!(bgzf::decompress(&all) == bgzf::decompress(source)[header..], "{shown}: not the slice");

    if let Some(filter) = &filter {
        check_shares(dataset, unindexed, filter, &bgzf::decompress(&all), random);
    }

    let source = File::new(folder.path(), dataset, source).lines();
    let some = any(dataset.header(), random);
    for keep in [nothing(), some] {
        let blocks = rewrite(dataset, filter.as_ref(), &keep);
        let scanned = rewrite(unindexed, regions.map(|r| unindexed.filter(r)).as_ref(), &keep);
        assert!(scanned == blocks, "{shown} {keep:?}: not the same without an index");
        let got = File::new(folder.path(), dataset, &blocks).lines();
        let expected = source.as_ref().map(|lines| lines_left(lines, format, &keep));
        assert!(got == expected, "{shown} {keep:?}: {}", difference(got, expected));
    }
}

/// The shares of what a filter keeps have each record once, in order, with an index and without.
fn check_shares(
    dataset: &Dataset,
    unindexed: &Dataset,
    filter: &Filter,
    expected: &[u8],
    random: &mut Random,
) {
    let bytes = 1 + u64::from(random.below(60_000));
    let shares = dataset.divide(&filter.wants(), bytes, 1 + random.index(5)).unwrap().unwrap();
    for share in shares.iter().take(8) {
        let filter = filter.for_share(share);
        let scanned = unindexed.filter(&[]).for_share(share);
        let blocks = rewrite(dataset, Some(&filter), &Keep::ALL);
        assert!(blocks == rewrite(unindexed, Some(&scanned), &Keep::ALL), "{} {share:?}", dataset.name());
    }
    let shares = shares.iter().map(|share| rewrite(dataset, Some(&filter.for_share(share)), &Keep::ALL));
    let joined: Vec<u8> = shares.flat_map(|blocks| bgzf::decompress(&blocks)).collect();
    assert!(joined == expected, "{}: the shares are not the whole", dataset.name());
}

fn difference(got: Option<Vec<String>>, expected: Option<Vec<String>>) -> String {
    let (got, expected) = (got.unwrap_or_default(), expected.unwrap_or_default());
    let pair = got.iter().zip(&expected).find(|(got, expected)| got != expected);
    match pair {
        Some((got, expected)) => format!("{got}\ninstead of\n{expected}"),
        None => format!("{} lines instead of {}", got.len(), expected.len()),
    }
}

fn nothing() -> Keep {
    Keep { fields: Fields::NONE, tags: Names::NONE, ..Keep::keys(Names::NONE) }
}

/// Some of what the records of a file may have.
fn any(header: &Header, random: &mut Random) -> Keep {
    match header {
        Header::Sam(_) => {
            let rarity = u32::try_from(random.between(2, 8)).unwrap();
            let fields = Field::ALL.into_iter().filter(|_| !random.one_in(rarity)).collect();
            let tags = ["NM", "MD", "AS", "RG", "SA", "XF", "XA", "OQ", "XT", "CO", "ML", "zq"];
            Keep { fields, tags: names(tags.map(str::to_owned).into(), random), ..Keep::ALL }
        }
        Header::Vcf(header) => {
            let ids = |list: &[bioserde_core::vcf::Definition]| list.iter().map(|d| d.id.clone()).collect();
            let info = names(ids(&header.infos), random);
            Keep { info, format: names(ids(&header.formats), random), ..Keep::ALL }
        }
    }
}

fn names(ids: Vec<String>, random: &mut Random) -> Names {
    let mut some = |rarity| ids.iter().filter(|_| random.one_in(rarity)).cloned().collect::<Vec<_>>();
    let (few, many) = (some(4), some(2));
    match random.below(5) {
        0 => Names::ALL,
        1 => Names::ALL.without(few),
        2 => Names::only(many).without(few),
        _ => Names::only(many),
    }
}

/// The blocks that a rewriting makes.
fn rewrite(dataset: &Dataset, filter: Option<&Filter>, keep: &Keep) -> Vec<u8> {
    let mut out = Vec::new();
    let rewritten = dataset.rewrite(filter, keep, &mut out).unwrap();
    assert_eq!(rewritten.bytes, out.len() as u64);
    bgzf::blocks(&out);
    out
}

/// A file that tools can read.
struct File {
    path: PathBuf,
    format: &'static str,
}

impl File {
    /// `blocks` are those of the records, or of a whole file.
    fn new(folder: &Path, dataset: &Dataset, blocks: &[u8]) -> Self {
        let path = folder.join(format!("records.{}", dataset.spec().name));
        let mut bytes = Vec::new();
        if !blocks.ends_with(&EOF_MARKER) {
            bytes.extend(compress_blocks(dataset.header_bytes()).unwrap());
        }
        bytes.extend_from_slice(blocks);
        if !blocks.ends_with(&EOF_MARKER) {
            bytes.extend(EOF_MARKER);
        }
        fs::write(&path, bytes).unwrap();
        Self { path, format: dataset.spec().name }
    }

    /// The records as a tool has them; nothing when the tool is absent.
    fn lines(&self) -> Option<Vec<String>> {
        let path = self.path.to_str().unwrap();
        let text = if self.format == "bam" {
            has_tools(&["samtools"]).then_some(())?;
            must("samtools", &["quickcheck", path]);
            must("samtools", &["view", path])
        } else {
            has_tools(&["bcftools"]).then_some(())?;
            must("bcftools", &["view", "-H", path])
        };
        Some(text.lines().map(str::to_owned).collect())
    }
}

fn lines_left(lines: &[String], format: &str, keep: &Keep) -> Vec<String> {
    let keeps_field = |name: &str| keep.fields.iter().any(|field| field.name() == name);
    let left = |line: &String| match format {
        "bam" => alignments::kept(line, keeps_field, |tag| keep.tags.has(tag)),
        _ => variants::kept(line, |key| keep.info.has(key), |key| keep.format.has(key)),
    };
    lines.iter().map(left).collect()
}
