//! Tickets of a running server: joined they are files with the wanted records and no others, by noodles and
//! htslib.

use std::path::{Path, PathBuf};
use std::process::Command;

use bioserde_convert::{IndexPlan, Silent, index};
use bioserde_testkit::{Random, bgzf, variants};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::naive_filter::{Decoded, Lies, Place, Wanted, format_of};
use crate::oracle::{corpus, files, has_tools, must};
use crate::server::Server;
use crate::slices::random_file;

/// Queries on random files; `BIOSERDE_HTSGET_CASES` asks for more.
const CASES: usize = 300;
const QUERIES_OF_A_FILE: usize = 20;
const QUERIES_OF_A_CORPUS_FILE: usize = 12;
/// One in so many answers is also read by htslib.
const BY_HTSLIB: u32 = 10;

const POLICIES: [&[(&str, &str)]; 4] = [
    &[],
    &[("TICKETS__INLINE", "never")],
    &[("TICKETS__MODE", "block")],
    &[("TICKETS__PIECE_BYTES", "64 KiB")],
];

#[test]
fn tickets_of_random_files_hold_what_a_filter_keeps() {
    let cases = std::env::var("BIOSERDE_HTSGET_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(CASES);
    let folder = tempfile::tempdir().unwrap();
    let servers = POLICIES.map(|settings| Server::start(folder.path(), settings));
    let mut random = Random::new(41);
    let mut records = 0;
    for i in 0..cases / QUERIES_OF_A_FILE {
        let path = match i % 3 {
            0 if has_tools(&["bcftools"]) => random_bcf(folder.path(), i, &mut random),
            _ => random_file(folder.path(), i, &mut random),
        };
        records += check(&servers, folder.path(), &path, QUERIES_OF_A_FILE, &mut random);
        // The folder holds one file at a time, and the scratch file of `read_by_htslib`.
        std::fs::remove_file(&path).unwrap();
    }
    assert!(records > cases, "queries that find nothing prove nothing: {records} in {cases}");
}

#[test]
fn tickets_of_corpus_files_hold_what_a_filter_keeps() {
    let Some(corpus) = corpus() else { return };
    let servers = POLICIES.map(|settings| Server::start(&corpus, settings));
    let mut inputs = files(&corpus.join("reads"), &[".bam"]);
    inputs.extend(files(&corpus.join("variants"), &[".vcf.gz", ".vcf.bgz", ".bcf"]));
    for input in inputs {
        check(&servers, &corpus, &input, QUERIES_OF_A_CORPUS_FILE, &mut Random::new(6));
    }
}

/// A BCF file whose records cross blocks, as htslib writes them.
fn random_bcf(folder: &Path, i: usize, random: &mut Random) -> PathBuf {
    let (n, samples) = (usize::try_from(random.between(0, 900)).unwrap(), random.index(3));
    let lines = variants::typical(random.next_u64(), n, samples);
    let text = folder.join(format!("{i}.text"));
    std::fs::write(&text, variants::vcf_text(&variants::typical_header(samples), &lines)).unwrap();
    let output = Command::new("bcftools").args(["view", "--output-type", "u"]).arg(&text).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::remove_file(&text).unwrap();
    // An uncompressed BCF is in blocks that are stored.
    let bytes =
        if output.stdout.starts_with(b"BCF") { output.stdout } else { bgzf::decompress(&output.stdout) };
    let sizes = [usize::try_from(random.between(50, 4000)).unwrap(), 31];
    let path = folder.join(format!("{i}.bcf"));
    std::fs::write(&path, bgzf::compress(&bytes, &sizes, true)).unwrap();
    let input = path.to_str().unwrap().to_owned();
    index(&IndexPlan { input, csi: true, ..IndexPlan::default() }, &mut Silent).unwrap();
    path
}

/// Asks for regions of a file, and for all of it; gives how many records were found.
fn check(servers: &[Server], root: &Path, path: &Path, queries: usize, random: &mut Random) -> usize {
    let original = Decoded::open(path);
    let endpoint = if format_of(path) == "BAM" { "reads" } else { "variants" };
    let id = path.strip_prefix(root).unwrap().to_str().unwrap();
    let id = [".bam", ".bcf", ".vcf.gz", ".vcf.bgz"].iter().find_map(|s| id.strip_suffix(s)).unwrap();
    let asked = Asked { original: &original, path: format!("/{endpoint}/{id}"), format: format_of(path) };
    for server in servers {
        asked.hold(server, None, random);
    }
    let places: Vec<&Place> = original.records.iter().filter_map(|record| record.lies.place()).collect();
    let mut found = 0;
    for _ in 0..queries {
        let n = match random.below(3) {
            0 => 1,
            1 => 2,
            _ => random.between(1, 40),
        };
        let regions: Vec<Wanted> =
            (0..n).map(|_| region(&original.names, &places, asked.format, random)).collect();
        found += asked.hold(&servers[random.index(servers.len())], Some(&regions), random);
    }
    found
}

/// A file that is asked for.
struct Asked<'a> {
    original: &'a Decoded,
    path: String,
    format: &'static str,
}

impl Asked<'_> {
    /// Holds the answer to a query against the filter; gives how many records it has.
    fn hold(&self, server: &Server, regions: Option<&[Wanted]>, random: &mut Random) -> usize {
        let what = format!("{} {regions:?}", self.path);
        let answer = match regions {
            None => server.get(&format!("{}?format={}", self.path, self.format)),
            Some([region]) if is_empty(region) || random.one_in(2) => server.get(&self.query(region)),
            Some(regions) => server.post(&self.path, &self.body(regions)),
        };
        let bytes = server.joined(answer);
        let got = Decoded::read(self.format, &bytes);
        assert_eq!(got.names, self.original.names, "{what}");
        let is_wanted =
            |lies: &Lies| regions.is_none_or(|regions| regions.iter().any(|region| region.has(lies)));
        let expected: Vec<_> =
            self.original.records.iter().filter(|record| is_wanted(&record.lies)).collect();
        let first = expected.iter().zip(&got.records).position(|(expected, got)| **expected != *got);
        assert!(
            first.is_none() && expected.len() == got.records.len(),
            "{what}: {} records for {}; they differ at {first:?}: {:?} for {:?}",
            got.records.len(),
            expected.len(),
            got.records.get(first.unwrap_or(expected.len())),
            expected.get(first.unwrap_or(got.records.len())),
        );
        if random.one_in(BY_HTSLIB) {
            assert_eq!(count_by_htslib(self.format, &bytes), Some(expected.len()), "{what}");
        }
        expected.len()
    }

    fn query(&self, region: &Wanted) -> String {
        let mut query = format!("{}?format={}", self.path, self.format);
        for (key, value) in parameters(region).as_object().unwrap() {
            let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            query += &format!("&{key}={}", utf8_percent_encode(&value, NON_ALPHANUMERIC));
        }
        query
    }

    /// A body with the regions that are not empty; those would be an error.
    fn body(&self, regions: &[Wanted]) -> Value {
        let regions: Vec<Value> = regions.iter().filter(|region| !is_empty(region)).map(parameters).collect();
        if regions.is_empty() {
            // Beyond all records, so that there is one region and nothing in it.
            let name = &self.original.names[0];
            return json!({"format": self.format, "regions": [{"referenceName": name, "start": 1_999_999_999}]});
        }
        json!({"format": self.format, "regions": regions})
    }
}

fn is_empty(region: &Wanted) -> bool {
    matches!(region, Wanted::Placed { start: Some(start), end: Some(end), .. } if start == end)
}

fn parameters(region: &Wanted) -> Value {
    match region {
        Wanted::Unplaced => json!({"referenceName": "*"}),
        Wanted::Placed { name, start, end } => {
            let mut all = json!({"referenceName": name});
            for (key, value) in [("start", start), ("end", end)] {
                if let Some(value) = value {
                    all[key] = json!(value);
                }
            }
            all
        }
    }
}

/// Around a record mostly; else anywhere, beyond the end, a whole sequence, open, empty, the unplaced.
fn region(names: &[String], places: &[&Place], format: &str, random: &mut Random) -> Wanted {
    let any = names[random.index(names.len())].clone();
    let small = i64::from(random.below(2000));
    let kind = random.below(12);
    if kind == 0 && format == "BAM" {
        return Wanted::Unplaced;
    }
    let whole = Wanted::Placed { name: any.clone(), start: None, end: None };
    if kind <= 1 || places.is_empty() {
        return whole;
    }
    let Place { name, start, end } = places[random.index(places.len())].clone();
    let left = (start - small).max(0);
    let (start, end) = match kind {
        2 => {
            return Wanted::Placed {
                name: any,
                start: Some(240_000_000),
                end: Some(240_000_000 + small + 1),
            };
        }
        3 => (Some(start), Some(start + 1)),
        4 => (Some(end - 1), Some(end)),
        5 => (Some(end), Some(end + 1 + small)),
        6 => (Some(left), Some(start.max(left))),
        7 => (Some(left), None),
        8 => (None, Some(start.max(0) + 1)),
        9 => (Some(start), Some(start)),
        _ => (Some(left), Some(end + 1 + small * 50)),
    };
    Wanted::Placed { name, start: start.map(|start| start.max(0)), end }
}

/// How many records samtools or bcftools read, where they are installed.
fn count_by_htslib(format: &str, bytes: &[u8]) -> Option<usize> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slice");
    std::fs::write(&path, bytes).unwrap();
    let path = path.to_str().unwrap();
    if format == "BAM" {
        has_tools(&["samtools"]).then(|| must("samtools", &["view", "-c", path]).trim().parse().unwrap())
    } else {
        has_tools(&["bcftools"]).then(|| must("bcftools", &["view", "-H", path]).lines().count())
    }
}
