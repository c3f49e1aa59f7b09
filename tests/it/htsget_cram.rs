//! Tickets of CRAM files, as CRAM and as BAM: joined they have the records that samtools finds in the file, with
//! all that it prints of them.

use std::fs;
use std::path::{Path, PathBuf};

use bioserde_read::Want;
use bioserde_testkit::Random;
use serde_json::{Value, json};

use crate::cram_exact::{Original, Record, copy, half_tagged, made, samtools, text, view};
use crate::cram_records::generated;
use crate::oracle::{corpus, files, has_tools};
use crate::server::Server;

/// Queries on each generated file; `BIOSERDE_HTSGET_CASES` asks for more.
const CASES: usize = 40;
const CASES_OF_A_CORPUS_FILE: usize = 12;

const POLICIES: [&[(&str, &str)]; 3] =
    [&[], &[("TICKETS__MODE", "block")], &[("TICKETS__PIECE_BYTES", "64 KiB"), ("TICKETS__INLINE", "never")]];

const KINDS: [&str; 6] = [
    "version=3.0,seqs_per_slice=100",
    "version=3.1,seqs_per_slice=100",
    "version=3.0,seqs_per_slice=100,slices_per_container=2,multi_seq_per_slice=1",
    "version=3.0,seqs_per_slice=100,no_ref=1",
    "version=3.0,seqs_per_slice=100,embed_ref=1",
    "version=2.1,seqs_per_slice=100",
];

fn servers(folder: &Path, reference: &Path) -> [Server; 3] {
    let references = format!("['{}']", text(reference));
    POLICIES.map(|policy| {
        let settings = [&[("CRAM__REFERENCES", references.as_str())], policy].concat();
        Server::start(folder, &settings)
    })
}

fn cases() -> usize {
    std::env::var("BIOSERDE_HTSGET_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(CASES)
}

#[test]
fn tickets_of_generated_cram_have_what_samtools_finds() {
    if !has_tools(&["samtools"]) {
        return;
    }
    let (site, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (bam, reference) = generated(folder.path());
    let bam = half_tagged(&bam, folder.path());
    let servers = servers(site.path(), &reference);
    for (i, kind) in KINDS.iter().enumerate() {
        let cram = made(&bam, &reference, kind, &site.path().join(format!("{i}.cram")));
        let asked = Asked::new(&cram, &reference, site.path(), folder.path());
        let found = asked.hold_regions(&servers, cases(), &mut Random::new(i as u64));
        assert!(found > 2 * cases(), "queries that find nothing prove nothing: {found} in {kind}");
    }
}

#[test]
fn tickets_of_corpus_cram_have_what_samtools_finds() {
    let Some(corpus) = corpus().filter(|_| has_tools(&["samtools"])) else { return };
    let (site, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let reference = copy(&corpus.join("specs/cram/ce.fa"), folder.path());
    samtools(&["faidx", text(&reference)]);
    let servers = servers(site.path(), &reference);
    let mut asked = 0;
    for input in files(&corpus.join("specs/cram"), &[".cram"]) {
        if !text(&input).contains("_index_") {
            continue;
        }
        let cram = copy(&input, site.path());
        samtools(&["index", text(&cram)]);
        let original = Asked::new(&cram, &reference, site.path(), folder.path());
        original.hold_regions(&servers, CASES_OF_A_CORPUS_FILE, &mut Random::new(8));
        asked += 1;
    }
    assert_eq!(asked, 7);
}

#[test]
fn a_file_without_an_index_is_whole_as_cram_and_exact_as_bam() {
    if !has_tools(&["samtools"]) {
        return;
    }
    let (site, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (bam, reference) = generated(folder.path());
    let cram = made(&bam, &reference, KINDS[0], &site.path().join("x.cram"));
    let asked = Asked::new(&cram, &reference, site.path(), folder.path());
    fs::remove_file(site.path().join("x.cram.crai")).unwrap();
    let server = &servers(site.path(), &reference)[0];
    let mut random = Random::new(2);
    for _ in 0..10 {
        let Some(want) = asked.original.want(&mut random) else { continue };
        let expected = asked.expected(&[want]);
        asked.check(server, "BAM", Some(&[want]), &expected);
        let got = asked.records(server, "CRAM", Some(&[want]));
        assert_eq!(got, asked.original.records, "all containers");
    }
}

#[test]
fn without_the_reference_there_are_whole_containers_alone() {
    if !has_tools(&["samtools"]) {
        return;
    }
    let (site, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (bam, reference) = generated(folder.path());
    let server = Server::start(site.path(), &[]);
    for (i, kind) in KINDS.iter().enumerate() {
        let cram = made(&bam, &reference, kind, &site.path().join(format!("{i}.cram")));
        let asked = Asked::new(&cram, &reference, site.path(), folder.path());
        let wants = [asked.original.want(&mut Random::new(77)).unwrap()];
        let expected = asked.expected(&wants);
        let needs_none = kind.contains("no_ref") || kind.contains("embed_ref");
        let is_exact = needs_none && !kind.contains("version=2");
        let got = asked.records(&server, "CRAM", Some(&wants));
        assert_eq!(got.len() == expected.len(), is_exact, "{kind}");
        let (status, body) = server.get(&format!("/reads/{i}?format=BAM"));
        if needs_none {
            asked.check(&server, "BAM", Some(&wants), &expected);
        } else {
            let error: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!((status, &error["htsget"]["error"]), (400, &json!("UnsupportedFormat")), "{kind}");
            let message = error["htsget"]["message"].as_str().unwrap();
            assert!(message.contains("cram.references") && !message.contains(".fa"), "{message}");
        }
    }
}

#[test]
fn parts_of_records_and_tables_are_made_of_cram() {
    if !has_tools(&["samtools"]) {
        return;
    }
    let (site, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (bam, reference) = generated(folder.path());
    let cram = made(&bam, &reference, KINDS[0], &site.path().join("x.cram"));
    let asked = Asked::new(&cram, &reference, site.path(), folder.path());
    let server = &servers(site.path(), &reference)[0];
    let region = "referenceName=chr2&start=4000&end=9000";
    let expected = view(&cram, &reference, Some("chr2:4001-9000"));
    assert!(expected.len() > 50);
    let parts = server.joined(server.get(&format!("/reads/x?format=BAM&tags=NM&{region}")));
    let parts = asked.read("BAM", &parts);
    assert_eq!(parts.len(), expected.len());
    for (part, whole) in parts.iter().zip(&expected) {
        let kept = |record: &Record| -> Vec<String> {
            let fields = record.line.split('\t').enumerate();
            fields.filter(|(i, f)| *i < 11 || f.starts_with("NM:")).map(|(_, f)| f.to_owned()).collect()
        };
        assert_eq!(part.line.split('\t').collect::<Vec<_>>(), kept(whole));
    }
    for (path, rows) in [
        (format!("/slices/reads/x.csv?{region}"), expected.len()),
        (format!("/slices/reads/x.csv?fields=QNAME,POS&notags=MD&{region}"), expected.len()),
        ("/slices/reads/x.csv".to_owned(), asked.original.records.len()),
    ] {
        let (status, body) = server.get(&path);
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        assert_eq!(String::from_utf8(body).unwrap().lines().count(), rows + 1, "{path}");
    }
    // The same by its name, and what the page offers.
    let (_, body) = server.get(&format!("/slices/reads/x.bam?{region}"));
    assert_eq!(asked.read("BAM", &body), expected);
    let (_, body) = server.get(&format!("/slices/reads/x.cram?{region}"));
    assert_eq!(asked.read("CRAM", &body), expected);
    let details: Value = serde_json::from_slice(&server.get("/datasets/reads/x.json").1).unwrap();
    let suffixes: Vec<&Value> =
        details["slices"].as_array().unwrap().iter().map(|slice| &slice["suffix"]).collect();
    assert_eq!(suffixes, [".bam", ".cram", ".parquet", ".arrow", ".sqlite", ".csv", ".jsonl"]);
    assert_eq!((&details["format"], &details["is_indexed"]), (&json!("CRAM"), &json!(true)));
}

/// A CRAM file that is asked for.
struct Asked {
    original: Original,
    reference: PathBuf,
    folder: PathBuf,
    path: String,
}

impl Asked {
    fn new(cram: &Path, reference: &Path, site: &Path, folder: &Path) -> Self {
        let id = text(cram.strip_prefix(site).unwrap()).strip_suffix(".cram").unwrap().to_owned();
        Self {
            original: Original::read(cram, reference, folder),
            reference: reference.to_owned(),
            folder: folder.to_owned(),
            path: format!("/reads/{id}"),
        }
    }

    /// Asks for all and for random regions; gives how many records the answers have.
    fn hold_regions(&self, servers: &[Server], cases: usize, random: &mut Random) -> usize {
        for server in servers {
            for format in ["CRAM", "BAM"] {
                self.check(server, format, None, &self.original.records.iter().collect::<Vec<_>>());
            }
        }
        let mut found = 0;
        for _ in 0..cases {
            let n = [1, 1, 1, 2, 30][random.index(5)];
            let wants: Vec<Want> = (0..n).filter_map(|_| self.original.want(random)).collect();
            if wants.is_empty() {
                continue;
            }
            let expected = self.expected(&wants);
            let server = &servers[random.index(servers.len())];
            self.check(server, "BAM", Some(&wants), &expected);
            if self.original.dataset.is_exact() {
                self.check(server, "CRAM", Some(&wants), &expected);
            }
            found += expected.len();
        }
        found
    }

    fn expected(&self, wants: &[Want]) -> Vec<&Record> {
        let is_wanted = |record: &&Record| wants.iter().any(|want| self.original.is_in(record, *want));
        self.original.records.iter().filter(is_wanted).collect()
    }

    fn check(&self, server: &Server, format: &str, wants: Option<&[Want]>, expected: &[&Record]) {
        let got = self.records(server, format, wants);
        let what = format!("{} as {format} {wants:?}", self.path);
        let first = expected.iter().zip(&got).find(|(expected, got)| **expected != *got);
        assert!(first.is_none(), "{what}: {first:#?}");
        assert_eq!(expected.len(), got.len(), "{what}");
    }

    fn records(&self, server: &Server, format: &str, wants: Option<&[Want]>) -> Vec<Record> {
        let answer = match wants {
            None => server.get(&format!("{}?format={format}", self.path)),
            Some([want]) => {
                let parameters = self.parameters(*want);
                let parameters = parameters.as_object().unwrap().iter();
                let parameters = parameters.map(|(key, value)| {
                    let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
                    format!("&{key}={}", value.replace('*', "%2A").replace(':', "%3A"))
                });
                server.get(&format!("{}?format={format}{}", self.path, parameters.collect::<String>()))
            }
            Some(wants) => {
                let regions: Vec<Value> = wants.iter().map(|want| self.parameters(*want)).collect();
                server.post(&self.path, &json!({"format": format, "regions": regions}))
            }
        };
        self.read(format, &server.joined(answer))
    }

    fn parameters(&self, want: Want) -> Value {
        match want {
            Want::Unplaced => json!({"referenceName": "*"}),
            Want::Mapped { reference, interval } => json!({
                "referenceName": self.original.dataset.names()[reference],
                "start": interval.start.get().max(1) - 1,
                "end": interval.end.get(),
            }),
        }
    }

    fn read(&self, format: &str, bytes: &[u8]) -> Vec<Record> {
        let path = self.folder.join(format!("answer.{}", format.to_lowercase()));
        fs::write(&path, bytes).unwrap();
        view(&path, &self.reference, None)
    }
}
